//! Reads `require`: what connections must prove, and what those of a test's message do.
//! Knows no host: where a connection is looked at is the engine's to say.

use super::read::{Reader, Vocabulary};
use super::yaml::{Node, Value, escape};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::ends::Ends;
use cofferdam_engine::model::{Require, TlsVersion};

pub(crate) const REQUIRE: Vocabulary =
    Vocabulary { what: "`require`", keys: &["mtls", "tls_min"], later: &[] };

/// Versions that a policy may ask for.
pub(crate) const TLS_MIN: [(&str, TlsVersion); 2] =
    [("1.2", TlsVersion::Tls12), ("1.3", TlsVersion::Tls13)];
/// Versions that a message may come over, and none at all.
pub(crate) const TLS: [(&str, Option<TlsVersion>); 5] = [
    ("none", None),
    ("1.0", Some(TlsVersion::Tls10)),
    ("1.1", Some(TlsVersion::Tls11)),
    ("1.2", Some(TlsVersion::Tls12)),
    ("1.3", Some(TlsVersion::Tls13)),
];

/// `require` of a boundary.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequireForm {
    pub(crate) require: Require,
    /// Where `mtls` and `tls_min` stand, as far as they do.
    pub(crate) mtls: Option<Span>,
    pub(crate) tls_min: Option<Span>,
}

/// What the connections of a made-up message prove: all that may be required, unless said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Whether both ends show a certificate.
    pub mtls: Option<bool>,
    /// The version of TLS; the inner `None` is a connection without it.
    pub tls: Option<Option<TlsVersion>>,
}

impl Connection {
    /// The version of TLS that a word stands for.
    #[must_use]
    pub fn version(word: &str) -> Option<Option<TlsVersion>> {
        TLS.iter().find(|(name, _)| *name == word).map(|(_, version)| *version)
    }

    /// Whether it says that both ends show a certificate, over a connection that has none.
    #[must_use]
    pub fn contradicts_itself(self) -> bool {
        self.mtls == Some(true) && self.tls == Some(None)
    }

    /// The same as a host tells it, of both connections alike.
    pub(crate) fn ends(self) -> Ends {
        let proven = Ends::meeting_requirements();
        let version = self.tls.unwrap_or(proven.peer_tls);
        let mutual = self.mtls.unwrap_or(true) && version.is_some();
        Ends {
            peer_certificate: mutual,
            peer_tls: version,
            upstream_tls: version,
            upstream_mutual: mutual,
            ..proven
        }
    }
}

/// Reads `require`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> RequireForm {
    let mut form = RequireForm::default();
    let Some(fields) = reader.fields(node, REQUIRE) else { return form };
    if let Some(node) = fields.get("mtls") {
        form.mtls = Some(node.span);
        match reader.boolean(node) {
            Some(false) => {
                let message = "`mtls: false` requires nothing";
                let help = "take it out, or write `mtls: true`";
                reader
                    .diagnostics
                    .push(Diagnostic::new(Code::Value, node.span, message).help(help));
            }
            read => form.require.mtls = read.unwrap_or_default(),
        }
    }
    if let Some(node) = fields.get("tls_min") {
        form.tls_min = Some(node.span);
        form.require.tls_min = read_version(reader, node);
    }
    if matches!(&node.value, Value::Map(pairs) if pairs.is_empty()) {
        let message = "this requires nothing";
        let help = "name `mtls: true` or `tls_min: \"1.2\"`, or take `require` out";
        reader.diagnostics.push(Diagnostic::new(Code::MissingKey, node.span, message).help(help));
    }
    form
}

fn read_version(reader: &mut Reader<'_>, node: &Node) -> Option<TlsVersion> {
    let text = reader.text(node, "a version of TLS")?;
    if !matches!(text.value.as_str(), "1.0" | "1.1") {
        return reader.choice(node, &TLS_MIN);
    }
    let message = format!("TLS {} is broken, and no requirement", escape(&text.value));
    let help = "write `1.2` or `1.3`";
    reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
    None
}
