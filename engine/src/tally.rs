//! Counts what a crossing came to, and lists it for a survey. Knows categories, actions and rules;
//! never a text.

use crate::finding::Kind;
use crate::model::{ActionId, CategoryId, RuleId};
use crate::survey::Located;
use crate::verdict::{Reason, Verdict};
use alloc::vec::Vec;

/// What happened in one crossing, so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Sorted by category and action.
    pub(crate) findings: Vec<(CategoryId, ActionId, u64)>,
    /// Sorted.
    pub(crate) rules: Vec<RuleId>,
    /// Declared fields that were found, as bits.
    pub(crate) fields: u128,
    /// The first reason to block, also where nothing may be altered.
    pub(crate) blocked: Option<Reason>,
    /// Whether anything was replaced, or would have been.
    pub(crate) rewritten: bool,
    /// Grants that a finding met, as bits.
    pub(crate) granted: u64,
    /// A token key was missing.
    pub(crate) key_missing: bool,
    /// Where findings are, where that is asked for: in a survey, never in a crossing.
    pub(crate) located: Option<Vec<Located>>,
    /// What ends here or before has been told, and is not told again.
    pub(crate) told_to: u64,
}

impl Tally {
    /// One finding, of these raw bytes.
    pub(crate) fn find(&mut self, kind: &Kind, start: u64, end: u64) {
        if let Some(located) = &mut self.located
            && end > self.told_to
        {
            let Kind { category, detector, .. } = *kind;
            located.push(Located { category, detector, start, end });
        }
        let key = (kind.category, kind.decision.action);
        match self.findings.binary_search_by_key(&key, |(category, action, _)| (*category, *action))
        {
            Ok(at) => {
                if let Some((_, _, count)) = self.findings.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(at) => self.findings.insert(at, (key.0, key.1, 1)),
        }
        if let Err(at) = self.rules.binary_search(&kind.decision.rule) {
            self.rules.insert(at, kind.decision.rule);
        }
        if let Some(field) = kind.field {
            self.fields |= 1u128.checked_shl(field.into()).unwrap_or(0);
        }
        if let Some(granted) = kind.granted {
            self.granted |= 1u64.checked_shl(granted.into()).unwrap_or(0);
        }
        self.rewritten |= kind.severity > 1;
    }

    /// A reason to block. The first one stands.
    pub(crate) fn block(&mut self, reason: Reason) {
        self.blocked.get_or_insert(reason);
    }

    /// What it came to.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.blocked {
            Some(reason) => Verdict::Block(reason),
            None if self.rewritten => Verdict::Rewrite,
            None => Verdict::Forward,
        }
    }
}
