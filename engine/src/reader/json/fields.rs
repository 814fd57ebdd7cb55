//! Chooses what of a JSON text goes on where only some fields cross. A member that is none of them
//! and holds none goes with its comma, an element becomes `null` so that all others keep their
//! places, and an object or array that may hold a field stays, however little is left in it.
//! What is dropped is parsed as strictly as all else, and never looked at.

use super::passing::Passed;
use super::{Json, State};
use crate::fields_only::{FieldsOnly, Part, Shape};
use crate::judge::Judge;
use crate::limits;
use crate::path::Spot;
use crate::reader::in_place::Sight;
use crate::reader::members::Members;
use crate::verdict::Reason;

/// What a text of which only some fields cross adds to reading it.
#[derive(Default)]
pub(super) struct Fields {
    members: Members,
    /// How many levels are around what is dropped.
    depth: usize,
    /// The value that begins now is looked through for fields.
    pub(super) opens: bool,
}

impl Json {
    /// The same, of which only the fields cross that the law names.
    pub(crate) fn of_fields(self, only: Option<&FieldsOnly>) -> Self {
        Self { only: only.map(|_| Fields::default()), ..self }
    }

    /// Whether what is read now does not cross.
    pub(super) fn drops(&self) -> bool {
        self.only.as_ref().is_some_and(|only| only.members.is_dropping())
    }

    /// Whether what comes next is a member, an element or a whole text that may be dropped.
    pub(super) fn chooses(&self) -> bool {
        self.only.is_some() && !self.drops() && self.levels.last().is_none_or(|level| level.open)
    }

    pub(super) fn decided_of_fields(&self, decided: u64, at: u64) -> u64 {
        self.only.as_ref().map_or(decided, |only| only.members.decided(decided, at))
    }

    /// A name begins at `at`.
    pub(super) fn begin_member(&mut self, at: u64) {
        if self.chooses()
            && self.state == State::FirstKey
            && let Some(only) = &mut self.only
        {
            only.members.begin(at);
        }
    }

    /// A comma stands at `at`.
    pub(super) fn part_members(&mut self, at: u64) {
        if self.chooses()
            && self.levels.last().is_some_and(|level| !level.array)
            && let Some(only) = &mut self.only
        {
            only.members.part(at);
        }
    }

    /// White space at `at`.
    pub(super) fn wait(&self, at: u64) -> Result<(), Reason> {
        let waits = self.only.as_ref().is_some_and(|only| only.members.waits_too_long(at));
        if waits { Err(Reason::Unparsable) } else { Ok(()) }
    }

    /// A value begins at `at` with `byte`: it goes on, is looked through, or is dropped.
    pub(super) fn choose(
        &mut self,
        byte: u8,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Reason> {
        let chooses = self.chooses();
        let (Some(only), Some(law)) = (&mut self.only, judge.law.fields_only) else {
            return Ok(());
        };
        only.opens = false;
        let shape = match byte {
            b'{' => Shape::Object,
            b'[' => Shape::Array,
            b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Shape::Leaf,
            _ => return Ok(()),
        };
        if !chooses {
            return Ok(());
        }
        let part = law.part(judge.law.paths, self.next, shape);
        only.opens = part == Part::Holder;
        only.depth = self.levels.len();
        match (part, self.levels.last_mut()) {
            (Part::Other, None) => return Err(Reason::NoFields),
            // There is nothing in it already.
            (Part::Other, Some(level)) if level.array && byte == b'n' => {}
            (Part::Other, Some(level)) if level.array => only.members.replace(at, b"null", judge),
            (Part::Other, Some(_)) => only.members.drop(judge),
            (Part::Field | Part::Holder, Some(level)) if !level.array => {
                only.members.keep(core::mem::take(&mut level.first), judge);
            }
            (Part::Field | Part::Holder, _) => {}
        }
        Ok(())
    }

    /// Something was read up to `at`: what is dropped may end there, and a name that is too long
    /// is none of a field's.
    pub(super) fn follow(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        let long = self.state == State::KeyString
            && self.key.len() > limits::KEY_BYTES_MAX
            && self.chooses();
        let between = matches!(self.state, State::AfterValue | State::Top);
        let depth = self.levels.len();
        let Some(only) = &mut self.only else { return };
        if long {
            only.members.drop(judge);
            only.depth = depth;
            self.key.clear();
            self.value.clear(at);
        } else if between && only.members.is_dropping() && only.depth == depth {
            only.members.end(at, judge);
        }
    }

    /// Passes by what is dropped, where it stands whole in this piece.
    pub(super) fn pass_by_dropped(&mut self, at: usize, sight: &Sight<'_>) -> Option<usize> {
        match (self.state, sight.text.get(at)?) {
            (State::FirstKey | State::Key, b'"') => {
                let end = sight.survey.plain_string(sight.text, at + 1)?;
                self.drop_name();
                Some(end + 1)
            }
            (State::Value | State::FirstElement, _) => {
                let passed = Passed::new(sight.text, at, &sight.survey)?;
                self.after_value();
                Some(passed.next)
            }
            _ => None,
        }
    }

    /// A name was read that is dropped with its value.
    pub(super) fn drop_name(&mut self) {
        self.key.clear();
        self.next = Spot::default();
        self.state = State::Colon;
    }
}
