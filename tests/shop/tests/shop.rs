//! The shop behaves as an application does, before any filter stands in front of it.
//! Uses real connections on loopback, and no filter.

use cofferdam_shop::client::Client;
use cofferdam_shop::demo::{self, Proxy};
use cofferdam_shop::entry::Entry;
use cofferdam_shop::message::{Request, Response};
use cofferdam_shop::server::Service;
use cofferdam_shop::show::{Screen, WIDTH};
use cofferdam_shop::{app, synthetic};
use std::io;
use std::time::Duration;

fn start() -> (Service, Client) {
    let service = Service::start(0, app::shop).expect("a free port on loopback");
    let client = Client::new(service.address(), "shop.example.com");
    (service, client)
}

#[test]
fn a_visitor_logs_in_and_sees_the_account() {
    let (service, mut client) = start();
    let before = client.send(&Request::get("/account")).expect("answer");
    assert_eq!((before.status, before.header("location")), (302, Some("/login")));

    let media = "application/x-www-form-urlencoded";
    let wrong = Request::post("/login", media, b"mail=ann.reed%40example.com&password=guess");
    assert_eq!(client.send(&wrong).expect("answer").status, 401);
    let form =
        Request::post("/login", media, b"mail=ann.reed%40example.com&password=correct+horse");
    let entered = client.send(&form).expect("answer");
    assert_eq!(entered.status, 303);
    let cookie = entered.header("set-cookie").expect("a session").split(';').next().expect("pair");

    let account = client.send(&Request::get("/account").with("cookie", cookie)).expect("answer");
    assert_eq!(account.status, 200);
    assert!(account.text().contains(app::CARD));
    assert_eq!(service.served(), 4);
    assert_eq!(service.take_seen().len(), 4);
}

#[test]
fn events_come_one_by_one() {
    let (_service, mut client) = start();
    let response = client.send(&Request::get("/events")).expect("answer");
    assert_eq!(response.text(), app::event_texts().concat());
    assert_eq!(response.pieces.len(), 5);
    let (first, last) = (response.pieces[0].0, response.pieces[4].0);
    assert!(last - first >= Duration::from_millis(3 * app::EVENT_PAUSE_MS), "{first:?} {last:?}");
}

#[test]
fn one_connection_serves_pages_images_probes_and_errors() {
    let (_service, mut client) = start();
    let status = |client: &mut Client, target: &str| {
        client.send(&Request::get(target)).expect("answer").status
    };
    assert_eq!(status(&mut client, "/healthz"), 200);
    assert_eq!(status(&mut client, "/nothing-here"), 404);
    assert_eq!(status(&mut client, "/broken"), 500);
    assert_eq!(client.send(&Request::get("/logo.png")).expect("answer").body, app::IMAGE);
    let head = Request { method: "HEAD".into(), ..Request::get("/logo.png") };
    let head = client.send(&head).expect("answer");
    assert!(head.body.is_empty() && head.header("content-length") == Some("70"));
    let page = client.send(&Request::get("/orders?page=3&per_page=20&seed=5")).expect("answer");
    let expected: Vec<_> = synthetic::customers(5, 60).take(20).collect();
    assert_eq!(page.text(), synthetic::page(3, &expected));
}

/// A proxy without a filter: both ways are the same.
struct Bare(Client);

impl Proxy for Bare {
    fn direct(&mut self, request: &Request) -> io::Result<Response> {
        self.0.send(request)
    }

    fn through(&mut self, request: &Request) -> io::Result<Response> {
        self.0.send(request)
    }

    fn entries(&mut self, _expected: usize) -> Vec<Entry> {
        Vec::new()
    }

    fn metrics(&mut self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn the_demo_fails_where_there_is_no_filter() {
    let service = Service::start(0, demo::shop()).expect("a free port on loopback");
    let mut bare = Bare(Client::new(service.address(), "shop.example.com"));
    let mut out = Vec::new();
    let wrong = demo::run(&mut bare, &mut Screen::new(&mut out, false)).expect("both ways work");
    let expected = [
        "/orders/1001: `4111 1111 1111 1111` came through",
        "/receipts/1001: `078-05-1120` came through",
        "/customers/7: answered 404, not refused",
        "no entry says what was found",
        "account with session: nothing changed",
    ];
    for text in expected {
        assert!(wrong.iter().any(|wrong| wrong == text), "{text}: {wrong:#?}");
    }
    for category in ["credit_card", "iban", "phone", "us_ssn"] {
        assert!(wrong.iter().any(|wrong| wrong.starts_with(category)), "{category}: {wrong:#?}");
    }
    let text = String::from_utf8(out).expect("text");
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
}
