//! One case of the corpus: a message and its reply over one boundary, and what must come of them.
//! Cases are data files, `tests/cases/*.toml`. Knows no runner.
//!
//! ```toml
//! [defaults]                                  # every key is optional, and a case may override it
//! policy = "basic"                            # tests/policies/basic.yaml
//! via = { port = 8443, cluster = "vault" }    # how both ends get placed
//! subject = "request"                         # the message that the short keys of a case describe
//! media = "application/json"                  # its content type
//!
//! [[case]]
//! name  = "email in a string"                 # says the behaviour, not the function
//! body  = '{"mail":"ann@example.com"}'
//! marks = '         ^^^^^^^^^^^^^^^ email'    # spans a person can see
//! ```
//!
//! `marks` names what is found: it sets `findings`, the expected body (each span replaced by
//! `[category]`) and `leaks` (text that must not come out, and does without the filter), unless
//! `expect` or `leaks` say otherwise. Without marks and `expect` the message must go on untouched,
//! with no finding. The other message of the exchange goes in `request` or `response`.
//! `untold = true` in `expect` says that no entry may be written of a message.
//!
//! A body is a text or a list of parts: a text, `{ repeat = "[", times = 9 }`, `{ hex = "ff" }`, or
//! another body in a content coding (`{ gzip = "text" }`, `deflate`, `bare_deflate`, `br`, `zstd`)
//! or in a charset (`utf16le`, `utf16be`, `latin1`), whose marks stand under what it holds.
//! Header and trailer lines are `"name: value"`, where `\xff` is a byte.
//! In an expected text, `${token:1}` is any 34 characters of a token, the same for the same number.

mod file;
mod proto;

pub use file::{load, parse};

use crate::runner::Received;
use cofferdam_engine::token::setting_name;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Headers in order, pseudo-headers first.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// One test of the corpus.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file's stem and the case's name.
    pub name: String,
    /// Stem of a file in `tests/policies`.
    pub policy: String,
    /// How both ends get placed.
    pub via: Via,
    /// Settings of the host.
    pub settings: HostSettings,
    /// What the caller sends.
    pub request: Message,
    /// What the upstream answers, if it is asked.
    pub response: Message,
    /// What must come of the request.
    pub expect_request: Expect,
    /// What must come of the response.
    pub expect_response: Expect,
    /// Text that must not come out with the filter, and must without it.
    pub leaks: Vec<Vec<u8>>,
    /// Which message is under test.
    pub subject: Subject,
}

/// Which message of the exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The request.
    #[default]
    Request,
    /// Its reply.
    Response,
}

/// What the host can prove about both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Via {
    /// Port of the listener, as the policy writes it.
    pub port: Option<u16>,
    /// Upstream cluster; without one the proxy itself answers.
    pub cluster: Option<String>,
    /// URI SAN of the caller's certificate; several are joined by a comma.
    pub spiffe: Option<String>,
    /// The caller showed a certificate without a URI SAN.
    pub bare_certificate: bool,
    /// URI SAN of the proxy's own certificate.
    pub local_spiffe: Option<String>,
    /// URI SAN of the upstream's certificate.
    pub upstream_spiffe: Option<String>,
    /// Version of TLS on the caller's connection, as a host tells it: `TLSv1.2`, which it is too
    /// where the caller shows a certificate.
    pub tls: Option<String>,
    /// The same of the upstream's connection.
    pub upstream_tls: Option<String>,
    /// The proxy has no certificate to show the upstream.
    pub upstream_one_sided: bool,
    /// The cluster that the host names at response time, where it differs.
    pub cluster_later: Option<String>,
    /// Peer's address.
    pub source: Option<String>,
    /// Route name.
    pub route: Option<String>,
    /// Virtual host name.
    pub virtual_host: Option<String>,
    /// Side of the listener: `inbound` or `outbound`.
    pub direction: Option<String>,
    /// Node id of the proxy.
    pub node_id: Option<String>,
    /// Node cluster of the proxy.
    pub node_cluster: Option<String>,
}

impl Via {
    /// What a host tells of the caller's connection, if it is one of TLS.
    #[must_use]
    pub fn caller_tls(&self) -> Option<&str> {
        let usual = self.shows_certificate().then_some(USUAL_TLS);
        self.tls.as_deref().or(usual)
    }

    /// The same of the upstream's connection.
    #[must_use]
    pub fn callee_tls(&self) -> Option<&str> {
        self.upstream_tls.as_deref().or(self.upstream_spiffe.as_ref().map(|_| USUAL_TLS))
    }

    /// Whether the caller shows a certificate.
    #[must_use]
    pub fn shows_certificate(&self) -> bool {
        self.spiffe.is_some() || self.bare_certificate
    }
}

/// What Envoy speaks as a client, unless it is told.
const USUAL_TLS: &str = "TLSv1.2";

/// Settings of the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HostSettings {
    /// Zone of the proxy's own end.
    pub own_zone: Option<String>,
    /// The host lets headers be held.
    pub hold_headers: bool,
    /// `source.address` is the connection's.
    pub direct_address: bool,
    /// Keys for tokens: `test` (the same 32 bytes for every name), `short` (16 bytes), `none`.
    pub keys: String,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self { own_zone: None, hold_headers: true, direct_address: false, keys: "test".into() }
    }
}

/// The published key of tests: never one of a person.
const TEST_KEY: &[u8] = b"published test key of cofferdam!";

impl HostSettings {
    /// What every key of a policy is, if there are any.
    #[must_use]
    pub fn key(&self) -> Option<&'static [u8]> {
        match self.keys.as_str() {
            "test" => Some(TEST_KEY),
            "short" => TEST_KEY.get(..16),
            _ => None,
        }
    }

    /// The same as the environment of a host has it: names of settings, and the key in hex.
    #[must_use]
    pub fn keys_by_name(&self, names: &[String]) -> Vec<(String, String)> {
        let Some(key) = self.key() else { return Vec::new() };
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let named = |name: &String| (format!("COFFERDAM_KEY_{}", setting_name(name)), hex.clone());
        names.iter().map(named).collect()
    }
}

/// A message to send.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Pseudo-headers first, then the others.
    pub head: Headers,
    /// None: the head ends the message.
    pub body: Option<Vec<u8>>,
    /// Sent when there are any.
    pub trailers: Headers,
}

impl Message {
    /// Becomes what was received of it, to be sent once more.
    pub fn resend(&mut self, received: &Received) {
        self.head.clone_from(&received.head);
        self.trailers.clone_from(&received.trailers);
        if let Some(body) = &mut self.body {
            body.clone_from(&received.body);
        }
    }
}

/// What must come of one message.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// What its crossing comes to; `Absent` where it is never begun.
    pub verdict: ExpectVerdict,
    /// Why it is blocked.
    pub reason: Option<String>,
    /// What the other side receives.
    pub body: ExpectBody,
    /// Texts that the received body must have.
    pub contains: Vec<String>,
    /// Texts that the received body must not have.
    pub lacks: Vec<String>,
    /// Request line that the upstream receives.
    pub line: Option<String>,
    /// Status that the client receives.
    pub status: Option<u16>,
    /// Lines that the received head must have.
    pub headers: Headers,
    /// Names that the received head must not have.
    pub lacks_headers: Vec<String>,
    /// All trailers that are received.
    pub trailers: Option<Headers>,
    /// All findings, by category.
    pub findings: BTreeMap<String, u64>,
    /// Rules that findings met.
    pub rules: Option<Vec<String>>,
    /// The boundary's id.
    pub boundary: Option<String>,
    /// Zones, `from -> to`.
    pub zones: Option<String>,
    /// Notes of the entry.
    pub notes: Option<Vec<String>>,
    /// The head has left before the block: the receiver sees a message without its end.
    pub cut: bool,
    /// No entry may be written of it.
    pub untold: bool,
}

impl Expect {
    /// Whether the message must be stopped: what is only observed goes on.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.verdict == ExpectVerdict::Block && self.body != ExpectBody::Same
    }
}

/// What a crossing must come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpectVerdict {
    /// Goes on untouched.
    #[default]
    Forward,
    /// Goes on with replacements.
    Rewrite,
    /// Stopped.
    Block,
    /// Never begun, since the request was stopped.
    Absent,
}

impl ExpectVerdict {
    /// The word of an entry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Rewrite => "rewrite",
            Self::Block => "block",
            Self::Absent => "absent",
        }
    }
}

/// What the other side must receive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExpectBody {
    /// Exactly what was sent.
    #[default]
    Same,
    /// Exactly this; `${token:n}` stands for a token.
    Exact(Vec<u8>),
    /// Not compared here: `contains` and `lacks` say enough.
    Open,
}
