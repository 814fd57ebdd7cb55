//! Reads `categories`: what the policy itself calls personal data.
//! Compiles no pattern.

use super::field::{self, FieldPath};
use super::read::{Name, Reader, Spanned, Vocabulary};
use super::yaml::Node;
use crate::diagnostic::{Code, Diagnostic};
use cofferdam_engine::model::Strength;

pub(crate) const STRENGTHS: [(&str, Strength); 3] =
    [("certain", Strength::Certain), ("likely", Strength::Likely), ("weak", Strength::Weak)];

pub(crate) const CATEGORY: Vocabulary = Vocabulary {
    what: "a category",
    keys: &[
        "description",
        "pattern",
        "words",
        "near",
        "validate",
        "fields",
        "min_strength",
        "group",
    ],
    later: &[],
};

/// One of `categories`.
#[derive(Debug)]
pub(crate) struct CategoryForm {
    pub(crate) name: Name,
    pub(crate) pattern: Option<Name>,
    pub(crate) words: Vec<Name>,
    /// The name of the check that a candidate must pass.
    pub(crate) validate: Option<Name>,
    pub(crate) near: Vec<Name>,
    pub(crate) fields: Vec<Spanned<FieldPath>>,
    pub(crate) group: Option<Name>,
    /// Candidates under it are no findings.
    pub(crate) min_strength: Option<Spanned<Strength>>,
}

impl CategoryForm {
    /// Whether it says how something is found, and not only what of that counts.
    pub(crate) fn finds(&self) -> bool {
        self.pattern.is_some() || !self.words.is_empty() || !self.fields.is_empty()
    }
}

/// Reads a category.
pub(super) fn read(reader: &mut Reader<'_>, name: Name, node: &Node) -> CategoryForm {
    let span = name.span;
    let mut form = CategoryForm {
        name,
        pattern: None,
        words: Vec::new(),
        validate: None,
        near: Vec::new(),
        fields: Vec::new(),
        group: None,
        min_strength: None,
    };
    let Some(fields) = reader.fields(node, CATEGORY) else { return form };
    form.pattern = fields.get("pattern").and_then(|node| reader.text(node, "a pattern"));
    if let Some(node) = fields.get("words") {
        form.words = reader.texts(node, "words");
    }
    form.validate = fields.get("validate").and_then(|node| reader.text(node, "a check"));
    if let Some(node) = fields.get("near") {
        form.near = reader.texts(node, "words");
    }
    if let Some(node) = fields.get("fields") {
        form.fields = field::read_all(reader, node);
    }
    form.group = fields.get("group").and_then(|node| reader.name(node, "a group"));
    if let Some(node) = fields.get("min_strength") {
        let strength = reader.choice(node, &STRENGTHS);
        form.min_strength = strength.map(|value| Spanned { value, span: node.span });
    }
    if let Some(node) = fields.get("description") {
        reader.text(node, "a description");
    }
    let has_pattern = fields.get("pattern").is_some();
    let has_words = fields.get("words").is_some();
    if let Some(span) = fields.key_span("near")
        && !has_pattern
        && !has_words
    {
        let message = "`near` says which words a pattern needs, and there is no pattern";
        reader.refuse(Code::Conflict, span, message, "add `pattern` or `words`, or take it out");
    }
    if let Some(span) = fields.key_span("validate")
        && !has_pattern
    {
        let message = "`validate` says how a pattern is checked, and there is no pattern";
        reader.refuse(Code::Conflict, span, message, "add `pattern`, or take it out");
    }
    let narrows = fields.get("min_strength").is_some();
    if !has_pattern && fields.get("fields").is_none() && !has_words && !narrows {
        let message = format!("nothing says how `{}` is found", form.name.value);
        reader.diagnostics.push(
            Diagnostic::new(Code::MissingKey, span, message)
                .help("give a `pattern`, `words` or `fields`"),
        );
    }
    form
}
