//! What `cofferdam check-host` makes of what a real Envoy says that it runs.

use crate::shop::Shop;
use cofferdam_policy_compiler::diagnostic::{Diagnostics, Source};
use cofferdam_policy_compiler::host::{Config, Given};
use cofferdam_tests::envoy::deployments::{GatewayPorts, gateway};
use std::fs;

fn check(texts: &[&str], module: &[u8]) -> Vec<Diagnostics> {
    let sources: Vec<Source> = texts.iter().map(|text| Source::new("dump.json", text)).collect();
    Config::read(&sources).check(Given { tables: None, module: Some(module) })
}

#[test]
fn a_dump_of_what_is_shipped_passes_and_each_hole_in_it_is_seen() {
    let mut module = Vec::new();
    let shop = Shop::open_with(|ports: GatewayPorts| {
        let deployment = gateway(ports).unwrap();
        module = fs::read(&deployment.filter.as_ref().unwrap().module).unwrap();
        deployment
    });
    let dump = shop.envoy.admin("/config_dump").unwrap();
    let info = shop.envoy.admin("/server_info").unwrap();
    for found in check(&[&dump, &info], &module) {
        assert!(found.is_empty(), "{:#?}", found.iter().collect::<Vec<_>>());
    }
    for (from, to, code) in [
        ("\"exact\": \"ok\"", "\"exact\": \"maybe\"", "H004"),
        ("\"FAIL_RELOAD\"", "\"FAIL_OPEN\"", "H006"),
        ("\"proxy_on_response_body\": {}", "\"proxy_on_nothing\": {}", "H007"),
        ("\"use_remote_address\": true", "\"use_remote_address\": false", "H013"),
        ("\"allow_on_headers_stop_iteration\": true", "\"x\": true", "H014"),
        ("filter.wasm\"", "filter.unsigned.wasm\"", "H017"),
        ("\"COFFERDAM_ROOT\"", "\"COFFERDAM_ROOTS\"", "H018"),
    ] {
        assert!(dump.contains(from), "the dump does not have `{from}`");
        let found = check(&[&dump.replace(from, to)], &module);
        let codes: Vec<_> = found[0].iter().map(|found| found.code.name()).collect();
        assert!(!codes.is_empty() && codes.iter().all(|told| *told == code), "{from}: {codes:?}");
    }
}
