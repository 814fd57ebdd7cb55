//! Makes a text that a pattern takes. Whether a detector takes it too is asked of the detector.

use crate::random::Random;
use regex_syntax::hir::{Class, Hir, HirKind};

/// More repetitions than this show nothing more.
const REPEATS_MAX: u32 = 12;

/// A text of this pattern; none where the pattern cannot be read.
pub(super) fn sample(pattern: &str, random: &mut Random) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut out = Vec::new();
    walk(&hir, random, &mut out);
    String::from_utf8(out).ok()
}

fn walk(hir: &Hir, random: &mut Random, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => of_class(class, random, out),
        HirKind::Capture(capture) => walk(&capture.sub, random, out),
        HirKind::Concat(list) => list.iter().for_each(|part| walk(part, random, out)),
        HirKind::Alternation(list) => {
            if let Some(one) = random.pick(list) {
                walk(one, random, out);
            }
        }
        HirKind::Repetition(repetition) => {
            let (min, max) = (repetition.min, repetition.max.unwrap_or(u32::MAX));
            let more = max.saturating_sub(min).min(REPEATS_MAX);
            let more = random.below(usize::try_from(more).unwrap_or(0) + 1);
            let times = usize::try_from(min).unwrap_or(0) + more;
            (0..times).for_each(|_| walk(&repetition.sub, random, out));
        }
    }
}

/// One character, of ASCII where the class has some.
fn of_class(class: &Class, random: &mut Random, out: &mut Vec<u8>) {
    let ascii: Vec<u8> = match class {
        Class::Unicode(class) => (b' '..=b'~')
            .filter(|byte| {
                let c = char::from(*byte);
                class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c))
            })
            .collect(),
        Class::Bytes(class) => (b' '..=b'~')
            .filter(|byte| {
                class.ranges().iter().any(|range| (range.start()..=range.end()).contains(byte))
            })
            .collect(),
    };
    if let Some(byte) = random.pick(&ascii) {
        out.push(*byte);
        return;
    }
    if let Class::Unicode(class) = class
        && let Some(range) = random.pick(class.ranges())
    {
        out.extend(range.start().to_string().bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, sample};

    #[test]
    fn a_sample_is_of_its_pattern() {
        let mut random = Random::new(1);
        for pattern in ["PT-[0-9]{8}", "(?i)m-?[0-9]{9}", "[A-Z]{2}(x|yy)[^a-z]", r"\p{Greek}{3}"] {
            let hir = regex_automata::dfa::dense::DFA::new(&format!("^(?:{pattern})$"));
            let automaton = hir.expect("an automaton");
            for _ in 0..50 {
                let text = sample(pattern, &mut random).expect("a sample");
                let input = regex_automata::Input::new(&text);
                let found = regex_automata::dfa::Automaton::try_search_fwd(&automaton, &input);
                assert!(found.expect("a search").is_some(), "{pattern}: {text}");
            }
        }
    }
}
