//! What the host knows while the guest runs: contexts, metrics, log lines, shared data.
//! Calls nothing.

use crate::Headers;
use crate::status::Status;
use crate::stream::{Stream, StreamId};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use wasmtime::{Memory, StoreLimits, TypedFunc};

/// How loud a log line is, by the numbers of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// 0
    Trace,
    /// 1
    Debug,
    /// 2
    Info,
    /// 3
    Warn,
    /// 4
    Error,
    /// 5
    Critical,
}

impl LogLevel {
    pub(crate) fn parse(number: u32) -> Option<Self> {
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Critical]
            .get(number as usize)
            .copied()
    }
}

/// One line that the guest logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How loud.
    pub level: LogLevel,
    /// What it says; not UTF-8 by any law.
    pub text: Vec<u8>,
}

/// What kind of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Is set.
    Gauge,
    /// Is recorded into; the value is the sum.
    Histogram,
}

/// A metric that the guest defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// What kind.
    pub kind: MetricKind,
    /// Its name, labels and all.
    pub name: String,
    /// Its value now.
    pub value: i64,
}

/// A call that the guest made of another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// Names it in its answer.
    pub token: u32,
    pub(crate) root: u32,
    /// Whom it asks.
    pub cluster: String,
    /// What it asks.
    pub head: Headers,
    /// What comes with it.
    pub body: Vec<u8>,
    /// How long the guest would wait.
    pub timeout_millis: u32,
}

/// What came back of a call; without a head it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The head of the answer.
    pub head: Headers,
    /// Its body.
    pub body: Vec<u8>,
}

/// Data that all VMs of one id share.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    inner: Rc<RefCell<Versions>>,
}

#[derive(Debug, Default)]
struct Versions {
    values: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    last: u32,
}

impl Shared {
    pub(crate) fn read(&self, key: &[u8]) -> Option<(Vec<u8>, u32)> {
        self.inner.borrow().values.get(key).cloned()
    }

    /// Writes; a `cas` of 0 is unconditional. Versions count over all keys.
    pub(crate) fn write(&self, key: &[u8], value: Vec<u8>, cas: u32) -> Result<(), Status> {
        let mut inner = self.inner.borrow_mut();
        let now = inner.values.get(key).map_or(0, |(_, cas)| *cas);
        if cas != 0 && cas != now {
            return Err(Status::CasMismatch);
        }
        inner.last += 1;
        let version = inner.last;
        inner.values.insert(key.to_vec(), (value, version));
        Ok(())
    }
}

/// One configuration of the plugin, in this VM.
#[derive(Debug, Default)]
pub(crate) struct Root {
    pub(crate) configuration: Vec<u8>,
    pub(crate) tick_millis: u32,
    pub(crate) streams_open: usize,
    pub(crate) retired: bool,
    pub(crate) done: bool,
}

/// Which callback runs: some things exist only in some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Root,
    RequestHead,
    RequestBody,
    RequestTrailers,
    ResponseHead,
    ResponseBody,
    ResponseTrailers,
    Log,
    Done,
}

/// Everything behind the host calls.
pub(crate) struct State {
    pub(crate) memory: Option<Memory>,
    pub(crate) allocate: Option<TypedFunc<u32, u32>>,
    pub(crate) limits: StoreLimits,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) vm_configuration: Vec<u8>,
    pub(crate) roots: BTreeMap<u32, Root>,
    pub(crate) streams: BTreeMap<StreamId, Stream>,
    /// Context that host calls speak of.
    pub(crate) effective: u32,
    pub(crate) phase: Phase,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) root_properties: BTreeMap<String, Vec<u8>>,
    pub(crate) shared: Shared,
    pub(crate) write_bytes_max: usize,
    /// Services that may be asked.
    pub(crate) clusters: BTreeSet<String>,
    pub(crate) http_calls: Vec<HttpCall>,
    pub(crate) http_calls_made: u32,
    /// The answer that a callback is told of.
    pub(crate) http_answer: Option<HttpAnswer>,
    pub(crate) clock_nanos: u64,
    pub(crate) random: u64,
    /// Names of the host calls of the callback that runs, in order.
    pub(crate) calls: Vec<&'static str>,
    pub(crate) restricted: BTreeSet<String>,
}

impl State {
    pub(crate) fn log(&mut self, level: LogLevel, text: &[u8]) {
        self.logs.push(LogLine { level, text: text.to_vec() });
    }

    /// The stream that host calls speak of.
    pub(crate) fn stream(&mut self) -> Result<&mut Stream, Status> {
        self.streams.get_mut(&StreamId(self.effective)).ok_or(Status::BadArgument)
    }

    /// The root that host calls speak of, directly or through a stream.
    pub(crate) fn root(&mut self) -> Result<&mut Root, Status> {
        let id = match self.streams.get(&StreamId(self.effective)) {
            Some(stream) => stream.root,
            None => self.effective,
        };
        self.roots.get_mut(&id).ok_or(Status::BadArgument)
    }

    /// The next bytes of the seeded randomness (xorshift).
    pub(crate) fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count)
            .map(|_| {
                self.random ^= self.random << 13;
                self.random ^= self.random >> 7;
                self.random ^= self.random << 17;
                (self.random >> 24) as u8
            })
            .collect()
    }
}
