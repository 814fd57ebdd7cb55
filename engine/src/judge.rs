//! Decides what the rules say for a candidate in its place, and hands the finding on.
//! One judge per place: it knows the rules of the crossing, and keeps nothing.

use crate::action::{self, Applied, Applying};
use crate::detect::{Candidate, ContextSets, Detection, DetectorSet, Replacements, validate};
use crate::field_names;
use crate::fields_only::FieldsOnly;
use crate::finding::{BLOCK, Finding, Kind, Long, Style};
use crate::granted::Granted;
use crate::head::usual::HeaderSets;
use crate::ignore;
use crate::limits;
use crate::model::{
    Action, ActionId, Border, CategoryId, Decision, Detector, DetectorId, PlaceSelector, Rules,
    Strength, Tables,
};
use crate::path::{FieldSet, Paths, bit};
use crate::settings::Settings;
use crate::splice::Splice;
use crate::tally::Tally;
use crate::token;
use alloc::vec::Vec;

/// Where in a message a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'p> {
    Path,
    Query,
    Body,
    Trailer,
    Header(&'p [u8]),
    Cookie(&'p [u8]),
}

/// What a crossing decides by.
#[derive(Clone, Copy)]
pub(crate) struct Law<'p> {
    pub(crate) tables: &'p Tables,
    pub(crate) detection: &'p Detection,
    pub(crate) paths: &'p Paths,
    /// What usual headers give to their values.
    pub(crate) header_sets: &'p HeaderSets,
    pub(crate) settings: &'p Settings,
    pub(crate) rules: &'p Rules,
    pub(crate) active: &'p DetectorSet,
    /// The only fields of a body that cross, where there are such.
    pub(crate) fields_only: Option<&'p FieldsOnly>,
    /// Redact whatever counts or not: for what is only written into logs.
    pub(crate) scrub: bool,
    /// What grants let findings come to.
    pub(crate) granted: &'p [Granted],
}

/// One value's text, where it stands, and what it maps to.
pub(crate) struct Judge<'p, 'm> {
    pub(crate) law: Law<'p>,
    pub(crate) place: Place<'p>,
    pub(crate) splice: &'m mut Splice,
    pub(crate) tally: &'m mut Tally,
}

/// What says that there is a finding: a detector, or the place alone.
#[derive(Clone, Copy)]
struct By {
    category: CategoryId,
    strength: Strength,
    detector: Option<DetectorId>,
}

/// A span of raw bytes and how a replacement is written there.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) style: Style,
}

impl By {
    fn of(id: DetectorId, detector: &Detector) -> Self {
        let Detector { category, strength, .. } = *detector;
        Self { category, strength, detector: Some(id) }
    }
}

impl Replacements for Law<'_> {
    fn token(&self, text: &[u8]) -> Option<usize> {
        token::recognize(self.tables, self.settings, text)
    }

    fn token_bytes_max(&self) -> usize {
        token::bytes_max(self.tables)
    }

    fn token_may_begin(&self, text: &[u8]) -> bool {
        token::may_begin(self.tables, text)
    }
}

impl Law<'_> {
    /// What the rules say for a category here; `None` where it does not count.
    pub(crate) fn decide(
        &self,
        category: CategoryId,
        place: Place<'_>,
        fields: FieldSet,
    ) -> Option<Decision> {
        let here = |placed: &&crate::model::PlacedRule| {
            placed.category == category && fits(&placed.place, place, fields)
        };
        let placed = self.rules.placed.iter().filter(here);
        // A named field, header or cookie is more specific than a whole place.
        let placed = placed.max_by_key(|placed| match &placed.place {
            PlaceSelector::Field(_) => 2,
            PlaceSelector::Header(Some(_)) | PlaceSelector::Cookie(Some(_)) => 1,
            PlaceSelector::Header(None)
            | PlaceSelector::Cookie(None)
            | PlaceSelector::Path
            | PlaceSelector::Query
            | PlaceSelector::Body
            | PlaceSelector::Trailer => 0,
        });
        let by_category = || self.rules.by_category.get(category.index()).copied().flatten();
        placed.map(|placed| placed.decision).or_else(by_category)
    }

    /// Whether something may be replaced or dropped.
    pub(crate) fn rewrites(&self) -> bool {
        if self.fields_only.is_some() {
            return true;
        }
        let placed = self.rules.placed.iter().map(|placed| &placed.decision);
        let decisions = self.rules.by_category.iter().flatten().chain(placed);
        decisions.filter_map(|decision| self.action(*decision)).any(|action| match action {
            Action::Mask(_) | Action::Tokenize(_) | Action::Redact => true,
            Action::Keep | Action::Observe | Action::Block => false,
        })
    }

    /// Whether encodings within values are looked through.
    pub(crate) fn looks_through(&self) -> bool {
        self.tables.limits.unwrap > 0
    }

    /// The sets that a name gives to what it names: by the words in it, and as a whole.
    pub(crate) fn sets_in(&self, name: &[u8]) -> ContextSets {
        sets_in(self.detection, self.tables, name)
    }

    /// The decision with the action that a grant gives it, and which grant; a grant makes nothing
    /// stricter.
    fn lowered(&self, category: CategoryId, decision: Decision) -> (Decision, Option<u8>) {
        let rank = |action: ActionId| self.tables.actions.get(action.index()).map(action::severity);
        let fits = |granted: &&Granted| granted.category == category && granted.holds;
        let lowest = self.granted.iter().filter(fits).min_by_key(|granted| rank(granted.action));
        match lowest {
            Some(granted) if rank(granted.action) <= rank(decision.action) => {
                (Decision { action: granted.action, ..decision }, Some(granted.number))
            }
            _ => (decision, None),
        }
    }

    fn action(&self, decision: Decision) -> Option<&Action> {
        self.tables.actions.get(decision.action.index())
    }
}

impl Judge<'_, '_> {
    /// Whether findings are only told, and nothing crosses that could be stopped.
    pub(crate) fn surveys(&self) -> bool {
        self.tally.located.is_some()
    }

    /// A proven candidate. `text` is its scan text; nothing of it stays.
    pub(crate) fn candidate(
        &mut self,
        candidate: &Candidate,
        text: &[u8],
        fields: FieldSet,
        spread: Spread,
    ) {
        self.candidate_within(0, candidate, text, fields, spread);
    }

    /// The same behind so many layers of encoding.
    pub(crate) fn candidate_within(
        &mut self,
        depth: u8,
        candidate: &Candidate,
        text: &[u8],
        fields: FieldSet,
        spread: Spread,
    ) {
        let law = self.law;
        let fields = fields | self.splice.fields_at(spread.start);
        let Some(detector) = law.tables.detectors.get(candidate.detector.index()) else { return };
        let mut canonical = Vec::new();
        // PERF: hardly a policy has openings by value.
        if !law.rules.ignore.is_empty() {
            validate::canonical(detector.validator, text, &mut canonical);
        }
        // Of a committed one the whole text is not known everywhere, so none is ignored by value.
        let known = if candidate.committed { &[][..] } else { canonical.as_slice() };
        let Some((mut kind, mut applying)) =
            self.judge(By::of(candidate.detector, detector), fields, known, spread.style)
        else {
            return;
        };
        kind.depth = depth;
        applying = self.open_ended(detector, applying);
        self.tally.key_missing |= applying.key_missing;
        tell(&mut applying, detector, text);
        if candidate.committed {
            let end = Some(spread.end);
            self.splice.open(Long { start: spread.start, end, kind, applying, reading: 0 });
            return;
        }
        let Spread { start, end, .. } = spread;
        self.splice.find(Finding::new(start, end, kind, applying.finish()));
    }

    /// The same of one whose beginning has left, before `spread`: what it can no longer protect
    /// stops the message.
    pub(crate) fn candidate_behind(
        &mut self,
        detector: DetectorId,
        text: &[u8],
        fields: FieldSet,
        Spread { start, end, style }: Spread,
    ) {
        let law = self.law;
        let fields = fields | self.splice.fields_at(start);
        let Some(row) = law.tables.detectors.get(detector.index()) else { return };
        let mut canonical = Vec::new();
        validate::canonical(row.validator, text, &mut canonical);
        let Some((kind, _)) = self.judge(By::of(detector, row), fields, &canonical, style) else {
            return;
        };
        let (kind, applied) = match kind.severity {
            0 | 1 => (kind, Applied::Keep),
            _ => (Kind { severity: BLOCK, hidden: true, ..kind }, Applied::Block),
        };
        self.splice.find(Finding::new(start, end, kind, applied));
    }

    /// What a candidate comes to whose text stands in several pieces, and whether a key is missing
    /// for that.
    pub(crate) fn weigh(
        &self,
        detector: DetectorId,
        text: &[u8],
        fields: FieldSet,
        committed: bool,
    ) -> Option<(Kind, Applied, bool)> {
        let row = self.law.tables.detectors.get(detector.index())?;
        let mut canonical = Vec::new();
        validate::canonical(row.validator, text, &mut canonical);
        let known = if committed { &[][..] } else { canonical.as_slice() };
        let (kind, applying) = self.judge(By::of(detector, row), fields, known, Style::Plain)?;
        let mut applying = self.open_ended(row, applying);
        let key_missing = applying.key_missing;
        tell(&mut applying, row, text);
        Some((kind, applying.finish(), key_missing))
    }

    /// A candidate that was committed, and whose end is not known. Whether it counts.
    pub(crate) fn open(
        &mut self,
        detector: DetectorId,
        text: &[u8],
        fields: FieldSet,
        Spread { start, style, .. }: Spread,
        reading: u8,
    ) -> bool {
        let law = self.law;
        let fields = fields | self.splice.fields_at(start);
        let Some(row) = law.tables.detectors.get(detector.index()) else { return false };
        let Some((kind, mut applying)) = self.judge(By::of(detector, row), fields, &[], style)
        else {
            return false;
        };
        applying = self.open_ended(row, applying);
        applying.update(text);
        self.tally.key_missing |= applying.key_missing;
        self.splice.open(Long { start, end: None, kind, applying, reading });
        true
    }

    /// What a kind of finding comes to where not all of its text is known.
    pub(crate) fn without_text(&self, kind: &Kind) -> Applied {
        let category = self.law.tables.categories.get(kind.category.index());
        match (kind.severity, category) {
            (0 | 1, _) => Applied::Keep,
            (BLOCK, _) | (_, None) => Applied::Block,
            (_, Some(category)) => action::redacted(&category.name),
        }
    }

    /// What ends anywhere, such as a key in its armor, is not masked.
    fn open_ended(&self, detector: &Detector, applying: Applying) -> Applying {
        let category = self.law.tables.categories.get(detector.category.index());
        match (detector.right, category) {
            (Border::None, Some(category)) => applying.unmasked(&category.name),
            _ => applying,
        }
    }

    /// The same inside a value that is being swallowed: only a block counts there.
    pub(crate) fn open_inside(&mut self, detector: DetectorId, fields: FieldSet, start: u64) {
        let fields = fields | self.splice.fields_at(start);
        let Some(row) = self.law.tables.detectors.get(detector.index()) else { return };
        if let Some((kind, applying)) = self.judge(By::of(detector, row), fields, &[], Style::Plain)
            && let Applied::Block = applying.finish()
        {
            let end = start.saturating_add(1);
            self.splice.find(Finding::new(start, end, kind, Applied::Block));
        }
    }

    /// What a value is by the place it stands in, if the policy declares that.
    pub(crate) fn by_field(&self, fields: FieldSet, style: Style) -> Option<(Kind, Applying)> {
        let mut left = fields;
        while left != 0 {
            let field = u16::try_from(left.trailing_zeros()).ok()?;
            left &= left - 1;
            let category = self.law.tables.fields.get(usize::from(field))?.category;
            let Some(category) = category else { continue };
            let by = By { category, strength: Strength::Certain, detector: None };
            let found = self.judge(by, fields, &[], style);
            if let Some((mut kind, applying)) = found {
                kind.field = u8::try_from(field).ok();
                return Some((kind, applying));
            }
        }
        None
    }

    fn judge(
        &self,
        by: By,
        fields: FieldSet,
        canonical: &[u8],
        style: Style,
    ) -> Option<(Kind, Applying)> {
        let law = self.law;
        let By { category, strength, detector } = by;
        let decision = law.decide(category, self.place, fields)?;
        let (decision, granted) = law.lowered(category, decision);
        let named = law.tables.categories.get(category.index())?;
        let at_home = credential_place(law.tables, self.place);
        if named.group == "credential" && at_home && !law.rules.inspect_credentials_in_place {
            return None;
        }
        if ignore::holds(law.tables, law.rules, category, fields, canonical) {
            return None;
        }
        let action = if law.scrub { &Action::Redact } else { law.action(decision)? };
        let severity = action::severity(action);
        let applying = Applying::new(law.tables, law.settings, action, &named.name);
        let (field, depth) = (None, 0);
        let kind = Kind {
            category,
            detector,
            decision,
            strength,
            severity,
            field,
            style,
            depth,
            hidden: false,
            granted,
        };
        Some((kind, applying))
    }

    /// A whole value that is a finding by its field, looked at to its end.
    pub(crate) fn whole_field(
        &mut self,
        kind: Kind,
        mut applying: Applying,
        text: &[u8],
        spread: Spread,
    ) {
        if text.is_empty() || self.law.detection.is_replacement(text, &self.law) {
            return;
        }
        applying.update(text);
        self.tally.key_missing |= applying.key_missing;
        let applied: Applied = applying.finish();
        self.splice.find(Finding::new(spread.start, spread.end, kind, applied));
    }
}

/// The sets that a name gives to what it names: by the words in it, and as a whole.
pub(crate) fn sets_in(detection: &Detection, tables: &Tables, name: &[u8]) -> ContextSets {
    detection.sets_in(name) | field_names::sets(&tables.names, name)
}

/// Tells all of the text of a candidate, as it is wanted.
fn tell(applying: &mut Applying, detector: &Detector, text: &[u8]) {
    if !applying.wants_canonical() {
        return applying.update(text);
    }
    let mut canonical = Vec::new();
    validate::canonical(detector.validator, text, &mut canonical);
    applying.update(&canonical);
}

/// Whether a field value is short enough to be looked at to its end.
pub(crate) fn field_fits(bytes: usize, raw_bytes: u64) -> bool {
    bytes <= limits::FIELD_BYTES_MAX && raw_bytes <= limits::FIELD_RAW_BYTES_MAX
}

fn fits(selector: &PlaceSelector, place: Place<'_>, fields: FieldSet) -> bool {
    let named = |wanted: &Option<alloc::string::String>, name: &[u8]| {
        wanted.as_ref().is_none_or(|wanted| wanted.as_bytes().eq_ignore_ascii_case(name))
    };
    match (selector, place) {
        (PlaceSelector::Path, Place::Path)
        | (PlaceSelector::Query, Place::Query)
        | (PlaceSelector::Body, Place::Body)
        | (PlaceSelector::Trailer, Place::Trailer) => true,
        (PlaceSelector::Header(wanted), Place::Header(name)) => named(wanted, name),
        // Names of cookies are told apart by their letters, unlike those of headers.
        (PlaceSelector::Cookie(wanted), Place::Cookie(name)) => {
            wanted.as_ref().is_none_or(|wanted| wanted.as_bytes() == name)
        }
        (PlaceSelector::Field(field), _) => fields & bit(field.0) != 0,
        _ => false,
    }
}

/// Whether credentials are at home here.
fn credential_place(tables: &Tables, place: Place<'_>) -> bool {
    match place {
        Place::Cookie(_) => true,
        Place::Header(name) => {
            const HOME: [&[u8]; 4] =
                [b"authorization", b"proxy-authorization", b"cookie", b"set-cookie"];
            HOME.iter().any(|home| name.eq_ignore_ascii_case(home))
                || tables
                    .credential_headers
                    .iter()
                    .any(|header| name.eq_ignore_ascii_case(header.as_bytes()))
        }
        Place::Path | Place::Query | Place::Body | Place::Trailer => false,
    }
}
