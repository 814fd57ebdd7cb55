//! Turns a policy as written into the tables of a blob: names become indices, defaults are filled
//! in, and what contradicts itself is refused. Reads no clock, no file and no environment.

mod actions;
pub(crate) mod alike;
mod asserts;
mod cases;
mod catalog;
pub(crate) mod dead;
mod detection;
mod fields_only;
mod grants;
pub(crate) mod ignored;
mod intern;
mod lookalike;
mod masks;
pub(crate) mod overlap;
mod own;
mod places;
mod rules;
mod schema;
mod upkeep;
pub(crate) mod when;

pub(crate) use asserts::prove;
pub use upkeep::Review;
pub(crate) use upkeep::reviews;

use crate::controls;
use crate::detectors::by_field;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::language::read::{Name, nearest};
use crate::language::yaml::escape;
use crate::language::{BoundaryForm, DeliveryForm, IgnoredForm, PolicyForm, ReplyForm, RulesForm};
use actions::Actions;
use catalog::Catalog;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::{
    Boundary, Decision, Entries, Grants, Limits, Member, Mode, OnUnparsable, PlaceSelector,
    PlacedRule, Reply, Rules, Tables, Zone, ZoneId,
};
pub(crate) use detection::Detection;
use grants::DraftedGrants;
use intern::{Interned, narrow};
use rules::{Context, Defaults, Direction, Place};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The name of rules for what no boundary speaks of: the proxy's own answers.
const PROXY: &str = "proxy";

/// Everything that a blob is sealed from.
pub(crate) struct Resolved {
    pub(crate) tables: Tables,
    pub(crate) automata: Vec<Vec<u8>>,
    /// What [`resolve_again`] takes.
    pub(crate) detection: Detection,
}

/// One boundary whose rules are known by name.
struct Drafted<'p> {
    form: &'p BoundaryForm,
    ends: Option<(ZoneId, ZoneId)>,
    request: Direction<'p>,
    reply: Option<DraftedReply<'p>>,
    grants: Option<DraftedGrants<'p>>,
}

impl<'p> Drafted<'p> {
    fn directions(&self) -> impl Iterator<Item = &Direction<'p>> {
        let reply = match &self.reply {
            Some(DraftedReply::Inspect(direction)) => Some(direction),
            Some(DraftedReply::StatusOnly) | None => None,
        };
        std::iter::once(&self.request).chain(reply)
    }
}

enum DraftedReply<'p> {
    StatusOnly,
    Inspect(Direction<'p>),
}

/// Resolves a policy as far as it can be resolved. `None` with an error in `diagnostics`.
pub(crate) fn resolve(
    policy: &PolicyForm,
    source: &Source,
    diagnostics: &mut Diagnostics,
) -> Option<Resolved> {
    resolve_with(policy, source, None, diagnostics)
}

/// Resolves a policy that differs in its rules only from one that was resolved, with the detectors
/// of that one, which are what takes long. It need not be one that a person may write.
pub(crate) fn resolve_again(
    policy: &PolicyForm,
    source: &Source,
    known: &Detection,
) -> Option<Resolved> {
    resolve_with(policy, source, Some(known), &mut Diagnostics::default())
}

fn resolve_with(
    policy: &PolicyForm,
    source: &Source,
    known: Option<&Detection>,
    diagnostics: &mut Diagnostics,
) -> Option<Resolved> {
    check_as_written(policy, diagnostics);
    let zones = Zones::new(policy);
    let members = members(policy, &zones, diagnostics);
    check_cases(policy, &zones, diagnostics);
    cases::check_rules(policy, diagnostics);
    let catalog = Catalog::new(policy, diagnostics);
    check_findings(policy, &catalog, diagnostics);
    asserts::check_names(policy, &zones, &catalog, diagnostics);
    let actions = Actions::new(policy, diagnostics);
    let mut interned = Interned::default();
    let mut drafted = Vec::new();
    for form in &policy.boundaries {
        let from = form.from.as_ref().and_then(|name| zones.look_up(name, diagnostics));
        let to = form.to.as_ref().and_then(|name| zones.look_up(name, diagnostics));
        let ends = from.zip(to);
        check_ends(form, ends, diagnostics);
        let interned = &mut interned;
        let mut context = Context { catalog: &catalog, actions: &actions, interned, diagnostics };
        drafted.push(draft(&mut context, policy, form, ends));
    }
    actions.finish(policy, diagnostics);
    let proxy_form = RulesForm::default();
    let proxy_reply = {
        let interned = &mut interned;
        let mut context = Context { catalog: &catalog, actions: &actions, interned, diagnostics };
        rules::resolve(&mut context, &proxy_form, defaults(policy), PROXY, "")
    };
    let detection = if let Some(known) = known {
        known.intern(policy, &mut interned);
        known.clone()
    } else {
        let used = used_categories(policy, &drafted, &proxy_reply);
        Detection::compile(policy, &catalog, &used, source, &mut interned, diagnostics)
    };
    check_ignored(&drafted, &detection, diagnostics);
    detection.check_strengths(policy, diagnostics);
    masks::check(policy, &actions, &detection, diagnostics);
    let salt = ignore_salt(policy);
    let boundaries = finish(drafted, &detection, &mut interned, salt);
    let proxy_reply = finish_rules(&proxy_reply, &detection, &mut interned, salt);
    interned.check(diagnostics);
    detection::check_fields(&interned, diagnostics);
    if diagnostics.has_errors() && known.is_none() {
        return None;
    }
    let Detection { categories, compiled, .. } = detection.clone();
    let detection::Compiled { detectors, words, names, automata, .. } = compiled;
    let schema = schema::read(policy, source, diagnostics);
    let tables = Tables {
        policy: policy.name.clone(),
        compiler: env!("CARGO_PKG_VERSION").to_owned(),
        mode: policy.mode.as_ref().map_or(Mode::Enforce, |mode| mode.value),
        limits: limits(policy),
        zones: zones.list,
        members,
        categories,
        detectors,
        words,
        names,
        fields: interned.fields,
        actions: interned.actions,
        keys: interned.keys,
        rules: interned.rules,
        boundaries,
        proxy_reply,
        credential_headers: credential_headers(policy),
        ignore_salt: salt,
        schema,
    };
    Some(Resolved { tables, automata, detection })
}

fn limits(policy: &PolicyForm) -> Limits {
    Limits {
        inspect_bytes_max: policy.limits.inspect_bytes_max,
        on_oversize: policy.limits.on_oversize,
        on_unparsable: policy.limits.on_unparsable,
        unwrap: policy.limits.unwrap,
        recompress: policy.limits.recompress,
        opaque_media: policy.limits.opaque_media.clone(),
    }
}

/// What can be judged without knowing what names stand for.
fn check_as_written(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    check_unique(policy, diagnostics);
    lookalike::check(policy, diagnostics);
    upkeep::check(policy, diagnostics);
    policy.boundaries.iter().for_each(|boundary| controls::check(boundary, diagnostics));
    when::check(&policy.boundaries, diagnostics);
    check_scan_raw(policy, diagnostics);
    fields_only::check(policy, diagnostics);
    check_modes(policy, diagnostics);
}

/// The policy's zones by name.
struct Zones {
    list: Vec<Zone>,
    rows: BTreeMap<String, ZoneId>,
}

impl Zones {
    fn new(policy: &PolicyForm) -> Self {
        let unplaced = Zone {
            name: "unplaced".to_owned(),
            sensitivity: "unknown".to_owned(),
            third_party: false,
        };
        let own =
            policy.zones.iter().filter(|zone| zone.name.value != "unplaced").map(|zone| Zone {
                name: zone.name.value.clone(),
                sensitivity: zone.sensitivity.clone(),
                third_party: zone.third_party,
            });
        let list: Vec<Zone> = std::iter::once(unplaced).chain(own).collect();
        let rows =
            list.iter().enumerate().map(|(at, zone)| (zone.name.clone(), ZoneId(narrow(at))));
        Self { rows: rows.collect(), list }
    }

    fn look_up(&self, name: &Name, diagnostics: &mut Diagnostics) -> Option<ZoneId> {
        let found = self.rows.get(&name.value).copied();
        // Where no zone could be read, that has been said, and each name of one would say it again.
        let unreadable = self.list.len() == 1 && diagnostics.has_errors();
        if found.is_none() && !unreadable {
            let message = format!("there is no zone `{}`", escape(&name.value));
            let names = self.list.iter().map(|zone| zone.name.as_str());
            let near = if diagnostics.is_full() { None } else { nearest(&name.value, names) };
            diagnostics.push(
                Diagnostic::new(Code::Reference, name.span, message)
                    .help("declare it under `zones`")
                    .did_you_mean(near),
            );
        }
        found
    }
}

fn members(policy: &PolicyForm, zones: &Zones, diagnostics: &mut Diagnostics) -> Vec<Member> {
    let mut list: Vec<Member> = Vec::new();
    let mut seen: HashMap<String, Span> = HashMap::new();
    for form in &policy.members {
        let Some(zone) = zones.look_up(&form.zone, diagnostics) else { continue };
        let conditions = Member { zone: 0, ..form.member.clone() };
        // As text, since conditions have no order.
        let first = *seen.entry(format!("{conditions:?}")).or_insert(form.span);
        if first != form.span {
            let message = "an earlier line fits whatever this one fits";
            diagnostics.push(
                Diagnostic::new(Code::Redeclared, form.span, message)
                    .related(first, "the first line that fits wins")
                    .help("take this line out, or give it another condition"),
            );
        }
        list.push(Member { zone: zone.0, ..conditions });
    }
    list
}

fn check_unique(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for boundary in &policy.boundaries {
        let id = &boundary.id;
        if id.value == PROXY {
            let message = format!("`{PROXY}` is what entries call the proxy's own answers");
            diagnostics.push(
                Diagnostic::new(Code::Redeclared, id.span, message)
                    .help("give the boundary another name"),
            );
        }
        if let Some(first) = seen.insert(&id.value, id.span) {
            let message = format!("there are two boundaries `{}`", id.value);
            diagnostics.push(
                Diagnostic::new(Code::Redeclared, id.span, message)
                    .related(first, "the first one")
                    .help("give one of them another name"),
            );
        }
    }
    if policy.zones.len() >= usize::from(u16::MAX) {
        let message = "the policy has too many zones";
        diagnostics.push(Diagnostic::new(Code::Limit, Span::default(), message));
    }
}

/// Read as raw text a body has no fields, so a rule on a field would be void without a word.
fn check_scan_raw(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    if policy.limits.on_unparsable != OnUnparsable::ScanRaw {
        return;
    }
    let mut needs: Vec<Span> = Vec::new();
    for category in &policy.categories {
        needs.extend(category.fields.iter().map(|field| field.span));
        needs.extend(category.near.first().map(|word| word.span));
    }
    let by_field = |names: &[Name]| -> Vec<Span> {
        let group = format!("@{}", by_field::GROUP);
        let told = |name: &&Name| name.value == group || by_field::find(&name.value).is_some();
        names.iter().filter(told).map(|name| name.span).collect()
    };
    needs.extend(by_field(&policy.detect));
    for boundary in &policy.boundaries {
        for rules in boundary.directions() {
            needs.extend(rules.rules.iter().flat_map(|rule| by_field(&rule.categories)));
            needs.extend(rules.fields_only.iter().flatten().map(|field| field.span));
            let fields = rules.rules.iter().flat_map(|rule| rule.fields.iter());
            needs.extend(fields.map(|field| field.span));
            needs.extend(rules.ignore.iter().flat_map(|ignore| &ignore.what).filter_map(|what| {
                match what {
                    IgnoredForm::Field(field) => Some(field.span),
                    IgnoredForm::Value(_)
                    | IgnoredForm::Prefix(_)
                    | IgnoredForm::Range(_)
                    | IgnoredForm::Addresses(_)
                    | IgnoredForm::PublishedTestValues => None,
                }
            }));
        }
    }
    if let Some(first) = needs.first() {
        let message = "`scan_raw` reads no fields, and this policy speaks of fields";
        diagnostics.push(
            Diagnostic::new(Code::Conflict, policy.limits.on_unparsable_span, message)
                .related(*first, "here")
                .help("write `on_unparsable: block`"),
        );
    }
}

/// `observe` for the whole policy alters nothing, whatever a boundary says.
fn check_modes(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    let Some(whole) = policy.mode.as_ref().filter(|mode| mode.value == Mode::Observe) else {
        return;
    };
    for boundary in &policy.boundaries {
        for mode in boundary.directions().filter_map(|rules| rules.mode.as_ref()) {
            if mode.value == Mode::Enforce {
                let message = "the whole policy only observes, so nothing is enforced here";
                diagnostics.push(
                    Diagnostic::new(Code::Void, mode.span, message)
                        .related(whole.span, "here")
                        .help("take this line out, or `mode: observe` of the policy"),
                );
            }
        }
    }
}

fn check_ends(form: &BoundaryForm, ends: Option<(ZoneId, ZoneId)>, diagnostics: &mut Diagnostics) {
    let Some((from, to)) = ends else { return };
    if from == to && from != cofferdam_engine::model::UNPLACED {
        let message = format!("`{}` joins a zone with itself", form.id.value);
        diagnostics.push(
            Diagnostic::new(Code::Conflict, form.id.span, message)
                .help("within a zone messages are let on, and no boundary is asked"),
        );
    }
}

fn check_cases(policy: &PolicyForm, zones: &Zones, diagnostics: &mut Diagnostics) {
    for case in &policy.cases {
        for zone in [&case.message.from, &case.message.to] {
            zones.look_up(zone, diagnostics);
        }
    }
}

fn check_findings(policy: &PolicyForm, catalog: &Catalog, diagnostics: &mut Diagnostics) {
    for (category, _) in policy.cases.iter().flat_map(|case| case.expect.findings.iter().flatten())
    {
        catalog.look_up(category, diagnostics);
    }
}

fn check_ignored(drafted: &[Drafted<'_>], detection: &Detection, diagnostics: &mut Diagnostics) {
    // Without detectors a pattern was refused, and nothing can be said about others.
    if detection.compiled.detectors.is_empty() {
        return;
    }
    for boundary in drafted {
        for (category, form) in boundary.directions().flat_map(|direction| &direction.ignore) {
            if let Some(id) = detection.category(category) {
                ignored::check(id, category, form, detection, diagnostics);
            }
        }
    }
}

fn draft<'p>(
    context: &mut Context<'_>,
    policy: &PolicyForm,
    form: &'p BoundaryForm,
    ends: Option<(ZoneId, ZoneId)>,
) -> Drafted<'p> {
    let whole = defaults(policy);
    let settle = |outer: Defaults, form: &RulesForm| {
        let own = outer.with(form);
        // A policy that only observes alters nothing, whatever a boundary says.
        if whole.mode == Mode::Observe { Defaults { mode: Mode::Observe, ..own } } else { own }
    };
    // What a boundary says of mode, delivery and entries holds for its replies too.
    let own = settle(whole, &form.request);
    let id = &form.id.value;
    let request = rules::resolve(context, &form.request, own, id, "");
    let reply = form.reply.as_ref().map(|reply| match reply {
        ReplyForm::StatusOnly => DraftedReply::StatusOnly,
        ReplyForm::Inspect(rules) => {
            let own = settle(own, rules);
            DraftedReply::Inspect(rules::resolve(context, rules, own, id, "reply."))
        }
    });
    let mut drafted = Drafted { form, ends, request, reply, grants: None };
    let directions: Vec<_> = drafted.directions().collect();
    drafted.grants = grants::resolve(context, form, &directions);
    drafted
}

/// What holds where nothing is said.
fn defaults(policy: &PolicyForm) -> Defaults {
    Defaults {
        mode: policy.mode.as_ref().map_or(Mode::Enforce, |mode| mode.value),
        delivery: DeliveryForm::Auto,
        entries: Entries::All,
        inspect_credentials_in_place: false,
    }
}

/// Categories that a decision speaks of, and the policy's own.
fn used_categories(
    policy: &PolicyForm,
    drafted: &[Drafted<'_>],
    proxy_reply: &Direction<'_>,
) -> BTreeSet<String> {
    let mut used: BTreeSet<_> =
        policy.categories.iter().map(|category| category.name.value.clone()).collect();
    used.extend(proxy_reply.by_category.keys().cloned());
    for boundary in drafted {
        for direction in boundary.directions() {
            used.extend(direction.by_category.keys().cloned());
            used.extend(direction.placed.iter().map(|(category, _, _)| category.clone()));
        }
    }
    used
}

fn finish(
    drafted: Vec<Drafted<'_>>,
    detection: &Detection,
    interned: &mut Interned,
    salt: [u8; 16],
) -> Vec<Boundary> {
    let mut list = Vec::new();
    for boundary in drafted {
        let (Some((from, to)), Some(reply)) = (boundary.ends, boundary.reply) else { continue };
        list.push(Boundary {
            id: boundary.form.id.value.clone(),
            from,
            to,
            when: boundary.form.when.when.clone(),
            upgrades: Vec::new(),
            require: boundary.form.require.require,
            grants: boundary.grants.map(|drafted| finish_grants(drafted, detection)),
            request: finish_rules(&boundary.request, detection, interned, salt),
            reply: match reply {
                DraftedReply::StatusOnly => Reply::StatusOnly,
                DraftedReply::Inspect(direction) => {
                    Reply::Inspect(finish_rules(&direction, detection, interned, salt))
                }
            },
        });
    }
    list
}

fn finish_grants(drafted: DraftedGrants<'_>, detection: &Detection) -> Grants {
    let DraftedGrants { form, categories, actions } = drafted;
    let mut categories: Vec<_> =
        categories.iter().filter_map(|category| detection.category(category)).collect();
    categories.sort();
    let (floor, ttl_seconds_max) = (form.floor.value, form.ttl_seconds_max);
    Grants { floor, ttl_seconds_max, categories, actions }
}

fn finish_rules(
    direction: &Direction<'_>,
    detection: &Detection,
    interned: &mut Interned,
    salt: [u8; 16],
) -> Rules {
    let mut by_category: Vec<Option<Decision>> = vec![None; detection.categories.len()];
    for (category, decision) in &direction.by_category {
        let slot = detection.category(category).and_then(|id| by_category.get_mut(id.index()));
        if let Some(slot) = slot {
            *slot = Some(*decision);
        }
    }
    let placed = direction.placed.iter().filter_map(|(category, place, decision)| {
        let category = detection.category(category)?;
        let place = match place {
            Place::At(selector) => selector.clone(),
            Place::Field(path) => {
                PlaceSelector::Field(interned.field(&path.text, &path.steps, None))
            }
        };
        Some(PlacedRule { category, place, decision: *decision })
    });
    let placed = placed.collect();
    let mut ignore = Vec::new();
    for (category, what) in &direction.ignore {
        let Some(id) = detection.category(category) else { continue };
        ignore.extend(ignored::resolve(id, category, what, detection, interned, salt));
    }
    let fields_only = direction.fields_only.map(|paths| {
        let paths = paths.iter().map(|path| &path.value);
        let ids = paths.map(|path| interned.field(&path.text, &path.steps, None));
        // In one order, however they are written.
        ids.collect::<BTreeSet<_>>().into_iter().collect()
    });
    Rules {
        fields_only,
        mode: direction.mode,
        delivery: direction.delivery,
        entries: direction.entries,
        inspect_credentials_in_place: direction.inspect_credentials_in_place,
        by_category,
        placed,
        ignore,
    }
}

fn credential_headers(policy: &PolicyForm) -> Vec<String> {
    let names: BTreeSet<_> = policy.credential_headers.iter().cloned().collect();
    names.into_iter().collect()
}

/// The same policy gives the same salt, and so the same blob.
fn ignore_salt(policy: &PolicyForm) -> [u8; 16] {
    let Digest(digest) = Digest::of(&[b"cofferdam ignore salt\n", &policy.digest[..]].concat());
    let mut salt = [0; 16];
    salt.copy_from_slice(&digest[..16]);
    salt
}
