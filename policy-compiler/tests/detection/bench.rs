//! A blob of the built-in detectors, and scans with it: whole, and in chunks as a reader does it.

use cofferdam_engine::Bundle;
use cofferdam_engine::blob;
use cofferdam_engine::detect::{
    Candidate, Detection, DetectorSet, Memory, Progress, Replacements, Text,
};
use cofferdam_engine::limits;
use cofferdam_engine::model::{
    Category, Delivery, DetectorId, Entries, Limits, Mode, OnOversize, OnUnparsable, Recompress,
    Rules, Schema, Tables, Zone,
};
use cofferdam_policy_compiler::detectors::{self, Own};

/// Stands for every token: the prefix and four letters.
pub(crate) struct Tokens;

impl Replacements for Tokens {
    fn token(&self, text: &[u8]) -> Option<usize> {
        let body = text.strip_prefix(b"tok_")?.get(..4)?;
        body.iter().all(u8::is_ascii_lowercase).then_some(8)
    }

    fn token_bytes_max(&self) -> usize {
        8
    }

    fn token_may_begin(&self, text: &[u8]) -> bool {
        text.len() < 8
            && match text.strip_prefix(b"tok_") {
                Some(body) => body.iter().all(u8::is_ascii_lowercase),
                None => b"tok_".starts_with(text),
            }
    }
}

/// Where a candidate lies in the value, and the detector's name.
pub(crate) type Hit = (usize, usize, String);

pub(crate) struct Bench {
    pub(crate) bundle: Bundle,
    pub(crate) active: DetectorSet,
}

type Scan = fn(
    &Detection,
    &Text<'_>,
    &DetectorSet,
    &dyn Replacements,
    &mut Memory,
    &mut Vec<Candidate>,
) -> Progress;

/// What a chunked scan kept at most, and read.
#[derive(Default)]
pub(crate) struct Cost {
    pub(crate) undecided_max: usize,
    pub(crate) steps: u64,
}

impl Bench {
    /// All built-in detectors and some patterns.
    pub(crate) fn new(own: &[Own]) -> Self {
        let tables = tables(own);
        Self::of(tables.0, &tables.1)
    }

    pub(crate) fn of(tables: Tables, automata: &[Vec<u8>]) -> Self {
        let blob = blob::seal(&tables, automata).expect("a blob of the built-in detectors");
        let bundle = Bundle::parse(blob).expect("what was sealed is read");
        let count = u16::try_from(bundle.tables().detectors.len()).expect("few detectors");
        Self { active: (0..count).map(DetectorId).collect(), bundle }
    }

    fn name(&self, detector: DetectorId) -> String {
        self.bundle.tables().detectors[detector.index()].name.clone()
    }

    /// One scan of the whole text.
    pub(crate) fn whole(&self, text: &[u8]) -> Vec<Hit> {
        self.chunked(text, &[]).0
    }

    /// One scan of the whole text of a field of this name.
    pub(crate) fn in_field(&self, name: &str, text: &str) -> Vec<Hit> {
        let detection = self.bundle.detection();
        let place_context = detection.sets_in(name.as_bytes());
        let piece = Text { bytes: text.as_bytes(), from: 0, ended: true, place_context };
        let mut found = Vec::new();
        detection.scan(&piece, &self.active, &Tokens, &mut Memory::default(), &mut found);
        found.iter().map(|hit| (hit.start, hit.end, self.name(hit.detector))).collect()
    }

    /// What one scan tells of a text that has not ended.
    pub(crate) fn unfinished(&self, text: &[u8]) -> Vec<Hit> {
        let piece = Text { bytes: text, from: 0, ended: false, place_context: 0 };
        let mut found = Vec::new();
        let mut memory = Memory::default();
        let detection = self.bundle.detection();
        detection.scan(&piece, &self.active, &Tokens, &mut memory, &mut found);
        found.iter().map(|hit| (hit.start, hit.end, self.name(hit.detector))).collect()
    }

    /// The text cut at these places, old bytes dropped after each scan.
    pub(crate) fn chunked(&self, text: &[u8], cuts: &[usize]) -> (Vec<Hit>, Cost) {
        self.chunked_by(Detection::scan, text, cuts)
    }

    /// The same by the scan that every other is compared with.
    pub(crate) fn plainly(&self, text: &[u8], cuts: &[usize]) -> (Vec<Hit>, Cost) {
        self.chunked_by(Detection::scan_plainly, text, cuts)
    }

    fn chunked_by(&self, scan: Scan, text: &[u8], cuts: &[usize]) -> (Vec<Hit>, Cost) {
        let mut hits = Vec::new();
        let mut cost = Cost::default();
        let mut memory = Memory::default();
        let mut kept: Vec<u8> = Vec::new();
        let (mut from, mut dropped, mut at) = (0, 0, 0);
        let mut opened: Option<(usize, usize)> = None;
        let mut ends: Vec<usize> = cuts.iter().map(|cut| (*cut).min(text.len())).collect();
        ends.sort_unstable();
        ends.push(text.len());
        for (n, end) in ends.iter().enumerate() {
            kept.extend_from_slice(&text[at..*end]);
            at = *end;
            let ended = n + 1 == ends.len();
            let piece = Text { bytes: &kept, from, ended, place_context: 0 };
            let mut found: Vec<Candidate> = Vec::new();
            let detection = self.bundle.detection();
            let progress = scan(detection, &piece, &self.active, &Tokens, &mut memory, &mut found);
            if let (Some(end), Some((start, slot))) = (progress.closed_at, opened) {
                let hit: &mut Hit = &mut hits[slot];
                assert_eq!(hit.0, start, "what closes is what was open");
                hit.1 = end + dropped;
                opened = None;
            }
            for candidate in found {
                let name = self.name(candidate.detector);
                hits.push((candidate.start + dropped, candidate.end + dropped, name));
            }
            if let (Some(start), Some(open)) = (progress.opened_at, progress.open) {
                opened = Some((start + dropped, hits.len()));
                hits.push((start + dropped, usize::MAX, self.name(open.detector)));
            }
            assert!(progress.decided >= from && progress.decided <= kept.len());
            cost.undecided_max = cost.undecided_max.max(kept.len() - progress.decided);
            let gone = progress.decided.saturating_sub(limits::HISTORY_BYTES);
            kept.drain(..gone);
            dropped += gone;
            from = progress.decided - gone;
            assert!(!ended || (from == kept.len() && progress.open.is_none()));
        }
        cost.steps = memory.steps();
        // What opens is told after what begins later in the same scan.
        hits.sort();
        (hits, cost)
    }
}

/// Tables with the built-in detectors and these patterns, and nothing else.
pub(crate) fn tables(own: &[Own]) -> (Tables, Vec<Vec<u8>>) {
    let builtin = detectors::builtin().map(|row| (row.category, row.group));
    let patterns = own.iter().map(|row| (row.category.as_str(), "own"));
    let mut categories: Vec<_> = builtin
        .chain(patterns)
        .map(|(name, group)| Category { name: name.to_owned(), group: group.to_owned() })
        .collect();
    categories.sort_by(|a, b| a.name.cmp(&b.name));
    categories.dedup();
    let compiled = detectors::compile(&categories, own).expect("patterns that compile");
    let limits = Limits {
        inspect_bytes_max: 1 << 20,
        on_oversize: OnOversize::Block,
        on_unparsable: OnUnparsable::Block,
        unwrap: 2,
        recompress: Recompress::Never,
        opaque_media: Vec::new(),
    };
    let proxy_reply = Rules {
        fields_only: None,
        mode: Mode::Enforce,
        delivery: Delivery::Stream,
        entries: Entries::All,
        inspect_credentials_in_place: false,
        by_category: vec![None; categories.len()],
        placed: Vec::new(),
        ignore: Vec::new(),
    };
    let zone = Zone { name: "unplaced".to_owned(), sensitivity: String::new(), third_party: false };
    let tables = Tables {
        schema: Schema::default(),
        policy: "bench".to_owned(),
        compiler: String::new(),
        mode: Mode::Enforce,
        limits,
        zones: vec![zone],
        members: Vec::new(),
        categories,
        detectors: compiled.detectors,
        words: compiled.words,
        names: compiled.names,
        fields: Vec::new(),
        actions: Vec::new(),
        keys: Vec::new(),
        rules: Vec::new(),
        boundaries: Vec::new(),
        credential_headers: Vec::new(),
        ignore_salt: [0; 16],
        proxy_reply,
    };
    (tables, compiled.automata)
}
