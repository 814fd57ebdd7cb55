//! What stands behind a listener that is probed: says what it received, and sends what it is asked
//! to send. Does so for who has the key, and shows everybody else an empty 404.

use super::http;
use super::order::{self, HEADER, Key, Order, Seen};
use crate::cases::exchange::Message;
use crate::drill::attack::pieces;
use crate::drill::seek::Needle;
use cofferdam_engine::exchange::Headers;

/// Answers requests. Holds nothing of one when the next comes.
#[derive(Clone, Debug)]
pub struct Echo {
    key: Key,
}

/// What becomes of a connection on which something has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// More must come.
    Wait,
    /// This is sent, and the connection closed.
    Send(Vec<u8>),
}

impl Echo {
    /// An echo for who has this key.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key }
    }

    /// Takes all that has come on a connection so far.
    #[must_use]
    pub fn take(&self, bytes: &[u8]) -> Turn {
        match http::request(bytes) {
            Ok(None) => Turn::Wait,
            Ok(Some(request)) => Turn::Send(self.answer(&request)),
            Err(_) => Turn::Send(http::write_answer(400, &nothing())),
        }
    }

    fn answer(&self, request: &Message) -> Vec<u8> {
        let orders = request.head.iter().filter(|(name, _)| name == HEADER.as_bytes());
        let Some((nonce, order)) = orders.map(|(_, value)| self.key.open(value)).next().flatten()
        else {
            return http::write_answer(404, &nothing());
        };
        let (value, status) = self.key.answer(&nonce, seen(request, &order));
        let mut reply = order.reply.unwrap_or_else(fine);
        reply.head.push((HEADER.into(), value.into_bytes()));
        http::write_answer(status, &reply)
    }
}

/// What an order finds in the message that brought it.
fn seen(request: &Message, order: &Order) -> Seen {
    let head: Headers =
        request.head.iter().filter(|(name, _)| name != HEADER.as_bytes()).cloned().collect();
    let needle = order.value.as_deref().map(Needle::of);
    let all = pieces(&head, &request.body, &request.trailers);
    if needle.is_some_and(|needle| needle.is_in(all)) {
        return Seen::Raw;
    }
    let other = |(piece, digest): &(order::Piece, String)| {
        order::digest(&piece.of(&head, &request.body)) != *digest
    };
    if order.watch.as_ref().is_some_and(other) { Seen::Other } else { Seen::Same }
}

/// A reply that says next to nothing.
pub(crate) fn fine() -> Message {
    let head = vec![(b"content-type".to_vec(), b"application/json".to_vec())];
    Message { head, body: b"{\"fine\":true}".to_vec(), trailers: Headers::new() }
}

pub(crate) fn nothing() -> Message {
    Message { head: Headers::new(), body: Vec::new(), trailers: Headers::new() }
}

#[cfg(test)]
mod tests {
    use super::super::http::write_request;
    use super::super::order::Piece;
    use super::{Echo, HEADER, Key, Message, Order, Seen, Turn, order};

    fn sent(order: &Order, body: &str) -> String {
        let key = Key::new(&[b'k'; 32]).expect("a key");
        let nonce = key.nonce(b"run", 1);
        let head = [
            (":method", "POST".to_owned()),
            (":path", "/".to_owned()),
            (HEADER, key.seal(&nonce, order)),
        ];
        let head = head.map(|(name, value)| (name.into(), value.into_bytes())).to_vec();
        let message = Message { head, body: body.into(), trailers: Vec::new() };
        let bytes = write_request(&message, "there");
        let echo = Echo::new(key.clone());
        assert_eq!(echo.take(&bytes[..bytes.len() - 1]), Turn::Wait);
        let Turn::Send(answer) = echo.take(&bytes) else { panic!("no answer") };
        let answer = String::from_utf8(answer).expect("text");
        let found = Seen::ALL.into_iter().find(|seen| {
            let (value, status) = key.answer(&nonce, *seen);
            answer.contains(&value) && answer.starts_with(&format!("HTTP/1.1 {status} "))
        });
        format!("{:?}", found.expect("an answer"))
    }

    #[test]
    fn a_value_is_seen_in_every_spelling_and_a_replacement_is_compared() {
        let digest = order::digest(b"{\"a\":\"[us_ssn]\"}");
        let order = Order {
            value: Some("078-05-1120".to_owned()),
            watch: Some((Piece::Body, digest)),
            reply: None,
        };
        assert_eq!(sent(&order, "{\"a\":\"[us_ssn]\"}"), "Same");
        assert_eq!(sent(&order, "{\"a\":\"***-**-1120\"}"), "Other");
        assert_eq!(sent(&order, "{\"a\":\"078-05-1120\"}"), "Raw");
        assert_eq!(sent(&order, "{\"a\":\"078\\u002d05-1120\"}"), "Raw");
    }

    #[test]
    fn who_has_no_key_learns_nothing() {
        let echo = Echo::new(Key::new(&[b'k'; 32]).expect("a key"));
        for request in [
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            format!("GET / HTTP/1.1\r\n{HEADER}: {}\r\n\r\n", "gh".repeat(60)),
        ] {
            let Turn::Send(answer) = echo.take(request.as_bytes()) else { panic!("no answer") };
            let wanted = "HTTP/1.1 404 probe\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            assert_eq!(String::from_utf8_lossy(&answer), wanted);
        }
        let Turn::Send(answer) = echo.take(b"\x16\x03\x01") else { panic!("no answer") };
        assert!(answer.starts_with(b"HTTP/1.1 400 "));
    }
}
