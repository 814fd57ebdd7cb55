//! Compiles the detectors of the categories that count: the built-in ones and the policy's own.
//! Builds no automaton itself.

use super::catalog::Catalog;
use super::category_id;
use super::intern::Interned;
use crate::detectors::{self, Own, OwnError};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::language::PolicyForm;
use cofferdam_engine::limits::SETS_MAX;
use cofferdam_engine::model::{Category, CategoryId, Detector};
use std::collections::BTreeSet;

pub(super) use crate::detectors::Compiled;

/// Detectors and what they need.
pub(super) struct Detection {
    names: BTreeSet<String>,
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
        let categories: Vec<_> = used
            .iter()
            .filter_map(|name| {
                let group = catalog.entries.get(name)?.group.clone();
                Some(Category { name: name.clone(), group })
            })
            .collect();
        let mut patterns = Vec::new();
        let mut spans = Vec::new();
        for form in &policy.categories {
            let id = category_id(used, &form.name.value);
            for field in &form.fields {
                interned.field(&field.value.text, &field.value.steps, id);
            }
            if let Some(pattern) = &form.pattern {
                patterns.push(Own {
                    category: form.name.value.clone(),
                    pattern: pattern.value.clone(),
                    near: form.near.iter().map(|word| word.value.clone()).collect(),
                });
                spans.push((
                    pattern.span,
                    form.near.iter().map(|word| word.span).collect::<Vec<_>>(),
                ));
            }
        }
        let compiled = detectors::compile(&categories, &patterns).unwrap_or_else(|errors| {
            for error in errors {
                let (pattern, near) = spans.get(error.own).cloned().unwrap_or_default();
                let word = near.get(error.at.start).filter(|_| error.in_near);
                let span = match word {
                    Some(word) => *word,
                    None => within(source, pattern, &patterns, &error),
                };
                diagnostics
                    .push(Diagnostic::new(Code::Pattern, span, error.message).help_if(error.help));
            }
            Compiled::default()
        });
        Self { names: used.clone(), categories, compiled }
    }

    /// The index of a category.
    pub(super) fn category(&self, name: &str) -> Option<CategoryId> {
        category_id(&self.names, name)
    }

    /// The detectors of a category.
    pub(super) fn of(&self, category: CategoryId) -> impl Iterator<Item = &Detector> {
        self.compiled.detectors.iter().filter(move |detector| detector.category == category)
    }
}

/// Where in the text an error in a pattern stands: exactly, where the pattern is written as it is.
fn within(source: &Source, span: Span, patterns: &[Own], error: &OwnError) -> Span {
    let written = source.text().get(span.start..span.end).unwrap_or("");
    let pattern = patterns.get(error.own).map_or("", |own| own.pattern.as_str());
    match written.find(pattern) {
        Some(at) if !error.in_near && error.at.end <= pattern.len() => {
            let start = span.start + at;
            Span::new(start + error.at.start, start + error.at.end.max(error.at.start))
        }
        _ => span,
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
