//! Reads `boundaries`: who may ask whom, by which rules, and what comes back.
//! Resolves no name and no default that depends on another part of the policy.

use super::date::{self, Date};
use super::field::{self, FieldPath};
use super::grants::{self, GrantsForm};
use super::read::{Fields, Name, Reader, Spanned, Vocabulary};
use super::require::{self, RequireForm};
use super::yaml::{Node, Value, escape};
use super::{header_name, limits, read_mode};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::model::{Entries, Mask, Mode, PlaceSelector, When};

pub(crate) const DELIVERY: [(&str, DeliveryForm); 3] = [
    ("auto", DeliveryForm::Auto),
    ("stream", DeliveryForm::Stream),
    ("whole", DeliveryForm::Whole),
];
pub(crate) const ENTRIES: [(&str, Entries); 2] =
    [("all", Entries::All), ("findings", Entries::Findings)];
pub(crate) const CREDENTIALS_IN_PLACE: [(&str, bool); 2] = [("inspect", true), ("pass", false)];
pub(crate) const STATUS_ONLY: [(&str, ()); 1] = [("status_only", ())];
pub(crate) const PUBLISHED: [(&str, ()); 1] = [("published_test_values", ())];

/// More of a value than this is the value.
pub(crate) const KEEP_LAST_MAX: u64 = 8;
const PREFIX_BYTES_MAX: usize = 16;
const PREFIX_DEFAULT: &str = "tok_";

pub(crate) const BOUNDARY: Vocabulary = Vocabulary {
    what: "a boundary",
    keys: &[
        "id",
        "from",
        "to",
        "owner",
        "purpose",
        "description",
        "review_by",
        "controls",
        "mode",
        "when",
        "require",
        "fields_only",
        "delivery",
        "entries",
        "credentials_in_place",
        "rules",
        "ignore",
        "otherwise",
        "grants",
        "reply",
    ],
    later: &["upgrades"],
};
pub(crate) const REPLY: Vocabulary = Vocabulary {
    what: "a reply",
    keys: &[
        "mode",
        "fields_only",
        "delivery",
        "entries",
        "credentials_in_place",
        "rules",
        "ignore",
        "otherwise",
    ],
    later: &[],
};
pub(crate) const RULE: Vocabulary =
    Vocabulary { what: "a rule", keys: &["category", "places", "fields", "action"], later: &[] };
pub(crate) const IGNORE: Vocabulary = Vocabulary {
    what: "an `ignore` line",
    keys: &["category", "fields", "values", "prefixes", "ranges", "why"],
    later: &[],
};
pub(crate) const RANGE: Vocabulary =
    Vocabulary { what: "a range", keys: &["from", "to"], later: &[] };
pub(crate) const WHEN: Vocabulary =
    Vocabulary { what: "`when`", keys: &["methods", "paths", "media"], later: &[] };
pub(crate) const ACTION: Vocabulary =
    Vocabulary { what: "an action", keys: &["mask", "tokenize"], later: &[] };
pub(crate) const MASK: Vocabulary =
    Vocabulary { what: "`mask`", keys: &["keep_last", "keep_separators"], later: &[] };
pub(crate) const TOKENIZE: Vocabulary =
    Vocabulary { what: "`tokenize`", keys: &["key", "prefix", "shared_with"], later: &[] };

/// One of `boundaries`.
#[derive(Debug)]
pub(crate) struct BoundaryForm {
    pub(crate) id: Name,
    pub(crate) from: Option<Name>,
    pub(crate) to: Option<Name>,
    /// Whether it is given; also when it cannot be read.
    pub(crate) owned: bool,
    pub(crate) reviewed: bool,
    pub(crate) review_by: Option<Spanned<Date>>,
    pub(crate) purpose: String,
    /// What it says that it serves.
    pub(crate) controls: Vec<Name>,
    pub(crate) when: WhenForm,
    pub(crate) require: RequireForm,
    pub(crate) request: RulesForm,
    /// What may be granted, where grants are allowed.
    pub(crate) grants: Option<GrantsForm>,
    pub(crate) reply: Option<ReplyForm>,
}

impl BoundaryForm {
    /// The rules of both directions, as far as there are any.
    pub(crate) fn directions(&self) -> impl Iterator<Item = &RulesForm> {
        let reply = match &self.reply {
            Some(ReplyForm::Inspect(rules)) => Some(rules),
            Some(ReplyForm::StatusOnly) | None => None,
        };
        std::iter::once(&self.request).chain(reply)
    }
}

/// See [`BoundaryForm::reply`].
#[derive(Debug)]
pub(crate) enum ReplyForm {
    StatusOnly,
    Inspect(RulesForm),
}

/// Which requests, and where that is said.
#[derive(Debug, Default)]
pub(crate) struct WhenForm {
    pub(crate) when: When,
    pub(crate) span: Option<Span>,
}

/// The rules of one direction.
#[derive(Debug, Default)]
pub(crate) struct RulesForm {
    pub(crate) mode: Option<Spanned<Mode>>,
    pub(crate) delivery: Option<DeliveryForm>,
    pub(crate) entries: Option<Entries>,
    pub(crate) inspect_credentials_in_place: Option<bool>,
    pub(crate) rules: Vec<RuleForm>,
    pub(crate) ignore: Vec<IgnoreForm>,
    pub(crate) otherwise: Option<Spanned<ActionForm>>,
    pub(crate) fields_only: Option<Box<[Spanned<FieldPath>]>>,
}

/// `delivery`, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryForm {
    Auto,
    Stream,
    Whole,
}

/// One of `rules`.
#[derive(Debug)]
pub(crate) struct RuleForm {
    pub(crate) categories: Vec<Name>,
    pub(crate) action: Option<Spanned<ActionForm>>,
    pub(crate) places: Vec<Spanned<PlaceSelector>>,
    pub(crate) fields: Vec<Spanned<FieldPath>>,
    /// Whether `places` or `fields` is there at all, readable or not.
    pub(crate) placed: bool,
}

/// One of `ignore`.
#[derive(Debug)]
pub(crate) struct IgnoreForm {
    pub(crate) categories: Vec<Name>,
    pub(crate) what: Vec<IgnoredForm>,
}

/// See [`IgnoreForm::what`].
#[derive(Debug)]
pub(crate) enum IgnoredForm {
    Field(Spanned<FieldPath>),
    Value(Name),
    Prefix(Name),
    /// An address block, or the name of a well-known one.
    Addresses(Name),
    Range(RangeForm),
    /// What specifications publish for tests, of every category that has such values.
    PublishedTestValues,
}

/// Every value from one to another.
#[derive(Debug)]
pub(crate) struct RangeForm {
    pub(crate) from: Name,
    pub(crate) to: Name,
    pub(crate) span: Span,
}

/// An action, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ActionForm {
    /// A plain one, or one of `actions`.
    Named(String),
    Mask(Mask),
    Tokenize {
        key: Name,
        prefix: String,
        shared_with: Vec<Name>,
    },
}

/// Reads a boundary.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<BoundaryForm> {
    let fields = reader.fields(node, BOUNDARY)?;
    let id = reader.need(fields, "id").and_then(|node| reader.name(node, "an id"));
    let from = reader.need(fields, "from").and_then(|node| reader.name(node, "a zone"));
    let to = reader.need(fields, "to").and_then(|node| reader.name(node, "a zone"));
    let purpose = reader.need(fields, "purpose").and_then(|node| reader.text(node, "a purpose"));
    for key in ["owner", "description"] {
        if let Some(node) = fields.get(key) {
            reader.text(node, key);
        }
    }
    let controls = fields.get("controls").map(|node| reader.texts(node, "controls"));
    let reply = match fields.get("reply") {
        Some(node) => read_reply(reader, node),
        None => {
            let span = id.as_ref().map_or(fields.span, |id| id.span);
            reader.diagnostics.push(
                Diagnostic::new(Code::MissingKey, span, "this boundary says nothing of replies")
                    .help("add `reply: { otherwise: redact }`, or `reply: status_only`"),
            );
            None
        }
    };
    Some(BoundaryForm {
        from,
        to,
        owned: fields.get("owner").is_some(),
        reviewed: fields.get("review_by").is_some(),
        review_by: fields.get("review_by").and_then(|node| date::read(reader, node)),
        purpose: purpose.map(|text| text.value).unwrap_or_default(),
        controls: controls.unwrap_or_default(),
        when: fields.get("when").map(|node| read_when(reader, node)).unwrap_or_default(),
        require: fields.get("require").map(|node| require::read(reader, node)).unwrap_or_default(),
        request: read_rules(reader, fields),
        grants: fields.get("grants").and_then(|node| grants::read(reader, node)),
        reply,
        id: id?,
    })
}

fn read_reply(reader: &mut Reader<'_>, node: &Node) -> Option<ReplyForm> {
    if let Value::Text { .. } = &node.value {
        return reader.choice(node, &STATUS_ONLY).map(|()| ReplyForm::StatusOnly);
    }
    let fields = reader.fields(node, REPLY)?;
    Some(ReplyForm::Inspect(read_rules(reader, fields)))
}

fn read_rules(reader: &mut Reader<'_>, fields: Fields<'_>) -> RulesForm {
    let mut form = RulesForm {
        mode: fields.get("mode").and_then(|node| read_mode(reader, node)),
        ..RulesForm::default()
    };
    form.fields_only = fields.get("fields_only").map(|node| read_fields_only(reader, node));
    if let Some(node) = fields.get("delivery") {
        form.delivery = reader.choice(node, &DELIVERY);
    }
    if let Some(node) = fields.get("entries") {
        form.entries = reader.choice(node, &ENTRIES);
    }
    if let Some(node) = fields.get("credentials_in_place") {
        form.inspect_credentials_in_place = reader.choice(node, &CREDENTIALS_IN_PLACE);
    }
    if let Some(node) = fields.get("rules") {
        let items = reader.items(node, "rules");
        form.rules = items.iter().filter_map(|item| read_rule(reader, item)).collect();
    }
    if let Some(node) = fields.get("ignore") {
        let single = matches!(node.value, Value::Text { .. });
        let items =
            if single { std::slice::from_ref(node) } else { reader.items(node, "openings") };
        form.ignore = items.iter().filter_map(|item| read_ignore(reader, item)).collect();
    }
    form.otherwise = fields.get("otherwise").and_then(|node| read_action(reader, node));
    form
}

fn read_when(reader: &mut Reader<'_>, node: &Node) -> WhenForm {
    let mut form = WhenForm { span: Some(node.span), ..WhenForm::default() };
    let Some(fields) = reader.fields(node, WHEN) else { return form };
    if let Some(node) = fields.get("methods") {
        for text in reader.texts(node, "methods") {
            if text.value.is_empty() || !text.value.bytes().all(|b| b.is_ascii_uppercase()) {
                let message = format!("`{}` is no method", escape(&text.value));
                let mut diagnostic = Diagnostic::new(Code::Value, text.span, message)
                    .help("methods are written in capitals: `GET`");
                if !text.value.is_empty() && text.value.bytes().all(|b| b.is_ascii_alphabetic()) {
                    diagnostic = diagnostic.fix(text.span, text.value.to_ascii_uppercase());
                }
                reader.diagnostics.push(diagnostic);
            }
            form.when.methods.push(text.value);
        }
    }
    if let Some(node) = fields.get("paths") {
        for text in reader.texts(node, "paths") {
            form.when.paths.extend(read_path(reader, &text));
        }
    }
    if let Some(node) = fields.get("media") {
        for text in reader.texts(node, "media types") {
            form.when.media.extend(limits::media_type(reader, &text));
        }
    }
    form
}

/// A glob over a normalized path: what could never fit one is refused.
fn read_path(reader: &mut Reader<'_>, text: &Name) -> Option<String> {
    let graphic = text.value.bytes().all(|b| b.is_ascii_graphic() && !b"?#%\\".contains(&b));
    let dots = text.value.split('/').any(|part| part == "." || part == "..");
    if text.value.starts_with('/') && graphic && !dots && !text.value.contains("//") {
        return Some(text.value.clone());
    }
    let message = format!("`{}` fits no normalized path", escape(&text.value));
    let help = "a path begins with `/`, has no query, no `%`, no `..` and no `//`; `*` stands for \
                a run within a segment, `**` across segments";
    reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
    None
}

fn read_rule(reader: &mut Reader<'_>, node: &Node) -> Option<RuleForm> {
    let fields = reader.fields(node, RULE)?;
    let categories = reader
        .need(fields, "category")
        .map(|node| reader.texts(node, "categories or groups"))
        .unwrap_or_default();
    let action = reader.need(fields, "action").and_then(|node| read_action(reader, node));
    let mut places = Vec::new();
    if let Some(node) = fields.get("places") {
        for text in reader.texts(node, "places") {
            places.extend(read_place(reader, &text));
        }
    }
    let mut paths = Vec::new();
    if let Some(node) = fields.get("fields") {
        paths = field::read_all(reader, node);
    }
    let placed = fields.get("places").is_some() || fields.get("fields").is_some();
    Some(RuleForm { categories, action, places, fields: paths, placed })
}

pub(super) fn read_place(reader: &mut Reader<'_>, text: &Name) -> Option<Spanned<PlaceSelector>> {
    let (kind, name) = match text.value.split_once(' ') {
        Some((kind, name)) => (kind, Some(name)),
        None => (text.value.as_str(), None),
    };
    let value = match (kind, name) {
        ("path", None) => PlaceSelector::Path,
        ("query", None) => PlaceSelector::Query,
        ("body", None) => PlaceSelector::Body,
        ("trailer", None) => PlaceSelector::Trailer,
        ("header", None) => PlaceSelector::Header(None),
        ("cookie", None) => PlaceSelector::Cookie(None),
        ("header", Some(name)) => PlaceSelector::Header(header_name(reader, name, text.span)),
        ("cookie", Some(name)) if !name.is_empty() && !name.contains([' ', '=', ';']) => {
            PlaceSelector::Cookie(Some(name.to_owned()))
        }
        _ => {
            let message = format!("`{}` is no place", escape(&text.value));
            let help =
                "places are `path`, `query`, `body`, `trailer`, `header NAME`, `cookie NAME`";
            reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
            return None;
        }
    };
    // A name that cannot be read must not become every header.
    if name.is_some() && matches!(value, PlaceSelector::Header(None)) {
        return None;
    }
    Some(Spanned { value, span: text.span })
}

fn read_ignore(reader: &mut Reader<'_>, node: &Node) -> Option<IgnoreForm> {
    if let Value::Text { .. } = &node.value {
        reader.choice(node, &PUBLISHED)?;
        let what = vec![IgnoredForm::PublishedTestValues];
        return Some(IgnoreForm { categories: Vec::new(), what });
    }
    let fields = reader.fields(node, IGNORE)?;
    let categories = reader
        .need(fields, "category")
        .map(|node| reader.texts(node, "categories or groups"))
        .unwrap_or_default();
    if let Some(node) = reader.need(fields, "why") {
        reader.text(node, "a reason");
    }
    let mut what = Vec::new();
    if let Some(node) = fields.get("fields") {
        what.extend(field::read_all(reader, node).into_iter().map(IgnoredForm::Field));
    }
    for (key, kind) in
        [("values", IgnoredForm::Value as fn(Name) -> _), ("prefixes", IgnoredForm::Prefix)]
    {
        let Some(node) = fields.get(key) else { continue };
        for text in reader.texts(node, key) {
            if text.value.is_empty() {
                reader.error(Code::Value, text.span, "an empty text would let everything through");
            } else {
                what.push(kind(text));
            }
        }
    }
    if let Some(node) = fields.get("ranges") {
        what.extend(read_ranges(reader, node));
    }
    if !["fields", "values", "prefixes", "ranges"].iter().any(|key| fields.get(key).is_some()) {
        let message = "this line does not say what to ignore";
        let help = "name `fields`, `values`, `prefixes` or `ranges`; to let a category through \
                    whole, write a rule with `action: keep`";
        reader.diagnostics.push(Diagnostic::new(Code::MissingKey, node.span, message).help(help));
    }
    Some(IgnoreForm { categories, what })
}

fn read_ranges(reader: &mut Reader<'_>, node: &Node) -> Vec<IgnoredForm> {
    let single = matches!(node.value, Value::Text { .. } | Value::Map(_));
    let items = if single { std::slice::from_ref(node) } else { reader.items(node, "ranges") };
    let mut ranges = Vec::new();
    for item in items {
        if let Value::Text { .. } = &item.value {
            let block = reader.text(item, "an address block");
            ranges.extend(block.map(IgnoredForm::Addresses));
            continue;
        }
        let Some(fields) = reader.fields(item, RANGE) else { continue };
        let from = reader.need(fields, "from").and_then(|node| reader.text(node, "a value"));
        let to = reader.need(fields, "to").and_then(|node| reader.text(node, "a value"));
        let range = from.zip(to).map(|(from, to)| RangeForm { from, to, span: item.span });
        ranges.extend(range.map(IgnoredForm::Range));
    }
    ranges
}

/// Reads an action: a word, or a mapping with one key.
pub(super) fn read_action(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<ActionForm>> {
    let spanned = |value| Some(Spanned { value, span: node.span });
    if let Value::Text { .. } = &node.value {
        return spanned(ActionForm::Named(reader.text(node, "an action")?.value));
    }
    let fields = reader.fields(node, ACTION)?;
    match (fields.get("mask"), fields.get("tokenize")) {
        (Some(mask), None) => spanned(read_mask(reader, mask)?),
        (None, Some(tokenize)) => spanned(read_tokenize(reader, tokenize)?),
        (Some(_), Some(_)) => {
            let message = "an action does one thing, and this does two";
            let help = "take `mask` or `tokenize` out";
            reader.refuse(Code::Conflict, node.span, message, help);
            None
        }
        (None, None) => {
            let help = "write `{ mask: {} }` or `{ tokenize: { key: NAME } }`";
            reader.refuse(Code::Shape, node.span, "this action does nothing", help);
            None
        }
    }
}

fn read_mask(reader: &mut Reader<'_>, node: &Node) -> Option<ActionForm> {
    let fields = reader.fields(node, MASK)?;
    let mut mask = Mask { keep_last: 0, keep_separators: false };
    if let Some(node) = fields.get("keep_last") {
        let number = reader.number(node, KEEP_LAST_MAX)?;
        mask.keep_last = u8::try_from(number).ok()?;
    }
    if let Some(node) = fields.get("keep_separators") {
        mask.keep_separators = reader.boolean(node)?;
    }
    Some(ActionForm::Mask(mask))
}

fn read_tokenize(reader: &mut Reader<'_>, node: &Node) -> Option<ActionForm> {
    let fields = reader.fields(node, TOKENIZE)?;
    let key = reader.need(fields, "key").and_then(|node| reader.name(node, "the name of a key"));
    let mut prefix = PREFIX_DEFAULT.to_owned();
    if let Some(node) = fields.get("prefix") {
        let text = reader.text(node, "a prefix")?;
        let small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !text.value.bytes().all(small) || !(1..=PREFIX_BYTES_MAX).contains(&text.value.len()) {
            let message = format!("`{}` cannot be a prefix", escape(&text.value));
            let help = "a prefix has small letters, digits and `_`, 16 at most";
            reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
        }
        prefix = text.value;
    }
    let shared = fields.get("shared_with");
    let shared_with = shared.map(|node| reader.texts(node, "boundaries")).unwrap_or_default();
    Some(ActionForm::Tokenize { key: key?, prefix, shared_with })
}

/// The only fields that cross: one at least.
fn read_fields_only(reader: &mut Reader<'_>, node: &Node) -> Box<[Spanned<FieldPath>]> {
    if matches!(&node.value, Value::List(items) if items.is_empty()) {
        let message = "no field would cross, and so no body";
        let help = "name the fields that may: `fields_only: [\"$.day\", \"$.lines[*].amount\"]`";
        reader.diagnostics.push(Diagnostic::new(Code::Value, node.span, message).help(help));
        return Box::default();
    }
    field::read_all(reader, node).into()
}
