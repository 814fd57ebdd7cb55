//! One run: letters of an alphabet, as far as they belong together over folds of lines and, in a
//! token of JOSE, over dots. Reads it in blocks, and only where a block may be text in full.
//! A run is one thing to replace; a long one is so in pieces, cut where its length alone says.

use super::alphabet::{self, Alphabet, BLOCK_CHARS};
use super::gate::{Block, Gate};
use super::stream::{Hit, Stream};
use crate::detect::ContextSets;
use crate::finding::{Finding, Kind};
use crate::judge::Judge;
use crate::room;
use alloc::vec::Vec;

/// Shortest run that is looked into, in letters.
pub(super) const LETTERS_MIN: usize = 16;
/// Raw bytes behind which a run goes on as another piece: where it stands in a message, and where
/// it stands in another run and is replaced with that one.
const PIECE_RAW_BYTES: u64 = 1024;
const PIECE_INNER_BYTES: u64 = 512;
/// Pieces behind which nothing stays undecided: what does is looked at as if it ended.
const PIECES_MAX: u64 = 4;
/// Most white space behind the end of a line in a run, and most dots in a token.
const INDENT_MAX: u8 = 8;
const DOTS_MAX: u8 = 4;
/// Most different findings that are not settled, and how many wait to be.
const HITS_MAX: usize = 16;
const HITS_WAIT: usize = 4;
/// Letters that are read before what was found in them is told.
pub(super) const LETTERS_MAX: usize = 1024;

/// A run on its way.
#[derive(Clone)]
pub(super) struct Run {
    /// The pieces that are not settled, and the number of the first.
    pieces: Vec<Piece>,
    first: u32,
    /// Raw offset behind the last letter or padding.
    pub(super) end: u64,
    /// Letters in all, and in the last piece.
    letters: usize,
    since_cut: usize,
    /// Letters of the line.
    line: usize,
    pub(super) tail: Tail,
    /// Most layers of escapes that the tail came out of, which is a part of it if letters follow.
    tail_undone: u8,
    /// The first letters say that dots may part it, and so many do.
    token: bool,
    dots: u8,
    /// It begins at the letter that comes.
    moved: bool,
    lead: Option<Lead>,
    gate: Gate,
    streams: Vec<Stream>,
    pub(super) hits: Vec<Hit>,
    within: Within,
}

/// A part of a run that is replaced as one.
#[derive(Clone, Copy)]
struct Piece {
    /// Raw offset at which it begins.
    at: u64,
    /// Most layers of escapes that any of it came out of.
    undone: u8,
}

/// Letters behind a sign that belong to an escape: the run begins behind it, so that the escape
/// reads the same when the run is replaced.
#[derive(Clone)]
struct Lead {
    sign: u8,
    letters: [u8; 5],
    length: usize,
}

impl Lead {
    const MORE: u8 = 0;
    const WHOLE: u8 = 1;
    const NONE: u8 = 2;

    fn new(before: u8) -> Option<Self> {
        matches!(before, b'%' | b'\\').then_some(Self { sign: before, letters: [0; 5], length: 0 })
    }

    /// One more letter; it is not taken where they are no escape.
    fn push(&mut self, letter: u8) -> u8 {
        let kind = self.letters().first().copied().unwrap_or(letter);
        let (named, digits) = match (self.sign, kind) {
            (b'%', b'u' | b'U') | (b'\\', b'u') => (1, 4),
            (b'%', _) => (0, 2),
            (_, b'x') => (1, 2),
            (_, b'n' | b'r' | b't' | b'/') => (1, 0),
            _ => return Self::NONE,
        };
        if self.length >= named && !letter.is_ascii_hexdigit() {
            return Self::NONE;
        }
        if let Some(slot) = self.letters.get_mut(self.length) {
            *slot = letter;
        }
        self.length += 1;
        if self.length == named + digits { Self::WHOLE } else { Self::MORE }
    }

    fn letters(&self) -> &[u8] {
        self.letters.get(..self.length).unwrap_or_default()
    }
}

/// Where a run stands.
#[derive(Clone, Copy)]
pub(super) struct Within {
    /// Layers that may still be looked through.
    pub(super) depth: u8,
    pub(super) context: ContextSets,
    /// Its offsets are not those of a message.
    pub(super) inner: bool,
}

/// What stands behind the last letter so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    Nothing,
    Padding(u8),
    /// The end of a line, and white space.
    Fold(u8),
    Return,
    Dot,
}

/// What a character does to a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It belongs to the run.
    Belongs,
    /// It may, if what follows does.
    May,
    /// The run has ended before it.
    Ends,
}

impl Run {
    /// Begins at a raw offset, behind this byte.
    pub(super) fn new(start: u64, before: u8, within: Within) -> Self {
        Self {
            pieces: alloc::vec![Piece { at: start, undone: 0 }],
            first: 0,
            end: start,
            letters: 0,
            since_cut: 0,
            line: 0,
            tail: Tail::Nothing,
            tail_undone: 0,
            token: false,
            dots: 0,
            moved: false,
            lead: Lead::new(before),
            gate: Gate::new(),
            streams: Vec::new(),
            hits: Vec::new(),
            within,
        }
    }

    /// Letters behind the last, out of so many layers of escapes; `raw` says where the one with this
    /// number begins.
    pub(super) fn letters(
        &mut self,
        letters: &[u8],
        undone: u8,
        raw: impl Fn(usize) -> u64,
        judge: &mut Judge<'_, '_>,
    ) {
        self.go_on(judge);
        let mut done = 0;
        while let (Some(lead), Some(letter)) = (&mut self.lead, letters.get(done)) {
            match lead.push(*letter) {
                Lead::MORE => done += 1,
                Lead::WHOLE => {
                    done += 1;
                    self.lead = None;
                    self.moved = true;
                }
                _ => {
                    let lead = self.lead.take();
                    let before = lead.as_ref().map_or(&[][..], Lead::letters);
                    let start = self.decided();
                    self.take(before, undone, |_| start, judge);
                }
            }
        }
        let letters = letters.get(done..).unwrap_or_default();
        if !letters.is_empty()
            && core::mem::take(&mut self.moved)
            && let Some(start) = self.pieces.first_mut()
        {
            start.at = raw(done);
        }
        self.take(letters, undone, |n| raw(done + n), judge);
    }

    fn take(
        &mut self,
        letters: &[u8],
        undone: u8,
        raw: impl Fn(usize) -> u64,
        judge: &mut Judge<'_, '_>,
    ) {
        self.begins(letters);
        self.line = self.line.saturating_add(letters.len());
        let mut done = 0;
        while done < letters.len() {
            if self.gate.left() == 0 {
                self.cut(raw(done), judge);
            }
            self.came_out_of(undone);
            let taken = self.gate.fill(letters.get(done..).unwrap_or_default());
            done += taken;
            self.letters = self.letters.saturating_add(taken);
            self.since_cut = self.since_cut.saturating_add(taken);
            if self.gate.left() == 0 {
                self.block(judge);
            }
        }
    }

    /// What comes belongs to the last piece, and came out of so many layers of escapes.
    pub(super) fn came_out_of(&mut self, undone: u8) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.undone = piece.undone.max(undone);
        }
    }

    /// What comes may be a part of it, and came out of so many layers of escapes.
    pub(super) fn may_come_out_of(&mut self, undone: u8) {
        self.tail_undone = self.tail_undone.max(undone);
    }

    /// The first letters tell whether it may be a token: base64 of `{` and a quote or white space.
    fn begins(&mut self, letters: &[u8]) {
        let begin = [(0_usize, &b"e"[..]), (1, b"yw")];
        for (at, one_of) in begin {
            let letter = at.checked_sub(self.letters).and_then(|n| letters.get(n));
            if let Some(letter) = letter {
                self.token = one_of.contains(letter) && (at == 0 || self.token);
            }
        }
    }

    /// Letters come behind a fold or a dot.
    fn go_on(&mut self, judge: &mut Judge<'_, '_>) {
        let undone = core::mem::take(&mut self.tail_undone);
        self.came_out_of(undone);
        match core::mem::replace(&mut self.tail, Tail::Nothing) {
            Tail::Fold(_) => self.line = 0,
            Tail::Dot => {
                self.flush(judge);
                self.dots += 1;
            }
            Tail::Nothing | Tail::Padding(_) | Tail::Return => {}
        }
    }

    /// Another piece begins at a raw offset, if this one is long enough.
    fn cut(&mut self, raw: u64, judge: &mut Judge<'_, '_>) {
        let most = if self.within.inner { PIECE_INNER_BYTES } else { PIECE_RAW_BYTES };
        if self.pieces.last().is_none_or(|piece| raw.saturating_sub(piece.at) < most) {
            return;
        }
        let open_from = raw.saturating_sub(most.saturating_mul(PIECES_MAX));
        while let Some(at) =
            self.streams.iter().position(|stream| self.raw_of(stream.decided()) < open_from)
        {
            let stream = self.streams.swap_remove(at);
            self.close(stream, 0, judge);
        }
        self.pieces.push(Piece { at: raw, undone: 0 });
        self.since_cut = 0;
        let piece = self.last();
        self.streams.iter_mut().for_each(|stream| stream.mark(piece, 0));
    }

    /// Where a piece begins that is not settled.
    fn raw_of(&self, piece: u32) -> u64 {
        let n = usize::try_from(piece.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.pieces.get(n).or(self.pieces.last()).map_or(self.end, |piece| piece.at)
    }

    /// The number of the piece that comes.
    fn last(&self) -> u32 {
        let pieces = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX);
        self.first.saturating_add(pieces).saturating_sub(1)
    }

    /// A character that is no letter.
    pub(super) fn other(&mut self, byte: u8) -> Step {
        let parts = self.token && self.letters >= LETTERS_MIN && self.dots < DOTS_MAX;
        match (self.tail, byte) {
            (Tail::Nothing, b'=') => self.padding(1),
            (Tail::Padding(n), b'=') if n < 6 => self.padding(n + 1),
            (Tail::Nothing, b'.') if parts => self.may(Tail::Dot),
            (Tail::Nothing, b'\r' | b'\n') if self.folds() => {
                self.may(if byte == b'\r' { Tail::Return } else { Tail::Fold(0) })
            }
            (Tail::Return, b'\n') => self.may(Tail::Fold(0)),
            (Tail::Fold(n), b' ' | b'\t') if n < INDENT_MAX => self.may(Tail::Fold(n + 1)),
            _ => Step::Ends,
        }
    }

    fn padding(&mut self, count: u8) -> Step {
        self.tail = Tail::Padding(count);
        Step::Belongs
    }

    fn may(&mut self, tail: Tail) -> Step {
        self.tail = tail;
        Step::May
    }

    /// Whether the line that ends here may be one of several: a long one. A shorter or longer one
    /// before the others parts them no more than any other.
    fn folds(&self) -> bool {
        self.line >= LETTERS_MIN
    }

    /// The last letters are a block: on with the streams that there are, and with new ones.
    #[inline]
    fn block(&mut self, judge: &mut Judge<'_, '_>) {
        for (n, alphabet) in Alphabet::ALL.into_iter().enumerate() {
            match self.gate.block(n, alphabet) {
                // PERF: in most runs nothing is text.
                Block::Bits(_, 0) | Block::Foreign if self.streams.is_empty() => {}
                Block::Bits(window, begins) => self.read(alphabet, window, begins, judge),
                Block::Foreign => self.lose(alphabet, judge),
            }
        }
    }

    fn read(&mut self, alphabet: Alphabet, window: u128, begins: u8, judge: &mut Judge<'_, '_>) {
        for behind in 0..alphabet.period() {
            let known = |s: &Stream| (s.alphabet, s.behind) == (alphabet, behind);
            match self.streams.iter().position(known) {
                Some(at) => {
                    let Some(stream) = self.streams.get_mut(at) else { continue };
                    let bits = window >> (alphabet.bits() as usize * behind);
                    for n in (0..alphabet.block_bytes()).rev() {
                        stream.push(u8::try_from(bits >> (8 * n) & 0xff).unwrap_or(0), judge);
                    }
                    stream.scan(judge, &mut self.hits);
                    if stream.is_over() {
                        self.streams.swap_remove(at).end(judge, &mut self.hits);
                    }
                }
                None if begins >> behind & 1 == 1 => {
                    let stream = self.begin(alphabet, behind, judge);
                    self.streams.push(stream);
                }
                None => {}
            }
        }
    }

    /// A stream that has read the letters before the last `behind` ones.
    fn begin(&self, alphabet: Alphabet, behind: usize, judge: &Judge<'_, '_>) -> Stream {
        let Within { depth, context, .. } = self.within;
        let within = (depth.saturating_sub(1), context);
        // What is kept may begin in the piece before.
        let before = self.pieces.len() > 1 && self.since_cut < self.gate.most();
        let piece = self.last().saturating_sub(u32::from(before));
        let mut stream = Stream::new(alphabet, behind, piece, within, judge);
        let letters = self.gate.letters();
        let letters = letters.get(..letters.len().saturating_sub(behind)).unwrap_or_default();
        alphabet::decode(alphabet, letters, |byte| stream.push(byte, judge));
        if before {
            let letters = self.since_cut.saturating_sub(behind);
            stream.mark(self.last(), letters * alphabet.bits() as usize / 8 + 1);
        }
        stream
    }

    /// A letter came that is of no such alphabet.
    fn lose(&mut self, alphabet: Alphabet, judge: &mut Judge<'_, '_>) {
        while let Some(at) = self.streams.iter().position(|s| s.alphabet == alphabet) {
            let stream = self.streams.swap_remove(at);
            self.close(stream, BLOCK_CHARS, judge);
        }
    }

    /// The letters end, or are to be read anew behind these: what is left is no whole block.
    pub(super) fn flush(&mut self, judge: &mut Judge<'_, '_>) {
        let left = self.gate.left();
        for alphabet in Alphabet::ALL {
            let texts = self.gate.flush(alphabet);
            for behind in (0..alphabet.period()).filter(|behind| texts >> behind & 1 == 1) {
                let offset = |s: &Stream| (s.behind + left) % alphabet.period();
                let known = |s: &Stream| s.alphabet == alphabet && offset(s) == behind;
                if !self.streams.iter().any(known) {
                    let stream = self.begin(alphabet, behind, judge);
                    stream.end(judge, &mut self.hits);
                }
            }
        }
        for stream in core::mem::take(&mut self.streams) {
            self.close(stream, left, judge);
        }
        self.gate.restart();
    }

    /// Ends a stream that has not read the last `left` letters, as far as they are its own.
    fn close(&mut self, mut stream: Stream, left: usize, judge: &mut Judge<'_, '_>) {
        let alphabet = stream.alphabet;
        let letters = self.gate.letters();
        let rest = letters.get(letters.len().saturating_sub(left + stream.behind)..);
        let other = |byte: &u8| alphabet.value(*byte).is_none();
        let mine = rest.unwrap_or_default().split(other).next().unwrap_or_default();
        // They begin where a byte begins; the bits that are left make none.
        let (mut bits, mut count) = (0_u32, 0);
        for byte in mine {
            bits =
                (bits << alphabet.bits() | u32::from(alphabet.value(*byte).unwrap_or(0))) & 0xffff;
            count += alphabet.bits();
            if count >= 8 {
                count -= 8;
                stream.push(u8::try_from(bits >> count & 0xff).unwrap_or(0), judge);
            }
        }
        stream.end(judge, &mut self.hits);
    }

    /// Allows one layer less. Whether that leaves any.
    pub(super) fn deepen(&mut self) -> bool {
        self.within.depth = self.within.depth.saturating_sub(1);
        self.streams.iter_mut().for_each(Stream::deepen);
        self.within.depth > 0
    }

    /// The same as [`Self::settle`] where much waits: there is room for so many, however much of a
    /// run comes at a time.
    pub(super) fn settle_many(&mut self, found: &mut Found<'_, '_, '_>) {
        if self.hits.len() > HITS_WAIT {
            self.settle(found);
        }
    }

    /// Tells what is settled: what lies in pieces that nothing more can be found in.
    pub(super) fn settle(&mut self, found: &mut Found<'_, '_, '_>) {
        // A stream that begins later begins a few letters back.
        let back = u32::from(self.since_cut < self.gate.most() + BLOCK_CHARS);
        let last = self.last().saturating_sub(back).max(self.first);
        let settled = self.streams.iter().map(Stream::decided).fold(last, u32::min);
        let mut hits = core::mem::take(&mut self.hits);
        hits.retain(|hit| {
            let (true, Some(end)) = (hit.last < settled, self.piece(hit.last.saturating_add(1)))
            else {
                return true;
            };
            self.tell(hit, end.at, found);
            false
        });
        self.hits = hits;
        let open = self.hits.iter().map(|hit| hit.first).fold(settled, u32::min);
        let gone = usize::try_from(open.saturating_sub(self.first)).unwrap_or(0);
        self.pieces.drain(..gone.min(self.pieces.len().saturating_sub(1)));
        self.first = self.first.max(open);
    }

    /// The run has ended.
    pub(super) fn finish(mut self, found: &mut Found<'_, '_, '_>) {
        self.flush(found.judge);
        if self.letters < LETTERS_MIN {
            return;
        }
        for hit in &self.hits {
            let end = self.piece(hit.last.saturating_add(1)).map_or(self.end, |piece| piece.at);
            self.tell(hit, end, found);
        }
    }

    fn tell(&self, hit: &Hit, end: u64, found: &mut Found<'_, '_, '_>) {
        // Where the run was read before with more layers to look through.
        if hit.kind.depth >= self.within.depth {
            return;
        }
        let first = hit.first.max(self.first);
        let count = usize::try_from(hit.last.saturating_sub(first)).unwrap_or(usize::MAX);
        let from = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let pieces = self.pieces.iter().skip(from).take(count.saturating_add(1));
        let undone = pieces.map(|piece| piece.undone).max().unwrap_or(0);
        let start = self.piece(first).or(self.pieces.first()).map_or(self.end, |piece| piece.at);
        found.tell(hit, start, end, undone);
    }

    /// The piece of this number, where it has come and is not settled.
    fn piece(&self, number: u32) -> Option<&Piece> {
        self.pieces.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Raw offset before which nothing of it can change any more.
    pub(super) fn decided(&self) -> u64 {
        self.pieces.first().map_or(self.end, |piece| piece.at)
    }

    /// Gives back room, before a wait.
    pub(super) fn trim(&mut self) {
        self.streams.iter_mut().for_each(Stream::trim);
        room::trim(&mut self.streams);
        room::trim(&mut self.hits);
        room::trim(&mut self.pieces);
    }

    pub(super) fn kept_bytes(&self) -> usize {
        let streams: usize = self.streams.iter().map(Stream::kept_bytes).sum();
        size_of::<Self>() + streams + self.hits.len() * size_of::<Hit>()
    }
}

/// What is found in runs goes on as a finding over raw bytes.
pub(super) struct Found<'f, 'p, 'm> {
    pub(super) judge: &'f mut Judge<'p, 'm>,
    pub(super) style: crate::finding::Style,
    /// Layers of escapes that were undone by who reads: what came out of fewer, another one tells.
    pub(super) level: u8,
    pub(super) any: bool,
}

impl Found<'_, '_, '_> {
    fn tell(&mut self, hit: &Hit, start: u64, end: u64, undone: u8) {
        if undone < self.level {
            return;
        }
        let depth = hit.kind.depth.saturating_add(1).saturating_add(undone);
        let kind = Kind { style: self.style, depth, ..hit.kind };
        self.judge.splice.find(Finding::new(start, end, kind, hit.applied.clone()));
        self.any = true;
    }
}

/// Adds what was found; of one category and depth in the same piece, only what leads.
pub(super) fn add(hits: &mut Vec<Hit>, hit: Hit) {
    let like = |hit: &Hit| {
        let Kind { category, severity, depth, .. } = hit.kind;
        (hit.first, category, severity, depth)
    };
    let same = |old: &&mut Hit| like(old) == like(&hit);
    if let Some(old) = hits.iter_mut().find(same) {
        old.last = old.last.max(hit.last);
        return;
    }
    if hits.len() < HITS_MAX {
        return hits.push(hit);
    }
    // There is no room: the strictest stays.
    if let Some(least) = hits.iter_mut().min_by_key(|hit| hit.kind.severity) {
        let last = least.last.max(hit.last);
        let first = least.first.min(hit.first);
        if least.kind.severity < hit.kind.severity {
            *least = hit;
        }
        (least.first, least.last) = (first, last);
    }
}
