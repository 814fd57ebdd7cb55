//! Warns of names that a reader may take for one another.
//! Names are plain ASCII already, so only look-alikes within it are left.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::PolicyForm;
use crate::language::read::Name;
use std::collections::BTreeMap;

/// Warns of every pair of zones, boundaries, categories or actions that look alike.
pub(super) fn check(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    let zones = policy.zones.iter().map(|zone| &zone.name).collect();
    let boundaries = policy.boundaries.iter().map(|boundary| &boundary.id).collect();
    let categories = policy.categories.iter().map(|category| &category.name).collect();
    let actions = policy.actions.iter().map(|(name, _)| name).collect();
    for names in [zones, boundaries, categories, actions] {
        check_names(names, diagnostics);
    }
}

fn check_names(names: Vec<&Name>, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
    for name in names {
        let Some(first) = seen.insert(skeleton(&name.value), name) else { continue };
        if first.value != name.value {
            let message = format!("`{}` looks like `{}`", name.value, first.value);
            diagnostics.push(
                Diagnostic::new(Code::Confusable, name.span, message)
                    .related(first.span, "the other name")
                    .help("an approver may take one for the other: rename one"),
            );
        }
    }
}

/// What is left of a name when look-alikes are one.
fn skeleton(name: &str) -> String {
    name.replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            '_' => '-',
            other => other,
        })
        .collect()
}
