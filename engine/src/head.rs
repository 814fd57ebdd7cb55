//! Looks at heads and trailers: the request line, the query, cookies, every header.
//! Rewrites what the rules say, and refuses what must not be rewritten.

mod sight;
pub(crate) mod usual;

use crate::headers::Headers;
use crate::judge::{Judge, Law, Place};
use crate::limits;
use crate::model::Mode;
use crate::path::Spot;
use crate::proto;
use crate::reader::text::Text;
use crate::reader::url;
use crate::splice::Splice;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;
use sight::{Form, Lines, Sight};
use usual::Usual;

/// Which part of a message the headers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Head,
    Trailers,
}

/// Looks at every header. `Some` when something is to be replaced.
pub(crate) fn inspect(
    law: Law<'_>,
    tally: &mut Tally,
    headers: &Headers,
    part: Part,
) -> Result<Option<Headers>, Reason> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > limits::HEADERS_MAX || bytes > limits::HEADER_BYTES_MAX {
        return refuse(law, tally, Reason::Headers).map(|()| None);
    }
    let mut changed: Option<Headers> = None;
    // What says how a body is to be read comes before it, or never.
    let late = |name: &[u8]| matches!(name, b"content-encoding" | b"transfer-encoding");
    if part == Part::Trailers && headers.iter().any(|(name, _)| late(name)) {
        refuse(law, tally, Reason::UnknownEncoding)?;
    }
    let form = |name: &[u8], value: &[u8]| form(name, value, part);
    let plainly = law.settings.heads_plainly;
    let lines = (!plainly).then(|| Lines::new(headers, form));
    let mut sight = lines.as_ref().and_then(|lines| Sight::new(lines, law));
    for (n, (name, value)) in headers.iter().enumerate() {
        let is_quiet_name = match &mut sight {
            Some(sight) => sight.is_quiet_name(n, law),
            None => Usual::of(name).is_some(),
        };
        if !is_quiet_name {
            inspect_name(law, tally, name, part)?;
        }
        if sight.as_mut().is_some_and(|sight| sight.is_quiet_value(n, (name, value), law)) {
            continue;
        }
        let Some(value) = inspect_value(law, tally, name, value, part)? else { continue };
        let copy = changed.get_or_insert_with(|| headers.clone());
        if let Some((_, slot)) = copy.get_mut(n) {
            *slot = value;
        }
    }
    Ok(changed)
}

/// The same for what an access log may show of a request that is refused: path, referer and
/// cookies, redacted whatever the rules say.
pub(crate) fn scrub(law: Law<'_>, headers: &Headers) -> Option<Headers> {
    let law = Law { scrub: true, ..law };
    let mut changed: Option<Headers> = None;
    for (n, (name, value)) in headers.iter().enumerate() {
        let shown = [&b":path"[..], b"referer", b"cookie", b"x-envoy-original-path"];
        if !shown.contains(&name.as_slice()) {
            continue;
        }
        let mut tally = Tally::default();
        let scrubbed = match inspect_value(law, &mut tally, name, value, Part::Head) {
            Ok(None) => continue,
            Ok(Some(scrubbed)) => scrubbed,
            Err(_) if name == b":path" => b"/".to_vec(),
            Err(_) => Vec::new(),
        };
        let copy = changed.get_or_insert_with(|| headers.clone());
        if let Some((_, slot)) = copy.get_mut(n) {
            *slot = scrubbed;
        }
    }
    changed
}

/// Names carry data as well as values do, but a name is never rewritten.
fn inspect_name(law: Law<'_>, tally: &mut Tally, name: &[u8], part: Part) -> Result<(), Reason> {
    let place = if part == Part::Trailers { Place::Trailer } else { Place::Header(name) };
    let mut text = Text::lenient(0, 0);
    let (looked, replaces) = replacing(law, tally, |tally| {
        run(law, tally, place, name, |judge| read_text(&mut text, name, judge))
    });
    looked?;
    if replaces { refuse(law, tally, Reason::ProtectedPlace) } else { Ok(()) }
}

/// Looks at a place, and says whether something in it is to be replaced: also where nothing is,
/// because the rules observe.
fn replacing(
    law: Law<'_>,
    tally: &mut Tally,
    look: impl FnOnce(&mut Tally) -> Result<Option<Vec<u8>>, Reason>,
) -> (Result<Option<Vec<u8>>, Reason>, bool) {
    let before = core::mem::take(&mut tally.rewritten);
    let looked = look(tally);
    let would = law.rules.mode == Mode::Observe && tally.rewritten;
    tally.rewritten |= before;
    let replaces = would || matches!(looked, Ok(Some(_)));
    (looked, replaces)
}

fn inspect_value(
    law: Law<'_>,
    tally: &mut Tally,
    name: &[u8],
    value: &[u8],
    part: Part,
) -> Result<Option<Vec<u8>>, Reason> {
    if part == Part::Trailers || !is_protected(name) {
        return read_value(law, tally, name, value, part);
    }
    let (looked, replaces) =
        replacing(law, tally, |tally| read_value(law, tally, name, value, part));
    match looked? {
        _ if replaces => refuse(law, tally, Reason::ProtectedPlace).map(|()| None),
        other => Ok(other),
    }
}

fn read_value(
    law: Law<'_>,
    tally: &mut Tally,
    name: &[u8],
    value: &[u8],
    part: Part,
) -> Result<Option<Vec<u8>>, Reason> {
    let Some(form) = form(name, value, part) else { return Ok(None) };
    let place = if part == Part::Trailers { Place::Trailer } else { Place::Header(name) };
    match form {
        Form::Cookies => {
            let pieces = if name == b"cookie" { Pieces::Cookies } else { Pieces::Attributes };
            cookies(law, tally, value, pieces)
        }
        Form::Url if name == b":path" && part == Part::Head => {
            run(law, tally, Place::Path, value, |judge| {
                url::read(value, judge, true)?;
                // They stand in the query.
                judge.place = Place::Query;
                read_query(value, judge)
            })
        }
        Form::Url => run(law, tally, place, value, |judge| {
            url::read(value, judge, false)?;
            read_query(value, judge)
        }),
        Form::Coded if name.ends_with(b"-bin") => binary(law, tally, place, name, value),
        Form::Coded if name == b"grpc-message" => {
            let spot = spot(law, Usual::of(name), name);
            run(law, tally, place, value, |judge| proto::header::message(value, spot, judge))
        }
        Form::Text | Form::Coded => {
            let Spot { context, fields, .. } = spot(law, Usual::of(name), name);
            let text = Text::lenient(context, fields);
            let mut text = if is_basic(name, value) { text.encoded() } else { text };
            run(law, tally, place, value, |judge| read_text(&mut text, value, judge))
        }
    }
}

/// How a value is read, where it is read at all.
fn form(name: &[u8], value: &[u8], part: Part) -> Option<Form> {
    if value.is_empty() || is_ours(name) {
        return None;
    }
    let heads = part == Part::Head;
    Some(match name {
        b":path" if heads => Form::Url,
        b"cookie" | b"set-cookie" if heads => Form::Cookies,
        b"grpc-message" => Form::Coded,
        name if name.ends_with(b"-bin") || is_basic(name, value) => Form::Coded,
        name if is_url(name) => Form::Url,
        _ => Form::Text,
    })
}

/// What a header's name gives to its value.
fn spot(law: Law<'_>, usual: Option<Usual>, name: &[u8]) -> Spot {
    let sets = usual.and_then(|usual| law.header_sets.of(usual));
    let sets = sets.unwrap_or_else(|| law.sets_in(name));
    law.paths.key(law.paths.root(), name, sets)
}

/// Bytes in base64, which stay base64. Who reads them may take them for text all the same.
fn binary(
    law: Law<'_>,
    tally: &mut Tally,
    place: Place<'_>,
    name: &[u8],
    value: &[u8],
) -> Result<Option<Vec<u8>>, Reason> {
    let spot = spot(law, Usual::of(name), name);
    let mut changed = None;
    let mut replaced = false;
    let decoded = proto::header::binary(law, tally, place, spot, value);
    let is_binary = decoded.is_some();
    match decoded {
        Some(Ok(protected)) => (replaced, changed) = (protected.is_some(), protected),
        Some(Err(Reason::Finding)) => return Err(Reason::Finding),
        Some(Err(reason)) => refuse(law, tally, reason)?,
        None => {}
    }
    let text = changed.as_deref().unwrap_or(value);
    if replaced || proto::header::is_replaced(law, text) {
        return Ok(changed);
    }
    let mut reader = Text::lenient(spot.context, spot.fields);
    let rewritten = run(law, tally, place, text, |judge| read_text(&mut reader, text, judge))?;
    Ok(rewritten.map(|text| if is_binary { proto::header::encoded(&text, value) } else { text }))
}

/// What follows the first piece of a cookie header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pieces {
    /// More cookies.
    Cookies,
    /// What holds for the first one.
    Attributes,
}

/// Each cookie is a place of its own, and its attributes are part of it.
fn cookies(
    law: Law<'_>,
    tally: &mut Tally,
    value: &[u8],
    pieces: Pieces,
) -> Result<Option<Vec<u8>>, Reason> {
    let mut cookie = &[][..];
    let mut out = Vec::with_capacity(value.len());
    for (n, piece) in value.split(|byte| *byte == b';').enumerate() {
        if n > 0 {
            out.push(b';');
        }
        if n == 0 || pieces == Pieces::Cookies {
            cookie = piece.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        } else if is_expiry(piece) {
            out.extend_from_slice(piece);
            continue;
        }
        let place = Place::Cookie(cookie);
        let rewritten = run(law, tally, place, piece, |judge| {
            url::read(piece, judge, false)?;
            url::read_values(piece, 0, judge)?;
            read_as_text(piece, judge)
        })?;
        out.extend_from_slice(rewritten.as_deref().unwrap_or(piece));
    }
    Ok((out != value).then_some(out))
}

/// The values of a URL's query, where it has one.
fn read_query(value: &[u8], judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
    match url::query(value) {
        Some(from) => url::read_values(value, from, judge),
        None => Ok(()),
    }
}

/// The value of a cookie as it stands: it need not be what a URL's would be.
fn read_as_text(piece: &[u8], judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
    let Some(equals) = piece.iter().position(|byte| *byte == b'=') else { return Ok(()) };
    let value = piece.get(equals + 1..).unwrap_or_default();
    // Nothing else in it could be read in two ways.
    if !value.iter().any(|byte| matches!(byte, b'%' | b'=' | b'+')) {
        return Ok(());
    }
    let space = piece.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let spot = url::read_name(piece, space.min(equals)..equals, judge)?;
    // What is found by its name alone is all of it, however it is read.
    if spot.fields != 0 || judge.law.detection.looks_at_whole(spot.context) {
        return Ok(());
    }
    let at = u64::try_from(equals + 1).unwrap_or(u64::MAX);
    let mut text = Text::lenient(spot.context, spot.fields);
    text.read_last(value, at, judge).map_err(|stop| stop.reason)
}

/// Whether a piece says when a cookie ends, in a form of RFC 6265: a date of nobody.
fn is_expiry(piece: &[u8]) -> bool {
    let mut halves = piece.splitn(2, |byte| *byte == b'=').map(<[u8]>::trim_ascii);
    let (name, date) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let day = date.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let rest = date.get(day..).unwrap_or_default();
    let shape = rest.iter().map(|byte| match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' => b'a',
        b'-' => b' ',
        other => *other,
    });
    let one_of =
        |shapes: [&[u8]; 2]| shapes.iter().any(|known| shape.clone().eq(known.iter().copied()));
    name.eq_ignore_ascii_case(b"expires")
        && (3..=9).contains(&day)
        && one_of([b", 00 aaa 0000 00:00:00 aaa", b", 00 aaa 00 00:00:00 aaa"])
}

/// Reads one text that is known whole.
fn run(
    law: Law<'_>,
    tally: &mut Tally,
    place: Place<'_>,
    raw: &[u8],
    read: impl FnOnce(&mut Judge<'_, '_>) -> Result<(), Reason>,
) -> Result<Option<Vec<u8>>, Reason> {
    let mut splice = Splice::new(law.rules.mode == Mode::Observe && !law.scrub);
    splice.push(raw);
    let mut judge = Judge { law, place, splice: &mut splice, tally };
    let read = read(&mut judge);
    let mut out = Vec::with_capacity(raw.len());
    // What was found before the reader stopped is told, and blocks first.
    splice.advance(u64::MAX, &mut out, tally)?;
    match read {
        Ok(()) => Ok((out != raw).then_some(out)),
        Err(reason) if law.scrub => Err(reason),
        Err(reason) => refuse(law, tally, reason).map(|()| None),
    }
}

fn read_text(text: &mut Text, raw: &[u8], judge: &mut Judge<'_, '_>) -> Result<(), Reason> {
    let mut at = 0;
    let mut rest = raw;
    while let Some((slice, more)) = rest.split_at_checked(limits::SLICE_BYTES) {
        text.read(slice, at, judge).map_err(|stop| stop.reason)?;
        at = at.saturating_add(u64::try_from(slice.len()).unwrap_or(u64::MAX));
        rest = more;
    }
    text.read_last(rest, at, judge).map_err(|stop| stop.reason)
}

/// Blocks, or only tells where nothing may be altered.
pub(crate) fn refuse(law: Law<'_>, tally: &mut Tally, reason: Reason) -> Result<(), Reason> {
    tally.block(reason);
    if law.rules.mode == Mode::Observe { Ok(()) } else { Err(reason) }
}

/// Headers that routing and framing live by: never rewritten.
fn is_protected(name: &[u8]) -> bool {
    const PROTECTED: [&[u8]; 9] = [
        b":method",
        b":scheme",
        b":authority",
        b":status",
        b"host",
        b"transfer-encoding",
        b"traceparent",
        b"x-request-id",
        b"date",
    ];
    PROTECTED.contains(&name) || name.starts_with(b"content-")
}

/// Headers that this engine or its host sets, and numbers of framing: no text of a person.
fn is_ours(name: &[u8]) -> bool {
    matches!(name, b":method" | b":scheme" | b":status" | b"content-length" | b"transfer-encoding")
}

/// Whether it holds a name and a password in base64 (RFC 7617).
fn is_basic(name: &[u8], value: &[u8]) -> bool {
    const SCHEME: &[u8] = b"basic ";
    matches!(name, b"authorization" | b"proxy-authorization")
        && value.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Headers that hold a URL, or what is spelled like one: read like a path.
fn is_url(name: &[u8]) -> bool {
    const URLS: [&[u8]; 15] = [
        b"referer",
        b"location",
        b"content-location",
        b"link",
        b"refresh",
        b"origin",
        b"x-envoy-original-path",
        b"x-original-url",
        b"x-rewrite-url",
        b"x-forwarded-uri",
        b"x-original-uri",
        b"destination",
        b"sourcemap",
        // Percent-encoded members, parted and named as in a query.
        b"baggage",
        // A file name may be percent-encoded.
        b"content-disposition",
    ];
    URLS.contains(&name)
}
