//! Serves one handler over HTTP/1.1 on loopback, one thread per connection, until it is dropped.
//! Writes the body exactly in the pieces that the handler gives: a test of chunks relies on it.

use crate::message::{self, Framing, Headers, Request};
use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What a handler answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `200`
    pub status: u16,
    /// Without framing headers: those follow from the body.
    pub headers: Headers,
    /// The body.
    pub body: Body,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum Body {
    /// With `content-length`, in one write.
    Whole(Vec<u8>),
    /// Chunked; each piece is a chunk and a write of its own, after its pause.
    Pieces(Vec<(Duration, Vec<u8>)>),
}

impl Answer {
    /// An answer of one type.
    #[must_use]
    pub fn new(status: u16, media: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".into(), media.into())];
        Self { status, headers, body: Body::Whole(body.into()) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn answer(&self, request: &Request) -> Answer;
}

impl<F: Fn(&Request) -> Answer + Send + Sync + 'static> Handler for F {
    fn answer(&self, request: &Request) -> Answer {
        self(request)
    }
}

/// A running service. Stops when dropped.
pub struct Service {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    stop: AtomicBool,
    served: AtomicU64,
    seen: Mutex<Vec<Request>>,
}

/// Most requests that are remembered.
const SEEN_MAX: usize = 256;

impl Service {
    /// Starts a service on loopback; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(port: u16, handler: impl Handler) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            served: AtomicU64::new(0),
            seen: Mutex::new(Vec::new()),
        });
        let handler: Arc<dyn Handler> = Arc::new(handler);
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stop.load(Ordering::Acquire) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (shared, handler) = (Arc::clone(&accepting), Arc::clone(&handler));
                // A peer that goes away ends its own connection, and nothing else.
                thread::spawn(move || serve(&stream, &shared, handler.as_ref()));
            }
        });
        Ok(Self { address, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests answered so far.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.shared.served.load(Ordering::Acquire)
    }

    /// Takes the requests seen since the last call, oldest first, at most 256.
    #[must_use]
    pub fn take_seen(&self) -> Vec<Request> {
        std::mem::take(&mut *self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // Wakes the accepting thread, which then sees the flag.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
    }
}

fn serve(stream: &TcpStream, shared: &Shared, handler: &dyn Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        if shared.stop.load(Ordering::Acquire) {
            return Ok(());
        }
        let answer = handler.answer(&request);
        let bodiless = request.method == "HEAD" || matches!(answer.status, 204 | 304);
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < SEEN_MAX {
            seen.push(request);
        }
        drop(seen);
        shared.served.fetch_add(1, Ordering::AcqRel);
        write_answer(stream, &answer, bodiless)?;
    }
    Ok(())
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let Some(line) = message::read_line(reader)? else { return Ok(None) };
    let line = String::from_utf8_lossy(&line).into_owned();
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(message::malformed("request line"));
    };
    let headers = message::read_headers(reader)?;
    if message::header(&headers, "expect").is_some_and(|value| value == "100-continue") {
        reader.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = Vec::new();
    let framing = Framing::of(&headers, Framing::Empty);
    message::read_body(reader, framing, |piece| body.extend_from_slice(piece))?;
    Ok(Some(Request { method: method.into(), target: target.into(), headers, body }))
}

fn write_answer(mut stream: &TcpStream, answer: &Answer, bodiless: bool) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, phrase(answer.status)).into_bytes();
    for (name, value) in &answer.headers {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    match &answer.body {
        Body::Whole(body) => {
            if !matches!(answer.status, 204 | 304) {
                head.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
            }
            head.extend_from_slice(b"\r\n");
            if !bodiless {
                head.extend_from_slice(body);
            }
            stream.write_all(&head)
        }
        Body::Pieces(pieces) => {
            head.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
            stream.write_all(&head)?;
            for (pause, piece) in pieces.iter().filter(|(_, piece)| !bodiless && !piece.is_empty())
            {
                thread::sleep(*pause);
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend_from_slice(piece);
                chunk.extend_from_slice(b"\r\n");
                stream.write_all(&chunk)?;
            }
            if bodiless { Ok(()) } else { stream.write_all(b"0\r\n\r\n") }
        }
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        404 => "Not Found",
        500 => "Internal Server Error",
        _ => "Status",
    }
}
