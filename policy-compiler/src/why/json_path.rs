//! The path to the value of a JSON text that a byte stands in. A text that is no JSON has none.
//! Keeps names of members, never a value.

use cofferdam_engine::model::FieldStep;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Deeper than any body that the engine reads.
const DEPTH_MAX: usize = 128;

/// One value that is open around the byte.
enum Open {
    /// The name of the member that is read, once it is known.
    Object(Option<String>),
    Array(u32),
}

/// The steps to the value at each of some bytes, or to the member whose name stands there. None
/// where the text is no JSON.
pub(super) fn at(text: &[u8], bytes: &BTreeSet<usize>) -> Option<BTreeMap<usize, Vec<FieldStep>>> {
    let _: &RawValue = serde_json::from_slice(text).ok()?;
    let mut open: Vec<Open> = Vec::new();
    let mut found = BTreeMap::new();
    let mut i = 0;
    while i < text.len() {
        let start = i;
        match text[i] {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::Array(0)),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Object(name)) => *name = None,
                Some(Open::Array(n)) => *n = n.saturating_add(1),
                None => {}
            },
            b'"' => {
                i = end_of_text(text, i);
                // The first text of a member is its name.
                if let Some(Open::Object(name @ None)) = open.last_mut() {
                    *name = serde_json::from_slice(text.get(start..=i)?).ok();
                }
            }
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return None;
        }
        for byte in bytes.range(start..=i) {
            found.insert(*byte, steps(&open));
        }
        i += 1;
    }
    Some(found)
}

/// The quote that ends a text.
fn end_of_text(text: &[u8], start: usize) -> usize {
    let mut i = start + 1;
    while i < text.len() && text[i] != b'"' {
        i += if text[i] == b'\\' { 2 } else { 1 };
    }
    i
}

fn steps(open: &[Open]) -> Vec<FieldStep> {
    let steps = open.iter().filter_map(|open| match open {
        Open::Object(name) => name.clone().map(FieldStep::Key),
        Open::Array(n) => Some(FieldStep::Index(*n)),
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, BTreeSet, at};
    use crate::language::field::spell;

    #[test]
    fn a_byte_is_in_the_value_around_it() {
        let text = br#"{"a": [1, {"b c": "x\"y", "d": 2}], "e": {"f": "z"}}"#;
        let told = |word: &str| {
            let start = String::from_utf8_lossy(text).find(word).expect("there");
            spell(&at(text, &BTreeSet::from([start])).expect("JSON")[&start])
        };
        assert_eq!(told("1,"), "$.a[0]");
        assert_eq!(told("x\\\""), "$.a[1]['b c']");
        assert_eq!(told("b c"), "$.a[1]['b c']");
        assert_eq!(told("2}"), "$.a[1].d");
        assert_eq!(told("z\""), "$.e.f");
        let at = |text: &[u8]| at(text, &BTreeSet::from([2]));
        assert_eq!(at(b"{\"a\": "), None);
        assert_eq!(at(b"\"text\""), Some(BTreeMap::from([(2, Vec::new())])));
    }
}
