//! Puts content codings on a body, and takes them off. Two of them are written without looking for
//! anything to save: a frame of zstd of raw blocks (RFC 8878) and a stream of brotli of meta-blocks
//! that are not compressed (RFC 7932) are as valid as any, and cut a value where they please.

use crate::random::Random;
use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::{Read, Write as _};

/// What a decompression may come to.
const DECODED_BYTES_MAX: u64 = 1 << 20;
/// Of both formats, what a block may hold.
const BLOCK_BYTES_MAX: usize = 1 << 16;
const ZSTD_MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
/// An empty last meta-block.
const BROTLI_END: u8 = 3;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    /// In zlib, as it should be.
    Deflate,
    Zstd,
    Brotli,
}

impl Coding {
    /// Its name in `content-encoding`.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
        }
    }
}

/// The body in these codings, the innermost first.
pub(crate) fn write(codings: &[Coding], body: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    codings.iter().try_fold(body.to_vec(), |body, coding| match coding {
        Coding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body).ok()?;
            encoder.finish().ok()
        }
        Coding::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body).ok()?;
            encoder.finish().ok()
        }
        Coding::Zstd => zstd(&blocks(&body, random)),
        Coding::Brotli => brotli(&blocks(&body, random)),
    })
}

/// The body in blocks of a few bytes each, none of them empty.
fn blocks<'b>(body: &'b [u8], random: &mut Random) -> Vec<&'b [u8]> {
    let (mut list, mut rest) = (Vec::new(), body);
    let most = [7, 40, BLOCK_BYTES_MAX][random.below(3)];
    while !rest.is_empty() {
        let (block, behind) = rest.split_at((1 + random.below(most)).min(rest.len()));
        list.push(block);
        rest = behind;
    }
    list
}

/// A frame with a window and without a checksum.
fn zstd(blocks: &[&[u8]]) -> Option<Vec<u8>> {
    // Nothing is said of the content's size, and the window is of 128 KiB.
    let mut out = [&ZSTD_MAGIC[..], &[0, 7 << 3]].concat();
    let last = blocks.len().checked_sub(1)?;
    for (n, block) in blocks.iter().enumerate() {
        let size = u32::try_from(block.len()).ok()?;
        out.extend(&((size << 3) | u32::from(n == last)).to_le_bytes()[..3]);
        out.extend(*block);
    }
    Some(out)
}

/// A stream with a window of 64 KiB: one bit, before the first meta-block.
fn brotli(blocks: &[&[u8]]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        // Not the last one, a size of four nibbles, not compressed.
        let size = u32::try_from(block.len().checked_sub(1)?).ok()?;
        let head = ((size << 3) | (1 << 19)) << u32::from(n == 0);
        out.extend(&head.to_le_bytes()[..3]);
        out.extend(*block);
    }
    out.push(BROTLI_END);
    Some(out)
}

/// What such bytes hold, where they are in one of the codings; as far as it can be told.
pub(crate) fn undone(bytes: &[u8]) -> Option<Vec<u8>> {
    let inflated = |reader: &mut dyn Read| {
        let mut out = Vec::new();
        let _ = reader.take(DECODED_BYTES_MAX).read_to_end(&mut out);
        out
    };
    match bytes {
        [0x1f, 0x8b, ..] => Some(inflated(&mut MultiGzDecoder::new(bytes))),
        [0x78, ..] => Some(inflated(&mut ZlibDecoder::new(bytes))),
        _ => match bytes.strip_prefix(&ZSTD_MAGIC) {
            Some(frame) => Some(of_zstd(frame.get(2..)?)),
            None => of_brotli(bytes),
        },
    }
}

fn of_zstd(mut blocks: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some((head, rest)) = number(blocks) {
        let (block, behind) = rest.split_at((head >> 3).min(rest.len()));
        out.extend(block);
        blocks = behind;
    }
    out
}

/// None where it is no such stream.
fn of_brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest, mut first) = (Vec::new(), bytes, 1);
    while rest != [BROTLI_END] {
        let (head, behind) = number(rest)?;
        let head = Some(head >> first).filter(|plain| plain << first == head)?;
        let size = Some((head >> 3) ^ (1 << 16)).filter(|size| head & 7 == 0 && *size < 1 << 16)?;
        let (block, behind) = behind.split_at_checked(size + 1)?;
        out.extend(block);
        (rest, first) = (behind, 0);
    }
    Some(out)
}

/// Three bytes as a number, and what comes behind.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<3>()?;
    let number = head.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
    Some((number, rest))
}
