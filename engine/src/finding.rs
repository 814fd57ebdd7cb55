//! What was found: where it lies in the raw bytes, what it is, and what is put in its place.
//! Never holds the text that was found.

use crate::action::{Applied, Applying};
use crate::model::{CategoryId, Decision, DetectorId, Strength};
use crate::verdict::Reason;
use alloc::vec::Vec;

/// How replaced text is written where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// In double quotes: a JSON number, or a JSON literal, became a string.
    Quote,
    /// Percent-encoded.
    Percent,
}

/// What a finding is, beside where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) category: CategoryId,
    /// What found it; none where the place alone says what it is.
    pub(crate) detector: Option<DetectorId>,
    pub(crate) decision: Decision,
    pub(crate) strength: Strength,
    pub(crate) severity: u8,
    /// By a declared field, and by which.
    pub(crate) field: Option<u8>,
    pub(crate) style: Style,
    /// Layers of encoding that were undone to find it.
    pub(crate) depth: u8,
    /// It began before so much that is no text that its beginning has left.
    pub(crate) hidden: bool,
    /// The grant that let it come to less, by its place among those of the exchange.
    pub(crate) granted: Option<u8>,
}

impl Kind {
    /// Why what blocks does so.
    pub(crate) fn reason(&self) -> Reason {
        if self.hidden { Reason::HiddenText } else { Reason::Finding }
    }

    /// Whether it stands even inside a longer finding.
    pub(crate) fn insists(&self) -> bool {
        self.severity == BLOCK || self.field.is_some()
    }
}

/// Severity of [`crate::model::Action::Block`].
pub(crate) const BLOCK: u8 = 5;

/// A finding whose ends are known.
#[derive(Clone)]
pub(crate) struct Finding {
    /// Where it was found to begin.
    pub(crate) from: u64,
    /// Where what is left of it begins: what goes before may have been carried out already.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) kind: Kind,
    pub(crate) applied: Applied,
    /// A further piece of a finding that is told with its first one.
    pub(crate) further: bool,
}

impl Finding {
    pub(crate) fn new(start: u64, end: u64, kind: Kind, applied: Applied) -> Self {
        Self { from: start, start, end, kind, applied, further: false }
    }

    /// A further piece of a finding: nothing stands in its place.
    pub(crate) fn further(start: u64, end: u64, kind: Kind) -> Self {
        Self { further: true, ..Self::new(start, end, kind, Applied::Replace(Vec::new())) }
    }
}

/// A finding whose text is swallowed as it comes: it may be of any length.
#[derive(Clone)]
pub(crate) struct Long {
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
    pub(crate) kind: Kind,
    pub(crate) applying: Applying,
    /// Which of the readings of its raw bytes found it.
    pub(crate) reading: u8,
}

/// Whether one finding's action goes before another's, where they cross.
pub(crate) fn leads(finding: &Finding, other: &Finding) -> bool {
    let key = |f: &Finding| {
        let Kind { severity, style, strength, depth, .. } = f.kind;
        let shallow = core::cmp::Reverse(depth);
        (severity, style == Style::Quote, strength, f.end - f.start, shallow, !f.further)
    };
    key(finding) > key(other)
}

/// Whether two findings are one, found by two readings of the same bytes.
pub(crate) fn same(finding: &Finding, other: &Finding) -> bool {
    let key = |f: &Finding| (f.from, f.end, f.kind.category, f.kind.field, f.kind.decision);
    key(finding) == key(other)
}

/// Which of two such is told. It depends on what they are, not on which came first.
pub(crate) fn tells_more(finding: &Finding, other: &Finding) -> bool {
    let key = |f: &Finding| {
        let detector = f.kind.detector.map(|detector| core::cmp::Reverse(detector.index()));
        let shallow = core::cmp::Reverse(f.kind.depth);
        // A piece of a longer one is no finding of its own. What is one without what has left
        // before it is replaced, and nothing is hidden.
        let whole = !f.kind.hidden;
        (whole, f.further, f.kind.style == Style::Quote, f.kind.strength, detector, shallow)
    };
    key(finding) > key(other)
}

/// Writes a replacement in the style of its place.
pub(crate) fn write(text: &[u8], style: Style, out: &mut Vec<u8>) {
    match style {
        Style::Plain => out.extend_from_slice(text),
        Style::Quote => {
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        }
        Style::Percent => text.iter().for_each(|byte| percent(*byte, out)),
    }
}

/// RFC 3986: everything but the unreserved characters.
fn percent(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'*') {
        out.push(byte);
        return;
    }
    out.push(b'%');
    for nibble in [byte >> 4, byte & 15] {
        out.extend(HEX.get(usize::from(nibble)));
    }
}
