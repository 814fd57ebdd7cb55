//! What boundaries say that they serve, as an OSCAL component definition (NIST OSCAL 1.1.2, JSON):
//! a component for each boundary, and in it the controls by the standard that they are of.
//! Identifiers come from names, so that the same policy gives the same ones.

use super::{Control, Controls, STANDARDS, Served};
use crate::language::date::Date;
use cofferdam_engine::blob::Digest;
use serde_json::{Value, json};

const OSCAL: &str = "1.1.2";
/// Where a policy's own controls are told, there is no catalog: an absolute URI that says so.
const OWN_SOURCE: &str = "urn:cofferdam:own-controls";

/// The definition, as of a day. What serves no control is in it too, without any.
#[must_use]
pub fn oscal(controls: &Controls, today: Date) -> String {
    let policy = &controls.policy;
    let components: Vec<_> =
        controls.boundaries.iter().map(|boundary| component(policy, boundary)).collect();
    let definition = json!({
        "component-definition": {
            "uuid": uuid(&[policy]),
            "metadata": {
                "title": format!("Boundaries of the policy {policy}"),
                "last-modified": format!("{today}T00:00:00Z"),
                "version": env!("CARGO_PKG_VERSION"),
                "oscal-version": OSCAL,
            },
            "components": components,
        }
    });
    format!("{definition:#}\n")
}

fn component(policy: &str, boundary: &Served) -> Value {
    let mut component = json!({
        "uuid": uuid(&[policy, &boundary.id]),
        "type": "interconnection",
        "title": boundary.id,
        "description": boundary.purpose,
    });
    let standards = (0..STANDARDS.len()).map(Some).chain([None]);
    let implementations: Vec<_> =
        standards.filter_map(|standard| implementation(policy, boundary, standard)).collect();
    // A list that is empty is none.
    if !implementations.is_empty() {
        component["control-implementations"] = Value::Array(implementations);
    }
    component
}

fn implementation(policy: &str, boundary: &Served, standard: Option<usize>) -> Option<Value> {
    let of = boundary.controls.iter().filter(|control| control.standard() == standard);
    let requirements: Vec<_> = of
        .map(|control| {
            json!({
                "uuid": uuid(&[policy, &boundary.id, &control.tag()]),
                "control-id": control_id(control),
                "description": format!(
                    "The policy says that the boundary {} serves {}: {}.",
                    boundary.id, control.tag(), control.title()
                ),
            })
        })
        .collect();
    if requirements.is_empty() {
        return None;
    }
    let known = standard.and_then(|at| STANDARDS.get(at));
    let (source, title) =
        known.map_or((OWN_SOURCE, "the policy's own controls"), |it| (it.source, it.title));
    Some(json!({
        "uuid": uuid(&[policy, &boundary.id, source]),
        "source": source,
        "description": title,
        "implemented-requirements": requirements,
    }))
}

/// A token of OSCAL: of NIST's catalog the one that it has there (`ac-4.8`), of others one that
/// begins with the standard (`gdpr-32.1.a`).
fn control_id(control: &Control) -> String {
    let text = match control {
        Control::Listed { standard, written, .. } if STANDARDS[*standard].id == "nist-800-53" => {
            written.clone()
        }
        Control::Listed { standard, written, .. } => {
            format!("{}-{written}", STANDARDS[*standard].id)
        }
        Control::Own(name) => format!("own-{name}"),
    };
    let mut id = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            c if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') => id.push(c),
            ')' => {}
            '(' => id.push('.'),
            _ => id.push('_'),
        }
    }
    id
}

/// A UUID of version 4 (RFC 9562), whose bits are those of a digest.
fn uuid(names: &[&str]) -> String {
    let Digest(digest) = Digest::of(format!("cofferdam\n{}", names.join("\n")).as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}
