//! The echo behind a listener that is probed, as a small server.
//! Whatever comes, a connection has its time and its bytes, and there are so many of them at most.

use cofferdam_policy_compiler::probe::{Echo, Turn};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const CONNECTIONS_MAX: usize = 64;
/// For a whole request: a host behind a probe sends it at once.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// More bytes than any order and its value.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Counts a connection as long as it is there.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Serves for ever.
pub(super) fn serve(listener: &TcpListener, echo: &Echo) -> std::io::Error {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // Too many files, or a connection that was gone again: the next one may do.
            Err(error) if is_passing(&error) => {
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            Err(error) => return error,
        };
        let place = Place(Arc::clone(&open));
        if open.fetch_add(1, Ordering::AcqRel) >= CONNECTIONS_MAX {
            continue;
        }
        let echo = echo.clone();
        let begun = thread::Builder::new().spawn(move || {
            let _place = place;
            answer(stream, &echo);
        });
        // Without a thread the connection is closed, and its place free again.
        drop(begun);
    }
}

fn is_passing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{
        ConnectionAborted, ConnectionReset, Interrupted, InvalidInput, NotFound, PermissionDenied,
    };
    match error.kind() {
        ConnectionAborted | ConnectionReset | Interrupted => true,
        InvalidInput | NotFound | PermissionDenied => false,
        _ => true,
    }
}

fn answer(mut stream: TcpStream, echo: &Echo) {
    let begun = Instant::now();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    let _ = stream.set_write_timeout(Some(REQUEST_TIME));
    loop {
        let left = REQUEST_TIME.saturating_sub(begun.elapsed());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(buffer.get(..read).unwrap_or_default()),
        }
        if bytes.len() > REQUEST_BYTES_MAX {
            return;
        }
        match echo.take(&bytes) {
            Turn::Wait => {}
            Turn::Send(reply) => {
                let _ = stream.write_all(&reply).and_then(|()| stream.flush());
                let _ = stream.shutdown(Shutdown::Write);
                return;
            }
        }
    }
}
