//! A client for one address over HTTP/1.1: one connection, kept alive, opened again when it ends.
//! Follows no redirect and keeps no cookie: what a browser would do is the caller's to say.

use crate::message::{self, Framing, Request, Response};
use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// A client for one address.
pub struct Client {
    address: SocketAddr,
    authority: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client that says `authority` in `host`.
    #[must_use]
    pub fn new(address: SocketAddr, authority: &str) -> Self {
        Self { address, authority: authority.into(), stream: None }
    }

    /// Sends a request in one write and reads the response to its end.
    ///
    /// # Errors
    /// When there is no connection, or no head comes back.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        let bytes = self.encode(request);
        let kept = self.stream.is_some();
        match self.exchange(request, &bytes) {
            // A kept connection may have been closed since; that says nothing about the request.
            Err(_) if kept => self.exchange(request, &bytes),
            other => other,
        }
    }

    fn exchange(&mut self, request: &Request, bytes: &[u8]) -> io::Result<Response> {
        let mut reader = match self.stream.take() {
            Some(reader) => reader,
            None => BufReader::with_capacity(64 * 1024, self.connect()?),
        };
        let begun = Instant::now();
        reader.get_mut().write_all(bytes)?;
        let mut response = read_head(&mut reader)?;
        let bodiless = request.method == "HEAD" || matches!(response.status, 204 | 304);
        let framing = match bodiless {
            true => Framing::Empty,
            false => Framing::of(&response.headers, Framing::UntilClosed),
        };
        let (mut body, mut pieces) = (Vec::new(), Vec::new());
        let read = message::read_body(&mut reader, framing, |piece| {
            body.extend_from_slice(piece);
            pieces.push((begun.elapsed(), piece.len()));
        });
        response.cut = read.is_err();
        (response.body, response.pieces) = (body, pieces);
        let closes = response.header("connection").is_some_and(|value| value.contains("close"));
        if !response.cut && !closes && framing != Framing::UntilClosed {
            self.stream = Some(reader);
        }
        Ok(response)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn encode(&self, request: &Request) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target).into_bytes();
        if message::header(&request.headers, "host").is_none() {
            bytes.extend_from_slice(format!("host: {}\r\n", self.authority).as_bytes());
        }
        for (name, value) in &request.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if !request.body.is_empty() || request.method == "POST" {
            bytes.extend_from_slice(
                format!("content-length: {}\r\n", request.body.len()).as_bytes(),
            );
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&request.body);
        bytes
    }
}

fn read_head(reader: &mut BufReader<TcpStream>) -> io::Result<Response> {
    loop {
        let line = message::read_line(reader)?.ok_or_else(|| message::malformed("response"))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status: u16 = status.ok_or_else(|| message::malformed("status line"))?;
        let headers = message::read_headers(reader)?;
        // Interim answers (100) are followed by the real one.
        if status >= 200 {
            return Ok(Response { status, headers, ..Response::default() });
        }
    }
}
