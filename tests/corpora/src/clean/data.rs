//! What machines write: logs, identifiers, hashes, encodings, clocks, prices, places, versions,
//! replies of services, measurements.

use super::{Sort, sort};
use crate::random::Random;
use crate::shape;

pub(super) const SORTS: &[Sort] = &[
    sort("access log", access).holds(&["ip_address", "url"]),
    sort("service log", service).holds(&["date"]),
    sort("json log", json_log).holds(&["date"]),
    sort("uuids", uuids),
    sort("base64", base64),
    sort("hex", hex),
    sort("hashes", hashes),
    sort("hex dump", dump),
    sort("timestamps", timestamps).holds(&["date"]),
    sort("prices", prices),
    sort("coordinates", coordinates).holds(&["gps_position"]),
    sort("versions", versions),
    sort("api replies", api).holds(&["date", "url"]),
    sort("orders", orders),
    sort("measurements", measurements).columns("station,n,value,sigma,raw,flags\n"),
    sort("table of numbers", table),
    sort("identifiers", identifiers),
];

fn line(random: &mut Random, out: &mut String, forms: &[&str]) {
    let form = random.pick(forms);
    out.push_str(&shape::text(random, form));
    out.push('\n');
}

fn access(random: &mut Random, out: &mut String) {
    let forms = [
        "10.<N1>.1<n1>.<N1> - - [17/May/2024:1<n1>:<=0|3|5><n1>:<=2|4><n1> +0000] \"GET \
         /<l5>/<n6>/<l4>?page=<n2>&size=<n2> HTTP/1.1\" <=200|304|404> <n5> 0.<n3> \"-\" \
         \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/1<n2>.0.<n4>.<n2>\"",
        "10.<N1>.1<n1>.<N1> - - [17/May/2024:1<n1>:<=0|3|5><n1>:<=2|4><n1> +0000] \"POST \
         /v1/<l6> HTTP/2\" 201 <n4> <n10> rt=0.<n3> id=<h32>",
    ];
    line(random, out, &forms);
}

fn service(random: &mut Random, out: &mut String) {
    let day = shape::text(random, "2024-05-1<n1>T1<n1>:<=0|1|4><n1>:<=2|5><n1>.<n3>Z ");
    out.push_str(&day);
    for _ in 0..random.within(2, 6) {
        let names = ["rows", "bytes", "offset", "took", "seq", "id", "size", "pid", "queue", "n"];
        let (name, forms) = (
            random.pick(&names),
            ["<n3>", "<N1><n5>", "<N1><n8>", "<N1><n9>", "<N1><n10>", "<h16>", "<n2>ms", "<l6>"],
        );
        let form = random.pick(&forms);
        let value = shape::text(random, form);
        let sign = random.pick(&["=", " ", ": "]);
        out.push_str(&format!("{name}{sign}{value} "));
    }
    out.push('\n');
}

fn json_log(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &["{\"ts\":17<n8>.<n6>,\"level\":\"info\",\"span\":\"<h16>\",\"trace\":\"<h32>\",\"msg\":\
           \"<l6> <l7>\",\"n\":<N1><n6>,\"took\":<n1>.<n6>,\"at\":\"2024-05-1<n1>T10:<=1|3|5><n1>:1<n1>Z\"}"],
    );
}

fn uuids(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "<h8>-<h4>-4<h3>-<=8|9|a|b><h3>-<h12>",
            "<H8>-<H4>-4<H3>-<=8|9|A|B><H3>-<H12>",
            "urn:uuid:<h8>-<h4>-7<h3>-<=8|9|a|b><h3>-<h12>",
            "{<n8>-<n4>-4<n3>-8<n3>-<n12>}",
        ],
    );
}

fn base64(random: &mut Random, out: &mut String) {
    line(random, out, &["<b76>", "<b76>", "<b40>==", "<w120>", "data:image/png;base64,<b200>="]);
}

fn hex(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &["<h128>", "<H64>", "0x<h16>, 0x<h16>, 0x<h16>,", "<h2> <h2> <h2> <h2> <h2>"],
    );
}

fn hashes(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "<h64>  ./<l6>/<l5>.<l3>",
            "<h40> refs/heads/<l5>-<l6>",
            "<h32> *<l8>.bin",
            "sha256:<h64>",
            "index <h7>..<h7> 100644",
            "commit <h40>\ntree <h40>\nparent <h40>",
            "SHA256:<b43> <l6> (ED25519)",
        ],
    );
}

fn dump(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "<h8>  <h2> <h2> <h2> <h2> <h2> <h2> <h2> <h2>  <h2> <h2> <h2> <h2>  |..<l2>.<c1>..|",
            "<h8>: <h4> <h4> <h4> <h4> <h4> <h4> <h4> <h4>  <c2>..<c1>.",
        ],
    );
}

fn timestamps(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "17<n8>",
            "17<n11>",
            "17<n14>",
            "17<n17>",
            "17<n8>.<n6>",
            "2024051<n1>1<n1>3<n1>2<n1>",
            "202405171<n1><=0|3|5><n1>",
            "1<n1>:<=0|3|5><n1>:<=0|3|5><n1>.<n6>",
            "[    <n1>.<n6>] <l6>: <l5> <n8>",
            "P<N1>DT<N1>H<n2>M",
        ],
    );
}

fn prices(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "$<N1><n2>.<n2> <n1> x <N1><n1>.<n2> EUR",
            "<N1>,<n3>,<n3>.<n2> USD",
            "<N1>.<n3>.<n3>,<n2> EUR",
            "<N1> <n3> <n3> <n3> sum, VAT 19 %: <n3>.<n2>",
            "total=<N1><n7>,<n2>;tax=<n5>,<n2>;net=<N1><n7>",
            "GBP <N1><n4>.<n2>/<n2> pcs, ISBN 978-3-16-<n6>-<n1>, EAN 40<n11>",
            "<N1><n2>-<n2> units, <n3> 555 <n4> pieces",
        ],
    );
}

fn coordinates(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "[<=11|13|-77>.<n6>,<=48|52|38>.<n6>],",
            "<=48|52|-33>.<n5>, <=11|13|-77>.<n5>",
            "M<n3>.<n2>,<n3>.<n2>L<n3>.<n2>,<n3>.<n2>c<n1>.<n3>,<n1>.<n3>",
            "x=<n4>.<n3> y=<n4>.<n3> z=-<n2>.<n4>",
        ],
    );
}

fn versions(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "v<n1>.<n2>.<n1>-rc.<n1>+build.<n5>",
            "<l6>-<l4> (<N1>.<n2>.<n1>-<n1>ubuntu<n1>~<n2>.04.<n1>) amd64",
            "version: <N1>.<n1>.<n2>.<n1>, build <N1><n6>",
            "<l5> ^<n1>.<n2>.<n1> || >=<n2>.<n1> <<<n3>.0.0",
            "<l6>@<n1>.<n2>.<n1> (<l4>@<n2>.<n1>.<n2>)",
            "release <n4>.<n1>.<n1>.<N1><n3> of <l7> KB<N1><n6>",
        ],
    );
}

fn api(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "{\"id\":<N1><n8>,\"node_id\":\"<c24>\",\"name\":\"<l7>\",\"size\":<N1><n4>,\"etag\":\
             \"W/\\\"<h32>\\\"\",\"score\":0.<n8>,\"updated_at\":\"2024-05-1<n1>T10:1<n1>:4<n1>Z\"}",
            "{\"order_id\":\"10<n11>\",\"sku\":\"<u3>-<n6>\",\"qty\":<N1>,\"price\":{\"amount\":\
             <N1><n4>,\"currency\":\"EUR\"},\"href\":\"https://api.example.com/v1/<l6>/<N1><n8>\"}",
            "{\"next_page_token\":\"<c8><c12>\",\"total\":<N1><n3>,\"has_more\":false,\"cursor\":\
             \"<b40>\",\"session_count\":<n4>,\"card_type\":\"<l5>\",\"phone_verified\":true}",
            "{\"account_id\":<N1><n6>,\"customer\":\"cus_<c14>\",\"status\":\"<l6>\",\"epoch\":\
             17<n11>,\"ratio\":<n1>.<n12>,\"tags\":[\"<l4>\",\"<l6>\"],\"parent\":null}",
        ],
    );
}

fn orders(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "order <N1><n9> shipped in <n2> parcels, invoice 2024-<n6>",
            "PO-<n8>/<n3> AX-<n5>-<u2> lot <n6>/<n5> bin <u1><n2>",
            "ticket OPS-<n5> part <N1><n10> rev <u1>",
            "part no <n3>-<n4>-<n2> serial <u2><n9>",
            "tracking 1Z<k16>, batch <N1><n16>",
            "<N1><n10> <l6> <n2>x",
            "model <u2><n2> <u4> <n4>, rev <N1><n2>",
        ],
    );
}

fn measurements(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "<u2><n2>,<N1><n4>,<n2>.<n6>,0.<n5>,<N1><n9>,<n1>",
            "<u2><n2>,<N1><n4>,-<n2>.<n6>,0.<n5>,<N1><n9>,<n2>",
            "<u2><n2>,<N1><n4>,<n1>.<n3>e-<n2>,NaN,<N1><n10>,0x<h2>",
        ],
    );
}

fn table(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "19<n2> 20<n2> 19<n2> 20<n2> 19<n2> 20<n2> 19<n2> 20<n2>",
            "<n5> <n5> <n5> <n5> <n5> <n5> <n5> <n5>",
            "<N1><n8>\t<N1><n9>\t<N1><n10>\t<N1><n11>",
            "<n3> <n3> <n3> <n3> <n3> <n3>",
            "<N1><n16> <N1><n17> <N1><n10>",
            "<n2>-<n2>-<n2>-<n4> <n3>.<n3>.<n3> <n5>/<n4>",
        ],
    );
}

fn identifiers(random: &mut Random, out: &mut String) {
    line(
        random,
        out,
        &[
            "arn:example:<l4>:<l2>-<l4>-1:<n12>:<l6>/<l8>-<c6>",
            "i-0<h16> vol-0<h16> sg-<h8> subnet-<h17>",
            "<c20>:<c22> <c11> <c24>",
            "01<=H|J><k23> <k26> 0x<h32>",
            "<l3>_<c24> <l2>_<c32>",
            "<u3><n7> <u1><n8> <u2><n9>",
        ],
    );
}
