//! ISO 13616: country, length, character classes of the national part, mod 97 (ISO 7064).
//! Never asks whether a bank exists.

/// Sorted by country. Country, then the national part: counts of digits `n`, letters `a`, either `c`.
const COUNTRIES: [&str; 89] = [
    "AD8n12c",
    "AE19n",
    "AL8n16c",
    "AT16n",
    "AZ4a20c",
    "BA16n",
    "BE12n",
    "BG4a6n8c",
    "BH4a14c",
    "BI23n",
    "BR23n1a1c",
    "BY4c4n16c",
    "CH5n12c",
    "CR18n",
    "CY8n16c",
    "CZ20n",
    "DE18n",
    "DJ23n",
    "DK14n",
    "DO4c20n",
    "EE16n",
    "EG25n",
    "ES20n",
    "FI14n",
    "FK2a12n",
    "FO14n",
    "FR10n11c2n",
    "GB4a14n",
    "GE2a16n",
    "GI4a15c",
    "GL14n",
    "GR7n16c",
    "GT24c",
    "HN4a20n",
    "HR17n",
    "HU24n",
    "IE4a14n",
    "IL19n",
    "IQ4a15n",
    "IS22n",
    "IT1a10n12c",
    "JO4a4n18c",
    "KW4a22c",
    "KZ3n13c",
    "LB4n20c",
    "LC4a24c",
    "LI5n12c",
    "LT16n",
    "LU3n13c",
    "LV4a13c",
    "LY21n",
    "MC10n11c2n",
    "MD20c",
    "ME18n",
    "MK3n10c2n",
    "MN16n",
    "MR23n",
    "MT4a5n18c",
    "MU4a19n3a",
    "NI4a20n",
    "NL4a10n",
    "NO11n",
    "OM3n16c",
    "PK4a16c",
    "PL24n",
    "PS4a21c",
    "PT21n",
    "QA4a21c",
    "RO4a16c",
    "RS18n",
    "RU14n15c",
    "SA2n18c",
    "SC4a20n3a",
    "SD14n",
    "SE20n",
    "SI15n",
    "SK20n",
    "SM1a10n12c",
    "SO19n",
    "ST21n",
    "SV4a20n",
    "TL19n",
    "TN20n",
    "TR6n16c",
    "UA6n19c",
    "VA18n",
    "VG4a16n",
    "XK16n",
    "YE4a4n18c",
];

pub(super) fn accept(candidate: &[u8]) -> bool {
    let [first, second, ..] = candidate else { return false };
    let country = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let Some(entry) = entry(country) else { return false };
    // PERF: of the ends that a candidate may have, all but one are wrong by its length.
    if candidate.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() != length(entry) {
        return false;
    }
    let check = canonical(candidate).skip(2).take(2);
    fits(entry, canonical(candidate).skip(4))
        && check.clone().count() == 2
        && check.clone().all(|byte| byte.is_ascii_digit())
        && remainder(canonical(candidate)) == 1
}

fn entry(country: [u8; 2]) -> Option<&'static str> {
    let number = |of: &[u8; 2]| u16::from_be_bytes(*of);
    let by = |entry: &&str| entry.as_bytes().first_chunk().map(number).cmp(&Some(number(&country)));
    let found = COUNTRIES.binary_search_by(by).ok()?;
    COUNTRIES.get(found).copied()
}

/// How long numbers of a country are, without separators.
fn length(entry: &str) -> usize {
    let (mut length, mut count) = (4, 0);
    for byte in entry.bytes().skip(2) {
        if byte.is_ascii_digit() {
            count = count * 10 + usize::from(byte - b'0');
        } else {
            length += count;
            count = 0;
        }
    }
    length
}

/// Without separators, in capitals.
pub(super) fn canonical(candidate: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    candidate.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase)
}

/// Whether the national part is as the registry says: no character less, none more.
fn fits(entry: &str, mut national: impl Iterator<Item = u8>) -> bool {
    let mut count = 0;
    for byte in entry.bytes().skip(2) {
        if byte.is_ascii_digit() {
            count = count * 10 + u32::from(byte - b'0');
            continue;
        }
        for _ in 0..count {
            let fits = national.next().is_some_and(|found| match byte {
                b'n' => found.is_ascii_digit(),
                b'a' => found.is_ascii_uppercase(),
                _ => true,
            });
            if !fits {
                return false;
            }
        }
        count = 0;
    }
    national.next().is_none()
}

/// The whole, its first four characters moved to the end, letters as 10 to 35, modulo 97.
fn remainder(text: impl Iterator<Item = u8> + Clone) -> u32 {
    text.clone().skip(4).chain(text.take(4)).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        _ => rest,
    })
}
