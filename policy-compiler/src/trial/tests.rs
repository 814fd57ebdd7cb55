//! What a trial tells Envoy, and what it tells a person to send.

use super::{Ends, Standing, Trial};
use crate::compile;
use crate::deploy::{Filter, Release, Source, Trust, bootstrap};
use cofferdam_engine::model::Tables;
use std::net::{IpAddr, Ipv4Addr};

const GATEWAY: &str = include_str!("../../templates/gateway.yaml");
const LLM: &str = include_str!("../../templates/llm-provider.yaml");

fn trial(tables: &Tables, upstream: &str) -> (Trial, Ends) {
    let ends = Ends::choose(tables, None, None).expect("two zones");
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let standing = Standing::find(tables, ends, address, &[8443]).expect("a place");
    let upstream = upstream.parse().expect("a service");
    let authorities = Some("/ca.pem".to_owned());
    (Trial { upstream, at: None, standing, address, admin_port: 9, authorities }, ends)
}

fn filter() -> Filter {
    Filter {
        module: "/filter.wasm".to_owned(),
        capabilities: vec!["proxy_on_configure".to_owned()],
        blob: b"blob".to_vec(),
        candidate: None,
        trust: Trust::Unsigned,
        remote: None,
        source: Source::Inline,
        own_zone: None,
        keys: Vec::new(),
        inspect_bytes_max: 1024,
        request_trailers: false,
        release: Release::default(),
    }
}

#[test]
fn a_service_with_a_certificate_is_asked_for_by_name_and_checked() {
    let compiled = compile(GATEWAY, "gateway").expect("a policy");
    let (mut trial, _) = trial(&compiled.tables, "https://api.example.com");
    trial.at = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
    let deployment = trial.deployment("gateway", filter());
    deployment.check(&compiled.tables).expect("a deployment");
    let text = bootstrap(&deployment).expect("a bootstrap");
    for wanted in [
        "type: STATIC",
        "socket_address: { address: \"192.0.2.7\", port_value: 443 }",
        "sni: \"api.example.com\"",
        "trusted_ca: { filename: \"/ca.pem\" }",
        "- { san_type: DNS, matcher: { exact: \"api.example.com\" } }",
        "host_rewrite_literal: \"api.example.com\"",
        "socket_address: { address: \"127.0.0.1\", port_value: 8443 }",
        "envoy.filters.http.rbac",
    ] {
        assert!(text.contains(wanted), "{wanted}:\n{text}");
    }
}

#[test]
fn a_service_of_this_machine_sees_the_host_that_was_asked_for() {
    let compiled = compile(GATEWAY, "gateway").expect("a policy");
    let (trial, _) = trial(&compiled.tables, "http://127.0.0.1:3000");
    let text = bootstrap(&trial.deployment("gateway", filter())).expect("a bootstrap");
    assert!(!text.contains("host_rewrite_literal") && !text.contains("UpstreamTls"), "{text}");
}

#[test]
fn the_first_request_is_one_that_a_boundary_is_for() {
    let first = |text: &str| {
        let tables = compile(text, "policy").expect("a policy").tables;
        let (trial, ends) = trial(&tables, "http://127.0.0.1:3000");
        trial.first_request(&tables, ends)
    };
    assert_eq!(first(GATEWAY), "curl http://127.0.0.1:8443/");
    let head = "curl -X POST -H 'host: api.llm.example'";
    let media = "-H 'content-type: application/json'";
    assert_eq!(first(LLM), format!("{head} {media} http://127.0.0.1:8443/"));
    let when = |when: &str| {
        LLM.replace("media: [application/json]", when).split("\ntests:").next().map(&first)
    };
    let paths = when("paths: [\"/v1/**\"], media: [\"image/*\"]").expect("a command");
    assert_eq!(paths, format!("{head} http://127.0.0.1:8443/v1/try"));
    let hostile = when("paths: [\"/$(reboot)';/**\"]").expect("a command");
    assert_eq!(hostile, format!("{head} http://127.0.0.1:8443/"));
}
