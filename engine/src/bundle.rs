//! What a host is given: a blob, checked whole, ready to decide.
//! Every reference between tables is checked here, once; nothing is checked again later.

use crate::blob::{Blob, BlobError, Digest};
use crate::detect::{Detection, DetectorSet};
use crate::fields_only::FieldsOnly;
use crate::glob;
use crate::head::usual::HeaderSets;
use crate::judge::{self, Law};
use crate::limits;
use crate::model::{
    Action, Decision, DetectorId, Grants, Ignored, PlaceSelector, Reply, Rules, Tables, When,
    ZoneId,
};
use crate::path::Paths;
use crate::settings::Settings;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A checked blob.
#[derive(Debug)]
pub struct Bundle {
    blob: Arc<Blob>,
    /// The digest in hex, as every entry tells it.
    digest_text: String,
    detection: Detection,
    paths: Paths,
    header_sets: HeaderSets,
    /// Detectors whose categories count: of requests and replies by boundary, of the proxy's own
    /// answers last.
    active: Vec<(DetectorSet, DetectorSet)>,
    proxy_active: DetectorSet,
    /// The fields that cross, where only some do: of requests and replies by boundary.
    fields_only: Vec<(Option<FieldsOnly>, Option<FieldsOnly>)>,
}

/// Whose rules a crossing follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RulesOf {
    Request(usize),
    Reply(usize),
    Proxy,
}

/// What the policy says for a request between two zones.
pub(crate) enum Found {
    Boundary(usize),
    /// Boundaries join the zones, but none for such a request.
    NotPermitted,
    NoBoundary,
}

impl Bundle {
    /// Reads a blob and checks every reference in it, so that nothing is checked again later.
    ///
    /// # Errors
    /// When the bytes are no blob that this engine reads.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, BlobError> {
        Self::of(Blob::parse(bytes)?)
    }

    pub(crate) fn of(blob: Blob) -> Result<Self, BlobError> {
        let blob = Arc::new(blob);
        check(&blob)?;
        let tables = &blob.tables;
        let paths = Paths::new(&tables.fields).ok_or(BlobError::reference("fields"))?;
        let detection = Detection::new(Arc::clone(&blob))?;
        let header_sets = HeaderSets::new(|name| judge::sets_in(&detection, tables, name));
        let active = |rules: &Rules| active(tables, rules);
        let boundaries = tables.boundaries.iter().map(|boundary| {
            let reply = match &boundary.reply {
                Reply::StatusOnly => DetectorSet::default(),
                Reply::Inspect(rules) => active(rules),
            };
            (active(&boundary.request), reply)
        });
        let active_by_boundary = boundaries.collect();
        let proxy_active = active(&tables.proxy_reply);
        let only = |rules: &Rules| Some(FieldsOnly::new(&paths, rules.fields_only.as_deref()?));
        let fields_only = tables.boundaries.iter().map(|boundary| match &boundary.reply {
            Reply::StatusOnly => (only(&boundary.request), None),
            Reply::Inspect(rules) => (only(&boundary.request), only(rules)),
        });
        let fields_only = fields_only.collect();
        Ok(Self {
            digest_text: blob.digest().to_string(),
            blob: Arc::clone(&blob),
            detection,
            paths,
            header_sets,
            active: active_by_boundary,
            proxy_active,
            fields_only,
        })
    }

    /// Finds what the blob's detectors find.
    #[must_use]
    pub fn detection(&self) -> &Detection {
        &self.detection
    }

    /// The digest of the blob.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        self.blob.digest()
    }

    pub(crate) fn digest_text(&self) -> &str {
        &self.digest_text
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> &Tables {
        &self.blob.tables
    }

    /// The blob itself, for inspection.
    #[must_use]
    pub fn blob(&self) -> &Blob {
        &self.blob
    }

    pub(crate) fn law<'p>(&'p self, settings: &'p Settings, of: RulesOf) -> Option<Law<'p>> {
        let tables = self.tables();
        let (rules, active) = match of {
            RulesOf::Request(n) => (&tables.boundaries.get(n)?.request, &self.active.get(n)?.0),
            RulesOf::Reply(n) => match &tables.boundaries.get(n)?.reply {
                Reply::StatusOnly => return None,
                Reply::Inspect(rules) => (rules, &self.active.get(n)?.1),
            },
            RulesOf::Proxy => return Some(self.proxy_law(settings)),
        };
        let fields_only = match of {
            RulesOf::Request(n) => self.fields_only.get(n)?.0.as_ref(),
            RulesOf::Reply(n) => self.fields_only.get(n)?.1.as_ref(),
            RulesOf::Proxy => None,
        };
        Some(Law { rules, active, fields_only, ..self.proxy_law(settings) })
    }

    /// The rules for the proxy's own answers: they are always there.
    pub(crate) fn proxy_law<'p>(&'p self, settings: &'p Settings) -> Law<'p> {
        Law {
            tables: self.tables(),
            detection: &self.detection,
            paths: &self.paths,
            header_sets: &self.header_sets,
            settings,
            rules: &self.tables().proxy_reply,
            active: &self.proxy_active,
            fields_only: None,
            scrub: false,
            granted: &[],
        }
    }

    /// Everything that the blob's detectors and fields find, whatever the rules say.
    pub(crate) fn survey_law<'p>(
        &'p self,
        settings: &'p Settings,
        rules: &'p Rules,
        active: &'p DetectorSet,
    ) -> Law<'p> {
        Law { rules, active, scrub: true, ..self.proxy_law(settings) }
    }

    /// The boundary for a request: of several that fit, the first.
    pub(crate) fn boundary(
        &self,
        from: ZoneId,
        to: ZoneId,
        method: &[u8],
        path: &[u8],
        media: Option<&str>,
    ) -> Found {
        let mut joined = false;
        for (n, boundary) in self.tables().boundaries.iter().enumerate() {
            if boundary.from != from || boundary.to != to {
                continue;
            }
            joined = true;
            if permits(&boundary.when, method, path, media) {
                return Found::Boundary(n);
            }
        }
        if joined { Found::NotPermitted } else { Found::NoBoundary }
    }
}

fn permits(when: &When, method: &[u8], path: &[u8], media: Option<&str>) -> bool {
    let any = |list: &[alloc::string::String], fits: &dyn Fn(&str) -> bool| {
        list.is_empty() || list.iter().any(|item| fits(item))
    };
    any(&when.methods, &|wanted| wanted.as_bytes() == method)
        && any(&when.paths, &|wanted| glob::fits(wanted, path, Some(b'/')))
        // A request without a body has no type to speak of.
        && media.is_none_or(|media| {
            any(&when.media, &|wanted| glob::fits(wanted, media.as_bytes(), Some(b'/')))
        })
}

fn active(tables: &Tables, rules: &Rules) -> DetectorSet {
    let mut set = DetectorSet::default();
    for (n, detector) in (0..).zip(&tables.detectors) {
        let by_category = rules.by_category.get(detector.category.index());
        let counts = by_category.is_some_and(Option::is_some)
            || rules.placed.iter().any(|placed| placed.category == detector.category);
        if counts {
            set.insert(DetectorId(n));
        }
    }
    set
}

/// Every index points into its table.
fn check(blob: &Blob) -> Result<(), BlobError> {
    let tables = &blob.tables;
    let fail = |table| Err(BlobError::reference(table));
    if tables.zones.is_empty() || tables.members.iter().any(|m| tables.zones.len() <= m.zone.into())
    {
        return fail("zones");
    }
    let category = |index: usize| index < tables.categories.len();
    for detector in &tables.detectors {
        if !category(detector.category.index()) {
            return fail("categories");
        }
        if usize::from(detector.automaton) >= blob.automata_len() {
            return fail("automata");
        }
        if detector.context.is_some_and(|set| usize::from(set) >= limits::SETS_MAX) {
            return fail("words");
        }
    }
    if !tables.names.is_sorted_by(|a, b| a.text < b.text) {
        return fail("names");
    }
    if tables.fields.iter().filter_map(|f| f.category).any(|c| !category(c.index())) {
        return fail("categories");
    }
    if !tables.schema.is_sound() {
        return fail("schema");
    }
    for action in &tables.actions {
        if let Action::Tokenize(tokenize) = action
            && tokenize.key.index() >= tables.keys.len()
        {
            return fail("keys");
        }
    }
    for boundary in &tables.boundaries {
        let zone = |zone: ZoneId| zone.index() < tables.zones.len();
        if !zone(boundary.from) || !zone(boundary.to) {
            return fail("zones");
        }
        check_grants(tables, boundary.grants.as_ref())?;
        check_rules(tables, &boundary.request)?;
        if let Reply::Inspect(rules) = &boundary.reply {
            check_rules(tables, rules)?;
        }
    }
    check_rules(tables, &tables.proxy_reply)
}

fn check_grants(tables: &Tables, grants: Option<&Grants>) -> Result<(), BlobError> {
    let Some(grants) = grants else { return Ok(()) };
    if grants.categories.iter().any(|category| category.index() >= tables.categories.len()) {
        return Err(BlobError::reference("categories"));
    }
    match grants.actions.iter().all(|granted| granted.action.index() < tables.actions.len()) {
        true => Ok(()),
        false => Err(BlobError::reference("actions")),
    }
}

fn check_rules(tables: &Tables, rules: &Rules) -> Result<(), BlobError> {
    let decides = |decision: &Decision| {
        decision.action.index() < tables.actions.len() && decision.rule.index() < tables.rules.len()
    };
    let decisions = rules.by_category.iter().flatten();
    if !decisions.chain(rules.placed.iter().map(|placed| &placed.decision)).all(decides) {
        return Err(BlobError::reference("actions"));
    }
    if rules.by_category.len() != tables.categories.len()
        || rules.placed.iter().any(|placed| placed.category.index() >= tables.categories.len())
        || rules.ignore.iter().any(|ignore| ignore.category.index() >= tables.categories.len())
    {
        return Err(BlobError::reference("categories"));
    }
    let placed = rules.placed.iter().filter_map(|placed| match &placed.place {
        PlaceSelector::Field(field) => Some(field),
        PlaceSelector::Path
        | PlaceSelector::Query
        | PlaceSelector::Body
        | PlaceSelector::Trailer
        | PlaceSelector::Header(_)
        | PlaceSelector::Cookie(_) => None,
    });
    let ignored = rules.ignore.iter().filter_map(|ignore| match &ignore.what {
        Ignored::Field(field) => Some(field),
        Ignored::Value(_) | Ignored::Prefix(..) | Ignored::Range(..) | Ignored::Addresses(_) => {
            None
        }
    });
    let only = rules.fields_only.iter().flatten();
    if placed.chain(ignored).chain(only).any(|field| field.index() >= tables.fields.len()) {
        return Err(BlobError::reference("fields"));
    }
    Ok(())
}
