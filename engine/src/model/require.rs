//! What a boundary asks of the connections that its messages come and go over.
//! Says what is enough; who says what a connection is like stands in [`crate::ends`].

use serde::{Deserialize, Serialize};

/// What must be proven of a connection before a message may cross by it. Nothing, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Require {
    /// Both ends show a certificate.
    pub mtls: bool,
    /// The oldest version of TLS that will do.
    pub tls_min: Option<TlsVersion>,
}

impl Require {
    /// Whether it asks for anything.
    #[must_use]
    pub fn asks(self) -> bool {
        self.mtls || self.tls_min.is_some()
    }

    /// Whether this is enough: what is not known is not proven.
    pub(crate) fn is_met(self, tls: Option<TlsVersion>, mutual: bool) -> bool {
        let new_enough = |least| tls.is_some_and(|version| version >= least);
        (mutual || !self.mtls) && self.tls_min.is_none_or(new_enough)
    }
}

/// A version of TLS, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TlsVersion {
    /// 1.0
    Tls10,
    /// 1.1
    Tls11,
    /// 1.2
    Tls12,
    /// 1.3
    Tls13,
}

impl TlsVersion {
    /// The version as a host tells it. A word that nobody knows proves nothing.
    #[must_use]
    pub fn told(text: &str) -> Option<Self> {
        Some(match text {
            "TLSv1" => Self::Tls10,
            "TLSv1.1" => Self::Tls11,
            "TLSv1.2" => Self::Tls12,
            // QUIC carries the handshake of TLS 1.3 and no other (RFC 9001, section 4.2).
            "TLSv1.3" | "QUIC" => Self::Tls13,
            _ => return None,
        })
    }

    /// The number, as a policy writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls10 => "1.0",
            Self::Tls11 => "1.1",
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }
}
