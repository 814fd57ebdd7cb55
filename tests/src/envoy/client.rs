//! The zone that asks: one connection, kept while both sides keep it.
//! Follows nothing, repeats nothing, and never joins two chunks into one write.

use super::wire::{self, Message, Received, Unframed};
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(15);

/// A client of one port on loopback.
pub struct Client {
    port: u16,
    kept: Option<BufReader<TcpStream>>,
}

impl Client {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self { port, kept: None }
    }

    /// Sends a request and reads the answer to its end.
    ///
    /// # Errors
    /// When no head came back.
    pub fn exchange(&mut self, request: &Message) -> io::Result<Received> {
        if let Some(kept) = self.kept.take()
            && let Ok(received) = self.exchange_over(kept, request)
        {
            return Ok(received);
        }
        // A kept connection may have been closed since; that says nothing about the request.
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        self.exchange_over(BufReader::new(stream), request)
    }

    /// A plain `GET`.
    ///
    /// # Errors
    /// When no head came back.
    pub fn fetch(&mut self, target: &str) -> io::Result<Received> {
        self.exchange(&get(target))
    }

    fn exchange_over(
        &mut self,
        mut reader: BufReader<TcpStream>,
        request: &Message,
    ) -> io::Result<Received> {
        wire::send(reader.get_ref(), request)?;
        let head = request.first.starts_with(b"HEAD ");
        let received = loop {
            let received = receive_answer(&mut reader, head)?;
            // Interim answers are followed by the real one.
            if received.status() >= 200 {
                break received;
            }
        };
        let closes = received.header("connection").is_some_and(|value| value == "close");
        if received.complete && !closes && !request.cut {
            self.kept = Some(reader);
        }
        Ok(received)
    }
}

/// A `GET` for `localhost`.
#[must_use]
pub fn get(target: &str) -> Message {
    Message {
        first: format!("GET {target} HTTP/1.1").into_bytes(),
        headers: vec![(b"host".to_vec(), b"localhost".to_vec())],
        ..Message::default()
    }
}

fn receive_answer(reader: &mut BufReader<TcpStream>, head: bool) -> io::Result<Received> {
    let mut received = wire::receive_head(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    if head || matches!(received.status(), 100..=199 | 204 | 304) {
        received.complete = true;
        return Ok(received);
    }
    wire::receive_body(reader, &mut received, Unframed::UntilClosed);
    Ok(received)
}
