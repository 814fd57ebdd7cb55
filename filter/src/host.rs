//! What the filter asks of its host, with every odd answer as a value.
//! Natively tests play this part. Never decides, and never panics on what a host answers.

use std::fmt;

/// What can be asked of a host. Every call may fail, and a failure is never taken for an answer.
pub trait Host {
    /// Writes one line to the host's log.
    fn log(&self, level: Level, text: &str) -> Result<(), HostError>;
    /// Nanoseconds since the Unix epoch.
    fn now_nanos(&self) -> Result<u64, HostError>;
    /// Asks for a tick every so often.
    fn tick_every(&self, millis: u32) -> Result<(), HostError>;
    /// The environment that the VM is granted: `NAME=value`, one each.
    fn environment(&self) -> Result<Vec<Vec<u8>>, HostError>;
    /// Unpredictable bytes, where the host grants them.
    fn random(&self) -> Option<[u8; 16]>;

    /// Reads bytes of a buffer.
    fn read(&self, buffer: Buffer, start: usize, bytes: usize) -> Result<Vec<u8>, HostError>;
    /// Puts bytes in place of the first `bytes` bytes. (Hosts replace at the beginning only.)
    fn replace(&self, buffer: Buffer, bytes: usize, with: &[u8]) -> Result<(), HostError>;
    /// Puts bytes behind the `bytes` bytes that the buffer has.
    fn append(&self, buffer: Buffer, bytes: usize, more: &[u8]) -> Result<(), HostError>;
    /// Lets what is held of a message go on once this callback is over.
    fn resume(&self, message: Message) -> Result<(), HostError>;
    /// Cuts a message off.
    fn cut(&self, message: Message) -> Result<(), HostError>;
    /// Replies in place of whoever would have; cuts where a head has left already.
    fn reply(&self, reply: &Reply<'_>) -> Result<(), HostError>;

    /// All headers of a map, in the host's own layout (see [`crate::pairs`]).
    fn headers(&self, map: Map) -> Result<Vec<u8>, HostError>;
    /// Puts other headers in place of all there are.
    fn set_headers(&self, map: Map, pairs: &[u8]) -> Result<(), HostError>;
    /// Puts one header in place of those of its name.
    fn set_header(&self, map: Map, name: &[u8], value: &[u8]) -> Result<(), HostError>;
    /// Takes all headers of a name away.
    fn remove_header(&self, map: Map, name: &[u8]) -> Result<(), HostError>;

    /// A property by its path, segments divided by a zero byte; none where there is none.
    fn property(&self, path: &str) -> Result<Option<Vec<u8>>, HostError>;
    /// Sets a filter state.
    fn set_state(&self, key: &str, value: &[u8]) -> Result<(), HostError>;

    /// What VMs of one host share under a key, and the number that says which writing it is; none
    /// where nothing was written.
    fn shared(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, HostError>;
    /// Shares something under a key, where nothing else was written since that number was read (0:
    /// where nothing ever was). Whether it was.
    fn share(&self, key: &str, value: &[u8], since: u32) -> Result<bool, HostError>;

    /// The number of a metric, which begins to exist.
    fn define(&self, kind: Kind, name: &str) -> Result<u32, HostError>;
    /// Adds to a counter or gauge.
    fn add(&self, metric: u32, offset: i64) -> Result<(), HostError>;
    /// Sets a gauge.
    fn set(&self, metric: u32, value: u64) -> Result<(), HostError>;
}

/// A host call that did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostError {
    call: &'static str,
    status: u32,
}

impl HostError {
    /// A call that came back with this status.
    #[must_use]
    pub const fn new(call: &'static str, status: u32) -> Self {
        Self { call, status }
    }

    /// An answer that cannot be: too short, or not laid out as agreed.
    #[must_use]
    pub const fn malformed(call: &'static str) -> Self {
        Self { call, status: u32::MAX }
    }

    /// The host refuses the call to this VM altogether: it is missing from the allow-list, or the
    /// host is broken inside. Either way the next exchange would fare no better.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        self.status == INTERNAL_FAILURE || self.status == UNIMPLEMENTED
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            u32::MAX => write!(f, "`{}` gave an answer that cannot be read", self.call),
            status => write!(f, "`{}` came back with status {status}", self.call),
        }
    }
}

impl std::error::Error for HostError {}

/// Status of a call that is not on the allow-list.
pub const INTERNAL_FAILURE: u32 = 10;
const UNIMPLEMENTED: u32 = 12;

/// One of the two messages of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// From caller to callee.
    Request,
    /// Back.
    Response,
}

impl Message {
    /// The word for entries and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }

    /// The buffer with this message's body.
    #[must_use]
    pub const fn body(self) -> Buffer {
        match self {
            Self::Request => Buffer::RequestBody,
            Self::Response => Buffer::ResponseBody,
        }
    }

    /// This message's headers.
    #[must_use]
    pub const fn headers(self) -> Map {
        match self {
            Self::Request => Map::RequestHeaders,
            Self::Response => Map::ResponseHeaders,
        }
    }

    /// This message's trailers.
    #[must_use]
    pub const fn trailers(self) -> Map {
        match self {
            Self::Request => Map::RequestTrailers,
            Self::Response => Map::ResponseTrailers,
        }
    }
}

/// A run of bytes that the host holds. The numbers are proxy-wasm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Buffer {
    /// Body of the request.
    RequestBody = 0,
    /// Body of the response.
    ResponseBody = 1,
    /// Configuration of the plugin.
    Configuration = 7,
}

/// A list of headers that the host holds. The numbers are proxy-wasm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Map {
    /// Headers of the request.
    RequestHeaders = 0,
    /// Trailers of the request.
    RequestTrailers = 1,
    /// Headers of the response.
    ResponseHeaders = 2,
    /// Trailers of the response.
    ResponseTrailers = 3,
}

/// How much a line of the log matters. The numbers are proxy-wasm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Level {
    /// Entries.
    Info = 2,
    /// Works, but not as somebody meant.
    Warn = 3,
    /// Denies.
    Error = 4,
}

/// Kinds of metrics. The numbers are proxy-wasm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Grows only.
    Counter = 0,
    /// Goes up and down.
    Gauge = 1,
}

/// What a blocked sender is told.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'r> {
    /// HTTP status.
    pub status: u16,
    /// gRPC status, which the host puts in its place where the request was gRPC.
    pub grpc_status: u8,
    /// What the access log says about it.
    pub details: &'r str,
    /// The body.
    pub body: &'r [u8],
    /// Headers in the host's own layout.
    pub headers: &'r [u8],
}
