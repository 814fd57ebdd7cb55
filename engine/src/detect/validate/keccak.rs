//! Keccak-256 as Ethereum and Monero use it: the submission to the SHA-3 contest, rate 1088, with
//! the padding that came before FIPS 202. Never used for anything that must stay secret.

const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808A,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808B,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008A,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000A,
    0x0000_0000_8000_808B,
    0x8000_0000_0000_008B,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800A,
    0x8000_0000_8000_000A,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Lanes in the order in which rho and pi pass through them, and by how much each is turned.
const PATH: [(usize, u32); 24] = [
    (10, 1),
    (7, 3),
    (11, 6),
    (17, 10),
    (18, 15),
    (3, 21),
    (5, 28),
    (16, 36),
    (8, 45),
    (21, 55),
    (24, 2),
    (4, 14),
    (15, 27),
    (23, 41),
    (19, 56),
    (13, 8),
    (12, 25),
    (2, 43),
    (20, 62),
    (14, 18),
    (22, 39),
    (9, 61),
    (6, 20),
    (1, 44),
];

/// Bytes that go in at a time.
const RATE: usize = 136;

/// The digest of a text.
pub(super) fn keccak256(text: &[u8]) -> [u8; 32] {
    let mut lanes = [0; 25];
    let (whole, rest) = text.as_chunks::<RATE>();
    for block in whole {
        absorb(&mut lanes, block);
    }
    let mut last = [0; RATE];
    last.iter_mut().zip(rest.iter().chain(&[1])).for_each(|(slot, byte)| *slot = *byte);
    if let Some(end) = last.last_mut() {
        *end |= 0x80;
    }
    absorb(&mut lanes, &last);
    let mut digest = [0; 32];
    let bytes = lanes.iter().flat_map(|lane| lane.to_le_bytes());
    digest.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
    digest
}

fn absorb(lanes: &mut [u64; 25], block: &[u8; RATE]) {
    let (words, _) = block.as_chunks::<8>();
    lanes.iter_mut().zip(words).for_each(|(lane, word)| *lane ^= u64::from_le_bytes(*word));
    for constant in ROUNDS {
        round(lanes, constant);
    }
}

fn round(lanes: &mut [u64; 25], constant: u64) {
    // theta
    let mut columns = [0; 5];
    for (n, lane) in lanes.iter().enumerate() {
        columns.iter_mut().skip(n % 5).take(1).for_each(|column| *column ^= lane);
    }
    let [a, b, c, d, e] = columns;
    let parities = [
        e ^ b.rotate_left(1),
        a ^ c.rotate_left(1),
        b ^ d.rotate_left(1),
        c ^ e.rotate_left(1),
        d ^ a.rotate_left(1),
    ];
    lanes.iter_mut().zip(parities.iter().cycle()).for_each(|(lane, parity)| *lane ^= parity);
    // rho and pi
    let mut carried = lanes.get(1).copied().unwrap_or(0);
    for (place, turn) in PATH {
        if let Some(lane) = lanes.get_mut(place) {
            (carried, *lane) = (*lane, carried.rotate_left(turn));
        }
    }
    // chi
    let (rows, _) = lanes.as_chunks_mut::<5>();
    for row in rows {
        let [a, b, c, d, e] = *row;
        *row = [a ^ (!b & c), b ^ (!c & d), c ^ (!d & e), d ^ (!e & a), e ^ (!a & b)];
    }
    // iota
    let [first, ..] = lanes;
    *first ^= constant;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn hex(text: &[u8]) -> String {
        keccak256(text).iter().map(|byte| std::format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_of_the_contest_submission() {
        let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(hex(b""), empty);
        let abc = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
        assert_eq!(hex(b"abc"), abc);
        // One byte less than a block, a block, and one more: checked with an implementation of
        // the specification in another language.
        assert_eq!(&hex(&[b'a'; 135])[..8], "34367dc2");
        assert_eq!(&hex(&[b'a'; 136])[..8], "a6c4d403");
        assert_eq!(&hex(&[b'a'; 137])[..8], "d869f639");
    }
}
