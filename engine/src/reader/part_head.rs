//! Reads the head of a part of a multipart, which is known whole: what the part is, and what may
//! cross of the head itself. Names, file names and all other values are read, and replaced so that
//! the head still parses. What two readers may understand in two ways is refused.

use super::form::Percent;
use super::text::Text;
use super::utf8::{Decoded, Utf8};
use super::value::Value;
use crate::body::{self, Media};
use crate::codec::Codec;
use crate::finding::Style;
use crate::headers::Headers;
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::path::Spot;
use crate::splice::Splice;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use core::ops::Range;

/// What a head says of its part.
pub(crate) struct PartHead {
    pub(crate) media: Media,
    /// Where the part stands: under its name, as a field of a form does.
    pub(crate) spot: Spot,
}

/// How the value of a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Token,
    /// In double quotes, without them.
    Quoted,
    /// Charset, language and percent-encoded text (RFC 8187).
    Extended,
}

/// A parameter, and where its value stands.
struct Parameter {
    name: Vec<u8>,
    value: Range<usize>,
    form: Form,
}

/// A value that no path leads to.
pub(crate) fn unnamed(judge: &Judge<'_, '_>) -> Spot {
    let root = judge.law.paths.root();
    root.unnamed(root.context)
}

/// Reads a head that begins at raw offset `at`, from its first name to the empty line.
pub(crate) fn read(head: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<PartHead, Reason> {
    let mut known: Headers = Vec::new();
    let mut spot = unnamed(judge);
    let mut begin = 0;
    while let Some(line) = line(head, begin)? {
        let end = line.end;
        let text = head.get(line.clone()).unwrap_or_default();
        let colon = text.iter().position(|byte| *byte == b':').ok_or(Reason::Unparsable)?;
        let name = text.get(..colon).unwrap_or_default().to_ascii_lowercase();
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
            return Err(Reason::Unparsable);
        }
        keep_out(&name, judge)?;
        let value = line.start + colon + 1..end;
        let raw = head.get(value.clone()).unwrap_or_default();
        let value_at = at.saturating_add(offset(value.start));
        match name.as_slice() {
            b"content-disposition" => {
                if let Some(named) = parameters_of(raw, value_at, judge)? {
                    spot = named;
                }
            }
            b"content-type" => {
                parameters_of(raw, value_at, judge)?;
            }
            b"content-transfer-encoding" => {
                let plain = [&b"7bit"[..], b"8bit", b"binary"];
                let value = raw.trim_ascii().to_ascii_lowercase();
                if !plain.contains(&value.as_slice()) {
                    return Err(Reason::UnknownEncoding);
                }
            }
            _ => whole(&name, raw, value_at, judge)?,
        }
        let told = [&b"content-disposition"[..], b"content-type", b"content-encoding"];
        if told.contains(&name.as_slice()) {
            if known.iter().any(|(other, _)| *other == name) {
                return Err(Reason::Unparsable);
            }
            known.push((name, raw.trim_ascii().to_owned()));
        }
        begin = end.saturating_add(2);
    }
    let media = body::media(&known, &judge.law.tables.limits)?;
    if !Codec::is_plain(&known, media)? {
        return Err(Reason::UnknownEncoding);
    }
    Ok(PartHead { media, spot })
}

/// The boundary that a type names, if it does so once and well.
pub(crate) fn boundary(content_type: &[u8]) -> Option<Vec<u8>> {
    let (_, parameters) = parameters(content_type).ok()?;
    let mut named = parameters.iter().filter(|parameter| parameter.name == b"boundary");
    let (one, more) = (named.next()?, named.next());
    let text = content_type.get(one.value.clone())?;
    let plain = one.form != Form::Extended && !text.contains(&b'\\');
    (plain && more.is_none()).then(|| text.to_owned())
}

/// The line that begins here, without its end, and with those that go on with it; none where the
/// head ends.
fn line(head: &[u8], begin: usize) -> Result<Option<Range<usize>>, Reason> {
    let mut end = begin;
    loop {
        let rest = head.get(end..).unwrap_or_default();
        match rest {
            [b'\r', b'\n', b' ' | b'\t', ..] if end > begin => end += 3,
            [b'\r', b'\n', ..] => return Ok((end > begin).then_some(begin..end)),
            [] | [b'\r' | b'\n' | 0, ..] => return Err(Reason::Unparsable),
            [_, ..] => end += 1,
        }
    }
}

/// Reads a value that goes on with parameters, at raw offset `at`; where its name leads to.
fn parameters_of(raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<Option<Spot>, Reason> {
    let (first, parameters) = parameters(raw)?;
    keep_out(raw.get(first).unwrap_or_default(), judge)?;
    let mut spot = None;
    for parameter in &parameters {
        keep_out(&parameter.name, judge)?;
        let text = raw.get(parameter.value.clone()).unwrap_or_default();
        // Words in another encoding (RFC 2047).
        if text.windows(2).any(|pair| pair == b"=?") {
            return Err(Reason::UnknownEncoding);
        }
        let text_at = at.saturating_add(offset(parameter.value.start));
        match parameter.name.as_slice() {
            // What parts the parts must stay as it is.
            b"boundary" | b"charset" => keep_out(text, judge)?,
            b"name" if spot.is_none() && parameter.form != Form::Extended => {
                let mut value = Value::new();
                let name = read_value(text, text_at, parameter.form, &mut value, judge)?;
                let end = text_at.saturating_add(offset(text.len()));
                let context = value.end_name(end, judge);
                let root = judge.law.paths.root();
                let fits = name.len() <= limits::KEY_BYTES_MAX;
                let key = if fits { name.as_slice() } else { &[][..] };
                spot = Some(judge.law.paths.key(root, key, context));
            }
            b"name" => return Err(Reason::Unparsable),
            _ => {
                let mut value = Value::new();
                read_value(text, text_at, parameter.form, &mut value, judge)?;
                value.end(text_at.saturating_add(offset(text.len())), judge);
            }
        }
    }
    Ok(spot)
}

/// Reads the value of a parameter to its end; its text, as far as names count.
fn read_value(
    raw: &[u8],
    at: u64,
    form: Form,
    value: &mut Value,
    judge: &mut Judge<'_, '_>,
) -> Result<Vec<u8>, Reason> {
    match form {
        Form::Token | Form::Quoted => {
            let style = if form == Form::Token { Style::Quote } else { Style::Plain };
            value.begin(at, 0, 0, style, judge);
            if form == Form::Token {
                value.is_token(at, at.saturating_add(offset(raw.len())));
            }
            push_text(raw, at, form == Form::Quoted, value, judge)
        }
        Form::Extended => {
            let mut quotes = (0..).zip(raw).filter(|(_, byte)| **byte == b'\'').map(|(n, _)| n);
            let (charset, language) = (quotes.next(), quotes.next());
            let (Some(charset), Some(language)) = (charset, language) else {
                return Err(Reason::Unparsable);
            };
            let (before, text) = raw.split_at_checked(language + 1).unwrap_or_default();
            let named = before.get(..charset).unwrap_or_default();
            if !named.eq_ignore_ascii_case(b"utf-8") {
                return Err(Reason::UnknownEncoding);
            }
            keep_out(before, judge)?;
            let begin = at.saturating_add(offset(before.len()));
            value.begin(begin, 0, 0, Style::Percent, judge);
            let mut percent = Percent::default();
            for (byte, at) in text.iter().zip(begin..) {
                percent.push(*byte, at, value, judge)?;
            }
            percent.finish(at.saturating_add(offset(raw.len())), value, judge)?;
            Ok(Vec::new())
        }
    }
}

/// A value without parameters: text.
fn whole(name: &[u8], raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
    let context = judge.law.sets_in(name);
    let spot = judge.law.paths.key(judge.law.paths.root(), name, context);
    let (before, text) = raw.split_at(raw.len() - raw.trim_ascii_start().len());
    let at = at.saturating_add(offset(before.len()));
    let mut value = Value::new();
    value.begin(at, spot.context, spot.fields, Style::Plain, judge);
    push_text(text, at, false, &mut value, judge)?;
    value.end(at.saturating_add(offset(text.len())), judge);
    Ok(())
}

/// Text in UTF-8, perhaps with backslashes before quotes; as far as names count.
fn push_text(
    raw: &[u8],
    at: u64,
    escapes: bool,
    value: &mut Value,
    judge: &mut Judge<'_, '_>,
) -> Result<Vec<u8>, Reason> {
    let mut utf8 = Utf8::default();
    let mut text = Vec::new();
    let mut escaped = false;
    for (n, (byte, at)) in raw.iter().zip(at..).enumerate() {
        let quotes = matches!(raw.get(n + 1), Some(b'"' | b'\\'));
        if escapes && !escaped && *byte == b'\\' && quotes {
            escaped = true;
            continue;
        }
        match utf8.push(*byte) {
            Decoded::Part => {}
            Decoded::Char(c, length) => {
                let length = length + u8::from(escaped);
                let begin = at.saturating_add(1).saturating_sub(length.into());
                let pushed = value.push_char(c, begin, length, judge);
                // What came before is looked at all the same.
                pushed.inspect_err(|_| value.scan(judge))?;
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Decoded::Invalid { .. } => return Err(Reason::UnknownEncoding),
        }
        escaped = false;
    }
    if utf8.waiting() > 0 { Err(Reason::UnknownEncoding) } else { Ok(text) }
}

/// What goes before the parameters, and the parameters.
fn parameters(raw: &[u8]) -> Result<(Range<usize>, Vec<Parameter>), Reason> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let skip = |at: usize| {
        at + raw.get(at..).unwrap_or_default().iter().take_while(|byte| blank(byte)).count()
    };
    let until = |at: usize, ends: &[u8]| {
        let rest = raw.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| ends.contains(byte)).unwrap_or(rest.len())
    };
    let first = 0..until(0, b";");
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut at = first.end;
    while raw.get(at) == Some(&b';') {
        at = skip(at + 1);
        if at >= raw.len() || raw.get(at) == Some(&b';') {
            continue;
        }
        let end = until(at, b"=;");
        let name = raw.get(at..end).unwrap_or_default().trim_ascii().to_ascii_lowercase();
        if raw.get(end) != Some(&b'=') || name.is_empty() || !name.iter().all(|b| is_token(*b)) {
            return Err(Reason::Unparsable);
        }
        let begin = skip(end + 1);
        let (value, form, next) = if raw.get(begin) == Some(&b'"') {
            let end = closing_quote(raw, begin + 1).ok_or(Reason::Unparsable)?;
            (begin + 1..end, Form::Quoted, skip(end + 1))
        } else {
            let text = raw.get(begin..until(begin, b";")).unwrap_or_default().trim_ascii_end();
            let extended = name.ends_with(b"*");
            if !text.iter().all(|byte| is_token(*byte) || is_lenient(*byte)) {
                return Err(Reason::Unparsable);
            }
            let end = begin + text.len();
            (begin..end, if extended { Form::Extended } else { Form::Token }, skip(end))
        };
        // A value in pieces (RFC 2231), or one that is there twice, no two readers agree on.
        let star = name.iter().position(|byte| *byte == b'*');
        let pieces = star.is_some_and(|star| star + 1 < name.len() || form == Form::Quoted);
        if pieces || parameters.iter().any(|other| other.name == name) {
            return Err(Reason::Unparsable);
        }
        parameters.push(Parameter { name, value, form });
        at = next;
    }
    if at < raw.len() { Err(Reason::Unparsable) } else { Ok((first, parameters)) }
}

/// Where the quotes end that begin before `at`.
fn closing_quote(raw: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match raw.get(at..)? {
            [b'\\', b'"' | b'\\', ..] => at += 2,
            [b'"', ..] => return Some(at),
            [_, ..] => at += 1,
            [] => return None,
        }
    }
}

/// Nothing may be found where nothing can be replaced.
fn keep_out(raw: &[u8], judge: &Judge<'_, '_>) -> Result<(), Reason> {
    let (law, place): (Law<'_>, Place<'_>) = (judge.law, judge.place);
    let (mut splice, mut tally) = (Splice::new(false), Tally::default());
    splice.push(raw);
    let mut apart = Judge { law, place, splice: &mut splice, tally: &mut tally };
    let mut text = Text::lenient(0, 0);
    let read =
        text.read(raw, 0, &mut apart).and_then(|()| text.finish(offset(raw.len()), &mut apart));
    let mut out = Vec::new();
    let same = splice.advance(u64::MAX, &mut out, &mut tally).is_ok() && out == raw;
    if same && read.is_ok() { Ok(()) } else { Err(Reason::ProtectedPlace) }
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What values hold without quotes, though no token may.
fn is_lenient(byte: u8) -> bool {
    b"/:@()[]?=<>,".contains(&byte)
}

fn offset(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
