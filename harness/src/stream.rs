//! One HTTP stream, as the host holds it: heads, buffers, what has left.
//! Knows Envoy's rules of what leaves when, and calls no guest.

use crate::Headers;
use std::collections::BTreeMap;

/// Names one stream of a VM: the guest's context id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub(crate) u32);

/// What a host knows about a stream before anything of it came.
#[derive(Clone, Debug, Default)]
pub struct StreamSpec {
    /// Properties by their dotted path, as raw bytes.
    pub properties: BTreeMap<String, Vec<u8>>,
    /// Those that come, or change, with the response.
    pub response_properties: BTreeMap<String, Vec<u8>>,
}

/// A message as it came out of the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The head.
    pub head: Headers,
    /// All that came of the body.
    pub body: Vec<u8>,
    /// In which pieces it came.
    pub chunks: Vec<usize>,
    /// The trailers.
    pub trailers: Headers,
    /// The end came. Otherwise it was cut, or hangs.
    pub complete: bool,
}

impl Received {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.head.iter().find(|(other, _)| other == name.as_bytes()).map(|(_, value)| &value[..])
    }
}

/// One callback, as it was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The export.
    pub name: &'static str,
    /// Fuel that it used.
    pub fuel: u64,
    /// Host calls that it made, in order.
    pub calls: Vec<&'static str>,
}

/// What one exchange came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the upstream received; none when nothing at all.
    pub upstream: Option<Received>,
    /// What the client received; none when nothing at all.
    pub client: Option<Received>,
    /// Why the response is what it is: `via_upstream`, or what a local reply says.
    pub details: String,
    /// The stream was reset by the guest.
    pub closed: bool,
    /// Lines that were logged meanwhile.
    pub logs: Vec<crate::LogLine>,
    /// Filter state at the end, by its whole key.
    pub filter_state: BTreeMap<String, Vec<u8>>,
    /// Callbacks, in order.
    pub callbacks: Vec<Callback>,
    /// Memory of the VM at the end.
    pub memory_bytes: usize,
    /// What the guest trapped with.
    pub trap: Option<String>,
}

impl Outcome {
    /// Status that the client received.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let status = self.client.as_ref()?.header(":status")?;
        std::str::from_utf8(status).ok()?.parse().ok()
    }

    /// Fuel of all callbacks.
    #[must_use]
    pub fn fuel(&self) -> u64 {
        self.callbacks.iter().map(|callback| callback.fuel).sum()
    }
}

/// Which half of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

/// What the guest asked for inside of a callback, which happens after it.
#[derive(Debug)]
pub(crate) enum Pending {
    Continue(Side),
    Close,
    Reply(Reply),
}

/// A local reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u32,
    pub(crate) details: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Headers,
    pub(crate) grpc_status: i32,
}

/// What arrived while a paused head kept everything back.
#[derive(Debug)]
pub(crate) enum Waiting {
    Chunk(Vec<u8>, bool),
    Trailers(Headers),
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Half {
    /// What the guest reads and edits. What has left does not change any more.
    pub(crate) head: Option<Headers>,
    pub(crate) trailers: Option<Headers>,
    /// The guest can reach the head: it has not said yet that it may go.
    pub(crate) head_at_hand: bool,
    /// The same of trailers.
    pub(crate) trailers_at_hand: bool,
    pub(crate) buffer: Vec<u8>,
    /// The last callback of the head said to pause.
    pub(crate) head_paused: bool,
    /// The last callback of the body said to pause: the buffer is the host's, and grows.
    pub(crate) body_paused: bool,
    /// Nothing goes on until a callback says so, or a continue.
    pub(crate) stopped: bool,
    /// The end of the message has arrived.
    pub(crate) ended: bool,
    pub(crate) waiting: Vec<Waiting>,
    head_left: bool,
    received: Received,
}

impl Half {
    pub(crate) fn head_left(&self) -> bool {
        self.head_left
    }

    /// Lets on all that is here: head, buffer and, where the message has ended, its end.
    pub(crate) fn release(&mut self) {
        self.release_head();
        if !self.buffer.is_empty() {
            self.received.chunks.push(self.buffer.len());
            self.received.body.append(&mut self.buffer);
        }
        if self.ended && !self.received.complete {
            self.received.complete = true;
            self.received.trailers = self.trailers.clone().unwrap_or_default();
        }
        self.stopped = false;
    }

    /// Lets on the head alone.
    pub(crate) fn release_head(&mut self) {
        self.head_paused = false;
        if !self.head_left {
            self.head_left = true;
            self.received.head = self.head.clone().unwrap_or_default();
        }
    }

    /// What came out, or nothing.
    pub(crate) fn received(&self) -> Option<Received> {
        self.head_left.then(|| self.received.clone())
    }

    /// What came out becomes exactly this reply, past the filter.
    pub(crate) fn replace(&mut self, head: Headers, body: Vec<u8>) {
        *self = Self { head: Some(head), buffer: body, ended: true, ..Self::default() };
        self.release();
    }
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) root: u32,
    pub(crate) spec: StreamSpec,
    pub(crate) request: Half,
    pub(crate) response: Half,
    pub(crate) pending: Vec<Pending>,
    pub(crate) filter_state: BTreeMap<String, Vec<u8>>,
    /// The response has begun: what comes with it is known.
    pub(crate) responding: bool,
    /// A local reply is on its way, or has left.
    pub(crate) replied: bool,
    /// Nothing more happens.
    pub(crate) dead: bool,
    pub(crate) closed: bool,
    pub(crate) details: String,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) logs_from: usize,
    /// The body callback that runs now has the end of the stream.
    pub(crate) end_of_stream: bool,
    /// The buffer can be reached: inside of a body callback, or while it is the host's.
    pub(crate) in_body: Option<Side>,
    /// The callback that runs has let the request on.
    pub(crate) request_resumed: bool,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
}

impl Stream {
    pub(crate) fn new(root: u32, spec: StreamSpec, logs_from: usize) -> Self {
        Self {
            root,
            spec,
            request: Half::default(),
            response: Half::default(),
            pending: Vec::new(),
            filter_state: BTreeMap::new(),
            responding: false,
            replied: false,
            dead: false,
            closed: false,
            details: "via_upstream".into(),
            callbacks: Vec::new(),
            logs_from,
            end_of_stream: false,
            in_body: None,
            request_resumed: false,
            request_bytes: 0,
            response_bytes: 0,
        }
    }

    pub(crate) fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }

    /// Whether the guest can reach the buffer now; otherwise reads are empty, writes refused.
    pub(crate) fn has_buffer(&self, side: Side) -> bool {
        let half = match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        };
        let resumed = side == Side::Request && self.request_resumed;
        self.in_body == Some(side) && !resumed || half.body_paused
    }

    pub(crate) fn is_head_request(&self) -> bool {
        let mut head = self.request.head.iter().flatten();
        head.any(|(name, value)| name == b":method" && value == b"HEAD")
    }

    pub(crate) fn is_grpc(&self) -> bool {
        let mut head = self.request.head.iter().flatten();
        head.any(|(name, value)| {
            let kind = value.strip_prefix(b"application/grpc").filter(|_| name == b"content-type");
            // gRPC-Web is something else.
            kind.is_some_and(|kind| kind.is_empty() || kind.starts_with(b"+"))
        })
    }
}
