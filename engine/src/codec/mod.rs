//! Stands in front of the readers: undoes what a body is coded in, and hands on UTF-8.
//! What it hands on is all that leaves, so names, comments, checksums and whatever else a coding
//! carries beside the content stay behind. Codes content anew in gzip, where the policy says so and
//! who gets it reads that.

#[cfg(feature = "brotli")]
mod brotli;
mod charset;
mod coding;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(any(feature = "deflate", feature = "gzip"))]
mod inflate;
#[cfg(feature = "gzip")]
mod recompress;
#[cfg(test)]
mod tests;
#[cfg(feature = "zstd")]
mod zstd;

pub(crate) use charset::{Transcoder, begins_wide};
pub(crate) use coding::{Coding, accepted, accepts_gzip, comes_in_gzip};

use crate::body::Media;
use crate::headers::{self, Headers};
use crate::limits;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;
use charset::Charset;
use coding::Decode;
use core::cell::Cell;

/// Where decoded bytes go.
type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<(), Reason>;

/// What a body is coded in.
pub(crate) struct Codec {
    pub(crate) codings: Codings,
    pub(crate) transcoder: Option<Transcoder>,
    pub(crate) again: Again,
}

/// What codes a body again, if anything does.
#[derive(Default)]
pub(crate) struct Again {
    #[cfg(feature = "gzip")]
    gzip: Option<recompress::Recompress>,
}

/// The content codings of a body, the outermost first.
pub(crate) struct Codings {
    stages: Vec<Stage>,
    /// Bytes that have come in, and gone out.
    taken: u64,
    given: u64,
}

/// One coding of a body.
struct Stage {
    decoder: Box<dyn Decode>,
    taken: u64,
    given: u64,
}

impl Codec {
    /// What the body behind this head is coded in; `None` where that is nothing.
    pub(crate) fn of(head: &Headers, media: Media) -> Result<Option<Self>, Reason> {
        let chunked = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"chunked");
        let mut transfer = head.iter().filter(|(name, _)| name == b"transfer-encoding");
        if !transfer.all(|(_, value)| chunked(value)) {
            return Err(Reason::UnknownEncoding);
        }
        let codings = Codings::of(head)?;
        let charset = charset::of(headers::header(head, b"content-type"), media)?;
        let transcoder = match charset {
            Charset::Utf8 => None,
            other => Some(Transcoder::new(other)),
        };
        let plain = codings.stages.is_empty() && transcoder.is_none();
        Ok((!plain).then_some(Self { codings, transcoder, again: Again::default() }))
    }

    /// The same, coded in gzip again where something was undone. A build without gzip sends it as
    /// it is.
    pub(crate) fn in_gzip(self) -> Self {
        #[cfg(feature = "gzip")]
        if self.decodes() {
            return Self { again: Again { gzip: Some(recompress::Recompress::default()) }, ..self };
        }
        self
    }

    /// Whether a body within a body needs nothing undone: its head says no coding, and a charset
    /// that UTF-8 holds.
    pub(crate) fn is_plain(head: &Headers, media: Media) -> Result<bool, Reason> {
        let charset = charset::of(headers::header(head, b"content-type"), media)?;
        let plain = matches!(charset, Charset::Utf8 | Charset::Ascii);
        Ok(plain && coding::names(head).next().is_none())
    }

    /// Whether what leaves is in another coding than what comes, so that the head must say so.
    pub(crate) fn decodes(&self) -> bool {
        !self.codings.stages.is_empty()
    }

    /// Bytes that the decoders have set aside now.
    pub(crate) fn decoder_bytes(&self) -> usize {
        let decoders: usize = self.codings.stages.iter().map(|stage| stage.decoder.bytes()).sum();
        decoders.saturating_add(self.again.bytes())
    }
}

#[cfg_attr(
    not(feature = "gzip"),
    expect(unused_variables, clippy::unused_self, reason = "gzip is all there is")
)]
impl Again {
    /// Whether a body is coded again.
    pub(crate) fn is_on(&self) -> bool {
        #[cfg(feature = "gzip")]
        return self.gzip.is_some();
        #[cfg(not(feature = "gzip"))]
        false
    }

    /// Puts what stands in `out` behind `before` in its coding.
    pub(crate) fn push(&mut self, before: usize, out: &mut Vec<u8>) -> Result<(), Reason> {
        #[cfg(feature = "gzip")]
        if let Some(gzip) = &mut self.gzip {
            let content = out.split_off(before.min(out.len()));
            return gzip.push(&content, out);
        }
        Ok(())
    }

    /// The body has ended.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Reason> {
        #[cfg(feature = "gzip")]
        if let Some(gzip) = &mut self.gzip {
            return gzip.finish(out);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        #[cfg(feature = "gzip")]
        return self.gzip.as_ref().map_or(0, recompress::Recompress::bytes);
        #[cfg(not(feature = "gzip"))]
        0
    }
}

impl Codings {
    fn of(head: &Headers) -> Result<Self, Reason> {
        let mut stages = Vec::new();
        for name in coding::names(head) {
            let decoder = Coding::named(name).and_then(Coding::decoder);
            let decoder = decoder.ok_or(Reason::UnknownEncoding)?;
            if stages.len() >= limits::CODINGS_MAX {
                return Err(Reason::UnknownEncoding);
            }
            // Codings are listed as they were put on; the last is the outermost.
            stages.insert(0, Stage { decoder, taken: 0, given: 0 });
        }
        Ok(Self { stages, taken: 0, given: 0 })
    }

    /// The content of what has come whole: a longer one than `most` is not decoded to its end.
    pub(crate) fn undo(coding: Coding, coded: &[u8], most: usize) -> Result<Vec<u8>, Reason> {
        let decoder = coding.decoder().ok_or(Reason::UnknownEncoding)?;
        let mut codings =
            Self { stages: alloc::vec![Stage { decoder, taken: 0, given: 0 }], taken: 0, given: 0 };
        let mut content = Vec::new();
        codings.push(coded, &mut |piece| {
            if content.len().saturating_add(piece.len()) > most {
                return Err(Reason::Oversize);
            }
            content.extend_from_slice(piece);
            Ok(())
        })?;
        codings.finish()?;
        Ok(content)
    }

    /// More of the body. All that can be decoded of it goes to the sink, and then what is wrong
    /// with it is told, so that it does not matter how the body is cut.
    pub(crate) fn push(&mut self, input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
        let Self { stages, taken, given } = self;
        let most = Cell::new(0);
        let mut gauged = |decoded: &[u8]| give(decoded, most.get(), given, sink);
        let mut input = input;
        while !input.is_empty() {
            let piece = take(&mut input, taken);
            most.set(decoded_max(*taken));
            push(stages, piece, &mut gauged)?;
        }
        Ok(())
    }

    /// The body has ended.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        // An empty body holds nothing, whatever its coding.
        if self.taken == 0 {
            return Ok(());
        }
        match self.stages.iter().all(|stage| stage.decoder.is_finished()) {
            true => Ok(()),
            false => Err(Reason::Unparsable),
        }
    }
}

fn push(stages: &mut [Stage], mut input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
    let Some((stage, inner)) = stages.split_first_mut() else { return sink(input) };
    let Stage { decoder, taken, given } = stage;
    while !input.is_empty() {
        let piece = take(&mut input, taken);
        let most = decoded_max(*taken);
        decoder.push(piece, &mut |decoded| {
            give(decoded, most, given, &mut |decoded| push(inner, decoded, sink))
        })?;
    }
    Ok(())
}

/// Cuts off what lies in one block with the bytes that were taken before: where the decoded bytes
/// are counted does not depend on chunks.
fn take<'i>(input: &mut &'i [u8], taken: &mut u64) -> &'i [u8] {
    let left = limits::RATIO_BLOCK_BYTES - *taken % limits::RATIO_BLOCK_BYTES;
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    let (piece, rest) = input.split_at(left.min(input.len()));
    *input = rest;
    *taken = taken.saturating_add(length(piece));
    piece
}

/// How many bytes may be decoded out of so many: counted for the whole of the last block, so that
/// short bodies have some to spare.
fn decoded_max(taken: u64) -> u64 {
    taken.next_multiple_of(limits::RATIO_BLOCK_BYTES).saturating_mul(limits::RATIO_MAX)
}

/// Hands on no more than may be decoded.
fn give(decoded: &[u8], most: u64, given: &mut u64, sink: Sink<'_>) -> Result<(), Reason> {
    let room = usize::try_from(most.saturating_sub(*given)).unwrap_or(usize::MAX);
    let (fits, rest) = decoded.split_at(room.min(decoded.len()));
    *given = given.saturating_add(length(fits));
    if !fits.is_empty() {
        sink(fits)?;
    }
    if rest.is_empty() { Ok(()) } else { Err(Reason::Bomb) }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
