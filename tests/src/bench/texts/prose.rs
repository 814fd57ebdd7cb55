//! What people write: paragraphs of common words, years, prices and times, and hardly anything
//! personal.

use super::{Pen, Sample};

const WORDS: &[&str] = &[
    "the",
    "of",
    "and",
    "to",
    "in",
    "a",
    "is",
    "that",
    "it",
    "was",
    "for",
    "on",
    "with",
    "as",
    "be",
    "at",
    "by",
    "not",
    "this",
    "had",
    "from",
    "but",
    "which",
    "or",
    "have",
    "an",
    "they",
    "were",
    "her",
    "all",
    "she",
    "there",
    "would",
    "their",
    "we",
    "him",
    "been",
    "has",
    "when",
    "who",
    "will",
    "more",
    "no",
    "if",
    "out",
    "so",
    "said",
    "what",
    "up",
    "its",
    "about",
    "into",
    "than",
    "them",
    "can",
    "only",
    "other",
    "new",
    "some",
    "could",
    "time",
    "these",
    "two",
    "may",
    "then",
    "do",
    "first",
    "any",
    "my",
    "now",
    "such",
    "like",
    "our",
    "over",
    "man",
    "me",
    "even",
    "most",
    "made",
    "after",
    "also",
    "did",
    "many",
    "before",
    "must",
    "through",
    "years",
    "where",
    "much",
    "your",
    "way",
    "well",
    "down",
    "should",
    "because",
    "each",
    "just",
    "those",
    "people",
    "how",
    "too",
    "little",
    "state",
    "good",
    "very",
    "make",
    "world",
    "still",
    "own",
    "see",
    "men",
    "work",
    "long",
    "get",
    "here",
    "between",
    "both",
    "life",
    "being",
    "under",
    "never",
    "day",
    "same",
    "another",
    "know",
    "while",
    "last",
    "might",
    "us",
    "great",
    "old",
    "year",
    "off",
    "come",
    "since",
    "against",
    "go",
    "came",
    "right",
    "used",
    "take",
    "three",
    "harbor",
    "captain",
    "weather",
    "quietly",
    "lantern",
    "however",
    "evening",
    "morning",
    "question",
    "answered",
    "letters",
    "company",
    "government",
    "account",
    "balance",
    "number",
    "report",
    "customer",
    "service",
    "delivery",
    "address",
    "contract",
    "passage",
    "although",
    "building",
    "carefully",
    "difference",
    "experience",
    "information",
    "kitchen",
    "language",
    "machine",
    "neighbor",
    "opinion",
    "particular",
    "quarter",
    "remember",
    "surface",
    "together",
    "umbrella",
    "village",
    "winter",
    "yesterday",
    "journey",
    "well-known",
    "twenty-five",
    "don't",
    "couldn't",
    "o'clock",
    "café",
    "naïve",
    "Zürich",
];

pub(super) fn sample(bytes: usize) -> Sample {
    let mut pen = Pen::new(11);
    let mut until_next = 90_000;
    while pen.text.len() < bytes {
        let begun = pen.text.len();
        for _ in 0..3 + pen.numbers.below(5) {
            sentence(&mut pen);
        }
        pen.put("\n\n");
        until_next -= (pen.text.len() - begun).min(until_next);
        if until_next == 0 || pen.planted.is_empty() {
            pen.put("Write to ");
            let value = pen.values.email();
            pen.plant(value);
            pen.put(" if any of this is wrong.\n\n");
            until_next = 90_000;
        }
    }
    pen.sample("prose", "paragraphs of words, hardly anything personal")
}

fn sentence(pen: &mut Pen) {
    let words = 5 + pen.numbers.below(18);
    for n in 0..words {
        // Squared: common words are common.
        let end = WORDS.len() as u64;
        let at = pen.numbers.below(end) * pen.numbers.below(end) / end;
        let word = WORDS[usize::try_from(at).unwrap_or(0)];
        match (n, pen.numbers.below(70)) {
            (0, _) => {
                let (first, rest) = word.split_at(1);
                pen.put(&first.to_ascii_uppercase());
                pen.put(rest);
            }
            (_, 0) => {
                let year = 1800 + pen.numbers.below(226);
                pen.put(&format!("in {year}"));
            }
            (_, 1) => {
                let (whole, cents) = (pen.numbers.below(900), pen.numbers.below(100));
                pen.put(&format!("${whole}.{cents:02}"));
            }
            (_, 2) => {
                let (_, _, hour, minute, _) = pen.moment();
                pen.put(&format!("at {hour}:{minute:02}"));
            }
            (_, 3) => pen.put(&format!("\"{word}\"")),
            (_, 4) => pen.put(&format!("({word})")),
            _ => pen.put(word),
        }
        let last = n + 1 == words;
        let comma = !last && pen.chance(12);
        pen.put(if last {
            ""
        } else if comma {
            ", "
        } else {
            " "
        });
    }
    let end = pen.pick(&[". ", ". ", ". ", "? ", "! ", "; then again, ", ".\n"]);
    pen.put(end);
}
