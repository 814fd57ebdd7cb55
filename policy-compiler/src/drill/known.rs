//! What the engine of this version is known not to hold, told from the shape of an attack. One
//! that gets through in another way is none of these. `tests/drill/known.yaml` shows each of them,
//! and SECURITY.md says it to whoever relies on the engine: what the engine learns goes from there.

use super::carrier::{Carrier, Format};
use crate::cases::exchange::Message;

/// What parts cells and records parts the value.
const NO_CSV: &str = "text declared as CSV, where `,`, `;`, tabs or ends of lines part a value";
/// The beginning is told before the end has come.
const LONG: &str = "a value whose escapes make it longer than 8 KiB";

/// Longer than this in escapes, a value is not waited for.
const ESCAPED_BYTES_MAX: usize = 8192;

/// The known limit that lets this through.
pub(super) fn why(carrier: &Carrier, message: &Message) -> Option<&'static str> {
    if let Carrier::Body(format, Some("text/csv")) = carrier
        && !matches!(format, Format::Csv | Format::Xml | Format::Attribute | Format::Html)
        && message.body.iter().any(|byte| b",;\t|\n".contains(byte))
    {
        return Some(NO_CSV);
    }
    let mut pieces =
        message.head.iter().map(|(_, value)| value.as_slice()).chain([message.body.as_slice()]);
    let escaped = |piece: &[u8]| piece.iter().filter(|byte| b"%&\\".contains(byte)).count() > 40;
    pieces.any(|piece| piece.len() > ESCAPED_BYTES_MAX && escaped(piece)).then_some(LONG)
}
