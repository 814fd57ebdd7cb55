//! Reads comma-separated values (RFC 4180): cells, with quotes undone. The names in the first
//! record give context and paths to the columns below, as keys of an object do.
//! The first `,`, `;`, tab or `|` outside of quotes is what parts cells, unless the type says tab.

use super::Stop;
use super::in_place::{self, BORDER, InPlace, Sight};
use super::members::Members;
use super::utf8::{Decoded, Utf8};
use super::value::Value;
use crate::fields_only::{FieldsOnly, Part, Shape};
use crate::finding::Style;
use crate::judge::Judge;
use crate::limits;
use crate::path::Spot;
use crate::room;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// What may part cells.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// Most columns with a name that means something, and that are told apart.
const SPOTS_MAX: usize = 32;
/// Most named columns. What lies behind them in a record belongs to no column.
const COLUMNS_MAX: usize = 2048;

/// A reader of records.
pub(crate) struct Csv {
    state: State,
    value: Value,
    utf8: Utf8,
    delimiter: Option<u8>,
    /// What is no UTF-8 is a border, and quotes may lack their end.
    lenient: bool,
    /// The first record, which names columns, has not ended.
    heading: bool,
    /// The cell's name so far, while names come.
    name: Vec<u8>,
    columns: Columns,
    /// Number of the cell in its record.
    column: usize,
    /// Where only some columns cross.
    only: Option<Only>,
    in_place: InPlace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A record begins: empty lines are none.
    Record,
    /// A cell begins.
    Cell,
    Bare,
    Quoted,
    /// Behind a quote in a quoted cell: another one makes a quote of both.
    Quote,
}

/// Which cells go on.
struct Only {
    members: Members,
    /// No cell of this record does so far.
    first: bool,
    /// How many columns do.
    kept: usize,
    /// What parts cells is said by the type.
    typed: bool,
    /// What goes on would be read in another way than this.
    ambiguous: bool,
}

/// What the names of columns give. Few of them give anything.
struct Columns {
    /// For each column an index into `spots`.
    of: Vec<u8>,
    spots: Vec<Spot>,
}

impl Columns {
    fn add(&mut self, spot: Spot) -> Result<(), Reason> {
        let known = self.spots.iter().position(|known| *known == spot);
        let at = known.unwrap_or(self.spots.len());
        if self.of.len() >= COLUMNS_MAX || at >= SPOTS_MAX {
            return Err(Reason::Unparsable);
        }
        if known.is_none() {
            self.spots.push(spot);
        }
        self.of.push(u8::try_from(at).unwrap_or(0));
        Ok(())
    }

    fn get(&self, column: usize) -> Option<Spot> {
        self.spots.get(usize::from(*self.of.get(column)?)).copied()
    }
}

impl Csv {
    /// With what parts cells, if that is known.
    pub(crate) fn new(delimiter: Option<u8>, lenient: bool) -> Self {
        Self {
            state: State::Record,
            value: Value::new(),
            utf8: Utf8::default(),
            delimiter,
            lenient,
            heading: true,
            name: Vec::new(),
            columns: Columns { of: Vec::new(), spots: Vec::new() },
            column: 0,
            only: None,
            in_place: InPlace::default(),
        }
    }

    /// The same, of which only the columns cross that the law names.
    pub(crate) fn of_fields(self, only: Option<&FieldsOnly>) -> Self {
        let typed = self.delimiter.is_some();
        let members = Members::default();
        let only = only.map(|_| Only { members, first: true, kept: 0, typed, ambiguous: false });
        Self { only, ..self }
    }

    pub(crate) fn read(
        &mut self,
        raw: &[u8],
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<(), Stop> {
        let result = self.read_all(raw, at, judge);
        if self.in_cell() && !self.drops() {
            self.value.scan(judge);
        }
        result
    }

    fn read_all(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let copy = self.bordered(raw);
        let mut sight = copy.as_deref().and_then(|copy| Sight::new(copy, at, judge.law));
        let heading = self.heading;
        let mut done = 0;
        while let Some(&byte) = raw.get(done) {
            if let Some(sight) = &mut sight
                && let Some(next) = self.pass_by(raw, done, sight, judge)
            {
                done = next;
                continue;
            }
            let rest = raw.get(done..).unwrap_or_default();
            let at = at.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            if heading && !self.heading {
                // From here on cells can be passed by.
                return self.read_all(rest, at, judge);
            }
            done += match self.state {
                State::Record if matches!(byte, b'\r' | b'\n') => 1,
                State::Record | State::Cell => self.begin(byte, at, judge)?,
                State::Bare | State::Quoted => self.text(rest, at, judge)?,
                State::Quote => self.behind_quote(byte, at, judge)?,
            };
        }
        Ok(())
    }

    /// A piece to be looked over, with what parts cells as borders. Where only some columns cross,
    /// and before it is known what parts them, every cell is read.
    fn bordered(&self, raw: &[u8]) -> Option<Vec<u8>> {
        let delimiter = self.delimiter.filter(|_| self.only.is_none() && !self.heading)?;
        let mut quoted = self.state == State::Quoted;
        let reads = |byte: u8| {
            quoted ^= byte == b'"';
            let parts = byte == delimiter || matches!(byte, b'\r' | b'\n');
            if parts && !quoted { BORDER } else { byte }
        };
        in_place::copy(raw, reads)
    }

    /// Passes by a cell that stands whole in this piece, and what ends it, where it needs no
    /// reading: what is in it is found where it stands.
    fn pass_by(
        &mut self,
        raw: &[u8],
        at: usize,
        sight: &mut Sight<'_>,
        judge: &mut Judge<'_, '_>,
    ) -> Option<usize> {
        let byte = *raw.get(at)?;
        let begins = match self.state {
            State::Record => !matches!(byte, b'\r' | b'\n'),
            State::Cell => true,
            State::Bare | State::Quoted | State::Quote => false,
        };
        if !begins || self.heading {
            return None;
        }
        let quoted = byte == b'"';
        let start = at + usize::from(quoted);
        let ends = |byte: &u8| {
            !byte.is_ascii() || if quoted { *byte == b'"' } else { self.ends_cell(*byte) }
        };
        let end = start + raw.get(start..)?.iter().position(ends)?;
        let parted_at = end + usize::from(quoted);
        let parted_by = *raw.get(parted_at)?;
        if !self.ends_cell(parted_by) || sight.bordered(&(start..end)) != raw.get(start..end) {
            return None;
        }
        let root = judge.law.paths.root();
        let spot = self.columns.get(self.column);
        let spot = spot.unwrap_or_else(|| root.unnamed(root.context));
        self.in_place.look(start..end, spot, Style::Plain, sight, judge)?;
        self.column = self.column.saturating_add(1);
        // Only what is told of the first record stops here.
        self.part(parted_by, sight.offset(parted_at)).ok()?;
        Some(parted_at + 1)
    }

    pub(crate) fn finish(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        match self.state {
            State::Record => self.end_heading(at),
            // Behind the last delimiter stands an empty cell, which may be dropped.
            State::Cell if self.only.is_some() => {
                self.begin(b',', at, judge)?;
                self.end_cell(at, at, judge)?;
                self.end_heading(at)
            }
            State::Cell => Ok(()),
            State::Quoted if !self.lenient => Err(Stop { reason: Reason::Unparsable, at }),
            State::Bare | State::Quoted => {
                self.cut_off(at, judge)?;
                self.end_cell(at, at, judge)?;
                self.end_heading(at)
            }
            State::Quote => {
                self.end_cell(at.saturating_sub(1), at, judge)?;
                self.end_heading(at)
            }
        }
    }

    pub(crate) fn decided(&self, at: u64) -> u64 {
        let decided = self.decided_of_cell(at);
        self.only.as_ref().map_or(decided, |only| only.members.decided(decided, at))
    }

    fn decided_of_cell(&self, at: u64) -> u64 {
        if !self.in_cell() {
            return at;
        }
        let quote = u64::from(self.state == State::Quote);
        let waiting = u64::from(self.utf8.waiting()) + quote;
        self.value.decided().min(at.saturating_sub(waiting))
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.value.trim();
        self.in_place.trim();
        room::trim(&mut self.name);
        room::trim(&mut self.columns.of);
        room::trim(&mut self.columns.spots);
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.value.kept_bytes()
            + self.name.len()
            + self.columns.of.len()
            + self.columns.spots.len() * size_of::<Spot>()
    }

    fn in_cell(&self) -> bool {
        matches!(self.state, State::Bare | State::Quoted | State::Quote)
    }

    /// The first byte of a cell at `at`; how many bytes it took.
    fn begin(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Stop> {
        let root = judge.law.paths.root();
        if let Some(only) = &mut self.only
            && self.column == 0
        {
            only.members.begin(at);
        }
        let named = if self.heading { None } else { self.columns.get(self.column) };
        let spot = named.unwrap_or_else(|| root.unnamed(root.context));
        let quoted = byte == b'"';
        if !self.heading {
            self.choose(spot, judge);
        }
        let begin = at.saturating_add(u64::from(quoted));
        self.value.begin(begin, spot.context, spot.fields, Style::Plain, judge);
        self.name.clear();
        self.state = if quoted { State::Quoted } else { State::Bare };
        Ok(usize::from(quoted))
    }

    /// Bytes of a cell, or the one behind it; how many it took.
    fn text(&mut self, raw: &[u8], at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Stop> {
        let Some(&byte) = raw.first() else { return Ok(0) };
        if !byte.is_ascii() || self.utf8.waiting() > 0 {
            return self.multibyte(byte, at, judge);
        }
        if self.state == State::Quoted {
            if byte == b'"' {
                self.state = State::Quote;
                return Ok(1);
            }
        } else if self.ends_cell(byte) {
            self.end_cell(at, at, judge)?;
            self.part(byte, at)?;
            return Ok(1);
        }
        let quoted = self.state == State::Quoted;
        let ends = |byte: &u8| {
            !byte.is_ascii() || if quoted { *byte == b'"' } else { self.ends_cell(*byte) }
        };
        let run = raw.iter().position(ends).unwrap_or(raw.len());
        let ascii = raw.get(..run).unwrap_or_default();
        if !self.drops() {
            self.value.push_ascii(ascii, at, judge);
            self.name(ascii, judge);
        }
        Ok(run)
    }

    /// The byte behind a quote in a quoted cell.
    fn behind_quote(
        &mut self,
        byte: u8,
        at: u64,
        judge: &mut Judge<'_, '_>,
    ) -> Result<usize, Stop> {
        let quote = at.saturating_sub(1);
        if byte == b'"' {
            self.push_char('"', quote, 2, judge)?;
            self.name(b"\"", judge);
            self.state = State::Quoted;
        } else if self.ends_cell(byte) {
            self.end_cell(quote, at, judge)?;
            self.part(byte, at)?;
        } else {
            // What a cell would be that goes on behind its quotes, no two readers agree.
            return Err(Stop { reason: Reason::Unparsable, at });
        }
        Ok(1)
    }

    /// One byte of a character of several; how many bytes it took.
    fn multibyte(&mut self, byte: u8, at: u64, judge: &mut Judge<'_, '_>) -> Result<usize, Stop> {
        let begun = at.saturating_sub(self.utf8.waiting().into());
        match self.utf8.push(byte) {
            Decoded::Part => Ok(1),
            Decoded::Char(c, length) => {
                self.push_char(c, begun, length, judge)?;
                self.name(c.encode_utf8(&mut [0; 4]).as_bytes(), judge);
                // A byte order mark stands before the first cell, not in it.
                if c == '\u{feff}' && self.begins_names() {
                    self.value.end(at.saturating_add(1), judge);
                    self.state = State::Cell;
                }
                Ok(1)
            }
            Decoded::Invalid { .. } if !self.lenient => {
                Err(Stop { reason: Reason::UnknownEncoding, at: begun })
            }
            Decoded::Invalid { taken } => {
                let length = u8::try_from(at - begun).unwrap_or(0) + u8::from(taken);
                self.push_char(char::REPLACEMENT_CHARACTER, begun, length, judge)?;
                Ok(usize::from(taken))
            }
        }
    }

    /// The text ends before `at`, perhaps within a character.
    fn cut_off(&mut self, at: u64, judge: &Judge<'_, '_>) -> Result<(), Stop> {
        let waiting = self.utf8.waiting();
        if waiting > 0 {
            let begun = at.saturating_sub(waiting.into());
            if !self.lenient {
                return Err(Stop { reason: Reason::UnknownEncoding, at: begun });
            }
            self.push_char(char::REPLACEMENT_CHARACTER, begun, waiting, judge)?;
        }
        Ok(())
    }

    fn push_char(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Stop> {
        if self.drops() {
            return Ok(());
        }
        let pushed = self.value.push_char(c, at, raw_bytes, judge);
        pushed.map_err(|reason| Stop { reason, at })
    }

    /// Whether nothing but one character of the first name has come.
    fn begins_names(&self) -> bool {
        let only = self.name.len() == '\u{feff}'.len_utf8();
        self.state == State::Bare && self.heading && self.column == 0 && only
    }

    fn name(&mut self, text: &[u8], judge: &mut Judge<'_, '_>) {
        if self.heading && self.name.len() <= limits::KEY_BYTES_MAX && !self.drops() {
            self.name.extend_from_slice(text);
            if self.name.len() > limits::KEY_BYTES_MAX && self.only.is_some() {
                self.choose(Spot::default(), judge);
                self.name.clear();
                self.value.clear(0);
            }
        }
    }

    fn drops(&self) -> bool {
        self.only.as_ref().is_some_and(|only| only.members.is_dropping())
    }

    /// A cell is in the column that `spot` says: it goes on, or is dropped.
    fn choose(&mut self, spot: Spot, judge: &mut Judge<'_, '_>) {
        let (Some(only), Some(law)) = (&mut self.only, judge.law.fields_only) else { return };
        match law.part(judge.law.paths, spot, Shape::Leaf) {
            Part::Field => only.members.keep(core::mem::take(&mut only.first), judge),
            Part::Holder | Part::Other => only.members.drop(judge),
        }
    }

    /// The first record has ended: without a column that goes on, nothing of the others would.
    fn end_heading(&self, at: u64) -> Result<(), Stop> {
        let named = self.heading && self.column > 0;
        let Some(only) = self.only.as_ref().filter(|_| named) else { return Ok(()) };
        // A single column does not say what parted it from the others: then it is a comma.
        let lost = only.kept == 1 && !only.typed && self.delimiter.is_some_and(|d| d != b',');
        match (only.kept, only.ambiguous || lost) {
            (0, _) => Err(Stop { reason: Reason::NoFields, at }),
            (_, true) => Err(Stop { reason: Reason::Unparsable, at }),
            (_, false) => Ok(()),
        }
    }

    /// The column whose name has just ended goes on, unless it is being dropped. The first that
    /// does begins what comes out, and what it looks like must be what it is.
    fn count_kept(&mut self) {
        let Some(only) = self.only.as_mut().filter(|only| !only.members.is_dropping()) else {
            return;
        };
        if only.kept == 0 && self.state == State::Bare {
            let signs = self.name.iter().any(|byte| DELIMITERS.contains(byte));
            let json = matches!(self.name.trim_ascii_start().first(), Some(b'{' | b'['));
            only.ambiguous = (signs && !only.typed) || (json && self.column > 1);
        }
        only.kept += 1;
    }

    fn ends_cell(&self, byte: u8) -> bool {
        matches!(byte, b'\r' | b'\n')
            || match self.delimiter {
                Some(delimiter) => byte == delimiter,
                None => DELIMITERS.contains(&byte),
            }
    }

    /// The text of a cell has ended before raw offset `at`, and its quotes before `behind`.
    fn end_cell(&mut self, at: u64, behind: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.column = self.column.saturating_add(1);
        let drops = self.drops();
        if !self.heading && !drops {
            self.value.end(at, judge);
        }
        let named = if self.heading { self.end_heading_cell(at, judge) } else { Ok(()) };
        if let Some(only) = &mut self.only {
            only.members.end(behind, judge);
        }
        named
    }

    /// The same of the name of a column.
    fn end_heading_cell(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        let drops = self.drops();
        let context = if drops { 0 } else { self.value.end_name(at, judge) };
        let root = judge.law.paths.root();
        let spot = if !drops && self.name.len() <= limits::KEY_BYTES_MAX {
            judge.law.paths.key(root, &self.name, context).leaf()
        } else {
            root.unnamed(root.context)
        };
        if !drops {
            self.choose(spot, judge);
            self.count_kept();
        }
        self.columns.add(spot).map_err(|reason| Stop { reason, at })
    }

    /// What parts two cells, or two records.
    fn part(&mut self, byte: u8, at: u64) -> Result<(), Stop> {
        self.state = State::Cell;
        if matches!(byte, b'\r' | b'\n') {
            self.end_heading(at)?;
            if let Some(only) = &mut self.only {
                only.first = true;
            }
            self.state = State::Record;
            self.column = 0;
            self.heading = false;
            // There was nothing to part in the first record.
            self.delimiter.get_or_insert(b',');
        }
        self.delimiter.get_or_insert(byte);
        if let (State::Cell, Some(only)) = (self.state, &mut self.only) {
            only.members.part(at);
        }
        Ok(())
    }
}
