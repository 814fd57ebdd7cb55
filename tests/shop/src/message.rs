//! HTTP/1.1 messages as the shop and its client see them, and how they are read from a stream.
//! Not a general parser: it reads what we, or a proxy in between, have written.

use std::io::{self, BufRead};
use std::time::Duration;

/// Headers in order. Values are bytes, because a test may send what is not UTF-8.
pub type Headers = Vec<(String, Vec<u8>)>;

const LINE_BYTES_MAX: usize = 64 * 1024;

/// A request, read whole.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// Names in lower case.
    pub headers: Headers,
    /// Without its transfer coding.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self { method: "GET".into(), target: target.into(), ..Self::default() }
    }

    /// A request with a body of one type.
    #[must_use]
    pub fn post(target: &str, media: &str, body: &[u8]) -> Self {
        Self {
            method: "POST".into(),
            target: target.into(),
            headers: vec![("content-type".into(), media.into())],
            body: body.to_vec(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The path without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The value of a query parameter, as sent.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let line = header(&self.headers, "cookie")?;
        line.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }
}

/// A response, read whole.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// `200`
    pub status: u16,
    /// Names in lower case.
    pub headers: Headers,
    /// Without its transfer coding.
    pub body: Vec<u8>,
    /// Bytes of each piece of the body as it arrived, and when, from the moment of sending.
    pub pieces: Vec<(Duration, usize)>,
    /// The connection ended before the message did.
    pub cut: bool,
}

impl Response {
    /// The first value of a header, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as text; what is no UTF-8 is shown as such.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The first value of a header, where it is text.
#[must_use]
pub fn header<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    let (_, value) = headers.iter().find(|(other, _)| other == name)?;
    std::str::from_utf8(value).ok()
}

/// How long the body of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body.
    Empty,
    /// By `content-length`.
    Length(usize),
    /// By chunks.
    Chunked,
    /// Until the connection ends.
    UntilClosed,
}

impl Framing {
    /// What the headers say; `otherwise` when they say nothing.
    #[must_use]
    pub fn of(headers: &Headers, otherwise: Self) -> Self {
        if header(headers, "transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            return Self::Chunked;
        }
        let length = header(headers, "content-length").and_then(|value| value.parse().ok());
        length.map_or(otherwise, Self::Length)
    }
}

/// One line without its end; `None` when the stream ends first.
///
/// # Errors
/// When the stream fails or the line is too long.
pub fn read_line(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    io::Read::take(&mut *stream, LINE_BYTES_MAX as u64).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return if line.is_empty() { Ok(None) } else { Err(malformed("line")) };
    }
    line.pop();
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

/// Headers or trailers up to the empty line.
///
/// # Errors
/// When the stream fails, or a line is no header.
pub fn read_headers(stream: &mut impl BufRead) -> io::Result<Headers> {
    let mut headers = Headers::new();
    loop {
        let line = read_line(stream)?.ok_or_else(|| malformed("headers"))?;
        if line.is_empty() {
            return Ok(headers);
        }
        let colon =
            line.iter().position(|byte| *byte == b':').ok_or_else(|| malformed("header"))?;
        let (name, value) = line.split_at(colon);
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        headers.push((name, value.to_vec()));
    }
}

/// Reads a body piece by piece, as chunks or reads hand it over.
///
/// # Errors
/// When the stream fails or ends early; what came before has been given to `piece`.
pub fn read_body(
    stream: &mut impl BufRead,
    framing: Framing,
    mut piece: impl FnMut(&[u8]),
) -> io::Result<()> {
    match framing {
        Framing::Empty => Ok(()),
        Framing::Length(length) => read_pieces(stream, Some(length), &mut piece),
        Framing::UntilClosed => read_pieces(stream, None, &mut piece),
        Framing::Chunked => loop {
            let line = read_line(stream)?.ok_or_else(|| malformed("chunk"))?;
            let size = String::from_utf8_lossy(&line);
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
            if size == 0 {
                read_headers(stream)?;
                return Ok(());
            }
            read_pieces(stream, Some(size), &mut piece)?;
            read_line(stream)?;
        },
    }
}

fn read_pieces(
    stream: &mut impl BufRead,
    length: Option<usize>,
    piece: &mut impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut left = length.unwrap_or(usize::MAX);
    while left > 0 {
        let bytes = stream.fill_buf()?;
        let taken = bytes.len().min(left);
        if taken == 0 {
            return if length.is_none() { Ok(()) } else { Err(malformed("body")) };
        }
        piece(bytes.get(..taken).unwrap_or_default());
        stream.consume(taken);
        left -= taken;
    }
    Ok(())
}

pub(crate) fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}"))
}
