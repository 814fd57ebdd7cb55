//! Undoes brotli (RFC 7932) as a stream. Metadata blocks are skipped, and so never leave.
//! Large windows, an extension of the format, are refused, and so is a window over the limit.

use super::Sink;
use super::coding::Decode;
use crate::limits;
use crate::verdict::Reason;
use alloc::rc::Rc;
use alloc::vec::Vec;
use brotli_decompressor::{
    Allocator, BrotliDecoderTakeOutput, BrotliDecompressStream, BrotliResult, BrotliState,
    SliceWrapper, SliceWrapperMut,
};
use core::cell::Cell;

/// A body in brotli.
pub(super) struct Brotli {
    state: BrotliState<Memory, Memory, Memory>,
    memory: Memory,
    out: Vec<u8>,
    part: Part,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The first byte, which says how large the window is, has not come.
    Begin,
    Stream,
    End,
}

/// Bytes that are decoded at a time.
const OUT_BYTES: usize = 8 * 1024;

impl Default for Brotli {
    fn default() -> Self {
        let memory = Memory::default();
        let state = BrotliState::new_strict(memory.clone(), memory.clone(), memory.clone());
        Self { state, memory, out: alloc::vec![0; OUT_BYTES], part: Part::Begin }
    }
}

impl Decode for Brotli {
    fn push(&mut self, input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
        match self.part {
            // What comes behind the end is seen by nobody who decodes it.
            Part::End if !input.is_empty() => Err(Reason::Unparsable),
            Part::Begin => {
                let (first, rest) = input.split_at(input.len().min(1));
                self.decode(first, sink)?;
                let window = 1_usize.checked_shl(self.state.window_bits).unwrap_or(usize::MAX);
                if window > limits::WINDOW_BYTES_MAX {
                    return Err(Reason::UnknownEncoding);
                }
                if !first.is_empty() && self.part == Part::Begin {
                    self.part = Part::Stream;
                }
                if rest.is_empty() { Ok(()) } else { self.push(rest, sink) }
            }
            Part::Stream | Part::End => self.decode(input, sink),
        }
    }

    fn is_finished(&self) -> bool {
        self.part == Part::End
    }

    fn bytes(&self) -> usize {
        self.memory.0.get().saturating_add(OUT_BYTES)
    }
}

impl Brotli {
    fn decode(&mut self, input: &[u8], sink: Sink<'_>) -> Result<(), Reason> {
        let (mut left, mut at) = (input.len(), 0);
        while self.part != Part::End {
            let (mut room, mut made, mut total) = (self.out.len(), 0, 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut at,
                input,
                &mut room,
                &mut made,
                &mut self.out,
                &mut total,
                &mut self.state,
            );
            if made > 0 {
                sink(self.out.get(..made).unwrap_or_default())?;
            }
            match result {
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultSuccess => self.part = Part::End,
                BrotliResult::ResultFailure => return self.fail(sink),
            }
        }
        if left > 0 { Err(Reason::Unparsable) } else { Ok(()) }
    }

    /// What was decoded before the byte that cannot be is still in the window, unless the stream
    /// was cut there. It is handed on, so that it does not matter how the stream is cut. Only where
    /// a command reaches out of its block, less is handed on where it comes in one piece.
    fn fail(&mut self, sink: Sink<'_>) -> Result<(), Reason> {
        // A state that has failed gives nothing, and only a fresh one has the code for no failure.
        self.state.error_code = Self::default().state.error_code;
        let mut most = 0;
        let rest = BrotliDecoderTakeOutput(&mut self.state, &mut most);
        if !rest.is_empty() {
            sink(rest)?;
        }
        Err(Reason::Unparsable)
    }
}

/// Memory for a decoder, counted.
#[derive(Clone, Default)]
struct Memory(Rc<Cell<usize>>);

/// Some cells of it.
struct Cells<T> {
    cells: Vec<T>,
    memory: Memory,
}

impl<T> Cells<T> {
    fn bytes(&self) -> usize {
        self.cells.len().saturating_mul(size_of::<T>())
    }
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self { cells: Vec::new(), memory: Memory::default() }
    }
}

impl<T> Drop for Cells<T> {
    fn drop(&mut self) {
        let Memory(bytes) = &self.memory;
        bytes.set(bytes.get().saturating_sub(self.bytes()));
    }
}

impl<T> SliceWrapper<T> for Cells<T> {
    fn slice(&self) -> &[T] {
        &self.cells
    }
}

impl<T> SliceWrapperMut<T> for Cells<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.cells
    }
}

impl<T: Clone + Default> Allocator<T> for Memory {
    type AllocatedMemory = Cells<T>;

    fn alloc_cell(&mut self, len: usize) -> Cells<T> {
        let cells = Cells { cells: alloc::vec![T::default(); len], memory: self.clone() };
        self.0.set(self.0.get().saturating_add(cells.bytes()));
        cells
    }

    fn free_cell(&mut self, cells: Cells<T>) {
        drop(cells);
    }
}
