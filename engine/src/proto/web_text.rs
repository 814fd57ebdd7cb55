//! The base64 around gRPC-Web text. A sender may end a group with padding wherever it flushes, and
//! begin another; what leaves unchanged is written as it came.
//! Knows no frames but where they end.

use super::base64::{Decoder, Encoder};
use crate::verdict::Reason;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Both sides of a body in base64.
#[derive(Default)]
pub(crate) struct WebText {
    decoder: Decoder,
    encoder: Encoder,
    /// Decoded bytes that have come, and those that have left, as they came.
    come: u64,
    left: u64,
    /// Where padding stood that has not been written, in decoded bytes.
    pads: VecDeque<u64>,
    /// Where the last padding stood that has been.
    aligned: u64,
}

impl WebText {
    /// One byte as it comes.
    pub(crate) fn decode(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), Reason> {
        let before = out.len();
        let padded = self.decoder.push(byte, out)?;
        let count = u64::try_from(out.len().saturating_sub(before)).unwrap_or(0);
        self.come = self.come.saturating_add(count);
        if padded {
            self.pads.push_back(self.come);
        }
        Ok(())
    }

    /// A whole frame, and what it has become if that is something else.
    pub(crate) fn encode(&mut self, frame: &[u8], changed: Option<&[u8]>, out: &mut Vec<u8>) {
        let begin = self.left;
        let end = begin.saturating_add(u64::try_from(frame.len()).unwrap_or(0));
        let mut from = 0;
        while let Some(pad) = self.pads.front().copied().filter(|pad| *pad <= end) {
            self.pads.pop_front();
            self.aligned = pad;
            if changed.is_none() {
                let to = usize::try_from(pad.saturating_sub(begin)).unwrap_or(frame.len());
                self.encoder.push(frame.get(from..to).unwrap_or_default(), out);
                self.encoder.pad(out);
                from = to;
            }
        }
        let rest = changed.unwrap_or_else(|| frame.get(from..).unwrap_or_default());
        self.encoder.push(rest, out);
        self.left = end;
        // The sender ended a group with the frame: the receiver has all of it, too.
        if end.saturating_sub(self.aligned) % 3 == 0 {
            self.encoder.pad(out);
        }
    }

    /// The body has ended.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        self.encoder.pad(out);
    }

    /// Whether a group has come that is not whole.
    pub(crate) fn waits(&self) -> bool {
        self.decoder.waits()
    }

    /// Whether something of a frame that has left is kept back.
    pub(crate) fn lacks(&self) -> bool {
        self.encoder.waits()
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.pads.shrink_to_fit();
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.pads.len() * size_of::<u64>()
    }
}
