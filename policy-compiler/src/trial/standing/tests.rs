//! Where callers and services stand under the policies that people begin with.

use super::{Ends, Standing};
use crate::compile;
use crate::deploy::Side;
use cofferdam_engine::model::Tables;
use std::net::{IpAddr, Ipv4Addr};

const GATEWAY: &str = include_str!("../../../templates/gateway.yaml");
const SIDECARS: &str = include_str!("../../../templates/sidecars.yaml");
const LLM: &str = include_str!("../../../templates/llm-provider.yaml");
const LOGS: &str = include_str!("../../../templates/log-shipping.yaml");

fn tables(text: &str) -> Tables {
    compile(text, "policy").expect("a policy").tables
}

fn standing(tables: &Tables, from: &str, to: &str, ports: &[u16]) -> Result<Standing, String> {
    let ends = Ends::choose(tables, Some(from), Some(to)).map_err(|error| error.to_string())?;
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Standing::find(tables, ends, here, ports).map_err(|error| error.to_string())
}

#[test]
fn member_lines_of_a_gateway_place_both_ends() {
    let stands = standing(&tables(GATEWAY), "public", "shop", &[9, 8443]).expect("a place");
    assert_eq!((stands.side, stands.port), (Side::Gateway, 8443));
    assert_eq!((stands.own_zone, stands.cluster.as_str()), (None, "shop"));
    assert_eq!(
        stands.told,
        ["in `public`, by the listener's port 8443", "in `shop`, by cluster shop"]
    );
}

#[test]
fn on_another_port_the_proxy_stands_beside_the_caller() {
    let stands = standing(&tables(GATEWAY), "public", "shop", &[9]).expect("a place");
    assert_eq!((stands.side, stands.port), (Side::Outbound, 9));
    assert_eq!(stands.own_zone.as_deref(), Some("public"));
    assert!(stands.told[0].contains("COFFERDAM_SELF"), "{}", stands.told[0]);
}

#[test]
fn callers_that_show_certificates_are_placed_beside_their_proxy() {
    let stands = standing(&tables(SIDECARS), "web", "orders", &[9]).expect("a place");
    assert_eq!((stands.side, stands.own_zone.as_deref()), (Side::Outbound, Some("web")));
    assert_eq!(stands.cluster, "orders");
}

#[test]
fn a_service_without_a_cluster_has_the_proxy_beside_it() {
    let text = SIDECARS.replace(
        "{ zone: customers, cluster: customers }",
        "{ zone: orders, source: 127.0.0.0/8 }",
    );
    let text = text.replace("\ntests:", "\nignored-tests:");
    let text = text.split("\nignored-tests:").next().expect("a policy").to_owned();
    let stands = standing(&tables(&text), "orders", "customers", &[9]).expect("a place");
    assert_eq!((stands.side, stands.own_zone.as_deref()), (Side::Inbound, Some("customers")));
    assert_eq!(stands.told[0], "in `orders`, by its address 127.0.0.1");
}

#[test]
fn globs_and_hosts_are_met_by_name() {
    let stands = standing(&tables(LOGS), "services", "collector", &[9]).expect("a place");
    assert_eq!(stands.cluster, "logs-try");
    let stands = standing(&tables(LLM), "assistants", "provider", &[9]).expect("a place");
    assert_eq!(stands.cluster, "llm-egress");
    assert_eq!(stands.host.as_deref(), Some("api.llm.example"));
}

#[test]
fn what_only_certificates_tell_cannot_be_tried_and_says_how() {
    let text = SIDECARS.split("\ntests:").next().expect("a policy");
    let text = text.replace("  - { zone: orders, cluster: orders }\n", "");
    let why = standing(&tables(&text), "web", "orders", &[9]).expect_err("no place");
    assert_eq!(
        why,
        "no proxy on this machine stands between `web` and `orders`
  `web` is told by spiffe spiffe://mesh.example/ns/web/sa/*
  `orders` is told by spiffe spiffe://mesh.example/ns/orders/sa/*
help: certificates are not shown here; a line in `members` that names a cluster places the service: \
{ zone: orders, cluster: orders }"
    );
}

#[test]
fn zones_are_chosen_where_only_two_fit() {
    let (gateway, sidecars) = (tables(GATEWAY), tables(SIDECARS));
    let chosen = Ends::choose(&gateway, None, None).expect("two zones");
    assert_eq!(chosen.names(&gateway), "public -> shop");
    assert!(chosen.are_joined(&gateway));
    let chosen = Ends::choose(&sidecars, None, Some("customers")).expect("two zones");
    assert_eq!(chosen.names(&sidecars), "orders -> customers");
    let why = |from, to| Ends::choose(&sidecars, from, to).expect_err("why").to_string();
    assert!(
        why(None, None).ends_with("\n  --from web --to orders\n  --from orders --to customers")
    );
    assert!(why(Some("ordres"), None).ends_with("did you mean `orders`?"));
    assert!(why(Some("a\u{202e}b"), None).contains("a\\u{202e}b"));
    assert!(why(Some("web"), Some("web")).contains("in one zone"));
    assert!(why(Some("customers"), None).contains("no boundary begins or ends there"));
    let back = Ends::choose(&sidecars, Some("customers"), Some("web")).expect("two zones");
    assert!(!back.are_joined(&sidecars));
}
