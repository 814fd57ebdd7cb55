//! Says what it means that something came back. Whatever is not understood is not judged: nothing
//! is taken for held that was not seen to be.

use super::Came;
use super::http::{self, Answer};
use super::order::{HEADER, Piece, Seen};
use super::shot::{Expected, Shot};
use crate::drill::attack::pieces;
use cofferdam_engine::verdict::Reason;
use serde_json::Value;
use std::fmt;

/// What came of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not come out, and what came out is what the policy says.
    Held,
    /// It came out as it went in.
    Raw,
    /// It did not come out, and what did is not what the policy says.
    Other,
    /// Nothing was shown.
    Unjudged(Why),
}

/// Why nothing was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// No connection.
    Unreachable,
    /// No connection that shows a certificate to trust, or that takes ours.
    Untrusted,
    /// No answer in time.
    Silent,
    /// The time for all of it was over.
    Late,
    /// The connection was closed without an answer.
    Closed,
    /// Something that is not HTTP/1.1.
    NoHttp,
    /// The filter refused it, and not for what it holds.
    Refused(&'static str),
    /// A redirect: where it leads is not probed.
    Redirect(u16),
    /// Somebody else answered, with this status.
    Stranger(u16),
    /// Only the service knows what it received.
    NoEcho,
    /// The service did not send back what it got.
    NoReflection,
    /// No message with such a value could be made that the policy holds back.
    NoValue,
}

impl Why {
    /// Whether it would be the same for every other value.
    #[must_use]
    pub fn is_for_all(self) -> bool {
        matches!(self, Self::Unreachable | Self::Untrusted | Self::Late)
    }

    /// What to look at.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Unreachable => "is the listener up, and is the URL its own?",
            Self::Untrusted => {
                "`--ca` names who may vouch for the listener, `--cert` and `--key` are what it \
                 asks of callers"
            }
            Self::Silent => "raise `--timeout`, or look at what stands behind the listener",
            Self::Late => "raise `--deadline`, or probe with `--quick`",
            Self::Closed | Self::NoHttp => "the listener must speak HTTP/1.1 at this URL",
            Self::Refused("no_policy") => {
                "the filter has no policy that it trusts: its log says why, with the state of trust"
            }
            Self::Refused("no_boundary" | "not_permitted" | "zone_changed") => {
                "the filter places caller or service in other zones: see `--from`, `--to`, \
                 `--path` and the policy's members"
            }
            Self::Refused("requirement_unmet") => {
                "the boundary asks for certificates: probe over https, with `--cert` and `--key`"
            }
            Self::Refused("host") => {
                "something that the filter needs of its host is missing, such as a callback in the \
                 allow-list: see `cofferdam check-host`, with `--wasm`"
            }
            Self::Refused("untrusted") => {
                "the release, its root or what says that it is current has ended: the host needs a \
                 newer bundle"
            }
            Self::Refused(_) => "the entries of the filter tell more",
            Self::Redirect(_) => "give the path that it leads to with `--path`",
            Self::Stranger(403) => {
                "the guard answers so when the filter is off, and so does what asks callers who \
                 they are"
            }
            Self::Stranger(_) => {
                "neither filter nor echo answers so: route this path to `cofferdam probe --serve`, \
                 in a cluster of the same zone, with the same COFFERDAM_PROBE_KEY"
            }
            Self::NoEcho | Self::NoReflection => {
                "put `cofferdam probe --serve` behind the listener, and probe with `--echo`"
            }
            Self::NoValue => {
                "give the policy's text where a blob was given; `cofferdam drill` tells what the \
                 policy itself lets through"
            }
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("no connection"),
            Self::Untrusted => f.write_str("no TLS that both sides trust"),
            Self::Silent => f.write_str("no answer in time"),
            Self::Late => f.write_str("the time was over"),
            Self::Closed => f.write_str("the connection was closed without an answer"),
            Self::NoHttp => f.write_str("the answer is no HTTP/1.1"),
            Self::Refused(reason) => write!(f, "refused by the filter as `{reason}`"),
            Self::Redirect(status) => write!(f, "redirected ({status})"),
            Self::Stranger(status) => write!(f, "answered with {status} by somebody else"),
            Self::NoEcho => f.write_str("nothing tells what the service received"),
            Self::NoReflection => f.write_str("the service sends nothing of it back"),
            Self::NoValue => f.write_str("no such message could be made"),
        }
    }
}

/// Whether a reason is a matter of what a message holds: whoever is refused for another one learns
/// nothing about the policy that was to be probed.
fn is_about_values(reason: Reason) -> bool {
    let about_ends = matches!(
        reason,
        Reason::NoBoundary | Reason::NotPermitted | Reason::RequirementUnmet | Reason::ZoneChanged
    );
    // With 503 the filter speaks of itself.
    !about_ends && reason.request_status() != 503
}

impl Shot {
    /// What came of it.
    pub(crate) fn judge(&self, came: &Came) -> Outcome {
        let (bytes, ended) = match came {
            Came::Bytes(bytes, ended) => (bytes, *ended),
            Came::Nothing(why) => return Outcome::Unjudged(*why),
        };
        // Looked for in the bytes too: what cannot be read as an answer may hold it all the same.
        if self.shows(vec![bytes.clone()]) {
            return Outcome::Raw;
        }
        let answer = match http::answer(bytes, ended) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Outcome::Unjudged(Why::Silent),
            Err(_) if bytes.is_empty() => return Outcome::Unjudged(Why::Closed),
            Err(_) => return Outcome::Unjudged(Why::NoHttp),
        };
        let message = &answer.message;
        if self.shows(pieces(&message.head, &message.body, &message.trailers)) {
            return Outcome::Raw;
        }
        match &self.expected {
            Expected::Request { blocks } => self.request(&answer, *blocks),
            Expected::Reply { blocks, place } => self.reply(&answer, *blocks, place.as_ref()),
            Expected::Unseen { blocks } => unseen(&answer, *blocks),
            Expected::Reflection { word } => reflection(&answer, word),
        }
    }

    fn shows(&self, all: Vec<Vec<u8>>) -> bool {
        self.needle.as_ref().is_some_and(|needle| needle.is_in(all))
    }

    /// What the echo says of the request, where it is the echo that answers.
    fn answered(&self, answer: &Answer) -> Option<Seen> {
        let (key, nonce) = self.order.as_ref()?;
        let mut lines = answer.message.head.iter();
        let said = lines.find(|(name, _)| name == HEADER.as_bytes()).map(|(_, value)| value);
        let fits = |seen: &Seen| {
            let (value, status) = key.answer(nonce, *seen);
            match said {
                Some(said) => *said == value.as_bytes(),
                // Only where nothing but a status comes back, a status is an answer.
                None => self.status_only && answer.status == status,
            }
        };
        Seen::ALL.into_iter().find(fits)
    }

    fn request(&self, answer: &Answer, blocks: Option<&str>) -> Outcome {
        match (self.answered(answer), blocks) {
            (Some(Seen::Raw), _) => Outcome::Raw,
            (Some(Seen::Same), None) => Outcome::Held,
            (Some(Seen::Same | Seen::Other), _) => Outcome::Other,
            (None, blocks) => refused(answer, blocks),
        }
    }

    fn reply(
        &self,
        answer: &Answer,
        blocks: Option<&str>,
        place: Option<&(Piece, Vec<u8>)>,
    ) -> Outcome {
        if self.answered(answer).is_none() {
            return refused(answer, blocks);
        }
        let Answer { message, whole, .. } = answer;
        let same =
            |(piece, bytes): &(Piece, Vec<u8>)| piece.of(&message.head, &message.body) == *bytes;
        match blocks {
            // The head had left when it was blocked.
            Some(_) if !whole => Outcome::Held,
            Some(_) => Outcome::Other,
            None if !whole => Outcome::Unjudged(Why::Closed),
            None if place.is_none_or(same) => Outcome::Held,
            None => Outcome::Other,
        }
    }
}

/// Without an echo: a block is seen, and nothing else is.
fn unseen(answer: &Answer, blocks: Option<&str>) -> Outcome {
    match (refused(answer, blocks), blocks) {
        // The service answered what it was never to receive.
        (Outcome::Unjudged(Why::Stranger(200..300)), Some(_)) => Outcome::Raw,
        (Outcome::Unjudged(Why::Stranger(status)), None) if is_of_service(status) => {
            Outcome::Unjudged(Why::NoEcho)
        }
        (outcome, _) => outcome,
    }
}

/// A service that sends back the word beside a value has sent the value back too.
fn reflection(answer: &Answer, word: &str) -> Outcome {
    let Answer { message, whole, .. } = answer;
    let all = pieces(&message.head, &message.body, &message.trailers);
    let has = |piece: &Vec<u8>| String::from_utf8_lossy(piece).contains(word);
    match refused(answer, None) {
        Outcome::Unjudged(Why::Stranger(_)) if *whole && all.iter().any(has) => Outcome::Held,
        Outcome::Unjudged(Why::Stranger(status)) if is_of_service(status) => {
            Outcome::Unjudged(Why::NoReflection)
        }
        outcome => outcome,
    }
}

/// Whether a status is likely to be a service's, and not of what stands before it.
fn is_of_service(status: u16) -> bool {
    matches!(status, 200..300 | 400..500) && !matches!(status, 401 | 403 | 407 | 429)
}

/// What an answer means that is not the echo's.
fn refused(answer: &Answer, blocks: Option<&str>) -> Outcome {
    let document: Option<Value> = serde_json::from_slice(&answer.message.body).ok();
    let said = document.as_ref().and_then(|document| {
        document["crossing"].as_str()?;
        document["blocked"].as_str()
    });
    let reason = Reason::ALL.iter().find(|reason| said == Some(reason.name()));
    match reason {
        Some(reason) if blocks == Some(reason.name()) => Outcome::Held,
        Some(reason) if !is_about_values(*reason) => Outcome::Unjudged(Why::Refused(reason.name())),
        // Stopped, and for another reason than the policy has: it is another policy.
        Some(_) => Outcome::Other,
        None if matches!(answer.status, 300..400) => {
            Outcome::Unjudged(Why::Redirect(answer.status))
        }
        None => Outcome::Unjudged(Why::Stranger(answer.status)),
    }
}
