//! HTTP/2 on both sides of Envoy: every chunk is one DATA frame, trailers are trailers.
//! One connection for one exchange; never more than a test needs.

use super::wire::{Framing, Headers, Message, Received};
use anyhow::{Context as _, Result};
use bytes::Bytes;
use h2::client::SendRequest;
use h2::ext::Protocol;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use std::future::{Future, poll_fn};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// Sends a request with prior knowledge, and reads the answer to its end.
///
/// # Errors
/// When no head came back.
pub fn exchange(port: u16, request: &Message) -> Result<Received> {
    Ok(exchanges(port, request, 1)?.1)
}

/// The same so many times over one connection, one after another: how long each took, and the last
/// answer.
///
/// # Errors
/// When no head came back.
pub fn exchanges(port: u16, request: &Message, times: usize) -> Result<(Vec<Duration>, Received)> {
    let patience = PATIENCE.saturating_mul(times.div_ceil(100) as u32);
    runtime()?.block_on(async {
        let answers = client(port, request, times);
        tokio::time::timeout(patience, answers).await.context("no answer in time")?
    })
}

/// An upstream that speaks HTTP/2 only, and gives every request the answer it was told last.
pub struct Upstream {
    port: u16,
    play: Arc<Mutex<Play>>,
}

struct Play {
    answer: Message,
    received: Vec<Received>,
}

impl Upstream {
    /// Listens on a free port, as long as the process lives.
    ///
    /// # Errors
    /// When there is none.
    pub fn start(answer: Message) -> Result<Self> {
        let play = Arc::new(Mutex::new(Play { answer, received: Vec::new() }));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (runtime, kept) = (runtime()?, Arc::clone(&play));
        thread::spawn(move || runtime.block_on(serve(listener, kept)));
        Ok(Self { port, play })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What to answer from now on; forgets what came before.
    pub fn answer(&self, message: Message) {
        *playing(&self.play) = Play { answer: message, received: Vec::new() };
    }

    /// Takes what came, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut playing(&self.play).received)
    }
}

fn playing(play: &Mutex<Play>) -> MutexGuard<'_, Play> {
    play.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}

async fn client(port: u16, message: &Message, times: usize) -> Result<(Vec<Duration>, Received)> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    let (mut client, connection) = h2::client::handshake(stream).await?;
    let connection = std::pin::pin!(connection);
    let exchanges = async {
        let (mut took, mut last) = (Vec::with_capacity(times), None);
        for _ in 0..times {
            let begun = Instant::now();
            client = client.ready().await?;
            last = Some(ask(&mut client, message).await?);
            took.push(begun.elapsed());
        }
        Ok((took, last.context("nothing was asked")?))
    };
    alongside(connection, exchanges).await
}

async fn ask(client: &mut SendRequest<Bytes>, message: &Message) -> Result<Received> {
    let request = request(message, "http")?;
    let bodiless = message.framing == Framing::Nothing;
    let (answer, mut body) = client.send_request(request, bodiless)?;
    let sent = async {
        if !bodiless {
            // The peer may answer before it has read it all.
            let _ = send(&mut body, message).await;
        }
    };
    let received = async {
        let (head, body) = answer.await?.into_parts();
        let first = format!("HTTP/2 {}", head.status.as_str()).into_bytes();
        anyhow::Ok(receive(first, &head.headers, body).await)
    };
    both(sent, received).await
}

/// The head of a request. A `:protocol` among the headers asks for extended CONNECT.
pub(super) fn request(message: &Message, scheme: &str) -> Result<Request<()>> {
    let line = String::from_utf8_lossy(&message.first).into_owned();
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or("GET"), words.next().unwrap_or("/"));
    let found = |name: &[u8]| {
        let found = message.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    };
    let (host, protocol) = (found(b"host"), found(b":protocol"));
    let host = host.unwrap_or_else(|| "service.test".to_owned());
    let uri = match (method, &protocol) {
        ("CONNECT", None) => path.to_owned(),
        _ => format!("{scheme}://{host}{path}"),
    };
    let mut request = Request::builder().method(method).uri(uri).body(())?;
    *request.headers_mut() = own_headers(&message.headers)?;
    if let Some(protocol) = protocol {
        request.extensions_mut().insert(Protocol::from(protocol.as_str()));
    }
    Ok(request)
}

async fn serve(listener: std::net::TcpListener, play: Arc<Mutex<Play>>) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // One connection after another: a test has one Envoy with one worker.
        let Ok(mut connection) = h2::server::handshake(stream).await else { continue };
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let (head, body) = request.into_parts();
            let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
            let first = format!("{} {path} HTTP/2", head.method).into_bytes();
            let exchange = async {
                let mut came = receive(first, &head.headers, body).await;
                if let Some(host) = head.uri.authority() {
                    came.headers.insert(0, (b"host".to_vec(), host.as_str().into()));
                }
                let answer = {
                    let mut play = playing(&play);
                    play.received.push(came);
                    play.answer.clone()
                };
                let mut response = Response::builder().status(status(&answer)).body(())?;
                *response.headers_mut() = map(&answer.headers)?;
                let bodiless = answer.framing == Framing::Nothing;
                let mut stream = respond.send_response(response, bodiless)?;
                if !bodiless {
                    send(&mut stream, &answer).await?;
                }
                Ok(())
            };
            let closed = poll_fn(|context| connection.poll_closed(context));
            // A stream that was reset ends itself; whether the connection is over is said above.
            let _ = alongside(std::pin::pin!(closed), exchange).await;
        }
    }
}

/// Runs `work` while the connection is driven; a connection that ends first ends both.
async fn alongside<T>(
    mut connection: std::pin::Pin<&mut impl Future<Output = Result<(), h2::Error>>>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    let mut over = false;
    poll_fn(|context| {
        if !over {
            over = connection.as_mut().poll(context).is_ready();
        }
        work.as_mut().poll(context)
    })
    .await
}

pub(super) async fn both<T>(first: impl Future<Output = ()>, second: impl Future<Output = T>) -> T {
    let (mut first, mut second) = (std::pin::pin!(first), std::pin::pin!(second));
    let mut sent = false;
    poll_fn(|context| {
        if !sent {
            sent = first.as_mut().poll(context).is_ready();
        }
        second.as_mut().poll(context)
    })
    .await
}

async fn send(stream: &mut SendStream<Bytes>, message: &Message) -> Result<()> {
    let trailers = !message.trailers.is_empty();
    let count = message.chunks.len();
    // An empty chunk at the end is a frame of its own, which only ends the stream.
    let bare_end = count > 0 && message.chunks.last().is_some_and(Vec::is_empty);
    for (n, chunk) in message.chunks.iter().enumerate() {
        if !message.pause.is_zero() {
            tokio::time::sleep(message.pause).await;
        }
        let mut rest = Bytes::copy_from_slice(chunk);
        while !rest.is_empty() {
            stream.reserve_capacity(rest.len());
            let room = poll_fn(|context| stream.poll_capacity(context)).await;
            let room = room.context("the stream is gone")??;
            let part = rest.split_to(room.min(rest.len()));
            let last = rest.is_empty() && n + 1 == count && !trailers;
            stream.send_data(part, last)?;
        }
    }
    if trailers {
        stream.send_trailers(map(&message.trailers)?)?;
    } else if count == 0 || bare_end {
        stream.send_data(Bytes::new(), true)?;
    }
    Ok(())
}

/// Status of an answer, as its status line says it.
fn status(answer: &Message) -> u16 {
    let line = String::from_utf8_lossy(&answer.first);
    line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(200)
}

async fn receive(first: Vec<u8>, head: &HeaderMap, mut body: RecvStream) -> Received {
    let mut received = Received { first, headers: pairs(head), ..Received::default() };
    let begun = Instant::now();
    while let Some(chunk) = body.data().await {
        let Ok(chunk) = chunk else { return received };
        // A window that cannot be given back belongs to a stream that is over.
        let _ = body.flow_control().release_capacity(chunk.len());
        received.pieces.push((begun.elapsed(), chunk.len()));
        received.body.extend_from_slice(&chunk);
    }
    if let Ok(trailers) = body.trailers().await {
        received.trailers = trailers.as_ref().map(pairs).unwrap_or_default();
        received.complete = true;
    }
    received
}

/// The order in which headers go over the wire: that of a map, not of the list.
///
/// # Errors
/// When one of them cannot be sent.
pub fn in_wire_order(headers: &Headers) -> Result<Headers> {
    Ok(pairs(&own_headers(headers)?))
}

/// What stands in `:authority` does not stand in `host` too, and a pseudo-header is no header.
fn own_headers(headers: &Headers) -> Result<HeaderMap> {
    let own = headers.iter().filter(|(name, _)| name != b"host" && !name.starts_with(b":"));
    map(&own.cloned().collect())
}

pub(super) fn map(headers: &Headers) -> Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name)?, HeaderValue::from_bytes(value)?);
    }
    Ok(map)
}

pub(super) fn pairs(map: &HeaderMap) -> Headers {
    map.iter()
        .map(|(name, value)| (name.as_str().as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect()
}
