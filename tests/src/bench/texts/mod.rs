//! Texts that detection is measured on: seeded, so that a text is the same on every machine.
//! Each says what is planted in it, so that a figure counts only where that was found.
//! Every value is made up, or published for tests.

mod api;
mod blobs;
mod dense;
mod log;
mod prose;
mod values;

use cofferdam_shop::synthetic::Numbers;
use values::Values;

/// A text of one kind.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Its name, in tables and files.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The text: UTF-8, and nothing cut in the middle.
    pub text: String,
    /// What must be found in it.
    pub planted: Vec<Planted>,
}

/// A value that must be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Its category.
    pub category: &'static str,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// The five texts, each of about this many bytes.
#[must_use]
pub fn all(bytes: usize) -> Vec<Sample> {
    vec![
        prose::sample(bytes),
        api::sample(bytes),
        dense::sample(bytes),
        log::sample(bytes),
        blobs::sample(bytes),
    ]
}

/// Writes a text, and keeps account of what it plants.
struct Pen {
    text: String,
    planted: Vec<Planted>,
    numbers: Numbers,
    values: Values,
}

impl Pen {
    fn new(seed: u64) -> Self {
        let (text, planted) = (String::new(), Vec::new());
        Self { text, planted, numbers: Numbers::new(seed), values: Values::new(seed) }
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn plant(&mut self, (category, value): (&'static str, String)) {
        let start = self.text.len();
        self.text.push_str(&value);
        self.planted.push(Planted { category, start, end: self.text.len() });
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.numbers.below(one_in) == 0
    }

    fn pick(&mut self, several: &[&'static str]) -> &'static str {
        let at = self.numbers.below(several.len() as u64);
        usize::try_from(at).ok().and_then(|at| several.get(at)).copied().unwrap_or("")
    }

    /// This many characters of an alphabet.
    fn run(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).map(|_| char::from(*self.numbers.pick(alphabet))).collect()
    }

    fn hex(&mut self, count: usize) -> String {
        self.run(b"0123456789abcdef", count)
    }

    fn uuid(&mut self) -> String {
        let (a, b, c) = (self.hex(8), self.hex(4), self.hex(3));
        let (variant, d, e) = (self.run(b"89ab", 1), self.hex(3), self.hex(12));
        format!("{a}-{b}-4{c}-{variant}{d}-{e}")
    }

    fn base64(&mut self, count: usize) -> String {
        self.run(BASE64, count)
    }

    /// A day and a time of it.
    fn moment(&mut self) -> (u64, u64, u64, u64, u64) {
        let mut below = |end| self.numbers.below(end);
        (1 + below(12), 1 + below(28), below(24), below(60), below(60))
    }

    fn sample(self, name: &'static str, about: &'static str) -> Sample {
        Sample { name, about, text: self.text, planted: self.planted }
    }
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_each_time_and_what_is_planted_stands_in_it() {
        for (first, second) in all(100_000).into_iter().zip(all(100_000)) {
            assert_eq!(first.text, second.text);
            assert!((100_000..104_000).contains(&first.text.len()), "{}", first.name);
            assert!(!first.planted.is_empty(), "{}", first.name);
            for planted in &first.planted {
                let value = first.text.get(planted.start..planted.end);
                assert!(value.is_some_and(|value| value.len() >= 4), "{}", first.name);
            }
        }
    }

    #[test]
    fn texts_hold_about_as_much_as_they_are_named_for() {
        let every = |name: &str| {
            let samples = all(200_000);
            let sample = samples.iter().find(|sample| sample.name == name).expect("a text");
            sample.text.len() / sample.planted.len()
        };
        assert!((380..520).contains(&every("api")), "{}", every("api"));
        assert!((60..90).contains(&every("dense")), "{}", every("dense"));
        assert!((100..260).contains(&every("log")), "{}", every("log"));
        assert!(every("prose") > 5_000 && every("blobs") > 5_000);
    }
}
