//! What `check-host` refuses: each way past the filter, in a configuration that else is as
//! `cofferdam deploy` writes it. Each is told at its line, and nothing else is.

mod holes;
mod mesh;

use crate::process::{Folder, Ran, run};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{BundleFile, Time};
use cofferdam_policy_compiler::compile;
use cofferdam_policy_compiler::diagnostic::Code;
use cofferdam_policy_compiler::throwaway::Throwaway;
use holes::{BAD, OWN, ROUTE};
use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

const POLICY: &str = r#"
format: cofferdam/v1
policy: shop
owner: team:tests
review_by: 2037-01-01
zones:
  web: { sensitivity: internal }
  shop: { sensitivity: high }
  elsewhere: { sensitivity: limited }
members:
  - { zone: web, spiffe: "spiffe://mesh.example/ns/web/sa/*" }
  - { zone: web, listener_port: 8443 }
  - { zone: shop, cluster: shop }
  - { zone: shop, cluster: shop-twin }
  - { zone: elsewhere, cluster: warehouse }
boundaries:
  - id: in
    from: web
    to: shop
    purpose: orders
    otherwise: redact
    reply: { otherwise: redact }
"#;

/// A module with the callbacks without which messages pass, imports, and nothing in it.
pub(crate) fn module(callbacks: &[&str]) -> Vec<u8> {
    // What is shared is asked for by builds that take bundles only.
    module_with(&["proxy_log", "proxy_get_shared_data"], callbacks)
}

/// The same, as a build for trials.
pub(crate) fn trial_module(callbacks: &[&str]) -> Vec<u8> {
    module_with(&["proxy_log"], callbacks)
}

fn module_with(imports: &[&str], callbacks: &[&str]) -> Vec<u8> {
    let name = |name: &str| [&[u8::try_from(name.len()).expect("short")], name.as_bytes()].concat();
    let section = |id: u8, items: Vec<Vec<u8>>| {
        let count = u8::try_from(items.len()).expect("few");
        let body = [vec![count], items.concat()].concat();
        let (low, high) = (body.len() & 0x7f | 0x80, body.len() >> 7);
        let length = [low, high].map(|part| u8::try_from(part).expect("two bytes of LEB128"));
        [vec![id], length.to_vec(), body].concat()
    };
    let own = u8::try_from(imports.len()).expect("few");
    let import = |import: &&str| [name("env"), name(import), vec![0, 0]].concat();
    let export = |callback: &&str| [name(callback), vec![0, own]].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, vec![vec![0x60, 0, 0]]),
        section(2, imports.iter().map(import).collect()),
        section(3, vec![vec![0]]),
        section(7, callbacks.iter().map(export).collect()),
        section(10, vec![vec![2, 0, 0x0b]]),
    ]
    .concat()
}

pub(crate) const CALLBACKS: [&str; 9] = [
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_request_trailers",
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_response_trailers",
    "proxy_on_log",
];

/// A configuration as it is shipped, with certificates, and the module beside it.
struct Shipped {
    folder: Folder,
    config: String,
}

impl Shipped {
    fn new(name: &str, more: &[&str]) -> Self {
        let folder = Folder::new(name);
        folder.file("shop.yaml", POLICY.as_bytes());
        let module = module(&CALLBACKS);
        let bundle = folder.file("shop.bundle", &released(&module));
        let wasm = folder.file("filter.wasm", &module);
        // The same one by another name.
        folder.file("filter.unsigned.wasm", &module);
        let certificates = folder.path("proxy");
        let mut arguments =
            vec!["deploy", "--envoy", &bundle, "--wasm", &wasm, "--mtls", &certificates];
        arguments.extend(["--cluster", "shop-twin=twin.example:80"]);
        arguments.extend(["--cluster", "warehouse=warehouse.example:80"]);
        arguments.extend(more);
        let ran = run(&arguments);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        Self { config: ran.text(), folder }
    }

    /// With another value of the plugin's configuration.
    fn configured(&self, value: &str) -> String {
        let (before, rest) = self.config.split_once("value: \"\\\n").expect("a configuration");
        let (_, behind) = rest.split_once('"').expect("its end");
        format!("{before}value: {value}{behind}")
    }

    fn check(&self, config: &str) -> Ran {
        let path = self.folder.file("envoy.yaml", config.as_bytes());
        run(&["check-host", &path, "--format", "json"])
    }
}

/// What people who are made up release for a module.
fn released(module: &[u8]) -> Vec<u8> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let people = Throwaway::new([7; 32], Time(now), Digest::of(module));
    people.bundle(&blob()).expect("a bundle")
}

fn blob() -> Vec<u8> {
    compile(POLICY, "shop.yaml").expect("it compiles").blob
}

/// Codes, and the lines that they are told at.
fn told(ran: &Ran, config: &str) -> Vec<(String, String)> {
    let value: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let lines: Vec<&str> = config.lines().collect();
    let one = |row: &serde_json::Value| {
        let line = usize::try_from(row["at"]["line"].as_u64().expect("a line")).expect("a line");
        let text = lines.get(line - 1).copied().unwrap_or_default();
        (row["code"].as_str().expect("a code").to_owned(), text.trim().to_owned())
    };
    value["diagnostics"].as_array().expect("a list").iter().map(one).collect()
}

/// The text with one thing in it altered; nothing where it is not in it.
fn edited(config: &str, from: &str, to: &str) -> Option<String> {
    let at = config.find(from)?;
    let line = &config[config[..at].rfind('\n').map_or(0, |at| at + 1)..at];
    let indent = " ".repeat(line.len() - line.trim_start().len());
    let mut to = to.replace('~', &indent);
    while let Some(at) = to.find('@').filter(|at| !to[at + 1..].starts_with("type")) {
        let kind = to[at + 1..].split([' ', ',']).next().expect("a type").to_owned();
        let package = match kind.split('.').next() {
            Some("http" | "network" | "listener") => "envoy.extensions.filters.",
            _ => "envoy.extensions.",
        };
        let typed = format!("\"@type\": type.googleapis.com/{package}{kind}");
        let key = if kind.starts_with("clusters") { "name: x, " } else { "" };
        let end = to[at..].find('}').map_or(to.len(), |end| at + end);
        let rest = to[at + 1 + kind.len()..end].trim_end().to_owned();
        to.replace_range(at..end, &format!("{key}typed_config: {{ {typed}{rest} }} "));
    }
    Some(config.replacen(from, &to, 1))
}

#[test]
fn each_way_past_the_filter_is_refused_at_its_line() {
    let shipped = Shipped::new("host-bad", &[]);
    let clean = shipped.check(&shipped.config);
    assert_eq!(clean.status, 0, "{}\n{}", clean.text(), clean.stderr);
    let (mut codes, mut wrong) = (BTreeSet::new(), Vec::new());
    for [what, from, to, code, line] in BAD {
        let Some(config) = edited(&shipped.config, from, to) else {
            wrong.push(format!("{what}: nothing to edit"));
            continue;
        };
        let ran = shipped.check(&config);
        let told = told(&ran, &config);
        let wanted = told.iter().all(|(own, at)| own == code && at.starts_with(line));
        if ran.status != 1 || told.is_empty() || !wanted {
            wrong.push(format!("{what}: {}, {told:#?}", ran.status));
        }
        codes.insert((*code).to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all = Code::ALL.iter().map(|code| code.name()).filter(|name| name.starts_with('H'));
    let missing: Vec<_> = all.filter(|name| !codes.contains(*name)).collect();
    assert!(missing.is_empty(), "told nowhere: {missing:?}");
}

/// Copies and stand-ins within one zone are no way out of it.
#[test]
fn what_stays_in_a_zone_passes() {
    let shipped = Shipped::new("host-good", &[]);
    for (from, to) in [
        (ROUTE, "route: { cluster: shop, request_mirror_policies: [{ cluster: shop-twin }] }"),
        (
            "type: STRICT_DNS",
            "cluster_type: { @clusters.aggregate.v3.ClusterConfig, clusters: [shop-twin] }",
        ),
        (OWN, "- { name: cors, @http.cors.v3.Cors }\n~- name: cofferdam\n"),
        (
            "- filter_state: { key: wasm",
            "- and_ids: { ids: [{ any: true }, { filter_state: { key: wasm.cofferdam.guard, string_match: { exact: ok } } }] }\n~- filter_state: { key: wasm",
        ),
        (ROUTE, "redirect: { path_redirect: / }"),
    ] {
        let config = edited(&shipped.config, from, to).expect("something to edit");
        let ran = shipped.check(&config);
        assert_eq!(ran.status, 0, "{to}: {:#?}", told(&ran, &config));
    }
    // Without its policy nothing is known of zones, and the configuration need not hold it.
    let mirrored = edited(
        &shipped.config,
        ROUTE,
        "route: { cluster: shop, request_mirror_policies: [{ cluster: shop-twin }] }",
    );
    let mirrored =
        mirrored.expect("a route").replace("google.protobuf.BytesValue", "google.protobuf.Any");
    let mirrored = edited(&mirrored, "value: \"", "other: \"").expect("a blob");
    let path = shipped.folder.file("mirrored.yaml", mirrored.as_bytes());
    assert_eq!(run(&["check-host", &path]).status, 1);
    let policy = shipped.folder.path("shop.yaml");
    assert_eq!(run(&["check-host", &path, "--policy", &policy]).status, 0);
}

/// What `/config_dump` says is the same configuration in other places.
#[test]
fn a_dump_is_looked_through_like_a_bootstrap() {
    let shipped = Shipped::new("host-dump", &[]);
    let part = |from: &str, to: &str| {
        let rest = shipped.config.split_once(from).expect("a beginning").1;
        let lines = rest.lines().take_while(|line| !line.starts_with(to)).skip(1);
        lines.map(|line| format!("          {line}\n")).collect::<String>()
    };
    let dump = |listeners: &str| {
        format!(
            "configs:\n  - bootstrap: {{ admin: {{}}, dynamic_resources: {{ lds_config: {{}} }} }}\n  \
             - dynamic_listeners:\n      - active_state:\n          listener:\n{listeners}"
        )
    };
    let listener = part("  listeners:", "  clusters:").replacen(
        "              - name: listener",
        "                name: listener",
        1,
    );
    let good = dump(&listener);
    let ran = shipped.check(&good);
    assert_eq!(ran.status, 0, "{:#?}", told(&ran, &good));
    let bad = good.replace("exact: ok", "exact: maybe");
    let ran = shipped.check(&bad);
    assert_eq!(told(&ran, &bad), [("H004".to_owned(), "- name: cofferdam".to_owned())]);
    let none = "configs:\n  - bootstrap: { admin: {} }\n";
    assert_eq!(told(&shipped.check(none), none)[0].0, "H002");
}

/// A filter whose settings are in a file of their own is looked at with that file.
#[test]
fn files_that_belong_together_are_handed_in_together() {
    let folder = Folder::new("host-files");
    let update = folder.path("update.yaml");
    let shipped = Shipped::new("host-files-shipped", &["--update", &update]);
    let config = shipped.folder.file("envoy.yaml", shipped.config.as_bytes());
    let alone = run(&["check-host", &config]);
    assert_eq!(alone.status, 1);
    assert!(alone.text().contains("H002") && !alone.text().contains("H003"), "{}", alone.text());
    let both = run(&["check-host", &config, &update]);
    assert_eq!(both.status, 0, "{}", both.text());
    let text = std::fs::read_to_string(&update).expect("an update");
    folder.file("update.yaml", text.replace("FAIL_RELOAD", "FAIL_OPEN").as_bytes());
    let open = run(&["check-host", &config, &update]);
    assert!(open.status == 1 && open.text().contains("update.yaml:"), "{}", open.text());
}

/// What a host is given is a bundle: the policy in it is what places clusters in zones.
#[test]
fn the_policy_of_a_bundle_is_the_one_that_is_asked() {
    let shipped = Shipped::new("host-bundle", &[]);
    let (roots, grants) = (Vec::new(), Vec::new());
    let bundle = BundleFile { blob: blob(), roots, release: None, freshness: None, grants };
    let bytes = bundle.write().expect("a bundle");
    let wrapped = format!("{{\"bundle\":\"{}\"}}", STANDARD.encode(&bytes));
    let json = format!("{{ bundle: \"{}\" }}", STANDARD.encode(&bytes));
    let coded =
        [bytes, wrapped.into_bytes()].map(|bytes| format!("\"{}\"", STANDARD.encode(bytes)));
    for value in coded.into_iter().chain([json]) {
        let config = shipped.configured(&value);
        assert_eq!(shipped.check(&config).status, 0);
        for (cluster, status) in [("shop-twin", 0), ("warehouse", 1)] {
            let mirrored = format!(
                "route: {{ cluster: shop, request_mirror_policies: [{{ cluster: {cluster} }}] }}"
            );
            let config = edited(&config, ROUTE, &mirrored).expect("something to edit");
            assert_eq!(shipped.check(&config).status, status, "{cluster}");
        }
    }
}

#[test]
fn a_policy_that_nobody_has_signed_is_for_trials() {
    let shipped = Shipped::new("host-blob", &[]);
    let text = STANDARD.encode(blob());
    let wrapped = format!("{{\"blob\":\"{text}\"}}");
    let coded = STANDARD.encode(&wrapped);
    let json = [format!("'{wrapped}'"), wrapped, "{ blob: nonsense }".to_owned()];
    for value in [text, coded].into_iter().chain(json) {
        let config = shipped.configured(&value);
        let found = told(&shipped.check(&config), &config);
        assert_eq!(found, [("H017".to_owned(), "configuration:".to_owned())]);
    }
}

#[test]
fn a_build_for_trials_is_told_by_what_it_is() {
    let shipped = Shipped::new("host-trial", &[]);
    let wasm = shipped.folder.file("other.wasm", &trial_module(&CALLBACKS));
    let policy = shipped.folder.path("shop.yaml");
    let certificates = shipped.folder.path("proxy");
    let deployed = run(&["deploy", "--envoy", &policy, "--wasm", &wasm, "--mtls", &certificates]);
    assert_eq!(deployed.status, 0, "{}", deployed.stderr);
    let config = deployed.text();
    let found = told(&shipped.check(&config), &config);
    let at: Vec<_> = found.iter().map(|(code, line)| (code.as_str(), &line[..5])).collect();
    assert_eq!(at, [("H017", "code:"), ("H017", "confi")], "{found:?}");
}

#[test]
fn a_module_is_the_one_that_releases_are_for() {
    let shipped = Shipped::new("host-other-module", &[]);
    let own = Digest::of(&module(&CALLBACKS)).to_string();
    let config = shipped.config.replace(&own, &"0".repeat(64));
    let found = told(&shipped.check(&config), &config);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "H018" && found[0].1.starts_with("COFFERDAM_MODULE:"), "{found:?}");
}

/// What is not in the configuration is in the environment of the proxy's process.
#[test]
fn whose_releases_are_taken_may_be_told_by_the_process() {
    let shipped = Shipped::new("host-process", &[]);
    let config =
        ["ROOT", "AUDIENCE", "MODULE"].iter().fold(shipped.config.clone(), |text, name| {
            text.replace(&format!("COFFERDAM_{name}:"), &format!("OTHER_{name}:"))
        });
    let found = told(&shipped.check(&config), &config);
    assert_eq!(found, ["environment_variables:"; 3].map(|at| ("H018".to_owned(), at.to_owned())));
    let handed = "environment_variables:\n~  \
                  host_env_keys: [COFFERDAM_ROOT, COFFERDAM_AUDIENCE, COFFERDAM_MODULE]\n";
    let config = edited(&config, "environment_variables:\n", handed).expect("an environment");
    let ran = shipped.check(&config);
    assert_eq!(ran.status, 0, "{:#?}", told(&ran, &config));
}

#[test]
fn what_a_log_shows_is_asked_of_the_command_line() {
    let folder = Folder::new("host-levels");
    for (options, status) in [
        ("{ log_level: info, component_log_level: \"\" }", 0),
        ("{ log_level: trace }", 1),
        ("{ log_level: info, component_log_level: \"upstream:info,http:debug\" }", 1),
    ] {
        let text = format!("{{ state: LIVE, command_line_options: {options} }}");
        let path = folder.file("server_info.json", text.as_bytes());
        assert_eq!(run(&["check-host", &path]).status, status, "{options}");
    }
}

#[test]
fn nonsense_is_refused() {
    let folder = Folder::new("host-nonsense");
    let deep = "[".repeat(4000);
    let layers =
        (1..9).map(|n| format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 9].join(", ")));
    let bomb = format!("l0: &l0 [x]\n{}", layers.collect::<String>());
    for (text, said) in [
        ("", "the file is empty"),
        ("just words", "no listener is in here"),
        ("[1, 2]", "no listener is in here"),
        ("a: &a [*a]", "the alias"),
        ("a: [", "neither YAML nor JSON"),
        ("a: 1\n---\nb: 2\n", "a second document"),
        ("{\"static_resources\": {}}", "no listener is in here"),
        (&deep, "recursion limit"),
        (&bomb, "more than"),
    ] {
        let path = folder.file("envoy.yaml", text.as_bytes());
        let ran = run(&["check-host", &path]);
        let shown: String = text.chars().take(40).collect();
        assert!(ran.status == 1 && ran.text().contains(said), "{shown}: {}", ran.text());
    }
    let path = folder.file("envoy.yaml", b"\xff\xfe\0");
    assert_eq!(run(&["check-host", &path]).status, 1);
    assert_eq!(run(&["check-host", &folder.path("none.yaml")]).status, 2);
    assert_eq!(run(&["check-host"]).status, 2);
}
