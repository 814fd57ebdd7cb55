//! JSON in content codings. Brotli and Zstandard are written by hand, in pieces of three bytes, so
//! that no value stands there as it is; [`crate::planted::seek`] reads the same back.

use super::json;
use super::{Sent, Spelling, plain_only};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::Write as _;

/// Bytes of a piece.
pub const PIECE_BYTES: usize = 3;

/// `gzip`.
pub fn gzip(values: &[String], spelling: Spelling) -> Option<Sent> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&text(values, spelling)?).ok()?;
    coded("gzip", encoder.finish().ok()?)
}

/// `deflate`, which is zlib.
pub fn deflate(values: &[String], spelling: Spelling) -> Option<Sent> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&text(values, spelling)?).ok()?;
    coded("deflate", encoder.finish().ok()?)
}

/// `br`: meta-blocks that are not compressed.
pub fn brotli(values: &[String], spelling: Spelling) -> Option<Sent> {
    let mut out = Vec::new();
    for (n, piece) in text(values, spelling)?.chunks(PIECE_BYTES).enumerate() {
        // ISLAST 0, MNIBBLES 0, 16 bits of the length less one, ISUNCOMPRESSED 1.
        let header = (piece.len() as u32 - 1) << 3 | 1 << 19;
        // The window's size, 16 bits, is a 0 before the first.
        let header = if n == 0 { header << 1 } else { header };
        out.extend_from_slice(&header.to_le_bytes()[..3]);
        out.extend_from_slice(piece);
    }
    // ISLAST, ISLASTEMPTY.
    out.push(3);
    coded("br", out)
}

/// The header of every frame written here: no size, no checksum, a window of 1 KiB.
pub const ZSTD_HEADER: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x00];

/// `zstd`: blocks that are not compressed.
pub fn zstd(values: &[String], spelling: Spelling) -> Option<Sent> {
    let mut out = ZSTD_HEADER.to_vec();
    let block = |size: usize, last: u32| (size as u32) << 3 | last;
    for piece in text(values, spelling)?.chunks(PIECE_BYTES) {
        out.extend_from_slice(&block(piece.len(), 0).to_le_bytes()[..3]);
        out.extend_from_slice(piece);
    }
    out.extend_from_slice(&block(0, 1).to_le_bytes()[..3]);
    coded("zstd", out)
}

fn text(values: &[String], spelling: Spelling) -> Option<Vec<u8>> {
    plain_only(spelling)?;
    Some(json::body(values, spelling).into_bytes())
}

fn coded(coding: &str, body: Vec<u8>) -> Option<Sent> {
    let mut sent = Sent::body("application/json", body)?;
    sent.head.push((b"content-encoding".to_vec(), coding.as_bytes().to_vec()));
    Some(sent)
}
