//! What heads ask for and promise of bodies that may be read and rewritten on their way.

use crate::body;
use crate::codec;
use crate::headers::{self, Headers};
use crate::judge::Law;
use crate::model::{Mode, Recompress};

/// An answer can be looked at only whole, and in a coding that can be undone. One that may be
/// rewritten has no tag or date by which an older copy of it, or of what it was made from, could be
/// called the same.
pub(crate) fn ask_for_all(reply: Law<'_>, head: &mut Headers) {
    headers::remove(head, &[b"range", b"if-range"]);
    headers::set(head, b"accept-encoding", &codec::accepted(head));
    // Messages of gRPC are compressed one by one, as their receiver says that it can read.
    if headers::header(head, b"grpc-accept-encoding").is_some() {
        headers::set(head, b"grpc-accept-encoding", b"identity");
    }
    // Of other methods these say what must not be overwritten, and no answer comes from a copy.
    let reads = matches!(headers::header(head, b":method"), Some(b"GET" | b"HEAD"));
    if reads && reply.rewrites() {
        headers::remove(head, &[b"if-none-match", b"if-modified-since"]);
    }
}

/// Whether a body that came coded goes on in gzip: who gets it must read that, and must not wait for
/// parts of it, as of a stream. Who sends a request in gzip knows that it is read.
pub(crate) fn recompresses(
    law: Law<'_>,
    head: &Headers,
    media: body::Media,
    reads_gzip: bool,
) -> bool {
    let wanted = law.tables.limits.recompress == Recompress::Gzip;
    let streams =
        matches!(media, body::Media::Events | body::Media::JsonLines | body::Media::Framed(_));
    let reads = match headers::header(head, b":status") {
        Some(_) => reads_gzip,
        None => codec::comes_in_gzip(head),
    };
    wanted && reads && !streams && law.rules.mode == Mode::Enforce
}

/// A body that may change or is decoded has no length and no digest yet, and is not the one that a
/// strong tag or a range means.
pub(crate) fn unfix(head: &mut Headers, decodes: bool) {
    headers::remove(
        head,
        &[
            b"content-length",
            b"digest",
            b"content-digest",
            b"repr-digest",
            b"content-md5",
            b"accept-ranges",
        ],
    );
    head.retain(|(name, value)| name != b"etag" || value.starts_with(b"W/"));
    if decodes {
        headers::remove(head, &[b"content-encoding"]);
    }
}

/// A body that may change must not be cached as if it were the sender's own.
pub(crate) fn keep_none(head: &mut Headers) {
    if headers::header(head, b":status").is_some() {
        keep_from_caches(head);
    }
}

/// What was rewritten for one caller is not an answer for another.
pub(crate) fn keep_from_caches(head: &mut Headers) {
    headers::set(head, b"cache-control", b"no-store");
}
