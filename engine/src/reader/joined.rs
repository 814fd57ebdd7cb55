//! Reads text that comes in pieces with something between them: each piece by itself, and beside
//! that all of them as one text, so that neither a value that goes over a cut is lost nor one that
//! stands next to another. Knows no format; what lies between is told in raw offsets.

use super::Stop;
use super::value::Value;
use crate::detect::ContextSets;
use crate::finding::Style;
use crate::judge::Judge;
use crate::path::FieldSet;
use crate::verdict::Reason;

/// Raw bytes that may lie between the characters of one candidate before the first of them leave.
const GAP_BYTES_MAX: u64 = 2048;
/// Cuts that may lie in one candidate before that.
const CUTS_MAX: u16 = 64;
/// Digits that are let go with what is undecided before so much that is no text: fewer than a value
/// could be guessed from.
const DIGITS_MAX: usize = 5;
/// Longest word with a digit in it that is let go: part of a key may be no longer.
const WORD_BYTES_MAX: usize = 15;

/// Text in pieces.
pub(crate) struct Joined {
    /// The piece that is being read.
    piece: Value,
    in_piece: bool,
    /// Where it began.
    piece_at: u64,
    /// All pieces since the last part, once there is more than one.
    whole: Value,
    joins: bool,
    /// Raw offset at which the last piece ended, where none has begun since.
    gap: Option<u64>,
    /// A candidate goes on over the gap, or may.
    pending: bool,
    /// Where the last finding ends in the text, were it to end at the gap.
    found_to: usize,
    /// Raw bytes, and their number, of the gaps before in what is pending.
    gaps: u64,
    cuts: u16,
    /// Which readings these are, and those that look aside.
    readings: [u8; 2],
    aside: u8,
}

impl Joined {
    /// Three readings, by these numbers: see [`Value::beside`].
    pub(crate) fn new([piece, whole, aside]: [u8; 3]) -> Self {
        let readings = [piece, whole];
        let [piece, whole] = readings.map(Value::beside);
        Self {
            piece,
            in_piece: false,
            piece_at: 0,
            whole,
            joins: false,
            gap: None,
            pending: false,
            found_to: 0,
            gaps: 0,
            cuts: 0,
            readings,
            aside,
        }
    }

    /// Whether a piece has begun and not ended.
    pub(crate) fn in_piece(&self) -> bool {
        self.in_piece
    }

    /// Whether the next piece goes on with the text of one before.
    pub(crate) fn joins(&self) -> bool {
        self.joins
    }

    /// A piece begins at raw offset `at`.
    pub(crate) fn begin(
        &mut self,
        at: u64,
        context: ContextSets,
        fields: FieldSet,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Stop> {
        self.check(at, judge)?;
        self.piece.begin(at, context, fields, Style::Plain, judge);
        (self.in_piece, self.piece_at) = (true, at);
        if let (true, Some(gap)) = (self.joins, self.gap.take()) {
            if self.pending {
                self.gaps = self.gaps.saturating_add(at.saturating_sub(gap));
                self.cuts = self.cuts.saturating_add(1);
            } else {
                self.whole.jump(at);
            }
        }
        Ok(())
    }

    /// ASCII bytes that stand for themselves.
    pub(crate) fn push_ascii(&mut self, run: &[u8], at: u64, judge: &Judge<'_, '_>) {
        self.piece.push_ascii(run, at, judge);
        if self.joins {
            self.whole.push_ascii(run, at, judge);
        }
    }

    /// One character, spelled in `raw_bytes` bytes at `at`.
    pub(crate) fn push_char(
        &mut self,
        c: char,
        at: u64,
        raw_bytes: u8,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        self.piece.push_char(c, at, raw_bytes, judge)?;
        if self.joins { self.whole.push_char(c, at, raw_bytes, judge) } else { Ok(()) }
    }

    /// The piece ends before `at`. The next one goes on with the text.
    pub(crate) fn cut(&mut self, at: u64, judge: &mut Judge<'_, '_>) {
        if !core::mem::replace(&mut self.in_piece, false) {
            return;
        }
        self.scan_both(judge);
        if self.joins {
            self.piece.end(at, judge);
        } else if self.piece.is_open() {
            // It is told of already, and goes on.
            self.piece.join(judge);
            core::mem::swap(&mut self.piece, &mut self.whole);
            self.piece = Value::beside(self.readings[1]);
            self.readings.reverse();
        } else {
            let [_, reading] = self.readings;
            self.whole = self.piece.fork(reading);
            self.piece.end(at, judge);
            self.found_to = self.piece.found_to();
        }
        self.pending = self.whole.decided() < self.whole.raw_end();
        if self.joins && self.pending {
            // What ends here may be a value whatever the next piece begins with.
            let mut aside = self.whole.fork(self.aside);
            aside.end(at, judge);
            self.found_to = aside.found_to();
        }
        self.joins = true;
        self.gap = Some(at);
        // What is pending begins behind the gaps before.
        if self.whole.decided() >= self.piece_at {
            (self.gaps, self.cuts) = (0, 0);
        }
    }

    /// The text ends before `at`: what comes behind is another.
    pub(crate) fn part(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        self.check(at, judge)?;
        if core::mem::replace(&mut self.in_piece, false) {
            self.piece.end(at, judge);
        }
        if core::mem::replace(&mut self.joins, false) {
            if self.gap.take().is_some() && !self.pending {
                self.whole.jump(at);
            }
            self.whole.end(at, judge);
        }
        (self.gap, self.gaps, self.cuts, self.pending) = (None, 0, 0, false);
        Ok(())
    }

    /// Looks at what has come, up to `at`. The text goes on.
    pub(crate) fn scan(&mut self, at: u64, judge: &mut Judge<'_, '_>) -> Result<(), Stop> {
        if self.in_piece {
            self.scan_both(judge);
        }
        self.check(at, judge)
    }

    /// Raw offset before which nothing can change any more, of what was read up to `at`.
    pub(crate) fn decided(&self, at: u64) -> u64 {
        let piece = if self.in_piece { self.piece.decided() } else { at };
        let whole = self.joins && (self.in_piece || self.pending);
        at.min(piece).min(if whole { self.whole.decided() } else { at })
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        self.piece.trim();
        self.whole.trim();
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.piece.kept_bytes() + self.whole.kept_bytes()
    }

    fn scan_both(&mut self, judge: &mut Judge<'_, '_>) {
        self.piece.scan(judge);
        if self.joins {
            self.whole.scan(judge);
        }
    }

    /// What is between has come up to `at`. Where that is too much to keep, what is undecided before
    /// leaves as if the text ended there, and what comes behind still goes on with it: a finding
    /// over such a gap stops the message. More than may leave so is told where the gap gets long.
    fn check(&mut self, at: u64, judge: &Judge<'_, '_>) -> Result<(), Stop> {
        let Some(gap) = self.gap.filter(|_| self.joins && self.pending) else { return Ok(()) };
        let most = GAP_BYTES_MAX.saturating_sub(self.gaps);
        let most = if self.cuts >= CUTS_MAX { 0 } else { most };
        let stop = gap.saturating_add(most);
        if at <= stop {
            return Ok(());
        }
        let undecided = self.whole.unfound(self.found_to);
        if tells_much(undecided) && !judge.law.detection.has_replacement(undecided, &judge.law) {
            return Err(Stop { reason: Reason::HiddenText, at: stop });
        }
        (self.pending, self.gaps, self.cuts) = (false, 0, 0);
        Ok(())
    }
}

/// Whether so much of a value could stand in this text that it must not leave before the rest.
fn tells_much(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let word = digits > 0 && text.len() > WORD_BYTES_MAX;
    digits > DIGITS_MAX || word || text.iter().skip(1).any(|byte| *byte == b'@')
}
