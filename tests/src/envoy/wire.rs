//! HTTP/1.1 as it goes over the wire: every chunk is one write, and nothing is joined or mended.
//! Understands no more than a test needs, and never hides that a message was cut.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Names in lower case, values as bytes, in order.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// A message to send.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Request line or status line, without its end.
    pub first: Vec<u8>,
    /// Without those that say how the body is framed.
    pub headers: Headers,
    /// How the body is framed.
    pub framing: Framing,
    /// Each is one write; empty ones are left out.
    pub chunks: Vec<Vec<u8>>,
    /// Sent after a chunked body only.
    pub trailers: Headers,
    /// Waited before every chunk and before the end, so that they arrive one by one.
    pub pause: Duration,
    /// Whether the connection is reset where the end should come.
    pub cut: bool,
}

/// How the body of a message is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    #[default]
    Nothing,
    /// By `content-length`.
    Length,
    /// By chunks, each with its own size.
    Chunked,
    /// By what is among the headers already.
    Written,
}

/// A message that came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Request line or status line.
    pub first: Vec<u8>,
    /// As they came.
    pub headers: Headers,
    /// Without its framing.
    pub body: Vec<u8>,
    /// After the body.
    pub trailers: Headers,
    /// Whether it ended as its framing says.
    pub complete: bool,
    /// Since the head was there, when each piece of body came, and its length.
    pub pieces: Vec<(Duration, usize)>,
}

impl Received {
    /// Second word of the status line.
    #[must_use]
    pub fn status(&self) -> u16 {
        let line = String::from_utf8_lossy(&self.first);
        line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
    }

    /// Values of one header, joined as HTTP allows.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .headers
            .iter()
            .filter(|(found, _)| found == name.as_bytes())
            .map(|(_, value)| String::from_utf8_lossy(value))
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends a message. A peer that stops reading ends the sending without an error: what it answered
/// is what counts.
///
/// # Errors
/// When the connection fails before the head is out.
pub fn send(stream: &TcpStream, message: &Message) -> io::Result<()> {
    let mut head = message.first.clone();
    head.extend_from_slice(b"\r\n");
    for (name, value) in &message.headers {
        line(&mut head, name, value);
    }
    match message.framing {
        Framing::Nothing | Framing::Written => {}
        Framing::Length => {
            let length: usize = message.chunks.iter().map(Vec::len).sum();
            line(&mut head, b"content-length", length.to_string().as_bytes());
        }
        Framing::Chunked => line(&mut head, b"transfer-encoding", b"chunked"),
    }
    head.extend_from_slice(b"\r\n");
    let mut stream = stream;
    stream.write_all(&head)?;
    // Whether the peer read it all is for its answer to say.
    let _ = send_body(stream, message);
    Ok(())
}

fn send_body(mut stream: &TcpStream, message: &Message) -> io::Result<()> {
    for chunk in message.chunks.iter().filter(|chunk| !chunk.is_empty()) {
        wait(message.pause);
        match message.framing {
            Framing::Nothing => return Ok(()),
            Framing::Length | Framing::Written => stream.write_all(chunk)?,
            Framing::Chunked => {
                let mut bytes = format!("{:x}\r\n", chunk.len()).into_bytes();
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
                stream.write_all(&bytes)?;
            }
        }
    }
    wait(message.pause);
    if message.cut {
        return stream.shutdown(std::net::Shutdown::Both);
    }
    if message.framing == Framing::Chunked {
        let mut end = b"0\r\n".to_vec();
        for (name, value) in &message.trailers {
            line(&mut end, name, value);
        }
        end.extend_from_slice(b"\r\n");
        stream.write_all(&end)?;
    }
    Ok(())
}

fn wait(pause: Duration) {
    if !pause.is_zero() {
        std::thread::sleep(pause);
    }
}

fn line(bytes: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(b": ");
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(b"\r\n");
}

/// Reads one message; nothing when the connection ended before it began.
///
/// # Errors
/// When the head is no head. A body that is cut is no error: `complete` says it.
pub fn receive(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Received>> {
    let Some(mut received) = receive_head(reader)? else { return Ok(None) };
    receive_body(reader, &mut received, Unframed::Nothing);
    Ok(Some(received))
}

/// What a body is that nothing frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unframed {
    /// There is none: a request.
    Nothing,
    /// What comes until the connection ends: a response.
    UntilClosed,
}

/// Reads the body that follows a head; `complete` says whether it ended as it should.
pub fn receive_body(
    reader: &mut BufReader<TcpStream>,
    received: &mut Received,
    unframed: Unframed,
) {
    let chunked = received.header("transfer-encoding").is_some_and(|value| value == "chunked");
    let length = received.header("content-length").and_then(|value| value.parse::<usize>().ok());
    let begun = Instant::now();
    let mut take = |bytes: &[u8], received: &mut Received| {
        received.pieces.push((begun.elapsed(), bytes.len()));
        received.body.extend_from_slice(bytes);
    };
    received.complete = match (chunked, length, unframed) {
        (true, _, _) => read_chunks(reader, received, &mut take).is_ok(),
        (false, Some(length), _) => read_exactly(reader, length, received, &mut take).is_ok(),
        (false, None, Unframed::Nothing) => true,
        (false, None, Unframed::UntilClosed) => {
            let ended = read_exactly(reader, usize::MAX, received, &mut take);
            ended.is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
        }
    };
}

type Take<'t> = &'t mut dyn FnMut(&[u8], &mut Received);

fn read_chunks(
    reader: &mut BufReader<TcpStream>,
    received: &mut Received,
    take: Take<'_>,
) -> io::Result<()> {
    loop {
        let size = read_line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let text = String::from_utf8_lossy(&size).into_owned();
        let size =
            usize::from_str_radix(text.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 {
            received.trailers = read_headers(reader)?;
            return Ok(());
        }
        read_exactly(reader, size, received, take)?;
        let mut end = [0; 2];
        reader.read_exact(&mut end)?;
    }
}

fn read_exactly(
    reader: &mut BufReader<TcpStream>,
    length: usize,
    received: &mut Received,
    take: Take<'_>,
) -> io::Result<()> {
    let mut missing = length;
    while missing > 0 {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let count = buffer.len().min(missing);
        take(buffer.get(..count).unwrap_or_default(), received);
        reader.consume(count);
        missing -= count;
    }
    Ok(())
}

/// Reads a head; nothing when the connection ended before it began.
///
/// # Errors
/// When the connection ends within, or fails.
pub fn receive_head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Received>> {
    let Some(first) = read_line(reader)? else { return Ok(None) };
    let headers = read_headers(reader)?;
    Ok(Some(Received { first, headers, ..Received::default() }))
}

fn read_headers(reader: &mut BufReader<TcpStream>) -> io::Result<Headers> {
    let mut headers = Headers::new();
    loop {
        let line = read_line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(io::ErrorKind::InvalidData)?;
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        headers.push((name.to_ascii_lowercase(), value.to_vec()));
    }
}

fn read_line(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return if line.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}
