//! Looks through encodings within a value: runs of base64, hex and base32, and escapes.
//! A layer beside the plain scan: what it finds are findings of the same value. A run is replaced
//! as a whole; what is found among escapes, exactly. Counts layers, so that their number is bounded.

mod alphabet;
mod escapes;
mod gate;
mod glance;
mod hints;
mod run;
mod stream;

use super::value::Value;
use crate::detect::ContextSets;
use crate::finding::Style;
use crate::judge::Judge;
use alloc::boxed::Box;
use escapes::Reading;
use hints::Hints;
pub(crate) use hints::Signs;
use run::{Found, LETTERS_MAX, Run, Step, Tail, Within};

/// What is going on in a value beside its plain scan.
#[derive(Clone, Default)]
pub(crate) struct Wrapped {
    run: Option<Box<Run>>,
    reading: Option<Box<Reading>>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(crate) struct Outer {
    /// Layers that may be looked through.
    pub(crate) depth: u8,
    /// Layers that were, to come here.
    pub(crate) level: u8,
    /// Its offsets are those of a run, not of a message.
    pub(crate) inner: bool,
    pub(crate) context: ContextSets,
    pub(crate) style: Style,
}

impl Wrapped {
    /// Reads the text of a value from `from` on. Whether something was found.
    pub(crate) fn read(
        &mut self,
        value: &Value,
        from: usize,
        ended: bool,
        outer: Outer,
        judge: &mut Judge<'_, '_>,
    ) -> bool {
        let text = value.text();
        let hints = Hints::new(text, from);
        // PERF: nearly every text holds nothing of the kind.
        if self.is_idle() && !hints.any(ended) {
            return false;
        }
        // The reading begins with a copy of the run as it was before.
        self.begin_reading(value, from, ended, &hints, outer);
        let mut any = self.read_runs(value, from, ended, &hints, outer, judge);
        let Some(reading) = &mut self.reading else { return any };
        value.each(from, |text, raw, undone| reading.push(text, raw, undone, judge));
        if ended {
            // It still tells where escapes are, until the value is cleared.
            any |= reading.end(value.raw_end(), judge);
        } else {
            any |= reading.scan(judge);
            if reading.is_over() {
                self.reading = None;
            }
        }
        any
    }

    fn begin_reading(
        &mut self,
        value: &Value,
        from: usize,
        ended: bool,
        hints: &Hints,
        outer: Outer,
    ) {
        if self.reading.is_none()
            && hints.signs
            && escapes::first(value.text(), from, ended).is_some()
        {
            let mut inner = self.clone();
            inner.run = inner.run.and_then(|mut run| run.deepen().then_some(run));
            let copy = value.copy(from, outer.depth.saturating_sub(1), inner);
            self.reading = Some(Box::new(Reading::new(copy)));
        }
    }

    /// Goes on with runs.
    fn read_runs(
        &mut self,
        value: &Value,
        from: usize,
        ended: bool,
        hints: &Hints,
        outer: Outer,
        judge: &mut Judge<'_, '_>,
    ) -> bool {
        let Outer { depth, level, inner, context, style } = outer;
        let text = value.text();
        let within = Within { depth, context, inner };
        let mut found = Found { judge, style, level, any: false };
        let mut at = from;
        while let Some(byte) = text.get(at) {
            let Some(run) = &mut self.run else {
                let Some(begin) = hints.next_run(text, at, ended) else { break };
                let before = begin.checked_sub(1).and_then(|at| text.get(at)).copied();
                let run = Run::new(value.raw_start(begin), before.unwrap_or(0), within);
                self.run = Some(Box::new(run));
                at = begin;
                continue;
            };
            if alphabet::is_letter(*byte) && !matches!(run.tail, Tail::Padding(_) | Tail::Return) {
                let rest = text.get(at..).unwrap_or_default();
                let more = rest.iter().position(|byte| !alphabet::is_letter(*byte));
                let more = more.unwrap_or(rest.len()).min(LETTERS_MAX);
                let (undone, more) = value.undone_alike(at, at + more);
                let letters = rest.get(..more).unwrap_or_default();
                run.letters(letters, undone, |n| value.raw_start(at + n), found.judge);
                at += letters.len();
                run.end = value.raw_end_of(at);
                run.settle_many(&mut found);
                continue;
            }
            match run.other(*byte) {
                Step::Belongs => {
                    run.came_out_of(value.undone_alike(at, at + 1).0);
                    at += 1;
                    run.end = value.raw_end_of(at);
                }
                Step::May => {
                    run.may_come_out_of(value.undone_alike(at, at + 1).0);
                    at += 1;
                }
                Step::Ends => {
                    if let Some(run) = self.run.take() {
                        run.finish(&mut found);
                    }
                }
            }
        }
        if ended {
            if let Some(run) = self.run.take() {
                run.finish(&mut found);
            }
        } else if let Some(run) = &mut self.run {
            run.settle(&mut found);
        }
        found.any
    }

    /// Whether nothing is going on.
    pub(crate) fn is_idle(&self) -> bool {
        self.run.is_none() && self.reading.is_none()
    }

    /// Raw offset before which nothing can change any more.
    pub(crate) fn decided(&self) -> u64 {
        let run = self.run.as_ref().map_or(u64::MAX, |run| run.decided());
        self.reading.as_ref().map_or(run, |reading| reading.decided().min(run))
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        if let Some(run) = &mut self.run {
            run.trim();
        }
        if let Some(reading) = &mut self.reading {
            reading.trim();
        }
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        let run = self.run.as_ref().map_or(0, |run| run.kept_bytes());
        run + self.reading.as_ref().map_or(0, |reading| reading.kept_bytes())
    }

    /// The plain reading is decided up to this raw offset.
    pub(crate) fn forget(&mut self, decided: u64) {
        if let Some(reading) = &mut self.reading {
            reading.forget(decided);
        }
    }

    /// Where the escape begins that a raw offset lies in.
    pub(crate) fn begin_of(&self, at: u64) -> u64 {
        self.reading.as_ref().map_or(at, |reading| reading.begin_of(at))
    }
}

/// Whether something may be hidden in a whole value: for those that are passed by where they stand.
pub(crate) fn may_hold(text: &[u8]) -> bool {
    escapes::first(text, 0, true).is_some() || gate::may_hold_text(text)
}
