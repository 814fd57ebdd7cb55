//! What a deployment must have for a policy: where something is required of connections, TLS; and
//! where the module is fetched, its digest.

use crate::host::{CALLBACKS, trial_module};
use crate::process::{Folder, run};
use cofferdam_engine::blob::Digest;
use cofferdam_policy_compiler::compile;
use cofferdam_policy_compiler::deploy::{Deployment, Side, Tls};

const POLICY: &str = r#"
format: cofferdam/v1
policy: shop
owner: team
review_by: 2036-06-30
zones: { public: { sensitivity: public }, shop: { sensitivity: high } }
members:
  - { zone: shop, cluster: shop }
  - { zone: public, listener_port: 8443 }
boundaries:
  - { id: in, from: public, to: shop, purpose: x, require: { tls_min: "1.2" }, reply: status_only }
"#;

#[test]
fn a_cluster_without_tls_is_refused_where_a_boundary_requires_it() {
    let tables = compile(POLICY, "shop.yaml").expect("it compiles").tables;
    let mut deployment = Deployment::of_policy(&tables);
    let refused = deployment.check(&tables).expect_err("no TLS").to_string();
    assert!(refused.starts_with("cluster `shop` has no TLS, which boundary `in`"), "{refused}");
    // On the way in the cluster is the service itself.
    deployment.listeners[0].side = Side::Inbound;
    assert!(deployment.check(&tables).is_ok());
    deployment.listeners[0].side = Side::Gateway;
    let text = || "/x".to_owned();
    deployment.clusters[0].tls =
        Some(Tls { certificate: text(), key: text(), authority: text(), peer_prefix: None });
    assert!(deployment.check(&tables).is_ok());
    deployment.clusters[0].tls = None;
    let free = POLICY.replace(" require: { tls_min: \"1.2\" },", "");
    let free = compile(&free, "shop.yaml").expect("it compiles").tables;
    assert!(deployment.check(&free).is_ok());
}

#[test]
fn a_module_that_is_fetched_is_pinned() {
    let folder = Folder::new("deploy-fetch");
    let policy = POLICY.replace(" require: { tls_min: \"1.2\" },", "");
    let policy = folder.file("shop.yaml", policy.as_bytes());
    let wasm = folder.file("filter.wasm", &trial_module(&CALLBACKS));
    let (config, update) = (folder.path("envoy.yaml"), folder.path("filter.yaml"));
    let fetch = "http://files.example/cofferdam.wasm=files";
    let mut arguments = vec!["deploy", "--envoy", &policy, "--wasm", &wasm, "-o", &config];
    arguments.extend(["--fetch", fetch]);
    let ran = run(&arguments);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("`--cluster files=HOST:PORT`"), "{}", ran.stderr);
    arguments.extend(["--cluster", "files=files.example:80", "--update", &update]);
    let ran = run(&arguments);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let text = std::fs::read_to_string(&update).expect("a file");
    let digest = Digest::of(&trial_module(&CALLBACKS));
    assert!(text.contains("uri: \"http://files.example/cofferdam.wasm\", cluster: \"files\""));
    assert!(text.contains(&format!("sha256: \"{digest}\"")), "{text}");
    assert!(!text.contains("filename"), "{text}");
    // It is as a host must be, and is refused where the digest is not there.
    let mut check = vec!["check-host", &config, &update, "--wasm", &wasm, "--policy", &policy];
    let ran = run(&check);
    assert!(!ran.text().contains("whoever serves the module"), "{}", ran.text());
    let loose = text.replace(&format!("sha256: \"{digest}\""), "retry_policy: {}");
    let loose = folder.file("loose.yaml", loose.as_bytes());
    check[2] = &loose;
    let ran = run(&check);
    assert_eq!(ran.status, 1);
    assert!(ran.text().contains("whoever serves the module may serve another"), "{}", ran.text());
    for wrong in ["file:///x=files", "http://x", "http://\u{202e}=files"] {
        let ran = run(&["deploy", "--envoy", &policy, "--wasm", &wasm, "--fetch", wrong]);
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(!ran.stderr.contains('\u{202e}'), "{}", ran.stderr);
    }
}
