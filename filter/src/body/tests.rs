//! Any decisions of an engine, over any chunks, with and without trailers, on a host that behaves
//! as Envoy was seen to: what comes out is what the engine let on, in order, and nothing else.

use super::{Body, BodyError, Buffer, Flow, Inspect};
use crate::host::HostError;
use cofferdam_engine::exchange::{Refusal, Step};
use cofferdam_engine::verdict::{Reason, Verdict};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};

/// Envoy's side: a buffer that waits while it is paused.
#[derive(Default)]
struct Envoy {
    buffer: RefCell<Vec<u8>>,
    sent: RefCell<Vec<u8>>,
    paused: Cell<bool>,
    resumed: Cell<bool>,
    calls: Cell<usize>,
    /// Which call fails; none where it is never reached.
    fails_at: Cell<Option<usize>>,
}

impl Envoy {
    fn call(&self) -> Result<(), HostError> {
        let number = self.calls.get();
        self.calls.set(number + 1);
        match self.fails_at.get() {
            Some(at) if at == number => Err(HostError::new("call", 10)),
            _ => Ok(()),
        }
    }

    /// What happens once a callback has returned. Whether the message goes on.
    fn after(&self, flow: &Flow) -> bool {
        let waits = match flow {
            Flow::Continue | Flow::Done(_) => false,
            Flow::Pause => true,
            Flow::Stop(_) | Flow::Fail(_) => return false,
        };
        if self.resumed.replace(false) {
            assert!(self.paused.get(), "resume does nothing on a host that does not wait");
            self.send();
        }
        if !waits {
            self.send();
        }
        self.paused.set(waits);
        true
    }

    fn send(&self) {
        self.sent.borrow_mut().append(&mut self.buffer.borrow_mut());
    }
}

impl Buffer for Envoy {
    fn read(&self, bytes: usize) -> Result<Vec<u8>, HostError> {
        self.call()?;
        let buffer = self.buffer.borrow();
        assert_eq!(bytes, buffer.len(), "a buffer is read whole");
        Ok(buffer.clone())
    }

    fn replace(&self, bytes: usize, with: &[u8]) -> Result<(), HostError> {
        self.call()?;
        let mut buffer = self.buffer.borrow_mut();
        assert_eq!(bytes, buffer.len(), "a buffer is replaced whole");
        *buffer = with.to_vec();
        Ok(())
    }

    fn append(&self, bytes: usize, more: &[u8]) -> Result<(), HostError> {
        self.call()?;
        let mut buffer = self.buffer.borrow_mut();
        assert_eq!(bytes, buffer.len(), "more goes behind all there is");
        buffer.extend_from_slice(more);
        Ok(())
    }

    fn resume(&self) -> Result<(), HostError> {
        self.call()?;
        self.resumed.set(true);
        Ok(())
    }
}

/// What the engine does with one chunk.
#[derive(Clone, Copy, Debug)]
struct Decision {
    /// Of 8: how much of what is undecided is decided now.
    decides: usize,
    blocks: bool,
}

/// An engine that decides as it is told. Upper case is what went through it.
struct Script {
    decisions: Vec<Decision>,
    /// Chunks for which the delivery is whole.
    whole: usize,
    alters: bool,
    undecided: Vec<u8>,
    chunks: usize,
    room: bool,
}

impl Script {
    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        let undecided = std::mem::take(&mut self.undecided);
        out.extend(undecided.iter().flat_map(|byte| altered(*byte, self.alters)));
        Step::Close(Verdict::Forward)
    }
}

impl Inspect for Script {
    fn chunk(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        let decision = self.decisions[self.chunks % self.decisions.len()];
        self.chunks += 1;
        if decision.blocks {
            return Step::Block(refusal());
        }
        self.undecided.extend_from_slice(chunk);
        if end {
            return self.end(out);
        }
        let decided = self.undecided.len() * decision.decides / 8;
        let decided: Vec<u8> = self.undecided.drain(..decided).collect();
        out.extend(decided.iter().flat_map(|byte| altered(*byte, self.alters)));
        if self.chunks <= self.whole { Step::Stash } else { Step::Release }
    }

    fn keeps(&self) -> bool {
        !self.undecided.is_empty()
    }

    fn may_keep(&self) -> bool {
        true
    }

    fn may_stash(&self, _bytes: usize) -> bool {
        self.room
    }
}

fn refusal() -> Refusal {
    Refusal {
        reason: Reason::Finding,
        status: 403,
        grpc_status: 7,
        grpc_web: false,
        body: String::new(),
        scrubbed: None,
    }
}

/// Upper case; now and then doubled or dropped, so that lengths change.
fn altered(byte: u8, alters: bool) -> Vec<u8> {
    match (alters, byte) {
        (false, _) => vec![byte],
        (true, b'a') => vec![],
        (true, b'b') => vec![b'B', b'B'],
        (true, _) => vec![byte.to_ascii_uppercase()],
    }
}

#[derive(Clone, Debug)]
struct Run {
    chunks: Vec<Vec<u8>>,
    /// The host says with the last chunk that it is the last.
    end_with_last: bool,
    trailers: bool,
    decisions: Vec<Decision>,
    whole: usize,
    alters: bool,
    fails_at: Option<usize>,
    room: bool,
}

/// How a run ended, and what had left.
struct Outcome {
    flow: Flow,
    sent: Vec<u8>,
    calls: Vec<usize>,
}

fn play(run: &Run) -> Outcome {
    let envoy = Envoy::default();
    envoy.fails_at.set(run.fails_at);
    let mut body = Body::default();
    let mut script = Script {
        decisions: run.decisions.clone(),
        whole: run.whole,
        alters: run.alters,
        undecided: Vec::new(),
        chunks: 0,
        room: run.room,
    };
    let mut out = b"left over".to_vec();
    let mut calls = Vec::new();
    let mut events: Vec<(&[u8], bool)> =
        run.chunks.iter().map(|chunk| (chunk.as_slice(), false)).collect();
    if !run.trailers {
        match events.last_mut() {
            Some((_, end)) if run.end_with_last => *end = true,
            _ => events.push((&[], true)),
        }
    }
    let mut last = Flow::Continue;
    for (chunk, end) in events {
        envoy.buffer.borrow_mut().extend_from_slice(chunk);
        let bytes = envoy.buffer.borrow().len();
        let before = envoy.calls.get();
        last = body.chunk(&envoy, &mut script, bytes, end, &mut out);
        calls.push(envoy.calls.get() - before);
        if !envoy.after(&last) {
            return Outcome { flow: last, sent: envoy.sent.into_inner(), calls };
        }
    }
    if run.trailers {
        last = body.trailers(&envoy, &mut out, |out| script.end(out));
        if !envoy.after(&last) {
            return Outcome { flow: last, sent: envoy.sent.into_inner(), calls };
        }
    }
    Outcome { flow: last, sent: envoy.sent.into_inner(), calls }
}

fn expected(run: &Run) -> Vec<u8> {
    run.chunks.concat().iter().flat_map(|byte| altered(*byte, run.alters)).collect()
}

prop_compose! {
    fn runs()(
        chunks in prop::collection::vec(prop::collection::vec(b'a'..=b'f', 0..6), 0..9),
        end_with_last in any::<bool>(),
        trailers in any::<bool>(),
        decides in prop::collection::vec(0_usize..=8, 1..9),
        whole in prop_oneof![Just(0), 0_usize..10, Just(100)],
        alters in any::<bool>(),
    ) -> Run {
        let decisions =
            decides.into_iter().map(|decides| Decision { decides, blocks: false }).collect();
        Run {
            chunks, end_with_last, trailers, decisions, whole, alters, fails_at: None, room: true,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_comes_out_is_what_was_let_on(run in runs()) {
        let outcome = play(&run);
        prop_assert!(matches!(outcome.flow, Flow::Done(_)), "{:?}", outcome.flow);
        prop_assert_eq!(&outcome.sent, &expected(&run));
        if let Flow::Done(Some(bytes)) = outcome.flow {
            prop_assert_eq!(bytes, outcome.sent.len());
        }
    }

    #[test]
    fn a_whole_delivery_knows_its_length(mut run in runs()) {
        run.whole = usize::MAX;
        run.trailers = false;
        let outcome = play(&run);
        prop_assert!(matches!(outcome.flow, Flow::Done(Some(n)) if n == outcome.sent.len()));
    }

    #[test]
    fn after_a_block_nothing_more_leaves(mut run in runs(), at in 0_usize..9) {
        run.alters = true;
        run.trailers = false;
        let at = at % run.decisions.len();
        run.decisions[at].blocks = true;
        let outcome = play(&run);
        prop_assert!(expected(&run).starts_with(&outcome.sent));
        let reached = at < run.chunks.len().max(1);
        prop_assert!(!reached || matches!(outcome.flow, Flow::Stop(_)), "{:?}", outcome.flow);
        if reached && run.whole > at {
            prop_assert_eq!(outcome.sent, b"");
        }
    }

    #[test]
    fn a_host_call_that_fails_lets_nothing_through(mut run in runs(), at in 0_usize..30) {
        run.alters = true;
        run.fails_at = Some(at);
        let outcome = play(&run);
        prop_assert!(expected(&run).starts_with(&outcome.sent));
        let failed = Flow::Fail(BodyError::Host(HostError::new("call", 10)));
        match outcome.flow {
            Flow::Fail(_) => prop_assert_eq!(format!("{:?}", outcome.flow), format!("{failed:?}")),
            _ => prop_assert_eq!(&outcome.sent, &expected(&run)),
        }
    }

    #[test]
    fn a_chunk_costs_few_host_calls(run in runs()) {
        let outcome = play(&run);
        prop_assert!(outcome.calls.iter().all(|calls| *calls <= 3), "{:?}", outcome.calls);
        let decides_at_once = run.decisions.iter().all(|decision| decision.decides == 8);
        if decides_at_once && run.whole == 0 {
            let most = if run.alters { 2 } else { 1 };
            prop_assert!(outcome.calls.iter().all(|calls| *calls <= most), "{:?}", outcome.calls);
        }
    }
}

#[test]
fn a_stash_without_room_fails_before_anything_leaves() {
    let run = Run {
        chunks: vec![b"abc".to_vec()],
        end_with_last: false,
        trailers: false,
        decisions: vec![Decision { decides: 8, blocks: false }],
        whole: 9,
        alters: false,
        fails_at: None,
        room: false,
    };
    let outcome = play(&run);
    assert!(matches!(outcome.flow, Flow::Fail(BodyError::Busy)));
    assert_eq!(outcome.sent, b"");
}

#[test]
fn a_buffer_that_shrank_is_not_believed() {
    let envoy = Envoy::default();
    let mut script = Script {
        decisions: vec![Decision { decides: 4, blocks: false }],
        whole: 0,
        alters: true,
        undecided: Vec::new(),
        chunks: 0,
        room: true,
    };
    let mut body = Body::default();
    let mut out = Vec::new();
    *envoy.buffer.borrow_mut() = b"cdef".to_vec();
    let flow = body.chunk(&envoy, &mut script, 4, false, &mut out);
    assert!(matches!(flow, Flow::Pause));
    let flow = body.chunk(&envoy, &mut script, 1, false, &mut out);
    assert!(matches!(flow, Flow::Fail(BodyError::Order)));
}
