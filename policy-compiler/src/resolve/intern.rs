//! Tables whose rows are named by index: each distinct row once, in the order of first use.
//! Decides nothing.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use cofferdam_engine::limits::SETS_MAX;
use cofferdam_engine::model::{
    Action, ActionId, CategoryId, Field, FieldId, FieldStep, KeyId, RuleId,
};
use std::collections::HashMap;

/// Rows that were met so far.
#[derive(Debug, Default)]
pub(super) struct Interned {
    pub(super) actions: Vec<Action>,
    pub(super) keys: Vec<String>,
    pub(super) rules: Vec<String>,
    pub(super) fields: Vec<Field>,
    /// Where a rule's name stands: policies have tens of thousands.
    rule_rows: HashMap<String, u16>,
}

impl Interned {
    pub(super) fn action(&mut self, action: Action) -> ActionId {
        ActionId(index(&mut self.actions, action))
    }

    pub(super) fn key(&mut self, name: &str) -> KeyId {
        KeyId(index(&mut self.keys, name.to_owned()))
    }

    pub(super) fn rule(&mut self, name: String) -> RuleId {
        if let Some(row) = self.rule_rows.get(&name) {
            return RuleId(*row);
        }
        let row = narrow(self.rules.len());
        self.rules.push(name.clone());
        self.rule_rows.insert(name, row);
        RuleId(row)
    }

    pub(super) fn field(
        &mut self,
        text: &str,
        steps: &[FieldStep],
        category: Option<CategoryId>,
    ) -> FieldId {
        // More are refused, and looking through them would take longer than anything else.
        if self.fields.len() > SETS_MAX {
            self.fields.push(Field { text: text.to_owned(), steps: steps.to_vec(), category });
            return FieldId(narrow(self.fields.len() - 1));
        }
        // A path that is a category is one row, whoever else names the same path.
        if category.is_none()
            && let Some(at) = self.fields.iter().position(|field| field.steps == steps)
        {
            return FieldId(narrow(at));
        }
        let field = Field { text: text.to_owned(), steps: steps.to_vec(), category };
        FieldId(index(&mut self.fields, field))
    }

    /// Refuses tables that are longer than an index can name.
    pub(super) fn check(&self, diagnostics: &mut Diagnostics) {
        let most = usize::from(u16::MAX);
        for (what, length) in [
            ("actions", self.actions.len()),
            ("keys", self.keys.len()),
            ("rules", self.rules.len()),
            ("field paths", self.fields.len()),
        ] {
            if length >= most {
                let message = format!("the policy has more than {most} {what}");
                diagnostics.push(Diagnostic::new(Code::Limit, Span::default(), message));
            }
        }
    }
}

/// An index as tables hold it. Past the end it sticks: [`Interned::check`] refuses such a table.
pub(super) fn narrow(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn index<T: PartialEq>(rows: &mut Vec<T>, row: T) -> u16 {
    let at = rows.iter().position(|found| *found == row).unwrap_or_else(|| {
        rows.push(row);
        rows.len() - 1
    });
    narrow(at)
}
