//! Programs and what builds them: sources in four languages, minified scripts and styles, lock
//! files, dumps of tables.

use super::prose::word;
use super::{Sort, sort};
use crate::random::Random;
use crate::shape;

pub(super) const SORTS: &[Sort] = &[
    sort("rust", rust),
    sort("python", python),
    sort("javascript", javascript),
    sort("go", go),
    sort("minified script", minified),
    sort("minified style", style),
    sort("cargo lock", cargo_lock),
    sort("npm lock", npm_lock).holds(&["url"]),
    sort("sql dump", sql).holds(&["date"]),
    sort("configuration", configuration),
];

/// A form with `{}` for words.
fn say(random: &mut Random, out: &mut String, forms: &[&str]) {
    let form = random.pick(forms);
    let filled = shape::text(random, form);
    let mut parts = filled.split("{}");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(word(random));
        out.push_str(part);
    }
}

fn rust(random: &mut Random, out: &mut String) {
    let forms = [
        "    let {}_{} = self.{}.get(<N1><n1>).copied().unwrap_or(0x<h8>);\n",
        "use crate::{}::{}::<u1><l7>;\nuse x86_64::{}::{};\nuse core::fmt::Write as _;\n",
        "pub(crate) fn {}_{}(&self, {}: &[u8], at: usize) -> Option<<u<=8|32|64>> {\n",
        "const <u6>_<u5>: u64 = 0x<H4>_<H4>_<H4>_<H4>;\nconst {}: u32 = <N1><n2>_<n3>_<n3>;\n",
        "    assert_eq!({}(\"{} {}\", <N1><n3>), Some(<N1><n5>)); // {} {} {}\n",
        "        Self::<u1><l6> { {}, {}: [<n2>, <n2>, <n2>, <n2>] } => a::b(de::{}, 1..=<N1><n2>),\n",
        "#[derive(Clone, Debug)]\nstruct <u1><l8><<'a> { {}: &'a str, {}_{}: Vec<<u16> }\n\n",
        "    /// The {} of a {}, from {} to {}: <N1><n1> bytes or fewer.\n",
        "    let password = prompt(\"{}\")?; let token = lexer.next(); key.secret.zeroize();\n",
    ];
    say(random, out, &forms);
}

fn python(random: &mut Random, out: &mut String) {
    let forms = [
        "def {}_{}(self, {}=None, *, {}: int = <N1><n3>) -> dict[str, float]:\n",
        "    {} = {{\"{}\": <n1>.<n6>, \"{}_{}\": [<N1><n2>, <N1><n3>], \"{}\": None}}\n",
        "    if len({}) > <N1><n2> and {}[<n1>:-<N1>] != b\"\\x<h2>\\x<h2>\\x<h2>\":\n",
        "        raise KeyError(f\"{} {{}} of {} is not {}\")\n",
        "    password = getpass.getpass()\n    session_id = uuid.uuid4().hex\n",
        "    account_number = row[<n1>]\n    phone = row.get(\"phone\")\n    # {} {} {} {}\n",
        "np.array([<n1>.<n8>, -<n1>.<n8>, <n1>.<n4>e-<N1>, <n2>.<n6>])\n",
    ];
    say(random, out, &forms);
}

fn javascript(random: &mut Random, out: &mut String) {
    let forms = [
        "export const {}<u1><l6> = async ({ {}, {} }) => {\n  const {} = await {}.get(`/${{}}/<l5>`);\n",
        "  if ({}.length === <N1><n1> || {}?.{} !== 0x<h6>) return {}[<n1>];\n",
        "  {}.addEventListener('{}', (e) => set<u1><l5>(e.{}, <N1><n3>));\n",
        "module.exports = { {}: require('./{}/{}'), timeout: <N1><n4>, ratio: <n1>.<n3> };\n",
        "  <<div className=\"{}-{} w-<n2> px-<n1>\" data-{}=\"<n4>\">{{}}<</div>\n",
    ];
    say(random, out, &forms);
}

fn go(random: &mut Random, out: &mut String) {
    let forms = [
        "func (s *<u1><l6>) <u1><l8>(ctx context.Context, {} string, {} int64) (*<u1><l5>, error) {\n",
        "\tif err := s.{}.{}(ctx, {}, <N1><n3>*time.Millisecond); err != nil {\n",
        "\t\treturn nil, fmt.Errorf(\"{} %q of {}: %w\", {}, err)\n\t}\n",
        "\tmask := uint32(0x<h8>) // {} {} {}\n\tbuf := make([]byte, <N1><n3>)\n",
    ];
    say(random, out, &forms);
}

fn minified(random: &mut Random, out: &mut String) {
    let forms = [
        "function <l1>(<l1>,<l1>){return <l1>.<l4>(<l1>[<n1>],<n4>)|<l1><<<<<n1>}",
        "var <l1>={},<l1>=<n1>,<l2>=[<n3>,<n4>,<n5>,<n6>];for(;<l1><<<n2>;)<l1>+=<l1>>>><n2>;",
        "!<l1>&&(<l1>=<l1>||{<l3>:<n1>,<l5>:!0,<l4>:\"<l6>\"}),<l1>.<l2>(<n8>),",
        "case <n2>:return <l1>(<l1>,-<n9>,<n10>),<l1>^=0x<h8>;default:throw Error(\"<n3>\")}",
        "//# sourceMappingURL=data:application/json;base64,<b300>\n",
    ];
    let form = random.pick(&forms);
    out.push_str(&shape::text(random, form));
}

fn style(random: &mut Random, out: &mut String) {
    let forms = [
        ".<l5>-<l4>{margin:<n1>px <n2>px;color:#<h6>;line-height:1.<n3>;width:<n2>.<n5>%}",
        "@media (min-width:<n3>px){.<l6>:hover>a::before{content:\"\\<h4>\";opacity:.<n2>}}",
        "#<l8>{background:url(data:image/png;base64,<b180>);transform:rotate(<n3>deg)}",
        ".<l3>{transition:all .<n2>s cubic-bezier(.<n2>,.<n2>,.<n2>,.<n2>);z-index:<n4>}\n",
    ];
    let form = random.pick(&forms);
    out.push_str(&shape::text(random, form));
}

fn cargo_lock(random: &mut Random, out: &mut String) {
    let form = "[[package]]\nname = \"<l5>-<l4>\"\nversion = \"<n1>.<n2>.<n1>\"\nsource = \
                \"registry+index\"\nchecksum = \"<h64>\"\ndependencies = [\n \"<l6>\",\n]\n\n";
    out.push_str(&shape::text(random, form));
}

fn npm_lock(random: &mut Random, out: &mut String) {
    let form = "    \"node_modules/<l7>\": {\n      \"version\": \"<n1>.<n2>.<n1>\",\n      \
                \"resolved\": \"https://registry.example.org/<l7>/-/<l7>-<n1>.<n2>.<n1>.tgz\",\n      \
                \"integrity\": \"sha512-<b86>==\",\n      \"engines\": { \"node\": \">=<n2>\" }\n    },\n";
    out.push_str(&shape::text(random, form));
}

fn sql(random: &mut Random, out: &mut String) {
    let forms = [
        "INSERT INTO `<l6>_<l5>` VALUES (<N1><n5>,'<l6> <l5>',<n3>.<n2>,'202<n1>-0<N1>-1<n1> \
         1<n1>:<=0|3|5><n1>:<=1|2><n1>',NULL,<n1>),(<N1><n5>,'<l7>',<n4>.<n2>,NULL,'<h32>',<n1>);\n",
        "CREATE TABLE `<l8>` (`id` bigint(20) NOT NULL, `{}` varchar(255), PRIMARY KEY \
         (`id`), UNIQUE (`{}`, `<l5>`)) ENGINE=InnoDB AUTO_INCREMENT=<N1><n6>;\n",
        "-- <l6> <l5>: <N1><n6> rows, <N1><n8> bytes\n",
    ];
    say(random, out, &forms);
}

fn configuration(random: &mut Random, out: &mut String) {
    let forms = [
        "{}_{}: <N1><n3>\n  {}: \"<l6>\"\n  image: example.org/<l5>/<l6>@sha256:<h64>\n",
        "[{}.{}]\n{} = <n1>.<n2>\n{}_port = <N1><n3>\nid = \"<h8>-<h4>-4<h3>-b<h3>-<h12>\"\n",
        "export <u5>_<u6>=\"${<u6>:-<N1><n3>}\"\nPASSWORD=${<u6>_PASSWORD}\n",
        "session.timeout=<N1><n6>\ntoken.count=<N1><n3>\ncard.width=<n3>\nkey.size=<=2048|4096>\n",
        "secretKeyRef: { name: <l6>-<l5>, key: password }\napi_key: ${<u4>_API_KEY}\n",
    ];
    say(random, out, &forms);
}
