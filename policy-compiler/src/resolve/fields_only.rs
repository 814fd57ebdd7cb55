//! Refuses paths of `fields_only` that say nothing: each must let something on that no other does.
//! Looks at no message.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::PolicyForm;
use crate::language::yaml::escape;
use cofferdam_engine::model::FieldStep;

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

/// Whether all that `path` means lies in what `wider` means, as far as steps tell.
fn covers(wider: &[FieldStep], path: &[FieldStep]) -> bool {
    let named = |step: &FieldStep, name: &String| match step {
        FieldStep::Key(other) | FieldStep::Descend(other) => other == name,
        FieldStep::AnyKey | FieldStep::AnyIndex | FieldStep::Index(_) | FieldStep::Named(_) => {
            false
        }
    };
    if let [FieldStep::Descend(name)] = wider {
        return path.iter().any(|step| named(step, name));
    }
    let within = |(wider, step): (&FieldStep, &FieldStep)| match (wider, step) {
        (FieldStep::AnyKey, FieldStep::Key(_)) | (FieldStep::AnyIndex, FieldStep::Index(_)) => true,
        (wider, step) => wider == step,
    };
    wider.len() <= path.len() && wider.iter().zip(path).all(within)
}
