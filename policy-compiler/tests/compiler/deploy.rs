//! What a deployment must have for a policy: where something is required of connections, TLS.

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
