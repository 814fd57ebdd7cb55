//! Header lists as hosts lay them out: a count, then lengths, then names and values, each ended by
//! a zero byte. Values are bytes: what is not UTF-8 passes through as it is.
//! Never trusts a length it has not checked.

use cofferdam_engine::exchange::Headers;

const NUMBER_BYTES: usize = 4;
const LENGTHS_BYTES: usize = 2 * NUMBER_BYTES;

/// Reads a header list; none where the layout is broken.
#[must_use]
pub fn parse(raw: &[u8]) -> Option<Headers> {
    // A host gives an empty map as nothing at all.
    if raw.is_empty() {
        return Some(Headers::new());
    }
    let (count, mut lengths) = number(raw)?;
    let lengths_bytes = count.checked_mul(LENGTHS_BYTES)?;
    let mut text = lengths.get(lengths_bytes..)?;
    let mut headers = Headers::with_capacity(count);
    for _ in 0..count {
        let (name_bytes, rest) = number(lengths)?;
        let (value_bytes, rest) = number(rest)?;
        lengths = rest;
        let (name, rest) = ended(text, name_bytes)?;
        let (value, rest) = ended(rest, value_bytes)?;
        text = rest;
        headers.push((name.to_vec(), value.to_vec()));
    }
    text.is_empty().then_some(headers)
}

/// Writes a header list; none where a length does not fit its number.
#[must_use]
pub fn write(headers: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) -> Option<Vec<u8>> {
    let text_bytes: usize =
        headers.iter().map(|(name, value)| name.as_ref().len() + value.as_ref().len() + 2).sum();
    let mut raw = Vec::with_capacity(NUMBER_BYTES + headers.len() * LENGTHS_BYTES + text_bytes);
    raw.extend_from_slice(&u32::try_from(headers.len()).ok()?.to_le_bytes());
    for (name, value) in headers {
        raw.extend_from_slice(&u32::try_from(name.as_ref().len()).ok()?.to_le_bytes());
        raw.extend_from_slice(&u32::try_from(value.as_ref().len()).ok()?.to_le_bytes());
    }
    for (name, value) in headers {
        raw.extend_from_slice(name.as_ref());
        raw.push(0);
        raw.extend_from_slice(value.as_ref());
        raw.push(0);
    }
    Some(raw)
}

fn number(raw: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = raw.split_first_chunk::<NUMBER_BYTES>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

fn ended(raw: &[u8], bytes: usize) -> Option<(&[u8], &[u8])> {
    let (text, rest) = raw.split_at_checked(bytes)?;
    let (zero, rest) = rest.split_first()?;
    (*zero == 0).then_some((text, rest))
}

#[cfg(test)]
mod tests {
    use super::{parse, write};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            headers in prop::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 0..9)
        ) {
            let raw = write(&headers).expect("short enough");
            prop_assert_eq!(parse(&raw), Some(headers));
        }

        #[test]
        fn foreign_bytes_never_panic(raw in any::<Vec<u8>>()) {
            if let Some(headers) = parse(&raw) {
                prop_assert!(headers.len() <= raw.len());
            }
        }

        #[test]
        fn a_list_cut_anywhere_is_refused(
            headers in prop::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 1..5),
            cut in any::<prop::sample::Index>(),
        ) {
            let raw = write(&headers).expect("short enough");
            let cut = 1 + cut.index(raw.len() - 1);
            prop_assert_eq!(parse(&raw[..cut.min(raw.len() - 1)]), None);
        }
    }
}
