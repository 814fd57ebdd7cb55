//! Secrets that have a shape or a name, and no maker.

use crate::labelled::kind::{Kind, Make, Spoil, Value, kind};
use crate::random::Random;
use crate::shape;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use Make::{Shape, Text};

const HOST: &str = "<=db|cache|mq|api>.example.<=com|net|org>";

pub(super) const KINDS: &[Kind] = &[
    kind("private_key", &["key"], Text(pem)).apart().spoils(&[Spoil::Text(public_pem)]),
    kind("private_key", &["key"], Shape("MII<a1><c2>IBADAN<b300>"))
        .apart()
        .spoils(&[Spoil::Shape("MII<a1><c2>ANBgkq<b300>")]),
    kind("jwt", &["token"], Text(jwt))
        .open()
        .spoils(&[Spoil::Text(two_parts), Spoil::Text(no_header)]),
    kind("url_credentials", &["endpoint"], Make::Value(login))
        .apart()
        .spoils(&[Spoil::Shape("https://example:<=$|<>{TOKEN}")]),
    kind("database_url", &["DATABASE", "dsn"], Text(database))
        .apart()
        .spoils(&[Spoil::Shape("postgresql://localhost:5432/<l6>")]),
    kind("basic_auth", &["Authorization"], Text(basic)).open().spoils(&[Spoil::Text(no_basic)]),
    kind("password_field", PASSWORD, Text(password)).assigned().spoils(NO_PASSWORD),
    kind("session_cookie", &["sessionid", "session_id", "PHPSESSID"], Shape("<s26-40>"))
        .assigned()
        .spoils(&[Spoil::Shape("<h8>-<h4>-4<h3>-a<h3>-<h12>"), Spoil::Shape("<l12>")]),
    kind("generic_secret", SECRET, Shape("<c24-43>")).assigned().spoils(NO_SECRET),
    kind("generic_secret", SECRET, Shape("<h48>")).assigned().spoils(NO_SECRET),
    kind("generic_secret", SECRET, Shape("<w22-33><c1>")).assigned().spoils(NO_SECRET),
];

const PASSWORD: &[&str] = &["password", "db_password", "passwd", "userPassword", "pwd"];

const SECRET: &[&str] = &["api_key", "apiSecret", "access_token", "secret_key", "auth_token"];

const NO_PASSWORD: &[Spoil] = &[
    Spoil::Shape("<=changeit|required|string|true|null|hunter>"),
    Spoil::Shape("${<u6>}"),
    Spoil::Shape("********"),
    Spoil::Shape("config.<l6>.<l5>"),
];

const NO_SECRET: &[Spoil] = &[
    Spoil::Shape("<l5>_<l6>_<l5>"),
    Spoil::Shape("your-api-key-goes-here"),
    Spoil::Shape("<h8>-<h4>-4<h3>-a<h3>-<h12>"),
    Spoil::Shape("xxxxxxxxxxxxxxxxxxxxxxxx"),
    Spoil::Shape("settings.<l8>.<l9>"),
    Spoil::Shape("<n5>"),
];

fn pem(random: &mut Random) -> String {
    let label = random.pick(&["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]);
    block(random, label)
}

fn public_pem(random: &mut Random) -> String {
    let label = random.pick(&["PUBLIC KEY", "CERTIFICATE"]);
    block(random, label)
}

fn block(random: &mut Random, label: &str) -> String {
    let lines: Vec<String> = (0..3).map(|_| shape::text(random, "<b64>")).collect();
    let (lines, last) = (lines.join("\n"), shape::text(random, "<b20>="));
    format!("-----BEGIN {label}-----\n{lines}\n{last}\n-----END {label}-----")
}

fn jwt(random: &mut Random) -> String {
    let algorithm = random.pick(&["HS256", "RS256", "ES256", "EdDSA"]);
    let header =
        random.pick(&["{\"alg\":\"?\",\"typ\":\"JWT\"}", "{\"typ\":\"JWT\",\"alg\":\"?\"}"]);
    let header = URL_SAFE_NO_PAD.encode(header.replace('?', algorithm));
    let body = shape::text(random, "{\"sub\":\"<n10>\",\"iat\":17<n8>,\"scope\":\"<l6>\"}");
    let body = URL_SAFE_NO_PAD.encode(body);
    format!("{header}.{body}.{}", shape::text(random, "<w42><c1>"))
}

fn two_parts(random: &mut Random) -> String {
    let token = jwt(random);
    token[..token.rfind('.').expect("three parts")].to_owned()
}

fn no_header(random: &mut Random) -> String {
    let header = URL_SAFE_NO_PAD.encode(shape::text(random, "{\"page\":<n4>,\"<l5>\":\"<l9>\"}"));
    format!("{header}.{}", shape::text(random, "<w40>.<w42><c1>"))
}

fn secret_word(random: &mut Random) -> String {
    shape::text(random, "<a3><n2><a4><n1>")
}

fn login(random: &mut Random) -> Value {
    let (password, host) = (secret_word(random), shape::text(random, HOST));
    let text = format!("https://{}:{password}@{host}", random.pick(&["ann", "app", "ci"]));
    Value::plain(text.clone()).with("url", &text)
}

fn database(random: &mut Random) -> String {
    let (password, host) = (secret_word(random), shape::text(random, HOST));
    let scheme = random.pick(&["postgresql", "mysql", "mongodb+srv", "redis", "amqp"]);
    format!("{scheme}://app:{password}@{host}:5432")
}

fn basic(random: &mut Random) -> String {
    let text = format!("{}:{}", random.pick(&["ann", "svc-build", "app"]), secret_word(random));
    format!("Basic {}", STANDARD.encode(text))
}

/// Base64 without a colon in it.
fn no_basic(random: &mut Random) -> String {
    format!("Basic {}", STANDARD.encode(shape::text(random, "<l12>")))
}

fn password(random: &mut Random) -> String {
    let forms = ["<u1><l6><n2>", "<l5>-<l4>-<n3>", "<a4>!<n3><l3>", "<c12>#", "<l6><n1><l4>"];
    let form = random.pick(&forms);
    shape::text(random, form)
}
