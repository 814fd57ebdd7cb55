//! Reads a text as the body of a crossing is read, and tells where each finding is.
//! For tools that look at files: nothing crosses, nothing is rewritten, no rule is asked, and what
//! no reader can parse is read as plain text. Never tells what was found, only where.

use crate::body::Media;
use crate::bundle::Bundle;
use crate::crossing::Crossing;
use crate::detect::DetectorSet;
use crate::model::{
    ActionId, CategoryId, Decision, Delivery, DetectorId, Entries, Mode, RuleId, Rules,
};
use crate::settings::Settings;
use alloc::vec::Vec;

/// Where a finding is, in the bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// What it is.
    pub category: CategoryId,
    /// What found it; none where a declared field says what its value is.
    pub detector: Option<DetectorId>,
    /// The first byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON values if it begins like one, and plain text from where it is none.
    Text,
    /// Cells in columns, with names in the first record.
    Csv,
    /// The same, parted by tabs.
    Tsv,
}

/// Everything that a blob's detectors and declared fields find.
#[derive(Debug)]
pub struct Survey<'b> {
    bundle: &'b Bundle,
    settings: Settings,
    rules: Rules,
    active: DetectorSet,
}

/// A text on its way through a survey, in pieces of any length.
pub struct Reading<'s> {
    survey: &'s Survey<'s>,
    crossing: Crossing,
    /// What a crossing would let on. Nobody wants it here.
    passed: Vec<u8>,
}

impl<'b> Survey<'b> {
    /// With all detectors of a blob, each of which counts everywhere.
    #[must_use]
    pub fn new(bundle: &'b Bundle) -> Self {
        let tables = bundle.tables();
        let counts = Some(Decision { action: ActionId(0), rule: RuleId(0) });
        let rules = Rules {
            mode: Mode::Observe,
            delivery: Delivery::Stream,
            entries: Entries::All,
            inspect_credentials_in_place: true,
            by_category: alloc::vec![counts; tables.categories.len()],
            placed: Vec::new(),
            ignore: Vec::new(),
            fields_only: None,
        };
        let detectors = (0..).zip(&tables.detectors);
        let active = detectors.map(|(n, _)| DetectorId(n)).collect();
        Self { bundle, settings: Settings::default(), rules, active }
    }

    /// Begins a text.
    #[must_use]
    pub fn read(&self, format: Format) -> Reading<'_> {
        let media = match format {
            Format::Text => Media::Text,
            Format::Csv => Media::Csv,
            Format::Tsv => Media::Tsv,
        };
        Reading { survey: self, crossing: Crossing::surveying(media), passed: Vec::new() }
    }
}

impl Reading<'_> {
    /// The next piece of the text; `end` with the last one, which may be empty. What is found is
    /// appended as soon as it is sure, in the order in which it begins, but for where structure
    /// turned out to be none.
    pub fn push(&mut self, piece: &[u8], end: bool, out: &mut Vec<Located>) {
        let Survey { bundle, settings, rules, active } = self.survey;
        let law = bundle.survey_law(settings, rules, active);
        self.passed.clear();
        self.crossing.push(law, piece, end, &mut self.passed);
        if let Some(located) = &mut self.crossing.tally.located {
            out.append(located);
        }
    }

    /// Every finding that is still to come begins at this byte or later, but for those in
    /// [`Self::open_starts`].
    #[must_use]
    pub fn told_to(&self) -> u64 {
        self.crossing.told_to()
    }

    /// Where findings begin that have begun and not ended: very long ones.
    pub fn open_starts(&self) -> impl Iterator<Item = u64> {
        self.crossing.long_starts()
    }
}
