//! Addresses of Bitcoin, Ethereum and Monero by their checksums: base58check, BIP 173 and BIP 350,
//! ERC-55, Monero's blocks of base58. Knows also the keys of age, which are bech32.
//! Never asks whether something was paid to an address.

use super::keccak::keccak256;
use super::secret;
use sha2::{Digest as _, Sha256};

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Letters of bech32, by value.
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// What the checksum of BIP 173 leaves, and that of BIP 350.
const BECH32_LEFT: u32 = 1;
const BECH32M_LEFT: u32 = 0x2BC8_30A3;

/// Version 0 (to a key) or 5 (to a script), 20 bytes, and 4 of a double SHA-256.
pub(super) fn accept_base58(candidate: &[u8]) -> bool {
    let mut whole = [0; 25];
    if !(26..=35).contains(&candidate.len()) || !decode_base58(candidate, &mut whole) {
        return false;
    }
    let ones = candidate.iter().take_while(|byte| **byte == b'1').count();
    let zeros = whole.iter().take_while(|byte| **byte == 0).count();
    let (payload, check) = whole.split_at(21);
    let digest = Sha256::digest(Sha256::digest(payload));
    matches!(payload.first(), Some(0 | 5)) && ones == zeros && digest.starts_with(check)
}

/// Turns base58 into a big-endian number that fills `out`; false when it is larger, or no base58.
fn decode_base58(text: &[u8], out: &mut [u8]) -> bool {
    for byte in text {
        let place = BASE58.iter().position(|letter| letter == byte);
        let Some(mut carry) = place.and_then(|place| u32::try_from(place).ok()) else {
            return false;
        };
        for slot in out.iter_mut().rev() {
            carry += u32::from(*slot) * 58;
            let [.., low] = carry.to_be_bytes();
            *slot = low;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    true
}

/// `bc1`, the version of the witness, its program, six characters of checksum.
pub(super) fn accept_bech32(candidate: &[u8]) -> bool {
    let version = candidate.get(3).and_then(|byte| value(*byte));
    let program = candidate.len().saturating_sub(4 + 6);
    let left = polymod(b"bc", candidate.get(3..).unwrap_or_default());
    match version {
        // 20 or 32 bytes.
        Some(0) => matches!(program, 32 | 52) && left == Some(BECH32_LEFT),
        Some(1..=16) => (4..=64).contains(&program) && left == Some(BECH32M_LEFT),
        _ => false,
    }
}

/// A secret key of age.
pub(super) fn accept_age(candidate: &[u8]) -> bool {
    let body = candidate.strip_prefix(b"AGE-SECRET-KEY-1").unwrap_or_default();
    body.len() == 58 && polymod(b"age-secret-key-", body) == Some(BECH32_LEFT)
}

/// What the checksum over the readable part and the data leaves; `None` for other letters.
fn polymod(readable: &[u8], data: &[u8]) -> Option<u32> {
    let high = readable.iter().map(|byte| byte >> 5);
    let low = readable.iter().map(|byte| byte & 31);
    let head = high.chain([0]).chain(low).map(Some);
    let mut check = 1_u32;
    for part in head.chain(data.iter().map(|byte| value(*byte))) {
        let top = check >> 25;
        check = (check & 0x01FF_FFFF) << 5 ^ u32::from(part?);
        let generators = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
        for (n, generator) in generators.into_iter().enumerate() {
            check ^= if top >> n & 1 == 1 { generator } else { 0 };
        }
    }
    Some(check)
}

fn value(byte: u8) -> Option<u8> {
    let lower = byte.to_ascii_lowercase();
    let place = BECH32.iter().position(|letter| *letter == lower)?;
    u8::try_from(place).ok()
}

/// `0x` and 40 hex digits. Where both cases are written, they are the checksum of ERC-55.
pub(super) fn accept_eth(candidate: &[u8]) -> bool {
    let [b'0', b'x' | b'X', hex @ ..] = candidate else { return false };
    let lower = || hex.iter().map(u8::to_ascii_lowercase);
    let mixed = hex.iter().any(u8::is_ascii_uppercase) && hex.iter().any(u8::is_ascii_lowercase);
    let mut text = [0; 40];
    text.iter_mut().zip(lower()).for_each(|(slot, byte)| *slot = byte);
    hex.len() == 40
        && hex.iter().all(u8::is_ascii_hexdigit)
        && secret::is_random(hex)
        && (!mixed || is_cased(hex, &keccak256(&text)))
}

/// A letter is a capital where the digest of the small ones has eight or more.
fn is_cased(hex: &[u8], digest: &[u8; 32]) -> bool {
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    hex.iter().zip(nibbles).all(|(byte, nibble)| {
        !byte.is_ascii_alphabetic() || byte.is_ascii_uppercase() == (nibble > 7)
    })
}

/// A network byte, two keys, perhaps a payment id, and 4 bytes of Keccak.
pub(super) fn accept_xmr(candidate: &[u8]) -> bool {
    let mut whole = [0; 77];
    let bytes = match candidate.len() {
        95 => 69,
        106 => 77,
        _ => return false,
    };
    let Some(whole) = whole.get_mut(..bytes) else { return false };
    for (text, out) in candidate.chunks(11).zip(whole.chunks_mut(8)) {
        if !decode_base58(text, out) {
            return false;
        }
    }
    let (payload, check) = whole.split_at(bytes - 4);
    let network = payload.first();
    let known = match bytes {
        69 => matches!(network, Some(18 | 42)),
        _ => network == Some(&19),
    };
    known && keccak256(payload).starts_with(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_specifications() {
        // The first block's address; BIP 173 and BIP 350; ERC-55; the donation address of Monero's
        // own documents is left out, since somebody owns it.
        let base58 = |text: &str| accept_base58(text.as_bytes());
        assert!(base58("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"));
        assert!(base58("17P2P1xd7P8QoniKBcXM4pSfaLXwKuGx6w"));
        assert!(base58("3ETSSKNpa6osYuWZHhJ3bs1gCCX4yB73rx"));
        assert!(!base58("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb") && !base58("1") && !base58("1A10"));
        let bech32 = |text: &str| accept_bech32(text.as_bytes());
        assert!(bech32("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"));
        assert!(bech32("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"));
        // Version 0 under the checksum of BIP 350, and version 1 under that of BIP 173.
        assert!(!bech32("bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"));
        assert!(!bech32("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"));
        assert!(!bech32("bc1") && !bech32("bc1qqqqqq"));
        let eth = |text: &str| accept_eth(text.as_bytes());
        assert!(eth("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        assert!(eth("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"));
        assert!(eth("0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"));
        assert!(!eth("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed") && !eth("0x5aAeb6"));
        assert!(accept_age(
            b"AGE-SECRET-KEY-19N07LYEF9LJUEU6GWYCFN4DEH7S3UWAD3L56S87SGQN7U56FR08SY4HJES"
        ));
        assert!(!accept_age(
            b"AGE-SECRET-KEY-19N07LYEF9LJUEU6GWYCFN4DEH7S3UWAD3L56S87SGQN7U56FR08SY4HJEQ"
        ));
    }
}
