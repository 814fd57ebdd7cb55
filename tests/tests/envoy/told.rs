//! What the filter tells of its work: entries, metrics with labels, a heartbeat, the policy that is
//! active. Nothing of it holds a value that was found.

use crate::shop::Shop;
use cofferdam_engine::blob::Digest;
use cofferdam_shop::app;
use cofferdam_shop::message::Request;
use cofferdam_tests::envoy::deployments::gateway;
use std::time::Duration;

fn metric(metrics: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let line = metrics
        .lines()
        .find(|line| line.starts_with(name) && labels.iter().all(|label| line.contains(label)))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn entries_and_metrics_tell_what_happened_and_nothing_of_what_was_found() {
    let mut blob = Vec::new();
    let shop = Shop::open_with(|ports| {
        let deployment = gateway(ports).unwrap();
        blob.clone_from(&deployment.filter.as_ref().unwrap().blob);
        deployment
    });
    let mut client = shop.visitor();
    for target in ["/orders/1001", "/broken", "/receipts/1001?card=4111111111111111"] {
        client.send(&Request::get(target)).unwrap();
    }
    let body = format!("{{\"card\":\"{}\",\"to\":\"{}\"}}", app::CARD, app::MAIL);
    client.send(&Request::post("/checkout", "application/json", body.as_bytes())).unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    let metrics = shop.envoy.admin("/stats/prometheus").unwrap();
    let ours: Vec<_> = metrics.lines().filter(|line| line.starts_with("cofferdam_")).collect();
    let shown = ours.join("\n");
    let rewritten = ["boundary=\"visitors\"", "message=\"response\"", "verdict=\"rewrite\""];
    assert!(
        metric(&shown, "cofferdam_crossings_total", &rewritten).is_some_and(|n| n >= 2.0),
        "{shown}"
    );
    let cards = ["category=\"credit_card\"", "action=\"mask\""];
    assert!(
        metric(&shown, "cofferdam_findings_total", &cards).is_some_and(|n| n >= 2.0),
        "{shown}"
    );
    assert!(metric(&shown, "cofferdam_heartbeat_total", &[]).is_some_and(|n| n >= 2.0), "{shown}");
    let digest = Digest::of(&blob).short();
    assert_eq!(metric(&shown, "cofferdam_policy_active", &[&digest]), Some(1.0), "{shown}");

    let log = shop.envoy.log().unwrap();
    let entries = log.lines().filter(|line| line.contains("cofferdam: {")).count();
    assert_eq!(entries, 8, "one for each crossing");
    let access = shop.envoy.access_log().unwrap();
    assert!(access.contains("rewrite"), "{access}");
    let config = shop.envoy.admin("/config_dump").unwrap();
    for secret in [app::CARD, app::CARD_BARE, app::SSN, app::IBAN, app::MAIL, app::SESSION] {
        for (place, text) in
            [("log", &log), ("access log", &access), ("metrics", &metrics), ("config", &config)]
        {
            assert!(!text.contains(secret), "a finding stands in the {place}");
        }
    }
}
