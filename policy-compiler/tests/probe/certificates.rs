//! A listener that asks callers who they are: over TLS, with certificates on both sides.

use super::running::{self, POLICY, Running};
use cofferdam_ca::Authority;
use std::fs;

const CALLER: &str = "spiffe://shop.example/ns/front/sa/web";
const GATEWAY: &str = "spiffe://shop.example/ns/gateway/sa/envoy";

/// Callers are placed by their certificates.
fn policy() -> String {
    let member = format!("{{ zone: public, spiffe: \"{CALLER}\" }}");
    POLICY.replace("{ zone: public, listener_port: 1 }", &member)
}

#[test]
fn who_shows_a_certificate_is_placed_by_it() {
    let folder = running::folder("certificates");
    let (authority, other) = (Authority::new().expect("keys"), Authority::new().expect("keys"));
    let write = |authority: &Authority, name: &str, uri: &str| {
        let peer = authority.peer(name, &[uri]).expect("a certificate");
        peer.write(&folder, name).expect("files");
    };
    fs::write(folder.join("ca.pem"), authority.pem()).expect("a file");
    fs::write(folder.join("other-ca.pem"), other.pem()).expect("a file");
    write(&authority, "gateway", GATEWAY);
    write(&authority, "caller", CALLER);
    write(&authority, "stranger", "spiffe://shop.example/ns/other/sa/web");
    write(&other, "forged", CALLER);
    let mtls = folder.join("gateway").to_string_lossy().into_owned();
    let policy = policy();
    let running = Running::start_in(folder, &policy, &policy, |text| text, &["--mtls", &mtls]);
    let probe = |authority: &str, own: Option<&str>| {
        let mut arguments = vec!["--ca".to_owned(), authority.to_owned()];
        if let Some(own) = own {
            arguments.extend(["--cert".to_owned(), format!("{own}.pem")]);
            arguments.extend(["--key".to_owned(), format!("{own}.key")]);
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        running.probe_https(&arguments)
    };
    let held = probe("ca.pem", Some("caller"));
    assert_eq!((held.status, held.unjudged), (0, 0), "{held:?}");
    let untrusted = "not judged, no TLS that both sides trust:";
    for (authority, own, wanted) in [
        ("ca.pem", None, untrusted),
        ("ca.pem", Some("forged"), untrusted),
        ("other-ca.pem", Some("caller"), untrusted),
        ("ca.pem", Some("stranger"), "not judged, refused by the filter as `no_boundary`:"),
    ] {
        let probed = probe(authority, own);
        assert_eq!((probed.status, probed.held), (1, 0), "{own:?}: {probed:?}");
        assert!(probed.stdout.contains(wanted), "{own:?}: {probed:?}");
        assert!(running::shows_nothing(&probed), "{probed:?}");
    }
    // Who forgets that it is TLS is told of no HTTP, or of a connection that was closed.
    let plain = running.probe_alone(&["--quick"]);
    assert_eq!((plain.status, plain.held), (1, 0), "{plain:?}");
}
