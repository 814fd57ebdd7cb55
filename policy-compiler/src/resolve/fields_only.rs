//! Refuses paths of `fields_only` that say nothing: each must let something on that no other does.
//! Looks at no message.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::PolicyForm;
use crate::language::field::covers;
use crate::language::yaml::escape;

pub(super) fn check(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    for rules in policy.boundaries.iter().flat_map(|boundary| boundary.directions()) {
        let Some(paths) = &rules.fields_only else { continue };
        for (n, path) in paths.iter().enumerate() {
            let wider = paths.iter().enumerate().find(|(other, wider)| {
                let same = wider.value.steps == path.value.steps;
                n != *other
                    && if same { *other < n } else { covers(&wider.value.steps, &path.value.steps) }
            });
            let Some((_, wider)) = wider else { continue };
            let message = format!("`{}` crosses already by another path", escape(&path.value.text));
            diagnostics.push(
                Diagnostic::new(Code::Redeclared, path.span, message)
                    .related(wider.span, "everything below a field is the field")
                    .help("take one of them out"),
            );
        }
    }
}
