//! Places outside of the body.

use super::{Sent, Spelling, percent, plain_only};
use crate::planted::wrapping::base64;

/// Segments of the path. Escapes of what needs none are refused there, so those of a value are of
/// its signs only.
pub fn path(values: &[String], spelling: Spelling) -> Option<Sent> {
    let segment = |value: &String| match spelling {
        Spelling::Plain => percent(value, Spelling::Plain),
        Spelling::Escaped => percent(value, Spelling::Plain).replace('@', "%40"),
    };
    let segments: Vec<String> = values.iter().map(segment).collect();
    Some(Sent { path: Some(format!("/notes/{}", segments.join("/"))), ..Sent::default() })
}

/// Parameters of the query.
pub fn query(values: &[String], spelling: Spelling) -> Option<Sent> {
    let path = format!("/notes?{}", parameters(values, spelling));
    Some(Sent { path: Some(path), ..Sent::default() })
}

/// A header for each value.
pub fn header(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    lines(values, |n, value| (format!("x-note-{}", letter(n)), value.to_owned()))
}

/// A header called by each value.
pub fn header_name(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    // What begins with a key of a service is no word of digits: names are lower case.
    let digits = |value: &String| value.bytes().all(|byte| byte.is_ascii_digit());
    values.iter().all(digits).then_some(())?;
    lines(values, |_, value| (format!("x-{value}"), "yes".to_owned()))
}

/// Cookies of a request.
pub fn cookie(values: &[String], spelling: Spelling) -> Option<Sent> {
    let cookies = values.iter().enumerate();
    let cookies = cookies.map(|(n, value)| format!("note{n}={}", percent(value, spelling)));
    Sent::head([("cookie".to_owned(), cookies.collect::<Vec<_>>().join("; "))])
}

/// Cookies of a response.
pub fn set_cookie(values: &[String], spelling: Spelling) -> Option<Sent> {
    lines(values, |n, value| {
        ("set-cookie".to_owned(), format!("note{n}={}; Path=/; HttpOnly", percent(value, spelling)))
    })
}

/// Basic credentials, which are in base64; one value in each of as many headers as there are.
pub fn authorization(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let users = values.join(",");
    let credentials = base64(format!("{users}:pass word").as_bytes());
    Sent::head([("authorization".to_owned(), format!("Basic {credentials}"))])
}

/// The page before.
pub fn referer(values: &[String], spelling: Spelling) -> Option<Sent> {
    url("referer", values, spelling)
}

/// The page to go to.
pub fn location(values: &[String], spelling: Spelling) -> Option<Sent> {
    url("location", values, spelling)
}

/// Who asked before, as a proxy tells it.
pub fn forwarded(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    values.iter().all(|value| !value.contains(['"', '\\'])).then_some(())?;
    let hops: Vec<String> = values.iter().map(|value| format!("for=\"{value}\"")).collect();
    Sent::head([("forwarded".to_owned(), hops.join(", "))])
}

/// Trailers behind a body.
pub fn trailer(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let mut sent = lines(values, |n, value| (format!("x-note-{}", letter(n)), value.to_owned()))?;
    sent.trailers = std::mem::take(&mut sent.head);
    sent.head = vec![(b"content-type".to_vec(), b"text/plain".to_vec())];
    sent.body = Some(b"what is of interest comes behind".to_vec());
    Some(sent)
}

fn lines(values: &[String], line: impl Fn(usize, &str) -> (String, String)) -> Option<Sent> {
    Sent::head(values.iter().enumerate().map(|(n, value)| line(n, value)))
}

fn url(name: &str, values: &[String], spelling: Spelling) -> Option<Sent> {
    let url = format!("https://shop.example/notes?{}", parameters(values, spelling));
    Sent::head([(name.to_owned(), url)])
}

fn parameters(values: &[String], spelling: Spelling) -> String {
    let each = values.iter().enumerate();
    let each = each.map(|(n, value)| format!("note{n}={}", percent(value, spelling)));
    each.collect::<Vec<_>>().join("&")
}

/// A name without digits: those would be looked at.
fn letter(n: usize) -> char {
    char::from(b'a' + (n % 26) as u8)
}
