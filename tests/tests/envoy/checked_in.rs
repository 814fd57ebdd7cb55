//! What stands in `envoy/` is what the command writes today.
//! With `COFFERDAM_WRITE=1` it is written anew.

use cofferdam_policy_compiler::deploy::{Deployment, bootstrap};
use cofferdam_tests::envoy::deployments::{
    bare_checked_in, gateway_checked_in, root, two_zones_checked_in,
};

fn check(file: &str, deployment: &Deployment) {
    let path = root().join("envoy").join(file);
    let text = bootstrap(deployment).unwrap();
    if std::env::var_os("COFFERDAM_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let same = found == text;
    assert!(same, "envoy/{file} is not what is written today; COFFERDAM_WRITE=1 writes it anew");
}

#[test]
fn the_gateway_is_current() {
    check("gateway.yaml", &gateway_checked_in().unwrap());
}

#[test]
fn the_bare_proxy_is_current() {
    check("bare.yaml", &bare_checked_in().unwrap());
}

#[test]
fn the_proxy_between_two_zones_is_current() {
    check("two-zones.yaml", &two_zones_checked_in().unwrap());
}
