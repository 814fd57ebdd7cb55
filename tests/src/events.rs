//! Streams of events as models send them: an answer in pieces with values planted in it, an upstream
//! that sends it event by event, and a client that counts what has come.
//! Every value is synthetic; the same seed gives the same answer.

use crate::envoy::client::get;
use crate::envoy::wire::{self, Framing, Message};
use anyhow::{Context as _, Result, ensure};
use cofferdam_shop::synthetic::{self, Numbers};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Most pieces of a planted value, and words between two of them.
const PIECES_MAX: u64 = 8;
const WORDS_BETWEEN: u64 = 24;
/// How long an upstream waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

const WORDS: &[&str] = &[
    " the", " rope", " holds", " in", " cold", " water", ",", " so", " keep", " it", " dry", ".",
    " A", " lamp", " of", " brass", " needs", " oil", " once", " a", " week", ":", "\n\n", "Un",
    "pack", " every", " box", " at", " home", " and", " look", " for", " sal", "ted", " edges",
    "!",
];

/// An answer of a model, event by event.
pub struct Answer {
    /// The events, each with its end.
    pub events: Vec<String>,
    /// What was planted, as it stands in the joined text.
    pub values: Vec<String>,
    /// The joined text.
    pub text: String,
    /// The same with each value redacted.
    pub redacted: String,
}

impl Answer {
    /// An answer of so many events, from the role of who speaks to `[DONE]`.
    #[must_use]
    pub fn new(seed: u64, events: usize) -> Self {
        let mut numbers = Numbers::new(seed);
        let mut customers = synthetic::customers(seed, 1);
        let mut answer = Self {
            events: vec![role()],
            values: vec![],
            text: String::new(),
            redacted: String::new(),
        };
        // The last two say that it ends; a value and what follows it need room before them.
        while answer.events.len() + 2 < events {
            let room = events - 2 - answer.events.len();
            let words = 4 + numbers.below(WORDS_BETWEEN);
            let customer = customers.next();
            let canary = customer.as_ref().map(|customer| numbers.pick(&customer.canaries));
            let pieces = 2 + numbers.below(PIECES_MAX - 1);
            match canary {
                Some(canary) if room as u64 > pieces + words => {
                    let value = canary.text.replace("\\u0040", "@");
                    answer.plant(&value, canary.category, pieces, &mut numbers);
                    (0..words).for_each(|_| answer.say(numbers.pick::<&str>(WORDS)));
                }
                _ => (0..room).for_each(|_| answer.say(numbers.pick::<&str>(WORDS))),
            }
        }
        answer.events.push(
            "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"choices\":[{\
             \"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n"
                .to_owned(),
        );
        answer.events.push("data: [DONE]\n\n".to_owned());
        answer
    }

    fn say(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.redacted.push_str(piece);
        self.events.push(event(piece));
    }

    /// A value in pieces, cut at places that differ from value to value.
    fn plant(&mut self, value: &str, category: &str, pieces: u64, numbers: &mut Numbers) {
        self.say(" is");
        let mut cuts: Vec<usize> = Vec::new();
        while (cuts.len() as u64) + 1 < pieces {
            let at = 1 + usize::try_from(numbers.below(value.len() as u64 - 1)).unwrap_or(0);
            if !cuts.contains(&at) {
                cuts.push(at);
            }
        }
        cuts.sort_unstable();
        let mut from = 0;
        for to in cuts.into_iter().chain([value.len()]) {
            let space = if from == 0 { " " } else { "" };
            self.events.push(event(&format!("{space}{}", &value[from..to])));
            from = to;
        }
        self.text.push_str(&format!(" {value}"));
        self.redacted.push_str(&format!(" [{category}]"));
        self.values.push(value.to_owned());
        self.say(" as");
    }
}

fn role() -> String {
    "data: {\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":1893456000,\
     \"model\":\"small-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\
     \"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
        .to_owned()
}

fn event(piece: &str) -> String {
    let piece = serde_json::Value::from(piece);
    format!(
        "data: {{\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":1893456000,\
         \"model\":\"small-1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{piece}}},\
         \"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
    )
}

/// How many events a stream has, and what its pieces are joined.
///
/// # Errors
/// When an event is not what an event of an answer must be.
pub fn joined(stream: &str) -> Result<(usize, String)> {
    let (mut count, mut text) = (0, String::new());
    let mut done = false;
    for event in stream.split_terminator("\n\n") {
        ensure!(!done, "something follows the end");
        let payload = event.strip_prefix("data: ").context("no payload")?;
        count += 1;
        if payload == "[DONE]" {
            done = true;
            continue;
        }
        let payload: serde_json::Value = serde_json::from_str(payload)?;
        let delta = payload.pointer("/choices/0/delta").context("no delta")?;
        text.push_str(
            delta.get("content").and_then(|content| content.as_str()).unwrap_or_default(),
        );
    }
    ensure!(done && stream.ends_with("\n\n"), "the stream has no end");
    Ok((count, text))
}

/// When an upstream sends its next event.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// The second when the first has come, and all others at once, a write for each.
    AfterFirst,
    /// After so long.
    Every(Duration),
}

/// An upstream that answers each request with the same events.
pub struct Source {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    stop: AtomicBool,
    pace: Pace,
    events: Vec<String>,
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    seen: usize,
    sent: Vec<Instant>,
    stalled: Option<usize>,
}

/// What came of a stream.
pub struct Read {
    /// The body.
    pub body: String,
    /// From the request to the first whole event.
    pub first: Duration,
    /// Of each event, how long after it was sent it had come, and how many others had been sent.
    pub late: Vec<(Duration, usize)>,
}

impl Source {
    /// Listens on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub fn start(events: Vec<String>, pace: Pace) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (stop, state, came) = (AtomicBool::new(false), Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { stop, pace, events, state, came });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::Acquire) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Ok(Self { port, shared })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Asks for the events through a proxy on loopback, and reads them to the end.
    ///
    /// # Errors
    /// When the connection fails, or the events stall.
    pub fn fetch(&self, proxy: u16) -> Result<Read> {
        *self.shared.state() = State::default();
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(2 * PATIENCE))?;
        let asked = Instant::now();
        wire::send(&stream, &get("/chat"))?;
        let mut reader = BufReader::new(stream);
        let head = wire::receive_head(&mut reader)?.context("no answer")?;
        ensure!(head.status() == 200, "status {}", head.status());
        let (mut body, mut arrived) = (Vec::new(), Vec::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16)?;
            let begun = body.len();
            body.resize(begun + size, 0);
            reader.read_exact(&mut body[begun..])?;
            reader.read_exact(&mut [0; 2])?;
            if size == 0 {
                break;
            }
            // An end may be cut in two.
            let ends = body[begun.saturating_sub(1)..].windows(2).filter(|end| end == b"\n\n");
            let now = Instant::now();
            arrived.extend(ends.map(|_| now));
            self.shared.state().seen = arrived.len();
            self.shared.came.notify_all();
        }
        let state = self.shared.state();
        ensure!(state.stalled.is_none(), "stalled at event {:?}", state.stalled);
        let late = arrived.iter().zip(&state.sent).enumerate().map(|(n, (came, sent))| {
            let others = state.sent.iter().skip(n + 1).take_while(|other| *other < came).count();
            (came.saturating_duration_since(*sent), others)
        });
        let first = *arrived.first().context("no event came")? - asked;
        Ok(Read { late: late.collect(), first, body: String::from_utf8(body)? })
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // Wakes the accepting thread, which then sees the flag.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while wire::receive(&mut reader)?.is_some() {
            let head = Message {
                first: b"HTTP/1.1 200 OK".to_vec(),
                headers: vec![
                    (b"content-type".to_vec(), b"text/event-stream".to_vec()),
                    (b"transfer-encoding".to_vec(), b"chunked".to_vec()),
                ],
                framing: Framing::Written,
                ..Message::default()
            };
            wire::send(stream, &head)?;
            for (n, event) in self.events.iter().enumerate() {
                self.wait(n);
                let mut stream = stream;
                self.state().sent.push(Instant::now());
                stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())?;
            }
            let mut stream = stream;
            stream.write_all(b"0\r\n\r\n")?;
        }
        Ok(())
    }

    /// Waits until event `n` may be sent.
    fn wait(&self, n: usize) {
        match self.pace {
            Pace::Every(pause) => return thread::sleep(pause),
            Pace::AfterFirst => {}
        }
        let least = usize::from(n == 1);
        let until = Instant::now() + PATIENCE;
        let mut state = self.state();
        while state.seen < least && state.stalled.is_none() {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                state.stalled = Some(n);
                return;
            };
            let woken = self.came.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
