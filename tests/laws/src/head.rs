//! The laws where they touch heads: path, query, header names and values, cookies.
//! What of a head must never be rewritten must not be, whatever stands in it.

use crate::entropy::Entropy;
use crate::messages;
use crate::policies::Policies;
use crate::run::Way;
use crate::words::{self, VALUES};
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{Exchange, HeadStep, Headers};
use cofferdam_engine::settings::Settings;
use std::fmt::Write as _;
use std::rc::Rc;

/// A generated head under a policy.
#[derive(Clone, Debug)]
pub struct HeadCase {
    /// Which policy of [`Policies`].
    pub policy: usize,
    /// Which way it goes.
    pub way: Way,
    /// The head.
    pub head: Headers,
}

/// What a head came to: the head that goes on, or the refusal's body.
type Came = Result<Headers, String>;

/// Never rewritten: a finding there is observed, or blocks.
const PROTECTED: &[&str] = &[
    ":method",
    ":scheme",
    ":authority",
    ":status",
    "host",
    "content-type",
    "date",
    "traceparent",
    "x-request-id",
];

const REQUEST_NAMES: &[&str] = &[
    "referer",
    "x-client-ip",
    "user-agent",
    "cookie",
    "authorization",
    "baggage",
    "x-note",
    "x-customer-ssn",
    "forwarded",
    "traceparent",
    "x-request-id",
    "x-note-bin",
];
const RESPONSE_NAMES: &[&str] = &[
    "location",
    "set-cookie",
    "link",
    "refresh",
    "x-note",
    "x-card",
    "server",
    "date",
    "etag",
    "grpc-message",
    "grpc-status-details-bin",
];

impl HeadCase {
    /// A head out of bytes.
    #[must_use]
    pub fn generate(bytes: &[u8]) -> Self {
        let mut entropy = Entropy::new(bytes);
        let policy = entropy.below(crate::policies::COUNT);
        let way = if entropy.below(2) == 0 { Way::Request } else { Way::Response };
        let mut head = Headers::new();
        let mut add = |name: &str, value: &str| head.push((name.into(), value.into()));
        let names = match way {
            Way::Request => {
                let path = path(&mut entropy);
                add(":method", "GET");
                add(":scheme", "http");
                add(":authority", "b.example.com");
                add(":path", &path);
                REQUEST_NAMES
            }
            Way::Response => {
                add(":status", "200");
                RESPONSE_NAMES
            }
        };
        for _ in 0..entropy.below(6) {
            let name = match entropy.once_in(8) {
                true => format!("x-{}", token(&words::text(&mut entropy, 1))),
                false => entropy.pick(names).to_owned(),
            };
            let value = match name.ends_with("-bin") && !entropy.once_in(4) {
                true => messages::binary(&mut entropy),
                false => value(&mut entropy),
            };
            head.push((name.into_bytes(), value));
        }
        Self { policy, way, head }
    }

    /// Asks the laws of this head, and says whether it was rewritten.
    ///
    /// # Errors
    /// When a law is broken: how, in words.
    pub fn ask(&self, policies: &Policies) -> Result<bool, String> {
        let came = self.send(policies, &self.head);
        if self.send(policies, &self.head) != came {
            return Err("purity: it came out otherwise the second time".into());
        }
        let settings = Settings { heads_plainly: true, ..Settings::clone(&policies.settings) };
        let plainly = self.send_with(policies, &Rc::new(settings), &self.head);
        if self.send_with(policies, &policies.settings, &self.head) != plainly {
            return Err(format!("line by line: it comes to {plainly:?}"));
        }
        match came {
            Err(body) => match VALUES.iter().find(|value| echoes(&body, value)) {
                Some(value) => Err(format!("no echo: a piece of `{value}` in {body}")),
                None => Ok(false),
            },
            Ok(after) => self.ask_forwarded(policies, &after),
        }
    }

    fn ask_forwarded(&self, policies: &Policies, after: &Headers) -> Result<bool, String> {
        let again = self.send(policies, after);
        if again.as_ref() != Ok(after) {
            return Err(format!("fixpoint: first {}\n  then {}", show(after), again_shown(&again)));
        }
        let protected = |head: &Headers| -> Vec<_> {
            let own = |name: &[u8]| PROTECTED.iter().any(|other| other.as_bytes() == name);
            head.iter().filter(|(name, _)| own(name)).cloned().collect()
        };
        if protected(&self.head) != protected(after) {
            return Err(format!("untouched: a protected header changed: {}", show(after)));
        }
        // Upstreams are asked for what can be read, and caches keep nothing that was rewritten.
        let ours: [&[u8]; 2] = [b"accept-encoding", b"cache-control"];
        let own = |(name, _): &&(Vec<u8>, Vec<u8>)| !ours.contains(&name.as_slice());
        if after.iter().filter(own).count() > self.head.len() {
            return Err(format!("untouched: headers were added: {}", show(after)));
        }
        let path = after.iter().find(|(name, _)| name == b":path");
        let odd = |byte: &u8| *byte <= b' ' || *byte == 0x7f;
        if path.is_some_and(|(_, path)| path.iter().any(odd)) {
            return Err(format!("untouched: a path that is none: {}", show(after)));
        }
        let values =
            |head: &Headers| head.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
        let before = values(&self.head);
        let ours: [&[u8]; 2] = [b"identity", b"no-store"];
        let new = |value: &Vec<u8>| !before.contains(value) && !ours.contains(&value.as_slice());
        Ok(values(after).iter().any(new))
    }

    fn send(&self, policies: &Policies, head: &Headers) -> Came {
        self.send_with(policies, &policies.settings, head).0
    }

    fn send_with(
        &self,
        policies: &Policies,
        settings: &Rc<Settings>,
        head: &Headers,
    ) -> (Came, Vec<Entry>) {
        let bundle = &policies.bundles[self.policy];
        let mut exchange = Exchange::new(Rc::clone(bundle), Rc::clone(settings), [7; 16], 1);
        let ends = Ends { listener_port: Some(8443), cluster: Some("b".into()), ..Ends::default() };
        let step = match self.way {
            Way::Request => exchange.request_head(&ends, head, true),
            Way::Response => {
                let pair = |name: &str, value: &str| (name.into(), value.into());
                let request: Headers = vec![
                    pair(":method", "GET"),
                    pair(":scheme", "http"),
                    pair(":authority", "b.example.com"),
                    pair(":path", "/"),
                ];
                exchange.request_head(&ends, &request, true);
                exchange.response_head(&ends, head, true)
            }
        };
        let came = match step {
            HeadStep::Forward(after, _) | HeadStep::Hold(after) => {
                Ok(after.unwrap_or_else(|| head.clone()))
            }
            HeadStep::Block(refusal) => Err(refusal.body),
        };
        (came, exchange.close(1))
    }
}

fn echoes(text: &str, value: &str) -> bool {
    value.as_bytes().windows(4).any(|run| text.as_bytes().windows(4).any(|other| other == run))
}

fn path(entropy: &mut Entropy<'_>) -> String {
    let mut path = String::new();
    for _ in 0..=entropy.below(3) {
        path.push('/');
        encoded(&words::text(entropy, 2), entropy, &mut path);
    }
    for n in 0..entropy.below(4) {
        path.push(if n == 0 { '?' } else { '&' });
        encoded(&words::key(entropy), entropy, &mut path);
        path.push('=');
        encoded(&words::text(entropy, 3), entropy, &mut path);
    }
    path
}

fn encoded(text: &str, entropy: &mut Entropy<'_>, out: &mut String) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~@:+,*".contains(&byte);
        match plain && !entropy.once_in(12) {
            true => out.push(char::from(byte)),
            // A slash or a dot in disguise makes the path ambiguous, which is another case.
            false if b"/.\\%".contains(&byte) => out.push('_'),
            false => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

pub(crate) fn token(text: &str) -> String {
    let fine = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(*c);
    text.to_ascii_lowercase().chars().filter(fine).take(64).collect()
}

pub(crate) fn value(entropy: &mut Entropy<'_>) -> Vec<u8> {
    let mut value = match entropy.below(4) {
        0 => format!("{}={}; b=1", words::key(entropy), words::text(entropy, 3)),
        1 => format!("https://b.example.com{}", path(entropy)),
        _ => words::text(entropy, 6),
    }
    .into_bytes();
    value.retain(|byte| *byte >= b' ' && *byte != 0x7f);
    let mut value = value.trim_ascii().to_vec();
    if entropy.once_in(30) {
        value.extend_from_slice(b"\xff\xfe");
    }
    value
}

/// Headers as a person reads them.
#[must_use]
pub fn show(head: &Headers) -> String {
    let line = |(name, value): &(Vec<u8>, Vec<u8>)| {
        format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
    };
    format!("{:?}", head.iter().map(line).collect::<Vec<_>>())
}

fn again_shown(again: &Came) -> String {
    again.as_ref().map_or_else(Clone::clone, show)
}

/// How a case is shown.
#[must_use]
pub fn shown(case: &HeadCase) -> String {
    format!("policy laws-{}, {:?}\n  head: {}", case.policy, case.way, show(&case.head))
}
