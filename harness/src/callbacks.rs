//! Drives the callbacks of a stream with what arrives, and lets on what the guest says may go.
//! Decides nothing about bytes: what leaves when is Envoy's rule, and what leaves is the guest's.

use crate::Headers;
use crate::map::Map;
use crate::state::{Phase, State};
use crate::stream::{
    Callback, Half, Outcome, Pending, Reply, Side, Stream, StreamId, StreamSpec, Waiting,
};
use crate::vm::Vm;
use wasmtime::WasmParams;

const CONTINUE: u32 = 0;

struct Names {
    head: (&'static str, Phase),
    body: (&'static str, Phase),
    trailers: (&'static str, Phase),
}

impl Side {
    fn names(self) -> Names {
        match self {
            Self::Request => Names {
                head: ("proxy_on_request_headers", Phase::RequestHead),
                body: ("proxy_on_request_body", Phase::RequestBody),
                trailers: ("proxy_on_request_trailers", Phase::RequestTrailers),
            },
            Self::Response => Names {
                head: ("proxy_on_response_headers", Phase::ResponseHead),
                body: ("proxy_on_response_body", Phase::ResponseBody),
                trailers: ("proxy_on_response_trailers", Phase::ResponseTrailers),
            },
        }
    }
}

impl Vm {
    /// Begins a stream under the newest configuration.
    pub fn open(&mut self, spec: StreamSpec) -> StreamId {
        let id = self.fresh_id();
        let root = self.root;
        let state = self.store.data_mut();
        let logs_from = state.logs.len();
        state.streams.insert(StreamId(id), Stream::new(root, spec, logs_from));
        if let Some(root) = state.roots.get_mut(&root) {
            root.streams_open += 1;
        }
        if root != 0 {
            self.call(StreamId(id), Phase::Root, "proxy_on_context_create", (id, root));
        }
        StreamId(id)
    }

    /// The request's head arrives.
    pub fn request_head(&mut self, id: StreamId, head: Headers, end: bool) {
        if self.root == 0 || self.failed.is_some() {
            self.fail(id);
        }
        self.head(id, Side::Request, head, end);
    }

    /// A chunk of the request's body arrives.
    pub fn request_body(&mut self, id: StreamId, chunk: &[u8], end: bool) {
        if self.receives(id) {
            self.body(id, Side::Request, chunk, end);
        }
    }

    /// The request's trailers arrive.
    pub fn request_trailers(&mut self, id: StreamId, trailers: Headers) {
        if self.receives(id) {
            self.trailers(id, Side::Request, trailers);
        }
    }

    /// The response's head arrives.
    pub fn response_head(&mut self, id: StreamId, head: Headers, end: bool) {
        if self.receives(id) {
            self.head(id, Side::Response, head, end);
        }
    }

    /// A chunk of the response's body arrives.
    pub fn response_body(&mut self, id: StreamId, chunk: &[u8], end: bool) {
        if self.receives(id) {
            self.body(id, Side::Response, chunk, end);
        }
    }

    /// The response's trailers arrive.
    pub fn response_trailers(&mut self, id: StreamId, trailers: Headers) {
        if self.receives(id) {
            self.trailers(id, Side::Response, trailers);
        }
    }

    /// Whether the request has left whole, so that an upstream would answer.
    #[must_use]
    pub fn upstream_answers(&self, id: StreamId) -> bool {
        let stream = self.store.data().streams.get(&id);
        stream.is_some_and(|stream| {
            !stream.dead
                && !stream.replied
                && stream.request.received().is_some_and(|received| received.complete)
        })
    }

    /// The stream ends, however far it came.
    pub fn close(&mut self, id: StreamId) -> Outcome {
        // Envoy writes its access log first, and then destroys the filter.
        self.call(id, Phase::Log, "proxy_on_log", id.0);
        let done = self.call(id, Phase::Done, "proxy_on_done", id.0);
        if done != Some(0) {
            self.call(id, Phase::Done, "proxy_on_delete", id.0);
        }
        let memory_bytes = self.memory_bytes();
        let trap = self.failed.clone();
        let state = self.store.data_mut();
        let Some(stream) = state.streams.remove(&id) else { return Outcome::default() };
        let logs = state.logs.get(stream.logs_from..).unwrap_or_default().to_vec();
        if let Some(root) = state.roots.get_mut(&stream.root) {
            root.streams_open -= 1;
        }
        // A trap here is already told by `trap`.
        let _ = self.bury(stream.root);
        Outcome {
            upstream: stream.request.received(),
            client: stream.response.received(),
            details: stream.details,
            closed: stream.closed,
            logs,
            filter_state: stream.filter_state,
            callbacks: stream.callbacks,
            memory_bytes,
            trap,
        }
    }

    /// Carries out what the guest asked for, for any stream: after a tick.
    pub(crate) fn carry_out_all(&mut self) {
        let ids: Vec<StreamId> = self.store.data().streams.keys().copied().collect();
        ids.into_iter().for_each(|id| self.carry_out(id));
    }

    fn head(&mut self, id: StreamId, side: Side, head: Headers, end: bool) {
        if self.is_dead(id) {
            return;
        }
        let map = match side {
            Side::Request => Map::RequestHead,
            Side::Response => Map::ResponseHead,
        };
        let head = map.of(head);
        let count = head.len() as u32;
        self.with(id, |stream| {
            stream.responding |= side == Side::Response;
            let half = stream.half(side);
            half.head = Some(head);
            half.head_at_hand = true;
            half.ended = end;
        });
        let (name, phase) = side.names().head;
        let action = self.call_and_carry_out(id, phase, name, (id.0, count, u32::from(end)));
        if self.is_over(id, side) {
            return;
        }
        if action == CONTINUE {
            self.with(id, |stream| stream.half(side).head_at_hand = false);
            self.pass(id, side);
        } else {
            self.with(id, |stream| stream.half(side).stop_at_head());
        }
    }

    fn body(&mut self, id: StreamId, side: Side, chunk: &[u8], end: bool) {
        if self.waits(id, side) {
            let waiting = Waiting::Chunk(chunk.to_vec(), end);
            self.with(id, |stream| stream.half(side).waiting.push(waiting));
            return;
        }
        let (mut size, mut is_past) = (0, false);
        let most = self.options.response_buffer_bytes_max;
        self.with(id, |stream| {
            match side {
                Side::Request => stream.request_bytes += chunk.len() as u64,
                Side::Response => stream.response_bytes += chunk.len() as u64,
            }
            stream.in_body = Some(side);
            stream.end_of_stream = end;
            let half = stream.half(side);
            half.buffer.extend_from_slice(chunk);
            half.ended = end;
            size = half.buffer.len() as u32;
            // What the host keeps already it finds too much before it asks for the rest.
            is_past = side == Side::Response && half.body_paused && half.buffer.len() > most;
        });
        if is_past {
            self.watch_limit(id, side);
            return;
        }
        let (name, phase) = side.names().body;
        let action = self.call_and_carry_out(id, phase, name, (id.0, size, u32::from(end)));
        if self.is_over(id, side) {
            return;
        }
        if action == CONTINUE {
            self.with(id, |stream| stream.half(side).body_paused = false);
            self.pass(id, side);
            return;
        }
        self.with(id, |stream| stream.half(side).stop_at_body());
        self.watch_limit(id, side);
    }

    fn trailers(&mut self, id: StreamId, side: Side, trailers: Headers) {
        if self.waits(id, side) {
            let waiting = Waiting::Trailers(trailers);
            self.with(id, |stream| stream.half(side).waiting.push(waiting));
            return;
        }
        let map = match side {
            Side::Request => Map::RequestTrailers,
            Side::Response => Map::ResponseTrailers,
        };
        let trailers = map.of(trailers);
        let count = trailers.len() as u32;
        self.with(id, |stream| {
            let half = stream.half(side);
            half.trailers = Some(trailers);
            half.trailers_at_hand = true;
            half.ended = true;
        });
        let (name, phase) = side.names().trailers;
        let action = self.call_and_carry_out(id, phase, name, (id.0, count));
        if self.is_over(id, side) {
            return;
        }
        if action == CONTINUE {
            self.with(id, |stream| {
                let half = stream.half(side);
                half.trailers_at_hand = false;
                half.lose_what_was_resumed();
            });
            self.pass(id, side);
        } else {
            self.with(id, |stream| stream.half(side).stop_at_trailers());
        }
    }

    /// Lets on what is here; the guard looks at a request's head before it goes.
    fn pass(&mut self, id: StreamId, side: Side) {
        let guard = self.options.guard.clone();
        let mut refused = false;
        self.with(id, |stream| {
            let first = side == Side::Request && !stream.request.head_left();
            refused = first
                && guard
                    .as_ref()
                    .is_some_and(|guard| stream.filter_state.get(&guard.key) != Some(&guard.value));
            if !refused {
                stream.half(side).release();
            }
        });
        if refused {
            self.reply(id, Reply::plain(403, "rbac_access_denied", "RBAC: access denied"));
            return;
        }
        self.resume(id, side);
    }

    /// What had to wait for a head that was paused without the flag comes now.
    fn resume(&mut self, id: StreamId, side: Side) {
        let mut waiting = Vec::new();
        self.with(id, |stream| waiting = std::mem::take(&mut stream.half(side).waiting));
        for event in waiting {
            match event {
                Waiting::Chunk(chunk, end) => self.body(id, side, &chunk, end),
                Waiting::Trailers(trailers) => self.trailers(id, side, trailers),
            }
        }
    }

    fn watch_limit(&mut self, id: StreamId, side: Side) {
        let limit = match side {
            Side::Request => self.options.request_buffer_bytes_max,
            Side::Response => self.options.response_buffer_bytes_max,
        };
        let mut over = false;
        self.with(id, |stream| over = stream.half(side).buffer.len() > limit);
        if !over {
            return;
        }
        let reply = match side {
            Side::Request => Reply::plain(413, "request_payload_too_large", "Payload Too Large"),
            Side::Response => {
                Reply::plain(500, "response_payload_too_large", "Internal Server Error")
            }
        };
        self.reply(id, reply);
    }

    fn carry_out(&mut self, id: StreamId) {
        let mut pending = Vec::new();
        self.with(id, |stream| pending = std::mem::take(&mut stream.pending));
        for action in pending {
            if self.is_dead(id) {
                return;
            }
            match action {
                Pending::Continue(side) => {
                    let mut head_only = false;
                    self.with(id, |stream| {
                        // A first chunk is not the host's yet: only the head can go.
                        head_only = stream.in_body == Some(side) && !stream.half(side).body_paused;
                        if head_only {
                            stream.half(side).release_head();
                        }
                    });
                    if !head_only {
                        self.pass(id, side);
                    }
                }
                Pending::Close => self.with(id, |stream| {
                    stream.dead = true;
                    stream.closed = true;
                    // Once an upstream has answered, that is what the details keep saying.
                    if !stream.responding {
                        stream.details = "wasm_close_stream".into();
                    }
                }),
                Pending::Reply(reply) => self.reply(id, reply),
            }
        }
    }

    /// Before the response has begun a local reply runs through the filter, like any response;
    /// before its head has left it takes its place, past the filter; after that it is a cut.
    fn reply(&mut self, id: StreamId, reply: Reply) {
        let (mut through, mut message) = (false, (Vec::new(), Vec::new()));
        self.with(id, |stream| {
            if stream.dead || stream.replied && !stream.responding {
                return;
            }
            stream.details.clone_from(&reply.details);
            message = reply.message(stream.is_grpc(), stream.is_head_request());
            if !stream.responding {
                stream.replied = true;
                through = true;
                return;
            }
            stream.dead = true;
            if !stream.response.head_left() {
                let (head, body) = std::mem::take(&mut message);
                stream.response.replace(head, body);
            }
        });
        if through {
            let (head, body) = message;
            self.head(id, Side::Response, head, body.is_empty());
            if !body.is_empty() && !self.is_over(id, Side::Response) {
                self.body(id, Side::Response, &body, true);
            }
        }
    }

    /// The VM is gone: 503 where a head can still be sent, else a cut.
    fn fail(&mut self, id: StreamId) {
        self.with(id, |stream| {
            if stream.dead {
                return;
            }
            stream.dead = true;
            stream.details = "wasm_fail_stream".into();
            if !stream.response.head_left() {
                stream.response.replace(vec![(b":status".into(), b"503".into())], Vec::new());
            }
        });
    }

    fn call_and_carry_out<P: WasmParams>(
        &mut self,
        id: StreamId,
        phase: Phase,
        name: &'static str,
        parameters: P,
    ) -> u32 {
        let action = self.call(id, phase, name, parameters).unwrap_or(CONTINUE);
        self.carry_out(id);
        self.with(id, |stream| {
            stream.in_body = None;
            stream.request_resumed = false;
        });
        action
    }

    /// Runs one callback of a stream. None when it is not there, not granted, or the VM is gone.
    fn call<P: WasmParams>(
        &mut self,
        id: StreamId,
        phase: Phase,
        name: &'static str,
        parameters: P,
    ) -> Option<u32> {
        if !self.knows(id) || self.failed.is_some() {
            self.fail(id);
            return None;
        }
        self.enter(id.0, phase);
        let returns =
            !matches!(name, "proxy_on_context_create" | "proxy_on_log" | "proxy_on_delete");
        let result = if returns {
            self.call_optional::<P, u32>(name, parameters)
        } else {
            self.call_optional::<P, ()>(name, parameters).map(|found| found.map(|()| 0))
        };
        let fuel = self.last_fuel;
        let state: &mut State = self.store.data_mut();
        let calls = std::mem::take(&mut state.calls);
        let ran = !matches!(result, Ok(None));
        if let Some(stream) = state.streams.get_mut(&id).filter(|_| ran) {
            stream.callbacks.push(Callback { name, fuel, calls });
        }
        match result {
            Ok(value) => value,
            Err(_) => {
                self.fail(id);
                None
            }
        }
    }

    fn with(&mut self, id: StreamId, change: impl FnOnce(&mut Stream)) {
        if let Some(stream) = self.store.data_mut().streams.get_mut(&id) {
            change(stream);
        }
    }

    fn is_dead(&self, id: StreamId) -> bool {
        self.store.data().streams.get(&id).is_none_or(|stream| stream.dead)
    }

    /// Nothing more from the peers is taken in: a local reply has been sent.
    fn receives(&self, id: StreamId) -> bool {
        self.store.data().streams.get(&id).is_some_and(|stream| !stream.dead && !stream.replied)
    }

    /// What the last callback of this half said does not count any more.
    fn is_over(&self, id: StreamId, side: Side) -> bool {
        let stream = self.store.data().streams.get(&id);
        stream.is_none_or(|stream| stream.dead || side == Side::Request && stream.replied)
    }

    fn waits(&self, id: StreamId, side: Side) -> bool {
        let stream = self.store.data().streams.get(&id);
        !self.options.hold_headers
            && stream.is_some_and(|stream| match side {
                Side::Request => stream.request.head_paused,
                Side::Response => stream.response.head_paused,
            })
    }
}

impl Half {
    fn stop_at_head(&mut self) {
        self.head_paused = true;
        self.stopped = true;
    }

    fn stop_at_body(&mut self) {
        self.body_paused = true;
        self.stopped = true;
    }

    fn stop_at_trailers(&mut self) {
        self.stopped = true;
    }

    /// After a resume between two callbacks, what trailers put into the buffer goes nowhere.
    fn lose_what_was_resumed(&mut self) {
        if !self.stopped {
            self.buffer.clear();
        }
    }
}

impl Reply {
    pub(crate) fn plain(status: u32, details: &str, body: &str) -> Self {
        Self {
            status,
            details: details.into(),
            body: body.into(),
            headers: Vec::new(),
            grpc_status: -1,
        }
    }

    /// What is sent: a message, or trailers only where gRPC is spoken.
    fn message(&self, grpc: bool, head_request: bool) -> (Headers, Vec<u8>) {
        if grpc {
            let status = match self.grpc_status {
                0.. => self.grpc_status.to_string(),
                _ => grpc_status(self.status).to_owned(),
            };
            let mut head: Headers = vec![
                (b":status".into(), b"200".into()),
                (b"content-type".into(), b"application/grpc".into()),
            ];
            let own = self.headers.iter().filter(|(name, _)| name != b"content-type");
            head.extend(own.cloned());
            head.push((b"grpc-status".into(), status.into_bytes()));
            if !self.body.is_empty() && !head_request {
                head.push((b"grpc-message".into(), grpc_message(&self.body)));
            }
            return (head, Vec::new());
        }
        let mut head: Headers = vec![(b":status".into(), self.status.to_string().into_bytes())];
        head.extend(self.headers.iter().cloned());
        if !self.body.is_empty() {
            head.push((b"content-length".into(), self.body.len().to_string().into_bytes()));
            if !self.headers.iter().any(|(name, _)| name == b"content-type") {
                head.push((b"content-type".into(), b"text/plain".into()));
            }
        }
        (head, if head_request { Vec::new() } else { self.body.clone() })
    }
}

/// Text as gRPC over HTTP/2 spells it: what is not printable ASCII, and `%`, percent-encoded.
fn grpc_message(text: &[u8]) -> Vec<u8> {
    let spell = |byte: &u8| match byte {
        b'%' | 0..=0x1f | 0x7f.. => format!("%{byte:02X}").into_bytes(),
        _ => vec![*byte],
    };
    text.iter().flat_map(spell).collect()
}

/// The mapping of gRPC over HTTP for status codes that are not 200.
fn grpc_status(http: u32) -> &'static str {
    match http {
        400 => "13",
        401 => "16",
        403 => "7",
        404 => "12",
        429 | 502 | 503 | 504 => "14",
        _ => "2",
    }
}
