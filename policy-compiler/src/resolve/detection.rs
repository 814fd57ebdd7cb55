//! Compiles the detectors of the categories that count: the built-in ones and the policy's own.
//! Builds no automaton itself.

use super::catalog::Catalog;
use super::intern::{Interned, narrow};
use super::own::{self, Written};
use crate::detectors::{self, by_field};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::language::PolicyForm;
use cofferdam_engine::limits::SETS_MAX;
use cofferdam_engine::model::{Category, CategoryId, Detector, FieldStep, Strength};
use std::collections::{BTreeMap, BTreeSet};

pub(super) use crate::detectors::Compiled;

/// Detectors and what they need.
#[derive(Clone)]
pub(crate) struct Detection {
    names: BTreeMap<String, CategoryId>,
    pub(super) categories: Vec<Category>,
    pub(super) compiled: Compiled,
}

impl Detection {
    /// Compiles what finds the categories in `used`.
    pub(super) fn compile(
        policy: &PolicyForm,
        catalog: &Catalog,
        used: &BTreeSet<String>,
        source: &Source,
        interned: &mut Interned,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let names: BTreeMap<_, _> = used
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), CategoryId(narrow(at))))
            .collect();
        let categories: Vec<_> = used
            .iter()
            .filter_map(|name| {
                let group = catalog.entries.get(name)?.group.clone();
                Some(Category { name: name.clone(), group })
            })
            .collect();
        let mut own: Vec<Written> = Vec::new();
        for form in &policy.categories {
            own.extend(own::detectors(form, diagnostics));
        }
        let least = policy
            .categories
            .iter()
            .filter_map(|form| Some((form.name.value.clone(), form.min_strength.as_ref()?.value)));
        let least = least.collect();
        let rows: Vec<_> = own.iter().map(|written| written.row.clone()).collect();
        let compiled = detectors::compile_at_least(&categories, &rows, &least);
        let compiled = compiled.unwrap_or_else(|errors| {
            for error in errors {
                let Some(written) = own.get(error.own) else { continue };
                let span = written.span(source, &error);
                diagnostics
                    .push(Diagnostic::new(Code::Pattern, span, error.message).help_if(error.help));
            }
            Compiled::default()
        });
        let detection = Self { names, categories, compiled };
        detection.intern(policy, interned);
        detection
    }

    /// Puts the fields that are categories into tables: the same ones for every policy that names
    /// the same categories.
    pub(super) fn intern(&self, policy: &PolicyForm, interned: &mut Interned) {
        for form in &policy.categories {
            let id = self.category(&form.name.value);
            for field in &form.fields {
                interned.field(&field.value.text, &field.value.steps, id);
            }
        }
        for (category, set) in &self.compiled.by_field {
            let found = self.categories.get(category.index());
            let name = found.map_or("", |found| found.name.as_str());
            interned.field(name, &[FieldStep::Named(*set)], Some(*category));
        }
    }

    /// The index of a category.
    pub(super) fn category(&self, name: &str) -> Option<CategoryId> {
        self.names.get(name).copied()
    }

    /// Refuses a strength that leaves nothing of a category, and tells of one that changes nothing.
    pub(super) fn check_strengths(&self, policy: &PolicyForm, diagnostics: &mut Diagnostics) {
        // Without detectors a pattern was refused, and nothing can be said about others.
        if self.compiled.detectors.is_empty() {
            return;
        }
        for form in &policy.categories {
            let Some(least) = &form.min_strength else { continue };
            let name = &form.name.value;
            let builtin = detectors::builtin().filter(|row| row.category == *name);
            let finds = form.pattern.is_some() || !form.words.is_empty();
            let own = finds.then(|| detectors::own_strength(&form.near));
            let told = by_field::find(name).is_some() || !form.fields.is_empty();
            let field = told.then_some(Strength::Certain);
            let all = builtin.map(|row| row.strength).chain(own).chain(field);
            let all: Vec<_> = all.collect();
            let kept = all.iter().filter(|strength| **strength >= least.value).count();
            let (code, message, help) = if own.is_some_and(|own| own < least.value) {
                (
                    Code::Conflict,
                    format!("what the policy itself finds as `{name}` is not as sure as that"),
                    "patterns and words are likely, those with `near` weak: lower `min_strength`",
                )
            } else if kept == 0 {
                (
                    Code::Conflict,
                    format!("nothing that finds `{name}` is as sure as that"),
                    "`cofferdam detectors` tells how sure each is: lower `min_strength`",
                )
            } else if all.len() == kept {
                (
                    Code::Void,
                    format!("everything that finds `{name}` is as sure as that"),
                    "leave `min_strength` out",
                )
            } else {
                continue;
            };
            diagnostics.push(Diagnostic::new(code, least.span, message).help(help));
        }
    }

    /// The detectors of a category.
    pub(super) fn of(&self, category: CategoryId) -> impl Iterator<Item = &Detector> {
        self.compiled.detectors.iter().filter(move |detector| detector.category == category)
    }
}

/// Refuses more declared fields than the engine follows at once.
pub(super) fn check_fields(interned: &Interned, diagnostics: &mut Diagnostics) {
    let steps: usize = interned.fields.iter().map(|field| field.steps.len()).sum();
    if interned.fields.len() > SETS_MAX || steps > SETS_MAX {
        let message = format!(
            "the policy declares {} field paths of {steps} steps in all, and {SETS_MAX} are \
             followed",
            interned.fields.len()
        );
        diagnostics.push(
            Diagnostic::new(Code::Limit, Span::default(), message)
                .help("`$..name` takes one step wherever the field is"),
        );
    }
}
