//! Moves one body through a host that holds the bytes: what is decided stays in the host's buffer,
//! what is not is kept by the engine, what waits for the verdict is stashed here.
//! Never lets the host go on with a byte that the engine has not let on.
//!
//! ```text
//!   host's buffer   [ decided, not gone yet | fresh chunk ]      stash (whole delivery)
//!                                             |      ^             |
//!                                       read once    put back where it differs
//!                                             v      |
//!                                           the engine, which keeps what is undecided
//! ```
//!
//! Trailers may follow any chunk, and only a host that is paused takes bytes at trailers. So the
//! host is paused whenever something is kept back, and what is decided is let go by `resume`,
//! which a host does once the callback is over. `resume` works on a paused host only, so the first
//! chunk that is paused leaves with the next event.

use crate::host::HostError;
use cofferdam_engine::exchange::{Refusal, Step};

/// The host's side of one body.
pub trait Buffer {
    /// Reads the whole buffer, which has so many bytes.
    fn read(&self, bytes: usize) -> Result<Vec<u8>, HostError>;
    /// Puts bytes in place of the whole buffer, which has so many bytes.
    fn replace(&self, bytes: usize, with: &[u8]) -> Result<(), HostError>;
    /// Puts bytes behind the buffer, which has so many bytes.
    fn append(&self, bytes: usize, more: &[u8]) -> Result<(), HostError>;
    /// Lets the buffer go on once the callback is over.
    fn resume(&self) -> Result<(), HostError>;
}

/// The engine's side of one body.
pub trait Inspect {
    /// A chunk.
    fn chunk(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step;
    /// Whether something would still come out if the body ended now.
    fn keeps(&self) -> bool;
    /// Whether what is kept now may be.
    fn may_keep(&self) -> bool;
    /// Whether so many bytes more may be stashed.
    fn may_stash(&self, bytes: usize) -> bool;
}

/// What to tell the host after a chunk or after trailers.
#[derive(Debug)]
pub enum Flow {
    /// Go on with what is in the buffer.
    Continue,
    /// Wait with what is in the buffer.
    Pause,
    /// Go on: that was all. Where nothing had left before, this is how long the whole body is.
    Done(Option<usize>),
    /// The engine stopped the message. The buffer is empty.
    Stop(Refusal),
    /// The message cannot go on.
    Fail(BodyError),
}

/// Why a body cannot go on, although nothing in it is against the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// A host call failed.
    Host(HostError),
    /// What is kept or stashed is as much as it may be.
    Busy,
    /// Engine and host do not agree on how far the body came.
    Order,
}

impl From<HostError> for BodyError {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

/// How far one body came.
#[derive(Debug, Default)]
pub struct Body {
    /// Bytes at the beginning of the host's buffer that were decided in an earlier callback.
    decided_bytes: usize,
    /// The last callback told the host to wait.
    paused: bool,
    /// Something may have left already.
    left: bool,
    /// The engine has said that it is done.
    closed: bool,
    stash: Vec<u8>,
}

impl Body {
    /// Bytes that are held here.
    #[must_use]
    pub fn stash_bytes(&self) -> usize {
        self.stash.capacity()
    }

    /// The host's buffer has `buffer_bytes` bytes, the ones that were left in it among them.
    pub fn chunk(
        &mut self,
        buffer: &impl Buffer,
        inspect: &mut impl Inspect,
        buffer_bytes: usize,
        end: bool,
        out: &mut Vec<u8>,
    ) -> Flow {
        match self.try_chunk(buffer, inspect, buffer_bytes, end, out) {
            Ok(flow) => flow,
            Err(error) => Flow::Fail(error),
        }
    }

    /// Trailers end the body: `close` asks the engine what of it is left.
    pub fn trailers(
        &mut self,
        buffer: &impl Buffer,
        out: &mut Vec<u8>,
        close: impl FnOnce(&mut Vec<u8>) -> Step,
    ) -> Flow {
        match self.try_trailers(buffer, out, close) {
            Ok(flow) => flow,
            Err(error) => Flow::Fail(error),
        }
    }

    fn try_chunk(
        &mut self,
        buffer: &impl Buffer,
        inspect: &mut impl Inspect,
        buffer_bytes: usize,
        end: bool,
        out: &mut Vec<u8>,
    ) -> Result<Flow, BodyError> {
        let fresh_bytes = buffer_bytes.checked_sub(self.decided_bytes).ok_or(BodyError::Order)?;
        if self.closed {
            // Bytes after the engine was done were seen by nobody.
            return if fresh_bytes == 0 { Ok(Flow::Continue) } else { Err(BodyError::Order) };
        }
        // The bytes that are left from before come along once: a host that is paused a second
        // time has let them go.
        let mut raw = match fresh_bytes {
            0 => Vec::new(),
            _ => buffer.read(buffer_bytes)?,
        };
        let chunk = match fresh_bytes {
            0 => Some([].as_slice()),
            _ => raw.get(self.decided_bytes..).filter(|chunk| chunk.len() == fresh_bytes),
        };
        let chunk = chunk.ok_or(BodyError::Order)?;
        out.clear();
        match inspect.chunk(chunk, end, out) {
            Step::Release | Step::Stash if end => Err(BodyError::Order),
            Step::Release | Step::Stash if !inspect.may_keep() => Err(BodyError::Busy),
            Step::Release => {
                self.put(buffer, &mut raw, out)?;
                self.release(buffer, inspect.keeps())
            }
            Step::Stash => {
                if !inspect.may_stash(out.len()) {
                    return Err(BodyError::Busy);
                }
                self.stash_more(buffer, &mut raw, out)?;
                self.paused = true;
                Ok(Flow::Pause)
            }
            Step::Close(_) => {
                self.put(buffer, &mut raw, out)?;
                let whole = (end && !self.left).then_some(self.decided_bytes);
                self.closed = true;
                self.let_go();
                Ok(Flow::Done(whole))
            }
            Step::Block(refusal) => self.stop(buffer, buffer_bytes, refusal),
        }
    }

    /// Puts what was stashed and what is decided in place of the chunk, which is the end of `raw`.
    /// Where there was no chunk, `raw` is empty, whatever the buffer has.
    fn put(
        &mut self,
        buffer: &impl Buffer,
        raw: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), BodyError> {
        let mut stash = std::mem::take(&mut self.stash);
        let more = if stash.is_empty() {
            out
        } else {
            stash.append(out);
            &mut stash
        };
        let put_bytes = more.len();
        if raw.is_empty() {
            if !more.is_empty() {
                buffer.append(self.decided_bytes, more)?;
            }
        } else if raw.get(self.decided_bytes..) != Some(more.as_slice()) {
            // PERF: most chunks go on as they came, and a write is a copy into the host.
            let buffer_bytes = raw.len();
            if self.decided_bytes == 0 {
                buffer.replace(buffer_bytes, more)?;
            } else {
                raw.truncate(self.decided_bytes);
                raw.append(more);
                buffer.replace(buffer_bytes, raw)?;
            }
        }
        self.decided_bytes = self.decided_bytes.checked_add(put_bytes).ok_or(BodyError::Order)?;
        Ok(())
    }

    /// Takes the chunk out of the host's buffer, and what is decided of it into the stash.
    fn stash_more(
        &mut self,
        buffer: &impl Buffer,
        raw: &mut Vec<u8>,
        out: &[u8],
    ) -> Result<(), BodyError> {
        self.stash.extend_from_slice(out);
        let buffer_bytes = raw.len();
        if buffer_bytes > 0 {
            raw.truncate(self.decided_bytes);
            buffer.replace(buffer_bytes, raw)?;
        }
        Ok(())
    }

    fn release(&mut self, buffer: &impl Buffer, keeps: bool) -> Result<Flow, BodyError> {
        if !keeps {
            self.let_go();
            return Ok(Flow::Continue);
        }
        if self.paused && self.decided_bytes > 0 {
            buffer.resume()?;
            self.decided_bytes = 0;
            self.left = true;
        }
        self.paused = true;
        Ok(Flow::Pause)
    }

    fn let_go(&mut self) {
        self.paused = false;
        self.decided_bytes = 0;
        self.left = true;
    }

    fn stop(
        &mut self,
        buffer: &impl Buffer,
        buffer_bytes: usize,
        refusal: Refusal,
    ) -> Result<Flow, BodyError> {
        self.stash = Vec::new();
        self.closed = true;
        if buffer_bytes > 0 {
            buffer.replace(buffer_bytes, &[])?;
        }
        self.decided_bytes = 0;
        Ok(Flow::Stop(refusal))
    }

    fn try_trailers(
        &mut self,
        buffer: &impl Buffer,
        out: &mut Vec<u8>,
        close: impl FnOnce(&mut Vec<u8>) -> Step,
    ) -> Result<Flow, BodyError> {
        out.clear();
        match close(out) {
            Step::Release | Step::Stash => Err(BodyError::Order),
            Step::Close(_) => {
                match self.paused {
                    true => self.put(buffer, &mut Vec::new(), out)?,
                    false if self.stash.is_empty() && out.is_empty() => {}
                    // A host that is not paused takes no bytes any more.
                    false => return Err(BodyError::Order),
                }
                self.closed = true;
                self.let_go();
                // How long it was does not matter: a head that announces trailers has no length.
                Ok(Flow::Done(None))
            }
            Step::Block(refusal) => self.stop(buffer, self.decided_bytes, refusal),
        }
    }
}

#[cfg(test)]
mod tests;
