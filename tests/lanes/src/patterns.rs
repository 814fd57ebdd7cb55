//! Regular expressions over a whole text: all at once by a lazy automaton, or one after another.
//! No validator, no context and no overlap rule: what a library does, and no more. A text comes in
//! one chunk, for a pattern is not followed from one to the next.

use crate::{Scan, Span};
use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;

/// The lazy automaton may grow until a text fits: less would thrash, and measure that.
const CACHE_BYTES: usize = 64 << 20;
const SIZE_MAX: usize = 512 << 20;

/// Patterns, one a line.
fn lines(data: &[u8]) -> Result<Vec<&str>, String> {
    let text = std::str::from_utf8(data).map_err(|error| error.to_string())?;
    Ok(text.lines().collect())
}

/// All patterns at once: leftmost, and of several at one place the first.
pub(crate) struct Union {
    regex: Regex,
    spans: Vec<Span>,
}

impl Union {
    pub(crate) fn load(data: &[u8]) -> Result<Self, String> {
        let config = meta::Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(SIZE_MAX))
            .onepass_size_limit(Some(1 << 20))
            .hybrid_cache_capacity(CACHE_BYTES);
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let mut builder = meta::Builder::new();
        let built = builder.configure(config).syntax(syntax).build_many(&lines(data)?);
        Ok(Self { regex: built.map_err(|error| error.to_string())?, spans: Vec::new() })
    }
}

impl Scan for Union {
    fn begin(&mut self) {
        self.spans.clear();
    }

    fn push(&mut self, chunk: &[u8], _: bool) {
        let found = self.regex.find_iter(chunk).map(|found| Span {
            start: found.start() as u64,
            end: found.end() as u64,
            by: found.pattern().as_u32(),
        });
        self.spans.extend(found);
    }

    fn count(&self) -> u64 {
        self.spans.len() as u64
    }

    fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// One pattern after another.
pub(crate) struct Lite {
    patterns: Vec<regex_lite::Regex>,
    spans: Vec<Span>,
}

impl Lite {
    pub(crate) fn load(data: &[u8]) -> Result<Self, String> {
        let patterns: Result<_, _> = lines(data)?
            .into_iter()
            .map(|line| regex_lite::RegexBuilder::new(line).size_limit(SIZE_MAX).build())
            .collect();
        Ok(Self { patterns: patterns.map_err(|error| error.to_string())?, spans: Vec::new() })
    }
}

impl Scan for Lite {
    fn begin(&mut self) {
        self.spans.clear();
    }

    fn push(&mut self, chunk: &[u8], _: bool) {
        // A text that was cut in the middle of a character is still a text up to there.
        let text = String::from_utf8_lossy(chunk);
        for (by, pattern) in (0..).zip(&self.patterns) {
            let found = pattern.find_iter(&text);
            self.spans.extend(found.map(|found| Span {
                start: found.start() as u64,
                end: found.end() as u64,
                by,
            }));
        }
    }

    fn count(&self) -> u64 {
        self.spans.len() as u64
    }

    fn spans(&self) -> &[Span] {
        &self.spans
    }
}
