//! How a body is cut into chunks.
//! Knows no body: a plan is made for a length, and is the same on every machine.

/// One way to hand a body over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it is cut.
    pub cut: Cut,
    /// Whether the end comes by itself, after the last byte (as HTTP/1.1 does), or with it.
    pub end: End,
}

/// Where a body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Not at all.
    Whole,
    /// In two, after so many bytes.
    At(usize),
    /// After every byte.
    Bytewise,
    /// At random, by this seed.
    Seeded(u64),
}

/// How the end of a body comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the last chunk.
    WithLast,
    /// As an empty chunk of its own.
    Apart,
}

/// Bodies up to this long are cut at every point, and bytewise.
const EVERY_POINT_BYTES_MAX: usize = 256;
/// Bodies up to this long go bytewise too.
const BYTEWISE_BYTES_MAX: usize = 4096;

impl Plan {
    /// The whole body in one chunk, with its end.
    pub const WHOLE: Self = Self { cut: Cut::Whole, end: End::WithLast };

    /// Every plan for a body of some length. The first is [`Self::WHOLE`].
    #[must_use]
    pub fn all(length: usize) -> Vec<Self> {
        let mut plans = vec![Self::WHOLE, Self { cut: Cut::Whole, end: End::Apart }];
        if length < 2 {
            return plans;
        }
        let mut push = |cut, n: usize| {
            let end = if n.is_multiple_of(2) { End::WithLast } else { End::Apart };
            plans.push(Self { cut, end });
        };
        if length <= EVERY_POINT_BYTES_MAX {
            (1..length).for_each(|at| push(Cut::At(at), at));
        } else {
            [1, length / 2, length - 1].into_iter().for_each(|at| push(Cut::At(at), at));
        }
        if length <= BYTEWISE_BYTES_MAX {
            push(Cut::Bytewise, 0);
            push(Cut::Bytewise, 1);
        }
        let seeds = if length <= 1 << 20 { 6 } else { 2 };
        (0..seeds).for_each(|seed| push(Cut::Seeded(seed), seed as usize));
        plans
    }

    /// A few plans, for runners that take long.
    #[must_use]
    pub fn few(length: usize) -> Vec<Self> {
        let all = Self::all(length);
        all.iter()
            .copied()
            .filter(|plan| match plan.cut {
                Cut::Whole | Cut::Seeded(0..=1) => true,
                Cut::Bytewise => length <= EVERY_POINT_BYTES_MAX,
                Cut::At(at) => at == length / 2 || at + 1 == length || at == 1,
                Cut::Seeded(_) => false,
            })
            .collect()
    }

    /// The lengths of the chunks, none of them empty, which add up to `length`.
    #[must_use]
    pub fn lengths(&self, length: usize) -> Vec<usize> {
        match self.cut {
            _ if length == 0 => Vec::new(),
            Cut::Whole => vec![length],
            Cut::At(at) => vec![at.clamp(1, length), length - at.clamp(1, length)],
            Cut::Bytewise => vec![1; length],
            Cut::Seeded(seed) => seeded(seed, length),
        }
        .into_iter()
        .filter(|length| *length > 0)
        .collect()
    }

    /// The chunks of a body, and with each whether it is the last thing of the message.
    #[must_use]
    pub fn chunks<'b>(&self, body: &'b [u8], trailers: bool) -> Vec<(&'b [u8], bool)> {
        let mut rest = body;
        let mut chunks: Vec<(&[u8], bool)> = Vec::new();
        for length in self.lengths(body.len()) {
            let (chunk, after) = rest.split_at(length);
            chunks.push((chunk, false));
            rest = after;
        }
        match (trailers, self.end, chunks.last_mut()) {
            // Trailers end the message: no chunk does.
            (true, ..) => {}
            (false, End::WithLast, Some(last)) => last.1 = true,
            (false, End::Apart, _) | (false, _, None) => chunks.push((&[], true)),
        }
        chunks
    }
}

/// Chunks from one byte to a few: most seams near each other, some far apart.
fn seeded(seed: u64, length: usize) -> Vec<usize> {
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    let mut left = length;
    let mut lengths = Vec::new();
    let big = length / 16 + 2;
    while left > 0 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = (state >> 33) as usize;
        let most = if length > 65_536 || random.is_multiple_of(8) { big } else { 7 };
        let take = (1 + (random >> 3) % most).min(left);
        lengths.push(take);
        left -= take;
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_hands_over_every_byte_and_one_end() {
        for length in [0, 1, 2, 9, 256, 257, 5000, 70_000] {
            let body: Vec<u8> = (0..length).map(|n| n as u8).collect();
            for plan in Plan::all(length) {
                let chunks = plan.chunks(&body, false);
                let joined: Vec<u8> = chunks.iter().flat_map(|(chunk, _)| chunk.to_vec()).collect();
                assert_eq!(joined, body, "{plan:?}");
                assert_eq!(chunks.iter().filter(|(_, end)| *end).count(), 1, "{plan:?}");
                assert!(chunks.last().is_some_and(|(_, end)| *end), "{plan:?}");
                assert!(plan.chunks(&body, true).iter().all(|(_, end)| !end));
            }
        }
    }

    #[test]
    fn short_bodies_are_cut_at_every_point() {
        let cuts = Plan::all(9).iter().filter(|plan| matches!(plan.cut, Cut::At(_))).count();
        assert_eq!(cuts, 8);
    }
}
