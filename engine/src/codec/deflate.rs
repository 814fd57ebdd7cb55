//! Undoes the coding `deflate`: zlib (RFC 1950), as it should be, or bare deflate (RFC 1951), as
//! some senders have it.

use super::Sink;
use super::coding::Decode;
use super::inflate::{Frame, Inflate};
use crate::verdict::Reason;

/// A body in `deflate`.
#[derive(Default)]
pub(super) struct Deflate {
    inflate: Inflate,
    part: Part,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Begin,
    /// The first byte, which does not tell alone what it begins.
    Second(u8),
    Stream(Frame),
    End,
}

impl Decode for Deflate {
    fn push(&mut self, mut input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
        while let Some((byte, rest)) = input.split_first() {
            match self.part {
                Part::Begin => {
                    self.part = Part::Second(*byte);
                    input = rest;
                }
                Part::Second(first) => {
                    let frame = frame(first, *byte);
                    self.part = Part::Stream(frame);
                    let (_, ended) = self.inflate.push(&[first], frame, sink)?;
                    self.end(ended);
                }
                Part::Stream(frame) => {
                    let (taken, ended) = self.inflate.push(input, frame, sink)?;
                    input = input.get(taken..).unwrap_or_default();
                    self.end(ended);
                }
                // What comes behind the end is seen by nobody who decodes it.
                Part::End => return Err(Reason::Unparsable),
            }
        }
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.part == Part::End
    }

    fn bytes(&self) -> usize {
        super::inflate::BYTES
    }
}

impl Deflate {
    fn end(&mut self, ended: bool) {
        if ended {
            self.part = Part::End;
        }
    }
}

/// Bare deflate begins with two such bytes only if it begins with a stored block that is padded
/// with other bits than zeros, which nobody writes.
fn frame(first: u8, second: u8) -> Frame {
    let whole = u16::from_be_bytes([first, second]);
    let zlib = first & 0x0f == 8 && first >> 4 <= 7 && whole.is_multiple_of(31);
    if zlib { Frame::Zlib } else { Frame::Bare }
}
