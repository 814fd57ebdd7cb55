//! Every category that a policy can name: the built-in ones and its own.
//! Knows which of them count without being named; compiles no detector.

use crate::detectors::{self, by_field};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::read::{Name, nearest};
use crate::language::yaml::escape;
use crate::language::{CategoryForm, PolicyForm};
use std::collections::{BTreeMap, BTreeSet};

/// The group of a policy's own categories that name none.
const OWN_GROUP: &str = "custom";

/// What is known of a category.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) group: String,
    /// Counts without being named.
    pub(super) on: bool,
}

/// All categories by name.
pub(super) struct Catalog {
    pub(super) entries: BTreeMap<String, Entry>,
}

/// What a rule's `category` names, with the group it was named by.
pub(super) struct Named {
    pub(super) category: String,
    pub(super) by_group: bool,
}

impl Catalog {
    /// Built-in categories, those of the policy, and what `detect` switches on.
    pub(super) fn new(policy: &PolicyForm, diagnostics: &mut Diagnostics) -> Self {
        let mut entries = BTreeMap::new();
        for builtin in detectors::builtin() {
            let entry = Entry { group: builtin.group.to_owned(), on: builtin.on };
            entries.entry(builtin.category.to_owned()).or_insert(entry);
        }
        for row in by_field::BY_FIELD {
            let entry = Entry { group: by_field::GROUP.to_owned(), on: false };
            entries.insert(row.category.to_owned(), entry);
        }
        for form in &policy.categories {
            let entry = own(form, entries.get(&form.name.value), diagnostics);
            entries.insert(form.name.value.clone(), entry);
        }
        let mut catalog = Self { entries };
        for name in &policy.detect {
            for named in catalog.look_up(name, diagnostics) {
                if let Some(entry) = catalog.entries.get_mut(&named.category) {
                    entry.on = true;
                }
            }
        }
        catalog
    }

    /// The categories that a name or an `@group` stands for.
    pub(super) fn look_up(&self, name: &Name, diagnostics: &mut Diagnostics) -> Vec<Named> {
        let found: Vec<_> = match name.value.strip_prefix('@') {
            Some(group) => self
                .entries
                .iter()
                .filter(|(_, entry)| entry.group == group)
                .map(|(category, _)| Named { category: category.clone(), by_group: true })
                .collect(),
            None => self
                .entries
                .get_key_value(&name.value)
                .map(|(category, _)| Named { category: category.clone(), by_group: false })
                .into_iter()
                .collect(),
        };
        if found.is_empty() {
            diagnostics.push(self.unknown(name, !diagnostics.is_full()));
        }
        found
    }

    fn unknown(&self, name: &Name, shown: bool) -> Diagnostic {
        let text = escape(&name.value);
        let groups: BTreeSet<_> =
            self.entries.values().map(|entry| format!("@{}", entry.group)).collect();
        let known =
            self.entries.keys().map(String::as_str).chain(groups.iter().map(String::as_str));
        let near = if shown { nearest(&name.value, known) } else { None };
        if name.value.starts_with('@') {
            let groups: Vec<_> = groups.iter().map(|group| format!("`{group}`")).collect();
            Diagnostic::new(Code::Reference, name.span, format!("no category is in group `{text}`"))
                .help(format!("the groups are {}", groups.join(", ")))
                .did_you_mean(near)
        } else {
            Diagnostic::new(Code::Reference, name.span, format!("there is no category `{text}`"))
                .help(
                    "`cofferdam detectors` lists the built-in ones; declare your own under \
                       `categories`",
                )
                .did_you_mean(near)
        }
    }
}

/// A category of the policy. One with the name of a built-in one adds to it.
fn own(form: &CategoryForm, builtin: Option<&Entry>, diagnostics: &mut Diagnostics) -> Entry {
    if builtin.is_none() && form.name.value.contains('.') {
        let near = nearest(&form.name.value, by_field::BY_FIELD.iter().map(|row| row.category));
        let message = format!("there is no built-in category `{}` to add to", form.name.value);
        diagnostics.push(
            Diagnostic::new(Code::Reference, form.name.span, message)
                .help("give the category a name without `.`")
                .did_you_mean(near),
        );
    }
    let group = match (&form.group, builtin) {
        (Some(group), Some(builtin)) if group.value != builtin.group => {
            let message = format!(
                "`{}` is a built-in category of the group `{}`",
                form.name.value, builtin.group
            );
            diagnostics.push(
                Diagnostic::new(Code::Conflict, group.span, message)
                    .help("leave `group` out, or give the category another name"),
            );
            builtin.group.clone()
        }
        (Some(group), _) => group.value.clone(),
        (None, Some(builtin)) => builtin.group.clone(),
        (None, None) => OWN_GROUP.to_owned(),
    };
    // Who only narrows a category does not switch it on.
    Entry { group, on: form.finds() || builtin.is_none_or(|builtin| builtin.on) }
}
