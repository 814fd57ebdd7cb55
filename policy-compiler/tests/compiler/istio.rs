//! Manifests for Istio: fields that its custom resources have, a guard between filter and router,
//! and nothing that does not fit together.

mod fields;

use crate::host::{CALLBACKS, module};
use crate::process::{Folder, Ran};
use crate::trust::{Company, POLICY, refuses};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use fields::{documents, schema};
use serde_json::{Value, json};
use std::fs;

/// Stands for what is no option: the bundle.
const BUNDLE: &str = "";
const KINDS: [&str; 3] = ["wasm-plugin", "traffic-extension", "envoy-filter"];

/// A company with a release, its bundle, and the module that it is for.
struct Released {
    company: Company,
    pin: String,
}

impl Released {
    fn new(name: &str) -> Self {
        let company = Company::with_root(name);
        let policy =
            POLICY.replace("email, action: redact", "email, action: { tokenize: { key: crm } }");
        let policy = company.file("zones.yaml", policy.as_bytes());
        let module = company.file("filter.wasm", &module(&CALLBACKS));
        let key = company.key("ann").to_string_lossy().into_owned();
        let proposed = company.run(
            "ann",
            &["release", "propose", &policy, "-k", &key, "--audience", "eu", "--module", &module],
        );
        assert_eq!(proposed.status, 0, "{}", proposed.stderr);
        for person in ["bob", "pat"] {
            let approved = company.approve(person);
            assert_eq!(approved.status, 0, "{}", approved.stderr);
        }
        let bundle = company.run("ann", &["bundle", "-o", "shop.bundle"]);
        assert_eq!(bundle.status, 0, "{}", bundle.stderr);
        let root = fs::read(company.path("trust/root/1.json")).expect("a root");
        Self { company, pin: Digest::of(&root).to_string() }
    }

    /// What is typed, with some of it said otherwise.
    fn deploy(&self, other: &[(&str, &str)], more: &[&str]) -> Ran {
        let mut options = vec![
            ("--wasm", "filter.wasm"),
            (BUNDLE, "shop.bundle"),
            ("--pin", &self.pin),
            ("--audience", "eu"),
            ("--image", "registry.example:5000/mesh/cofferdam"),
            ("--namespace", "shop"),
        ];
        for (name, value) in other {
            options.retain(|(known, _)| known != name);
            options.push((name, value));
        }
        let mut arguments = vec!["deploy", "--istio"];
        let words = options.iter().flat_map(|(name, value)| [*name, *value]);
        arguments.extend(words.filter(|word| *word != BUNDLE));
        arguments.extend(more);
        self.company.run("ann", &arguments)
    }

    fn manifests(&self, other: &[(&str, &str)], more: &[&str]) -> Vec<Value> {
        let ran = self.deploy(other, more);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        documents(&ran.text())
    }

    fn bundle(&self) -> Vec<u8> {
        fs::read(self.company.path("shop.bundle")).expect("a bundle")
    }
}

/// The values that patches put in, in their order, and where.
fn patches(filter: &Value) -> Vec<(&str, &str, &Value)> {
    fn text(value: &Value) -> &str {
        value.as_str().expect("a text")
    }
    fn of(patch: &Value) -> (&str, &str, &Value) {
        (text(&patch["applyTo"]), text(&patch["patch"]["operation"]), &patch["patch"]["value"])
    }
    let patches = filter["spec"]["configPatches"].as_array().expect("patches");
    patches.iter().map(of).collect()
}

/// One release serves all: a company is slow to found.
#[test]
fn manifests_put_the_filter_in_and_a_guard_behind_it() {
    let released = Released::new("istio");
    every_manifest_has_the_fields_of_its_kind_and_no_other(&released);
    the_image_the_bundle_and_the_settings_are_pinned(&released);
    the_guard_stands_between_the_filter_and_the_router(&released);
    an_envoy_filter_has_all_that_a_plugin_has_no_field_for(&released);
    what_does_not_fit_together_is_refused(&released);
    what_is_written_is_as_a_host_must_be(&released);
}

fn every_manifest_has_the_fields_of_its_kind_and_no_other(released: &Released) {
    for kind in KINDS {
        let resource = [("--resource", kind)];
        let labels = ["--selector", "app=shop", "--selector", "istio.io/rev=1"];
        for more in [&labels[..], &[]] {
            let manifests = released.manifests(&resource, more);
            for manifest in manifests {
                let name = manifest["kind"].as_str().expect("a kind").to_owned();
                let validator = jsonschema::draft7::new(&schema(&name)).expect("a schema");
                let errors: Vec<_> = validator.iter_errors(&manifest).collect();
                assert!(errors.is_empty(), "{name}: {errors:?}");
                // What is misspelled is found.
                let mut misspelled = manifest.clone();
                misspelled["spec"]["failstrategy"] = json!("FAIL_OPEN");
                assert!(!validator.is_valid(&misspelled), "{name}");
            }
        }
    }
}

fn the_image_the_bundle_and_the_settings_are_pinned(released: &Released) {
    let image = released.company.run("ann", &["image", "filter.wasm", "-o", "image"]);
    let digest = image.text().split_whitespace().next().expect("a digest").to_owned();
    let hex = digest.strip_prefix("sha256:").expect("sha256");
    for kind in ["wasm-plugin", "traffic-extension"] {
        let manifests = released.manifests(&[("--resource", kind)], &["--own-zone", "a"]);
        let plugin = match kind {
            "wasm-plugin" => &manifests[0]["spec"],
            _ => &manifests[0]["spec"]["wasm"],
        };
        assert_eq!(
            plugin["url"],
            json!(format!("oci://registry.example:5000/mesh/cofferdam@{digest}"))
        );
        assert_eq!(plugin["sha256"], json!(hex));
        assert_eq!(plugin["failStrategy"], json!("FAIL_CLOSE"));
        assert_eq!(plugin["pluginName"], json!("cofferdam"));
        let bundle = plugin["pluginConfig"]["bundle"].as_str().expect("a bundle");
        assert_eq!(STANDARD.decode(bundle).expect("base64"), released.bundle());
        let expected = json!([
            { "name": "COFFERDAM_ROOT", "value": released.pin },
            { "name": "COFFERDAM_AUDIENCE", "value": "eu" },
            { "name": "COFFERDAM_RELEASE_FLOOR", "value": "1" },
            { "name": "COFFERDAM_MODULE", "value": Digest::of(&module(&CALLBACKS)).to_string() },
            { "name": "COFFERDAM_SELF", "value": "a" },
            { "name": "COFFERDAM_KEY_CRM", "valueFrom": "HOST" },
        ]);
        assert_eq!(plugin["vmConfig"]["env"], expected);
    }
    // The digest may be said, where it is the same.
    let said = format!("registry.example/cofferdam@{digest}");
    assert_eq!(released.deploy(&[("--image", &said)], &[]).status, 0);
}

fn the_guard_stands_between_the_filter_and_the_router(released: &Released) {
    for (kind, side, context) in [
        (KINDS[0], "gateway", "GATEWAY"),
        (KINDS[1], "inbound", "SIDECAR_INBOUND"),
        (KINDS[2], "outbound", "SIDECAR_OUTBOUND"),
    ] {
        let manifests = released.manifests(&[("--resource", kind)], &["--side", side]);
        let filter = manifests.last().expect("an EnvoyFilter");
        for patch in filter["spec"]["configPatches"].as_array().expect("patches") {
            assert_eq!(patch["match"]["context"], json!(context));
        }
        let patches = patches(filter);
        let names: Vec<_> = patches
            .iter()
            .filter(|(to, operation, _)| *to == "HTTP_FILTER" && *operation == "INSERT_BEFORE")
            .map(|(.., value)| value["name"].as_str().expect("a name"))
            .collect();
        let expected =
            ["cofferdam", "envoy.filters.http.rbac", "envoy.filters.http.header_mutation"];
        let own = usize::from(kind != "envoy-filter");
        assert_eq!(names, expected[own..]);
        let guard = patches.iter().find(|(.., value)| value["name"] == "envoy.filters.http.rbac");
        let (.., guard) = guard.expect("a guard");
        let principals = &guard["typed_config"]["rules"]["policies"]["cofferdam_ran"]["principals"];
        let word = json!([{ "filter_state": {
            "key": "wasm.cofferdam.guard", "string_match": { "exact": "ok" }
        } }]);
        assert_eq!(principals, &word);
        assert_eq!(guard["typed_config"]["rules"]["action"], json!("ALLOW"));
        assert_eq!(patches[0].1, "INSERT_FIRST");
        assert_eq!(patches[0].2["name"], json!("envoy.filters.http.set_filter_state"));
    }
    let trailers = released.manifests(&[], &["--request-trailers"]);
    let left = patches(&trailers[1]);
    assert!(left.iter().all(|(.., value)| value["name"] != "envoy.filters.http.header_mutation"));
}

fn an_envoy_filter_has_all_that_a_plugin_has_no_field_for(released: &Released) {
    for (version, place) in [
        ("1.36", "/config/capability_restriction_config"),
        ("1.40", "/config/vm_config/capability_restriction_config"),
    ] {
        let more = ["--envoy-version", version];
        let manifests = released.manifests(&[("--resource", "envoy-filter")], &more);
        let [filter] = manifests.as_slice() else { panic!("{manifests:?}") };
        let patches = patches(filter);
        let extension = patches.iter().find(|(to, ..)| *to == "EXTENSION_CONFIG");
        let (_, operation, value) = extension.expect("the filter");
        assert_eq!(*operation, "ADD");
        let wasm = &value["typed_config"];
        let allowed = wasm.pointer(place).expect("a list")["allowed_capabilities"].clone();
        let names: Vec<_> = allowed.as_object().expect("a map").keys().cloned().collect();
        let mut expected: Vec<_> = CALLBACKS.map(str::to_owned).to_vec();
        expected.extend(["proxy_log", "proxy_get_shared_data"].map(str::to_owned));
        expected.sort();
        assert_eq!(names, expected);
        let config = &wasm["config"];
        assert_eq!(config["allow_on_headers_stop_iteration"], json!(true));
        assert_eq!(config["failure_policy"], json!("FAIL_RELOAD"));
        assert_eq!(config["vm_config"]["vm_id"], json!("cofferdam"));
        let environment = &config["vm_config"]["environment_variables"];
        assert_eq!(environment["key_values"]["COFFERDAM_HOLD_HEADERS"], json!("1"));
        assert_eq!(environment["key_values"]["COFFERDAM_ROOT"], json!(released.pin));
        assert_eq!(environment["host_env_keys"], json!(["COFFERDAM_KEY_CRM"]));
        let bundle = config["configuration"]["value"].as_str().expect("a value");
        assert_eq!(STANDARD.decode(bundle).expect("base64"), released.bundle());
        // A plugin of another name would not be found.
        let discovered = patches.iter().find(|(.., value)| value["config_discovery"].is_object());
        assert_eq!(discovered.expect("it is discovered").2["name"], value["name"]);
    }
    let more = ["--candidate", "shop.bundle", "--resource", "envoy-filter"];
    let manifests = released.manifests(&[], &more);
    let patches = patches(&manifests[0]);
    let (.., value) = patches.iter().find(|(to, ..)| *to == "EXTENSION_CONFIG").expect("it");
    let text = value["typed_config"]["config"]["configuration"]["value"].as_str().expect("text");
    let both: Value =
        serde_json::from_slice(&STANDARD.decode(text).expect("base64")).expect("JSON");
    let bundle = json!(STANDARD.encode(released.bundle()));
    assert_eq!(both, json!({ "bundle": bundle, "candidate": bundle }));
}

fn what_is_written_is_as_a_host_must_be(released: &Released) {
    let check = |text: &str| {
        released.company.file("mesh.yaml", text.as_bytes());
        let ran =
            released.company.run("ann", &["check-host", "mesh.yaml", "--wasm", "filter.wasm"]);
        (ran.status, ran.text())
    };
    for kind in KINDS {
        let written = released.deploy(&[("--resource", kind)], &[]).text();
        assert_eq!(check(&written), (0, String::new()), "{kind}");
        let own = Digest::of(&module(&CALLBACKS)).to_string();
        let blob = match kind {
            "envoy-filter" => {
                let value = "configuration: { value: '{\"blob\": \"eA==\"}' }";
                ("configuration:", &*format!("{value}\n            other:"), "H017")
            }
            _ => ("bundle: \"", "blob: \"", "H017"),
        };
        for (from, to, code) in [
            blob,
            ("mesh/cofferdam@", "mesh/cofferdam.unsigned@", "H017"),
            ("COFFERDAM_ROOT", "ROOT", "H018"),
            ("COFFERDAM_AUDIENCE", "AUDIENCE", "H018"),
            ("COFFERDAM_MODULE", "MODULE", "H018"),
            (&own, &"0".repeat(64), "H018"),
        ] {
            let (status, told) = check(&written.replacen(from, to, 1));
            let found = [told.matches("error[").count(), told.matches(code).count()];
            assert!(status == 1 && found == [1, 1], "{kind}, {from}: {told}");
        }
    }
}

fn what_does_not_fit_together_is_refused(released: &Released) {
    let refused = |other: &[(&str, &str)], status, words: &[&str]| {
        let ran = released.deploy(other, &[]);
        refuses(&ran, status, words);
        assert!(ran.stdout.is_empty());
    };
    let company = &released.company;
    let mut other_module = module(&CALLBACKS);
    other_module.extend([0, 1, 0]);
    company.file("other.wasm", &other_module);
    refused(&[("--wasm", "other.wasm")], 1, &["shop.bundle: ", "other_module", "help: "]);
    refused(&[("--audience", "us\u{202e}")], 1, &["other_audience", "help: "]);
    refused(&[("--pin", &"0".repeat(64))], 1, &["root_pin", "help: "]);
    refused(&[("--pin", "abc")], 2, &["`--pin` is no digest", "help: "]);
    company.file("blob", b"CFDM a blob");
    refused(&[(BUNDLE, "blob")], 1, &["not_a_bundle", "cofferdam bundle"]);
    refused(
        &[("--candidate", "blob")],
        1,
        &["blob: no host would take it: not_a_bundle", "help: "],
    );
    let digest = "a".repeat(64);
    let image = format!("registry.example/cofferdam@sha256:{digest}");
    refused(&[("--image", &image)], 1, &["filter.wasm: the image of this module", "help: "]);
    refused(&[("--image", "registry.example/c:1")], 2, &["without a tag"]);
    refused(&[("--namespace", "a\"b")], 2, &["--namespace"]);
    refused(&[("--name", "<script>")], 2, &["--name"]);
    refused(&[("--selector", "a: b=c")], 2, &["--selector"]);
    refused(&[("--own-zone", "elsewhere")], 1, &["own zone `elsewhere` is not a zone"]);
    let secret = [("--pull-secret", "registry"), ("--resource", "envoy-filter")];
    refused(&secret, 1, &["hands secrets for images to no `EnvoyFilter`", "help: "]);
    refuses(&released.deploy(&[], &["--listen", "8443"]), 2, &["--listen"]);
    let both = released.deploy(&[], &["--envoy"]);
    refuses(&both, 2, &["--envoy"]);
    refused(
        &[(BUNDLE, "zones.yaml")],
        1,
        &["zones.yaml: no host would take it: not_a_bundle", "help: "],
    );
}

#[test]
fn options_of_istio_are_for_istio() {
    let folder = Folder::new("istio-not");
    let policy = folder.file("zones.yaml", POLICY.as_bytes());
    let wasm = folder.file("filter.wasm", &module(&CALLBACKS));
    let arguments = ["deploy", "--envoy", &policy, "--wasm", &wasm, "--namespace", "shop"];
    let ran = crate::process::run(&arguments);
    assert_eq!((ran.status, ran.stdout.len()), (2, 0), "{}", ran.stderr);
}
