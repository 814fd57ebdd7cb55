//! How many characters that are read as nothing (zero-width, combining) a value may have.
//! A finding is found behind any number of them, so too many never become a border: they stop the
//! message. What takes the place of a finding leaves at least the room that the finding left, so
//! that a second pass takes what a first one let on. Keeps one number, and no text.

use crate::action::MASK_STARS;
use crate::judge::Law;
use crate::limits;
use crate::verdict::Reason;

/// Raw bytes of such characters that may still come.
#[derive(Clone, Copy)]
pub(crate) struct Allowance {
    left: u16,
}

impl Allowance {
    /// That of a value that begins.
    pub(crate) fn full() -> Self {
        Self { left: limits::SKIP_BYTES_MAX }
    }

    /// Whether nothing can be gained.
    pub(crate) fn is_full(self) -> bool {
        self.left == limits::SKIP_BYTES_MAX
    }

    /// A character that is read as nothing.
    pub(crate) fn spend(&mut self, raw_bytes: u8) -> Result<(), Reason> {
        self.left = self.left.checked_sub(raw_bytes.into()).ok_or(Reason::HiddenText)?;
        Ok(())
    }

    /// A character that is `bytes` of scan text, the last of `text`, spelled in `raw_bytes`.
    pub(crate) fn gain(&mut self, bytes: usize, raw_bytes: u8, text: &[u8], law: &Law<'_>) {
        let bytes = u16::try_from(bytes).unwrap_or(0);
        let most = limits::SKIP_BYTES_GAIN.saturating_mul(bytes);
        let spelling = limits::RAW_PER_TEXT_BYTE_MAX.saturating_mul(bytes);
        let gained = spelling.saturating_sub(raw_bytes.into()).min(most);
        self.left = self.left.saturating_add(gained).min(limits::SKIP_BYTES_MAX);
        if ends_with_replacement(text, law) {
            self.left = limits::SKIP_BYTES_MAX;
        }
    }
}

/// Whether a replacement has come that is too short to give back what the text in its place may
/// have given. A token is long enough for that, and a mask that keeps separators is as long as its
/// finding.
/// INVARIANT: no candidate goes on over a category's name in brackets, nor over twelve stars but
/// for ones that nine letters follow: so room is made for few floods in one, and the carry stays
/// in its bound.
fn ends_with_replacement(text: &[u8], law: &Law<'_>) -> bool {
    match text.last() {
        Some(b']') => {
            let open = text.iter().rposition(|byte| *byte == b'[');
            let named = open.and_then(|open| text.get(open..)).unwrap_or_default();
            law.detection.is_replacement(named, law)
        }
        Some(b'*') => stars(text) == MASK_STARS,
        _ => false,
    }
}

/// Stars at the end of a text, and one more at most than those of a mask.
fn stars(text: &[u8]) -> usize {
    let last = text.iter().rev().take(MASK_STARS + 1);
    last.take_while(|byte| **byte == b'*').count()
}
