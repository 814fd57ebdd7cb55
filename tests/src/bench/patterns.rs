//! The patterns of detectors as other engines read them: bytes only, in the notation that Perl,
//! Hyperscan and the `regex` crate share, with the borders that such a notation can say.
//! No validator and no context: an engine for regular expressions has none.

use anyhow::{Context as _, Error, Result};
use cofferdam_engine::model::Border;
use cofferdam_policy_compiler::detectors::Builtin;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use regex_syntax::utf8::{Utf8Sequence, Utf8Sequences};
use std::fmt::Write as _;

/// An operator, and at most two spaces and a quote behind it.
const OPERATOR: &str = r#"[=:>]\x20{0,2}["'`]?"#;

/// One pattern a line, for the rows that have one, and which rows these are.
///
/// # Errors
/// When a pattern cannot be read.
pub fn list(rows: &[&'static Builtin]) -> Result<(String, Vec<usize>)> {
    let (mut text, mut used) = (String::new(), Vec::new());
    for (n, row) in rows.iter().enumerate() {
        if let Some(pattern) = pattern(row).with_context(|| format!("row `{}`", row.name))? {
            text.push_str(&pattern);
            text.push('\n');
            used.push(n);
        }
    }
    Ok((text, used))
}

/// `None` for a row that fills a whole value of a named field: in a text there is no value, and
/// without one such a row fits every word.
fn pattern(row: &Builtin) -> Result<Option<String>> {
    if row.left == Border::Whole {
        return Ok(None);
    }
    let read = |unicode: bool| {
        let hir = ParserBuilder::new().unicode(unicode).utf8(unicode).build().parse(row.pattern);
        hir.map_err(Error::from)
    };
    let hir = read(false).or_else(|_| read(true))?;
    let mut text = String::new();
    match row.left {
        Border::Assigned => text.push_str(OPERATOR),
        Border::None => {}
        _ if begins_in_word(&hir, ExtractKind::Prefix) => text.push_str(r"\b"),
        _ => {}
    }
    text.push_str("(?:");
    write_hir(&hir, &mut text);
    text.push(')');
    if row.right != Border::None && begins_in_word(&hir, ExtractKind::Suffix) {
        text.push_str(r"\b");
    }
    Ok(Some(text))
}

/// Whether every match begins (or ends) with a character of a word, so that a border can be asked
/// for.
fn begins_in_word(hir: &Hir, kind: ExtractKind) -> bool {
    let mut extractor = Extractor::new();
    extractor.kind(kind.clone()).limit_class(256).limit_literal_len(1).limit_total(1 << 16);
    let found = extractor.extract(hir);
    found.literals().is_some_and(|literals| {
        let byte = |bytes: &[u8]| match kind {
            ExtractKind::Suffix => bytes.last().copied(),
            _ => bytes.first().copied(),
        };
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !literals.is_empty() && literals.iter().all(|one| byte(one.as_bytes()).is_some_and(word))
    })
}

fn write_hir(hir: &Hir, out: &mut String) {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|byte| write_byte(*byte, out)),
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.ranges().iter().map(|range| (range.start(), range.end()));
            write_class(ranges, out);
        }
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges().iter();
            let sequences = ranges.flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
            write_between(sequences, "|", out, |sequence: &Utf8Sequence, out| {
                for range in sequence.as_slice() {
                    write_class([(range.start, range.end)], out);
                }
            });
        }
        // The engine's own compiler refuses look-around, so there is none.
        HirKind::Look(_) => {}
        HirKind::Repetition(repetition) => write_repetition(repetition, out),
        HirKind::Capture(capture) => write_between([&*capture.sub], "", out, |sub, out| {
            write_hir(sub, out);
        }),
        HirKind::Concat(subs) => subs.iter().for_each(|sub| write_hir(sub, out)),
        HirKind::Alternation(subs) => write_between(subs, "|", out, |sub, out| write_hir(sub, out)),
    }
}

fn write_repetition(repetition: &Repetition, out: &mut String) {
    write_between([&*repetition.sub], "", out, |sub, out| write_hir(sub, out));
    let _ = match (repetition.min, repetition.max) {
        (0, None) => write!(out, "*"),
        (1, None) => write!(out, "+"),
        (0, Some(1)) => write!(out, "?"),
        (min, None) => write!(out, "{{{min},}}"),
        (min, Some(max)) if min == max => write!(out, "{{{min}}}"),
        (min, Some(max)) => write!(out, "{{{min},{max}}}"),
    };
}

fn write_between<T>(
    parts: impl IntoIterator<Item = T>,
    between: &str,
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push_str("(?:");
    for (n, part) in parts.into_iter().enumerate() {
        out.push_str(if n == 0 { "" } else { between });
        write(&part, out);
    }
    out.push(')');
}

fn write_class(ranges: impl IntoIterator<Item = (u8, u8)>, out: &mut String) {
    out.push('[');
    for (start, end) in ranges {
        let _ = write!(out, "\\x{start:02X}-\\x{end:02X}");
    }
    out.push(']');
}

fn write_byte(byte: u8, out: &mut String) {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(byte)),
        _ => {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_policy_compiler::detectors;

    /// A row like that of some name, with another pattern.
    fn like(name: &str, text: &'static str) -> Option<String> {
        let row = detectors::builtin().find(|row| row.name == name).expect("a row");
        pattern(&Builtin { pattern: text, ..*row }).expect("a pattern")
    }

    #[test]
    fn patterns_are_written_with_their_borders() {
        let digits = r"\b(?:(?:(?:[\x30-\x39]){12,16}|(?:[\x30-\x39]){19}))\b";
        assert_eq!(like("iban", "[0-9]{12,16}|[0-9]{19}").as_deref(), Some(digits));
        assert_eq!(like("iban", r"\+?x-*").as_deref(), Some(r"(?:(?:\x2B)?x(?:\x2D)*)"));
        let bytes = r"(?:(?:[\xC3-\xC3][\xA8-\xA9]))";
        assert_eq!(like("iban", "[èé]").as_deref(), Some(bytes));
        let assigned = like("password_field", "x+").expect("a pattern");
        assert!(assigned.starts_with(OPERATOR) && assigned.ends_with(r"(?:(?:x)+)\b"));
        assert_eq!(like("password_field.whole", "x+"), None);
    }

    #[test]
    fn no_pattern_breaks_its_line() {
        let rows: Vec<_> = detectors::builtin().collect();
        let (text, used) = list(&rows).expect("patterns");
        assert_eq!(text.lines().count(), used.len());
        assert!(used.len() > 200 && used.len() < rows.len());
        assert!(text.is_ascii());
    }
}
