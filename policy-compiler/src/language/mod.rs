//! The policy as it is written: what each key may hold, and where it stood.
//! Looks no name up: that is for `resolve`.

pub(crate) mod asserts;
mod boundary;
mod case;
mod category;
pub(crate) mod date;
pub(crate) mod field;
pub(crate) mod grants;
pub(crate) mod include;
mod json_schema;
#[cfg(test)]
mod json_schema_tests;
mod limits;
mod member;
mod proto;
pub(crate) mod read;
pub(crate) mod require;
mod toml;
#[cfg(test)]
mod toml_tests;
#[cfg(test)]
mod wrong_types;
pub(crate) mod yaml;

pub(crate) use asserts::AssertForm;
pub(crate) use boundary::{
    ActionForm, BoundaryForm, DeliveryForm, IgnoredForm, RangeForm, ReplyForm, RuleForm, RulesForm,
};
pub(crate) use case::CaseForm;
pub(crate) use category::CategoryForm;
pub(crate) use grants::GrantsForm;
pub(crate) use json_schema::{included_schema, schema};
pub(crate) use limits::LimitsForm;
pub(crate) use member::{MemberForm, parse_block};

/// Every mapping of the language, for who puts its keys in order.
pub(crate) mod vocabulary {
    pub(crate) use super::asserts::{ASSERT, NEVER, ZONES};
    pub(crate) use super::boundary::{
        ACTION, BOUNDARY, IGNORE, MASK, RANGE, REPLY, RULE, TOKENIZE, WHEN,
    };
    pub(crate) use super::case::{CASE, EXPECT, MESSAGE};
    pub(crate) use super::category::CATEGORY;
    pub(crate) use super::grants::GRANTS;
    pub(crate) use super::limits::LIMITS;
    pub(crate) use super::member::MEMBER;
    pub(crate) use super::require::REQUIRE;
    pub(crate) use super::{POLICY, ZONE};
}

use crate::diagnostic::{Code, Diagnostic, Diagnostics, File, Source, Span};
use cofferdam_engine::model::Mode;
use date::Date;
use read::{Name, Reader, Spanned, Vocabulary};
use yaml::Node;

const FORMAT: &str = "cofferdam/v1";

pub(crate) const POLICY: Vocabulary = Vocabulary {
    what: "a policy",
    keys: &[
        "format",
        "policy",
        "owner",
        "description",
        "review_by",
        "include",
        "mode",
        "limits",
        "zones",
        "members",
        "detect",
        "categories",
        "actions",
        "credential_headers",
        "proto",
        "boundaries",
        "asserts",
        "tests",
    ],
    later: &[],
};

const MODES: [(&str, Mode); 2] = [("enforce", Mode::Enforce), ("observe", Mode::Observe)];

pub(crate) const ZONE: Vocabulary =
    Vocabulary { what: "a zone", keys: &["sensitivity", "description", "third_party"], later: &[] };

/// A whole policy.
#[derive(Debug, Default)]
pub(crate) struct PolicyForm {
    /// The same for all texts of one policy, whatever their comments, spaces and order of keys.
    pub(crate) digest: [u8; 32],
    pub(crate) name: String,
    /// Whether it is given; also when it cannot be read.
    pub(crate) owned: bool,
    pub(crate) reviewed: bool,
    pub(crate) review_by: Option<Spanned<Date>>,
    pub(crate) mode: Option<Spanned<Mode>>,
    pub(crate) limits: LimitsForm,
    pub(crate) zones: Vec<ZoneForm>,
    pub(crate) members: Vec<MemberForm>,
    pub(crate) detect: Vec<Name>,
    pub(crate) categories: Vec<CategoryForm>,
    pub(crate) actions: Vec<(Name, Option<Spanned<ActionForm>>)>,
    pub(crate) credential_headers: Vec<String>,
    /// The file of descriptors.
    pub(crate) descriptors: Option<Name>,
    pub(crate) boundaries: Vec<BoundaryForm>,
    pub(crate) asserts: Vec<AssertForm>,
    pub(crate) cases: Vec<CaseForm>,
}

/// One of `zones`.
#[derive(Debug)]
pub(crate) struct ZoneForm {
    pub(crate) name: Name,
    pub(crate) sensitivity: String,
    pub(crate) third_party: bool,
}

/// Reads a policy as far as it can be read.
pub(crate) fn read(source: &Source, diagnostics: &mut Diagnostics) -> Option<PolicyForm> {
    let root = include::read(source, diagnostics)?;
    let mut reader = Reader { diagnostics };
    read_policy(&mut reader, &root)
}

/// Reads one file as a tree, in whatever format it is. `None` when nothing can be read.
pub(crate) fn parse(file: File<'_>, diagnostics: &mut Diagnostics) -> Option<Node> {
    if file.text().len() > yaml::POLICY_BYTES_MAX {
        let start = Span::new(file.span().start, file.span().start);
        diagnostics.push(
            Diagnostic::new(Code::Limit, start, "the policy is longer than 1 MiB")
                .help("a policy that nobody can read nobody can approve: make several of it"),
        );
        return None;
    }
    match file.is_toml() {
        true => toml::parse(file, diagnostics),
        false => yaml::parse(file, diagnostics),
    }
}

/// Nothing stands in a file.
fn empty(file: File<'_>) -> Diagnostic {
    let start = file.span().start;
    let (message, help) = match start {
        0 => ("the policy is empty", "a policy begins with `format: cofferdam/v1`"),
        _ => ("this file is empty", "write what it is for, or take it out of `include`"),
    };
    Diagnostic::new(Code::Syntax, Span::new(start, start), message).help(help)
}

fn read_policy(reader: &mut Reader<'_>, root: &Node) -> Option<PolicyForm> {
    let fields = reader.fields(root, POLICY)?;
    let mut policy = PolicyForm { digest: yaml::digest(root), ..PolicyForm::default() };
    if let Some(node) = reader.need(fields, "format") {
        reader.choice(node, &[(FORMAT, ())]);
    }
    if let Some(node) = reader.need(fields, "policy") {
        policy.name = reader.name(node, "the policy's name").map(|n| n.value).unwrap_or_default();
    }
    for key in ["owner", "description"] {
        if let Some(node) = fields.get(key) {
            reader.text(node, key);
        }
    }
    policy.owned = fields.get("owner").is_some();
    policy.reviewed = fields.get("review_by").is_some();
    policy.review_by = fields.get("review_by").and_then(|node| date::read(reader, node));
    policy.mode = fields.get("mode").and_then(|node| read_mode(reader, node));
    if let Some(node) = fields.get("limits") {
        policy.limits = limits::read(reader, node);
    }
    if let Some(node) = reader.need(fields, "zones") {
        let named = reader.named(node, "zones");
        policy.zones =
            named.into_iter().map(|(name, node)| read_zone(reader, name, node)).collect();
    }
    if let Some(node) = fields.get("members") {
        let items = reader.items(node, "members");
        policy.members = items.iter().filter_map(|item| member::read(reader, item)).collect();
    }
    if let Some(node) = fields.get("detect") {
        policy.detect = reader.texts(node, "categories or groups");
    }
    if let Some(node) = fields.get("categories") {
        let named = reader.categories(node, "categories");
        policy.categories =
            named.into_iter().map(|(name, node)| category::read(reader, name, node)).collect();
    }
    if let Some(node) = fields.get("actions") {
        let named = reader.named(node, "actions");
        policy.actions = named
            .into_iter()
            .map(|(name, node)| (name, boundary::read_action(reader, node)))
            .collect();
    }
    if let Some(node) = fields.get("credential_headers") {
        for text in reader.texts(node, "header names") {
            policy.credential_headers.extend(header_name(reader, &text.value, text.span));
        }
    }
    policy.descriptors = fields.get("proto").and_then(|node| proto::read(reader, node));
    if let Some(node) = reader.need(fields, "boundaries") {
        let items = reader.items(node, "boundaries");
        policy.boundaries = items.iter().filter_map(|item| boundary::read(reader, item)).collect();
    }
    if let Some(node) = fields.get("asserts") {
        let items = reader.items(node, "asserts");
        policy.asserts = items.iter().filter_map(|item| asserts::read(reader, item)).collect();
    }
    if let Some(node) = fields.get("tests") {
        let items = reader.items(node, "tests");
        policy.cases = items.iter().filter_map(|item| case::read(reader, item)).collect();
    }
    Some(policy)
}

fn read_zone(reader: &mut Reader<'_>, name: Name, node: &Node) -> ZoneForm {
    if name.value == "unplaced" {
        reader.diagnostics.push(
            Diagnostic::new(Code::Redeclared, name.span, "the zone `unplaced` is always there")
                .help("it holds what no member line fits: take this line out"),
        );
    }
    let mut zone = ZoneForm { name, sensitivity: String::new(), third_party: false };
    let Some(fields) = reader.fields(node, ZONE) else { return zone };
    if let Some(node) = reader.need(fields, "sensitivity") {
        zone.sensitivity =
            reader.name(node, "a sensitivity").map(|word| word.value).unwrap_or_default();
    }
    if let Some(node) = fields.get("description") {
        reader.text(node, "a description");
    }
    if let Some(node) = fields.get("third_party") {
        zone.third_party = reader.boolean(node).unwrap_or_default();
    }
    zone
}

fn read_mode(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Mode>> {
    Some(Spanned { value: reader.choice(node, &MODES)?, span: node.span })
}

/// A header's name in small letters.
fn header_name(reader: &mut Reader<'_>, text: &str, span: Span) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if lower.is_empty() || !lower.bytes().all(token) {
        let message = format!("`{}` cannot be the name of a header", yaml::escape(text));
        let help = "a header's name has letters, digits and `-` or `_`, and no space (RFC 9110)";
        reader.refuse(Code::Name, span, message, help);
        return None;
    }
    Some(lower)
}
