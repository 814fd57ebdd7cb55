//! How far one message of an exchange came, and what of it the host was seen to show.

use crate::body::Body;

/// One message of an exchange, as the host showed it.
#[derive(Debug, Default)]
pub struct Half {
    /// Its head was shown.
    pub head: bool,
    /// The head was said to be all.
    pub head_ends: bool,
    /// The head waits for the verdict on the body.
    pub held: bool,
    /// The head waits for the first callback of the body, as proof that there are any.
    pub proving: bool,
    /// The engine looks at the body.
    pub inspected: bool,
    /// A callback for the body came.
    pub body_seen: bool,
    /// A callback said that the body is over.
    pub ended: bool,
    /// A callback for trailers came.
    pub trailers_seen: bool,
    /// The body.
    pub body: Body,
}
