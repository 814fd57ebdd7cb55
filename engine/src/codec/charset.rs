//! Charsets: reads text of some of them as UTF-8, and writes it back as it was.
//! What is no text of the charset that it says it is, or may be read as that of another, is an
//! unknown encoding. A replacement is ASCII, which all of them have.

use crate::body::Media;
use crate::reader::utf8::{Decoded, Utf8, ascii_run};
use crate::verdict::Reason;
use alloc::string::String;
use alloc::vec::Vec;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// Left to the readers.
    Utf8,
    Ascii,
    /// ISO 8859-1: the first 256 code points.
    Latin1,
    Windows1252,
    /// Two or four bytes a character; `None` where a byte order mark must say which comes first.
    Utf16(Option<Order>),
}

/// Which byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Big,
    Little,
}

/// The charset of a body, by its content type.
pub(super) fn of(content_type: Option<&[u8]>, media: Media) -> Result<Charset, Reason> {
    // What passes unread has no text.
    if matches!(media, Media::Opaque(_)) {
        return Ok(Charset::Utf8);
    }
    let Some(label) = content_type.map_or(Ok(None), label)? else { return Ok(Charset::Utf8) };
    let charset = match label.as_str() {
        "utf-8" | "utf8" => Charset::Utf8,
        "us-ascii" | "ascii" => Charset::Ascii,
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" => Charset::Latin1,
        "windows-1252" | "cp1252" | "x-cp1252" => Charset::Windows1252,
        "utf-16" => Charset::Utf16(None),
        "utf-16be" => Charset::Utf16(Some(Order::Big)),
        "utf-16le" => Charset::Utf16(Some(Order::Little)),
        _ => return Err(Reason::UnknownEncoding),
    };
    match (media, charset) {
        // JSON is UTF-8, and its type has no charset (RFC 8259, section 8.1). One reader goes by
        // that and the next one by what is said: both read the same as long as it is ASCII.
        (Media::Json | Media::JsonLines, Charset::Latin1 | Charset::Windows1252) => {
            Ok(Charset::Ascii)
        }
        (Media::Json | Media::JsonLines, Charset::Ascii) => Ok(Charset::Utf8),
        (Media::Json | Media::JsonLines, Charset::Utf16(_)) => Err(Reason::UnknownEncoding),
        // A form is ASCII; it is its escapes that are in the charset, and they are read as UTF-8.
        (Media::Form, Charset::Ascii) => Ok(Charset::Utf8),
        (Media::Form, Charset::Latin1 | Charset::Windows1252 | Charset::Utf16(_)) => {
            Err(Reason::UnknownEncoding)
        }
        // Parts have charsets of their own; events (WHATWG HTML, section 9.2) and strings of
        // protobuf are UTF-8.
        (Media::Multipart(_) | Media::Events | Media::Framed(_), Charset::Ascii) => {
            Ok(Charset::Utf8)
        }
        (
            Media::Multipart(_) | Media::Events | Media::Framed(_),
            Charset::Latin1 | Charset::Windows1252 | Charset::Utf16(_),
        ) => Err(Reason::UnknownEncoding),
        (_, charset) => Ok(charset),
    }
}

/// The charset that a content type names. Two of them, or one in other words than `charset`, or
/// quotes that do not end, are read by one reader in one way and by the next in another.
fn label(content_type: &[u8]) -> Result<Option<String>, Reason> {
    let text = String::from_utf8_lossy(content_type).to_ascii_lowercase();
    let mut parts = Vec::from([String::new()]);
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        if !quoted && c == ';' {
            parts.push(String::new());
            continue;
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && c == '\\' && !escaped;
        parts.last_mut().into_iter().for_each(|part| part.push(c));
    }
    let mut label = None;
    for part in parts.iter().skip(1).map(|part| part.trim()) {
        let Some(rest) = part.strip_prefix("charset") else { continue };
        let value = rest.trim_start().strip_prefix('=').map(str::trim);
        let value = value.map(|value| {
            value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
        });
        match value {
            Some(value) if label.is_none() => label = Some(String::from(value)),
            _ => return Err(Reason::UnknownEncoding),
        }
    }
    if quoted { Err(Reason::UnknownEncoding) } else { Ok(label) }
}

/// Whether text that is read as UTF-8 begins like UTF-16 or UTF-32 without a byte order mark: one
/// of the first four bytes of these is a zero, and no text in UTF-8 has one there.
pub(crate) fn begins_wide(at: u64, bytes: &[u8]) -> bool {
    let left = usize::try_from(4_u64.saturating_sub(at)).unwrap_or(0);
    bytes.iter().take(left).any(|byte| *byte == 0)
}

/// Reads a text in a charset as UTF-8, and writes it back.
pub(crate) struct Transcoder {
    charset: Charset,
    begin: Begin,
    /// The first byte of two.
    half: Option<u8>,
    /// The first two bytes of four.
    high: Option<u16>,
    /// A character that is being written back.
    utf8: Utf8,
}

/// The first bytes of a text, as far as they have come.
#[derive(Clone, Copy, Debug, Default)]
struct Begin {
    bytes: [u8; 3],
    count: u8,
}

impl Begin {
    /// Whether these may be a byte order mark of another charset, which some readers go by more
    /// than by what a head says.
    fn contradicts(self, charset: Charset) -> bool {
        match (self.bytes, self.count) {
            ([0xef, 0xbb, 0xbf], 3) => true,
            ([0xfe, 0xff, _], 2) => charset != Charset::Utf16(Some(Order::Big)),
            ([0xff, 0xfe, _], 2) => charset != Charset::Utf16(Some(Order::Little)),
            _ => false,
        }
    }
}

impl Transcoder {
    pub(super) fn new(charset: Charset) -> Self {
        let (begin, utf8) = (Begin::default(), Utf8::default());
        Self { charset, begin, half: None, high: None, utf8 }
    }

    /// More of the text, as UTF-8. What comes before a byte that is none of the charset's is
    /// written all the same.
    pub(crate) fn decode(&mut self, raw: &[u8], out: &mut Vec<u8>) -> Result<(), Reason> {
        let mut raw = raw;
        while let Some((byte, rest)) = raw.split_first() {
            let begun = usize::from(self.begin.count);
            if let Some(slot) = self.begin.bytes.get_mut(begun) {
                *slot = *byte;
                self.begin.count = self.begin.count.saturating_add(1);
                self.order();
                if self.begin.contradicts(self.charset) {
                    return Err(Reason::UnknownEncoding);
                }
            }
            if let Charset::Utf16(order) = self.charset {
                self.wide(*byte, order, out)?;
                raw = rest;
                continue;
            }
            let run = ascii_run(raw);
            if run > 0 && self.begin.count == 3 {
                let (ascii, rest) = raw.split_at(run);
                out.extend_from_slice(ascii);
                raw = rest;
                continue;
            }
            let c = narrow(self.charset, *byte).ok_or(Reason::UnknownEncoding)?;
            push(c, out);
            raw = rest;
        }
        Ok(())
    }

    /// The text has ended.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        match (self.half, self.high) {
            (None, None) => Ok(()),
            _ => Err(Reason::UnknownEncoding),
        }
    }

    /// Writes UTF-8 back. What the charset has no character for was never read from it.
    pub(crate) fn encode(&mut self, utf8: &[u8], out: &mut Vec<u8>) {
        let mut rest = utf8;
        while let Some((byte, more)) = rest.split_first() {
            let run = if self.utf8.waiting() == 0 { ascii_run(rest) } else { 0 };
            if run > 0 && !matches!(self.charset, Charset::Utf16(_)) {
                let (ascii, more) = rest.split_at(run);
                out.extend_from_slice(ascii);
                rest = more;
                continue;
            }
            match self.utf8.push(*byte) {
                Decoded::Part => {}
                Decoded::Char(c, _) => self.write(c, out),
                Decoded::Invalid { taken } => {
                    self.write('?', out);
                    if !taken {
                        continue;
                    }
                }
            }
            rest = more;
        }
    }

    /// A byte order mark says which byte comes first, where the charset does not.
    fn order(&mut self) {
        if self.charset != Charset::Utf16(None) {
            return;
        }
        match (self.begin.bytes, self.begin.count) {
            ([0xfe, 0xff, _], 2) => self.charset = Charset::Utf16(Some(Order::Big)),
            ([0xff, 0xfe, _], 2) => self.charset = Charset::Utf16(Some(Order::Little)),
            _ => {}
        }
    }

    fn wide(&mut self, byte: u8, order: Option<Order>, out: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(first) = self.half.take() else {
            self.half = Some(byte);
            return Ok(());
        };
        let unit = match order {
            Some(Order::Big) => u16::from_be_bytes([first, byte]),
            Some(Order::Little) => u16::from_le_bytes([first, byte]),
            None => return Err(Reason::UnknownEncoding),
        };
        let c = match self.high.take() {
            None if matches!(unit, 0xd800..=0xdbff) => {
                self.high = Some(unit);
                return Ok(());
            }
            None => char::from_u32(unit.into()),
            Some(high) => char::decode_utf16([high, unit]).next().and_then(Result::ok),
        };
        push(c.ok_or(Reason::UnknownEncoding)?, out);
        Ok(())
    }

    fn write(&self, c: char, out: &mut Vec<u8>) {
        match self.charset {
            Charset::Utf16(order) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend(match order {
                        Some(Order::Big) => unit.to_be_bytes(),
                        Some(Order::Little) | None => unit.to_le_bytes(),
                    });
                }
            }
            Charset::Utf8 => push(c, out),
            charset => out.push(back(charset, c).unwrap_or(b'?')),
        }
    }
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// What windows-1252 has where ISO 8859-1 has control characters; zero where it has nothing.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
    0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];

fn narrow(charset: Charset, byte: u8) -> Option<char> {
    match (charset, byte) {
        (Charset::Latin1, _) | (_, 0..=0x7f) => Some(char::from(byte)),
        (Charset::Windows1252, 0x80..=0x9f) => {
            let code = WINDOWS_1252.get(usize::from(byte & 0x1f)).copied()?;
            char::from_u32(code.into()).filter(|_| code != 0)
        }
        (Charset::Windows1252, _) => Some(char::from(byte)),
        (Charset::Ascii | Charset::Utf8 | Charset::Utf16(_), _) => None,
    }
}

fn back(charset: Charset, c: char) -> Option<u8> {
    let special = WINDOWS_1252.iter().position(|code| u32::from(*code) == u32::from(c));
    match (charset, special.filter(|_| c != '\0')) {
        (Charset::Windows1252, Some(at)) => u8::try_from(at.saturating_add(0x80)).ok(),
        _ => u8::try_from(u32::from(c)).ok(),
    }
}
