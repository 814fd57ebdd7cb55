//! Each known way to switch the filter off, or to lead traffic past it, as an edit of what `deploy`
//! writes.

use super::running::{POLICY, Running, without};

/// What the probe must say.
#[derive(Clone, Copy)]
enum Finds {
    /// Values come out in these directions.
    Raw(&'static [&'static str]),
    /// Nothing comes out, and nothing is taken for a proof.
    Unjudged(&'static str),
    /// Nothing that can be seen from outside is wrong.
    Nothing,
}

const BOTH: Finds = Finds::Raw(&["request", "reply"]);

const FILTER: &str = "                  - name: cofferdam\n";
const GUARD: &str = "                  - name: envoy.filters.http.rbac\n";
const ROUTE: &str = "                        - name: \"shop\"\n";
const OFF: &str = "{ cofferdam: { \"@type\": \
                   type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } }";

fn unguarded(text: &str) -> String {
    without(text, GUARD)
}

/// A route before the policy's own, which is for `/legacy`.
fn legacy(text: &str, route: &str) -> String {
    let before = format!(
        "                        - name: \"legacy\"\n\
         \x20                         match: {{ prefix: \"/legacy\" }}\n\
         \x20                         {route}\n{ROUTE}"
    );
    text.replace(ROUTE, &before)
}

fn disabled(text: &str) -> String {
    text.replace(FILTER, &format!("{FILTER}                    disabled: true\n"))
}

fn off_for(text: &str) -> String {
    legacy(
        text,
        &format!(
            "typed_per_filter_config: {OFF}\n\
             \x20                         route: {{ cluster: \"shop\" }}"
        ),
    )
}

fn off_for_all(text: &str) -> String {
    let at = "                          match: { prefix: \"/\" }\n";
    text.replace(at, &format!("{at}                          typed_per_filter_config: {OFF}\n"))
}

fn uncalled(text: &str, callback: &str) -> String {
    let line = format!("\"{callback}\": {{}}\n");
    let lines = text.lines().filter(|known| !format!("{known}\n").ends_with(&line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Envoy takes traffic on without a module that it cannot fetch, if it is told to.
fn open(text: &str) -> String {
    let code = text.lines().find(|line| line.contains("filename: \"")).expect("a module").trim();
    let remote = "code: { remote: { http_uri: { uri: \"http://127.0.0.1/nothing.wasm\", cluster: \
                  \"shop\", timeout: 1s }, retry_policy: { num_retries: 0 }, sha256: \"";
    let remote = format!("{remote}{}\" }} }}", "0".repeat(64));
    let text = text.replace(code, &remote);
    let text = text.replace("failure_policy: FAIL_RELOAD", "failure_policy: FAIL_OPEN");
    let lines = text.lines().filter(|line| !line.contains("reload_config"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// What crosses goes to a cluster that is in no zone as well.
fn mirrored(text: &str) -> String {
    let (_, clusters) = text.split_once("\n  clusters:\n").expect("clusters");
    let other = clusters.replace("\"shop\"", "\"elsewhere\"");
    let route = "route: { cluster: \"shop\", timeout: 0s }";
    let mirrored = "route: { cluster: \"shop\", timeout: 0s, request_mirror_policies: [{ cluster: \
                    \"elsewhere\" }] }";
    text.replace(route, mirrored) + &other
}

struct Hole {
    name: &'static str,
    edit: fn(String) -> String,
    arguments: &'static [&'static str],
    finds: Finds,
}

const fn hole(name: &'static str, edit: fn(String) -> String, finds: Finds) -> Hole {
    Hole { name, edit, arguments: &[], finds }
}

const fn by_legacy(name: &'static str, edit: fn(String) -> String, finds: Finds) -> Hole {
    Hole { name, edit, arguments: &["--path", "/", "--path", "/legacy"], finds }
}

const SHUT: Finds = Finds::Unjudged("answered with 403 by somebody else");

const HOST: Finds = Finds::Unjudged("refused by the filter as `host`");

const HOLES: &[Hole] = &[
    hole("filter-gone", |text| without(&unguarded(&text), FILTER), BOTH),
    hole("filter-gone-guard-there", |text| without(&text, FILTER), SHUT),
    hole("filter-disabled", |text| disabled(&unguarded(&text)), BOTH),
    hole("filter-disabled-guard-there", |text| disabled(&text), SHUT),
    hole("route-disables", |text| off_for_all(&unguarded(&text)), BOTH),
    hole("route-disables-guard-there", |text| off_for_all(&text), SHUT),
    by_legacy("one-route-disables", |text| off_for(&unguarded(&text)), BOTH),
    by_legacy("one-route-disables-guard-there", |text| off_for(&text), SHUT),
    hole("fail-open", |text| open(&unguarded(&text)), BOTH),
    // What the filter misses itself, it refuses for.
    hole("request-body-uncalled", |text| uncalled(&text, "proxy_on_request_body"), HOST),
    hole("response-body-uncalled", |text| uncalled(&text, "proxy_on_response_body"), HOST),
    hole("response-headers-uncalled", |text| uncalled(&text, "proxy_on_response_headers"), HOST),
    hole(
        "request-headers-uncalled",
        |text| uncalled(&unguarded(&text), "proxy_on_request_headers"),
        HOST,
    ),
    hole(
        "configure-uncalled",
        |text| uncalled(&unguarded(&text), "proxy_on_configure"),
        Finds::Unjudged("refused by the filter as `no_policy`"),
    ),
    by_legacy(
        "redirect",
        |text| legacy(&text, "redirect: { path_redirect: \"/elsewhere\" }"),
        Finds::Unjudged("redirected (301)"),
    ),
    by_legacy(
        "answered-by-the-proxy",
        |text| legacy(&text, "direct_response: { status: 200, body: { inline_string: fine } }"),
        Finds::Unjudged("answered with 200 by somebody else"),
    ),
    // What cannot be seen from outside, and `check-host` sees.
    hole("guard-gone", |text| unguarded(&text), Finds::Nothing),
    hole("mirror", |text| mirrored(&text), Finds::Nothing),
];

#[test]
fn each_way_to_switch_the_filter_off_is_found() {
    let mut running = Running::start("holes", POLICY, |text| text);
    for Hole { name, edit, arguments, finds } in HOLES {
        running.restart(name, *edit);
        let arguments = [&["--quick"], *arguments].concat();
        let probed = running.probe(&arguments);
        match finds {
            Finds::Raw(directions) => {
                assert!(probed.refuses() && probed.raw > 0, "{name}: {probed:?}");
                for direction in ["request", "reply"] {
                    let wanted = directions.contains(&direction);
                    assert_eq!(probed.raw_in(direction), wanted, "{name}, {direction}: {probed:?}");
                }
                assert!(probed.stdout.contains("cofferdam check-host"), "{name}: {probed:?}");
            }
            Finds::Unjudged(why) => {
                assert!(probed.refuses() && probed.raw == 0, "{name}: {probed:?}");
                assert!(probed.unjudged > 0 && probed.stdout.contains(why), "{name}: {probed:?}");
            }
            Finds::Nothing => {
                assert_eq!(probed.status, 0, "{name}: {probed:?}");
                let refused = running.check_host();
                assert_eq!(refused, Some(1), "{name}: `check-host` must see what this cannot");
            }
        }
    }
}
