//! Ways to make a policy weaker by one step: what a slip of the pen would do to it.
//! Changes the policy as it is written; nothing here resolves or runs it.

use crate::diagnostic::Span;
use crate::language::read::{Name, Spanned};
use crate::language::require::{RequireForm, TLS_MIN};
use crate::language::yaml::escape;
use crate::language::{ActionForm, BoundaryForm, PolicyForm, ReplyForm, RuleForm, RulesForm};
use cofferdam_engine::model::{Mask, Mode, PlaceSelector, Require};

/// More of a value than this no mask keeps.
const KEEP_LAST_MAX: u8 = 8;
/// The key of tokens that a mutant makes where the policy has none.
const KEY: &str = "mutation";

/// One change.
pub(super) struct Mutant {
    /// What is changed: a rule as entries name it, a boundary, or a key of the policy.
    pub(super) rule: String,
    /// Where that stands.
    pub(super) span: Span,
    /// The change, in words.
    pub(super) what: String,
    /// The boundary that is changed, by its index.
    pub(super) boundary: Option<usize>,
    pub(super) change: Box<dyn Fn(&mut PolicyForm)>,
}

/// Which of a boundary's two lists of rules.
#[derive(Clone, Copy)]
struct Side {
    boundary: usize,
    reply: bool,
}

impl Side {
    fn part(self) -> &'static str {
        if self.reply { "reply." } else { "" }
    }

    fn of(self, policy: &mut PolicyForm) -> Option<&mut RulesForm> {
        let boundary = policy.boundaries.get_mut(self.boundary)?;
        match (&mut boundary.reply, self.reply) {
            (_, false) => Some(&mut boundary.request),
            (Some(ReplyForm::Inspect(form)), true) => Some(form),
            (Some(ReplyForm::StatusOnly) | None, true) => None,
        }
    }
}

/// All that can be made weaker, in the order of the policy.
pub(super) fn all(policy: &PolicyForm) -> Vec<Mutant> {
    let mut list = Lister { policy, mutants: Vec::new() };
    for (n, name) in policy.detect.iter().enumerate() {
        let what = format!("`{}` does not count without being named", escape(&name.value));
        list.add(None, "detect".to_owned(), name.span, what, move |policy| {
            policy.detect.remove(n);
        });
    }
    for (boundary, form) in policy.boundaries.iter().enumerate() {
        list.when(boundary, form);
        list.require(boundary, form);
        list.side(Side { boundary, reply: false }, form, &form.request);
        match &form.reply {
            Some(ReplyForm::StatusOnly) => list.status_only(boundary, form),
            Some(ReplyForm::Inspect(rules)) => {
                list.side(Side { boundary, reply: true }, form, rules);
            }
            None => {}
        }
    }
    list.mutants
}

struct Lister<'p> {
    policy: &'p PolicyForm,
    mutants: Vec<Mutant>,
}

impl Lister<'_> {
    fn add(
        &mut self,
        boundary: Option<usize>,
        rule: String,
        span: Span,
        what: String,
        change: impl Fn(&mut PolicyForm) + 'static,
    ) {
        let change = Box::new(change);
        self.mutants.push(Mutant { rule, span, what, boundary, change });
    }

    /// A change of one direction.
    fn change(
        &mut self,
        side: Side,
        rule: String,
        span: Span,
        what: String,
        change: impl Fn(&mut RulesForm) + 'static,
    ) {
        self.add(Some(side.boundary), rule, span, what, move |policy| {
            if let Some(form) = side.of(policy) {
                change(form);
            }
        });
    }

    fn when(&mut self, boundary: usize, form: &BoundaryForm) {
        let Some(span) = form.when.span else { return };
        let when = &form.when.when;
        type List = fn(&mut BoundaryForm) -> &mut Vec<String>;
        let lists: [(&str, &[String], List); 3] = [
            ("every method fits", &when.methods, |form| &mut form.when.when.methods),
            ("every path fits", &when.paths, |form| &mut form.when.when.paths),
            ("every media type fits", &when.media, |form| &mut form.when.when.media),
        ];
        for (what, list, of) in lists {
            if list.is_empty() {
                continue;
            }
            let rule = form.id.value.clone();
            self.add(Some(boundary), rule, span, what.to_owned(), move |policy| {
                if let Some(form) = policy.boundaries.get_mut(boundary) {
                    of(form).clear();
                }
            });
        }
    }

    fn require(&mut self, boundary: usize, form: &BoundaryForm) {
        let RequireForm { require, mtls, tls_min } = form.require;
        let mut add = |span: Option<Span>, what: String, weaker: Require| {
            let span = span.unwrap_or(form.id.span);
            self.add(Some(boundary), form.id.value.clone(), span, what, move |policy| {
                if let Some(form) = policy.boundaries.get_mut(boundary) {
                    form.require.require = weaker;
                }
            });
        };
        if require.mtls {
            let what = "nobody needs to show a certificate".to_owned();
            add(mtls, what, Require { mtls: false, ..require });
        }
        if let Some(least) = require.tls_min {
            let what = format!("TLS older than {} will do", least.name());
            let older = TLS_MIN.iter().rev().map(|(_, version)| *version).find(|it| *it < least);
            add(tls_min, what, Require { tls_min: older, ..require });
        }
    }

    fn status_only(&mut self, boundary: usize, form: &BoundaryForm) {
        let rule = format!("{}#reply", form.id.value);
        let what = "the body of replies crosses, redacted".to_owned();
        self.add(Some(boundary), rule, form.id.span, what, move |policy| {
            if let Some(form) = policy.boundaries.get_mut(boundary) {
                form.reply = Some(ReplyForm::Inspect(RulesForm::default()));
            }
        });
    }

    fn side(&mut self, side: Side, form: &BoundaryForm, rules: &RulesForm) {
        let id = &form.id;
        let name = |part: &str| format!("{}#{}{part}", id.value, side.part());
        self.settings(side, form, rules);
        for (n, rule) in rules.rules.iter().enumerate() {
            self.rule(side, &name(&(n + 1).to_string()), n, rule);
        }
        for (n, ignore) in rules.ignore.iter().enumerate() {
            let span = ignore.categories.first().map_or(id.span, |name| name.span);
            let what = format!("line {} of `ignore` is gone", n + 1);
            self.change(side, name("ignore"), span, what, move |form| {
                form.ignore.remove(n);
            });
        }
        self.fields_only(side, &name("fields_only"), rules);
        let written = ActionForm::Named("redact".to_owned());
        let action = rules.otherwise.as_ref().map_or(&written, |action| &action.value);
        let span = rules.otherwise.as_ref().map_or(id.span, |action| action.span);
        if let Some((weaker, what)) = weaker(action, self.policy) {
            self.change(side, name("otherwise"), span, what, move |form| {
                form.otherwise = Some(Spanned { value: weaker.clone(), span });
            });
        }
    }

    /// Mode, and credentials where they belong.
    fn settings(&mut self, side: Side, form: &BoundaryForm, rules: &RulesForm) {
        let name = match side.reply {
            false => form.id.value.clone(),
            true => format!("{}#reply", form.id.value),
        };
        let whole = self.policy.mode.as_ref().map_or(Mode::Enforce, |mode| mode.value);
        let own = form.request.mode.as_ref().map_or(whole, |mode| mode.value);
        let mode = match side.reply {
            true => rules.mode.as_ref().map_or(own, |mode| mode.value),
            false => own,
        };
        if mode == Mode::Enforce && whole == Mode::Enforce {
            let span = rules.mode.as_ref().map_or(form.id.span, |mode| mode.span);
            let what = "it only observes".to_owned();
            self.add(Some(side.boundary), name.clone(), span, what, move |policy| {
                observe(policy, side, span);
            });
        }
        let inspects = rules.inspect_credentials_in_place == Some(true);
        if inspects {
            let what = "credentials pass where they belong".to_owned();
            self.change(side, name, form.id.span, what, |form| {
                form.inspect_credentials_in_place = Some(false);
            });
        }
    }

    fn rule(&mut self, side: Side, name: &str, n: usize, rule: &RuleForm) {
        let (Some(action), Some(first)) = (&rule.action, rule.categories.first()) else { return };
        if let Some((weaker, what)) = weaker(&action.value, self.policy) {
            self.change(side, name.to_owned(), action.span, what, move |form| {
                if let Some(action) = form.rules.get_mut(n).and_then(|rule| rule.action.as_mut()) {
                    action.value = weaker.clone();
                }
            });
        }
        let only = rule.categories.len() == 1;
        for (at, category) in rule.categories.iter().enumerate() {
            let gone = escape(&category.value);
            let what = match only {
                true => "the rule is gone".to_owned(),
                false => format!("`{gone}` is taken out of the rule"),
            };
            self.change(side, name.to_owned(), category.span, what, move |form| {
                if let Some(rule) = form.rules.get_mut(n) {
                    rule.categories.remove(at);
                }
            });
        }
        if rule.places.len() + rule.fields.len() < 2 {
            return;
        }
        for (at, place) in rule.places.iter().enumerate() {
            // A test has no trailers, so none could tell.
            if place.value == PlaceSelector::Trailer {
                continue;
            }
            let what = format!("{} is taken out of the rule", place_name(&place.value));
            self.change(side, name.to_owned(), first.span, what, move |form| {
                if let Some(rule) = form.rules.get_mut(n) {
                    rule.places.remove(at);
                }
            });
        }
        for (at, field) in rule.fields.iter().enumerate() {
            let what = format!("`{}` is taken out of the rule", escape(&field.value.text));
            self.change(side, name.to_owned(), field.span, what, move |form| {
                if let Some(rule) = form.rules.get_mut(n) {
                    rule.fields.remove(at);
                }
            });
        }
    }

    fn fields_only(&mut self, side: Side, name: &str, rules: &RulesForm) {
        let Some(paths) = &rules.fields_only else { return };
        let Some(first) = paths.first() else { return };
        let what = "every field crosses".to_owned();
        self.change(side, name.to_owned(), first.span, what, |form| form.fields_only = None);
        for (at, path) in paths.iter().enumerate().filter(|(_, path)| path.value.steps.len() > 1) {
            let text = escape(&path.value.text);
            let what = format!("all that stands beside `{text}` crosses too");
            self.change(side, name.to_owned(), path.span, what, move |form| {
                if let Some(path) = form.fields_only.as_mut().and_then(|paths| paths.get_mut(at)) {
                    path.value.steps.pop();
                    path.value.text.push_str(" and beside");
                }
            });
        }
    }
}

/// Only one direction is to observe: a reply that says nothing itself would follow its request.
fn observe(policy: &mut PolicyForm, side: Side, span: Span) {
    let observe = Some(Spanned { value: Mode::Observe, span });
    if !side.reply
        && let Some(boundary) = policy.boundaries.get_mut(side.boundary)
        && let Some(ReplyForm::Inspect(reply)) = &mut boundary.reply
        && reply.mode.is_none()
    {
        reply.mode = Some(Spanned { value: Mode::Enforce, span });
    }
    if let Some(form) = side.of(policy) {
        form.mode = observe;
    }
}

/// The next weaker action, and in words what becomes of the old one. None where it is the weakest:
/// what is only observed looks to a test like what is kept.
fn weaker(action: &ActionForm, policy: &PolicyForm) -> Option<(ActionForm, String)> {
    let plain = |name: &str| ActionForm::Named(name.to_owned());
    let token = || {
        let key = policy.actions.iter().find_map(|(_, action)| match &action.as_ref()?.value {
            ActionForm::Tokenize { key, .. } => Some(key.value.clone()),
            ActionForm::Named(_) | ActionForm::Mask(_) => None,
        });
        let value = key.unwrap_or_else(|| KEY.to_owned());
        let key = Name { value, span: Span::default() };
        ActionForm::Tokenize { key, prefix: "tok_".to_owned(), shared_with: Vec::new() }
    };
    let mask = |keep_last| ActionForm::Mask(Mask { keep_last, keep_separators: false });
    let (weaker, what) = match action {
        ActionForm::Named(name) => match name.as_str() {
            "block" => (plain("redact"), "`block` becomes `redact`".to_owned()),
            "redact" => (token(), "`redact` becomes a token".to_owned()),
            "mask" => (mask(1), "`mask` keeps the last letter".to_owned()),
            "observe" | "keep" => return None,
            own => {
                let (_, action) = policy.actions.iter().find(|(name, _)| name.value == own)?;
                let (weaker, what) = match &action.as_ref()?.value {
                    ActionForm::Named(_) => return None,
                    inner => weaker_own(inner)?,
                };
                (weaker, format!("`{}`: {what}", escape(own)))
            }
        },
        inner => weaker_own(inner)?,
    };
    Some((weaker, what))
}

/// The same of an action with settings.
fn weaker_own(action: &ActionForm) -> Option<(ActionForm, String)> {
    match action {
        ActionForm::Named(_) => None,
        ActionForm::Tokenize { .. } => {
            Some((ActionForm::Named("mask".to_owned()), "the token becomes a mask".to_owned()))
        }
        ActionForm::Mask(mask) if mask.keep_last < KEEP_LAST_MAX => {
            let more = mask.keep_last + 1;
            let what = format!("the mask keeps {more} at the end, not {}", mask.keep_last);
            Some((ActionForm::Mask(Mask { keep_last: more, ..*mask }), what))
        }
        ActionForm::Mask(_) => {
            Some((ActionForm::Named("observe".to_owned()), "the mask is gone".to_owned()))
        }
    }
}

/// A place as a rule names it.
pub(super) fn place_name(place: &PlaceSelector) -> String {
    match place {
        PlaceSelector::Path => "`path`".to_owned(),
        PlaceSelector::Query => "`query`".to_owned(),
        PlaceSelector::Body => "`body`".to_owned(),
        PlaceSelector::Trailer => "`trailer`".to_owned(),
        PlaceSelector::Header(None) => "`header`".to_owned(),
        PlaceSelector::Header(Some(name)) => format!("`header {}`", escape(name)),
        PlaceSelector::Cookie(None) => "`cookie`".to_owned(),
        PlaceSelector::Cookie(Some(name)) => format!("`cookie {}`", escape(name)),
        PlaceSelector::Field(_) => "a field".to_owned(),
    }
}
