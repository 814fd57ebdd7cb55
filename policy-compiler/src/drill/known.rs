//! What the engine of this version is known not to hold, told from the shape of an attack. One
//! that gets through in another way is none of these. `tests/drill/known.yaml` shows each of them,
//! and SECURITY.md says it to whoever relies on the engine: what the engine learns goes from there.

use super::attack::Shot;
use super::canary::Proof;
use super::carrier::Carrier;
use super::format::Format;
use super::{stream, trick};

/// What parts cells and records parts the value.
const NO_CSV: &str = "text declared as CSV, where `,`, `;`, tabs or ends of lines part a value";
/// The beginning is told before the end has come.
const LONG: &str = "a value whose escapes make it longer than 8 KiB";
/// Text that goes on from event to event is read as it stands.
const PARTED_ENCODING: &str = "a value in an encoding that is split over events";
/// What an event holds whole is read with nothing but what stands in that event.
const WORDS_APART: &str = "a value whole in one event, the words that tell it in another";

/// Longer than this in escapes, a value is not waited for.
const ESCAPED_BYTES_MAX: usize = 8192;

/// The known limit that lets a value of this category through.
pub(super) fn why(shot: &Shot, category: &str, proof: Option<&Proof>) -> Option<&'static str> {
    let Shot { carrier, message, .. } = shot;
    if let Carrier::Body(format, Some("text/csv")) = carrier
        && !matches!(format, Format::Csv | Format::Xml | Format::Attribute | Format::Html)
        && message.body.iter().any(|byte| b",;\t|\n".contains(byte))
    {
        return Some(NO_CSV);
    }
    if carrier.is_parted() && trick::layers(&shot.dress) > 0 {
        return Some(PARTED_ENCODING);
    }
    if carrier.is_parted() && proof.is_some_and(|proof| words_apart(shot, category, proof)) {
        return Some(WORDS_APART);
    }
    let mut pieces = message.head.iter().map(|(_, value)| value).chain([&message.body]);
    let escaped = |piece: &Vec<u8>| piece.iter().filter(|byte| b"%&\\".contains(byte)).count() > 40;
    pieces.any(|piece| piece.len() > ESCAPED_BYTES_MAX && escaped(piece)).then_some(LONG)
}

/// Whether what one event says would be found, had it the words that must stand near. What is left
/// of them in that event may stand between, and is passed over.
fn words_apart(shot: &Shot, category: &str, proof: &Proof) -> bool {
    let Some(words) = &shot.words else { return false };
    let finds = |rest: &str| proof.finds(category, "text", &format!("{words}{rest}"), &shot.value);
    let body = String::from_utf8_lossy(&shot.message.body);
    let mut said = body.split("\n\n").flat_map(|event| stream::read(event.as_bytes()));
    said.any(|text| {
        let text = String::from_utf8_lossy(&text);
        text.char_indices().any(|(at, _)| finds(&text[at..]))
    })
}
