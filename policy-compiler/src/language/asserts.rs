//! Reads `asserts`: what must never be, whatever the rules come to.
//! Proves nothing.

use super::boundary;
use super::field;
use super::read::{Name, Reader, Spanned, Vocabulary};
use super::yaml::{Node, Value, escape};
use crate::cells::{Direction, Place, Strictness};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::model::PlaceSelector;

pub(crate) const ASSERT: Vocabulary =
    Vocabulary { what: "an assert", keys: &["never", "why"], later: &[] };
pub(crate) const NEVER: Vocabulary = Vocabulary {
    what: "`never`",
    keys: &["from", "to", "category", "outcome", "direction", "places", "fields"],
    later: &[],
};
pub(crate) const ZONES: Vocabulary =
    Vocabulary { what: "a choice of zones", keys: &["third_party", "sensitivity"], later: &[] };

pub(crate) const DIRECTIONS: [(&str, Direction); 2] =
    [("request", Direction::Request), ("reply", Direction::Reply)];
pub(crate) const OUTCOMES: [Strictness; 6] = [
    Strictness::Keep,
    Strictness::Observe,
    Strictness::Mask,
    Strictness::Tokenize,
    Strictness::Redact,
    Strictness::Block,
];

/// What stands for all zones, and for all categories.
pub(crate) const EVERY: &str = "*";

/// One of `asserts`.
#[derive(Debug)]
pub(crate) struct AssertForm {
    pub(crate) span: Span,
    /// One of these must fit.
    pub(crate) from: Vec<ZonesForm>,
    pub(crate) to: Vec<ZonesForm>,
    pub(crate) categories: Vec<Name>,
    /// What must never come of a finding.
    pub(crate) outcomes: Vec<Strictness>,
    /// Both where none is given.
    pub(crate) direction: Option<Direction>,
    /// Everywhere where none is given.
    pub(crate) places: Vec<Place>,
}

/// Some zones.
#[derive(Debug)]
pub(crate) enum ZonesForm {
    Every,
    Named(Name),
    /// All that is given must hold.
    Like {
        third_party: Option<bool>,
        sensitivity: Option<Vec<Name>>,
    },
}

/// Reads an assert.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<AssertForm> {
    let fields = reader.fields(node, ASSERT)?;
    if let Some(node) = fields.get("why") {
        reader.text(node, "a reason");
    }
    let never = reader.need(fields, "never")?;
    let fields = reader.fields(never, NEVER)?;
    let mut zones = |key: &str| match fields.get(key) {
        None => Some(vec![ZonesForm::Every]),
        Some(node) => read_zones(reader, node),
    };
    let (from, to) = (zones("from"), zones("to"));
    let categories = reader
        .need(fields, "category")
        .map(|node| reader.texts(node, "categories or groups"))
        .unwrap_or_default();
    let outcomes = reader.need(fields, "outcome").and_then(|node| read_outcomes(reader, node));
    let direction = match fields.get("direction") {
        None => None,
        Some(node) => Some(reader.choice(node, &DIRECTIONS)?),
    };
    let mut places = Vec::new();
    if let Some(node) = fields.get("places") {
        let texts = reader.texts(node, "places");
        for text in &texts {
            places.push(read_place(reader, text));
        }
    }
    if let Some(node) = fields.get("fields") {
        let paths = field::read_all(reader, node);
        places.extend(paths.iter().map(|path| Some(Place::field(&path.value.steps))));
        if paths.is_empty() {
            places.push(None);
        }
    }
    // A place that cannot be read must not become every place.
    let places = places.into_iter().collect::<Option<Vec<_>>>()?;
    let (from, to, outcomes) = (from?, to?, outcomes?);
    Some(AssertForm { span: never.span, from, to, categories, outcomes, direction, places })
}

fn read_place(reader: &mut Reader<'_>, text: &Name) -> Option<Place> {
    Some(match boundary::read_place(reader, text)?.value {
        PlaceSelector::Path => Place::Path,
        PlaceSelector::Query => Place::Query,
        PlaceSelector::Body => Place::Body,
        PlaceSelector::Trailer => Place::Trailer,
        PlaceSelector::Header(None) => Place::AnyHeader,
        PlaceSelector::Header(Some(name)) => Place::Header(name),
        PlaceSelector::Cookie(None) => Place::AnyCookie,
        PlaceSelector::Cookie(Some(name)) => Place::Cookie(name),
        // Fields have a key of their own.
        PlaceSelector::Field(_) => return None,
    })
}

fn read_zones(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<ZonesForm>> {
    let items = match &node.value {
        Value::List(items) if items.is_empty() => {
            let help = "name one, or take the key out";
            reader.refuse(Code::Value, node.span, "this list of zones is empty", help);
            return None;
        }
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    items.iter().map(|item| read_choice(reader, item)).collect()
}

fn read_choice(reader: &mut Reader<'_>, node: &Node) -> Option<ZonesForm> {
    if let Value::Text { text, .. } = &node.value {
        return match text.as_str() {
            EVERY => Some(ZonesForm::Every),
            _ => reader.text(node, "a zone").map(ZonesForm::Named),
        };
    }
    let fields = reader.fields(node, ZONES)?;
    let third_party = match fields.get("third_party") {
        None => None,
        Some(node) => Some(reader.boolean(node)?),
    };
    let sensitivity = fields.get("sensitivity").map(|node| reader.texts(node, "sensitivities"));
    if third_party.is_none() && sensitivity.is_none() {
        let message = "this choice of zones says nothing";
        reader.diagnostics.push(Diagnostic::new(Code::Shape, node.span, message).help(
            "write a zone's name, `\"*\"`, `{ third_party: true }` or `{ sensitivity: high }`",
        ));
        return None;
    }
    Some(ZonesForm::Like { third_party, sensitivity })
}

fn read_outcomes(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Strictness>> {
    let texts: Vec<Spanned<String>> = reader.texts(node, "actions");
    let mut outcomes = Vec::new();
    for text in texts {
        let found = OUTCOMES.iter().find(|word| word.name() == text.value);
        if found.is_none() {
            let message = format!("`{}` is no outcome", escape(&text.value));
            let help = "outcomes are `keep`, `observe`, `mask`, `tokenize`, `redact` and `block`";
            reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
        }
        outcomes.push(found.copied());
    }
    let outcomes: Option<Vec<_>> = outcomes.into_iter().collect();
    outcomes.filter(|outcomes| !outcomes.is_empty())
}
