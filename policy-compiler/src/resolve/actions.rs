//! Turns the names of actions into actions, and says for whom a token key is derived.
//! Sees no key.

use super::intern::Interned;
use crate::cells::Strictness;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::language::read::{Name, Spanned, nearest};
use crate::language::yaml::escape;
use crate::language::{ActionForm, PolicyForm};
use cofferdam_engine::model::{Action, ActionId, Floor, GrantAction, Mask, Tokenize};
use cofferdam_engine::token::setting_name;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const PLAIN: [(&str, Action); 5] = [
    ("keep", Action::Keep),
    ("observe", Action::Observe),
    ("mask", Action::Mask(Mask { keep_last: 0, keep_separators: false })),
    ("redact", Action::Redact),
    ("block", Action::Block),
];

/// Boundaries among which one that may be meant is looked for.
const NAMES_SEARCHED_MAX: usize = 1000;

/// A token key that several boundaries share, as one of them says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shared {
    key: String,
    boundary: String,
    scope: BTreeSet<String>,
}

/// The actions that rules may name.
pub(super) struct Actions<'p> {
    named: BTreeMap<&'p str, &'p Option<Spanned<ActionForm>>>,
    used: RefCell<BTreeSet<String>>,
    shared: RefCell<BTreeMap<Shared, Span>>,
    keys: RefCell<BTreeMap<String, Span>>,
    /// What stands in a `shared_with`, and where it does first.
    partners: RefCell<BTreeMap<String, Span>>,
}

impl<'p> Actions<'p> {
    /// Collects the policy's own actions.
    pub(super) fn new(policy: &'p PolicyForm, diagnostics: &mut Diagnostics) -> Self {
        let mut named = BTreeMap::new();
        for (name, form) in &policy.actions {
            if PLAIN.iter().any(|(plain, _)| *plain == name.value) || name.value == "tokenize" {
                let message = format!("`{}` is a plain action already", name.value);
                let diagnostic = Diagnostic::new(Code::Redeclared, name.span, message);
                diagnostics.push(diagnostic.help("give this one a name of its own"));
            }
            if let Some(Spanned { value: ActionForm::Named(word), span }) = form {
                let message =
                    format!("`{}` is only another name for `{}`", name.value, escape(word));
                let help = "name the plain action where it is meant";
                diagnostics.push(Diagnostic::new(Code::Value, *span, message).help(help));
            }
            named.insert(name.value.as_str(), form);
        }
        Self {
            named,
            used: RefCell::default(),
            shared: RefCell::default(),
            keys: RefCell::default(),
            partners: RefCell::default(),
        }
    }

    /// The action that a rule of a boundary means. `None` where that is not known.
    pub(super) fn resolve(
        &self,
        form: &Spanned<ActionForm>,
        boundary: &str,
        interned: &mut Interned,
        diagnostics: &mut Diagnostics,
    ) -> Option<ActionId> {
        match &form.value {
            ActionForm::Named(name) => {
                if let Some((_, action)) = PLAIN.iter().find(|(plain, _)| plain == name) {
                    return Some(interned.action(action.clone()));
                }
                if let Some(own) = self.named.get(name.as_str()) {
                    self.used.borrow_mut().insert(name.clone());
                    // One that could not be read has been reported where it stands.
                    let own = own.as_ref()?;
                    if matches!(own.value, ActionForm::Named(_)) {
                        return None;
                    }
                    let meant = Spanned { value: own.value.clone(), span: form.span };
                    return self.resolve(&meant, boundary, interned, diagnostics);
                }
                diagnostics.push(self.unknown(name, form.span));
                None
            }
            ActionForm::Mask(mask) => Some(interned.action(Action::Mask(*mask))),
            ActionForm::Tokenize { key, prefix, shared_with } => {
                let scope = self.scope(key, shared_with, boundary, form.span);
                let key = interned.key(&key.value);
                let tokenize = Tokenize { key, prefix: prefix.clone(), scope };
                Some(interned.action(Action::Tokenize(tokenize)))
            }
        }
    }

    /// Everything that a grant over a boundary may name: what is not below the floor. A token whose
    /// key is for other boundaries is not for this one.
    pub(super) fn at_least(
        &self,
        floor: Floor,
        boundary: &str,
        interned: &mut Interned,
        diagnostics: &mut Diagnostics,
    ) -> Vec<GrantAction> {
        let plain =
            PLAIN.iter().map(|(name, action)| (*name, Strictness::of(action), Span::default()));
        let own = self.named.iter().filter_map(|(name, form)| {
            let form = form.as_ref()?;
            let strictness = match &form.value {
                ActionForm::Mask(_) => Strictness::Mask,
                ActionForm::Tokenize { shared_with, .. } => {
                    let own = shared_with.is_empty();
                    let shared = || shared_with.iter().any(|name| name.value == boundary);
                    (own || shared()).then_some(Strictness::Tokenize)?
                }
                // Another name for a plain one, which is refused where it stands.
                ActionForm::Named(_) => return None,
            };
            Some((*name, strictness, form.span))
        });
        let within = Strictness::from(floor)..Strictness::Block;
        let mut list: Vec<GrantAction> = Vec::new();
        for (name, _, span) in plain.chain(own).filter(|(_, it, _)| within.contains(it)) {
            let meant = Spanned { value: ActionForm::Named(name.to_owned()), span };
            let action = self.resolve(&meant, boundary, interned, diagnostics);
            list.extend(action.map(|action| GrantAction { name: name.to_owned(), action }));
        }
        list.sort_by(|a, b| a.name.cmp(&b.name));
        list
    }

    /// Whether an action is a mask, by whatever name.
    pub(super) fn masks(&self, form: &ActionForm) -> bool {
        match form {
            ActionForm::Mask(_) => true,
            ActionForm::Tokenize { .. } => false,
            ActionForm::Named(name) => match self.named.get(name.as_str()) {
                Some(Some(own)) => matches!(own.value, ActionForm::Mask(_)),
                Some(None) => false,
                None => name == "mask",
            },
        }
    }

    fn unknown(&self, name: &str, span: Span) -> Diagnostic {
        let message = format!("there is no action `{}`", escape(name));
        let diagnostic = Diagnostic::new(Code::Reference, span, message);
        if name == "tokenize" {
            return diagnostic.help("a token needs a key: `{ tokenize: { key: NAME } }`");
        }
        let plain = PLAIN.iter().map(|(plain, _)| *plain);
        diagnostic
            .help("write `keep`, `observe`, `mask`, `redact`, `block`, or one of `actions`")
            .did_you_mean(nearest(name, plain.chain(self.named.keys().copied())))
    }

    fn scope(&self, key: &Name, shared_with: &[Name], boundary: &str, span: Span) -> String {
        let mut scope: BTreeSet<_> = shared_with.iter().map(|name| name.value.clone()).collect();
        for name in shared_with {
            self.partners.borrow_mut().entry(name.value.clone()).or_insert(name.span);
        }
        scope.insert(boundary.to_owned());
        let text = scope.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        self.keys.borrow_mut().entry(key.value.clone()).or_insert(key.span);
        let (key, boundary) = (key.value.clone(), boundary.to_owned());
        self.shared.borrow_mut().insert(Shared { key, boundary, scope }, span);
        text
    }

    /// After all rules: named actions that none uses, keys that are shared one way only.
    pub(super) fn finish(&self, policy: &PolicyForm, diagnostics: &mut Diagnostics) {
        for (name, form) in &policy.actions {
            if form.is_some() && !self.used.borrow().contains(&name.value) {
                let message = format!("no rule uses the action `{}`", name.value);
                diagnostics.push(
                    Diagnostic::new(Code::Unused, name.span, message)
                        .help("name it in a rule, or take it out"),
                );
            }
        }
        self.check_partners(policy, diagnostics);
        let keys = self.keys.borrow();
        let mut variables: BTreeMap<String, (&String, Span)> = BTreeMap::new();
        for (key, span) in keys.iter() {
            let variable = setting_name(key);
            if let Some((other, first)) = variables.insert(variable.clone(), (key, *span)) {
                let message = format!("the keys `{other}` and `{key}` are one to the host");
                diagnostics.push(
                    Diagnostic::new(Code::Conflict, *span, message)
                        .related(first, "the other key")
                        .help(format!("both are read from `COFFERDAM_KEY_{variable}`: rename one")),
                );
            }
        }
    }

    /// Names in `shared_with` that are no boundaries, and boundaries that do not share back.
    fn check_partners(&self, policy: &PolicyForm, diagnostics: &mut Diagnostics) {
        let declared: BTreeSet<&str> =
            policy.boundaries.iter().map(|boundary| boundary.id.value.as_str()).collect();
        let partners = self.partners.borrow();
        for (name, span) in partners.iter().filter(|(name, _)| !declared.contains(name.as_str())) {
            let message = format!("there is no boundary `{}`", escape(name));
            diagnostics.push(
                Diagnostic::new(Code::Reference, *span, message)
                    .help("name the boundaries whose tokens are to be the same")
                    // In thousands of names some are always close.
                    .did_you_mean(nearest(name, declared.iter().copied().take(NAMES_SEARCHED_MAX))),
            );
        }
        let shared = self.shared.borrow();
        for (share, span) in shared.iter() {
            let others = share.scope.iter().filter(|other| **other != share.boundary);
            for other in others.filter(|other| declared.contains(other.as_str())) {
                let back = Shared { boundary: other.clone(), ..share.clone() };
                if !shared.contains_key(&back) {
                    let message = format!(
                        "`{}` shares the key `{}` with `{}`, which does not share it back",
                        share.boundary,
                        share.key,
                        escape(other)
                    );
                    let help = "values join only where both boundaries make tokens with the same \
                                key and the same `shared_with`";
                    let mut diagnostic = Diagnostic::new(Code::Sharing, *span, message).help(help);
                    if let Some(named) = partners.get(other) {
                        diagnostic = diagnostic.related(*named, "named here");
                    }
                    diagnostics.push(diagnostic);
                }
            }
        }
    }
}
