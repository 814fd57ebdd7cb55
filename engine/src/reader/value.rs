//! The scan text of one value, and which raw bytes each byte of it came from.
//! Keeps what is undecided and a little history; never more of a value, however long it is.

mod units;

use super::hidden::Allowance;
use super::markup::reference;
use super::names::Names;
use super::running::{Flow, Running};
use super::wrapped::{Outer, Wrapped};
use crate::action::Applying;
use crate::detect::{Candidate, ContextSets, Memory, Text};
use crate::finding::{Kind, Long, Style};
use crate::judge::{Judge, Spread, field_fits};
use crate::limits;
use crate::path::FieldSet;
use crate::room;
use alloc::boxed::Box;
use alloc::vec::Vec;
pub(crate) use units::Piece;
use units::Unit;

/// The scan text of one value.
#[derive(Clone)]
pub(crate) struct Value {
    text: Vec<u8>,
    units: Vec<Unit>,
    raw_base: u64,
    /// Raw offset behind the last character.
    raw_end: u64,
    from: usize,
    memory: Memory,
    allowance: Allowance,
    context: ContextSets,
    fields: FieldSet,
    style: Style,
    field: ByField,
    /// Whether the open candidate counts, and how much text it has been told.
    open_counts: bool,
    told: usize,
    /// Raw offset behind the text that it has been told.
    told_raw: u64,
    /// All findings are this whole token: a number is replaced as one.
    token: Option<(u64, u64)>,
    candidates: Vec<Candidate>,
    /// Something was found in it.
    found: bool,
    /// Text before this stood before what is no part of it, and has been decided without what comes
    /// behind that.
    behind: usize,
    /// Where what was found last in it ends.
    found_to: usize,
    /// Text was dropped: it is too long for a name.
    dropped: bool,
    /// Reads the same text as it goes on from body to body, where it does.
    running: Option<Box<Running>>,
    /// Which of the readings of these raw bytes this is: each has findings of its own that are open.
    reading: u8,
    /// It is text of markup, whose references are undone.
    of_markup: bool,
    /// Nothing that it hides by an encoding of its own is looked through.
    shallow: bool,
    /// What is hidden in it, and how many layers of that are looked through.
    wrapped: Wrapped,
    depth: u8,
    /// Layers of escapes that were undone to come here, of the same raw bytes.
    level: u8,
    /// It stands in a run: its raw offsets are those of what the run holds.
    inner: bool,
    /// How much of the text has been read for what is hidden in it.
    read: usize,
}

/// Whether the value is a finding by the place it stands in.
#[derive(Clone)]
enum ByField {
    No,
    /// Yes, and it is short so far: it may still turn out to be a replacement.
    Short {
        kind: Kind,
        applying: Applying,
        start: u64,
    },
    /// Yes, and it is being swallowed.
    Long,
}

impl Value {
    pub(crate) fn new() -> Self {
        Self {
            text: Vec::new(),
            units: Vec::new(),
            raw_base: 0,
            raw_end: 0,
            from: 0,
            memory: Memory::default(),
            allowance: Allowance::full(),
            context: 0,
            fields: 0,
            style: Style::Plain,
            field: ByField::No,
            open_counts: false,
            told: 0,
            told_raw: 0,
            token: None,
            candidates: Vec::new(),
            found: false,
            behind: 0,
            found_to: 0,
            dropped: false,
            running: None,
            reading: 0,
            of_markup: false,
            shallow: false,
            wrapped: Wrapped::default(),
            depth: 0,
            level: 0,
            inner: false,
            read: 0,
        }
    }

    /// A value of markup, read beside others, over the same raw bytes.
    pub(crate) fn beside(reading: u8) -> Self {
        Self { reading, of_markup: true, ..Self::new() }
    }

    /// The same text up to here, as another reading goes on with it. What it is by its place stays
    /// with this one; nothing of it is open.
    pub(crate) fn fork(&self, reading: u8) -> Self {
        Self {
            text: self.text.clone(),
            units: self.units.clone(),
            memory: self.memory.clone(),
            field: ByField::No,
            candidates: Vec::new(),
            running: None,
            reading,
            // What is hidden in runs is looked for in pieces alone.
            wrapped: Wrapped::default(),
            depth: 0,
            shallow: true,
            ..*self
        }
    }

    /// Raw bytes up to `at` are no part of it; what came before has left, or been replaced.
    pub(crate) fn jump(&mut self, at: u64) {
        self.units.clear();
        self.raw_base = at;
        self.raw_end = at;
        self.told_raw = at;
        self.behind = self.text.len();
    }

    /// The text that is undecided, but for what was found in it.
    pub(crate) fn unfound(&self, found_to: usize) -> &[u8] {
        self.text.get(self.from.max(found_to)..).unwrap_or_default()
    }

    /// Where what was found last ends in the text, as it was when that was looked at.
    pub(crate) fn found_to(&self) -> usize {
        self.found_to
    }

    /// Raw offset behind the last character.
    pub(crate) fn raw_end(&self) -> u64 {
        self.raw_end
    }

    /// Whether a candidate that counts is open.
    pub(crate) fn is_open(&self) -> bool {
        self.open_counts
    }

    /// Begins a value whose first raw byte is at `at`.
    pub(crate) fn begin(
        &mut self,
        at: u64,
        context: ContextSets,
        fields: FieldSet,
        style: Style,
        judge: &Judge<'_, '_>,
    ) {
        if let Some(running) = &mut self.running {
            running.leave();
        }
        self.text.clear();
        self.units.clear();
        self.raw_base = at;
        self.raw_end = at;
        self.from = 0;
        self.memory.restart();
        self.allowance = Allowance::full();
        self.context = context;
        self.fields = fields;
        self.style = style;
        self.open_counts = false;
        self.token = None;
        self.told = 0;
        self.found = false;
        (self.behind, self.found_to) = (0, 0);
        self.dropped = false;
        self.wrapped = Wrapped::default();
        self.look_through_all(judge);
        self.read = 0;
        self.field = match judge.by_field(fields, style) {
            Some((kind, applying)) => ByField::Short { kind, applying, start: at },
            None => ByField::No,
        };
    }

    /// The text that goes on from body to body.
    pub(crate) fn running(&self) -> Option<&Running> {
        self.running.as_deref()
    }

    /// Where the text is that goes on from body to body.
    pub(crate) fn running_mut(&mut self) -> &mut Option<Box<Running>> {
        &mut self.running
    }

    /// What follows goes on with the text of this place in the bodies before.
    pub(crate) fn follow(&mut self, place: (u64, Flow), at: u64, judge: &Judge<'_, '_>) {
        if let Some(running) = &mut self.running {
            running.follow(place, at, self.context, self.fields, judge);
        }
    }

    /// All findings of this value become one, over these raw bytes.
    pub(crate) fn is_token(&mut self, start: u64, end: u64) {
        self.token = Some((start, end));
    }

    /// Raw offset before which nothing of this value can change any more.
    pub(crate) fn decided(&self) -> u64 {
        match self.field {
            ByField::Short { start, .. } => start,
            // What was skipped behind an open candidate belongs to it only if text follows.
            ByField::No if self.open_counts => self.plainly_decided().min(self.told_raw),
            ByField::No | ByField::Long => self.plainly_decided(),
        }
    }

    /// The same but for what is open. A candidate that begins in an escape begins with that.
    fn plainly_decided(&self) -> u64 {
        let decided = self.wrapped.begin_of(self.raw_start(self.from));
        decided.min(self.wrapped.decided())
    }

    /// Bytes kept.
    pub(crate) fn kept_bytes(&self) -> usize {
        let running = self.running.as_ref().map_or(0, |running| running.kept_bytes());
        let units = self.units.len() * size_of::<Unit>();
        self.text.len() + units + running + self.wrapped.kept_bytes()
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.text);
        room::trim(&mut self.units);
        room::trim_all(&mut self.candidates);
        self.memory.drop_room();
        self.wrapped.trim();
        if let Some(running) = &mut self.running {
            running.trim();
        }
    }

    /// The text, as far as it is kept: all of it while it is short enough for a name.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Looks at what has come, and hands on what is decided. The value goes on.
    pub(crate) fn scan(&mut self, judge: &mut Judge<'_, '_>) {
        self.field_grows(judge);
        self.look(false, judge);
        if let Some(running) = &mut self.running {
            running.tell(judge);
        }
        self.memory.trim();
        self.forget();
        self.read = self.text.len();
    }

    /// Looks at the rest: the value has ended before raw offset `at`.
    pub(crate) fn end(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.field_grows(judge);
        self.look(true, judge);
        match core::mem::replace(&mut self.field, ByField::No) {
            ByField::No => {}
            ByField::Long => {
                if let Some(long) = judge.splice.open_mut(self.reading) {
                    long.end = Some(at);
                }
            }
            ByField::Short { kind, applying, start } => {
                let (start, end) = self.token.unwrap_or((start, at));
                let spread = Spread { start, end, style: self.style };
                judge.whole_field(kind, applying, &self.text, spread);
            }
        }
        if let Some(running) = &mut self.running {
            running.end_piece(at, judge);
        }
        self.clear(at);
    }

    /// The same for a value that names another one: the context that it gives. A name in which
    /// something was found, or was replaced before, gives none, so that it gives the same in a
    /// second pass; nor does one that is too long for a name.
    pub(crate) fn end_name(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> ContextSets {
        self.end_new_name(at, judge).unwrap_or(0)
    }

    /// The same where names repeat.
    pub(crate) fn end_known_name(
        &mut self,
        at: u64,
        names: &mut Names,
        judge: &mut Judge<'_, '_>,
    ) -> ContextSets {
        let around = self.context;
        if !self.dropped
            && let Some(context) = names.recall(&self.text, around)
        {
            self.clear(at);
            return context;
        }
        let name = Names::copy(&self.text);
        match (self.end_new_name(at, judge), name) {
            (Some(context), Some(name)) => {
                names.learn(&name, around, context);
                context
            }
            (context, _) => context.unwrap_or(0),
        }
    }

    /// The context of a name; `None` where it gives none because of what it is.
    fn end_new_name(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Option<ContextSets> {
        let law = judge.law;
        let short = !self.dropped && self.text.len() <= limits::KEY_BYTES_MAX;
        let context = if short && !law.detection.has_replacement(&self.text, &law) {
            Some(law.sets_in(&self.text))
        } else {
            None
        };
        self.end(at, judge);
        context.filter(|_| !self.found)
    }

    /// Forgets the text: what comes next stands at `at`.
    pub(crate) fn clear(&mut self, at: u64) {
        self.wrapped = Wrapped::default();
        self.read = 0;
        self.text.clear();
        self.units.clear();
        self.from = 0;
        self.behind = 0;
        self.raw_base = at;
        self.raw_end = at;
    }

    fn look(&mut self, ended: bool, judge: &mut Judge<'_, '_>) {
        let wrapped = self.look_through(ended, judge);
        let text = Text { bytes: &self.text, from: self.from, ended, place_context: self.context };
        let law = judge.law;
        let mut candidates = core::mem::take(&mut self.candidates);
        let memory = &mut self.memory;
        let progress = law.detection.scan(&text, law.active, &law, memory, &mut candidates);
        if let Some(end) = progress.closed_at {
            self.close(end, judge);
        }
        self.found |= !candidates.is_empty() || progress.open.is_some();
        for candidate in candidates.drain(..) {
            if stands_for_character(&self.text, candidate.start, candidate.end)
                || self.of_markup && reference::ends_letter(&self.text, candidate.start)
            {
                continue;
            }
            self.found_to = self.found_to.max(candidate.end);
            let bytes = self.text.get(candidate.start..candidate.end).unwrap_or_default();
            let mut spread = self.spread(candidate.start, candidate.end);
            if candidate.start < self.behind {
                if candidate.end > self.behind {
                    judge.candidate_behind(candidate.detector, bytes, self.fields, spread);
                }
                continue;
            }
            spread.start = wrapped.begin_of(spread.start);
            if self.level > 0 {
                // What no escape stands in is found as if none stood anywhere near; and what is long
                // is the plain reading's.
                let depth = self.undone(candidate.start, candidate.end);
                if !candidate.committed {
                    judge.candidate_within(depth, &candidate, bytes, self.fields, spread);
                }
            } else if candidate.committed && matches!(self.field, ByField::Long) {
                judge.open_inside(candidate.detector, self.fields, spread.start);
            } else {
                judge.candidate(&candidate, bytes, self.fields, spread);
            }
        }
        self.candidates = candidates;
        if let (Some(start), Some(opened)) = (progress.opened_at, progress.open) {
            let bytes = self.text.get(start..opened.reached).unwrap_or_default();
            let at = self.raw_start(start);
            // A field value is swallowed already; only what blocks matters inside of it.
            if self.level > 0 {
                self.open_counts = false;
            } else if start < self.behind {
                let spread = Spread { start: at, end: at.saturating_add(1), style: self.style };
                judge.candidate_behind(opened.detector, &[], self.fields, spread);
                self.open_counts = false;
            } else if matches!(self.field, ByField::Long) {
                judge.open_inside(opened.detector, self.fields, at);
                self.open_counts = false;
            } else {
                let spread = Spread { start: at, end: at, style: self.style };
                self.open_counts =
                    judge.open(opened.detector, bytes, self.fields, spread, self.reading);
                self.told = opened.reached;
                self.told_raw = self.raw_end_of(opened.reached);
            }
        } else if let (Some(open), true) = (progress.open, self.open_counts) {
            let bytes = self.text.get(self.told..open.reached).unwrap_or_default();
            if let Some(long) = judge.splice.open_mut(self.reading) {
                long.applying.update(bytes);
            }
            if open.reached > self.told {
                self.told_raw = self.raw_end_of(open.reached);
            }
            self.told = open.reached;
        }
        self.from = progress.decided.min(self.text.len());
        self.wrapped = wrapped;
        let decided = self.raw_start(self.from);
        self.wrapped.forget(decided);
    }

    fn close(&mut self, end: usize, judge: &mut Judge<'_, '_>) {
        let at = if end > self.told { self.raw_end_of(end) } else { self.told_raw };
        if self.open_counts
            && let Some(long) = judge.splice.open_mut(self.reading)
        {
            long.applying.update(self.text.get(self.told..end).unwrap_or_default());
            long.end = Some(at.max(long.start));
        }
        self.open_counts = false;
    }

    /// A field value that is too long to wait for is swallowed from its beginning.
    fn field_grows(&mut self, judge: &mut Judge<'_, '_>) {
        match &mut self.field {
            ByField::No => {}
            ByField::Long => {
                let bytes = self.text.get(self.told..).unwrap_or_default();
                if let Some(long) = judge.splice.open_mut(self.reading) {
                    long.applying.update(bytes);
                }
                self.told = self.text.len();
            }
            ByField::Short { start, .. }
                if field_fits(self.text.len(), self.raw_end.saturating_sub(*start)) => {}
            ByField::Short { .. } => {
                // It is swallowed with the field, of which it is a part.
                self.close(self.told, judge);
                let field = core::mem::replace(&mut self.field, ByField::Long);
                let ByField::Short { kind, mut applying, start } = field else { return };
                applying.update(&self.text);
                judge.tally.key_missing |= applying.key_missing;
                self.told = self.text.len();
                let reading = self.reading;
                judge.splice.open(Long { start, end: None, kind, applying, reading });
            }
        }
    }

    /// Looks for what is hidden in the text that has come.
    fn look_through(&mut self, ended: bool, judge: &mut Judge<'_, '_>) -> Wrapped {
        let mut wrapped = core::mem::take(&mut self.wrapped);
        // A number hides nothing.
        if self.depth > 0 && self.style != Style::Quote {
            let Self { depth, level, inner, context, style, .. } = *self;
            let outer = Outer { depth, level, inner, context, style };
            self.found |= wrapped.read(self, self.read, ended, outer, judge);
        }
        wrapped
    }

    fn spread(&self, start: usize, end: usize) -> Spread {
        let (start, end) =
            self.token.unwrap_or_else(|| (self.raw_start(start), self.raw_end_of(end)));
        Spread { start, end, style: self.style }
    }

    /// A copy as it was before `from`, to be read on in another way.
    pub(crate) fn copy(&self, from: usize, depth: u8, wrapped: Wrapped) -> Self {
        Self {
            text: self.text.get(..from).unwrap_or_default().to_vec(),
            units: self.units_before(from),
            raw_base: self.raw_base,
            raw_end: if from < self.text.len() { self.raw_start(from) } else { self.raw_end },
            from: self.from,
            memory: self.memory.lean(),
            allowance: self.allowance,
            context: self.context,
            fields: self.fields,
            style: self.style,
            field: ByField::No,
            open_counts: false,
            told: 0,
            told_raw: 0,
            token: None,
            candidates: Vec::new(),
            found: false,
            behind: self.behind,
            found_to: 0,
            dropped: self.dropped,
            wrapped,
            depth,
            level: self.level.saturating_add(1),
            inner: self.inner,
            read: from,
            running: None,
            reading: self.reading,
            of_markup: self.of_markup,
            shallow: self.shallow,
        }
    }

    /// Begins a value that stands in a run.
    pub(crate) fn begin_within(&mut self, depth: u8, context: ContextSets, judge: &Judge<'_, '_>) {
        self.begin(0, context, 0, Style::Plain, judge);
        (self.depth, self.inner) = (depth, true);
    }

    /// Looks through as many layers as the policy says, from here on.
    pub(crate) fn look_through_all(&mut self, judge: &Judge<'_, '_>) {
        let layers = judge.law.tables.limits.unwrap.min(limits::UNWRAP_MAX);
        self.depth = if self.shallow { 0 } else { layers };
    }

    /// Looks through one layer more than the policy says.
    pub(crate) fn look_through_one_more(&mut self) {
        self.depth = self.depth.saturating_add(1).min(limits::UNWRAP_MAX);
    }

    /// Looks through no layer.
    pub(crate) fn look_through_nothing(&mut self) {
        self.depth = 0;
    }

    /// What came before raw offset `at` is a text of its own, and so is what comes.
    pub(crate) fn part(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        self.end(at, judge);
        self.memory.restart();
        self.allowance = Allowance::full();
        (self.told, self.open_counts) = (0, false);
    }

    /// From here on it goes on as the text of several pieces, and what is hidden ends.
    pub(crate) fn join(&mut self, judge: &mut Judge<'_, '_>) {
        self.look_through(true, judge);
        self.wrapped = Wrapped::default();
        (self.depth, self.shallow) = (0, true);
    }

    /// Looks through one layer less.
    pub(crate) fn deepen(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Text of the same value that was looked for what is hidden in it.
    pub(crate) fn has_found(&self) -> bool {
        self.found
    }

    /// Bytes of text that are undecided.
    pub(crate) fn undecided(&self) -> usize {
        self.text.len().saturating_sub(self.from)
    }

    /// Whether nothing that is hidden in it is being read.
    pub(crate) fn is_idle(&self) -> bool {
        self.wrapped.is_idle()
    }
}

/// Whether digits are a character of markup by its number, `&#65279;`, and no value of their own.
fn stands_for_character(text: &[u8], start: usize, end: usize) -> bool {
    // The last character there is, 1114111, has seven digits.
    let short = end.saturating_sub(start) <= 7;
    let digits = || text.get(start..end).is_some_and(|text| text.iter().all(u8::is_ascii_digit));
    short && text.get(..start).is_some_and(|before| before.ends_with(b"&#")) && digits()
}
