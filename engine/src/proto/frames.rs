//! Takes a body apart into messages as its bytes come, and puts it together again.
//! Tells of a frame what cannot be as soon as its head is there. Keeps one message, and the ends of
//! texts of those before.

use super::tails::Tails;
use super::web_text::WebText;
use super::{Frame, Framing, Payload, trailer};
use crate::codec::Codings;
use crate::judge::Law;
use crate::room;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// Bytes of a flag and a length.
const HEAD_BYTES: usize = 5;
/// Flag of a message that is compressed.
const COMPRESSED: u8 = 1;
/// Flag of trailers.
const TRAILERS: u8 = 0x80;

/// A body of messages on its way.
pub(crate) struct Frames {
    framing: Framing,
    shape: Option<u16>,
    /// What has come of the message that is not whole, and of its head.
    pending: Vec<u8>,
    tails: Tails,
    web_text: Option<WebText>,
    /// The trailers have come: nothing may follow them.
    ended: bool,
}

impl Frames {
    /// Of messages of one type, if it is known.
    pub(crate) fn new(framing: Framing, shape: Option<u16>) -> Self {
        let web_text = (framing.frame == Frame::WebText).then(WebText::default);
        Self {
            framing,
            shape,
            pending: Vec::new(),
            tails: Tails::default(),
            web_text,
            ended: false,
        }
    }

    /// A piece of the body: what is decided goes to `out`.
    pub(crate) fn read(
        &mut self,
        law: Law<'_>,
        tally: &mut Tally,
        raw: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let Some(mut web_text) = self.web_text.take() else {
            self.pending.extend_from_slice(raw);
            return self.frames(law, tally, None, out);
        };
        for byte in raw {
            let decoded = web_text.decode(*byte, &mut self.pending);
            if let Err(reason) = decoded {
                // What came before is decided first, in whatever chunks it came.
                self.frames(law, tally, Some(&mut web_text), out)?;
                return Err(reason);
            }
        }
        let read = self.frames(law, tally, Some(&mut web_text), out);
        self.web_text = Some(web_text);
        read
    }

    /// The body has ended.
    pub(crate) fn finish(
        &mut self,
        law: Law<'_>,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        if self.framing.frame == Frame::Bare {
            let message = core::mem::take(&mut self.pending);
            let protected = self.message(law, tally, &message)?;
            if protected.as_ref().is_some_and(|message| is_long(message.len(), law)) {
                return Err(Reason::Oversize);
            }
            out.extend_from_slice(protected.as_deref().unwrap_or(&message));
            return Ok(());
        }
        let waits = self.web_text.as_ref().is_some_and(WebText::waits);
        if waits || !self.pending.is_empty() {
            return Err(Reason::Unparsable);
        }
        if let Some(web_text) = &mut self.web_text {
            web_text.finish(out);
        }
        Ok(())
    }

    /// Whether something has come that has not left.
    pub(crate) fn keeps_back(&self) -> bool {
        let web_text = self.web_text.as_ref().is_some_and(|text| text.waits() || text.lacks());
        !self.pending.is_empty() || web_text
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.pending);
        self.tails.trim();
        if let Some(web_text) = &mut self.web_text {
            web_text.trim();
        }
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        let web_text = self.web_text.as_ref().map_or(0, WebText::kept_bytes);
        self.pending.len() + self.tails.kept_bytes() + web_text
    }

    /// Every frame that has come whole.
    fn frames(
        &mut self,
        law: Law<'_>,
        tally: &mut Tally,
        mut web_text: Option<&mut WebText>,
        out: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        if self.framing.frame == Frame::Bare {
            let long = is_long(self.pending.len(), law);
            return if long { Err(Reason::Oversize) } else { Ok(()) };
        }
        let mut pending = core::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        while let Some(length) = self.head(rest, law)? {
            let Some((frame, behind)) = rest.split_at_checked(HEAD_BYTES.saturating_add(length))
            else {
                break;
            };
            rest = behind;
            let protected = self.frame(law, tally, frame)?;
            match web_text.as_deref_mut() {
                Some(text) => text.encode(frame, protected.as_deref(), out),
                None => out.extend_from_slice(protected.as_deref().unwrap_or(frame)),
            }
        }
        let done = pending.len().saturating_sub(rest.len());
        pending.drain(..done);
        self.pending = pending;
        Ok(())
    }

    /// The length of the frame that begins here; none where its head is not whole.
    fn head(&self, begin: &[u8], law: Law<'_>) -> Result<Option<usize>, Reason> {
        let Some(flag) = begin.first() else { return Ok(None) };
        let web = matches!(self.framing.frame, Frame::Web | Frame::WebText);
        match *flag {
            _ if self.ended => return Err(Reason::Unparsable),
            0 => {}
            COMPRESSED if self.framing.coding.is_some() => {}
            COMPRESSED => return Err(Reason::UnknownEncoding),
            TRAILERS if web => {}
            flag if web && flag == TRAILERS | COMPRESSED => return Err(Reason::UnknownEncoding),
            _ => return Err(Reason::Unparsable),
        }
        let Some(&[_, length @ ..]) = begin.first_chunk::<HEAD_BYTES>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if is_long(length, law) { Err(Reason::Oversize) } else { Ok(Some(length)) }
    }

    /// A whole frame; `None` where it stays as it is.
    fn frame(
        &mut self,
        law: Law<'_>,
        tally: &mut Tally,
        frame: &[u8],
    ) -> Result<Option<Vec<u8>>, Reason> {
        let Some((head, payload)) = frame.split_at_checked(HEAD_BYTES) else { return Ok(None) };
        let flag = head.first().copied().unwrap_or_default();
        self.ended = flag == TRAILERS;
        let (flag, protected) = match flag {
            TRAILERS => (flag, trailer::protect(law, tally, payload)?),
            COMPRESSED => (0, Some(self.compressed(law, tally, payload)?)),
            _ => (flag, self.message(law, tally, payload)?),
        };
        let Some(payload) = protected else { return Ok(None) };
        if is_long(payload.len(), law) {
            return Err(Reason::Oversize);
        }
        let length = u32::try_from(payload.len()).map_err(|_| Reason::Oversize)?;
        let mut frame = alloc::vec![flag];
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&payload);
        Ok(Some(frame))
    }

    /// A message that is compressed goes on as it is without that.
    fn compressed(
        &mut self,
        law: Law<'_>,
        tally: &mut Tally,
        payload: &[u8],
    ) -> Result<Vec<u8>, Reason> {
        let coding = self.framing.coding.ok_or(Reason::UnknownEncoding)?;
        let most = usize::try_from(law.tables.limits.inspect_bytes_max).unwrap_or(usize::MAX);
        let message = Codings::undo(coding, payload, most)?;
        let protected = self.message(law, tally, &message)?;
        Ok(protected.unwrap_or(message))
    }

    fn message(
        &mut self,
        law: Law<'_>,
        tally: &mut Tally,
        message: &[u8],
    ) -> Result<Option<Vec<u8>>, Reason> {
        match self.framing.payload {
            Payload::Protobuf => super::protobuf(law, tally, &mut self.tails, message, self.shape),
            // No JSON text is empty, but a message of no bytes is no text.
            Payload::Json if message.is_empty() => Ok(None),
            Payload::Json => super::json(law, tally, message),
        }
    }
}

/// Whether a message is longer than may be held, here and where it is read next.
fn is_long(bytes: usize, law: Law<'_>) -> bool {
    u64::try_from(bytes).map_or(true, |bytes| bytes > law.tables.limits.inspect_bytes_max)
}
