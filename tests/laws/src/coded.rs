//! Puts bodies into content codings and charsets. Brotli and zstd without compression, which their
//! decoders read like any other stream; samples that are compressed stand beside the engine.

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write as _;

/// A content coding, as a head names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `gzip`.
    Gzip,
    /// `deflate`, in the frame of zlib.
    Deflate,
    /// `deflate`, without a frame.
    BareDeflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
}

/// A charset other than UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// The last byte first.
    Utf16Le,
    /// The first byte first.
    Utf16Be,
    /// The first 256 code points.
    Latin1,
}

impl Coding {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Gzip, Self::Deflate, Self::BareDeflate, Self::Brotli, Self::Zstd];

    /// Its name in a head.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate | Self::BareDeflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// A body in this coding.
    #[must_use]
    pub fn encode(self, body: &[u8]) -> Vec<u8> {
        let level = Compression::new(6);
        // INVARIANT: writing to memory does not fail.
        let written = match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::BareDeflate => {
                let mut encoder = DeflateEncoder::new(Vec::new(), level);
                encoder.write_all(body).and_then(|()| encoder.finish())
            }
            Self::Brotli => Ok(brotli(body)),
            Self::Zstd => Ok(zstd(body)),
        };
        written.unwrap_or_default()
    }
}

impl Charset {
    /// Text in this charset; what it does not have is a question mark.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Latin1 => {
                text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
            }
        }
    }
}

/// Blocks that are stored as they are, each behind a header of 20 bits.
fn brotli(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (n, block) in body.chunks(1 << 16).enumerate() {
        // One bit more says in the first block that the window has 64 KiB.
        let header = (block.len() as u32 - 1) << 3 | 1 << 19;
        let header = if n == 0 { header << 1 } else { header };
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.extend_from_slice(block);
    }
    out.push(if body.is_empty() { 6 } else { 3 });
    out
}

/// Blocks that are stored as they are, in a frame with a window of 128 KiB and no checksum.
fn zstd(body: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x38];
    for block in body.chunks(1 << 16) {
        out.extend_from_slice(&((block.len() as u32) << 3).to_le_bytes()[..3]);
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&[1, 0, 0]);
    out
}
