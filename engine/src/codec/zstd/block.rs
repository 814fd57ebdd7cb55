//! Decodes coded blocks (RFC 8878, section 3.1.1.3): literals, and sequences that put them between
//! repeats of what came before.

use super::bits::Backward;
use super::fse::Table;
use super::huffman::Codes;
use super::{BLOCK_BYTES_MAX, Corrupt, number};
use alloc::vec::Vec;

/// What the blocks of a frame share.
#[derive(Default)]
pub(super) struct Blocks {
    codes: Option<Codes>,
    literal_lengths: Option<Table>,
    offsets: Option<Table>,
    match_lengths: Option<Table>,
    recent: Recent,
    literals: Vec<u8>,
}

/// The offsets that were used last.
#[derive(Clone, Copy, Debug)]
struct Recent([usize; 3]);

impl Default for Recent {
    fn default() -> Self {
        Self([1, 4, 8])
    }
}

/// How a kind of number is coded when nothing else is said.
struct Coding {
    counts: &'static [i16],
    log: u32,
    log_max: u32,
    symbol_max: u8,
}

const LITERAL_LENGTHS: Coding = Coding {
    counts: &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1,
        1, 1, -1, -1, -1, -1,
    ],
    log: 6,
    log_max: 9,
    symbol_max: 35,
};
const MATCH_LENGTHS: Coding = Coding {
    counts: &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    log: 6,
    log_max: 9,
    symbol_max: 52,
};
const OFFSETS: Coding = Coding {
    counts: &[
        1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
    ],
    log: 5,
    log_max: 8,
    symbol_max: 31,
};

/// Of codes of lengths from the first on that is no length itself: the shortest length, and the
/// bits that are added.
const LONG_LITERALS: &[(usize, u32)] = &[
    (16, 1),
    (18, 1),
    (20, 1),
    (22, 1),
    (24, 2),
    (28, 2),
    (32, 3),
    (40, 3),
    (48, 4),
    (64, 6),
    (128, 7),
    (256, 8),
    (512, 9),
    (1024, 10),
    (2048, 11),
    (4096, 12),
    (8192, 13),
    (16384, 14),
    (32768, 15),
    (65536, 16),
];
const LONG_MATCHES: &[(usize, u32)] = &[
    (35, 1),
    (37, 1),
    (39, 1),
    (41, 1),
    (43, 2),
    (47, 2),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 5),
    (131, 7),
    (259, 8),
    (515, 9),
    (1027, 10),
    (2051, 11),
    (4099, 12),
    (8195, 13),
    (16387, 14),
    (32771, 15),
    (65539, 16),
];

impl Blocks {
    /// Another frame begins.
    pub(super) fn restart(&mut self) {
        let literals = core::mem::take(&mut self.literals);
        *self = Self { literals, ..Self::default() };
    }

    /// Bytes set aside: tables have a few thousand.
    pub(super) fn bytes(&self) -> usize {
        self.literals.capacity().saturating_add(size_of::<Self>())
    }

    /// Decodes a block behind what came before it: no more than `most` bytes.
    pub(super) fn decode(
        &mut self,
        block: &[u8],
        window: usize,
        most: usize,
        history: &mut Vec<u8>,
    ) -> Result<(), Corrupt> {
        let mut literals = core::mem::take(&mut self.literals);
        literals.clear();
        let done = self.literals(block, &mut literals).and_then(|taken| {
            let sequences = block.get(taken..).ok_or(Corrupt)?;
            let out = &mut Out { history, window, left: most };
            self.sequences(sequences, &literals, out)
        });
        self.literals = literals;
        done
    }

    /// The literals of a block, and how many bytes they took.
    fn literals(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<usize, Corrupt> {
        let first = *block.first().ok_or(Corrupt)?;
        let format = first >> 2 & 3;
        if first & 3 < 2 {
            return plain_literals(block, first, format, out);
        }
        let (header, bits) = match format {
            0 | 1 => (3, 10),
            2 => (4, 14),
            _ => (5, 18),
        };
        let numbers = number(block.get(..header).ok_or(Corrupt)?) >> 4;
        let size = |number: u64| usize::try_from(number & ((1 << bits) - 1)).unwrap_or(usize::MAX);
        let (count, coded) = (size(numbers), size(numbers >> bits));
        if count > BLOCK_BYTES_MAX {
            return Err(Corrupt);
        }
        let end = header.saturating_add(coded);
        let mut streams = block.get(header..end).ok_or(Corrupt)?;
        if first & 3 == 2 {
            let (codes, taken) = Codes::read(streams)?;
            streams = streams.get(taken..).ok_or(Corrupt)?;
            self.codes = Some(codes);
        }
        let codes = self.codes.as_ref().ok_or(Corrupt)?;
        if format == 0 {
            codes.decode(streams, count, out)?;
            return Ok(end);
        }
        let (sizes, mut streams) = streams.split_at_checked(6).ok_or(Corrupt)?;
        let each = count.div_ceil(4);
        for size in sizes.chunks(2) {
            let size = usize::try_from(number(size)).map_err(|_| Corrupt)?;
            let (stream, rest) = streams.split_at_checked(size).ok_or(Corrupt)?;
            codes.decode(stream, each, out)?;
            streams = rest;
        }
        let rest = count.checked_sub(each.saturating_mul(3)).ok_or(Corrupt)?;
        codes.decode(streams, rest, out)?;
        Ok(end)
    }

    fn sequences(
        &mut self,
        section: &[u8],
        literals: &[u8],
        out: &mut Out<'_>,
    ) -> Result<(), Corrupt> {
        let (count, rest) = match section {
            [0] => return out.push(literals),
            [few @ 1..128, rest @ ..] => (usize::from(*few), rest),
            [high @ 128..=254, low, rest @ ..] => {
                (usize::from(u16::from_be_bytes([high - 128, *low])), rest)
            }
            [255, low, high, rest @ ..] => {
                (usize::from(u16::from_le_bytes([*low, *high])) + 0x7f00, rest)
            }
            _ => return Err(Corrupt),
        };
        let (modes, mut rest) = rest.split_first().ok_or(Corrupt)?;
        if modes & 3 != 0 {
            return Err(Corrupt);
        }
        table(&mut self.literal_lengths, &LITERAL_LENGTHS, modes >> 6, &mut rest)?;
        table(&mut self.offsets, &OFFSETS, modes >> 4 & 3, &mut rest)?;
        table(&mut self.match_lengths, &MATCH_LENGTHS, modes >> 2 & 3, &mut rest)?;
        let (Some(literal_lengths), Some(offsets), Some(match_lengths)) =
            (&self.literal_lengths, &self.offsets, &self.match_lengths)
        else {
            return Err(Corrupt);
        };
        let bits = &mut Backward::new(rest)?;
        let mut literal_length = literal_lengths.begin(bits);
        let mut offset = offsets.begin(bits);
        let mut match_length = match_lengths.begin(bits);
        let mut literals = literals;
        for left in (0..count).rev() {
            let code = u32::from(offset.symbol());
            let far = (1_u64 << code.min(31)).saturating_add(bits.read(code));
            let long = length(match_length.symbol(), 3, 32, LONG_MATCHES, bits)?;
            let before = length(literal_length.symbol(), 0, 16, LONG_LITERALS, bits)?;
            if left > 0 {
                literal_length.next(bits);
                match_length.next(bits);
                offset.next(bits);
            }
            if bits.is_over() {
                return Err(Corrupt);
            }
            let (run, rest) = literals.split_at_checked(before).ok_or(Corrupt)?;
            literals = rest;
            out.push(run)?;
            let far = usize::try_from(far).map_err(|_| Corrupt)?;
            out.repeat(self.recent.offset(far, before == 0)?, long)?;
        }
        if !bits.is_used_up() {
            return Err(Corrupt);
        }
        out.push(literals)
    }
}

impl Recent {
    /// The offset that a number means: the three lowest are the offsets that were used last.
    fn offset(&mut self, number: usize, no_literals: bool) -> Result<usize, Corrupt> {
        let Self([first, second, third]) = *self;
        let offset = match (number, no_literals) {
            (1, false) => return Ok(first),
            (2, false) | (1, true) => second,
            (3, false) | (2, true) => third,
            (3, true) => first.checked_sub(1).filter(|offset| *offset > 0).ok_or(Corrupt)?,
            _ => number.checked_sub(3).ok_or(Corrupt)?,
        };
        let is_second = matches!((number, no_literals), (2, false) | (1, true));
        self.0 = [offset, first, if is_second { third } else { second }];
        Ok(offset)
    }
}

/// Where a block is decoded to.
struct Out<'h> {
    history: &'h mut Vec<u8>,
    window: usize,
    /// Bytes that the block may still have.
    left: usize,
}

impl Out<'_> {
    fn push(&mut self, literals: &[u8]) -> Result<(), Corrupt> {
        self.left = self.left.checked_sub(literals.len()).ok_or(Corrupt)?;
        self.history.extend_from_slice(literals);
        Ok(())
    }

    /// Repeats so many bytes from so far back.
    fn repeat(&mut self, offset: usize, count: usize) -> Result<(), Corrupt> {
        self.left = self.left.checked_sub(count).ok_or(Corrupt)?;
        if offset == 0 || offset > self.window {
            return Err(Corrupt);
        }
        let mut from = self.history.len().checked_sub(offset).ok_or(Corrupt)?;
        let mut count = count;
        while count > 0 {
            // What is repeated may reach into the repeat.
            let run = count.min(self.history.len().saturating_sub(from));
            self.history.extend_from_within(from..from.saturating_add(run));
            from = from.saturating_add(run);
            count = count.saturating_sub(run);
        }
        Ok(())
    }
}

/// Literals as they are, or one of them so many times.
fn plain_literals(
    block: &[u8],
    first: u8,
    format: u8,
    out: &mut Vec<u8>,
) -> Result<usize, Corrupt> {
    let (header, shift) = match format {
        0 | 2 => (1, 3),
        1 => (2, 4),
        _ => (3, 4),
    };
    let count = number(block.get(..header).ok_or(Corrupt)?) >> shift;
    let count = usize::try_from(count).map_err(|_| Corrupt)?;
    if count > BLOCK_BYTES_MAX {
        return Err(Corrupt);
    }
    let bytes = if first & 3 == 0 { count } else { 1 };
    let end = header.saturating_add(bytes);
    match block.get(header..end).ok_or(Corrupt)? {
        [byte] if first & 3 == 1 => out.resize(count, *byte),
        raw => out.extend_from_slice(raw),
    }
    Ok(end)
}

/// The table of one kind of number, as a block says.
fn table(
    slot: &mut Option<Table>,
    coding: &Coding,
    mode: u8,
    rest: &mut &[u8],
) -> Result<(), Corrupt> {
    match mode {
        0 => *slot = Some(Table::new(coding.counts, coding.log)?),
        1 => {
            let (symbol, behind) = rest.split_first().ok_or(Corrupt)?;
            if *symbol > coding.symbol_max {
                return Err(Corrupt);
            }
            *slot = Some(Table::single(*symbol));
            *rest = behind;
        }
        2 => {
            let (table, taken) = Table::read(rest, coding.log_max, coding.symbol_max)?;
            *rest = rest.get(taken..).ok_or(Corrupt)?;
            *slot = Some(table);
        }
        // The one of the block before.
        _ => {}
    }
    Ok(())
}

/// A length by its code: the lowest stand for themselves.
fn length(
    code: u8,
    shortest: usize,
    long: u8,
    longs: &[(usize, u32)],
    bits: &mut Backward<'_>,
) -> Result<usize, Corrupt> {
    let Some(at) = code.checked_sub(long) else { return Ok(usize::from(code) + shortest) };
    let (base, more) = *longs.get(usize::from(at)).ok_or(Corrupt)?;
    let more = usize::try_from(bits.read(more)).map_err(|_| Corrupt)?;
    Ok(base.saturating_add(more))
}
