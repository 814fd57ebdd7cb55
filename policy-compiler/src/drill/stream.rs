//! Events as models send text: a piece in each, so that a value goes over several. Writes such
//! streams, and reads them as who shows the text does.

use super::trick::json;
use crate::random::Random;
use serde_json::Value;
use std::collections::BTreeMap;

/// How the payload of an event holds its piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `choices[0].delta.content`
    Choices,
    /// `delta.text`, in events that have a name.
    Blocks,
    /// `delta`
    Deltas,
    /// It is the piece.
    Texts,
}

impl Style {
    /// What it is called in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Choices => "events, parted over `choices[0].delta.content`",
            Self::Blocks => "events, parted over `delta.text`",
            Self::Deltas => "events, parted over `delta`",
            Self::Texts => "events, parted over texts",
        }
    }

    /// Where a piece stands, as a policy writes it; nothing where it is the whole payload.
    pub(crate) fn path(self) -> Option<&'static str> {
        match self {
            Self::Choices => Some("$.choices[0].delta.content"),
            Self::Blocks => Some("$.delta.text"),
            Self::Deltas => Some("$.delta"),
            Self::Texts => None,
        }
    }

    fn event(self, piece: &str) -> String {
        let text = json(piece);
        match self {
            Self::Choices => format!(
                "data: {{\"id\":\"chat-7\",\"object\":\"chat.completion.chunk\",\"choices\":\
                 [{{\"index\":0,\"delta\":{{\"content\":{text}}},\"finish_reason\":null}}]}}\n\n"
            ),
            Self::Blocks => format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\
                 \"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":{text}}}}}\n\n"
            ),
            Self::Deltas => format!(
                "event: response.output_text.delta\ndata: \
                 {{\"type\":\"response.output_text.delta\",\"delta\":{text}}}\n\n"
            ),
            Self::Texts => format!("data: {piece}\n\n"),
        }
    }
}

/// The text in two or three events that follow each other; none where it is too short for that, or
/// where a line cannot hold it.
pub(crate) fn parted(style: Style, text: &str, random: &mut Random) -> Option<String> {
    if style == Style::Texts && text.contains(['\r', '\n']) {
        return None;
    }
    let mut out = String::new();
    let mut rest = text;
    for left in (1..2 + random.below(2)).rev() {
        // So much is left that each event has some of it.
        let ends: Vec<usize> = rest.char_indices().map(|(at, _)| at).skip(1).collect();
        let ends = ends.get(..ends.len().checked_sub(left)? + 1)?;
        let (piece, behind) = rest.split_at(*random.pick(ends)?);
        out.push_str(&style.event(piece));
        rest = behind;
    }
    out.push_str(&style.event(rest));
    Some(out)
}

/// The text as one event, each line of it in one of `data`; none where it has only one.
pub(crate) fn lines(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = Some(text).filter(|text| text.contains('\n'))?;
    Some(format!("data: seen: {}\n\n", text.replace('\n', "\ndata: ")))
}

/// The text with the end of a line within.
pub(crate) fn broken(text: &str, random: &mut Random) -> Option<String> {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
    let (before, behind) = text.split_at(*random.pick(&ends)?);
    Some(format!("{before}\n{behind}"))
}

/// What the events of a stream say: their payloads as lines, and what stands at the same place of
/// each, put together. A payload that breaks off goes on with every place.
pub(crate) fn read(bytes: &[u8]) -> Vec<Vec<u8>> {
    let stream = String::from_utf8_lossy(bytes);
    if !stream.starts_with("data:") && !stream.contains("\ndata:") {
        return Vec::new();
    }
    let payload = |event: &str| {
        let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        lines.join("\n")
    };
    let payloads: Vec<String> = stream.split("\n\n").map(payload).collect();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for payload in &payloads {
        match serde_json::from_str::<Value>(payload) {
            Ok(value) => strings(&value, String::new(), &mut places),
            Err(_) => {
                let (_, rest) = payload.rsplit_once(":\"").unwrap_or_default();
                places.values_mut().for_each(|text| text.push_str(rest));
            }
        }
    }
    let whole = [payloads.join("\n"), payloads.concat()];
    whole.into_iter().chain(places.into_values()).map(String::into_bytes).collect()
}

fn strings(value: &Value, place: String, places: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) => places.entry(place).or_default().push_str(text),
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                strings(value, format!("{place}/{n}"), places);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                strings(value, format!("{place}/{name}"), places);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
