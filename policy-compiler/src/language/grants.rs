//! Reads `grants`: whether rules may be lowered for a time, how far, for how long and for what.
//! A grant itself is a document of its own, and no part of a policy.

use super::read::{Fields, Name, Reader, Spanned, Vocabulary};
use super::yaml::{Node, escape};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::model::Floor;

pub(crate) const GRANTS: Vocabulary = Vocabulary {
    what: "`grants`",
    keys: &["allowed", "floor", "max_ttl", "categories"],
    later: &[],
};
/// What must be said where grants are allowed.
pub(crate) const BOUNDS: [&str; 3] = ["floor", "max_ttl", "categories"];

pub(crate) const FLOORS: [(&str, Floor); 5] = [
    ("keep", Floor::Keep),
    ("observe", Floor::Observe),
    ("mask", Floor::Mask),
    ("tokenize", Floor::Tokenize),
    ("redact", Floor::Redact),
];
const UNITS: [(char, u32); 3] = [('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60)];
/// What must hold longer is a rule, and goes the way of one.
const TTL_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

/// `grants` of a boundary, where they are allowed.
#[derive(Debug)]
pub(crate) struct GrantsForm {
    pub(crate) span: Span,
    pub(crate) floor: Spanned<Floor>,
    pub(crate) ttl_seconds_max: u32,
    pub(crate) categories: Vec<Name>,
}

/// Reads `grants`. None where nothing may be granted, or what may be cannot be read.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<GrantsForm> {
    let fields = reader.fields(node, GRANTS)?;
    let allowed = reader.need(fields, "allowed").and_then(|node| reader.boolean(node))?;
    if !allowed {
        refuse_bounds(reader, fields);
        return None;
    }
    let floor = reader
        .need(fields, "floor")
        .and_then(|node| Some(Spanned { value: reader.choice(node, &FLOORS)?, span: node.span }));
    let ttl = reader.need(fields, "max_ttl").and_then(|node| read_ttl(reader, node));
    let categories = reader
        .need(fields, "categories")
        .map(|node| reader.texts(node, "categories or groups"))
        .unwrap_or_default();
    Some(GrantsForm { span: node.span, floor: floor?, ttl_seconds_max: ttl?, categories })
}

/// Where nothing may be granted, bounds would look as if something might.
fn refuse_bounds(reader: &mut Reader<'_>, fields: Fields<'_>) {
    let Some(span) = BOUNDS.iter().find_map(|key| fields.key_span(key)) else { return };
    let message = "grants are not allowed here, so there is nothing to bound";
    reader.diagnostics.push(
        Diagnostic::new(Code::Conflict, span, message)
            .help("write `allowed: true`, or `allowed: false` alone"),
    );
}

fn read_ttl(reader: &mut Reader<'_>, node: &Node) -> Option<u32> {
    let text = reader.text(node, "a time")?;
    let seconds = UNITS.iter().find_map(|&(unit, seconds)| {
        let digits = text.value.strip_suffix(unit)?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let number: u32 = plain.then(|| digits.parse().ok())??;
        number.checked_mul(seconds).filter(|seconds| *seconds <= TTL_SECONDS_MAX)
    });
    if seconds.is_none() {
        let message = format!("`{}` is no time up to 7 days", escape(&text.value));
        let help = "write a whole number and a unit: `30m`, `4h`, `2d`; what must hold longer is \
                    a rule";
        reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
    }
    seconds
}
