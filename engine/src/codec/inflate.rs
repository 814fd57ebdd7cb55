//! Undoes deflate (RFC 1951), bare or in zlib's frame (RFC 1950), as a stream.
//! Knows nothing of gzip, which has a frame of its own.

use super::Sink;
use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_PARSE_ZLIB_HEADER,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// How far back deflate repeats.
const WINDOW_BYTES: usize = 32 * 1024;
/// What one decoder sets aside.
pub(super) const BYTES: usize = WINDOW_BYTES + size_of::<DecompressorOxide>();

/// A stream of deflate.
pub(super) struct Inflate {
    state: Box<DecompressorOxide>,
    /// The last bytes that were decoded, round and round.
    window: Vec<u8>,
    at: usize,
}

/// The frame around a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Bare,
    #[cfg_attr(not(feature = "deflate"), expect(dead_code, reason = "gzip has its own frame"))]
    Zlib,
}

impl Default for Inflate {
    fn default() -> Self {
        Self { state: Box::default(), window: alloc::vec![0; WINDOW_BYTES], at: 0 }
    }
}

impl Inflate {
    /// Begins another stream.
    #[cfg_attr(not(feature = "gzip"), expect(dead_code, reason = "only gzip has members"))]
    pub(super) fn restart(&mut self) {
        self.state.init();
        self.window.fill(0);
        self.at = 0;
    }

    /// More of the stream, until its end: how much was taken, and whether that was the end.
    pub(super) fn push(
        &mut self,
        input: &[u8],
        frame: Frame,
        sink: Sink<'_>,
    ) -> Result<(usize, bool), Reason> {
        let flags = match frame {
            Frame::Bare => TINFL_FLAG_HAS_MORE_INPUT,
            Frame::Zlib => TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_PARSE_ZLIB_HEADER,
        };
        let mut taken = 0_usize;
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let (status, used, made) =
                decompress(&mut self.state, rest, &mut self.window, self.at, flags);
            taken = taken.saturating_add(used);
            let end = self.at.saturating_add(made);
            let decoded = self.window.get(self.at..end).ok_or(Reason::Internal)?;
            self.at = end % WINDOW_BYTES;
            if !decoded.is_empty() {
                sink(decoded)?;
            }
            match status {
                TINFLStatus::Done => return Ok((taken, true)),
                TINFLStatus::NeedsMoreInput => return Ok((taken, false)),
                TINFLStatus::HasMoreOutput if used > 0 || made > 0 => {}
                TINFLStatus::HasMoreOutput | TINFLStatus::BadParam => {
                    return Err(Reason::Internal);
                }
                _ => return Err(Reason::Unparsable),
            }
        }
    }
}
