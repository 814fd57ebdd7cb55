//! The exact check of a candidate, one file for each family of checks.
//! Looks at the candidate and a few bytes before it, never behind it, and keeps nothing.

mod email;
mod iban;
mod ip;
mod jwt;
mod key;
mod luhn;
mod phone;
mod ssn;

use crate::model::Validator;
use alloc::vec::Vec;

/// How far before a candidate a validator may look.
const LOOK_BACK_MAX: usize = 64;

/// Whether the candidate at `start..end` is what it looks like. What lies before it in `text`
/// may speak against it.
#[must_use]
pub fn accept(validator: Validator, text: &[u8], start: usize, end: usize) -> bool {
    let Some(candidate) = text.get(start..end) else { return false };
    let before = text.get(start.saturating_sub(LOOK_BACK_MAX)..start).unwrap_or_default();
    match validator {
        Validator::Structure => true,
        Validator::Email => email::accept(candidate),
        Validator::CreditCard => luhn::accept(before, candidate),
        Validator::UsSsn => ssn::accept(before, candidate),
        Validator::Iban => iban::accept(candidate),
        Validator::PhoneE164 => phone::accept_e164(candidate),
        Validator::PhoneNanp => phone::accept_nanp(before, candidate),
        Validator::Ipv4 => ip::accept_v4(before, candidate),
        Validator::Ipv6 => ip::accept_v6(candidate),
        Validator::Jwt => jwt::accept(candidate),
        Validator::AwsAccessKey => key::accept_aws(candidate),
        Validator::PrivateKey => key::accept_pem(candidate),
    }
}

/// Whether a candidate that is longer than may be kept begins like a true one.
#[must_use]
pub fn begins(validator: Validator, prefix: &[u8]) -> bool {
    match validator {
        Validator::Jwt => jwt::begins(prefix),
        Validator::PrivateKey => key::begins_pem(prefix),
        Validator::Structure
        | Validator::Email
        | Validator::CreditCard
        | Validator::UsSsn
        | Validator::Iban
        | Validator::PhoneE164
        | Validator::PhoneNanp
        | Validator::Ipv4
        | Validator::Ipv6
        | Validator::AwsAccessKey => false,
    }
}

/// Appends the one spelling that all spellings of a candidate have in common, so that they get
/// the same token.
pub fn canonical(validator: Validator, candidate: &[u8], out: &mut Vec<u8>) {
    match validator {
        Validator::Email => email::canonical(candidate, out),
        Validator::CreditCard | Validator::UsSsn => out.extend(digits(candidate)),
        Validator::Iban => out.extend(iban::canonical(candidate)),
        Validator::PhoneE164 => phone::canonical_e164(candidate, out),
        Validator::PhoneNanp => phone::canonical_nanp(candidate, out),
        Validator::Structure
        | Validator::Ipv4
        | Validator::Ipv6
        | Validator::Jwt
        | Validator::AwsAccessKey
        | Validator::PrivateKey => out.extend_from_slice(candidate),
    }
}

/// The ASCII digits of a candidate.
fn digits(candidate: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    candidate.iter().copied().filter(u8::is_ascii_digit)
}

/// The first digits as a number. Without digits 0; more digits than fit are not read.
fn number(digits: impl Iterator<Item = u8>, count: usize) -> u64 {
    digits.take(count.min(19)).fold(0, |n, digit| n * 10 + u64::from(digit.wrapping_sub(b'0') % 10))
}

/// Whether a candidate directly after `before` is the last group of a UUID.
fn follows_uuid_groups(before: &[u8]) -> bool {
    let Some(groups) = before.len().checked_sub(24).and_then(|at| before.get(at..)) else {
        return false;
    };
    groups.iter().enumerate().all(|(n, byte)| match n {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
