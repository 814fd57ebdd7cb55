//! Near misses: what looks like a value of a category, and is none of any.

use super::carrier::Carrier;
use super::kind::{Kind, Value};
use super::{Record, nothing};
use crate::random::Random;
use crate::shape;

/// What is wrong with a near miss.
#[derive(Clone, Copy, Debug)]
enum Miss {
    /// One of the kind's own.
    Spoil(usize),
    /// A true value as part of something longer.
    Run,
    /// A true value in base64.
    Base64,
    /// A true value without its name.
    Nameless,
    /// A true value behind a word that only begins like its name.
    Substring,
    /// A true value, and its name too far away.
    Far,
    /// A true value, and its name at another one.
    Sibling,
    /// What stands in all texts.
    Everyday,
}

/// The nth near miss of a kind.
pub(super) fn record(random: &mut Random, id: String, kind: &Kind, n: usize) -> Record {
    let misses = misses(kind);
    let miss = misses[n % misses.len()];
    let carrier = Carrier::ALL[n / misses.len() % Carrier::ALL.len()];
    let carrier = match n / misses.len() {
        0 => Carrier::ALL[n % Carrier::ALL.len()],
        _ => carrier,
    };
    let value = kind.value(random).text;
    let word = random.pick(kind.words);
    let plain = random.pick(&["item", "entry", "label", "remark"]);
    let at_word = |random: &mut Random, id: String, text: String| {
        carrier.record(random, id, kind.assigned, word, &nothing(text))
    };
    match miss {
        Miss::Spoil(at) => {
            let text = kind.spoils[at].text(random, &value);
            at_word(random, id, text)
        }
        Miss::Run => {
            let text = match kind.open {
                true => format!("Zq7{value}"),
                false => format!("Zq7{value}8Wd"),
            };
            at_word(random, id, text)
        }
        // What is in groups would go on as a group.
        Miss::Base64 if !value.chars().all(char::is_alphanumeric) => {
            at_word(random, id, format!("Zq7{value}8Wd"))
        }
        Miss::Base64 => {
            let (before, after) = (shape::text(random, "<b22>Q"), shape::text(random, "Q<b22>"));
            at_word(random, id, format!("{before}{value}{after}"))
        }
        Miss::Nameless => {
            let value = bare(kind, value);
            carrier.record(random, id, kind.assigned, plain, &value)
        }
        Miss::Substring => {
            let word = joined_on(word);
            carrier.record(random, id, kind.assigned, &word, &bare(kind, value))
        }
        Miss::Far => {
            let form = format!(
                "The {word} is kept in another list of ours, which nobody reads: see {{v}} there."
            );
            Carrier::Prose.filled(id, &form, &bare(kind, value))
        }
        Miss::Sibling => {
            let key = word.replace('"', "");
            let form = format!("{{\"{key}\":\"unknown\",\"{plain}\":\"{{v}}\"}}");
            Carrier::Json.filled(id, &form, &bare(kind, value))
        }
        Miss::Everyday => {
            let value = nothing(everyday(random));
            carrier.record(random, id, kind.assigned, plain, &value)
        }
    }
}

fn misses(kind: &Kind) -> Vec<Miss> {
    let mut misses: Vec<_> = (0..kind.spoils.len()).map(Miss::Spoil).collect();
    if kind.needs {
        misses.extend([Miss::Nameless, Miss::Substring, Miss::Far, Miss::Sibling]);
    }
    if !kind.assigned && !kind.apart {
        misses.push(Miss::Run);
    }
    if !kind.assigned && !kind.apart && !kind.open {
        misses.push(Miss::Base64);
    }
    misses.push(Miss::Everyday);
    misses
}

/// A value without its name is what it is besides, where that needs no name.
fn bare(kind: &Kind, text: String) -> Value {
    let whole = 0..text.len();
    let parts = kind.alone.iter().map(|category| (*category, whole.clone())).collect();
    Value { text, parts }
}

/// Each word of a name goes on in other letters.
fn joined_on(word: &str) -> String {
    let words = word.split([' ', '_']).map(|word| format!("{}qu", word.to_lowercase()));
    words.collect::<Vec<_>>().join(" ")
}

/// Clocks, versions, prices, orders, hashes.
fn everyday(random: &mut Random) -> String {
    let forms = [
        "17<n8>",
        "17<n11>",
        "v<N1>.<n2>.<n1>",
        "<N1>,<n3>.<n2> EUR",
        "20240517-00<n2>",
        "<h8>-<h4>-4<h3>-a<h3>-<h12>",
        "<h40>",
        "<h64>",
        "#<N1><n4>",
        "<N1><n2>.<n2> %",
        "SKU-<N1><n5>-<u1>",
        "<n2>:<n2>:<n2>",
    ];
    let form = random.pick(&forms);
    shape::text(random, form)
}
