//! The detectors that a policy brings itself, and where in its text their parts stand.
//! Compiles nothing.

use crate::detectors::{self, Own, OwnError, Sought};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::language::CategoryForm;
use crate::language::read::{Name, nearest};
use crate::language::yaml::escape;
use cofferdam_engine::model::Validator;

/// A detector of the policy, and where its parts are written.
pub(super) struct Written {
    pub(super) row: Own,
    /// Of the pattern, or of each word.
    sought: Vec<Span>,
    near: Vec<Span>,
}

impl Written {
    /// Where an error stands: exactly, where the pattern is written as it is.
    pub(super) fn span(&self, source: &Source, error: &OwnError) -> Span {
        let first = self.sought.first().copied().unwrap_or_default();
        if error.in_near {
            return self.near.get(error.at.start).copied().unwrap_or(first);
        }
        let pattern = match &self.row.sought {
            Sought::Words(_) => return self.sought.get(error.at.start).copied().unwrap_or(first),
            Sought::Pattern(pattern) => pattern,
        };
        let written = source.slice(first);
        match written.find(pattern) {
            Some(at) if error.at.end <= pattern.len() => {
                let start = first.start + at;
                Span::new(start + error.at.start, start + error.at.end.max(error.at.start))
            }
            _ => first,
        }
    }
}

/// The detectors that a category of the policy brings: of its pattern, of its words.
pub(super) fn detectors(form: &CategoryForm, diagnostics: &mut Diagnostics) -> Vec<Written> {
    let written = |sought: Sought, spans: Vec<Span>, validator: Validator| Written {
        row: Own {
            category: form.name.value.clone(),
            sought,
            near: form.near.iter().map(|word| word.value.clone()).collect(),
            validator,
        },
        sought: spans,
        near: form.near.iter().map(|word| word.span).collect(),
    };
    let check = form.validate.as_ref().and_then(|check| validator(check, diagnostics));
    let pattern = form.pattern.iter().map(|pattern| {
        let check = check.unwrap_or(Validator::Structure);
        written(Sought::Pattern(pattern.value.clone()), vec![pattern.span], check)
    });
    let words = (!form.words.is_empty()).then(|| {
        let words = form.words.iter().map(|word| word.value.clone()).collect();
        let spans = form.words.iter().map(|word| word.span).collect();
        written(Sought::Words(words), spans, Validator::Structure)
    });
    pattern.chain(words).collect()
}

fn validator(check: &Name, diagnostics: &mut Diagnostics) -> Option<Validator> {
    let found = detectors::validator_named(&check.value);
    if found.is_none() {
        let message = format!("there is no check `{}`", escape(&check.value));
        let near = nearest(&check.value, detectors::validator_names());
        let help = "name a built-in detector whose check it is, or `luhn`, `verhoeff`, `mod11_10` \
                    or `mod97_10`";
        diagnostics.push(
            Diagnostic::new(Code::Reference, check.span, message).help(help).did_you_mean(near),
        );
    }
    found
}
