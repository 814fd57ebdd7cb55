//! Turns a regular expression into the smallest table that says the same, and that into a section.
//! Knows no pattern text, and stops where a table gets too large to make.

use super::STATES_MAX;
use crate::sparse;
use cofferdam_engine::detect::automaton::{Parts, State};
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;
use std::collections::BTreeMap;

/// Most states before equal ones are joined.
const UNMINIMIZED_MAX: usize = 4 * STATES_MAX;
/// Most memory for making one automaton.
const BUILD_BYTES_MAX: usize = 8 << 20;

/// An automaton in the making: one row a state, one target a byte class. State 0 is dead.
pub(super) struct Table {
    rows: Vec<Vec<usize>>,
    accepting: Vec<bool>,
    start: usize,
    byte_classes: [u8; 256],
}

impl Table {
    /// Determinizes; `None` when that takes more than it may.
    pub(super) fn build(hir: &Hir) -> Option<Self> {
        let nfa = thompson::Compiler::new()
            .configure(
                thompson::Config::new()
                    .which_captures(thompson::WhichCaptures::None)
                    .nfa_size_limit(Some(BUILD_BYTES_MAX)),
            )
            .build_from_hir(hir)
            .ok()?;
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .accelerate(false)
            .dfa_size_limit(Some(BUILD_BYTES_MAX))
            .determinize_size_limit(Some(BUILD_BYTES_MAX));
        let dfa = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()?;
        let start = dfa.start_state_forward(&Input::new("").anchored(Anchored::Yes)).ok()?;
        let mut rows = vec![vec![0; 256]];
        let mut accepting = vec![false];
        let mut ids: BTreeMap<StateID, usize> = BTreeMap::from([(start, 1)]);
        let mut queue = vec![start];
        let mut at = 0;
        while let Some(state) = queue.get(at).copied() {
            if queue.len() > UNMINIMIZED_MAX {
                return None;
            }
            at += 1;
            let target = |byte: u8| {
                let next = dfa.next_state(state, byte);
                if dfa.is_dead_state(next) {
                    return 0;
                }
                *ids.entry(next).or_insert_with(|| {
                    queue.push(next);
                    queue.len()
                })
            };
            rows.push((0..=u8::MAX).map(target).collect());
            // A match is told one byte late, so the state after the end tells it.
            accepting.push(dfa.is_match_state(dfa.next_eoi_state(state)));
        }
        let byte_classes = std::array::from_fn(|n| u8::try_from(n).unwrap_or(u8::MAX));
        Some(Self { rows, accepting, start: 1, byte_classes }.with_fewer_classes())
    }

    /// Gives bytes that all states treat alike one class.
    fn with_fewer_classes(self) -> Self {
        let mut columns: BTreeMap<Vec<usize>, u8> = BTreeMap::new();
        let mut samples = Vec::new();
        let byte_classes = self.byte_classes.map(|old| {
            let old = usize::from(old);
            let column = self.rows.iter().map(|row| row[old]).collect();
            *columns.entry(column).or_insert_with(|| {
                samples.push(old);
                u8::try_from(samples.len() - 1).unwrap_or(u8::MAX)
            })
        });
        let picked = |row: &Vec<usize>| samples.iter().map(|old| row[*old]).collect();
        Self { rows: self.rows.iter().map(picked).collect(), byte_classes, ..self }
    }

    /// The smallest automaton that says the same, its states in the order in which they are first
    /// met from the start.
    pub(super) fn minimized(self) -> Self {
        let mut blocks: Vec<usize> = self.accepting.iter().map(|b| usize::from(*b)).collect();
        let mut count = 0;
        loop {
            let mut signatures: BTreeMap<(usize, Vec<usize>), usize> = BTreeMap::new();
            let next = (self.rows.iter().zip(&blocks))
                .map(|(row, block)| {
                    let targets = row.iter().map(|target| blocks[*target]).collect();
                    let fresh = signatures.len();
                    *signatures.entry((*block, targets)).or_insert(fresh)
                })
                .collect();
            let stable = signatures.len() == count;
            count = signatures.len();
            blocks = next;
            if stable {
                break;
            }
        }
        let dead = vec![0; self.rows[0].len()];
        let (mut rows, mut accepting) = (vec![dead], vec![false]);
        let mut ids = BTreeMap::from([(blocks[0], 0), (blocks[self.start], 1)]);
        let mut queue = vec![self.start];
        let mut at = 0;
        while let Some(state) = queue.get(at).copied() {
            at += 1;
            let target = |old: &usize| {
                *ids.entry(blocks[*old]).or_insert_with(|| {
                    queue.push(*old);
                    queue.len()
                })
            };
            rows.push(self.rows[state].iter().map(target).collect());
            accepting.push(self.accepting[state]);
        }
        Self { rows, accepting, start: 1, ..self }.with_fewer_classes()
    }

    /// How many states there are, the dead one too.
    pub(super) fn states(&self) -> usize {
        self.rows.len()
    }

    /// Bytes that a candidate may begin with.
    pub(super) fn first(&self) -> Vec<u8> {
        self.bytes_that(|class| self.rows[self.start][class] != 0)
    }

    /// Bytes that a candidate may end with.
    pub(super) fn last(&self) -> Vec<u8> {
        self.bytes_that(|class| self.rows.iter().any(|row| self.accepting[row[class]]))
    }

    fn bytes_that(&self, holds: impl Fn(usize) -> bool) -> Vec<u8> {
        let class = |byte: &u8| usize::from(self.byte_classes[usize::from(*byte)]);
        (0..=u8::MAX).filter(|byte| holds(class(byte))).collect()
    }

    /// As a table of all classes.
    pub(super) fn dense(&self) -> Option<Vec<u8>> {
        self.parts().and_then(|parts| parts.write().ok())
    }

    /// The same, or with rows over each other where that takes less than half: letters of many
    /// scripts have many classes, of which each state knows few.
    pub(super) fn smallest(&self) -> Option<Vec<u8>> {
        let dense = self.dense()?;
        match self.sparse() {
            Some(sparse) if sparse.len() < dense.len() / 2 => Some(sparse),
            Some(_) | None => Some(dense),
        }
    }

    fn sparse(&self) -> Option<Vec<u8>> {
        // Class 0 is what leads nowhere, whether there are such bytes or not.
        let mut byte_classes = [0; 256];
        let live = |class: usize| self.rows.iter().any(|row| row[class] != 0);
        let mut number = BTreeMap::new();
        for (slot, class) in byte_classes.iter_mut().zip(self.byte_classes) {
            if live(usize::from(class)) {
                let fresh = u8::try_from(number.len() + 1).ok()?;
                *slot = *number.entry(class).or_insert(fresh);
            }
        }
        let row = |(row, accepts): (&Vec<usize>, &bool)| {
            let edges = number.iter().map(|(class, new)| (*new, row[usize::from(*class)]));
            (*accepts, edges.filter(|(_, target)| *target != 0).collect())
        };
        let rows: Vec<sparse::Row> = self.rows.iter().zip(&self.accepting).map(row).collect();
        sparse::section(State::try_from(self.start).ok()?, byte_classes, &rows)
    }

    fn parts(&self) -> Option<Parts> {
        let state = |target: &usize| State::try_from(*target).ok();
        let transitions: Option<Vec<Vec<State>>> =
            self.rows.iter().map(|row| row.iter().map(state).collect()).collect();
        Some(Parts {
            start: State::try_from(self.start).ok()?,
            byte_classes: self.byte_classes,
            accepting: self.accepting.clone(),
            transitions: transitions?,
        })
    }
}
