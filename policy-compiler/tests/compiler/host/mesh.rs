//! Manifests of Istio: what `cofferdam deploy` writes passes, and each hole in them is told at its
//! line.

use super::{edited, told};
use crate::process::{Folder, run};

/// The plugin by itself. `DIGEST` stands for that of the image, `OTHER` for another one.
const PLUGIN: &str = r#"url: "oci://registry.example/cofferdam@sha256:DIGEST"
  sha256: "DIGEST"
  pluginName: cofferdam
  type: HTTP
  failStrategy: FAIL_CLOSE
  vmConfig:
    env:
      - { name: COFFERDAM_ROOT, value: "OTHER" }
      - { name: COFFERDAM_AUDIENCE, value: "eu" }
      - { name: COFFERDAM_MODULE, value: "OTHER" }
      - { name: COFFERDAM_KEY_MAIN, valueFrom: HOST }
  pluginConfig: { bundle: "Q0ZCTg==" }"#;

/// Filter and guard, as a mesh is given them. `KIND` and `SPEC` are those of the first.
const MANIFESTS: &str = r#"# Apply it with kubectl.
apiVersion: extensions.istio.io/v1alpha1
kind: KIND
metadata: { name: "cofferdam", namespace: "shop" }
spec:
  selector:
    matchLabels:
      "app": "gateway"
  match:
    - mode: CLIENT
  SPEC
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: "cofferdam", namespace: "shop" }
spec:
  workloadSelector:
    labels:
      "app": "gateway"
  configPatches:
    - applyTo: HTTP_FILTER
      match: { context: GATEWAY, listener: { filterChain: { filter: { name: envoy.filters.network.http_connection_manager, subFilter: { name: envoy.filters.http.router } } } } }
      patch:
        operation: INSERT_BEFORE
        value:
          name: envoy.filters.http.rbac
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
            rules:
              action: ALLOW
              policies:
                cofferdam_ran:
                  permissions: [{ any: true }]
                  principals:
                    - filter_state: { key: wasm.cofferdam.guard, string_match: { exact: ok } }
"#;

/// An edit, the code that it gives, and what begins the line that it is told at.
const BAD: &[[&str; 5]] = &[
    ["open", "FAIL_CLOSE", "FAIL_OPEN", "H006", "failStrategy:"],
    ["unknown when it fails", "FAIL_CLOSE", "FAIL_SOFT", "H006", "failStrategy:"],
    ["no digest", "sha256: \"DIGEST\"\n", "\n", "H016", "url:"],
    ["an empty digest", "sha256: \"DIGEST\"", "sha256: \"\"", "H016", "sha256:"],
    ["an image by its tag", "cofferdam@sha256:DIGEST", "cofferdam:v1", "H016", "url:"],
    [
        "an image by nothing",
        "oci://registry.example/cofferdam@sha256:DIGEST",
        "cofferdam",
        "H016",
        "url:",
    ],
    ["another digest", "sha256: \"DIGEST\"", "sha256: \"OTHER\"", "H016", "sha256:"],
    ["another phase", "match:\n", "phase: AUTHN\n~match:\n", "H005", "phase:"],
    ["no messages", "type: HTTP", "type: NETWORK", "H003", "type:"],
    [
        "a key in the manifest",
        "valueFrom: HOST",
        "value: \"00\"",
        "H009",
        "- { name: COFFERDAM_KEY_MAIN",
    ],
    ["a module for trials", "example/cofferdam", "example/cofferdam.unsigned", "H017", "url:"],
    ["a policy for trials", "bundle:", "blob:", "H017", "pluginConfig:"],
    ["no root", "COFFERDAM_ROOT", "COFFERDAM_ROOTS", "H018", "vmConfig:"],
    ["no mesh", "COFFERDAM_AUDIENCE", "COFFERDAM_OTHER", "H018", "vmConfig:"],
    ["no module", "COFFERDAM_MODULE", "MODULE", "H018", "vmConfig:"],
    [
        "a mesh without a name",
        "value: \"eu\"",
        "value: \"\"",
        "H018",
        "- { name: COFFERDAM_AUDIENCE",
    ],
    [
        "another module than the pinned one",
        "oci://registry.example/cofferdam@sha256:DIGEST",
        "https://files.example/cofferdam.wasm",
        "H018",
        "- { name: COFFERDAM_MODULE",
    ],
    ["no guard", "http.rbac.v3.RBAC", "http.cors.v3.Cors", "H004", "kind:"],
    ["no mark", "exact: ok", "exact: maybe", "H004", "kind:"],
    [
        "a guard elsewhere",
        "labels:\n      \"app\": \"gateway\"",
        "labels:\n      \"app\": \"other\"",
        "H004",
        "kind:",
    ],
    [
        "a guard in another namespace",
        "kind: EnvoyFilter\nmetadata: { name: \"cofferdam\", namespace: \"shop\" }",
        "kind: EnvoyFilter\nmetadata: { name: \"cofferdam\", namespace: \"other\" }",
        "H004",
        "kind:",
    ],
    ["a guard for other traffic", "context: GATEWAY", "context: SIDECAR_INBOUND", "H004", "kind:"],
    ["traffic that no guard has", "mode: CLIENT", "mode: CLIENT_AND_SERVER", "H004", "kind:"],
    ["a guard behind the router", "INSERT_BEFORE", "INSERT_AFTER", "H004", "kind:"],
    [
        "a script",
        "configPatches:\n",
        "configPatches:\n~  - { applyTo: HTTP_FILTER, patch: { operation: INSERT_FIRST, value: { name: lua, @http.lua.v3.Lua } } }\n",
        "H005",
        "- { applyTo: HTTP_FILTER",
    ],
    [
        "a patch that takes filters out",
        "configPatches:\n",
        "configPatches:\n~  - { applyTo: HTTP_FILTER, patch: { operation: REMOVE } }\n",
        "H006",
        "- { applyTo: HTTP_FILTER",
    ],
    [
        "routes that turn the filter off",
        "configPatches:\n",
        "configPatches:\n~  - { applyTo: HTTP_ROUTE, patch: { operation: MERGE, value: { typed_per_filter_config: { cofferdam: { disabled: true } } } } }\n",
        "H006",
        "- { applyTo: HTTP_ROUTE",
    ],
    [
        "a copy",
        "configPatches:\n",
        "configPatches:\n~  - { applyTo: HTTP_ROUTE, patch: { operation: MERGE, value: { route: { request_mirror_policies: [{ cluster: x }] } } } }\n",
        "H010",
        "- { applyTo: HTTP_ROUTE",
    ],
    [
        "another plugin",
        "---\n",
        "---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: { name: other }\nspec: { url: \"oci://x\", phase: AUTHN }\n---\n",
        "H005",
        "kind: WasmPlugin",
    ],
];

fn manifests(kind: &str) -> String {
    let spec = match kind {
        "TrafficExtension" => format!("wasm:\n    {}", PLUGIN.replace('\n', "\n  ")),
        _ => PLUGIN.to_owned(),
    };
    MANIFESTS.replace("KIND", kind).replace("SPEC", &spec)
}

fn whole(text: &str) -> String {
    text.replace("DIGEST", &"a1".repeat(32)).replace("OTHER", &"b2".repeat(32))
}

#[test]
fn each_hole_in_a_manifest_is_refused_at_its_line() {
    let folder = Folder::new("host-mesh");
    let mut wrong = Vec::new();
    for kind in ["WasmPlugin", "TrafficExtension"] {
        let shipped = manifests(kind);
        let check = |text: &str| {
            let path = folder.file("mesh.yaml", text.as_bytes());
            run(&["check-host", &path, "--format", "json"])
        };
        let clean = check(&whole(&shipped));
        assert_eq!(clean.status, 0, "{kind}: {}", clean.text());
        for [what, from, to, code, line] in BAD {
            let edited = edited(&shipped, from, to).expect("something to edit");
            let config = whole(&edited);
            let ran = check(&config);
            let told = told(&ran, &config);
            let first = told.iter().any(|(own, at)| own == code && at.starts_with(line));
            if ran.status != 1 || told.len() != 1 || !first {
                wrong.push(format!("{kind}, {what}: {}, {told:#?}", ran.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn manifests_in_several_files_are_one() {
    let folder = Folder::new("host-mesh-files");
    let all = whole(&manifests("WasmPlugin"));
    let (plugin, guard) = all.split_once("---\n").expect("two documents");
    let plugin = folder.file("plugin.yaml", plugin.as_bytes());
    let guard = folder.file("guard.yaml", guard.as_bytes());
    assert_eq!(run(&["check-host", &plugin, &guard]).status, 0);
    let alone = run(&["check-host", &plugin]);
    assert!(alone.status == 1 && alone.text().contains("H004"), "{}", alone.text());
    let alone = run(&["check-host", &guard]);
    assert!(alone.status == 1 && alone.text().contains("H003"), "{}", alone.text());
    // A list of Kubernetes holds them too.
    let items: String = all
        .split("---\n")
        .map(|document| {
            let lines: Vec<_> = document.lines().filter(|line| !line.starts_with('#')).collect();
            format!("  - {}\n", lines.join("\n    "))
        })
        .collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    let list = folder.file("list.yaml", list.as_bytes());
    let ran = run(&["check-host", &list]);
    assert_eq!(ran.status, 0, "{}", ran.text());
    let mixed = folder.file("mixed.yaml", format!("{all}---\nstatic_resources: {{}}\n").as_bytes());
    let ran = run(&["check-host", &mixed]);
    assert!(ran.status == 1 && ran.text().contains("a second document"), "{}", ran.text());
}
