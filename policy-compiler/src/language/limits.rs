//! Reads `limits`: what happens to what cannot be read.
//! What a person leaves out is the closed choice.

use super::read::{Name, Reader, Vocabulary};
use super::yaml::{Node, escape};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::limits::UNWRAP_MAX;
use cofferdam_engine::model::{OnOversize, OnUnparsable, Recompress};

/// How much is held when the policy does not say.
const INSPECT_BYTES_DEFAULT: u64 = 1 << 20;
/// More than this per message would let a few of them fill a host.
const INSPECT_BYTES_MAX: u64 = 64 << 20;
/// Layers of encoding that are looked through when the policy does not say.
const UNWRAP_DEFAULT: u8 = 2;
const OPAQUE_MEDIA_DEFAULT: [&str; 4] = ["image/*", "font/*", "text/css", "text/javascript"];

pub(crate) const ON_OVERSIZE: [(&str, OnOversize); 2] =
    [("block", OnOversize::Block), ("stream", OnOversize::Stream)];
pub(crate) const ON_UNPARSABLE: [(&str, OnUnparsable); 2] =
    [("block", OnUnparsable::Block), ("scan_raw", OnUnparsable::ScanRaw)];
pub(crate) const RECOMPRESS: [(&str, Recompress); 2] =
    [("never", Recompress::Never), ("gzip", Recompress::Gzip)];
/// What this version can do with what it cannot read.
pub(crate) const BLOCK_ONLY: [(&str, ()); 1] = [("block", ())];

pub(crate) const LIMITS: Vocabulary = Vocabulary {
    what: "`limits`",
    keys: &[
        "inspect",
        "on_oversize",
        "on_unparsable",
        "on_unknown_encoding",
        "on_unknown_media",
        "on_upgrade",
        "unwrap",
        "recompress",
        "opaque_media",
    ],
    later: &["depth", "decoder_window", "stream_max_age"],
};
pub(crate) const OPAQUE: Vocabulary =
    Vocabulary { what: "`opaque_media`", keys: &["pass"], later: &[] };

/// The policy's `limits`.
#[derive(Debug)]
pub(crate) struct LimitsForm {
    pub(crate) inspect_bytes_max: u64,
    pub(crate) on_oversize: OnOversize,
    pub(crate) on_unparsable: OnUnparsable,
    pub(crate) on_unparsable_span: Span,
    pub(crate) opaque_media: Vec<String>,
    pub(crate) unwrap: u8,
    pub(crate) recompress: Recompress,
}

impl Default for LimitsForm {
    fn default() -> Self {
        Self {
            inspect_bytes_max: INSPECT_BYTES_DEFAULT,
            on_oversize: OnOversize::Block,
            on_unparsable: OnUnparsable::Block,
            on_unparsable_span: Span::default(),
            opaque_media: OPAQUE_MEDIA_DEFAULT.map(str::to_owned).to_vec(),
            unwrap: UNWRAP_DEFAULT,
            recompress: Recompress::Never,
        }
    }
}

/// Reads `limits`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> LimitsForm {
    let mut limits = LimitsForm::default();
    let Some(fields) = reader.fields(node, LIMITS) else { return limits };
    if let Some(bytes) = fields.get("inspect").and_then(|node| read_size(reader, node)) {
        limits.inspect_bytes_max = bytes;
    }
    if let Some(node) = fields.get("on_oversize") {
        limits.on_oversize = reader.choice(node, &ON_OVERSIZE).unwrap_or(limits.on_oversize);
    }
    if let Some(node) = fields.get("on_unparsable") {
        limits.on_unparsable = reader.choice(node, &ON_UNPARSABLE).unwrap_or(limits.on_unparsable);
        limits.on_unparsable_span = node.span;
    }
    for key in ["on_unknown_encoding", "on_unknown_media", "on_upgrade"] {
        if let Some(node) = fields.get(key) {
            reader.choice(node, &BLOCK_ONLY);
        }
    }
    if let Some(node) = fields.get("opaque_media")
        && let Some(fields) = reader.fields(node, OPAQUE)
        && let Some(node) = reader.need(fields, "pass")
    {
        let globs: &[_] = match &node.value {
            super::yaml::Value::List(items) if items.is_empty() => &[],
            _ => &reader.texts(node, "media types"),
        };
        limits.opaque_media = globs.iter().filter_map(|glob| media_type(reader, glob)).collect();
    }
    if let Some(layers) = fields.get("unwrap").and_then(|node| read_layers(reader, node)) {
        limits.unwrap = layers;
    }
    if let Some(node) = fields.get("recompress") {
        limits.recompress = reader.choice(node, &RECOMPRESS).unwrap_or(limits.recompress);
    }
    limits
}

fn read_layers(reader: &mut Reader<'_>, node: &Node) -> Option<u8> {
    let text = reader.text(node, "a number of layers")?;
    let layers = text.value.parse().ok().filter(|layers| *layers <= UNWRAP_MAX);
    if layers.is_none() {
        let message = format!("`{}` is no number of layers", escape(&text.value));
        let help = format!("write a whole number up to {UNWRAP_MAX}; 0 looks through none");
        reader.diagnostics.push(Diagnostic::new(Code::Value, text.span, message).help(help));
    }
    layers
}

/// A media type in small letters: `application/json`, `image/*`.
pub(super) fn media_type(reader: &mut Reader<'_>, text: &Name) -> Option<String> {
    let lower = text.value.to_ascii_lowercase();
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let fits = lower
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && (subtype == "*" || token(subtype)));
    if !fits {
        let message = format!("`{}` is no media type", escape(&text.value));
        reader.diagnostics.push(
            Diagnostic::new(Code::Value, text.span, message)
                .help("write one like `application/json` or `image/*`"),
        );
    }
    fits.then_some(lower)
}

fn read_size(reader: &mut Reader<'_>, node: &Node) -> Option<u64> {
    let text = reader.text(node, "a size")?;
    let units = [("KiB", 10), ("MiB", 20), ("B", 0), ("", 0)];
    let bytes = units.iter().find_map(|&(unit, shift)| {
        let digits = text.value.strip_suffix(unit)?;
        let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = whole.then(|| digits.parse().ok())??;
        number.checked_mul(1 << shift).filter(|bytes| (1..=INSPECT_BYTES_MAX).contains(bytes))
    });
    if bytes.is_none() {
        let message = format!("`{}` is no size up to 64 MiB", escape(&text.value));
        reader.diagnostics.push(
            Diagnostic::new(Code::Value, text.span, message)
                .help("write a whole number and a unit: `512KiB`, `1MiB`"),
        );
    }
    bytes
}
