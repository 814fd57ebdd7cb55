//! HTTP/3 in front of Envoy: every chunk is one DATA frame, trailers are trailers.
//! One connection for one exchange, and none to a peer whose certificate is not of the authority.

use super::http2::{PATIENCE, both, map, pairs, request, runtime};
use super::wire::{Framing, Message, Received};
use anyhow::{Context as _, Result};
use bytes::{Buf as _, Bytes};
use h3::client::{RequestStream, SendRequest};
use h3::error::Code;
use h3_quinn::{OpenStreams, RecvStream};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, TransportConfig};
use rustls::client::WantsClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ConfigBuilder, RootCertStore};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A client of one port on loopback.
pub struct Client {
    port: u16,
    config: ClientConfig,
}

/// How a client goes away in the midst of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Wants no more of the stream.
    Stop,
    /// Closes the connection.
    Close,
}

impl Client {
    /// Opens nothing yet. The peer's certificate must be of `authority`; all is PEM.
    ///
    /// # Errors
    /// When that is no certificate.
    pub fn new(port: u16, authority: &str) -> Result<Self> {
        Self::of(port, trusting(authority)?.with_no_client_auth())
    }

    /// The same, with a certificate of its own to show.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn with_certificate(
        port: u16,
        authority: &str,
        certificate: &str,
        key: &str,
    ) -> Result<Self> {
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes())?];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
        Self::of(port, trusting(authority)?.with_client_auth_cert(chain, key)?)
    }

    fn of(port: u16, mut tls: rustls::ClientConfig) -> Result<Self> {
        tls.alpn_protocols = vec![b"h3".to_vec()];
        let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
        let mut transport = TransportConfig::default();
        // Over loopback several datagrams arrive as one then, of which Envoy takes the first.
        transport.enable_segmentation_offload(false);
        config.transport_config(Arc::new(transport));
        Ok(Self { port, config })
    }

    /// Sends a request and reads the answer to its end.
    ///
    /// # Errors
    /// When no head came back.
    pub fn exchange(&self, message: &Message) -> Result<Received> {
        self.connected(async |connection| {
            alongside(connection, async |client| {
                let stream = client.send_request(request(message, "https")?).await?;
                let (mut sending, receiving) = stream.split();
                let sent = async {
                    // The peer may answer before it has read it all.
                    let _ = send(&mut sending, message).await;
                };
                both(sent, receive(receiving)).await
            })
            .await
        })
    }

    /// Sends a request and, unless that is cut, reads the first piece of the answer's body; then
    /// goes away.
    ///
    /// # Errors
    /// When no such piece came.
    pub fn leave(&self, message: &Message, how: Leave) -> Result<()> {
        self.connected(async |connection| {
            alongside(connection, async |client| {
                let mut stream = client.send_request(request(message, "https")?).await?;
                send(&mut stream, message).await?;
                if !message.cut {
                    stream.recv_response().await?;
                    stream.recv_data().await?.context("the answer has no body")?;
                }
                if how == Leave::Stop {
                    // Says so to the peer; the connection stays for it to be seen.
                    drop(stream);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Ok(())
            })
            .await
        })
    }

    /// Sends a head that no client library would, line by line, and waits for what comes back:
    /// whether that is an answer, rather than the end of the stream. Which one, the access log
    /// tells.
    ///
    /// # Errors
    /// When nothing comes.
    pub fn answers(&self, head: &[(&str, &str)]) -> Result<bool> {
        self.connected(async |connection| {
            alongside(connection.clone(), async |_settled| {
                let (mut sending, mut receiving) = connection.open_bi().await?;
                sending.write_all(&headers_frame(head)?).await?;
                let mut first = [0];
                Ok(matches!(receiving.read(&mut first).await, Ok(Some(1))))
            })
            .await
        })
    }

    fn connected<T>(&self, work: impl AsyncFnOnce(Connection) -> Result<T>) -> Result<T> {
        runtime()?.block_on(async {
            let mut endpoint = Endpoint::client(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            endpoint.set_default_client_config(self.config.clone());
            let work = async {
                let to = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
                let worked = work(endpoint.connect(to, "127.0.0.1")?.await?).await;
                // Tells the peer, which would else keep the streams that are open.
                endpoint.close(0_u8.into(), b"");
                endpoint.wait_idle().await;
                worked
            };
            tokio::time::timeout(PATIENCE, work).await.context("no answer in time")?
        })
    }
}

fn trusting(authority: &str) -> Result<ConfigBuilder<rustls::ClientConfig, WantsClientCert>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?;
    Ok(tls.with_root_certificates(roots))
}

/// Does `work` while HTTP/3 is driven on the connection. How that ends says nothing that the work
/// does not.
async fn alongside<T>(
    connection: Connection,
    work: impl AsyncFnOnce(&mut SendRequest<OpenStreams, Bytes>) -> Result<T>,
) -> Result<T> {
    let quic = h3_quinn::Connection::new(connection);
    let (mut driver, mut client) = h3::client::new(quic).await?;
    let driven = async {
        let _ = driver.wait_idle().await;
    };
    both(driven, work(&mut client)).await
}

async fn send<S: h3::quic::SendStream<Bytes>>(
    stream: &mut RequestStream<S, Bytes>,
    message: &Message,
) -> Result<()> {
    if message.framing != Framing::Nothing {
        for chunk in &message.chunks {
            if !message.pause.is_zero() {
                tokio::time::sleep(message.pause).await;
            }
            stream.send_data(Bytes::copy_from_slice(chunk)).await?;
        }
        if message.cut {
            stream.stop_stream(Code::H3_REQUEST_CANCELLED);
            return Ok(());
        }
        if !message.trailers.is_empty() {
            stream.send_trailers(map(&message.trailers)?).await?;
        }
    }
    stream.finish().await?;
    Ok(())
}

async fn receive(mut stream: RequestStream<RecvStream, Bytes>) -> Result<Received> {
    let head = stream.recv_response().await?;
    let mut received = Received {
        first: format!("HTTP/3 {}", head.status().as_str()).into_bytes(),
        headers: pairs(head.headers()),
        ..Received::default()
    };
    let begun = Instant::now();
    loop {
        match stream.recv_data().await {
            Err(_) => return Ok(received),
            Ok(None) => break,
            Ok(Some(mut chunk)) => {
                let length = chunk.remaining();
                received.pieces.push((begun.elapsed(), length));
                received.body.extend_from_slice(&chunk.copy_to_bytes(length));
            }
        }
    }
    if let Ok(trailers) = stream.recv_trailers().await {
        received.trailers = trailers.as_ref().map(pairs).unwrap_or_default();
        received.complete = true;
    }
    Ok(received)
}

/// A HEADERS frame whose lines are spelled out, in the way of RFC 9204 that needs no table.
fn headers_frame(head: &[(&str, &str)]) -> Result<Vec<u8>> {
    // No dynamic table is referred to.
    let mut lines = vec![0, 0];
    for (name, value) in head {
        // A literal with a literal name: three bits of its length stand beside the mark.
        prefixed(&mut lines, 0b0010_0000, 3, name.len());
        lines.extend_from_slice(name.as_bytes());
        prefixed(&mut lines, 0, 7, value.len());
        lines.extend_from_slice(value.as_bytes());
    }
    // Type and length of the frame; the length in two bytes.
    let length = u16::try_from(lines.len()).ok().filter(|length| *length < 1 << 14);
    let length = length.context("a head too long for a test")? | 0b01 << 14;
    let mut frame = vec![1];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&lines);
    Ok(frame)
}

/// A number of which the first `bits` bits stand in the byte of `mark`.
fn prefixed(bytes: &mut Vec<u8>, mark: u8, bits: u32, number: usize) {
    let most = (1_u8 << bits) - 1;
    match u8::try_from(number) {
        Ok(number) if number < most => bytes.push(mark | number),
        _ => {
            bytes.push(mark | most);
            let mut rest = number - usize::from(most);
            while rest >= 128 {
                bytes.push((rest % 128) as u8 | 128);
                rest /= 128;
            }
            bytes.push(rest as u8);
        }
    }
}
