//! Takes a message to a listener over a connection of its own, and brings back what came.
//! Waits for nothing longer than it was told to.

use super::tls::Tls;
use cofferdam_policy_compiler::probe::{Came, Why, is_whole};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A longer answer is none that a probe asked for.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Where messages go.
pub(super) struct Client {
    addresses: Vec<SocketAddr>,
    tls: Option<Tls>,
    /// For one message.
    timeout: Duration,
    /// For all of them.
    until: Instant,
}

/// A connection of either kind.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// A connection whose reads and writes end in time, however slowly the other side goes on.
struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The addresses of a name; none where that cannot be told in time.
pub(super) fn resolve(host: &str, port: u16, within: Duration) -> Vec<SocketAddr> {
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    // The system takes its own time to ask, and knows no other.
    thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs();
        let _ = sender.send(found.map(Iterator::collect).unwrap_or_default());
    });
    receiver.recv_timeout(within).unwrap_or_default()
}

impl Client {
    pub(super) fn new(
        addresses: Vec<SocketAddr>,
        tls: Option<Tls>,
        timeout: Duration,
        until: Instant,
    ) -> Self {
        Self { addresses, tls, timeout, until }
    }

    /// One message there, and what comes back.
    pub(super) fn carry(&self, request: &[u8]) -> Came {
        let now = Instant::now();
        if now >= self.until {
            return Came::Nothing(Why::Late);
        }
        let until = now.checked_add(self.timeout).unwrap_or(self.until).min(self.until);
        let Some(stream) = self.connect(until) else { return Came::Nothing(Why::Unreachable) };
        let timed = Timed { stream, until };
        let mut stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(timed),
            Some(tls) => match tls.wrap(timed) {
                Ok(stream) => Box::new(stream),
                Err(error) => return Came::Nothing(failure(&error, Why::Untrusted)),
            },
        };
        // A host that has heard enough answers, and closes while more is sent.
        let written = stream.write_all(request).and_then(|()| stream.flush());
        match answer(&mut *stream) {
            Ok(came) => came,
            Err(error) => {
                let error = written.err().unwrap_or(error);
                Came::Nothing(failure(&error, Why::Closed))
            }
        }
    }

    fn connect(&self, until: Instant) -> Option<TcpStream> {
        self.addresses.iter().find_map(|address| {
            let left = until.saturating_duration_since(Instant::now());
            let left = Some(left).filter(|left| !left.is_zero())?;
            let stream = TcpStream::connect_timeout(address, left).ok()?;
            let _ = stream.set_nodelay(true);
            Some(stream)
        })
    }
}

/// What came until the answer was whole, or the connection was closed.
fn answer(stream: &mut dyn Stream) -> io::Result<Came> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let ended = match stream.read(&mut buffer) {
            Ok(0) => true,
            Ok(read) => {
                bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
                bytes.len() > ANSWER_BYTES_MAX
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => false,
            // What came before the end is looked at, whatever the end was.
            Err(error) if bytes.is_empty() => return Err(error),
            Err(error) if is_late(&error) => return Ok(Came::Bytes(bytes, false)),
            Err(_) => true,
        };
        if ended || is_whole(&bytes) {
            return Ok(Came::Bytes(bytes, ended));
        }
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

fn failure(error: &io::Error, otherwise: Why) -> Why {
    match error.kind() {
        _ if is_late(error) => Why::Silent,
        // So TLS says that a certificate is not taken, by us or by the other side.
        ErrorKind::InvalidData => Why::Untrusted,
        _ => otherwise,
    }
}
