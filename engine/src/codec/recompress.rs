//! Codes in gzip again (RFC 1952, one member) what came coded and was read.
//! Flushes nothing before the end, so that its bytes do not depend on chunks: who waits for a part
//! of a stream waits for the whole.

use crate::verdict::Reason;
use alloc::boxed::Box;
use alloc::vec::Vec;
use crc32fast::Hasher;
use miniz_oxide::DataFormat;
use miniz_oxide::deflate::CompressionLevel;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output};

/// A member's fixed header: deflate, no name, no time, made to be fast, on no system that is known.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];
/// What a compressor sets aside: the window and two tables for what was seen where, a block that is
/// not written yet, and its codes.
const BYTES: usize = 384 * 1024;

/// Writes one body in gzip.
pub(super) struct Recompress {
    deflate: Box<CompressorOxide>,
    check: Hasher,
    content_bytes: u32,
    began: bool,
}

impl Default for Recompress {
    fn default() -> Self {
        let (format, level) = (DataFormat::Raw, CompressionLevel::BestSpeed);
        Self {
            deflate: Box::new(CompressorOxide::with_format_and_level(format, level)),
            check: Hasher::new(),
            content_bytes: 0,
            began: false,
        }
    }
}

impl Recompress {
    /// More of the content: what can be written of it goes to `out`.
    pub(super) fn push(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
        if content.is_empty() {
            return Ok(());
        }
        self.begin(out);
        self.check.update(content);
        // The frame counts modulo 2^32 too.
        let bytes = u32::try_from(content.len()).unwrap_or(0);
        self.content_bytes = self.content_bytes.wrapping_add(bytes);
        self.deflate(content, TDEFLFlush::None, TDEFLStatus::Okay, out)
    }

    /// The content has ended.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Reason> {
        self.begin(out);
        self.deflate(&[], TDEFLFlush::Finish, TDEFLStatus::Done, out)?;
        let check = core::mem::take(&mut self.check).finalize();
        out.extend_from_slice(&check.to_le_bytes());
        out.extend_from_slice(&self.content_bytes.to_le_bytes());
        Ok(())
    }

    /// Bytes set aside.
    pub(super) fn bytes(&self) -> usize {
        BYTES
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if !self.began {
            self.began = true;
            out.extend_from_slice(&HEADER);
        }
    }

    fn deflate(
        &mut self,
        content: &[u8],
        flush: TDEFLFlush,
        wanted: TDEFLStatus,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let (status, taken) = compress_to_output(&mut self.deflate, content, flush, |made| {
            out.extend_from_slice(made);
            true
        });
        if status == wanted && taken == content.len() { Ok(()) } else { Err(Reason::Internal) }
    }
}
