//! Texts in which nothing is to be found: code, logs, lists of hashes, prices, measurements. They
//! come in pieces of some kilobytes, as many as are asked for, and are never all in memory.
//! What a sort of text truly holds, such as the days in a log, is said with it.

mod code;
mod data;
mod prose;

use crate::random::Random;

/// One sort of text.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    /// What it is called.
    pub name: &'static str,
    /// Appends a line or a few.
    make: fn(&mut Random, &mut String),
    /// Begins a piece.
    head: &'static str,
    /// Whether it has columns.
    pub columns: bool,
    /// Categories of which true values stand in it.
    pub holds: &'static [&'static str],
}

/// One piece of a text.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What it is.
    pub sort: &'static Sort,
    /// The text.
    pub text: String,
}

/// The least that a piece has.
const PIECE_BYTES: usize = 48 * 1024;

/// All sorts.
pub const SORTS: &[&[Sort]] = &[code::SORTS, data::SORTS, prose::SORTS];

const fn sort(name: &'static str, make: fn(&mut Random, &mut String)) -> Sort {
    Sort { name, make, head: "", columns: false, holds: &[] }
}

impl Sort {
    const fn holds(self, holds: &'static [&'static str]) -> Self {
        Self { holds, ..self }
    }

    const fn columns(self, head: &'static str) -> Self {
        Self { columns: true, head, ..self }
    }
}

/// Pieces of every sort in turn, until there are so many bytes.
pub fn pieces(seed: u64, bytes: u64) -> impl Iterator<Item = Piece> {
    let mut made = 0;
    let sorts: Vec<&'static Sort> = SORTS.iter().copied().flatten().collect();
    (0_u64..).zip(sorts.into_iter().cycle()).map_while(move |(n, sort)| {
        if made >= bytes {
            return None;
        }
        let mut random = Random::new(seed.wrapping_add(n.wrapping_mul(0x5851_F42D)), sort.name);
        let mut text = sort.head.to_owned();
        while text.len() < PIECE_BYTES {
            (sort.make)(&mut random, &mut text);
        }
        made += u64::try_from(text.len()).unwrap_or(u64::MAX);
        Some(Piece { sort, text })
    })
}
