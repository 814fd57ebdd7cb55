//! One exchange at the host: hands heads, chunks and trailers to the engine and carries out what
//! it says. Decides nothing, and lets nothing on where it cannot do as it is told.

use crate::beside::Beside;
use crate::body::{Body, BodyError, Buffer, Flow, Inspect};
use crate::edits::{self, Edit};
use crate::half::Half;
use crate::host::{Host, HostError, Level, Map, Message, Reply};
use crate::trust::{Taken, Trust};
use crate::vm::{Account, Policy, Vm};
use crate::{holes, pairs, properties, refusal};
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Refusal, Step};
use cofferdam_engine::verdict::Reason;
use std::rc::Rc;

/// Filter state that says that a request's head was handled: what stands behind the filter lets
/// nothing through without it, so that a filter that is gone is noticed. Reads back as
/// `wasm.cofferdam.guard`.
const GUARD: (&str, &[u8]) = ("cofferdam.guard", b"ok");
/// Filter state for access logs. Reads back as `wasm.cofferdam`.
const SUMMARY: &str = "cofferdam";
/// What the response code details of our own replies begin with.
const DETAILS: &str = "cofferdam_";

/// What a callback tells the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Go on.
    Continue,
    /// Wait.
    Pause,
}

/// Why a message stops here.
enum Stop {
    Refused(Refusal),
    Reason(Reason),
    Host(HostError),
    /// Something passed unseen.
    Blind(&'static str),
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason)
    }
}

/// A message that was stopped.
struct Stopped {
    message: Message,
    reason: Reason,
    /// The engine knows of it: its entries tell.
    told: bool,
    /// What comes back as a response is our own reply.
    own_reply: bool,
}

/// One exchange.
pub struct Stream<H: Host> {
    host: H,
    vm: Rc<Vm>,
    policy: Option<Rc<Policy>>,
    exchange: Option<Exchange>,
    beside: Beside,
    account: Account,
    crossing: [u8; 16],
    begun_millis: u64,
    ends: Ends,
    taken: Taken,
    request: Half,
    response: Half,
    stopped: Option<Stopped>,
    logged: bool,
    done: bool,
    finished: bool,
}

impl<H: Host> Stream<H> {
    /// An exchange under this policy; without one everything is denied.
    pub fn new(host: H, vm: Rc<Vm>, policy: Option<Rc<Policy>>) -> Self {
        let account = Account::new(Rc::clone(&vm));
        Self {
            host,
            vm,
            policy,
            exchange: None,
            beside: Beside::default(),
            account,
            crossing: [0; 16],
            begun_millis: 0,
            ends: Ends::default(),
            taken: Taken::default(),
            request: Half::default(),
            response: Half::default(),
            stopped: None,
            logged: false,
            done: false,
            finished: false,
        }
    }

    /// The request's head.
    pub fn request_headers(&mut self, end: bool) -> Turn {
        match self.try_request_headers(end) {
            Ok(turn) => turn,
            Err(stop) => self.stop(Message::Request, stop),
        }
    }

    /// The response's head: the upstream's, or what some other filter made.
    pub fn response_headers(&mut self, end: bool) -> Turn {
        match self.try_response_headers(end) {
            Ok(turn) => turn,
            Err(stop) => self.stop(Message::Response, stop),
        }
    }

    /// A chunk of a body: the host's buffer has so many bytes now.
    pub fn body(&mut self, message: Message, buffer_bytes: usize, end: bool) -> Turn {
        match self.try_body(message, buffer_bytes, end) {
            Ok(turn) => turn,
            Err(stop) => {
                // Where the host does not even take these away, it is told to wait with them.
                let _ = self.host.replace(message.body(), buffer_bytes, &[]);
                self.stop(message, stop)
            }
        }
    }

    /// Trailers.
    pub fn trailers(&mut self, message: Message) -> Turn {
        match self.try_trailers(message) {
            Ok(turn) => turn,
            Err(stop) => self.stop(message, stop),
        }
    }

    /// The host is about to write its access log.
    pub fn log(&mut self) {
        self.logged = true;
        if !self.done {
            self.vm.undeleted.set(self.vm.undeleted.get().saturating_add(1));
        } else if !self.finished {
            self.vm.unlogged.set(self.vm.unlogged.get().saturating_sub(1));
        }
        self.finish(holes::find);
    }

    /// The host is done with the exchange.
    pub fn done(&mut self) {
        self.done = true;
        if self.logged {
            return;
        }
        self.vm.undeleted.set(self.vm.undeleted.get().saturating_add(1));
        if properties::is_logged_without_filters(&self.host) {
            self.finish(holes::find_without_log);
        } else {
            self.vm.unlogged.set(self.vm.unlogged.get().saturating_add(1));
        }
    }

    fn try_request_headers(&mut self, end: bool) -> Result<Turn, Stop> {
        self.request.head = true;
        self.request.head_ends = end;
        self.crossing = self.vm.id(&[]);
        self.vm.admit(&self.host)?;
        let policy = self.policy.clone().ok_or(Reason::NoPolicy)?;
        let nanos = self.host.now_nanos()?;
        self.begun_millis = nanos / 1_000_000;
        let now = self.vm.clock.take(nanos);
        if let Some(trust) = &policy.trust {
            trust.look(now, &self.vm.clock);
            is_open(trust)?;
        }
        self.account.open();
        if policy.untold.get() {
            self.vm.activate(&self.host, &policy)?;
            policy.untold.set(false);
        }
        let head = read_headers(&self.host, Map::RequestHeaders)?;
        self.ends = properties::ends(&self.host, &policy.node, &policy.asked, &head)?;
        let exchange = self.exchange.insert(Exchange::new(
            Rc::clone(&policy.bundle),
            Rc::clone(&policy.settings),
            self.crossing,
            self.begun_millis,
        ));
        let (host, vm, ends, taken) = (&self.host, &self.vm, &self.ends, &self.taken);
        let mut grants = |boundary, path: &[u8]| {
            taken.take((vm, host), policy.trust.as_deref(), (ends, now), (boundary, path))
        };
        let step = exchange.request_head_granted(ends, &head, end, &mut grants);
        let (began, came) = ((self.crossing, self.begun_millis), (&head, end));
        self.beside = Beside::begin(&self.host, &self.vm, &policy, began, came);
        self.put_head(Message::Request, &head, step, end)?;
        if !end && policy.settings.hold_headers && !self.vm.request_body_proven.get() {
            // A host that does not call for bodies goes on here by itself, without the guard.
            self.request.proving = true;
            self.vm.proving.set(self.vm.proving.get().saturating_add(1));
            return Ok(Turn::Pause);
        }
        self.set_guard()?;
        Ok(if self.request.held { Turn::Pause } else { Turn::Continue })
    }

    fn try_response_headers(&mut self, end: bool) -> Result<Turn, Stop> {
        if self.stopped.is_some() {
            return Ok(self.pass_own_reply());
        }
        if self.response.head {
            return Err(Reason::Internal.into());
        }
        self.response.head = true;
        self.response.head_ends = end;
        if self.exchange.is_none() {
            return Err(Stop::Blind("a request went on and its head was not seen"));
        }
        if holes::request_body_unseen(&self.host, &self.request)? {
            return Err(Stop::Blind("a request went on and its body was not seen"));
        }
        self.outlive()?;
        let asked = self.policy.as_ref().map(|policy| policy.asked).ok_or(Reason::NoPolicy)?;
        properties::complete(&self.host, &asked, &mut self.ends)?;
        let head = read_headers(&self.host, Map::ResponseHeaders)?;
        let exchange = self.exchange.as_mut().ok_or(Reason::Internal)?;
        let step = exchange.response_head(&self.ends, &head, end);
        self.beside.response_head(&self.host, &head, end);
        self.put_head(Message::Response, &head, step, end)?;
        Ok(if self.response.held { Turn::Pause } else { Turn::Continue })
    }

    fn try_body(&mut self, message: Message, bytes: usize, end: bool) -> Result<Turn, Stop> {
        let half = self.half(message);
        half.body_seen = true;
        half.ended |= end;
        if let Some(stopped) = &self.stopped {
            return self.after_stop(message, stopped.own_reply, bytes);
        }
        if !self.half(message).head {
            return Err(Stop::Blind("a body came and its head was not seen"));
        }
        if message == Message::Request {
            self.prove()?;
        }
        self.outlive()?;
        if !self.half(message).inspected {
            self.beside.pass(&self.host, message, bytes, end);
            return Ok(Turn::Continue);
        }
        let flow = {
            let vm = Rc::clone(&self.vm);
            let mut out = vm.out.try_borrow_mut().map_err(|_| Reason::Internal)?;
            let exchange = self.exchange.as_mut().ok_or(Reason::Internal)?;
            let beside = &mut self.beside;
            let account = &self.account;
            let stashed = self.request.body.stash_bytes() + self.response.body.stash_bytes();
            let buffer = HostBuffer { host: &self.host, message };
            let half = match message {
                Message::Request => &mut self.request,
                Message::Response => &mut self.response,
            };
            let mut inspect = Inspected { exchange, beside, account, stashed, message };
            half.body.chunk(&buffer, &mut inspect, bytes, end, &mut out)
        };
        self.hold();
        self.follow(message, flow)
    }

    fn try_trailers(&mut self, message: Message) -> Result<Turn, Stop> {
        self.half(message).trailers_seen = true;
        if let Some(stopped) = &self.stopped {
            return self.after_stop(message, stopped.own_reply, 0);
        }
        if !self.half(message).head {
            return Err(Stop::Blind("trailers came and their head was not seen"));
        }
        if message == Message::Request {
            self.prove()?;
        }
        self.outlive()?;
        if !self.half(message).inspected {
            self.beside.pass_trailers(&self.host, message);
            return Ok(Turn::Continue);
        }
        let trailers = read_headers(&self.host, message.trailers())?;
        self.beside.trailers(message, &trailers);
        let mut edited = None;
        let flow = {
            let vm = Rc::clone(&self.vm);
            let mut out = vm.out.try_borrow_mut().map_err(|_| Reason::Internal)?;
            let exchange = self.exchange.as_mut().ok_or(Reason::Internal)?;
            let buffer = HostBuffer { host: &self.host, message };
            let half = match message {
                Message::Request => &mut self.request,
                Message::Response => &mut self.response,
            };
            half.body.trailers(&buffer, &mut out, |out| {
                let (step, headers) = match message {
                    Message::Request => exchange.request_trailers(&trailers, out),
                    Message::Response => exchange.response_trailers(&trailers, out),
                };
                edited = headers;
                step
            })
        };
        if let (Flow::Done(_), Some(edited)) = (&flow, edited) {
            write_headers(&self.host, message.trailers(), &edited)?;
        }
        self.hold();
        self.follow(message, flow)
    }

    /// What has ended since the exchange began: a grant of it, or all that lets it go on.
    fn outlive(&mut self) -> Result<(), Stop> {
        let Some(policy) = &self.policy else { return Ok(()) };
        let Some(trust) = &policy.trust else { return Ok(()) };
        if !self.taken.is_empty() || policy.settings.no_timers {
            let now = self.vm.clock.read(&self.host)?;
            trust.look(now, &self.vm.clock);
            if let (Some(exchange), false) = (&mut self.exchange, self.taken.is_empty()) {
                self.taken.end(&self.vm, trust, exchange, (&self.ends, now));
            }
        }
        is_open(trust)
    }

    fn put_head(
        &mut self,
        message: Message,
        head: &Headers,
        step: HeadStep,
        end: bool,
    ) -> Result<(), Stop> {
        let (edited, inspected, held) = match step {
            HeadStep::Forward(edited, plan) => (edited, plan == BodyPlan::Inspect, false),
            // Nothing follows that could end the wait.
            HeadStep::Hold(_) if end => return Err(Reason::Internal.into()),
            HeadStep::Hold(edited) => (edited, true, true),
            HeadStep::Block(refusal) => return Err(Stop::Refused(refusal)),
        };
        if let Some(edited) = edited {
            edit_headers(&self.host, message.headers(), head, &edited)?;
        }
        let half = self.half(message);
        half.inspected = inspected;
        half.held = held;
        self.hold();
        Ok(())
    }

    fn follow(&mut self, message: Message, flow: Flow) -> Result<Turn, Stop> {
        match flow {
            Flow::Continue => Ok(Turn::Continue),
            Flow::Pause => Ok(Turn::Pause),
            Flow::Done(whole) => {
                let held = self.half(message).held;
                if let (true, Some(bytes)) = (held, whole) {
                    let length = bytes.to_string();
                    let (name, map) = (b"content-length", message.headers());
                    self.host.set_header(map, name, length.as_bytes())?;
                }
                Ok(Turn::Continue)
            }
            Flow::Stop(refusal) => Err(Stop::Refused(refusal)),
            Flow::Fail(BodyError::Host(error)) => Err(error.into()),
            Flow::Fail(BodyError::Busy) => Err(Reason::Busy.into()),
            Flow::Fail(BodyError::Order) => Err(Reason::Internal.into()),
        }
    }

    fn prove(&mut self) -> Result<(), Stop> {
        self.vm.request_body_proven.set(true);
        self.vm.proving.set(0);
        if self.request.proving {
            self.request.proving = false;
            self.set_guard()?;
        }
        Ok(())
    }

    fn set_guard(&self) -> Result<(), HostError> {
        self.host.set_state(GUARD.0, GUARD.1)
    }

    fn hold(&mut self) {
        let kept = self
            .exchange
            .as_ref()
            .map_or(0, |exchange| exchange.kept_bytes().saturating_add(exchange.decoder_bytes()));
        let stashed = self.request.body.stash_bytes() + self.response.body.stash_bytes();
        self.account.hold(kept.saturating_add(stashed));
    }

    fn half(&mut self, message: Message) -> &mut Half {
        match message {
            Message::Request => &mut self.request,
            Message::Response => &mut self.response,
        }
    }

    /// Stops a message: replies where the host still can, cuts where it cannot, and waits for
    /// good where it does neither.
    fn stop(&mut self, message: Message, stop: Stop) -> Turn {
        let (refusal, told) = match stop {
            Stop::Refused(refusal) => (refusal, true),
            Stop::Reason(reason) => (self.refuse(message, reason), false),
            Stop::Host(error) => {
                self.vm.host_failed(&self.host, error);
                (self.refuse(message, Reason::Host), false)
            }
            Stop::Blind(what) => {
                self.vm.blind(&self.host, what);
                (self.refuse(message, Reason::Host), false)
            }
        };
        if let (Message::Request, Some(scrubbed)) = (message, &refusal.scrubbed) {
            // A head that has left already was fit to be logged.
            let _ = write_headers(&self.host, Map::RequestHeaders, scrubbed);
        }
        let details = format!("{DETAILS}{}", refusal.reason.name());
        let grpc_status = refusal.grpc_status.to_string();
        let mut headers = vec![("content-type", "application/json"), ("cache-control", "no-store")];
        if refusal.grpc_web {
            headers.push(("grpc-status", &grpc_status));
        }
        let headers = pairs::write(&headers);
        let replied = self.host.reply(&Reply {
            status: refusal.status,
            grpc_status: refusal.grpc_status,
            details: &details,
            body: refusal.body.as_bytes(),
            headers: headers.as_deref().unwrap_or_default(),
        });
        if let Err(error) = replied {
            self.vm.host_failed(&self.host, error);
            let _ = self.host.cut(message);
        }
        // Nothing of it leaves any more, and the host may take its time to say that it is over.
        self.half(message).body = Body::default();
        self.hold();
        self.stopped = Some(Stopped {
            message,
            reason: refusal.reason,
            told,
            own_reply: message == Message::Request && replied.is_ok(),
        });
        Turn::Pause
    }

    /// Before the engine could place anybody or look at anything, nothing of the head is fit for
    /// a log.
    fn refuse(&self, message: Message, reason: Reason) -> Refusal {
        let mut refusal = refusal::refuse(message, reason, &self.crossing);
        if message == Message::Request && !self.request.body_seen {
            let head = read_headers(&self.host, Map::RequestHeaders);
            refusal.scrubbed = head.ok().map(refusal::scrub);
        }
        refusal
    }

    /// The head of a response after something was stopped: our own reply, or what must not pass.
    fn pass_own_reply(&mut self) -> Turn {
        // A host that does not tell has aborted the exchange all the same: nothing else comes.
        let ours = match self.host.property("response\0code_details") {
            Ok(Some(details)) => details.starts_with(DETAILS.as_bytes()),
            Ok(None) | Err(_) => true,
        };
        let Some(stopped) = &mut self.stopped else { return Turn::Pause };
        stopped.own_reply &= ours;
        if stopped.own_reply {
            return Turn::Continue;
        }
        let _ = self.host.cut(Message::Response);
        Turn::Pause
    }

    /// What still comes after something was stopped.
    fn after_stop(&self, message: Message, own: bool, bytes: usize) -> Result<Turn, Stop> {
        if message == Message::Response && own {
            return Ok(Turn::Continue);
        }
        if bytes > 0 {
            let _ = self.host.replace(message.body(), bytes, &[]);
        }
        Ok(Turn::Pause)
    }

    /// Looks back once the exchange is over, and tells about it.
    fn finish(&mut self, find: fn(&H, bool, &Half, &Half) -> Option<&'static str>) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        if self.stopped.is_none() && !self.vm.is_denied() {
            let began = self.exchange.is_some();
            if let Some(hole) = find(&self.host, began, &self.request, &self.response) {
                self.vm.blind(&self.host, hole);
            }
        }
        let (vm, host) = (&*self.vm, &self.host);
        if let Err(error) = self.taken.settle((vm, host), self.exchange.as_ref()) {
            self.vm.host_failed(&self.host, error);
        }
        let entries = self.entries();
        let now = self.now_millis();
        if let Err(error) = self.tell(&entries) {
            self.vm.host_failed(&self.host, error);
        }
        self.beside.finish(&self.host, &self.vm, now, &entries);
        self.exchange = None;
        self.hold();
    }

    fn now_millis(&self) -> u64 {
        self.host.now_nanos().map_or(self.begun_millis, |nanos| nanos / 1_000_000)
    }

    fn entries(&mut self) -> Vec<Entry> {
        let mut entries = self.bare_entries();
        if let Some(policy) = &self.policy {
            entries.iter_mut().for_each(|it| it.trust = Some(policy.trust_shown()));
        }
        // Why a grant did not help is for who asked for it.
        if let Some(why) = self.taken.why() {
            let without =
                |entry: &&mut Entry| entry.grants.is_empty() && !entry.findings.is_empty();
            entries.iter_mut().filter(without).for_each(|entry| entry.notes.push(why.name()));
        }
        entries
    }

    fn bare_entries(&mut self) -> Vec<Entry> {
        let now = self.now_millis();
        let mut entries = match &mut self.exchange {
            Some(exchange) => exchange.close(now),
            None => Vec::new(),
        };
        let Some(stopped) = self.stopped.as_ref().filter(|stopped| !stopped.told) else {
            return entries;
        };
        let (message, reason) = (stopped.message, stopped.reason);
        match entries.iter_mut().find(|entry| entry.message == message.name()) {
            Some(entry) => {
                entry.verdict = "block";
                entry.reason = Some(reason.name());
                entry.wanted = true;
            }
            None => entries.push(refusal::entry(message, reason, &self.crossing, now)),
        }
        entries
    }

    fn tell(&self, entries: &[Entry]) -> Result<(), HostError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.host.set_state(SUMMARY, refusal::summary(entries).as_bytes())?;
        for entry in entries {
            self.vm.metrics.count(&self.host, entry)?;
            if entry.wanted {
                let line = entry.to_json(self.vm.next_sequence());
                self.host.log(Level::Info, &format!("cofferdam: {line}"))?;
            }
        }
        Ok(())
    }
}

impl<H: Host> Drop for Stream<H> {
    fn drop(&mut self) {
        if self.logged || self.done {
            self.vm.undeleted.set(self.vm.undeleted.get().saturating_sub(1));
        }
        if !self.finished && self.request.head {
            self.vm.blind(&self.host, "an exchange was never logged (`proxy_on_log`)");
            self.finish(holes::find);
        }
    }
}

fn is_open(trust: &Trust) -> Result<(), Stop> {
    match trust.closed() {
        Some(_) => Err(Reason::Untrusted.into()),
        None => Ok(()),
    }
}

struct HostBuffer<'h, H> {
    host: &'h H,
    message: Message,
}

impl<H: Host> Buffer for HostBuffer<'_, H> {
    fn read(&self, bytes: usize) -> Result<Vec<u8>, HostError> {
        self.host.read(self.message.body(), 0, bytes)
    }

    fn replace(&self, bytes: usize, with: &[u8]) -> Result<(), HostError> {
        self.host.replace(self.message.body(), bytes, with)
    }

    fn append(&self, bytes: usize, more: &[u8]) -> Result<(), HostError> {
        self.host.append(self.message.body(), bytes, more)
    }

    fn resume(&self) -> Result<(), HostError> {
        self.host.resume(self.message)
    }
}

struct Inspected<'s> {
    exchange: &'s mut Exchange,
    beside: &'s mut Beside,
    account: &'s Account,
    /// Bytes that both bodies have stashed.
    stashed: usize,
    message: Message,
}

impl Inspect for Inspected<'_> {
    fn chunk(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        self.beside.chunk(self.message, chunk, end);
        match self.message {
            Message::Request => self.exchange.request_body(chunk, end, out),
            Message::Response => self.exchange.response_body(chunk, end, out),
        }
    }

    fn keeps(&self) -> bool {
        match self.message {
            Message::Request => self.exchange.request_keeps_back(),
            Message::Response => self.exchange.response_keeps_back(),
        }
    }

    fn may_keep(&self) -> bool {
        let kept = self.exchange.kept_bytes();
        let decoders = self.exchange.decoder_bytes();
        self.account.may_hold(kept.saturating_add(decoders).saturating_add(self.stashed), kept)
    }

    fn may_stash(&self, bytes: usize) -> bool {
        self.account.has_room(bytes)
    }
}

fn read_headers(host: &impl Host, map: Map) -> Result<Headers, HostError> {
    let raw = host.headers(map)?;
    pairs::parse(&raw).ok_or(HostError::malformed("proxy_get_header_map_pairs"))
}

/// Makes a map that holds `from` hold `to`: line by line where few differ.
// PERF: a host that gets a whole map takes out every header it has, and puts each in anew.
fn edit_headers(host: &impl Host, map: Map, from: &Headers, to: &Headers) -> Result<(), HostError> {
    let Some(edits) = edits::between(from, to) else { return write_headers(host, map, to) };
    edits.into_iter().try_for_each(|edit| match edit {
        Edit::Set(name, value) => host.set_header(map, name, value),
        Edit::Remove(name) => host.remove_header(map, name),
    })
}

fn write_headers(host: &impl Host, map: Map, headers: &Headers) -> Result<(), HostError> {
    let raw = pairs::write(headers).ok_or(HostError::malformed("proxy_set_header_map_pairs"))?;
    host.set_headers(map, &raw)
}

#[cfg(test)]
mod tests;
