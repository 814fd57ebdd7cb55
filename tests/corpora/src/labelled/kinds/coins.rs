//! Addresses of coins: base58check, bech32 and bech32m (BIP 173 and 350), EIP-55, CryptoNote.

use crate::labelled::kind::{Kind, Make, Spoil, kind};
use crate::random::Random;
use crate::shape;
use sha2::{Digest as _, Sha256};

use Make::Text;
use Spoil::{Digit, Fewer, More, Sign};

const SEND: &[&str] = &["wallet", "address", "send to"];

pub(super) const KINDS: &[Kind] = &[
    kind("btc_address", SEND, Text(base58)).spoils(&[Sign, More, Fewer]),
    kind("btc_address", SEND, Text(segwit)).spoils(&[Sign, More, Fewer]),
    kind("eth_address", SEND, Text(eth)).spoils(&[More, Fewer, Spoil::Text(eth_wrong)]),
    kind("eth_address", SEND, Make::Shape("0x<h40>")).spoils(&[More, Fewer]),
    kind("xmr_address", SEND, Text(xmr)).spoils(&[Digit, More, Fewer]),
];

fn base58(random: &mut Random) -> String {
    let version = if random.chance(2) { 0 } else { 5 };
    let mut bytes = vec![version];
    bytes.extend(random.bytes(20));
    let check = Sha256::digest(Sha256::digest(&bytes));
    bytes.extend(&check[..4]);
    in_base58(&bytes)
}

/// Leading zeros are kept as ones.
fn in_base58(bytes: &[u8]) -> String {
    let mut places: Vec<usize> = Vec::new();
    for byte in bytes {
        let mut carry = usize::from(*byte);
        for place in &mut places {
            carry += *place << 8;
            *place = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            places.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    let places = zeros.chain(places.into_iter().rev());
    places.map(|place| char::from(shape::BASE58.as_bytes()[place])).collect()
}

/// Version 0 with 20 bytes and bech32, version 1 with 32 and bech32m.
fn segwit(random: &mut Random) -> String {
    let (version, length, last) = if random.chance(2) { (0, 20, 1) } else { (1, 32, 0x2BC8_30A3) };
    let mut values = vec![version];
    let (mut bits, mut held) = (0_u32, 0);
    for byte in random.bytes(length) {
        (bits, held) = (bits << 8 | u32::from(byte), held + 8);
        while held >= 5 {
            held -= 5;
            values.push(bits >> held & 31);
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        values.push(bits << (5 - held) & 31);
    }
    // The prefix bc, spread out.
    let spread = [3, 3, 0, 2, 3];
    let all = spread.into_iter().chain(values.clone()).chain([0; 6]);
    let check = polymod(all) ^ last;
    values.extend((0..6).map(|n| check >> (5 * (5 - n)) & 31));
    format!("bc1{}", in_bech32(&values))
}

fn in_bech32(values: &[u32]) -> String {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let places = values.iter().map(|value| usize::try_from(*value).expect("five bits"));
    places.map(|place| char::from(ALPHABET[place])).collect()
}

fn polymod(values: impl Iterator<Item = u32>) -> u32 {
    const FACTORS: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    values.fold(1, |sum, value| {
        let shifted = (sum & 0x1FF_FFFF) << 5 ^ value;
        let top = sum >> 25;
        FACTORS.iter().enumerate().fold(
            shifted,
            |sum, (n, factor)| {
                if top >> n & 1 == 1 { sum ^ factor } else { sum }
            },
        )
    })
}

fn eth(random: &mut Random) -> String {
    let plain = shape::text(random, "<h40>");
    let hash = keccak(plain.as_bytes());
    let cased = plain.chars().enumerate().map(|(n, sign)| {
        let half = if n % 2 == 0 { hash[n / 2] >> 4 } else { hash[n / 2] & 15 };
        if half > 7 { sign.to_ascii_uppercase() } else { sign }
    });
    format!("0x{}", cased.collect::<String>())
}

/// One letter in the other case.
fn eth_wrong(random: &mut Random) -> String {
    let right = eth(random);
    let letter = right.bytes().skip(2).position(|sign| sign.is_ascii_alphabetic());
    let at = letter.expect("a letter") + 2;
    let old = char::from(right.as_bytes()[at]);
    let new =
        if old.is_ascii_uppercase() { old.to_ascii_lowercase() } else { old.to_ascii_uppercase() };
    format!("{}{new}{}", &right[..at], &right[at + 1..])
}

/// Eight bytes become eleven characters, the last five become seven.
fn xmr(random: &mut Random) -> String {
    let mut bytes = vec![18];
    bytes.extend(random.bytes(64));
    let check = keccak(&bytes);
    bytes.extend(&check[..4]);
    let block = |block: &[u8]| {
        let mut number = block.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let mut signs = vec!['1'; if block.len() == 8 { 11 } else { 7 }];
        for sign in signs.iter_mut().rev() {
            let place = usize::try_from(number % 58).expect("small");
            *sign = char::from(shape::BASE58.as_bytes()[place]);
            number /= 58;
        }
        signs.into_iter().collect::<String>()
    };
    bytes.chunks(8).map(block).collect()
}

/// Keccak-256 as of the submission to NIST, for texts of less than one block.
fn keccak(text: &[u8]) -> [u8; 32] {
    const RATE: usize = 136;
    assert!(text.len() < RATE, "one block");
    let mut block = [0; RATE];
    block[..text.len()].copy_from_slice(text);
    block[text.len()] ^= 1;
    block[RATE - 1] ^= 0x80;
    let mut lanes = [0_u64; 25];
    for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(8)) {
        *lane = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    }
    permute(&mut lanes);
    let mut out = [0; 32];
    for (bytes, lane) in out.chunks_exact_mut(8).zip(lanes) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    out
}

fn permute(lanes: &mut [u64; 25]) {
    let mut register = 1_u8;
    for _ in 0..24 {
        let columns: Vec<u64> =
            (0..5).map(|x| (0..5).fold(0, |sum, y| sum ^ lanes[x + 5 * y])).collect();
        for n in 0..25 {
            lanes[n] ^= columns[(n + 4) % 5] ^ columns[(n + 1) % 5].rotate_left(1);
        }
        let (mut x, mut y) = (1, 0);
        let mut moved = lanes[1];
        for step in 0..24_u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let turns = (step + 1) * (step + 2) / 2 % 64;
            let held = lanes[x + 5 * y];
            lanes[x + 5 * y] = moved.rotate_left(turns);
            moved = held;
        }
        for row in lanes.chunks_exact_mut(5) {
            let old: Vec<u64> = row.to_vec();
            for (n, lane) in row.iter_mut().enumerate() {
                *lane = old[n] ^ (!old[(n + 1) % 5] & old[(n + 2) % 5]);
            }
        }
        for bit in 0..7 {
            if register & 1 == 1 {
                lanes[0] ^= 1 << ((1 << bit) - 1);
            }
            let carry = register >> 7;
            register = register << 1 ^ if carry == 1 { 0x71 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        let hex: String = keccak(b"").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        // BIP 173: the checksum of a valid address comes to 1.
        let alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        let address = "qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
        let place = |sign: char| alphabet.find(sign).and_then(|at| u32::try_from(at).ok());
        let values = address.chars().map(|sign| place(sign).expect("of the alphabet"));
        assert_eq!(polymod([3, 3, 0, 2, 3].into_iter().chain(values)), 1);
        assert_eq!(in_base58(&[0, 0, 58]), "1121");
    }
}
