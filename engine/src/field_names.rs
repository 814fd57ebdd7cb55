//! Which names of fields say what their values are: `address`, `user[address]`, `addr2`.
//! Compares the last part of a name whole, whatever its case and what joins its words, and keeps
//! nothing. Words within a name are context, and are found where other context is.

use crate::detect::ContextSets;
use crate::limits;
use crate::model::FieldName;

/// The sets that a name belongs to. `names` are sorted by text.
pub(crate) fn sets(names: &[FieldName], name: &[u8]) -> ContextSets {
    if names.is_empty() || name.len() > limits::KEY_BYTES_MAX {
        return 0;
    }
    let parts = name.rsplit(|byte| matches!(byte, b'.' | b'[' | b']' | b':' | b'/'));
    for part in parts {
        let mut plain = [0; limits::CONTEXT_WORD_BYTES_MAX];
        let Some(length) = flatten(part, &mut plain) else { return 0 };
        // An index, or what a bracket leaves: the part before says what it is of.
        if length == 0 {
            continue;
        }
        let plain = plain.get(..length).unwrap_or_default();
        let found = names.binary_search_by(|entry| entry.text.as_bytes().cmp(plain));
        return found.ok().and_then(|at| names.get(at)).map_or(0, |entry| entry.sets);
    }
    0
}

/// Writes a part of a name in small letters, without digits and what joins words; its length.
/// `None` where it is longer than any name that is looked for.
fn flatten(part: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    let mut before = 0;
    for byte in part {
        let joins =
            matches!(byte, b' ' | b'_' | b'-' | b'@' | b'$' | b'#') || byte.is_ascii_digit();
        if !joins {
            // Capitals of Latin-1 are 0x20 before their small letters, but for the sign between.
            let capital = before == 0xC3 && (0x80..=0x9E).contains(byte) && *byte != 0x97;
            *out.get_mut(length)? = if capital { byte + 0x20 } else { byte.to_ascii_lowercase() };
            length += 1;
        }
        before = *byte;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_last_part_of_a_name_says_what_it_is() {
        let texts = ["address", "año", "sex"];
        let names: Vec<FieldName> = (0..)
            .zip(texts)
            .map(|(n, text)| FieldName { text: text.into(), sets: 1 << n })
            .collect();
        for name in ["address", "Address", "ADDRESS_2", "user[address]", "a.address[0]", "@address"]
        {
            assert_eq!(sets(&names, name.as_bytes()), 1, "{name}");
        }
        assert_eq!(sets(&names, "AÑO".as_bytes()), 2);
        assert_eq!(sets(&names, b"se-x"), 4);
        for name in ["", "7", "ip_address", "address.city", "address_line", "[]"] {
            assert_eq!(sets(&names, name.as_bytes()), 0, "{name}");
        }
        assert_eq!(sets(&names, &b"sex".repeat(100)), 0);
    }
}
