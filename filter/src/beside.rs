//! One exchange under the candidate policy, beside the active one's. Alters nothing, whatever
//! becomes of it: where the host fails it, or there is no room, it ends and says so in a metric.

use crate::host::{Host, HostError, Level, Message};
use crate::vm::{Policy, Vm};
use crate::{pairs, properties};
use cofferdam_engine::beside::{Beside as Candidate, Compared, Difference};
use cofferdam_engine::ends::{Asked, Ends};
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::Headers;
use std::rc::Rc;

/// What is counted of a candidate that did not see an exchange to its end.
const DROPPED: &str = "dropped";

/// The candidate's side of one exchange; nothing where there is no candidate.
#[derive(Default)]
pub struct Beside {
    running: Option<Running>,
    /// There was one, and it ended before the exchange did.
    dropped: bool,
}

struct Running {
    candidate: Candidate,
    ends: Ends,
    asked: Asked,
    held: Held,
}

/// What one candidate keeps, of what all may.
struct Held {
    vm: Rc<Vm>,
    bytes: usize,
}

impl Held {
    fn set(&mut self, bytes: usize) {
        let others = self.vm.beside_bytes.get().saturating_sub(self.bytes);
        self.vm.beside_bytes.set(others.saturating_add(bytes));
        self.bytes = bytes;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Beside {
    /// The request's head has come.
    pub fn begin(
        host: &impl Host,
        vm: &Rc<Vm>,
        policy: &Policy,
        (id, now): ([u8; 16], u64),
        (head, end): (&Headers, bool),
    ) -> Self {
        let Some(candidate) = &policy.candidate else { return Self::default() };
        let asked = candidate.asked;
        let Ok(ends) = properties::ends(host, &policy.node, &asked, head) else {
            return Self { running: None, dropped: true };
        };
        let (bundle, settings) = (Rc::clone(&candidate.bundle), Rc::clone(&policy.settings));
        let mut candidate = Candidate::new(bundle, settings, id, now);
        candidate.request_head(&ends, head, end);
        let held = Held { vm: Rc::clone(vm), bytes: 0 };
        let mut beside =
            Self { running: Some(Running { candidate, ends, asked, held }), dropped: false };
        beside.keep();
        beside
    }

    /// The response's head has come.
    pub fn response_head(&mut self, host: &impl Host, head: &Headers, end: bool) {
        let Some(running) = &mut self.running else { return };
        if properties::complete(host, &running.asked, &mut running.ends).is_err() {
            return self.give_up();
        }
        running.candidate.response_head(&running.ends, head, end);
        self.keep();
    }

    /// A chunk has come that the active policy reads too.
    pub fn chunk(&mut self, message: Message, chunk: &[u8], end: bool) {
        let Some(Running { candidate, .. }) = &mut self.running else { return };
        match message {
            Message::Request => candidate.request_body(chunk, end),
            Message::Response => candidate.response_body(chunk, end),
        }
        self.keep();
    }

    /// A chunk has come that the active policy does not read: the host's buffer has so many bytes.
    pub fn pass(&mut self, host: &impl Host, message: Message, bytes: usize, end: bool) {
        if !self.reads(message) {
            return;
        }
        let chunk = if bytes == 0 { Ok(Vec::new()) } else { host.read(message.body(), 0, bytes) };
        match chunk {
            Ok(chunk) => self.chunk(message, &chunk, end),
            Err(_) => self.give_up(),
        }
    }

    /// Trailers have come.
    pub fn trailers(&mut self, message: Message, trailers: &Headers) {
        let Some(Running { candidate, .. }) = &mut self.running else { return };
        match message {
            Message::Request => candidate.request_trailers(trailers),
            Message::Response => candidate.response_trailers(trailers),
        }
        self.keep();
    }

    /// Trailers have come that the active policy does not read.
    pub fn pass_trailers(&mut self, host: &impl Host, message: Message) {
        if !self.reads(message) {
            return;
        }
        match host.headers(message.trailers()).ok().as_deref().and_then(pairs::parse) {
            Some(trailers) => self.trailers(message, &trailers),
            None => self.give_up(),
        }
    }

    /// Whether the candidate looks at the body of a message.
    pub fn reads(&self, message: Message) -> bool {
        self.running.as_ref().is_some_and(|running| match message {
            Message::Request => running.candidate.reads_request(),
            Message::Response => running.candidate.reads_response(),
        })
    }

    /// The exchange is over, and these are the active policy's entries: tells how they differ. Where
    /// the host refuses that, it is said and nothing else comes of it.
    pub fn finish(&mut self, host: &impl Host, vm: &Vm, now: u64, active: &[Entry]) {
        if let Err(error) = self.try_finish(host, vm, now, active) {
            let _ = host.log(Level::Error, &format!("cofferdam: candidate: not counted: {error}"));
        }
    }

    fn try_finish(
        &mut self,
        host: &impl Host,
        vm: &Vm,
        now: u64,
        active: &[Entry],
    ) -> Result<(), HostError> {
        if std::mem::take(&mut self.dropped) {
            vm.metrics.beside(host, None, Message::Request.name(), DROPPED)?;
        }
        let Some(Running { mut candidate, .. }) = self.running.take() else { return Ok(()) };
        for compared in candidate.close(now, active) {
            let Compared { difference, candidate, .. } = &compared;
            let boundary = candidate.boundary.as_deref();
            vm.metrics.beside(host, boundary, candidate.message, difference.name())?;
            if *difference != Difference::Same {
                let line = compared.to_json(vm.next_sequence());
                host.log(Level::Info, &format!("cofferdam: candidate: {line}"))?;
            }
        }
        Ok(())
    }

    /// Ends the candidate's side where it would take room that the active policy may need.
    fn keep(&mut self) {
        let Some(Running { candidate, held, .. }) = &mut self.running else { return };
        held.set(candidate.kept_bytes());
        if held.vm.beside_bytes.get() > held.vm.beside_bytes_max() {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.running = None;
        self.dropped = true;
    }
}
