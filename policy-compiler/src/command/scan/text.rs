//! Scans one text that streams by, and says where each finding is.
//! Holds a bounded piece of it, however long it is.

use super::lines::{Lines, Position};
use super::part::Report;
use cofferdam_engine::survey::{Located, Reading, Survey};
use std::collections::BTreeMap;
use std::io::{self, Read};

const PIECE_BYTES: usize = 64 * 1024;

/// A text on its way through the detectors.
pub(super) struct Text<'s> {
    reading: Reading<'s>,
    lines: Lines,
    found: Vec<Located>,
    /// Places of findings that have begun and not ended.
    open: BTreeMap<u64, Position>,
}

impl<'s> Text<'s> {
    pub(super) fn new(survey: &'s Survey<'_>, file: &str) -> Self {
        let format = super::format_of(file);
        let (lines, open) = (Lines::new(), BTreeMap::new());
        Self { reading: survey.read(format), lines, found: Vec::new(), open }
    }

    /// The next piece, and what becomes sure with it. Findings go to `tell`.
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        end: bool,
        tell: &mut dyn FnMut(&Located, Position, Position),
    ) {
        self.lines.push(piece);
        self.reading.push(piece, end, &mut self.found);
        for located in self.found.drain(..) {
            let known = self.open.get(&located.start).copied();
            let from = known.unwrap_or_else(|| self.lines.position(located.start));
            tell(&located, from, self.lines.position(located.end));
        }
        let mut open = BTreeMap::new();
        for start in self.reading.open_starts() {
            let known = self.open.get(&start).copied();
            open.insert(start, known.unwrap_or_else(|| self.lines.position(start)));
        }
        self.open = open;
        self.lines.forget(self.reading.told_to());
    }
}

/// Scans all that a reader gives.
pub(super) fn scan(
    survey: &Survey<'_>,
    file: &str,
    reader: &mut dyn Read,
    report: &mut Report<'_>,
) -> io::Result<()> {
    let mut text = Text::new(survey, file);
    let mut piece = vec![0; PIECE_BYTES];
    while report.is_wanted() {
        let read = match reader.read(&mut piece) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                // What came before is a text too.
                text.push(&[], true, &mut |found, from, to| report.found(file, found, from, to));
                return Err(error);
            }
        };
        report.bytes(read);
        let read = piece.get(..read).unwrap_or_default();
        let end = read.is_empty();
        text.push(read, end, &mut |found, from, to| report.found(file, found, from, to));
        if end {
            break;
        }
    }
    Ok(())
}
