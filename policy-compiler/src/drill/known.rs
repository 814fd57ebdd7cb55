//! What the engine of this version is known not to hold, told from the shape of an attack. One
//! that gets through in another way is none of these. `tests/drill/known.yaml` shows each of them,
//! and SECURITY.md says it to whoever relies on the engine: what the engine learns goes from there.

use super::attack::Shot;
use super::carrier::Carrier;
use super::format::Format;
use super::trick;

/// What parts cells and records parts the value.
const NO_CSV: &str = "text declared as CSV, where `,`, `;`, tabs or ends of lines part a value";
/// The beginning is told before the end has come.
const LONG: &str = "a value whose escapes make it longer than 8 KiB";
/// Text that goes on from event to event is read as it stands.
const PARTED_ENCODING: &str = "a value in an encoding that is split over events";
/// It is read as an escape itself, and what it stands for is no part of the value.
const QUOTED: &str =
    "an escape in a value behind `=` of which the first two characters read as quoted-printable";

/// Longer than this in escapes, a value is not waited for.
const ESCAPED_BYTES_MAX: usize = 8192;

/// The known limit that lets the value of an attack through.
pub(super) fn why(shot: &Shot) -> Option<&'static str> {
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
    let pieces = || message.head.iter().map(|(_, value)| value).chain([&message.body]);
    let escaped = |piece: &Vec<u8>| piece.iter().filter(|byte| b"%&\\".contains(byte)).count() > 40;
    if pieces().any(|piece| piece.len() > ESCAPED_BYTES_MAX && escaped(piece)) {
        return Some(LONG);
    }
    pieces().any(|piece| reads_as_quoted(piece)).then_some(QUOTED)
}

/// Whether two characters behind an equals sign may stand for a sign, and an escape comes behind.
fn reads_as_quoted(piece: &[u8]) -> bool {
    let quoted = |at: usize| {
        let [b'=', code @ .., next] = piece.get(at..at + 4)? else { return None };
        let capital = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
        let digits = Some(code).filter(|code| code.iter().all(capital))?;
        let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        let goes_on = next.is_ascii_digit() && digits.iter().all(u8::is_ascii_digit);
        let white = matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ');
        let sign = white || byte.is_ascii_punctuation();
        let alone = goes_on || b"=%\\&".contains(next);
        let behind = piece.get(at + 4..)?.iter().any(|byte| b"%\\&".contains(byte));
        Some(sign && !alone && behind)
    };
    (0..piece.len()).any(|at| quoted(at) == Some(true))
}
