//! Passwords and secrets that nothing but their name and their disorder gives away.
//! Never asks whether one is in use.

use super::service;

/// Words that stand where a secret will be put, or that are the name of one.
const PLACEHOLDERS: [&[u8]; 24] = [
    b"changeit",
    b"default",
    b"dummy",
    b"example",
    b"fixme",
    b"foobar",
    b"hidden",
    b"insert",
    b"kennwort",
    b"masked",
    b"passphrase",
    b"passwd",
    b"password",
    b"passwort",
    b"placeholder",
    b"redacted",
    b"replace",
    b"required",
    b"sample",
    b"secret",
    b"todo",
    b"undefined",
    b"xxxx",
    b"your",
];

/// Letters up to which a word may stand in a long key by chance.
const SHORT: usize = 5;

/// Characters of a text in which a short word is no chance.
const LONG: usize = 64;

/// Whole values that are no password. Sorted.
const NO_VALUES: [&[u8]; 22] = [
    b"bcrypt",
    b"boolean",
    b"disabled",
    b"enabled",
    b"false",
    b"hmac",
    b"incorrect",
    b"invalid",
    b"none",
    b"null",
    b"optional",
    b"pass",
    b"prompt",
    b"pwd",
    b"sha1",
    b"sha256",
    b"sha512",
    b"string",
    b"text",
    b"token",
    b"true",
    b"unset",
];

/// What the name of a password ends in.
const PASSWORDS: [&[u8]; 12] = [
    b"contrasena",
    b"haslo",
    b"kennwort",
    b"mdp",
    b"motdepasse",
    b"passphrase",
    b"passwd",
    b"password",
    b"passwort",
    b"pwd",
    b"senha",
    b"wachtwoord",
];

/// What the name of a secret ends in.
const SECRETS: [&[u8]; 14] = [
    b"accesskey",
    b"accesstoken",
    b"apikey",
    b"apisecret",
    b"apitoken",
    b"authtoken",
    b"bearertoken",
    b"encryptionkey",
    b"privatetoken",
    b"refreshtoken",
    b"secret",
    b"secretkey",
    b"secrettoken",
    b"signingkey",
];

/// What the name of a session's cookie ends in.
const SESSIONS: [&[u8]; 7] =
    [b"connectsid", b"jsessionid", b"phpsessid", b"session", b"sessionid", b"sessid", b"sid"];

/// What a name may have behind the word.
const SUFFIXES: [&[u8]; 6] = [b"again", b"confirm", b"confirmation", b"repeat", b"value", b""];

/// The value of a field or variable that is called a password.
pub(super) fn accept_password(before: &[u8], candidate: &[u8]) -> bool {
    (6..=128).contains(&candidate.len())
        && kinds(candidate) > 1
        && is_named(before, &PASSWORDS)
        && !is_placeholder(candidate)
        && !is_code(candidate)
        && !has_number(before, candidate)
}

/// The value of a field or variable that is called a secret.
pub(super) fn accept_secret(before: &[u8], candidate: &[u8]) -> bool {
    candidate.len() >= 16
        && is_named(before, &SECRETS)
        && is_key(candidate)
        && !candidate.starts_with(b"eyJ")
        && !service::accept(candidate)
        && !is_uuid(candidate)
        && !is_code(candidate)
        && !has_number(before, candidate)
}

/// The value of a session's cookie.
pub(super) fn accept_session(before: &[u8], candidate: &[u8]) -> bool {
    candidate.len() >= 16
        && is_named(before, &SESSIONS)
        && is_key(candidate)
        && !candidate.starts_with(b"eyJ")
        && !is_uuid(candidate)
        && !is_constant(candidate)
        && !has_number(before, candidate)
}

/// As disordered as a key is, with digits in it, and no placeholder.
pub(super) fn is_key(candidate: &[u8]) -> bool {
    let digits = candidate.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = candidate.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    digits > 0 && letters > 0 && is_random(candidate) && !is_placeholder(candidate)
}

/// At least as much disorder as what is drawn at random has, and no alphabet.
pub(super) fn is_random(text: &[u8]) -> bool {
    let steps = text.windows(2).filter(|pair| match pair {
        [a, b] => a.wrapping_add(1) == *b,
        _ => false,
    });
    let floor = if text.iter().all(u8::is_ascii_hexdigit) { 690 } else { 750 };
    steps.count() * 3 < text.len() && entropy(text) >= floor
}

/// Entropy of the characters in 256ths of a bit (Shannon).
pub(super) fn entropy(text: &[u8]) -> u32 {
    let mut counts = [0_u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let all = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut sum = 0;
    for byte in text {
        // Each character counts once.
        let count = counts.get_mut(usize::from(*byte)).map_or(0, core::mem::take);
        if count > 1 {
            sum += u64::from(count) * u64::from(log2(count));
        }
    }
    let mean = sum.checked_div(u64::from(all)).unwrap_or(0);
    log2(all).saturating_sub(u32::try_from(mean).unwrap_or(u32::MAX))
}

/// The logarithm in 256ths, by squaring.
fn log2(n: u32) -> u32 {
    let whole = n.checked_ilog2().unwrap_or(0);
    let mut rest = (u64::from(n.max(1)) << 32) >> whole;
    let mut result = whole;
    for _ in 0..8 {
        rest = ((rest >> 1) * (rest >> 1)) >> 30;
        let bit = rest >> 33;
        rest >>= bit;
        result = (result << 1) | u32::from(bit > 0);
    }
    result
}

/// Stands where a secret will be put: a word for it, brackets, a variable, one character over and
/// over.
pub(super) fn is_placeholder(text: &[u8]) -> bool {
    let first = text.first().copied().unwrap_or(b'*');
    matches!(first, b'<' | b'{' | b'[' | b'(' | b'$' | b'%' | b'*')
        || text.iter().all(|byte| *byte == first)
        || NO_VALUES.iter().any(|word| text.eq_ignore_ascii_case(word))
        || holds_placeholder(text)
}

/// Whether one of the words for what will be put there stands anywhere in a text.
fn holds_placeholder(text: &[u8]) -> bool {
    let fits = |word: &[u8]| word.len() > SHORT || text.len() <= LONG;
    let begins = |at: usize, word: &[u8]| {
        text.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    let pairs = text.windows(2).enumerate().filter_map(|(at, pair)| match pair {
        // PERF: hardly a pair of letters begins one of the words.
        [one, two] if may_begin(*one, *two) => Some(at),
        _ => None,
    });
    pairs.into_iter().any(|at| PLACEHOLDERS.iter().any(|word| fits(word) && begins(at, word)))
}

/// Second letters by first letter, one bit each.
static SECOND: [u32; 32] = {
    let mut second = [0_u32; 32];
    let mut words: &[&[u8]] = &PLACEHOLDERS;
    while let [word, rest @ ..] = words {
        if let [one, two, ..] = word {
            let (mut left, mut n): (&mut [u32], u8) = (&mut second, 0);
            while let [slot, others @ ..] = left {
                if n == *one & 31 {
                    *slot |= 1 << (*two & 31);
                }
                n += 1;
                left = others;
            }
        }
        words = rest;
    }
    second
};

/// Whether a word may begin with these two bytes, of which letters may be capitals.
#[inline]
fn may_begin(one: u8, two: u8) -> bool {
    SECOND.get(usize::from(one & 31)).is_some_and(|second| second >> (two & 31) & 1 == 1)
}

/// Whether the name before the value ends in one of these words. Where nothing stands before,
/// the value fills a field, whose name the context has.
fn is_named(before: &[u8], words: &[&[u8]]) -> bool {
    let is_sign = |byte: &u8| b"\"'`\\ =:>".contains(byte);
    let signs = before.iter().rev().take_while(|byte| is_sign(byte)).count();
    let text = before.get(..before.len() - signs).unwrap_or_default();
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = text.iter().rev().take_while(is_name).count();
    let name = text.get(text.len() - length..).unwrap_or_default();
    let last = name.iter().rev().find(|byte| byte.is_ascii_alphabetic());
    let last = last.map(u8::to_ascii_lowercase);
    // PERF: the last letter tells nearly all apart.
    let is_end = |word: &[u8], suffix: &[u8]| {
        last == suffix.last().or(word.last()).copied() && ends_in(name, word, suffix)
    };
    before.is_empty() || SUFFIXES.iter().any(|suffix| words.iter().any(|word| is_end(word, suffix)))
}

/// Whether the letters of a name end in a word and what may stand behind it. The word must begin
/// where words do, or the context would not have it.
fn ends_in(name: &[u8], word: &[u8], suffix: &[u8]) -> bool {
    let mut at = name.len();
    let mut first = b' ';
    for wanted in word.iter().chain(suffix).rev() {
        let rest = name.get(..at).unwrap_or_default();
        let Some(n) = rest.iter().rposition(u8::is_ascii_alphabetic) else { return false };
        first = rest.get(n).copied().unwrap_or(0);
        if first.to_ascii_lowercase() != *wanted {
            return false;
        }
        at = n;
    }
    let before = at.checked_sub(1).and_then(|n| name.get(n)).copied().unwrap_or(b' ');
    !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
}

/// How many of these it has: small letters, capitals behind the first character, digits, others.
fn kinds(text: &[u8]) -> usize {
    let [mut small, mut digit, mut other] = [false; 3];
    for byte in text {
        match byte {
            b'a'..=b'z' => small = true,
            b'0'..=b'9' => digit = true,
            b'A'..=b'Z' | b'_' | b'-' | b'.' => {}
            _ => other = true,
        }
    }
    let capitals = text.iter().skip(1).any(u8::is_ascii_uppercase);
    [small, capitals, digit, other].into_iter().map(usize::from).sum()
}

/// A path, an address, a chain of names, a call.
fn is_code(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let names =
        text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    let joined = text.iter().any(|byte| matches!(byte, b'_' | b'.' | b'-'));
    text.starts_with(b"/")
        || text.starts_with(b".")
        || text.windows(3).any(|window| window == b"://")
        || text.windows(2).any(|window| window == b"::" || window == b"->")
        || (names && joined && digits < 2)
        || is_constant(text)
}

/// `WIN32_ERROR`: capitals and digits with an underscore, and a word among the parts.
fn is_constant(text: &[u8]) -> bool {
    let is_word = |part: &[u8]| part.len() > 3 && part.iter().all(u8::is_ascii_uppercase);
    text.contains(&b'_')
        && text
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && text.split(|byte| *byte == b'_').any(is_word)
}

/// Whether a whole field has a number of its own in it, which must be looked at by itself.
fn has_number(before: &[u8], text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let text = text.get(..text.len() - padding).unwrap_or_default();
    let parted = |byte: &u8| !byte.is_ascii_alphanumeric();
    let is_number = |part: &[u8]| part.len() > 2 && part.iter().all(u8::is_ascii_digit);
    let numbers = text.split(parted).filter(|part| is_number(part)).count();
    before.is_empty() && (text.contains(&b'=') || (numbers > 0 && text.iter().any(parted)))
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(n, byte)| match n {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_in_256ths_of_a_bit() {
        for (text, bits) in [("", 0), ("aaaa", 0), ("ab", 256), ("abcd", 512), ("aabbccdd", 512)] {
            assert_eq!(entropy(text.as_bytes()), bits, "{text}");
        }
        // log2(3) is 1.58496, times 256 is 405.7.
        assert_eq!(entropy(b"abc"), 405);
        assert!(is_random(b"8HybqLlmLfJRapuY") && is_random(b"ca584b4a694f46e485db35c013567328"));
        assert!(!is_random(b"abcdefghijklmnop") && !is_random(b"1111222233334444"));
    }

    #[test]
    fn names_of_passwords_and_what_is_none() {
        for (before, value, fits) in [
            ("password=", "hunter2", true),
            ("\"dbPassword\": \"", "Tr0ub4dor", true),
            ("DB_PASSWORD: ", "pa55-word!", true),
            ("new_password_confirmation=", "hunter2", true),
            ("", "hunter2", true),
            ("mypassword=", "hunter2", false),
            ("passwordLength=", "minimum8", false),
            ("user=", "hunter2", false),
            ("password=", "correct", false),
            ("password=", "Correct", false),
            ("password=", "${PW1}", false),
            ("password=", "password1", false),
            ("password=", "self.password2", false),
            ("password=", "sha256", false),
            ("password=", "a1b2", false),
            ("ERROR_INVALID_PASSWORD: ", "WIN32_ERROR", false),
            ("password=", "T7_QX_9P", true),
            ("", "phone_2125552368", false),
        ] {
            let accepted = accept_password(before.as_bytes(), value.as_bytes());
            assert_eq!(accepted, fits, "{before}{value}");
        }
    }

    #[test]
    fn secrets_and_sessions() {
        let key = b"8HybqLlmLfJRapuY0thUOo0kZwNS34Ph";
        assert!(accept_secret(b"client_secret=", key) && accept_secret(b"apiKey: ", key));
        assert!(!accept_secret(b"etag=", key) && !accept_secret(b"api_key=", b"short1"));
        assert!(!accept_secret(b"secret=", b"b7b18599-188e-4ecb-a54f-d8b631d840f2"));
        assert!(!accept_secret(b"secret=", b"/etc/ssl/private/key1.pem"));
        assert!(accept_session(b"JSESSIONID=", key) && !accept_session(b"session_timeout=", key));
    }
}
