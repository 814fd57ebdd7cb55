//! Tells of masks that act as something else: the engine redacts what a letter may follow at once,
//! since what a mask leaves could not be told from it. Alters nothing.

use super::actions::Actions;
use super::detection::Detection;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::PolicyForm;
use cofferdam_engine::model::{Border, Detector};

/// Looks at rules that name such a category; one that is only in a group, or left to `otherwise`,
/// was not chosen to be masked.
pub(super) fn check(
    policy: &PolicyForm,
    actions: &Actions<'_>,
    detection: &Detection,
    diagnostics: &mut Diagnostics,
) {
    let directions = policy.boundaries.iter().flat_map(|boundary| boundary.directions());
    for rule in directions.flat_map(|rules| &rules.rules) {
        let Some(action) = rule.action.as_ref().filter(|action| actions.masks(&action.value))
        else {
            continue;
        };
        for name in &rule.categories {
            let Some(category) = detection.category(&name.value) else { continue };
            let open = |detector: &Detector| detector.right == Border::None;
            if detection.of(category).any(open) {
                let all = detection.of(category).all(open);
                let acts = if all { "acts" } else { "may act" };
                let message = format!("a mask of `{}` {acts} as `redact`", name.value);
                let help = "a letter may follow what is found, and could not be told from what a \
                            mask leaves: write `redact`";
                diagnostics.push(
                    Diagnostic::new(Code::Void, action.span, message)
                        .related(name.span, "the category")
                        .help(help),
                );
            }
        }
    }
}
