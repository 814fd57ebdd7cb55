//! Warns of rules and member lines that nothing can ever come to. Only of what is certain: where a
//! line might be reached, nothing is said.

use super::when::path_covers;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::language::{PolicyForm, ReplyForm, RuleForm, RulesForm};
use cofferdam_engine::model::{
    AddressBlock, Decision, Member, PlaceSelector, Reply, Rules, Tables,
};
use std::collections::BTreeSet;

/// Lines are compared each with each, which of more of them takes long.
const MEMBERS_COMPARED_MAX: usize = 2000;

/// Looks at a policy that compiles.
pub(crate) fn check(policy: &PolicyForm, tables: &Tables, diagnostics: &mut Diagnostics) {
    for (form, boundary) in policy.boundaries.iter().zip(&tables.boundaries) {
        let id = &form.id.value;
        rules(&form.request, &boundary.request, &format!("{id}#"), tables, diagnostics);
        if let (Some(ReplyForm::Inspect(form)), Reply::Inspect(resolved)) =
            (&form.reply, &boundary.reply)
        {
            rules(form, resolved, &format!("{id}#reply."), tables, diagnostics);
            form.rules.iter().for_each(|rule| no_path(rule, diagnostics));
        }
    }
    members(policy, diagnostics);
}

/// Tells of rules that no decision names: others replace all that they say.
fn rules(
    form: &RulesForm,
    resolved: &Rules,
    prefix: &str,
    tables: &Tables,
    diagnostics: &mut Diagnostics,
) {
    let placed = resolved.placed.iter().map(|placed| &placed.decision);
    let name = |decision: &Decision| tables.rules.get(decision.rule.index());
    let used: BTreeSet<_> =
        resolved.by_category.iter().flatten().chain(placed).filter_map(name).collect();
    for (n, rule) in form.rules.iter().enumerate() {
        let Some(span) = span(rule) else { continue };
        if used.contains(&format!("{prefix}{}", n + 1)) {
            continue;
        }
        let message = "this rule never decides: more specific ones replace all that it says";
        diagnostics.push(
            Diagnostic::new(Code::Void, span, message)
                .help("take it out, or narrow the rules that name its categories"),
        );
    }
}

/// Tells of a rule for path or query alone, where messages have neither.
fn no_path(rule: &RuleForm, diagnostics: &mut Diagnostics) {
    let path = |place: &PlaceSelector| matches!(place, PlaceSelector::Path | PlaceSelector::Query);
    let only = rule.placed && rule.fields.is_empty() && !rule.places.is_empty();
    if let Some(first) = rule.places.first()
        && only
        && rule.places.iter().all(|place| path(&place.value))
    {
        let message = "this rule never decides: a reply has no path and no query";
        diagnostics.push(
            Diagnostic::new(Code::Void, first.span, message)
                .help("write it under the boundary itself, where requests are meant"),
        );
    }
}

/// Where a rule begins to say what it is for.
fn span(rule: &RuleForm) -> Option<Span> {
    let (first, last) = (rule.categories.first()?, rule.categories.last()?);
    Some(first.span.to(last.span))
}

/// Tells of member lines that fit only what an earlier one fits already.
fn members(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    for (n, form) in policy.members.iter().take(MEMBERS_COMPARED_MAX).enumerate() {
        let earlier = policy.members[..n].iter().find(|earlier| {
            // The very same line is an error of its own.
            earlier.member != form.member && takes_all(&earlier.member, &form.member)
        });
        let Some(earlier) = earlier else { continue };
        let message = "no end comes to this line: an earlier one fits whatever it fits";
        diagnostics.push(
            Diagnostic::new(Code::Void, form.span, message)
                .related(earlier.span, format!("this one puts them in `{}`", earlier.zone.value))
                .help("put the narrower line first, or take it out"),
        );
    }
}

/// Whether every condition of one line holds wherever those of the other do.
pub(super) fn takes_all(wide: &Member, narrow: &Member) -> bool {
    let glob = |wide: &Option<String>, narrow: &Option<String>| match (wide, narrow) {
        (None, _) => true,
        (Some(wide), Some(narrow)) if !wide.contains('*') => wide == narrow,
        (Some(wide), Some(narrow)) => path_covers(wide, narrow),
        (Some(_), None) => false,
    };
    let source = match (wide.source, narrow.source) {
        (None, _) => true,
        (Some(wide), Some(narrow)) => holds(wide, narrow),
        (Some(_), None) => false,
    };
    glob(&wide.spiffe, &narrow.spiffe)
        && glob(&wide.cluster, &narrow.cluster)
        && glob(&wide.route, &narrow.route)
        && glob(&wide.virtual_host, &narrow.virtual_host)
        && (wide.host.is_none() || wide.host == narrow.host)
        && (wide.listener_port.is_none() || wide.listener_port == narrow.listener_port)
        && source
        && glob(&wide.node_id, &narrow.node_id)
        && glob(&wide.node_cluster, &narrow.node_cluster)
}

pub(super) fn holds(wide: AddressBlock, narrow: AddressBlock) -> bool {
    let differs = u128::from_be_bytes(wide.address) ^ u128::from_be_bytes(narrow.address);
    wide.bits <= narrow.bits && differs.leading_zeros() >= u32::from(wide.bits.min(128))
}
