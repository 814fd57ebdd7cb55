//! Our scan over a text in chunks, fed as the readers of the engine feed it: what is undecided and
//! a little of what was before are kept, the rest is dropped.
//! Reads no structure: the text is one value, whatever it is.

use crate::{Scan, Span};
use cofferdam_engine::Bundle;
use cofferdam_engine::detect::{Candidate, DetectorSet, Memory, NoTokens, Text};
use cofferdam_engine::limits::HISTORY_BYTES;
use cofferdam_engine::model::DetectorId;

/// How a text is scanned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As a filter does it.
    Marked,
    /// Every detector at every place: what the other is compared with.
    Plain,
}

/// All detectors of a blob.
pub(crate) struct Ours {
    bundle: Bundle,
    active: DetectorSet,
    way: Way,
    memory: Memory,
    kept: Vec<u8>,
    from: usize,
    dropped: usize,
    found: Vec<Candidate>,
    /// Index of the span that has begun and not ended.
    open: Option<usize>,
    spans: Vec<Span>,
}

impl Ours {
    pub(crate) fn load(blob: &[u8], way: Way) -> Result<Self, String> {
        let bundle = Bundle::parse(blob.to_vec()).map_err(|error| error.to_string())?;
        let detectors = (0..).zip(&bundle.tables().detectors);
        let active = detectors.map(|(n, _)| DetectorId(n)).collect();
        Ok(Self {
            bundle,
            active,
            way,
            memory: Memory::default(),
            kept: Vec::new(),
            from: 0,
            dropped: 0,
            found: Vec::new(),
            open: None,
            spans: Vec::new(),
        })
    }

    fn span(&self, start: usize, end: usize, by: DetectorId) -> Span {
        let place = |at: usize| (at + self.dropped) as u64;
        Span { start: place(start), end: place(end), by: u32::from(by.0) }
    }
}

impl Scan for Ours {
    fn begin(&mut self) {
        self.memory.restart();
        self.kept.clear();
        self.spans.clear();
        (self.from, self.dropped, self.open) = (0, 0, None);
    }

    fn push(&mut self, chunk: &[u8], end: bool) {
        self.kept.extend_from_slice(chunk);
        self.found.clear();
        let Self { bundle, active, memory, found, .. } = self;
        let detection = bundle.detection();
        let text = Text { bytes: &self.kept, from: self.from, ended: end, place_context: 0 };
        let progress = match self.way {
            Way::Marked => detection.scan(&text, active, &NoTokens, memory, found),
            Way::Plain => detection.scan_plainly(&text, active, &NoTokens, memory, found),
        };
        if let (Some(end), Some(open)) = (progress.closed_at, self.open.take()) {
            self.spans[open].end = (end + self.dropped) as u64;
        }
        for n in 0..self.found.len() {
            let Candidate { start, end, detector, .. } = self.found[n];
            self.spans.push(self.span(start, end, detector));
        }
        if let (Some(start), Some(open)) = (progress.opened_at, progress.open) {
            self.open = Some(self.spans.len());
            self.spans.push(self.span(start, open.reached, open.detector));
        }
        let gone = progress.decided.saturating_sub(HISTORY_BYTES);
        self.kept.drain(..gone);
        self.dropped += gone;
        self.from = progress.decided - gone;
    }

    fn count(&self) -> u64 {
        self.spans.len() as u64
    }

    fn spans(&self) -> &[Span] {
        &self.spans
    }
}
