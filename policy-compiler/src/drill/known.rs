//! What the engine of this version is known not to hold, told from the shape of an attack. One
//! that gets through in another way is none of these. `tests/drill/known.yaml` shows each of them,
//! and SECURITY.md says it to whoever relies on the engine: what the engine learns goes from there.

use super::carrier::{Carrier, Format};
use super::trick::Dress;
use crate::cases::exchange::Message;

/// Quoted-printable is not undone there.
const QUOTED_COOKIE: &str = "quoted-printable in the value of a cookie";
/// Cookies are read with percent-escapes undone, and not as they stand too.
const PERCENT_COOKIE: &str = "a value in a cookie in which a percent sign and two hexadecimal \
                              digits are no escape, such as track data";
/// Cookies are read in the parts of a URL.
const SLASH_COOKIE: &str = "a value in a cookie that a slash parts, base64 among them";
/// `=DE` reads as a byte of quoted-printable.
const BEHIND_EQUALS: &str = "escapes in a value that begins with two hexadecimal digits behind `=`";
/// What parts cells and records parts the value.
const NO_CSV: &str = "a body declared as CSV that is something else, where `,`, `;`, tabs or ends \
                      of lines part a value";
/// Only one layer of the two is undone.
const FOLDED: &str = "base64 over several lines whose ends are escapes";
/// The beginning is told before the end has come.
const LONG: &str = "a value whose escapes make it longer than about 900 bytes";

/// Longer than this in escapes, a value is not waited for.
const ESCAPED_BYTES_MAX: usize = 900;

/// The known limit that lets this through.
pub(super) fn why(
    carrier: &Carrier,
    dress: &Dress,
    message: &Message,
    escape: bool,
) -> Option<&'static str> {
    let wears = |name: &str| dress.iter().any(|trick| trick.name == name);
    if matches!(carrier, Carrier::Cookie(_)) {
        if wears("quoted-printable") {
            return Some(QUOTED_COOKIE);
        }
        if escape {
            return Some(PERCENT_COOKIE);
        }
        let slashes = |value: &[u8]| value.iter().filter(|byte| **byte == b'/').count();
        let of_path = |name: &[u8]| usize::from(name == b"set-cookie");
        let parted = |(name, value): &(Vec<u8>, Vec<u8>)| {
            name.ends_with(b"cookie") && slashes(value) > of_path(name)
        };
        if message.head.iter().any(parted) {
            return Some(SLASH_COOKIE);
        }
    }
    if let Carrier::Body(format, Some("text/csv")) = carrier
        && *format != Format::Csv
        && message.body.iter().any(|byte| b",;\t|\n".contains(byte))
    {
        return Some(NO_CSV);
    }
    let folded = dress.iter().position(|trick| trick.name == "base64, folded");
    let escaped = |at: usize| {
        let form = matches!(carrier, Carrier::Body(Format::Form, _));
        dress.iter().skip(at + 1).any(|trick| trick.names) || (form && carrier.layers("\r\n") > 0)
    };
    if folded.is_some_and(escaped) {
        return Some(FOLDED);
    }
    let mut pieces =
        message.head.iter().map(|(_, value)| value.as_slice()).chain([message.body.as_slice()]);
    let quoted = dress.last().is_some_and(|trick| trick.name == "quoted-printable");
    if !quoted && pieces.clone().any(is_behind_equals) {
        return Some(BEHIND_EQUALS);
    }
    let escaped = |piece: &[u8]| piece.iter().filter(|byte| b"%&\\".contains(byte)).count() > 40;
    pieces.any(|piece| piece.len() > ESCAPED_BYTES_MAX && escaped(piece)).then_some(LONG)
}

/// Whether a text has a percent sign and two hexadecimal digits.
pub(super) fn has_escape(text: &str) -> bool {
    begins_hex(text.as_bytes(), b'%')
}

fn is_behind_equals(piece: &[u8]) -> bool {
    begins_hex(piece, b'=') && piece.iter().any(|byte| b"%&\\".contains(byte))
}

fn begins_hex(text: &[u8], sign: u8) -> bool {
    text.windows(3).any(|three| {
        three[0] == sign && three[1].is_ascii_hexdigit() && three[2].is_ascii_hexdigit()
    })
}
