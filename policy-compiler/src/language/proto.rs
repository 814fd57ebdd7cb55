//! Reads `proto`: which file describes the messages of protobuf.

use super::read::{Name, Reader, Vocabulary};
use super::yaml::{Node, escape};
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const PROTO: Vocabulary =
    Vocabulary { what: "`proto`", keys: &["descriptors"], later: &[] };

/// Reads `proto`: a file in the folder of the policy, or below.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Name> {
    let fields = reader.fields(node, PROTO)?;
    let node = reader.need(fields, "descriptors")?;
    let file = reader.text(node, "the name of a file")?;
    if !is_below(&file.value) {
        let message = format!("`{}` cannot be the name of a file here", escape(&file.value));
        reader.diagnostics.push(
            Diagnostic::new(Code::Value, node.span, message)
                .help("name a file in the folder of the policy or below: `proto/shop.pb`"),
        );
        return None;
    }
    Some(file)
}

/// Whether a name leads to a file in the folder of the policy or below, on every system.
pub(super) fn is_below(name: &str) -> bool {
    let part = |part: &str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(sign)
    };
    name.split('/').all(part)
}
