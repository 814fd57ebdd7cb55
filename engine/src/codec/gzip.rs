//! Undoes gzip (RFC 1952): members one after another, each with its checksum and length.
//! File name, comment and extra field are skipped, and so never leave.

use super::Sink;
use super::coding::Decode;
use super::inflate::{Frame, Inflate};
use crate::verdict::Reason;
use crc32fast::Hasher;

const HEADER_CHECK: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// A body in gzip.
#[derive(Default)]
pub(super) struct Gzip {
    inflate: Inflate,
    part: Part,
    flags: u8,
    /// Whether a member has ended.
    members: bool,
    /// A number that is being read, the last byte first.
    number: u64,
    header: Hasher,
    content: Hasher,
    content_bytes: u32,
}

/// What comes next in a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Byte so and so of those that every header has.
    Header(u8),
    ExtraLength(u8),
    Extra(u16),
    Name,
    Comment,
    HeaderCheck(u8),
    Content,
    Check(u8),
}

impl Default for Part {
    fn default() -> Self {
        Self::Header(0)
    }
}

impl Decode for Gzip {
    fn push(&mut self, mut input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
        while let Some((byte, rest)) = input.split_first() {
            if self.part == Part::Content {
                input = self.content(input, sink)?;
            } else {
                self.part = self.frame(*byte)?;
                input = rest;
            }
        }
        Ok(())
    }

    /// Between members.
    fn is_finished(&self) -> bool {
        self.members && self.part == Part::Header(0)
    }

    fn bytes(&self) -> usize {
        super::inflate::BYTES
    }
}

impl Gzip {
    fn content<'i>(&mut self, input: &'i [u8], sink: Sink<'_>) -> Result<&'i [u8], Reason> {
        let Self { inflate, content, content_bytes, .. } = self;
        let (taken, ended) = inflate.push(input, Frame::Bare, &mut |decoded| {
            content.update(decoded);
            // The frame counts modulo 2^32 too.
            let bytes = u32::try_from(decoded.len()).unwrap_or(0);
            *content_bytes = content_bytes.wrapping_add(bytes);
            sink(decoded)
        })?;
        if ended {
            self.part = Part::Check(0);
            self.number = 0;
        }
        Ok(input.get(taken..).unwrap_or_default())
    }

    /// A byte of the frame: what comes next.
    fn frame(&mut self, byte: u8) -> Result<Part, Reason> {
        if !matches!(self.part, Part::HeaderCheck(_) | Part::Check(_)) {
            self.header.update(&[byte]);
        }
        Ok(match self.part {
            Part::Header(at) => return self.fixed(at, byte),
            Part::ExtraLength(0) => {
                self.number = byte.into();
                Part::ExtraLength(1)
            }
            Part::ExtraLength(_) => {
                let low = u8::try_from(self.number).unwrap_or(0);
                match u16::from_le_bytes([low, byte]) {
                    0 => self.behind(EXTRA),
                    length => Part::Extra(length),
                }
            }
            Part::Extra(0 | 1) => self.behind(EXTRA),
            Part::Extra(left) => Part::Extra(left.saturating_sub(1)),
            Part::Name if byte == 0 => self.behind(NAME),
            Part::Comment if byte == 0 => self.behind(COMMENT),
            Part::Name => Part::Name,
            Part::Comment => Part::Comment,
            Part::HeaderCheck(0) => {
                self.number = byte.into();
                Part::HeaderCheck(1)
            }
            Part::HeaderCheck(_) => {
                let told = self.number | u64::from(byte) << 8;
                if told != u64::from(self.header.clone().finalize() & 0xffff) {
                    return Err(Reason::Unparsable);
                }
                self.begin()
            }
            Part::Content => return Err(Reason::Internal),
            Part::Check(at) => {
                self.number |= u64::from(byte) << (u32::from(at & 7) * 8);
                if at < 7 {
                    return Ok(Part::Check(at.saturating_add(1)));
                }
                let check = core::mem::take(&mut self.content).finalize();
                if self.number != u64::from(check) | u64::from(self.content_bytes) << 32 {
                    return Err(Reason::Unparsable);
                }
                self.members = true;
                self.header = Hasher::new();
                Part::Header(0)
            }
        })
    }

    fn fixed(&mut self, at: u8, byte: u8) -> Result<Part, Reason> {
        let fits = match at {
            0 => byte == 0x1f,
            1 => byte == 0x8b,
            2 => byte == 8,
            3 => byte & RESERVED == 0,
            _ => true,
        };
        if !fits {
            return Err(Reason::Unparsable);
        }
        if at == 3 {
            self.flags = byte;
        }
        Ok(if at < 9 { Part::Header(at.saturating_add(1)) } else { self.behind(0) })
    }

    /// What comes behind a part of the header.
    fn behind(&mut self, part: u8) -> Part {
        let next = |flag: u8| self.flags & flag != 0 && part < flag;
        if next(EXTRA) {
            return Part::ExtraLength(0);
        }
        if next(NAME) {
            return Part::Name;
        }
        if next(COMMENT) {
            return Part::Comment;
        }
        if self.flags & HEADER_CHECK != 0 {
            return Part::HeaderCheck(0);
        }
        self.begin()
    }

    fn begin(&mut self) -> Part {
        self.inflate.restart();
        self.content = Hasher::new();
        self.content_bytes = 0;
        Part::Content
    }
}
