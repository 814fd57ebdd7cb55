//! Content codings by name: which are undone, and what an upstream is asked for.
//! Whether one is undone is a feature of the build; what is not is an unknown coding.

use super::Sink;
use crate::headers::Headers;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What undoes one coding.
pub(super) trait Decode {
    /// Decodes all that can be decoded of these bytes and those before.
    fn push(&mut self, input: &[u8], sink: Sink<'_>) -> Result<(), Reason>;
    /// Whether the coded body may end here.
    fn is_finished(&self) -> bool;
    /// Bytes set aside now.
    fn bytes(&self) -> usize;
}

/// Makes a decoder.
type Make = fn() -> Box<dyn Decode>;

/// The codings that are undone, by their names.
const CODINGS: &[(&[u8], Make)] = &[
    #[cfg(feature = "brotli")]
    (b"br", || Box::<super::brotli::Brotli>::default()),
    #[cfg(feature = "deflate")]
    (b"deflate", || Box::<super::deflate::Deflate>::default()),
    #[cfg(feature = "gzip")]
    (b"gzip", || Box::<super::gzip::Gzip>::default()),
    #[cfg(feature = "gzip")]
    (b"x-gzip", || Box::<super::gzip::Gzip>::default()),
    #[cfg(feature = "zstd")]
    (b"zstd", || Box::<super::zstd::Zstd>::default()),
];

/// A coding that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coding(u8);

impl Coding {
    /// `None` where it is unknown.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        let at = CODINGS.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        u8::try_from(at).ok().map(Self)
    }

    pub(super) fn decoder(self) -> Option<Box<dyn Decode>> {
        CODINGS.get(usize::from(self.0)).map(|(_, make)| make())
    }
}

/// The names of the codings of a body, in the order in which they were put on.
pub(super) fn names(head: &Headers) -> impl Iterator<Item = &[u8]> {
    let values = head.iter().filter(|(name, _)| name == b"content-encoding");
    let names = values.flat_map(|(_, value)| value.split(|byte| *byte == b','));
    names.map(<[u8]>::trim_ascii).filter(|name| !is_identity(name))
}

/// What an upstream is asked for in place of what the client accepts: of that, what can be undone.
/// The client gets the content as it is, but the upstream is asked for nothing that the client did
/// not ask for: it may choose by that, and a cache may keep its answer for the like.
pub(crate) fn accepted(head: &Headers) -> Vec<u8> {
    let values = head.iter().filter(|(name, _)| name == b"accept-encoding");
    let wanted = values.flat_map(|(_, value)| value.split(|byte| *byte == b','));
    let mut accepted = Vec::new();
    for wanted in wanted.map(<[u8]>::trim_ascii) {
        let name = wanted.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if Coding::named(name).is_some() {
            accepted.extend_from_slice(wanted);
            accepted.extend_from_slice(b", ");
        }
    }
    accepted.extend_from_slice(b"identity");
    accepted
}

/// Whether who sends this head reads gzip (RFC 9110, 12.5.3): it is named, or all codings are, and
/// not with a weight of zero.
pub(crate) fn accepts_gzip(head: &Headers) -> bool {
    let values = head.iter().filter(|(name, _)| name == b"accept-encoding");
    let wanted = values.flat_map(|(_, value)| value.split(|byte| *byte == b','));
    let (mut named, mut all) = (None, None);
    for wanted in wanted {
        let mut parts = wanted.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default();
        let wanted = !parts.any(is_weight_zero);
        if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip") {
            named = Some(wanted);
        } else if name == b"*" {
            all = Some(wanted);
        }
    }
    named.or(all).unwrap_or(false)
}

/// Whether a body is in gzip, and in nothing around it.
pub(crate) fn comes_in_gzip(head: &Headers) -> bool {
    let gzip =
        |name: &[u8]| name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip");
    names(head).last().is_some_and(gzip)
}

/// `q=0`, `q=0.000`.
fn is_weight_zero(part: &[u8]) -> bool {
    let Some((b'q' | b'Q', value)) = part.split_first() else { return false };
    let Some((b'=', digits)) = value.trim_ascii_start().split_first() else { return false };
    let digits = digits.trim_ascii();
    digits.first() == Some(&b'0') && digits.iter().all(|byte| matches!(byte, b'0' | b'.'))
}

fn is_identity(name: &[u8]) -> bool {
    name.is_empty() || name.eq_ignore_ascii_case(b"identity")
}
