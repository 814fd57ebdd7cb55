//! Puts values into YAML text, so that no name can become syntax.

use std::fmt::Write as _;

/// Longest line of base64 in the file.
const LINE: usize = 76;

/// A double-quoted scalar. Refuses what could not be shown to a reader.
pub(super) fn quoted(value: &str) -> Option<String> {
    if value.chars().any(char::is_control) {
        return None;
    }
    Some(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Moves every line but the first to a column. Empty lines stay empty.
pub(super) fn indent(text: &str, column: usize) -> String {
    let mut moved = String::new();
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            moved.push('\n');
            if !line.is_empty() {
                let _ = write!(moved, "{:column$}", "");
            }
        }
        moved.push_str(line);
    }
    moved
}

/// A long value without spaces as one double-quoted scalar over several lines.
pub(super) fn folded(value: &str, column: usize) -> String {
    let mut scalar = String::from("\"\\\n");
    let mut rest = value;
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        let _ = writeln!(scalar, "{:column$}{line}\\", "");
        rest = more;
    }
    let _ = write!(scalar, "{:column$}\"", "");
    scalar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_syntax() {
        assert_eq!(quoted(r#"a": "b\"#).as_deref(), Some(r#""a\": \"b\\""#));
        assert_eq!(quoted("a\nb"), None);
    }

    #[test]
    fn a_folded_value_has_short_lines_and_no_spaces_of_its_own() {
        let folded = folded(&"A".repeat(100), 2);
        let line = format!("  {}\\\n", "A".repeat(76));
        assert_eq!(folded, format!("\"\\\n{line}  {}\\\n  \"", "A".repeat(24)));
    }
}
