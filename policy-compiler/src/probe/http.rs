//! Reads and writes messages of HTTP/1.1, as far as a probe and its echo need them.
//! Knows no socket: bytes come from whoever holds one.

use crate::cases::exchange::Message;
use cofferdam_engine::exchange::Headers;
use httparse::{EMPTY_HEADER, Header, Request, Response, Status};

const HEADERS_MAX: usize = 128;
/// What is longer is no message that either of both sends.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Bytes that are no such message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HttpError;

/// A reply, as far as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) message: Message,
    /// Whether its end was seen.
    pub(crate) whole: bool,
}

/// How the end of a body is told.
enum Length {
    Bytes(usize),
    Chunks,
    Connection,
}

/// What is there of a body.
struct Body {
    bytes: Vec<u8>,
    trailers: Headers,
    whole: bool,
}

/// A request; none where more of it must come.
pub(crate) fn request(bytes: &[u8]) -> Result<Option<Message>, HttpError> {
    let mut lines = [EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = Request::new(&mut lines);
    let Status::Complete(start) = parsed.parse(bytes).map_err(|_| HttpError)? else {
        return if bytes.len() > MESSAGE_BYTES_MAX { Err(HttpError) } else { Ok(None) };
    };
    let mut head = Headers::new();
    for (name, value) in [(":method", parsed.method), (":path", parsed.path)] {
        head.push((name.into(), value.ok_or(HttpError)?.into()));
    }
    let length = match length(parsed.headers)? {
        // Without a word about it, a request has no body.
        Length::Connection => Length::Bytes(0),
        other => other,
    };
    head.extend(pairs(parsed.headers));
    let body = body(&bytes[start..], &length)?;
    let message = Message { head, body: body.bytes, trailers: body.trailers };
    Ok(body.whole.then_some(message))
}

/// A reply; none where more of it must come. `ended` says that nothing will.
pub(crate) fn answer(bytes: &[u8], ended: bool) -> Result<Option<Answer>, HttpError> {
    let mut lines = [EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = Response::new(&mut lines);
    let start = match parsed.parse(bytes).map_err(|_| HttpError)? {
        Status::Complete(start) => start,
        Status::Partial if ended || bytes.len() > MESSAGE_BYTES_MAX => return Err(HttpError),
        Status::Partial => return Ok(None),
    };
    let status = parsed.code.ok_or(HttpError)?;
    if (100..200).contains(&status) && status != 101 {
        return answer(&bytes[start..], ended);
    }
    let length = match status {
        101 | 204 | 304 => Length::Bytes(0),
        _ => length(parsed.headers)?,
    };
    let head = pairs(parsed.headers).collect();
    let mut body = body(&bytes[start..], &length)?;
    body.whole |= ended && matches!(length, Length::Connection);
    if !body.whole && !ended {
        return Ok(None);
    }
    let message = Message { head, body: body.bytes, trailers: body.trailers };
    Ok(Some(Answer { status, message, whole: body.whole }))
}

fn pairs(lines: &[Header<'_>]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    lines.iter().map(|line| (line.name.to_ascii_lowercase().into_bytes(), line.value.to_vec()))
}

fn length(lines: &[Header<'_>]) -> Result<Length, HttpError> {
    let value = |wanted: &str| {
        let line = lines.iter().find(|line| line.name.eq_ignore_ascii_case(wanted))?;
        Some(String::from_utf8_lossy(line.value).trim().to_ascii_lowercase())
    };
    if let Some(coding) = value("transfer-encoding") {
        return if coding == "chunked" { Ok(Length::Chunks) } else { Err(HttpError) };
    }
    let Some(bytes) = value("content-length") else { return Ok(Length::Connection) };
    let bytes = bytes.parse().ok().filter(|bytes| *bytes <= MESSAGE_BYTES_MAX);
    bytes.map(Length::Bytes).ok_or(HttpError)
}

fn body(bytes: &[u8], length: &Length) -> Result<Body, HttpError> {
    if bytes.len() > 2 * MESSAGE_BYTES_MAX {
        return Err(HttpError);
    }
    match length {
        Length::Bytes(wanted) => {
            let there = bytes.get(..*wanted);
            let (bytes, whole) = (there.unwrap_or(bytes).to_vec(), there.is_some());
            Ok(Body { bytes, trailers: Headers::new(), whole })
        }
        Length::Connection => {
            Ok(Body { bytes: bytes.to_vec(), trailers: Headers::new(), whole: false })
        }
        Length::Chunks => chunks(bytes),
    }
}

fn chunks(mut rest: &[u8]) -> Result<Body, HttpError> {
    let mut out = Vec::new();
    let cut = |bytes| Ok(Body { bytes, trailers: Headers::new(), whole: false });
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest).map_err(|_| HttpError)? {
            Status::Complete(found) => found,
            Status::Partial => return cut(out),
        };
        rest = rest.get(start..).unwrap_or_default();
        if size == 0 {
            return trailers(rest, out);
        }
        let size = usize::try_from(size).map_err(|_| HttpError)?;
        let Some(chunk) = rest.get(..size) else {
            out.extend_from_slice(rest);
            return cut(out);
        };
        out.extend_from_slice(chunk);
        rest = match rest.get(size..) {
            Some([b'\r', b'\n', behind @ ..]) => behind,
            Some([] | [b'\r']) | None => return cut(out),
            Some(_) => return Err(HttpError),
        };
    }
}

fn trailers(rest: &[u8], bytes: Vec<u8>) -> Result<Body, HttpError> {
    let mut lines = [EMPTY_HEADER; HEADERS_MAX];
    match httparse::parse_headers(rest, &mut lines).map_err(|_| HttpError)? {
        Status::Complete((_, lines)) => {
            Ok(Body { bytes, trailers: pairs(lines).collect(), whole: true })
        }
        Status::Partial => Ok(Body { bytes, trailers: Headers::new(), whole: false }),
    }
}

/// A request as it is sent. Names that begin with a colon become its first line, and `host` is the
/// one that it is sent to.
pub(crate) fn write_request(message: &Message, host: &str) -> Vec<u8> {
    let named = |wanted: &[u8]| {
        let found = message.head.iter().find(|(name, _)| name == wanted);
        found.map_or(&b""[..], |(_, value)| value)
    };
    let mut out = [named(b":method"), b" ", named(b":path"), b" HTTP/1.1\r\nhost: "].concat();
    out.extend_from_slice(host.as_bytes());
    out.extend_from_slice(b"\r\n");
    write_rest(message, out)
}

/// A reply as it is sent.
pub(crate) fn write_answer(status: u16, message: &Message) -> Vec<u8> {
    write_rest(message, format!("HTTP/1.1 {status} probe\r\n").into_bytes())
}

fn write_rest(message: &Message, mut out: Vec<u8>) -> Vec<u8> {
    // What ends a line within a value would begin another one.
    let safe = |text: &[u8]| !text.iter().any(u8::is_ascii_control);
    for (name, value) in message.head.iter().filter(|(name, _)| !name.starts_with(b":")) {
        if safe(name) && safe(value) {
            out.extend([&name[..], b": ", value, b"\r\n"].concat());
        }
    }
    out.extend(format!("content-length: {}\r\n", message.body.len()).into_bytes());
    out.extend_from_slice(b"connection: close\r\n\r\n");
    out.extend_from_slice(&message.body);
    out
}

#[cfg(test)]
mod tests {
    use super::{HttpError, answer, request, write_answer, write_request};
    use crate::cases::exchange::Message;

    fn message(head: &[(&str, &str)], body: &str) -> Message {
        let head = head.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Message { head, body: body.into(), trailers: Vec::new() }
    }

    #[test]
    fn what_is_written_is_read_however_it_comes() {
        let sent = message(&[(":method", "PUT"), (":path", "/a?b=1"), ("x-a", "1")], "{}");
        let bytes = write_request(&sent, "there:80");
        for end in 0..bytes.len() {
            assert!(matches!(request(&bytes[..end]), Ok(None)), "{end}");
        }
        let read = request(&bytes).expect("a request").expect("all of it");
        let head = |name: &str| {
            let found = read.head.iter().find(|(known, _)| known == name.as_bytes());
            found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        assert_eq!(head(":method").as_deref(), Some("PUT"));
        assert_eq!(head(":path").as_deref(), Some("/a?b=1"));
        assert_eq!(head("host").as_deref(), Some("there:80"));
        assert_eq!(read.body, b"{}");
        let bytes = write_answer(231, &message(&[("x-b", "2")], "hello"));
        for end in 0..bytes.len() {
            assert!(matches!(answer(&bytes[..end], false), Ok(None)), "{end}");
        }
        let read = answer(&bytes, false).expect("a reply").expect("all of it");
        assert_eq!((read.status, read.whole, &read.message.body[..]), (231, true, &b"hello"[..]));
    }

    #[test]
    fn chunks_are_joined_and_a_cut_is_told() {
        let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                      3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nx-last: 1\r\n\r\n";
        let read = answer(bytes, false).expect("a reply").expect("all of it");
        assert_eq!((&read.message.body[..], read.whole), (&b"abcde"[..], true));
        assert_eq!(read.message.trailers, [(b"x-last".to_vec(), b"1".to_vec())]);
        for end in 49..bytes.len() {
            let read = answer(&bytes[..end], true).expect("a reply").expect("its head");
            assert!(!read.whole && b"abcde".starts_with(&read.message.body), "{end}");
        }
    }

    #[test]
    fn interim_answers_are_passed_over_and_no_body_is_waited_for_where_none_is() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
        let read = answer(bytes, false).expect("a reply").expect("all of it");
        assert_eq!((read.status, read.whole), (204, true));
        let open = b"HTTP/1.1 200 OK\r\n\r\nab";
        assert!(matches!(answer(open, false), Ok(None)));
        let read = answer(open, true).expect("a reply").expect("all of it");
        assert_eq!((&read.message.body[..], read.whole), (&b"ab"[..], true));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "220 mail.example ESMTP\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
        ] {
            assert_eq!(answer(text.as_bytes(), false).err(), Some(HttpError), "{text}");
        }
        assert_eq!(answer(b"HTTP/1.1 2", true).err(), Some(HttpError));
        assert_eq!(request(b"\x16\x03\x01\x02").err(), Some(HttpError));
    }

    #[test]
    fn what_would_begin_another_line_is_left_out() {
        let sent = message(&[(":method", "GET"), (":path", "/"), ("x-a", "1\r\nx-b: 2")], "");
        let text = String::from_utf8(write_request(&sent, "there")).expect("text");
        assert!(!text.contains("x-b"), "{text}");
    }
}
