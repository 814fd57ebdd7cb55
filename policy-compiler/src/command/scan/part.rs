//! What comes of a scan, piece by piece: rendered findings, warnings and counts.
//! Knows where a finding is and what it is; never its text.

use super::lines::Position;
use super::render::Format;
use crate::command::survey;
use cofferdam_engine::model::Tables;
use cofferdam_engine::survey::Located;

/// Rendered bytes after which a part is handed on.
const PART_BYTES: usize = 64 * 1024;
/// Bytes read after which a part is handed on, so that somebody who watches sees progress.
const PROGRESS_BYTES: u64 = 4 * 1024 * 1024;

/// A piece of what came out.
#[derive(Default)]
pub(super) struct Part {
    pub(super) data: Vec<u8>,
    pub(super) warnings: Vec<String>,
    pub(super) counts: Counts,
}

/// What was read and found.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) findings: u64,
    /// Left out, because they hold no text.
    pub(super) binary: u64,
    /// Not read, or not to the end.
    pub(super) unread: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        let Self { files, bytes, findings, binary, unread } = other;
        self.files += files;
        self.bytes += bytes;
        self.findings += findings;
        self.binary += binary;
        self.unread += unread;
    }
}

/// A finding in a file.
pub(super) struct Found<'f> {
    pub(super) file: &'f str,
    pub(super) category: &'f str,
    pub(super) detector: &'f str,
    /// The first byte, and one past the last.
    pub(super) span: (u64, u64),
    pub(super) from: Position,
    pub(super) to: Position,
}

/// Gathers parts and hands them on.
pub(super) struct Report<'r> {
    pub(super) tables: &'r Tables,
    format: Format,
    part: Part,
    emit: &'r mut dyn FnMut(Part) -> bool,
    wanted: bool,
}

impl<'r> Report<'r> {
    pub(super) fn new(
        tables: &'r Tables,
        format: Format,
        emit: &'r mut dyn FnMut(Part) -> bool,
    ) -> Self {
        Self { tables, format, part: Part::default(), emit, wanted: true }
    }

    /// Whether anybody still wants to know.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }

    pub(super) fn file(&mut self) {
        self.part.counts.files += 1;
    }

    pub(super) fn binary(&mut self) {
        self.part.counts.binary += 1;
    }

    pub(super) fn bytes(&mut self, read: usize) {
        self.part.counts.bytes += u64::try_from(read).unwrap_or(0);
        if self.part.counts.bytes >= PROGRESS_BYTES {
            self.hand_on();
        }
    }

    /// Something was not read, or not to its end.
    pub(super) fn unread(&mut self, warning: String) {
        self.part.counts.unread += 1;
        self.part.warnings.push(warning);
    }

    pub(super) fn found(&mut self, file: &str, located: &Located, from: Position, to: Position) {
        let (category, detector) = survey::names(self.tables, located);
        let span = (located.start, located.end);
        self.format
            .render(&Found { file, category, detector, span, from, to }, &mut self.part.data);
        self.part.counts.findings += 1;
        if self.part.data.len() >= PART_BYTES {
            self.hand_on();
        }
    }

    /// One line of output that is already rendered, with so many findings in it.
    pub(super) fn line(&mut self, line: &[u8], findings: usize) {
        self.part.data.extend_from_slice(line);
        self.part.counts.findings += u64::try_from(findings).unwrap_or(0);
        if self.part.data.len() >= PART_BYTES {
            self.hand_on();
        }
    }

    pub(super) fn hand_on(&mut self) {
        self.wanted &= (self.emit)(std::mem::take(&mut self.part));
    }
}
