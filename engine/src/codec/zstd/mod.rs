//! Undoes zstd (RFC 8878): frames one after another, block by block, with bounded memory.
//! Skippable frames are dropped, and so never leave. Dictionaries, and windows over the limit, are
//! refused. No block becomes longer than the format allows, whatever it says.

mod bits;
mod block;
mod fse;
mod huffman;

use super::Sink;
use super::coding::Decode;
use crate::limits;
use crate::verdict::Reason;
use alloc::vec::Vec;
use block::Blocks;
use core::hash::Hasher as _;
use twox_hash::XxHash64;

const MAGIC: u32 = 0xfd2f_b528;
/// Sixteen magic numbers, but for the last four bits.
const SKIPPABLE: u32 = 0x184d_2a50;
/// Longest block, coded and decoded.
pub(super) const BLOCK_BYTES_MAX: usize = 128 * 1024;
/// Bytes of history beside the window, so that what is older is not dropped at every block.
const HISTORY_BYTES_SPARE: usize = 1024 * 1024;

/// What is wrong with a frame, and all that can be said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corrupt;

impl From<Corrupt> for Reason {
    fn from(_: Corrupt) -> Self {
        Self::Unparsable
    }
}

/// A body in zstd.
#[derive(Default)]
pub(super) struct Zstd {
    part: Part,
    /// What has come of the part.
    bytes: Vec<u8>,
    frames: bool,
    frame: Frame,
    /// What may be repeated, and what was decoded last.
    history: Vec<u8>,
    blocks: Blocks,
    hash: XxHash64,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Magic,
    SkipLength,
    Skip(u32),
    Descriptor,
    Header(usize),
    BlockHeader,
    Block(Block),
    Checksum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    kind: Kind,
    bytes: usize,
    last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Raw,
    /// One byte, so many times.
    Repeat,
    Coded,
}

/// What a frame's header says.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    descriptor: u8,
    window: usize,
    content: Option<u64>,
    decoded: u64,
}

impl Frame {
    fn single(self) -> bool {
        self.descriptor & 0x20 != 0
    }

    fn has_checksum(self) -> bool {
        self.descriptor & 4 != 0
    }

    fn dictionary_bytes(self) -> usize {
        [0, 1, 2, 4].get(usize::from(self.descriptor & 3)).copied().unwrap_or(0)
    }

    fn content_bytes(self) -> usize {
        match self.descriptor >> 6 {
            0 => usize::from(self.single()),
            1 => 2,
            2 => 4,
            _ => 8,
        }
    }

    /// Bytes of the header behind its first.
    fn header_bytes(self) -> usize {
        usize::from(!self.single()) + self.dictionary_bytes() + self.content_bytes()
    }

    fn block_bytes_max(self) -> usize {
        self.window.min(BLOCK_BYTES_MAX)
    }
}

impl Decode for Zstd {
    fn push(&mut self, mut input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
        loop {
            if let Part::Skip(left) = self.part {
                let bytes = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                input = input.get(bytes..).unwrap_or_default();
                let left = left.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
                self.part = if left == 0 { Part::Magic } else { Part::Skip(left) };
                if left > 0 {
                    return Ok(());
                }
            }
            let wanted = self.part_bytes().saturating_sub(self.bytes.len());
            let (come, rest) = input.split_at(wanted.min(input.len()));
            self.bytes.extend_from_slice(come);
            input = rest;
            if come.len() < wanted {
                return Ok(());
            }
            let mut bytes = core::mem::take(&mut self.bytes);
            self.part = self.take(&bytes, sink)?;
            bytes.clear();
            self.bytes = bytes;
        }
    }

    fn is_finished(&self) -> bool {
        self.frames && self.part == Part::Magic && self.bytes.is_empty()
    }

    fn bytes(&self) -> usize {
        self.history.capacity() + self.bytes.capacity() + self.blocks.bytes()
    }
}

impl Zstd {
    fn part_bytes(&self) -> usize {
        match self.part {
            Part::Descriptor => 1,
            Part::Magic | Part::SkipLength | Part::Checksum => 4,
            Part::Skip(_) => 0,
            Part::Header(bytes) => bytes,
            Part::BlockHeader => 3,
            Part::Block(Block { kind: Kind::Repeat, .. }) => 1,
            Part::Block(block) => block.bytes,
        }
    }

    /// The part has come whole: what comes next.
    fn take(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<Part, Reason> {
        match self.part {
            Part::Magic => match number(bytes) {
                magic if magic == u64::from(MAGIC) => Ok(Part::Descriptor),
                magic if magic & !15 == u64::from(SKIPPABLE) => Ok(Part::SkipLength),
                _ => Err(Reason::Unparsable),
            },
            Part::SkipLength => {
                self.frames = true;
                Ok(Part::Skip(u32::try_from(number(bytes)).unwrap_or(u32::MAX)))
            }
            Part::Skip(_) => Err(Reason::Internal),
            Part::Descriptor => {
                let descriptor = bytes.first().copied().unwrap_or(0);
                self.frame = Frame { descriptor, ..Frame::default() };
                // A bit that is kept for later.
                if descriptor & 8 != 0 {
                    return Err(Reason::UnknownEncoding);
                }
                Ok(Part::Header(self.frame.header_bytes()))
            }
            Part::Header(_) => self.header(bytes),
            Part::BlockHeader => self.block_header(bytes),
            Part::Block(block) => self.block(block, bytes, sink),
            Part::Checksum => {
                let hash = self.hash.finish() & u64::from(u32::MAX);
                if number(bytes) == hash { Ok(self.end()) } else { Err(Reason::Unparsable) }
            }
        }
    }

    fn header(&mut self, bytes: &[u8]) -> Result<Part, Reason> {
        let frame = &mut self.frame;
        let window_bytes = usize::from(!frame.single());
        let (window, rest) = bytes.split_at_checked(window_bytes).ok_or(Reason::Internal)?;
        let (dictionary, content) =
            rest.split_at_checked(frame.dictionary_bytes()).ok_or(Reason::Internal)?;
        if number(dictionary) != 0 {
            return Err(Reason::UnknownEncoding);
        }
        frame.content = match content.len() {
            0 => None,
            // The shortest numbers are said in one byte.
            2 => Some(number(content).saturating_add(256)),
            _ => Some(number(content)),
        };
        let window = match window {
            [byte] => {
                let base = 1_u64 << (10 + (byte >> 3));
                base + base / 8 * u64::from(byte & 7)
            }
            _ => frame.content.unwrap_or(0),
        };
        let window = usize::try_from(window).unwrap_or(usize::MAX);
        if window > limits::WINDOW_BYTES_MAX {
            return Err(Reason::UnknownEncoding);
        }
        frame.window = window;
        self.history.clear();
        self.blocks.restart();
        self.hash = XxHash64::with_seed(0);
        Ok(Part::BlockHeader)
    }

    fn block_header(&mut self, bytes: &[u8]) -> Result<Part, Reason> {
        let header = number(bytes);
        let bytes = usize::try_from(header >> 3).unwrap_or(usize::MAX);
        let kind = match header >> 1 & 3 {
            0 => Kind::Raw,
            1 => Kind::Repeat,
            2 => Kind::Coded,
            _ => return Err(Reason::Unparsable),
        };
        if bytes > self.frame.block_bytes_max() {
            return Err(Reason::Unparsable);
        }
        Ok(Part::Block(Block { kind, bytes, last: header & 1 != 0 }))
    }

    fn block(&mut self, block: Block, bytes: &[u8], sink: Sink<'_>) -> Result<Part, Reason> {
        let Frame { window, .. } = self.frame;
        let most = self.frame.block_bytes_max();
        self.make_room(most);
        let history = &mut self.history;
        let begun = history.len();
        match (block.kind, bytes.first()) {
            (Kind::Raw, _) => history.extend_from_slice(bytes),
            (Kind::Repeat, None) => return Err(Reason::Internal),
            (Kind::Repeat, Some(byte)) => history.resize(begun.saturating_add(block.bytes), *byte),
            (Kind::Coded, _) => self.blocks.decode(bytes, window, most, history)?,
        }
        let decoded = self.history.get(begun..).unwrap_or_default();
        let frame = &mut self.frame;
        frame.decoded = frame.decoded.saturating_add(super::length(decoded));
        if frame.content.is_some_and(|content| frame.decoded > content) {
            return Err(Reason::Unparsable);
        }
        if frame.has_checksum() {
            self.hash.write(decoded);
        }
        if !decoded.is_empty() {
            sink(decoded)?;
        }
        match (block.last, frame.content) {
            (false, _) => Ok(Part::BlockHeader),
            (true, Some(content)) if content != frame.decoded => Err(Reason::Unparsable),
            (true, _) if frame.has_checksum() => Ok(Part::Checksum),
            (true, _) => Ok(self.end()),
        }
    }

    fn end(&mut self) -> Part {
        self.frames = true;
        Part::Magic
    }

    /// Forgets what cannot be repeated any more, and sets memory aside for another block: never
    /// more than a window, a block, and the spare.
    fn make_room(&mut self, block_bytes: usize) {
        let history = &mut self.history;
        let most = self.frame.window.saturating_add(HISTORY_BYTES_SPARE);
        if history.len() > most {
            history.drain(..history.len().saturating_sub(self.frame.window));
        }
        let needed = history.len().saturating_add(block_bytes);
        if history.capacity() < needed {
            let twice = history.capacity().saturating_mul(2);
            let capacity = twice.min(most.saturating_add(BLOCK_BYTES_MAX)).max(needed);
            history.reserve_exact(capacity.saturating_sub(history.len()));
        }
    }
}

/// A number of up to eight bytes, the last first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
