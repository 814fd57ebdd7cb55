//! Keys of services by the prefix, alphabet and length that their makers publish, with the CRC-32
//! of GitHub and npm. Never asks a service.

use super::secret;

/// What begins a key, what follows, and what must stand somewhere in it.
struct Form {
    prefix: &'static str,
    /// Classes with counts, `c36` or `w20-300`; every other character stands for itself.
    /// `a` letters, `c` letters and digits, `h` small hex digits, `l` small letters and digits,
    /// `n` digits, `u` capitals and digits, `b` base64, `w` base64url, `x` all of these and `.=~`.
    shape: &'static str,
    holds: &'static str,
}

const fn form(prefix: &'static str, shape: &'static str) -> Form {
    Form { prefix, shape, holds: "" }
}

const fn holding(prefix: &'static str, shape: &'static str, holds: &'static str) -> Form {
    Form { prefix, shape, holds }
}

/// Sorted by prefix.
const FORMS: [Form; 105] = [
    form("1/", "n13-19/n13-19:h32"),
    form("1/", "n13-19:h32"),
    form("2/", "n13-19/n13-19:h32"),
    form("2/", "n13-19:h32"),
    form("A3-", "u6-u11-u5-u5-u5"),
    form("A3-", "u6-u6-u5-u5-u5-u5"),
    form("AAAAAAAAAAAAAAAAAAAAA", "x60-220"),
    form("ABSKQmVkcm9ja0FQSUtleS", "b80-200"),
    form("AIza", "w35"),
    form("ATATT3", "x150-260"),
    form("ATBB", "c32"),
    form("ATCTT3", "x150-260"),
    form("AccountKey=", "b86=="),
    form("EAAA", "w60"),
    form("EAA", "c90-300"),
    form("GOCSPX-", "w28"),
    form("HRKU-", "w36-64"),
    form("NRAK-", "u27"),
    form("NRII-", "w32"),
    form("NRJS-", "h19"),
    form("SG.", "w22.w43"),
    form("SK", "h32"),
    form("WPL_AP1.", "c16.x6-12"),
    form("access_token$production$", "l16$h32"),
    form("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t", "x40-440"),
    form("dapi", "h32"),
    form("dapi", "h32-n1"),
    form("dckr_oat_", "w27-40"),
    form("dckr_pat_", "w27"),
    form("doo_v1_", "h64"),
    form("dop_v1_", "h64"),
    form("dor_v1_", "h64"),
    form("fm1a_", "x100-440"),
    form("fm1r_", "x100-440"),
    form("fm2_", "x100-440"),
    form("fo1_", "w43"),
    form("gho_", "c36"),
    form("ghp_", "c36"),
    form("ghr_", "c36"),
    form("ghs_", "c36"),
    form("ghu_", "c36"),
    form("github_pat_", "c22_c59"),
    form("glagent-", "w50"),
    form("glc_", "b32-400"),
    form("glc_", "b32-400="),
    form("glc_", "b32-400=="),
    form("glcbt-", "x20-40"),
    form("gldt-", "x20-300"),
    form("glffct-", "x20-300"),
    form("glft-", "x20-300"),
    form("glimt-", "x25-300"),
    form("gloas-", "h64"),
    form("glpat-", "x20-300"),
    form("glptt-", "h40"),
    form("glrt-", "x20-300"),
    form("glsa_", "c32_x8"),
    form("glsoat-", "x20-300"),
    form("hf_", "a34"),
    form("hvb.", "w90-320"),
    form("hvr.", "w24-320"),
    form("hvs.", "w24-320"),
    form("https://", "h32:h32@x10-150"),
    form("https://", "h32@x10-150"),
    form("https://discord.com/api/webhooks/", "n15-22/w60-90"),
    form("https://discordapp.com/api/webhooks/", "n15-22/w60-90"),
    form("https://hooks.slack.com/services/", "u8-14/u8-14/c20-32"),
    form("https://hooks.slack.com/", "x30-200"),
    form("key-", "h32"),
    form("lin_api_", "c40"),
    form("lin_oauth_", "h64"),
    form("nfp_", "c36"),
    form("npm_", "c36"),
    form("ntn_", "n11c35"),
    form("ops_eyJ", "x100-800"),
    form("oy2", "l43"),
    form("pat", "c14.h64"),
    form("pplx-", "c48"),
    form("pul-", "h40"),
    form("pypi-AgE", "w50-440"),
    form("rk_", "x20-260"),
    form("rubygems_", "h48"),
    form("secret_", "c43"),
    form("shpat_", "h32"),
    form("shpca_", "h32"),
    form("shppa_", "h32"),
    form("shpss_", "h32"),
    holding("sk-", "w40-220", "T3BlbkFJ"),
    form("sk-ant-", "w80-140"),
    form("sk_", "x20-260"),
    form("sl.", "x130-500"),
    form("sntrys_", "x60-440"),
    form("sntryu_", "h64"),
    form("sq0atp-", "w22"),
    form("sq0csp-", "w43"),
    form("squ_", "h40"),
    form("sqp_", "h40"),
    form("sqa_", "h40"),
    form("v1.0-", "h24-h146"),
    form("vc", "x28-90"),
    form("ver:1-hint:", "n4-20-x60-440"),
    form("ver:2-hint:", "n4-20-x60-440"),
    form("ver:3-hint:", "n4-20-x60-440"),
    form("whsec_", "x32-100"),
    form("xapp-", "w40-240"),
    form("xox", "x24-300"),
];

/// Prefixes whose last six characters are the CRC-32 of the thirty before, in base62.
const WITH_CRC: [&[u8]; 6] = [b"gho_", b"ghp_", b"ghr_", b"ghs_", b"ghu_", b"npm_"];

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key of one of the forms, as disordered as a key is.
pub(super) fn accept(candidate: &[u8]) -> bool {
    FORMS.iter().any(|form| form.fits(candidate))
}

/// A key with no prefix that says enough: parts whose shape the automaton has read.
pub(super) fn accept_disordered(candidate: &[u8]) -> bool {
    secret::is_key(candidate)
}

/// As [`accept`], for a key that goes on.
pub(super) fn begins(prefix: &[u8]) -> bool {
    prefix.starts_with(b"ops_eyJ") && secret::is_key(prefix)
}

/// The token of a bot for Discord: its first part is the number of the bot in base64.
pub(super) fn accept_discord(candidate: &[u8]) -> bool {
    let first = candidate.split(|byte| *byte == b'.').next().unwrap_or_default();
    let number = super::jwt::decode(first).unwrap_or_default();
    let lengths: [usize; 3] = core::array::from_fn(|n| {
        candidate.split(|byte| *byte == b'.').nth(n).map_or(0, <[u8]>::len)
    });
    (17..=20).contains(&number.len())
        && lengths.get(1) == Some(&6)
        && lengths.get(2).is_some_and(|length| (27..=40).contains(length))
        && number.iter().all(u8::is_ascii_digit)
        && secret::is_key(candidate)
}

impl Form {
    fn fits(&self, candidate: &[u8]) -> bool {
        let Some(body) = candidate.strip_prefix(self.prefix.as_bytes()) else { return false };
        let holds = self.holds.as_bytes();
        let has = holds.is_empty() || body.windows(holds.len()).any(|window| window == holds);
        has && is_shaped(self.shape.as_bytes(), body)
            && secret::is_random(body)
            && !secret::is_placeholder(body)
            && has_crc(candidate)
    }
}

/// Whether all of a text is as a shape says. Each class takes as much as it may.
fn is_shaped(shape: &[u8], text: &[u8]) -> bool {
    let (mut shape, mut text) = (shape, text);
    while let Some((sign, rest)) = shape.split_first() {
        let (min, after) = count(rest);
        let Some(min) = min else {
            let Some(tail) = text.strip_prefix(&[*sign]) else { return false };
            (shape, text) = (rest, tail);
            continue;
        };
        let (max, after) = match after {
            [b'-', range @ ..] if range.first().is_some_and(u8::is_ascii_digit) => count(range),
            _ => (Some(min), after),
        };
        let is_in = |byte: &&u8| is_of(*sign, **byte);
        let taken = text.iter().take(max.unwrap_or(min)).take_while(is_in).count();
        if taken < min {
            return false;
        }
        (shape, text) = (after, text.get(taken..).unwrap_or_default());
    }
    text.is_empty()
}

/// The number that a text begins with, and what follows.
fn count(text: &[u8]) -> (Option<usize>, &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = text.iter().take(length).copied();
    let number = usize::try_from(super::number(digits, 4)).ok().filter(|_| length > 0);
    (number, text.get(length..).unwrap_or_default())
}

fn is_of(class: u8, byte: u8) -> bool {
    match class {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_alphanumeric(),
        b'h' => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        b'l' => matches!(byte, b'0'..=b'9' | b'a'..=b'z'),
        b'n' => byte.is_ascii_digit(),
        b'u' => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
        b'b' => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
        b'w' => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
        b'x' => {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'.' | b'=' | b'~' | b',' | b'%')
        }
        _ => false,
    }
}

/// Behind GitHub's token formats, 2021; npm took them over.
fn has_crc(candidate: &[u8]) -> bool {
    if !WITH_CRC.iter().any(|prefix| candidate.starts_with(prefix)) {
        return true;
    }
    let body = candidate.get(4..).unwrap_or_default();
    let Some((random, check)) = body.split_at_checked(30) else { return false };
    let value = check.iter().try_fold(0_u64, |n, byte| {
        let place = BASE62.iter().position(|letter| letter == byte)?;
        Some(n * 62 + u64::try_from(place).ok()?)
    });
    check.len() == 6 && value == Some(u64::from(crc32(random)))
}

/// CRC-32 as in ISO-HDLC and zip.
fn crc32(text: &[u8]) -> u32 {
    let folded = text.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            1 => crc >> 1 ^ 0xEDB8_8320,
            _ => crc >> 1,
        })
    });
    !folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart_and_checked() {
        // A token that a blog on the format published, its check sum worked out by zlib.
        assert!(accept(b"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"));
        assert!(!accept(b"ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18"));
        assert!(!accept(b"ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxk0mLq17"));
        assert!(accept(b"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"));
        assert!(!accept(b"npm_KWSPHVVSZkg13KqsHjcTsKr82w8JO62VqtBs"));
        assert!(accept(b"sq0atp-9u1HpFAWXWtyL1HiEQUYka"));
        assert!(!accept(b"sq0atp-xxxxxxxxxxxxxxxxxxxxxx") && !accept(b"sq0atp-9u1HpFA"));
        assert!(!accept(b"AIzaSylrkz8rgH-fqyVHN1kiwzJEXAMPLEFR012") && !accept(b""));
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn shapes_take_what_they_say() {
        for (shape, text, fits) in [
            ("w2.w3", "ab.cde", true),
            ("w2.w3", "ab.cd", false),
            ("h2-n1", "af-7", true),
            ("h2-n1", "ag-7", false),
            ("n2-4", "123", true),
            ("n2-4", "12345", false),
            ("u2-l2", "AB-ab", true),
            ("b3==", "ab+==", true),
        ] {
            assert_eq!(is_shaped(shape.as_bytes(), text.as_bytes()), fits, "{shape} {text}");
        }
    }
}
