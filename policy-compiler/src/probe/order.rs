//! What a probe and its echo tell each other past the filter between them: which value to look for,
//! what to answer with, and what arrived.
//!
//! An order is made unreadable, or the filter would do with it what it is there for. That hides
//! nothing worth hiding, since every value in it is made up; what the key is for is that nobody
//! else can make an echo answer, or make an answer up.

use crate::cases::exchange::Message;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::exchange::Headers;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt;

/// The header that holds an order, and the one that holds its answer.
pub const HEADER: &str = "x-cofferdam-probe";
/// A shorter key could be guessed.
const KEY_BYTES_MIN: usize = 32;
const NONCE_BYTES: usize = 8;
const TAG_BYTES: usize = 16;
/// Letters for half bytes. They are no digits of hex, and hold no digit and no sign, so that few
/// detectors see anything in them.
const LETTERS: &[u8; 16] = b"ghijklmnopqrstuv";
/// Answers come with a status from here, three for each way to make one up: a boundary may let
/// nothing else back. No service has a use for them.
const STATUS: u16 = 230;
const STATUS_WAYS: u16 = 23;

/// Names an order.
pub(crate) type Nonce = [u8; NONCE_BYTES];

/// What probe and echo have in common.
#[derive(Clone)]
pub struct Key(Vec<u8>);

/// A key that is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a key has {KEY_BYTES_MIN} characters or more")
    }
}

impl std::error::Error for KeyError {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// What the echo found in what it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The place holds what was expected, and the value is nowhere.
    Same,
    /// The value is nowhere, and the place holds something else.
    Other,
    /// The value.
    Raw,
}

impl Seen {
    pub(crate) const ALL: [Self; 3] = [Self::Same, Self::Other, Self::Raw];
}

/// A part of a message that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Body,
    Query,
    Header(String),
}

/// What the echo is to do.
#[derive(Default)]
pub(crate) struct Order {
    /// The value to look for.
    pub(crate) value: Option<String>,
    /// What a part of the request must be, by its digest.
    pub(crate) watch: Option<(Piece, String)>,
    /// What to answer with, instead of next to nothing.
    pub(crate) reply: Option<Message>,
}

impl Piece {
    fn name(&self) -> String {
        match self {
            Self::Body => "body".to_owned(),
            Self::Query => "query".to_owned(),
            Self::Header(name) => format!("header {name}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "body" => Some(Self::Body),
            "query" => Some(Self::Query),
            _ => text.strip_prefix("header ").map(|name| Self::Header(name.to_owned())),
        }
    }

    /// What stands there.
    pub(crate) fn of(&self, head: &Headers, body: &[u8]) -> Vec<u8> {
        let values = |wanted: &[u8]| {
            let fits = head.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            fits.map(|(_, value)| value.as_slice()).collect::<Vec<_>>().join(&b"\n"[..])
        };
        match self {
            Self::Body => body.to_vec(),
            Self::Query => {
                let path = values(b":path");
                let mark = path.iter().position(|byte| *byte == b'?');
                mark.map_or_else(Vec::new, |mark| path[mark..].to_vec())
            }
            Self::Header(name) => values(name.as_bytes()),
        }
    }
}

impl Order {
    fn write(&self) -> Vec<u8> {
        let reply = self.reply.as_ref().map(|reply| {
            let line = |(name, value): &(Vec<u8>, Vec<u8>)| {
                json!([String::from_utf8_lossy(name), STANDARD.encode(value)])
            };
            let head: Vec<_> = reply.head.iter().map(line).collect();
            json!({ "head": head, "body": STANDARD.encode(&reply.body) })
        });
        let watch = self.watch.as_ref().map(|(piece, digest)| json!([piece.name(), digest]));
        json!({ "value": self.value, "watch": watch, "reply": reply }).to_string().into_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let document: Value = serde_json::from_slice(bytes).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let watch = match &document["watch"] {
            Value::Null => None,
            watch => Some((Piece::parse(watch[0].as_str()?)?, text(&watch[1])?)),
        };
        let reply = match &document["reply"] {
            Value::Null => None,
            reply => {
                let line = |line: &Value| {
                    let value = STANDARD.decode(line[1].as_str()?).ok()?;
                    Some((line[0].as_str()?.as_bytes().to_vec(), value))
                };
                let head = reply["head"].as_array()?.iter().map(line).collect::<Option<_>>()?;
                let body = STANDARD.decode(reply["body"].as_str()?).ok()?;
                Some(Message { head, body, trailers: Headers::new() })
            }
        };
        Some(Self { value: text(&document["value"]), watch, reply })
    }
}

impl Key {
    /// A key of this text.
    ///
    /// # Errors
    /// When it is too short.
    pub fn new(text: &[u8]) -> Result<Self, KeyError> {
        let text = text.trim_ascii();
        if text.len() < KEY_BYTES_MIN { Err(KeyError) } else { Ok(Self(text.to_vec())) }
    }

    /// Names the order of this number; `run` must be another one each time.
    pub(crate) fn nonce(&self, run: &[u8], number: u64) -> Nonce {
        let made = self.mac("nonce", &[run, &number.to_be_bytes()]);
        let mut nonce = Nonce::default();
        nonce.copy_from_slice(&made[..NONCE_BYTES]);
        nonce
    }

    /// The header's value for an order.
    pub(crate) fn seal(&self, nonce: &Nonce, order: &Order) -> String {
        let hidden = self.hide(nonce, order.write());
        let tag = self.mac("tag", &[nonce, &hidden]);
        spell(&[&nonce[..], &tag[..TAG_BYTES], &hidden].concat())
    }

    /// The order in a header's value; none where nobody with the key made it.
    pub(crate) fn open(&self, value: &[u8]) -> Option<(Nonce, Order)> {
        let bytes = unspell(value)?;
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let (tag, hidden) = rest.split_first_chunk::<TAG_BYTES>()?;
        let mac = self.begin("tag", &[nonce, hidden]);
        mac.verify_truncated_left(tag).ok()?;
        Some((*nonce, Order::read(&self.hide(nonce, hidden.to_vec()))?))
    }

    /// The header's value and the status that tell what the echo saw.
    pub(crate) fn answer(&self, nonce: &Nonce, seen: Seen) -> (String, u16) {
        let (letter, step) = match seen {
            Seen::Same => (b's', 0),
            Seen::Other => (b'o', 1),
            Seen::Raw => (b'r', 2),
        };
        let value = spell(&self.mac("answer", &[nonce, &[letter]])[..TAG_BYTES]);
        let way = u16::from(self.mac("status", &[nonce])[0]) % STATUS_WAYS;
        (value, STATUS + way * 3 + step)
    }

    /// Makes bytes unreadable, or readable again.
    fn hide(&self, nonce: &Nonce, mut bytes: Vec<u8>) -> Vec<u8> {
        for (block, number) in bytes.chunks_mut(32).zip(0_u32..) {
            let stream = self.mac("stream", &[nonce, &number.to_be_bytes()]);
            block.iter_mut().zip(stream).for_each(|(byte, other)| *byte ^= other);
        }
        bytes
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        self.begin(purpose, parts).finalize().into_bytes().into()
    }

    fn begin(&self, purpose: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes any key");
        mac.update(b"cofferdam probe 1\0");
        mac.update(purpose.as_bytes());
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// How a part of a message is named in an order.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

fn spell(bytes: &[u8]) -> String {
    let letters = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    letters.map(|half| char::from(LETTERS[usize::from(half)])).collect()
}

fn unspell(text: &[u8]) -> Option<Vec<u8>> {
    let half = |letter: &u8| letter.checked_sub(b'g').filter(|half| *half < 16);
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => Some(half(high)? << 4 | half(low)?),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::{Key, Message, Order, Piece, Seen, unspell};

    fn key(text: &str) -> Key {
        Key::new(text.as_bytes()).expect("a key")
    }

    #[test]
    fn an_order_is_read_by_who_has_the_key_and_by_nobody_else() {
        let (own, other) = (key(&"a".repeat(32)), key(&"b".repeat(32)));
        let reply = Message {
            head: vec![(b"content-type".to_vec(), b"text/plain".to_vec())],
            body: b"seen: 078-05-1120".to_vec(),
            trailers: Vec::new(),
        };
        let order = Order {
            value: Some("078-05-1120".to_owned()),
            watch: Some((Piece::Header("x-remark".to_owned()), "d".to_owned())),
            reply: Some(reply),
        };
        let nonce = own.nonce(b"run", 7);
        let sealed = own.seal(&nonce, &order);
        assert!(sealed.bytes().all(|letter| letter.is_ascii_lowercase()), "{sealed}");
        let (named, read) = own.open(sealed.as_bytes()).expect("an order");
        assert_eq!(named, nonce);
        assert_eq!(read.value, order.value);
        assert_eq!(read.watch, order.watch);
        assert_eq!(read.reply.expect("a reply").body, b"seen: 078-05-1120");
        assert!(other.open(sealed.as_bytes()).is_none());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[at] = if altered[at] == b'g' { b'h' } else { b'g' };
            assert!(own.open(&altered).is_none(), "letter {at} is altered");
        }
        for nonsense in ["", "g", "gg", "xyz", "\u{fc}"] {
            assert!(own.open(nonsense.as_bytes()).is_none(), "{nonsense}");
        }
        assert_eq!(unspell(b"gv"), Some(vec![15]));
    }

    #[test]
    fn every_answer_is_another_one_and_no_status_that_services_have() {
        let key = key(&"a".repeat(32));
        let nonces = (0..200).map(|number| key.nonce(b"run", number));
        for nonce in nonces {
            let answers = Seen::ALL.map(|seen| key.answer(&nonce, seen));
            for (n, (value, status)) in answers.iter().enumerate() {
                assert!((230..300).contains(status), "{status}");
                let others = answers.iter().skip(n + 1);
                others.for_each(|other| assert!(*value != other.0 && *status != other.1));
            }
        }
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused_and_none_is_shown() {
        assert!(Key::new(b"short").is_err());
        assert!(Key::new(format!("{}\n", "x".repeat(31)).as_bytes()).is_err());
        assert_eq!(format!("{:?}", key(&"x".repeat(40))), "Key(..)");
    }
}
