//! Tells at a glance which alphabets the letters of a text may stand for text in, 64 letters at a
//! time: the bytes that they stand for are looked at bit by bit, for all letters together.
//! Lets through what is no text now and then, and never keeps back what is.

use super::alphabet::Alphabet;
use super::hints::LETTERS;
use crate::detect::{BLOCK_BYTES, Block, Set};

/// Letters of a block that are looked at again with the next one: what is looked for may lie in
/// both, and is no longer than this.
const OVERLAP: usize = 18;
const HEX_LETTERS: Set = Set::new(b"0123456789abcdefABCDEF");
const BASE32_LETTERS: Set = Set::new(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567");
/// The letters of base64 whose values have a bit, by bit.
const PLANES: [Set; 6] = [plane(0), plane(1), plane(2), plane(3), plane(4), plane(5)];

/// For each alphabet, whether letters of a text may stand for text in it.
pub(super) fn likely(text: &[u8]) -> [bool; Alphabet::ALL.len()] {
    let mut likely = [false; Alphabet::ALL.len()];
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let piece = rest.get(..BLOCK_BYTES).unwrap_or(rest);
        let block = Block::new(piece);
        let letters = block.among(&LETTERS);
        // Nine bytes of text take twelve letters at the least, of hex 18 and of base32 15.
        if in_row(letters, 12) {
            likely = [
                likely[0] || base64(&block, letters),
                likely[1] || in_row(block.among(&HEX_LETTERS), 18),
                likely[2] || in_row(block.among(&BASE32_LETTERS), 15),
            ];
        }
        at += BLOCK_BYTES - OVERLAP;
    }
    likely
}

/// Whether so many bits stand in a row: from 8 to 23.
fn in_row(bits: u64, count: u32) -> bool {
    let two = bits & bits >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    let rest = count - 8;
    let more = if rest > 8 { eight & eight >> 8 } else { eight };
    more & eight >> rest != 0
}

/// One of the three bytes that four letters stand for, of any four letters: where it is text.
#[derive(Clone, Copy)]
struct Byte {
    ascii: u64,
    /// Outside of ASCII.
    lead: u64,
    follow: u64,
}

impl Byte {
    /// By its five highest bits, the highest first, where it is one.
    fn new(is: u64, [high, six, five, four, three]: [u64; 5]) -> Self {
        let lead = high & six & !(five & four & three);
        // Text has of control characters only the ends of lines and tabs: those below 16.
        let ascii = !high & (six | five | !four);
        Self { ascii: ascii & is, lead: lead & is, follow: high & !six & is }
    }

    fn up(self, by: u32) -> Self {
        let Self { ascii, lead, follow } = self;
        Self { ascii: ascii << by, lead: lead << by, follow: follow << by }
    }

    fn is(self) -> u64 {
        self.ascii | self.lead | self.follow
    }

    /// Where this byte may have the next one behind it.
    fn goes_with(self, next: Self) -> u64 {
        let follows = (self.lead | self.follow) & next.follow;
        let begins = (self.ascii | self.follow) & (next.ascii | next.lead);
        follows | begins
    }

    /// The same byte of the next four letters.
    fn next(self) -> Self {
        let Self { ascii, lead, follow } = self;
        Self { ascii: ascii >> 4, lead: lead >> 4, follow: follow >> 4 }
    }
}

/// Whether any nine bytes in a row may be ASCII, or any eleven UTF-8.
fn base64(block: &Block, letters: u64) -> bool {
    let [p0, p1, p2, p3, p4, p5] = PLANES.each_ref().map(|plane| block.among(plane));
    let two = letters & letters >> 1;
    // The third byte is the first that may lie at the first letter, so all stand where it does.
    let a = Byte::new(two, [p5, p4, p3, p2, p1]).up(2);
    let b = Byte::new(two, [p3, p2, p1, p0, p5 >> 1]).up(1);
    let c = Byte::new(two, [p1, p0, p5 >> 1, p4 >> 1, p3 >> 1]);
    let three = a.ascii & b.ascii & c.ascii;
    let six = three & three >> 4;
    let ascii = six & three >> 8
        | b.ascii & c.ascii & six >> 4 & a.ascii >> 12
        | c.ascii & six >> 4 & (a.ascii & b.ascii) >> 12;
    if ascii != 0 {
        return true;
    }
    let (ab, bc, ca) = (a.goes_with(b), b.goes_with(c), c.goes_with(a.next()));
    let three = ab & bc;
    let nine = three & ca & (three & ca) >> 4 & three >> 8;
    let foreign =
        nine & ca >> 8 & ab >> 12 | bc & ca & nine >> 4 | ca & nine >> 4 & ca >> 12 & a.is() >> 16;
    foreign != 0
}

/// The letters of base64 whose values have this bit.
const fn plane(bit: u8) -> Set {
    const VALUES: [&[u8]; 2] = [
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    ];
    let mut bytes = [b'A'; 2 * 64];
    let mut count = 0;
    let mut n = 0;
    while n < 128 {
        let [plain, url] = VALUES;
        let letters = if n < 64 { plain } else { url };
        if (n % 64) >> bit & 1 == 1 {
            bytes[count] = letters[n % 64];
            count += 1;
        }
        n += 1;
    }
    let (bytes, _) = bytes.split_at(count);
    Set::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::wrapped::alphabet::is_letter;
    use crate::reader::wrapped::gate::{Block as Bits, Gate};
    use alloc::vec::Vec;

    /// Which alphabets a run may stand for text in, block by block.
    fn plainly(mut letters: &[u8]) -> [bool; 3] {
        let mut gate = Gate::new();
        let mut all = [false; 3];
        while !letters.is_empty() {
            let taken = gate.fill(letters);
            letters = letters.get(taken..).unwrap_or_default();
            let whole = gate.left() == 0;
            for (n, alphabet) in Alphabet::ALL.into_iter().enumerate() {
                all[n] |= whole && matches!(gate.block(n, alphabet), Bits::Bits(_, 1..));
            }
        }
        for (n, alphabet) in Alphabet::ALL.into_iter().enumerate() {
            all[n] |= gate.flush(alphabet) != 0;
        }
        all
    }

    #[test]
    fn nothing_is_kept_back_that_may_be_text() {
        const SOME: [&[u8]; 5] = [
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_",
            b"IJKLMNOPQRSTUVWXYZabcdefcdghBCDEFstuvw0123",
            b"0123456789abcdef",
            b"abcdefghijklmnopqrstuvwxyz234567",
            b"4E0Qw5z7Da",
        ];
        let mut random = 7_u32;
        let mut below = |count: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(random >> 8).expect("small") % count
        };
        let (mut texts, mut passed) = (0, 0);
        for n in 0..30_000 {
            let from = SOME[n % SOME.len()];
            let letters: Vec<u8> = (0..16 + below(120)).map(|_| from[below(from.len())]).collect();
            assert!(letters.iter().all(|letter| is_letter(*letter)));
            let (known, likely) = (plainly(&letters), likely(&letters));
            for (known, likely) in known.into_iter().zip(likely) {
                assert!(likely || !known, "{letters:?}");
                texts += u32::from(known);
                passed += u32::from(!known && !likely);
            }
        }
        assert!(texts > 100 && passed > 30_000, "{texts} {passed}");
    }
}
