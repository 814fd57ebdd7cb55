//! Makes the entry of a crossing: names and counts, nothing of its text.

use crate::crossing::{Crossing, State};
use crate::ends::{PlacedBy, Placement};
use crate::entry::Entry;
use crate::granted::Granted;
use crate::model::{Boundary, Entries, Mode, Reply, Rules, Tables, UNPLACED, ZoneId};
use crate::verdict::Verdict;
use alloc::string::String;
use alloc::vec::Vec;

/// Which message of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Request,
    Response,
}

/// What all crossings of an exchange share.
pub(crate) struct Context<'c> {
    pub(crate) tables: &'c Tables,
    /// Of the policy, in hex.
    pub(crate) digest: &'c str,
    pub(crate) id: &'c [u8; 16],
    pub(crate) began: u64,
    pub(crate) took: u64,
    pub(crate) placement: Option<Placement>,
    pub(crate) boundary: Option<usize>,
    /// The proxy itself answers.
    pub(crate) proxy: bool,
    /// Grants that were there for it.
    pub(crate) granted: &'c [Granted],
}

/// The rules of one direction of a boundary.
pub(crate) fn rules(boundary: Option<&Boundary>, message: Message) -> Option<&Rules> {
    match (message, boundary?) {
        (Message::Request, boundary) => Some(&boundary.request),
        (Message::Response, boundary) => match &boundary.reply {
            Reply::Inspect(rules) => Some(rules),
            Reply::StatusOnly => None,
        },
    }
}

/// The entry of one crossing.
pub(crate) fn entry(context: &Context<'_>, message: Message, crossing: &Crossing) -> Entry {
    let Context { tables, .. } = context;
    let boundary = context.boundary.and_then(|n| tables.boundaries.get(n));
    let rules = rules(boundary, message);
    let verdict = crossing.tally.verdict();
    let nothing = (UNPLACED, PlacedBy::Nothing);
    let (caller, callee) = context.placement.map_or((nothing, nothing), |p| {
        ((p.caller.zone, p.caller.by), (p.callee.zone, p.callee.by))
    });
    let callee = if context.proxy { (callee.0, PlacedBy::Proxy) } else { callee };
    let (from, to) = match message {
        Message::Request => (caller, callee),
        Message::Response => (callee, caller),
    };
    let quiet = crossing.tally.findings.is_empty() && verdict == Verdict::Forward;
    // A reply that is a status alone has no rules; its boundary says what is told of it.
    let entries = rules.or(boundary.map(|boundary| &boundary.request));
    let entries = entries.map_or(Entries::All, |rules| rules.entries);
    Entry {
        time: context.began,
        took_ms: context.took,
        crossing: hex(context.id),
        message: match message {
            Message::Request => "request",
            Message::Response => "response",
        },
        from: zone(tables, from.0),
        from_by: from.1.name(),
        to: zone(tables, to.0),
        to_by: to.1.name(),
        boundary: boundary.map(|boundary| boundary.id.clone()),
        mode: match rules.map_or(tables.mode, |rules| rules.mode) {
            Mode::Enforce => "enforce",
            Mode::Observe => "observe",
        },
        rules: names(crossing.tally.rules.iter().map(|rule| rule.index()), &tables.rules),
        findings: findings(tables, crossing),
        verdict: verdict.name(),
        reason: match verdict {
            Verdict::Block(reason) => Some(reason.name()),
            Verdict::Forward | Verdict::Rewrite => None,
        },
        bytes_in: crossing.bytes_in,
        bytes_out: crossing.bytes_out,
        chunks: crossing.chunks,
        policy: context.digest.into(),
        fields: fields(tables, crossing.tally.fields),
        grants: grants(context.granted, crossing.tally.granted),
        trust: None,
        notes: notes(crossing),
        wanted: entries == Entries::All || !quiet,
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' } else { b'a' - 10 } + nibble);
    let mut text = String::with_capacity(2 * bytes.len());
    bytes.iter().for_each(|byte| text.extend([digit(byte >> 4), digit(byte & 15)]));
    text
}

fn zone(tables: &Tables, zone: ZoneId) -> String {
    tables.zones.get(zone.index()).map(|zone| zone.name.clone()).unwrap_or_default()
}

fn names(indices: impl Iterator<Item = usize>, table: &[String]) -> Vec<String> {
    let mut names: Vec<String> = indices.filter_map(|n| table.get(n).cloned()).collect();
    names.sort_unstable();
    names
}

fn findings(tables: &Tables, crossing: &Crossing) -> Vec<(String, &'static str, u64)> {
    let mut findings: Vec<(String, &'static str, u64)> = Vec::new();
    for (category, action, count) in &crossing.tally.findings {
        let category = tables.categories.get(category.index());
        let action = tables.actions.get(action.index());
        let (Some(category), Some(action)) = (category, action) else { continue };
        let action = crate::action::name(action);
        match findings.iter_mut().find(|(c, a, _)| *c == category.name && *a == action) {
            Some((_, _, sum)) => *sum = sum.saturating_add(*count),
            None => findings.push((category.name.clone(), action, *count)),
        }
    }
    findings.sort_unstable();
    findings
}

fn fields(tables: &Tables, set: u128) -> Vec<String> {
    let found = (0..128).filter(|n| set >> n & 1 == 1);
    let mut fields: Vec<String> =
        found.filter_map(|n: usize| tables.fields.get(n).map(|field| field.text.clone())).collect();
    fields.sort_unstable();
    fields
}

fn grants(granted: &[Granted], met: u64) -> Vec<String> {
    let is_met = |granted: &&Granted| met >> granted.number & 1 == 1;
    let mut ids: Vec<String> =
        granted.iter().filter(is_met).map(|granted| granted.id.short()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn notes(crossing: &Crossing) -> Vec<&'static str> {
    let cut = matches!(crossing.state, State::Sniff(_) | State::Read | State::Drop);
    let cut = cut && crossing.chunks > 0;
    let told = [(crossing.tally.key_missing, "token_key_missing"), (cut, "cut_short")];
    told.iter().filter(|(so, _)| *so).map(|(_, note)| *note).collect()
}
