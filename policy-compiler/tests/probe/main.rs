//! `cofferdam probe` against a real Envoy with the echo behind it: what `deploy` writes holds, and
//! each way to switch the filter off is found.
//! Needs `COFFERDAM_ENVOY` and `COFFERDAM_WASM`, which `cargo xtask test try` sets.
#![cfg(unix)]

mod certificates;
mod holes;
mod running;

use running::{POLICY, Probed, Running};

/// Everything is judged, in both directions, and holds.
#[test]
fn what_deploy_writes_holds() {
    let running = Running::start("holds", POLICY, |text| text);
    let probed = running.probe(&[]);
    assert_eq!(probed.status, 0, "{probed:?}");
    assert!(probed.held > 20 && probed.raw + probed.other + probed.unjudged == 0, "{probed:?}");
    let quick = running.probe(&["--quick"]);
    assert_eq!(quick.status, 0, "{quick:?}");
    assert!(quick.held >= 12 && quick.held <= probed.held, "{quick:?}");
    let json = running.probe(&["--quick", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(document["total"]["held"], quick.held, "{document}");
    assert_eq!(document["digest"].as_str().map(str::len), Some(64), "{document}");
}

/// What another policy would do is known from what this one says, wherever it is looser.
#[test]
fn another_policy_is_found() {
    let looser = POLICY.replace("action: redact", "action: keep");
    let observing = POLICY.replace("policy: probed", "policy: probed\nmode: observe");
    let masking = POLICY.replace("keep_last: 4", "keep_last: 2");
    for (name, policy, raw) in
        [("looser", looser, true), ("observing", observing, true), ("masking", masking, false)]
    {
        let probed = Running::start(name, &policy, |text| text).probe(&["--quick"]);
        assert_eq!((probed.status, probed.raw > 0), (1, raw), "{name}: {probed:?}");
        let told = if raw { "came out raw:" } else { "not as the policy says:" };
        assert!(probed.stdout.contains(told) && probed.raw + probed.other > 0, "{probed:?}");
    }
}

/// Without an echo, a block is seen and a rewrite is not.
#[test]
fn without_an_echo_what_was_not_judged_is_told() {
    let running = Running::start("no-echo", POLICY, |text| text);
    let probed = running.probe_alone(&["--quick"]);
    assert_eq!(probed.status, 1, "{probed:?}");
    assert!(probed.unjudged > 0 && probed.raw == 0, "{probed:?}");
    assert!(probed.stdout.contains("probe with `--echo`"), "{probed:?}");
    // Who has another key learns nothing from the echo.
    let stranger = running.probe_with("another key, of 32 characters and more", &["--quick"]);
    assert_eq!((stranger.status, stranger.held), (1, 0), "{stranger:?}");
    assert!(stranger.stdout.contains("answered with 404 by somebody else"), "{stranger:?}");
}

/// A listener that takes connections and says nothing, and one that is not there.
#[test]
fn nobody_is_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let begun = std::time::Instant::now();
    let port = silent.local_addr().expect("an address").port();
    let probed = running::probe_port(port, &["--timeout", "1", "--deadline", "4"]);
    assert_eq!((probed.status, probed.held), (1, 0), "{probed:?}");
    assert!(probed.stdout.contains("not judged, no answer in time:"), "{probed:?}");
    drop(silent);
    let probed = running::probe_port(port, &[]);
    assert_eq!((probed.status, probed.held), (1, 0), "{probed:?}");
    assert!(probed.stdout.contains("not judged, no connection:"), "{probed:?}");
    assert!(begun.elapsed().as_secs() < 60, "it waited");
    assert!(running::shows_nothing(&probed), "{probed:?}");
}

impl Probed {
    /// Whether a report of anything else than a hold was made, and holds no value.
    fn refuses(&self) -> bool {
        self.status == 1 && running::shows_nothing(self)
    }
}
