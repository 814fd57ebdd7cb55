//! The ordinary application of `gateway.yaml`, through the policy that a first user writes.

use cofferdam_policy_compiler::deploy::Deployment;
use cofferdam_shop::client::Client;
use cofferdam_shop::message::{Request, Response};
use cofferdam_shop::server::Service;
use cofferdam_shop::{app, synthetic};
use cofferdam_tests::envoy::deployments::{GatewayPorts, gateway};
use cofferdam_tests::envoy::{Envoy, Start};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";

/// The shop behind its gateway.
pub(crate) struct Shop {
    pub(crate) envoy: Envoy,
    pub(crate) shop: Service,
    pub(crate) customers: Service,
    pub(crate) ports: GatewayPorts,
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self::open_with(|ports| gateway(ports).unwrap())
    }

    pub(crate) fn open_with(deploy: impl FnOnce(GatewayPorts) -> Deployment) -> Self {
        let shop = Service::start(0, app::shop).unwrap();
        let customers = Service::start(0, app::customers).unwrap();
        let ports = GatewayPorts::free(shop.address().port(), customers.address().port()).unwrap();
        let envoy = Envoy::start(&deploy(ports), &Start::default()).unwrap();
        Self { envoy, shop, customers, ports }
    }

    pub(crate) fn visitor(&self) -> Client {
        client(self.ports.public)
    }
}

pub(crate) fn client(port: u16) -> Client {
    Client::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), "shop.example.com")
}

fn get(client: &mut Client, target: &str) -> Response {
    client.send(&Request::get(target)).unwrap()
}

#[test]
fn a_visitor_logs_in_and_sees_the_account_without_the_card() {
    let shop = Shop::open();
    let mut client = shop.visitor();
    let before = get(&mut client, "/account");
    assert_eq!((before.status, before.header("location")), (302, Some("/login")));
    assert_eq!(get(&mut client, "/login").status, 200);
    let wrong = Request::post("/login", FORM, b"mail=ann.reed%40example.com&password=guess");
    assert_eq!(client.send(&wrong).unwrap().status, 401);
    let form = b"mail=ann.reed%40example.com&password=correct+horse";
    let entered = client.send(&Request::post("/login", FORM, form)).unwrap();
    assert_eq!((entered.status, entered.header("location")), (303, Some("/account")));
    let cookie = entered.header("set-cookie").unwrap().split(';').next().unwrap();
    assert_eq!(cookie, format!("session={}", app::SESSION));

    let account = client.send(&Request::get("/account").with("cookie", cookie)).unwrap();
    let text = account.text();
    assert_eq!(account.status, 200);
    assert!(!text.contains(app::CARD), "the card came through");
    assert!(text.contains("1111") && text.contains('*'), "the last four digits stay: {text}");
    assert!(text.contains(app::MAIL), "the visitor's own address stays: {text}");
    let seen = shop.shop.take_seen();
    let asked = seen.iter().find(|request| request.body == form);
    assert!(asked.is_some(), "what visitors send arrives as they sent it");
    assert_eq!(get(&mut client, "/logout").status, 303);
}

#[test]
fn images_styles_probes_redirects_and_errors_work() {
    let shop = Shop::open();
    let mut client = shop.visitor();
    let image = get(&mut client, "/logo.png");
    assert_eq!((image.status, image.body.as_slice()), (200, app::IMAGE));
    assert_eq!(image.header("etag"), Some("\"logo-1\""));
    let head = Request { method: "HEAD".into(), ..Request::get("/logo.png") };
    let head = client.send(&head).unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, Some("70")));
    assert_eq!(get(&mut client, "/shop.css").status, 200);
    let probe = get(&mut client, "/healthz");
    assert_eq!((probe.status, probe.text().as_str()), (200, "ok\n"));
    let moved = get(&mut client, "/old-account");
    assert_eq!((moved.status, moved.header("location")), (301, Some("/account")));
    let missing = get(&mut client, "/nothing-here");
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("There is no such page."));
}

#[test]
fn an_error_page_keeps_its_words_and_loses_its_secrets() {
    let shop = Shop::open();
    let broken = get(&mut shop.visitor(), "/broken");
    let text = broken.text();
    assert_eq!(broken.status, 500);
    assert!(text.contains("at settle (orders.js:42)"), "{text}");
    assert!(!text.contains(app::CARD) && !text.contains(app::SSN), "secrets came through");
    assert!(text.contains("[us_ssn]"), "{text}");
}

#[test]
fn orders_and_receipts_lose_what_the_public_must_not_see() {
    let shop = Shop::open();
    let mut client = shop.visitor();
    for target in ["/orders/1001", "/receipts/1001"] {
        let answer = get(&mut client, target);
        let text = answer.text();
        assert_eq!(answer.status, 200);
        for secret in [app::CARD, app::CARD_BARE, app::SSN, app::IBAN] {
            assert!(!text.contains(secret), "{target}: a secret came through");
        }
        assert!(text.contains(app::MAIL), "{target}: {text}");
    }
    let page = get(&mut client, "/orders?page=2&per_page=40&seed=5").text();
    let customers: Vec<_> = synthetic::customers(5, 80).take(40).collect();
    for canary in customers.iter().flat_map(|customer| &customer.canaries) {
        let expected = canary.category == "email";
        assert_eq!(page.contains(&canary.text), expected, "{}", canary.category);
    }
}

#[test]
fn events_come_one_by_one() {
    let shop = Shop::open();
    let answer = get(&mut shop.visitor(), "/events");
    let text = answer.text();
    assert!(!text.contains(app::CARD_BARE) && !text.contains(app::SSN), "secrets came through");
    assert!(text.contains("\"state\":\"delivered\"}\n\n"), "{text}");
    // Each event has left with the next one at the latest: what it ends with may go on there.
    let mut seen = 0;
    for (n, event) in text.split_inclusive("\n\n").enumerate() {
        seen += event.len();
        let mut total = 0;
        let arrived = answer.pieces.iter().find(|(_, length)| {
            total += length;
            total >= seen
        });
        let (when, _) = arrived.unwrap();
        let sent = u32::try_from(n + 1).unwrap() * Duration::from_millis(app::EVENT_PAUSE_MS);
        let late = when.saturating_sub(sent);
        let most = 2 * Duration::from_millis(app::EVENT_PAUSE_MS);
        assert!(late < most, "event {n} stalled: {late:?}");
    }
}

#[test]
fn the_shop_reads_customers_and_the_public_does_not() {
    let shop = Shop::open();
    let record = get(&mut client(shop.ports.lookup), "/customers/7");
    assert_eq!(record.status, 200);
    assert!(record.text().contains(app::SSN), "the shop may read what it asked for");
    assert_eq!(shop.customers.served(), 1);
    assert_eq!(get(&mut shop.visitor(), "/customers/7").status, 404);
    assert_eq!(shop.customers.served(), 1);
}
