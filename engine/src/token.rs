//! Keyed tokens: the same value gives the same token, and only the key's holder can tell which.
//! HMAC-SHA-256 (RFC 2104) throughout; a token carries its own keyed check, so that a second pass
//! knows it again. Never prints a key.

use crate::limits;
use crate::model::{Action, Tables, Tokenize};
use crate::settings::Settings;
use alloc::vec::Vec;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Base32 characters that carry the value: 130 bits.
const VALUE_CHARS: usize = 26;
/// Base32 characters of the keyed check: 40 bits.
const CHECK_CHARS: usize = 8;
const _: () = assert!(VALUE_CHARS + CHECK_CHARS == limits::TOKEN_BYTES_MIN);
/// Shortest key that is taken, in bytes.
const KEY_BYTES_MIN: usize = 32;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A token in the making: the value may come in pieces.
#[derive(Clone)]
pub(crate) struct TokenMaker {
    derived: [u8; 32],
    value: Hmac<Sha256>,
}

impl TokenMaker {
    /// Begins a token; `None` when the key is missing or too short.
    pub(crate) fn new(
        tables: &Tables,
        settings: &Settings,
        tokenize: &Tokenize,
        category: &str,
    ) -> Option<Self> {
        let derived = derive(tables, settings, tokenize)?;
        let mut value = mac(&derived)?;
        value.update(b"value\0");
        value.update(category.as_bytes());
        value.update(b"\0");
        Some(Self { derived, value })
    }

    /// More of the canonical value.
    pub(crate) fn update(&mut self, canonical: &[u8]) {
        self.value.update(canonical);
    }

    /// The token.
    pub(crate) fn finish(self, prefix: &str) -> Option<Vec<u8>> {
        let mut token = Vec::with_capacity(prefix.len() + VALUE_CHARS + CHECK_CHARS);
        token.extend_from_slice(prefix.as_bytes());
        base32(&self.value.finalize().into_bytes(), VALUE_CHARS, &mut token);
        let check = check(&self.derived, &token)?;
        token.extend_from_slice(&check);
        Some(token)
    }
}

/// The token of one value, canonical as its validator gives it; `None` without a key that is taken.
#[must_use]
pub fn make(
    tables: &Tables,
    settings: &Settings,
    tokenize: &Tokenize,
    category: &str,
    canonical: &[u8],
) -> Option<Vec<u8>> {
    let mut maker = TokenMaker::new(tables, settings, tokenize, category)?;
    maker.update(canonical);
    maker.finish(&tokenize.prefix)
}

/// Length of the token that `text` begins with, if a key of the policy says it is one.
pub(crate) fn recognize(tables: &Tables, settings: &Settings, text: &[u8]) -> Option<usize> {
    tables.actions.iter().find_map(|action| {
        let Action::Tokenize(tokenize) = action else { return None };
        let body = text.strip_prefix(tokenize.prefix.as_bytes())?;
        let (value, rest) = body.split_at_checked(VALUE_CHARS)?;
        let found = rest.get(..CHECK_CHARS)?;
        let all = value.iter().chain(found);
        if !all.into_iter().all(|byte| ALPHABET.contains(byte)) {
            return None;
        }
        let length = tokenize.prefix.len() + VALUE_CHARS;
        let derived = derive(tables, settings, tokenize)?;
        let wanted = check(&derived, text.get(..length)?)?;
        (wanted == found).then_some(length + CHECK_CHARS)
    })
}

/// Whether `text`, shorter than a token, may become one.
pub(crate) fn may_begin(tables: &Tables, text: &[u8]) -> bool {
    tables.actions.iter().any(|action| {
        let Action::Tokenize(tokenize) = action else { return false };
        let prefix = tokenize.prefix.as_bytes();
        let length = prefix.len() + VALUE_CHARS + CHECK_CHARS;
        text.len() < length
            && match text.strip_prefix(prefix) {
                Some(body) => body.iter().all(|byte| ALPHABET.contains(byte)),
                None => prefix.starts_with(text),
            }
    })
}

/// Longest token of a policy, in bytes; 0 without any.
pub(crate) fn bytes_max(tables: &Tables) -> usize {
    let longest = tables.actions.iter().filter_map(|action| match action {
        Action::Tokenize(tokenize) => Some(tokenize.prefix.len() + VALUE_CHARS + CHECK_CHARS),
        Action::Keep | Action::Observe | Action::Mask(_) | Action::Redact | Action::Block => None,
    });
    longest.max().unwrap_or(0)
}

fn derive(tables: &Tables, settings: &Settings, tokenize: &Tokenize) -> Option<[u8; 32]> {
    let name = tables.keys.get(tokenize.key.index())?;
    let setting = setting_name(name);
    let (_, key) = settings.keys.iter().find(|(known, _)| *known == setting)?;
    if key.expose().len() < KEY_BYTES_MIN {
        return None;
    }
    let mut derived = mac(key.expose())?;
    derived.update(b"cofferdam/v1/token\0");
    derived.update(name.as_bytes());
    derived.update(b"\0");
    derived.update(tokenize.scope.as_bytes());
    Some(derived.finalize().into_bytes().into())
}

/// How a key of the policy is called in the settings: upper case, `_` for all else.
#[must_use]
pub fn setting_name(key: &str) -> alloc::string::String {
    let fold = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    key.chars().map(fold).collect()
}

fn check(derived: &[u8; 32], token: &[u8]) -> Option<Vec<u8>> {
    let mut keyed = mac(derived)?;
    keyed.update(b"check\0");
    keyed.update(token);
    let mut out = Vec::with_capacity(CHECK_CHARS);
    base32(&keyed.finalize().into_bytes(), CHECK_CHARS, &mut out);
    Some(out)
}

fn mac(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::<Sha256>::new_from_slice(key).ok()
}

/// RFC 4648 base32 in lower case, the first `chars` characters.
fn base32(bytes: &[u8], chars: usize, out: &mut Vec<u8>) {
    let mut bits = 0u32;
    let mut held = 0u32;
    let mut left = chars;
    for byte in bytes {
        // What is not wanted must not pile up: the shift below would pass the width of `held`.
        if left == 0 {
            return;
        }
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 && left > 0 {
            bits -= 5;
            let at = usize::try_from((held >> bits) & 31).unwrap_or(0);
            out.extend(ALPHABET.get(at));
            left -= 1;
        }
        held &= (1 << bits) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_rfc_4648() {
        let mut out = Vec::new();
        base32(b"foobar", 9, &mut out);
        assert_eq!(out, b"mzxw6ytbo");
    }
}
