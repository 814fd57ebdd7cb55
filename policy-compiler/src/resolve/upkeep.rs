//! Sees that every boundary has an owner and a date to review it by.
//! Reads no clock: what is overdue, the caller tells with a date of its own.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::language::PolicyForm;
use crate::language::date::Date;

/// A date by which somebody must look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What is to be looked at.
    pub what: String,
    /// By when.
    pub by: Date,
    /// Where it stands.
    pub span: Span,
}

/// Refuses boundaries that nobody owns or reviews.
pub(super) fn check(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    for boundary in &policy.boundaries {
        let mut need = |there: bool, what: &str| {
            if !there {
                let message = format!("`{}` has no `{what}`", boundary.id.value);
                diagnostics.push(
                    Diagnostic::new(Code::MissingKey, boundary.id.span, message)
                        .help("give one to the boundary or to the whole policy"),
                );
            }
        };
        need(boundary.owned || policy.owned, "owner");
        need(boundary.reviewed || policy.reviewed, "review_by");
    }
}

/// All dates that the policy names.
pub(crate) fn reviews(policy: &PolicyForm) -> Vec<Review> {
    let whole = policy.review_by.iter().map(|date| ("the policy".to_owned(), date));
    let boundaries = policy.boundaries.iter().filter_map(|boundary| {
        let date = boundary.review_by.as_ref()?;
        Some((format!("`{}`", boundary.id.value), date))
    });
    whole
        .chain(boundaries)
        .map(|(what, date)| Review { what, by: date.value, span: date.span })
        .collect()
}
