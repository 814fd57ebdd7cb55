//! A candidate policy beside the active one: what it would have done otherwise is counted, and
//! nothing that crosses is altered by it.

use crate::shop::Shop;
use cofferdam_shop::app;
use cofferdam_shop::message::{Request, Response};
use cofferdam_tests::envoy::deployments::{GatewayPorts, filter_of_text, gateway, root};
use std::fs;
use std::time::Duration;

/// Visitors may not send an account number.
const ACTIVE: (&str, &str) = (
    "    otherwise: keep                  # visitors may send us their own data\n",
    "    rules: [{ category: iban, action: block }]\n    otherwise: keep\n",
);
/// They may, and no card crosses back, not even masked.
const CANDIDATE: (&str, &str) = (
    "{ category: credit_card, action: { mask: { keep_last: 4 } } }",
    "{ category: credit_card, action: block }",
);

fn shop_policy((from, to): (&str, &str)) -> String {
    let text = fs::read_to_string(root().join("tests/policies/shop.yaml")).unwrap();
    assert!(text.contains(from), "the policy of the shop reads otherwise now");
    text.replace(from, to)
}

fn open(candidate: bool) -> Shop {
    Shop::open_with(|ports: GatewayPorts| {
        let moved = [(8443, ports.public)];
        let blob = |text: &str| filter_of_text(text, "shop.yaml", &moved).unwrap().1.blob;
        let mut deployment = gateway(ports).unwrap();
        let filter = deployment.filter.as_mut().unwrap();
        filter.blob = blob(&shop_policy(ACTIVE));
        filter.candidate = candidate.then(|| blob(&shop_policy(CANDIDATE)));
        deployment
    })
}

fn requests() -> Vec<Request> {
    let checkout = |of: &str| {
        let body = format!("{{\"to\":\"{of}\"}}");
        Request::post("/checkout", "application/json", body.as_bytes())
    };
    vec![
        Request::get("/healthz"),
        Request::get("/logo.png"),
        Request::get("/receipts/1001"),
        Request::get("/orders/1001"),
        Request::get("/events"),
        checkout(app::MAIL),
        checkout(app::IBAN),
    ]
}

/// What a visitor gets and the shop sees, but for what no two exchanges share.
fn crossed(shop: &Shop) -> Vec<String> {
    let shown = |response: &Response| {
        let own = ["date", "x-envoy-upstream-service-time", "x-request-id"];
        let headers = response.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        let headers: Vec<_> = headers.collect();
        // The id of the crossing is one of 32 digits in hex.
        let text = response.text();
        let body = text.split("\"crossing\":\"").next().unwrap_or_default().to_owned();
        format!("{} {headers:?} {body}", response.status)
    };
    let got = requests().into_iter().map(|request| {
        let answer = shop.visitor().send(&request).unwrap();
        shown(&answer)
    });
    let got: Vec<String> = got.collect();
    let seen = shop.shop.take_seen();
    let seen = seen.iter().map(|request| {
        let body = String::from_utf8_lossy(&request.body);
        format!("{} {} {body}", request.method, request.target)
    });
    got.into_iter().chain(seen).collect()
}

fn count(metrics: &str, labels: &[&str]) -> f64 {
    let of = |line: &&str| {
        line.starts_with("cofferdam_candidate_total") && labels.iter().all(|l| line.contains(l))
    };
    let counted = metrics.lines().filter(of).filter_map(|line| line.rsplit(' ').next());
    counted.filter_map(|number| number.parse::<f64>().ok()).sum()
}

#[test]
fn a_candidate_is_counted_and_alters_nothing() {
    let (alone, beside) = (open(false), open(true));
    let expected = crossed(&alone);
    assert_eq!(crossed(&beside), expected);
    assert!(expected.iter().any(|line| line.starts_with("403")), "{expected:?}");

    std::thread::sleep(Duration::from_millis(500));
    let metrics = beside.envoy.admin("/stats/prometheus").unwrap();
    let shown: Vec<_> = metrics.lines().filter(|line| line.contains("candidate")).collect();
    let of = |difference: &str, message: &str| {
        let labels = [difference, message].map(|label| format!("=\"{label}\""));
        count(&metrics, &[&labels[0], &labels[1], "boundary=\"visitors\""])
    };
    let told = ["same", "stricter", "looser", "other", "dropped"];
    let requests: Vec<f64> = told.iter().map(|difference| of(difference, "request")).collect();
    let responses: Vec<f64> = told.iter().map(|difference| of(difference, "response")).collect();
    // The account number that a visitor sends: the active policy blocks it, the candidate not.
    assert_eq!(requests, [6.0, 0.0, 1.0, 0.0, 0.0], "{shown:#?}");
    // Receipt, order and one of the events show a card; the blocked request has no response.
    assert_eq!(responses[1], 3.0, "{shown:#?}");
    assert_eq!(responses.iter().sum::<f64>(), 6.0, "{shown:#?}");
    assert_eq!(count(&alone.envoy.admin("/stats/prometheus").unwrap(), &[]), 0.0);

    let log = beside.envoy.log().unwrap();
    let lines: Vec<&str> = log.lines().filter(|l| l.contains("candidate: {")).collect();
    let all: f64 = told[1..].iter().map(|d| of(d, "request") + of(d, "response")).sum();
    #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
    let told_lines = lines.len() as f64;
    assert_eq!(told_lines, all, "one line for each difference: {lines:#?}");
    for secret in [app::CARD, app::CARD_BARE, app::SSN, app::IBAN, app::MAIL] {
        assert!(!log.contains(secret), "a finding stands in the log");
    }
}
