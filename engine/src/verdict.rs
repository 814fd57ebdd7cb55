//! What a crossing came to, and why.
//! Reasons are a closed, printable set: never text of a message.

use core::fmt;

/// What a crossing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was replaced: every byte of the content went on as it came.
    Forward,
    /// Something was replaced.
    Rewrite,
    /// Stopped.
    Block(Reason),
}

impl Verdict {
    /// The word for entries and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Rewrite => "rewrite",
            Self::Block(_) => "block",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $request:literal, $response:literal;)*) => {
        /// Why a crossing was blocked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for entries, metrics and replies.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Status of the reply when a request is blocked.
            #[must_use]
            pub fn request_status(self) -> u16 {
                match self { $(Self::$variant => $request,)* }
            }

            /// Status of the reply when a response is blocked before its head has left.
            #[must_use]
            pub fn response_status(self) -> u16 {
                match self { $(Self::$variant => $response,)* }
            }
        }
    };
}

reasons! {
    /// A finding whose action is `block`.
    Finding = "finding", 403, 502;
    /// No boundary joins the two zones.
    NoBoundary = "no_boundary", 403, 502;
    /// Boundaries join the two zones, but `when` of none fits.
    NotPermitted = "not_permitted", 403, 502;
    /// A connection does not prove what the boundary requires of it.
    RequirementUnmet = "requirement_unmet", 403, 502;
    /// The path is spelled so that another reader may understand another path.
    AmbiguousPath = "ambiguous_path", 400, 502;
    /// The upstream turned out to be in another zone than the request was let through for.
    ZoneChanged = "zone_changed", 403, 502;
    /// The body is not what its type or its content coding says.
    Unparsable = "unparsable", 400, 502;
    /// Nested deeper than the limit.
    TooDeep = "too_deep", 400, 502;
    /// A number longer than the limit.
    NumberTooLong = "number_too_long", 400, 502;
    /// More zero-width or combining characters than a text has need of: what hides among them may
    /// not be seen.
    HiddenText = "hidden_text", 403, 502;
    /// Content coding or charset that cannot be read.
    UnknownEncoding = "unknown_encoding", 403, 502;
    /// Media type that cannot be read.
    UnknownMedia = "unknown_media", 403, 502;
    /// A body without fields, where only some fields may cross.
    NoFields = "no_fields", 403, 502;
    /// Upgrade or CONNECT.
    Upgrade = "upgrade", 403, 502;
    /// A part of a body that was not seen whole.
    PartialContent = "partial_content", 403, 502;
    /// Longer than may be held until the verdict.
    Oversize = "oversize", 413, 502;
    /// Decodes to far more bytes than it has.
    Bomb = "bomb", 413, 502;
    /// More headers than the limit, or unreadable ones.
    Headers = "headers", 400, 502;
    /// A finding in a place that must not be rewritten.
    ProtectedPlace = "protected_place", 403, 502;
    /// Over the budget of the host's VM.
    Busy = "busy", 503, 503;
    /// No valid policy is loaded.
    NoPolicy = "no_policy", 503, 503;
    /// The policy that was in force may not decide any more: its release, its root, or what says
    /// that it is current has ended.
    Untrusted = "untrusted", 503, 503;
    /// A part of the host that the filter relies on does not work.
    Host = "host", 503, 503;
    /// A broken invariant. Please report it.
    Internal = "internal", 503, 503;
}

impl Reason {
    /// Status of gRPC, for the same reply: 7 permission denied, 8 exhausted, 14 unavailable.
    #[must_use]
    pub fn grpc_status(self) -> u8 {
        match self {
            Self::Oversize | Self::Bomb => 8,
            Self::Busy | Self::NoPolicy | Self::Untrusted | Self::Host | Self::Internal => 14,
            _ if self.request_status() == 403 || self.request_status() == 400 => 7,
            _ => 14,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
