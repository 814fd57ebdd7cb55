//! Names of rules that tests expect: each must be one that an entry can name.
//! Runs no test.

use super::PROXY;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::read::nearest;
use crate::language::yaml::escape;
use crate::language::{BoundaryForm, PolicyForm, ReplyForm, RulesForm};
use std::collections::BTreeSet;

/// Refuses a test that expects a rule which is not there: it could only ever fail.
pub(super) fn check_rules(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    let expected = policy.cases.iter().flat_map(|case| case.expect.rules.iter().flatten());
    let mut known: Option<BTreeSet<String>> = None;
    for name in expected {
        let known = known.get_or_insert_with(|| names(policy));
        if known.contains(&name.value) {
            continue;
        }
        let message = format!("there is no rule `{}`", escape(&name.value));
        let near = nearest(&name.value, known.iter().map(String::as_str));
        diagnostics.push(
            Diagnostic::new(Code::Reference, name.span, message)
                .help(
                    "a rule is named by its boundary and its place in `rules`, from 1: `orders#1`, \
                     `orders#otherwise`, `orders#reply.1`; `orders` alone is any of them",
                )
                // No edit: which number was meant is the author's to say.
                .help_if(near.map(|near| format!("did you mean `{near}`?"))),
        );
    }
}

/// All that entries call rules by, and the boundaries that stand for all of theirs.
fn names(policy: &PolicyForm) -> BTreeSet<String> {
    let mut names = BTreeSet::from([PROXY.to_owned(), format!("{PROXY}#otherwise")]);
    for BoundaryForm { id, request, reply, .. } in &policy.boundaries {
        names.insert(id.value.clone());
        let mut add = |part: &str, form: &RulesForm| {
            let id = &id.value;
            names.extend((1..=form.rules.len()).map(|n| format!("{id}#{part}{n}")));
            names.insert(format!("{id}#{part}otherwise"));
        };
        add("", request);
        if let Some(ReplyForm::Inspect(form)) = reply {
            add("reply.", form);
        }
    }
    names
}
