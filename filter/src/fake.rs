//! A host for tests: one plugin, one exchange at a time, with buffers, header lists and filter
//! state of its own, where any call can be made to fail. Behaves as Envoy was seen to.

use crate::host::{Buffer, Host, HostError, Kind, Level, Map, Message, Reply};
use crate::pairs;
use crate::root::Root;
use crate::stream::{Stream, Turn};
use crate::vm::Vm;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::trust::Time;
use cofferdam_policy_compiler::throwaway::Throwaway;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// What time it is, unless a test says else.
pub(crate) const NOW: Time = Time(1_700_000_000);

/// Who signs what the host is given.
pub(crate) static PEOPLE: LazyLock<Throwaway> =
    LazyLock::new(|| Throwaway::new([3; 32], NOW, Digest::of(b"the module")));

/// Which calls fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Fault {
    #[default]
    None,
    /// Every call of this name, as if it were missing from the allow-list.
    Restricted(&'static str),
    /// The call of this number, with this status.
    Once(usize, u32),
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) fault: Fault,
    pub(crate) calls: Vec<&'static str>,
    pub(crate) environment: Vec<String>,
    pub(crate) config: Vec<u8>,
    pub(crate) properties: BTreeMap<String, Vec<u8>>,
    pub(crate) states: BTreeMap<String, Vec<u8>>,
    pub(crate) log: Vec<String>,
    pub(crate) metrics: Vec<(String, i64)>,
    pub(crate) shared: BTreeMap<String, (Vec<u8>, u32)>,
    pub(crate) maps: BTreeMap<u32, Headers>,
    pub(crate) buffers: BTreeMap<u32, Vec<u8>>,
    pub(crate) ticks: bool,
    pub(crate) resumed: bool,
    pub(crate) cut: bool,
    pub(crate) reply: Option<(u16, String)>,
}

/// The host. Clones are the same host.
#[derive(Clone, Default)]
pub(crate) struct Fake(pub(crate) Rc<RefCell<State>>);

impl Fake {
    fn call(&self, name: &'static str) -> Result<std::cell::RefMut<'_, State>, HostError> {
        let mut state = self.0.borrow_mut();
        let number = state.calls.len();
        state.calls.push(name);
        match state.fault {
            Fault::Restricted(restricted) if restricted == name => Err(HostError::new(name, 10)),
            Fault::Once(at, status) if at == number => Err(HostError::new(name, status)),
            Fault::None | Fault::Restricted(_) | Fault::Once(..) => Ok(state),
        }
    }

    pub(crate) fn metric(&self, name: &str) -> i64 {
        self.0.borrow().metrics.iter().filter(|(n, _)| n == name).map(|(_, value)| value).sum()
    }
}

impl Host for Fake {
    fn log(&self, _level: Level, text: &str) -> Result<(), HostError> {
        self.call("log")?.log.push(text.to_owned());
        Ok(())
    }

    fn now_nanos(&self) -> Result<u64, HostError> {
        self.call("now").map(|_| NOW.0 * 1_000_000_000)
    }

    fn tick_every(&self, _millis: u32) -> Result<(), HostError> {
        self.call("tick")?.ticks = true;
        Ok(())
    }

    fn environment(&self) -> Result<Vec<Vec<u8>>, HostError> {
        let state = self.call("environment")?;
        Ok(state.environment.iter().map(|variable| variable.clone().into_bytes()).collect())
    }

    fn random(&self) -> Option<[u8; 16]> {
        None
    }

    fn read(&self, buffer: Buffer, start: usize, bytes: usize) -> Result<Vec<u8>, HostError> {
        let state = self.call("read")?;
        let whole = match buffer {
            Buffer::Configuration => &state.config,
            Buffer::RequestBody | Buffer::ResponseBody => {
                state.buffers.get(&(buffer as u32)).ok_or(HostError::new("read", 1))?
            }
        };
        let end = start.saturating_add(bytes).min(whole.len());
        Ok(whole.get(start..end).unwrap_or_default().to_vec())
    }

    fn replace(&self, buffer: Buffer, bytes: usize, with: &[u8]) -> Result<(), HostError> {
        let mut state = self.call("replace")?;
        let whole = state.buffers.entry(buffer as u32).or_default();
        let end = bytes.min(whole.len());
        whole.splice(..end, with.iter().copied());
        Ok(())
    }

    fn append(&self, buffer: Buffer, bytes: usize, more: &[u8]) -> Result<(), HostError> {
        let mut state = self.call("append")?;
        let whole = state.buffers.entry(buffer as u32).or_default();
        if bytes < whole.len() && bytes > 0 {
            return Err(HostError::new("append", 2));
        }
        whole.extend_from_slice(more);
        Ok(())
    }

    fn resume(&self, _message: Message) -> Result<(), HostError> {
        self.call("resume")?.resumed = true;
        Ok(())
    }

    fn cut(&self, _message: Message) -> Result<(), HostError> {
        self.call("cut")?.cut = true;
        Ok(())
    }

    fn reply(&self, reply: &Reply<'_>) -> Result<(), HostError> {
        let mut state = self.call("reply")?;
        state.reply = Some((reply.status, String::from_utf8_lossy(reply.body).into_owned()));
        state.properties.insert("response\0code_details".to_owned(), reply.details.into());
        Ok(())
    }

    fn headers(&self, map: Map) -> Result<Vec<u8>, HostError> {
        let state = self.call("headers")?;
        let headers = state.maps.get(&(map as u32)).ok_or(HostError::new("headers", 1))?;
        Ok(pairs::write(headers).expect("short enough"))
    }

    fn set_headers(&self, map: Map, raw: &[u8]) -> Result<(), HostError> {
        let headers = pairs::parse(raw).ok_or(HostError::new("set_headers", 2))?;
        self.call("set_headers")?.maps.insert(map as u32, headers);
        Ok(())
    }

    fn set_header(&self, map: Map, name: &[u8], value: &[u8]) -> Result<(), HostError> {
        let mut state = self.call("set_header")?;
        let headers = state.maps.entry(map as u32).or_default();
        match headers.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value.into(),
            None => headers.push((name.into(), value.into())),
        }
        Ok(())
    }

    fn remove_header(&self, map: Map, name: &[u8]) -> Result<(), HostError> {
        let mut state = self.call("remove_header")?;
        state.maps.entry(map as u32).or_default().retain(|(other, _)| other != name);
        Ok(())
    }

    fn property(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        Ok(self.call("property")?.properties.get(path).cloned())
    }

    fn set_state(&self, key: &str, value: &[u8]) -> Result<(), HostError> {
        self.call("set_state")?.states.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn shared(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, HostError> {
        Ok(self.call("shared")?.shared.get(key).cloned())
    }

    fn share(&self, key: &str, value: &[u8], since: u32) -> Result<bool, HostError> {
        let mut state = self.call("share")?;
        let number = state.shared.get(key).map_or(0, |(_, number)| *number);
        let fits = since == 0 || since == number;
        if fits {
            state.shared.insert(key.to_owned(), (value.to_vec(), number + 1));
        }
        Ok(fits)
    }

    fn define(&self, _kind: Kind, name: &str) -> Result<u32, HostError> {
        let mut state = self.call("define")?;
        state.metrics.push((name.to_owned(), 0));
        Ok(u32::try_from(state.metrics.len() - 1).expect("few metrics"))
    }

    fn add(&self, metric: u32, offset: i64) -> Result<(), HostError> {
        self.call("add")?.metrics[metric as usize].1 += offset;
        Ok(())
    }

    fn set(&self, metric: u32, value: u64) -> Result<(), HostError> {
        self.call("set")?.metrics[metric as usize].1 = i64::try_from(value).expect("small");
        Ok(())
    }
}

/// One message that somebody sends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) head: Headers,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) trailers: Option<Headers>,
}

/// What arrived of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) head: Option<Headers>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<Headers>,
    pub(crate) complete: bool,
}

/// Callbacks that the host never makes, as if they were missing from its allow-list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Missing {
    #[default]
    Nothing,
    Head(Message),
    Body(Message),
    Trailers(Message),
    Log,
}

/// One VM of the host.
pub(crate) struct Proxy {
    pub(crate) host: Fake,
    pub(crate) vm: Rc<Vm>,
    pub(crate) root: Root<Fake>,
    pub(crate) missing: Missing,
}

/// What became of one exchange.
pub(crate) struct Over {
    pub(crate) upstream: Arrived,
    pub(crate) client: Arrived,
    pub(crate) reply: Option<(u16, String)>,
}

impl Proxy {
    /// A VM with this configuration, and whether it accepted that.
    pub(crate) fn new(config: &[u8], environment: &[&str], fault: Fault) -> (Self, bool) {
        let host = Fake::default();
        {
            let mut state = host.0.borrow_mut();
            state.config = config.to_vec();
            let told =
                PEOPLE.environment().into_iter().map(|(name, value)| format!("{name}={value}"));
            state.environment = environment.iter().map(|&it| it.to_owned()).chain(told).collect();
            state.fault = fault;
        }
        let vm = Rc::new(Vm::default());
        let mut root = Root::new(host.clone(), Rc::clone(&vm), 1);
        let accepted = root.configure(config.len());
        if host.0.borrow().ticks {
            root.tick();
        }
        (Self { host, vm, root, missing: Missing::Nothing }, accepted)
    }

    /// Plays one exchange to its end. The guard stands behind the filter.
    pub(crate) fn play(&self, request: &Sent, response: &Sent) -> Over {
        {
            let mut state = self.host.0.borrow_mut();
            state.maps.clear();
            state.buffers.clear();
            state.states.clear();
            (state.reply, state.cut, state.resumed) = (None, false, false);
            for details in ["response\0code_details", "response\0size", "response\0total_size"] {
                state.properties.remove(details);
            }
        }
        let mut stream = self.root.stream();
        let upstream = self.message(&mut stream, Message::Request, request);
        let mut client = Arrived::default();
        let stopped = self.host.0.borrow().reply.is_some() || self.host.0.borrow().cut;
        if upstream.complete && !stopped {
            self.tell("response\0code_details", b"via_upstream");
            let sent: usize = request.chunks.iter().map(Vec::len).sum();
            self.tell("request\0total_size", &(sent as u64).to_le_bytes());
            client = self.message(&mut stream, Message::Response, response);
            self.tell("response\0size", &(client.body.len() as u64).to_le_bytes());
            self.tell("response\0total_size", &(client.body.len() as u64 + 99).to_le_bytes());
            if client.trailers.is_some() && !self.speaks_http_3() {
                self.tell("response\0trailers", b"\x01");
            }
        }
        if self.missing != Missing::Log && !self.speaks_http_3() {
            stream.log();
        }
        stream.done();
        drop(stream);
        let reply = self.host.0.borrow().reply.clone();
        Over { upstream, client, reply }
    }

    pub(crate) fn tell(&self, property: &str, value: &[u8]) {
        self.host.0.borrow_mut().properties.insert(property.to_owned(), value.to_vec());
    }

    /// Envoy logs without its filters then, and has forgotten trailers when it is done with them.
    fn speaks_http_3(&self) -> bool {
        let state = self.host.0.borrow();
        state.properties.get("request\0protocol").is_some_and(|protocol| protocol == b"HTTP/3")
    }

    fn message(&self, stream: &mut Stream<Fake>, message: Message, sent: &Sent) -> Arrived {
        let mut arrived = Arrived::default();
        let (map, buffer) = (message.headers() as u32, message.body() as u32);
        self.host.0.borrow_mut().maps.insert(map, sent.head.clone());
        let ends = sent.chunks.is_empty() && sent.trailers.is_none();
        let mut turn = Turn::Continue;
        if self.missing != Missing::Head(message) {
            turn = match message {
                Message::Request => stream.request_headers(ends),
                Message::Response => stream.response_headers(ends),
            };
        }
        if !self.step(message, turn, &mut arrived) {
            return arrived;
        }
        let last = sent.chunks.len();
        for (n, chunk) in sent.chunks.iter().enumerate() {
            let bytes = {
                let mut state = self.host.0.borrow_mut();
                let whole = state.buffers.entry(buffer).or_default();
                whole.extend_from_slice(chunk);
                whole.len()
            };
            let end = n + 1 == last && sent.trailers.is_none();
            turn = match self.missing == Missing::Body(message) {
                true => Turn::Continue,
                false => stream.body(message, bytes, end),
            };
            if !self.step(message, turn, &mut arrived) {
                return arrived;
            }
        }
        if let Some(trailers) = &sent.trailers {
            let map = message.trailers() as u32;
            self.host.0.borrow_mut().maps.insert(map, trailers.clone());
            turn = match self.missing == Missing::Trailers(message) {
                true => Turn::Continue,
                false => stream.trailers(message),
            };
            if !self.step(message, turn, &mut arrived) {
                return arrived;
            }
            if turn == Turn::Continue {
                arrived.trailers = self.host.0.borrow().maps.get(&map).cloned();
            }
        }
        arrived.complete = turn == Turn::Continue;
        arrived
    }

    /// What the host does once a callback is over. Whether the message goes on.
    fn step(&self, message: Message, turn: Turn, arrived: &mut Arrived) -> bool {
        let mut state = self.host.0.borrow_mut();
        if state.reply.is_some() || state.cut {
            return false;
        }
        if std::mem::take(&mut state.resumed) || turn == Turn::Continue {
            let guarded = state.states.contains_key("cofferdam.guard");
            if message == Message::Request && arrived.head.is_none() && !guarded {
                state.reply = Some((403, "guard".to_owned()));
                let details = b"rbac_access_denied_matched_policy[none]".to_vec();
                state.properties.insert("response\0code_details".to_owned(), details);
                return false;
            }
            let head = state.maps.get(&(message.headers() as u32)).cloned();
            arrived.head = arrived.head.take().or(head);
            let buffer = state.buffers.entry(message.body() as u32).or_default();
            arrived.body.append(buffer);
        }
        true
    }
}
