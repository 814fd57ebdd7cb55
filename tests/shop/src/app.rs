//! The shop's two services. The application is an ordinary one: a login form with a session cookie,
//! redirects, an image, a health check, an event stream, orders, and an error page that says too
//! much. Nothing in it knows that a filter stands in front of it, and nothing is done for one.

use crate::message::Request;
use crate::server::{Answer, Body};
use crate::synthetic::{self, Customer};
use std::time::Duration;

/// The session that a login gives. Made up, and long enough to look like one.
pub const SESSION: &str = "s9f2c41d07be8463aa5e1c90d7f3b2684";

/// The image: a PNG of one pixel.
pub const IMAGE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T',
    0x78, 0xda, 0x63, 0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0, 4, 0x85, 1, 0x80, 0x84, 0xa9, 0x8c, 0x21, 0,
    0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// Milliseconds between two events of `/events`.
pub const EVENT_PAUSE_MS: u64 = 120;

/// Values that the shop's own pages hold, and that the public must not see.
pub const CARD: &str = "4111 1111 1111 1111";
/// The same card without its spaces.
pub const CARD_BARE: &str = "4111111111111111";
/// An identity number that was published as an example, and never given to anybody since.
pub const SSN: &str = "078-05-1120";
/// An account number that the IBAN registry prints as its example.
pub const IBAN: &str = "DE89 3704 0044 0532 0130 00";
/// The customer's own address, which the sample policy lets the customer see.
pub const MAIL: &str = "ann.reed@example.com";

/// The shop application.
#[must_use]
pub fn shop(request: &Request) -> Answer {
    match (request.method.as_str(), request.path()) {
        ("GET", "/") => redirect(302, "/account"),
        ("GET", "/old-account") => redirect(301, "/account"),
        ("GET", "/login") => page(200, "Log in", LOGIN_FORM),
        ("POST", "/login") => log_in(request),
        ("GET", "/account") => account(request),
        ("GET", "/logout") => {
            redirect(303, "/login").with("set-cookie", "session=; Path=/; HttpOnly; Max-Age=0")
        }
        ("GET" | "HEAD", "/logo.png") => Answer::new(200, "image/png", IMAGE)
            .with("cache-control", "public, max-age=3600")
            .with("etag", "\"logo-1\""),
        ("GET", "/shop.css") => Answer::new(200, "text/css", "body { font: 16px sans-serif }\n"),
        ("GET" | "HEAD", "/healthz") => Answer::new(200, "text/plain", "ok\n"),
        ("GET", "/events") => events(),
        ("GET", "/orders/1001") => Answer::new(200, "application/json", order()),
        ("GET", "/receipts/1001") => Answer::new(200, "text/plain; charset=utf-8", receipt()),
        ("GET", "/orders") => orders(request),
        ("POST", "/checkout") => checkout(request),
        ("GET", "/broken") => page(500, "Something went wrong", &stack_trace()),
        _ => page(404, "Not found", "<p>There is no such page.</p>\n"),
    }
}

/// The customer database, of which the shop may ask and the public may not.
#[must_use]
pub fn customers(request: &Request) -> Answer {
    match request.path() {
        "/healthz" => Answer::new(200, "text/plain", "ok\n"),
        "/customers/7" => Answer::new(200, "application/json", customer_record()),
        "/customers" => orders(request),
        _ => Answer::new(404, "application/json", "{\"error\":\"no such customer\"}"),
    }
}

/// One order, as JSON that a person wrote: odd spaces and all, which must survive.
#[must_use]
pub fn order() -> String {
    format!(
        "{{\n  \"order\": 1001,\n  \"placed\": \"2026-11-02T10:15:00Z\",\n  \"customer\": \
         {{ \"name\": \"Ann Reed\",  \"mail\": \"{MAIL}\", \"ssn\": \"{SSN}\" \
         }},\n  \"paid_with\": \
         \"{CARD}\",\n  \"card_number\": {CARD_BARE},\n  \"refund_to\": \"{IBAN}\",\n  \"note\": \
         \"call +44 7700 900123, or mail ann.reed\\u0040example.com\",\n  \"total\": 59.90,\n  \
         \"tracking\": \"9f1c2a7e-0b7d-4c1e-9a55-3d2f60b8e411\"\n}}\n"
    )
}

fn receipt() -> String {
    format!(
        "Receipt 1001\n------------\nSold to: Ann Reed <{MAIL}>\nPaid with card {CARD}, total \
         59.90 \
         EUR.\nRefunds go to {IBAN}.\nTax file: ssn {SSN}.\nThank you.\n"
    )
}

fn customer_record() -> String {
    format!(
        "{{\"id\":7,\"name\":\"Ann Reed\",\"mail\":\"{MAIL}\",\"ssn\":\"{SSN}\",\"iban\":\"{IBAN}\"}}"
    )
}

const LOGIN_FORM: &str = "<form method=\"post\" action=\"/login\">\n<input name=\"mail\" \
    type=\"email\">\n<input name=\"password\" type=\"password\">\n<button>Log \
    in</button>\n</form>\n";

fn page(status: u16, title: &str, content: &str) -> Answer {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/shop.css\"></head>\n<body>\n<img src=\"/logo.png\" \
         alt=\"\">\n<h1>{title}</h1>\n{content}</body>\n</html>\n"
    );
    Answer::new(status, "text/html; charset=utf-8", body)
}

fn redirect(status: u16, location: &str) -> Answer {
    Answer::new(status, "text/plain", "").with("location", location)
}

/// Right for any made-up account whose password is `correct horse`.
fn log_in(request: &Request) -> Answer {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let field = |name: &str| {
        form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or("")
    };
    if field("mail").is_empty() || field("password") != "correct+horse" {
        return page(401, "Log in", LOGIN_FORM);
    }
    let cookie = format!("session={SESSION}; Path=/; HttpOnly; SameSite=Lax");
    redirect(303, "/account").with("set-cookie", &cookie)
}

fn account(request: &Request) -> Answer {
    if request.cookie("session") != Some(SESSION) {
        return redirect(302, "/login");
    }
    let content = format!(
        "<p>Hello Ann Reed, we write to {MAIL}.</p>\n<p>Card on file: {CARD}</p>\n<p>Your orders: \
         <a \
         href=\"/orders/1001\">1001</a></p>\n"
    );
    page(200, "Your account", &content).with("cache-control", "private")
}

fn checkout(request: &Request) -> Answer {
    let bytes = request.body.len();
    Answer::new(200, "application/json", format!("{{\"accepted\":true,\"bytes\":{bytes}}}"))
}

/// Five events, the third of which says too much; each is sent on its own.
#[must_use]
pub fn event_texts() -> Vec<String> {
    let states = ["received", "packed", "paid", "shipped", "delivered"];
    let detail = |state: &str| match state {
        "paid" => format!(",\"card\":\"{CARD_BARE}\",\"ssn\":\"{SSN}\""),
        _ => String::new(),
    };
    let event = |(n, state): (usize, &&str)| {
        format!(
            "id: {}\ndata: {{\"order\":1001,\"state\":\"{state}\"{}}}\n\n",
            n + 1,
            detail(state)
        )
    };
    states.iter().enumerate().map(event).collect()
}

fn events() -> Answer {
    let texts = event_texts().into_iter().map(String::into_bytes);
    let pause = Duration::from_millis(EVENT_PAUSE_MS);
    Answer {
        status: 200,
        headers: vec![
            ("content-type".into(), "text/event-stream".into()),
            ("cache-control".into(), "no-cache".into()),
        ],
        body: Body::Pieces(texts.map(|text| (pause, text)).collect()),
    }
}

fn stack_trace() -> String {
    format!(
        "<pre>payment failed: card {CARD} of {MAIL} was refused\n  at charge \
         (payments.js:118)\n  at \
         settle (orders.js:42)\n  debug: ssn={SSN}</pre>\n"
    )
}

/// Synthetic customers, `per_page` of them as a JSON page; `seed` says which.
fn orders(request: &Request) -> Answer {
    let number = |name: &str, otherwise: u64| {
        request.query(name).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
    };
    let (page, per_page) = (number("page", 0), number("per_page", 50).min(1000));
    let customers: Vec<Customer> =
        synthetic::customers(number("seed", 1), page.saturating_mul(per_page))
            .take(usize::try_from(per_page).unwrap_or(0))
            .collect();
    Answer::new(200, "application/json", synthetic::page(page, &customers))
}
