//! The other zone: answers every request with the message it was given, and keeps what came.
//! Never answers by itself: without a message it closes the connection.

use super::wire::{self, Framing, Message, Received};
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// An upstream on loopback that plays one message at a time.
pub struct Upstream {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    play: Mutex<Play>,
    came: Condvar,
}

#[derive(Default)]
struct Play {
    answer: Option<Message>,
    received: Vec<Received>,
}

impl Upstream {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::Acquire) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // A peer that goes away ends its own connection, and nothing else.
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Ok(Self { port, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What to answer from now on; forgets what came before.
    pub fn answer(&self, message: Message) {
        let mut play = self.shared.play();
        play.answer = Some(message);
        play.received.clear();
    }

    /// Takes what came, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.shared.play().received)
    }

    /// Waits for a request that was cut off or came whole, and takes it.
    #[must_use]
    pub fn wait(&self, patience: Duration) -> Option<Received> {
        let until = Instant::now() + patience;
        let mut play = self.shared.play();
        while play.received.is_empty() {
            let left = until.checked_duration_since(Instant::now())?;
            let woken = self.shared.came.wait_timeout(play, left);
            play = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Some(play.received.remove(0))
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // Wakes the accepting thread, which then sees the flag.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = wire::receive(&mut reader)? {
        if shared.stop.load(Ordering::Acquire) {
            return Ok(());
        }
        let (complete, head) = (request.complete, request.first.starts_with(b"HEAD "));
        let answer = {
            let mut play = shared.play();
            play.received.push(request);
            play.answer.clone()
        };
        shared.came.notify_all();
        let (Some(mut answer), true) = (answer, complete) else { return Ok(()) };
        if head {
            answer.chunks.clear();
            answer.framing = Framing::Nothing;
        }
        wire::send(&stream, &answer)?;
        if answer.cut {
            return Ok(());
        }
    }
    Ok(())
}
