//! Says which rule decides for a finding, and why none of the others does.
//! Decides nothing itself: that is in the compiled cells.

use crate::cells::{Decided, Outcome, Place, quoted};
use crate::language::field::covers;
use crate::language::{IgnoredForm, RuleForm, RulesForm};
use crate::say;
use cofferdam_engine::model::{Mode, Tables};

/// What is done, and why: a line for each rule that speaks of the category.
pub(super) fn why(
    form: &RulesForm,
    id: &str,
    tables: &Tables,
    category: &str,
    place: &Place,
    decided: Decided<'_>,
) -> (String, Vec<String>) {
    let mut lines = Vec::new();
    let action = match decided.outcome {
        Outcome::Unseen => {
            lines.push(format!(
                "{} does not count here: no rule of `{id}` names it, and `detect` does not switch \
                 it on",
                quoted(category)
            ));
            "none".to_owned()
        }
        Outcome::AtHome => {
            lines.push(
                "a credential in the place made for it is no finding, unless \
                 `credentials_in_place: inspect`"
                    .to_owned(),
            );
            "none".to_owned()
        }
        Outcome::Ignore => {
            lines.push(ignored(form, place));
            "none".to_owned()
        }
        Outcome::Drop => {
            lines.push(format!(
                "the field is none of `fields_only` of `{id}`, and what is dropped is no finding"
            ));
            "dropped".to_owned()
        }
        Outcome::Nothing => "nothing crosses".to_owned(),
        Outcome::Act { action, rule } => {
            lines.extend(rivals(form, tables, category, place, rule));
            say::action(tables, action)
        }
    };
    if decided.mode == Mode::Observe {
        lines.push("only observed: it is told, and crosses as it is".to_owned());
    }
    (action, lines)
}

fn ignored(form: &RulesForm, place: &Place) -> String {
    let steps = place.steps();
    for (n, ignore) in form.ignore.iter().enumerate() {
        for what in &ignore.what {
            if let IgnoredForm::Field(field) = what
                && covers(&field.value.steps, &steps)
            {
                let path = quoted(&field.value.text);
                return format!("line {} of `ignore` lets it through in {path}", n + 1);
            }
        }
    }
    "a line of `ignore` lets it through in this field".to_owned()
}

/// The rule that decides, and every other one that names the category or its group.
fn rivals(
    form: &RulesForm,
    tables: &Tables,
    category: &str,
    place: &Place,
    winner: &str,
) -> Vec<String> {
    let group = tables.categories.iter().find(|found| found.name == category);
    let group = group.map_or(String::new(), |found| format!("@{}", found.group));
    let (prefix, _) = winner.rsplit_once('#').unwrap_or((winner, ""));
    let part = if winner.contains("#reply.") { "reply." } else { "" };
    let mut lines = Vec::new();
    let mut others = Vec::new();
    for (n, rule) in form.rules.iter().enumerate() {
        let names = rule.categories.iter().any(|name| name.value == category);
        let by_group = rule.categories.iter().any(|name| name.value == group);
        if !names && !by_group {
            continue;
        }
        let called = format!("{prefix}#{part}{}", n + 1);
        let what = match (names, rule.placed) {
            (true, true) => format!("names {} in this place", quoted(category)),
            (true, false) => format!("names {}", quoted(category)),
            (false, true) => format!("names its group {} in this place", quoted(&group)),
            (false, false) => format!("names its group {}", quoted(&group)),
        };
        if called == winner {
            lines.push(format!("`{called}` {what}"));
        } else if rule.placed && !holds(rule, place) {
            others.push(format!("not `{called}`: it is for other places"));
        } else {
            others.push(format!("not `{called}`: it {what}, and `{winner}` is more specific"));
        }
    }
    if winner.ends_with("otherwise") {
        let default = if form.otherwise.is_none() { ", which is `redact` unless said" } else { "" };
        lines.push(format!("no rule for it fits, so `otherwise` decides{default}"));
    }
    lines.extend(others);
    lines
}

/// Whether a rule speaks of a place.
fn holds(rule: &RuleForm, place: &Place) -> bool {
    let steps = place.steps();
    // As it is written, a rule has its fields apart.
    let at = rule.places.iter().any(|selector| place.fits(&selector.value, |_| false));
    at || rule.fields.iter().any(|field| covers(&field.value.steps, &steps))
}
