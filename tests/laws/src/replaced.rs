//! Tells what a rewrite replaced from what it must not have touched: knows what replacements look
//! like, and nothing of where they should be.

/// Whether `after` is `before` with nothing changed but at replacements.
pub(crate) fn only_replaced(before: &[u8], after: &[u8]) -> bool {
    let pieces = pieces(after);
    let Some((first, rest)) = pieces.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return before == *first };
    let Some(mut left) = before.strip_prefix(*first) else { return false };
    for piece in middle.iter().filter(|piece| !piece.is_empty()) {
        let Some(at) = left.windows(piece.len()).position(|window| window == *piece) else {
            return false;
        };
        left = &left[at + piece.len()..];
    }
    left.ends_with(last)
}

/// Whether `after` is what is left of `before`, in its order, with replacements in between.
pub(crate) fn only_taken_out(before: &[u8], after: &[u8]) -> bool {
    let mut left = before.iter();
    pieces(after).into_iter().flatten().all(|byte| left.any(|other| other == byte))
}

/// How much of `before` a beginning of what was made of it has used up at the least, each
/// replacement taking one byte or more; none where it was not made of it.
pub(crate) fn used(before: &[u8], begun: &[u8]) -> Option<usize> {
    let pieces = pieces(begun);
    let (first, rest) = pieces.split_first()?;
    let mut at = before.starts_with(first).then_some(first.len())?;
    for piece in rest {
        at += 1;
        let left = before.get(at..)?;
        let found = match piece.is_empty() {
            true => 0,
            false => left.windows(piece.len()).position(|window| window == *piece)?,
        };
        at += found + piece.len();
    }
    Some(at)
}

/// The same where further pieces of a finding are written as nothing.
pub(crate) fn used_within(before: &[u8], begun: &[u8]) -> Option<usize> {
    let mut at = 0;
    for (n, piece) in pieces(begun).into_iter().enumerate() {
        at += usize::from(n > 0);
        for byte in piece {
            at += before.get(at..)?.iter().position(|other| other == byte)? + 1;
        }
    }
    (at <= before.len()).then_some(at)
}

/// What stands between replacements. Quotes beside one belong to it: a number gets some.
fn pieces(after: &[u8]) -> Vec<&[u8]> {
    let (mut pieces, mut from, mut at) = (Vec::new(), 0, 0);
    while at < after.len() {
        match replacement(&after[at..]) {
            0 => at += 1,
            length => {
                let piece = &after[from..at];
                pieces.push(piece.strip_suffix(b"\"").unwrap_or(piece));
                at += length;
                at += usize::from(after.get(at) == Some(&b'"'));
                from = at;
            }
        }
    }
    pieces.push(&after[from..]);
    pieces
}

/// Length of a replacement that begins here, and 0 without one.
fn replacement(text: &[u8]) -> usize {
    for open in [&b"["[..], b"%5B", b"%5b"] {
        let Some(rest) = text.strip_prefix(open) else { continue };
        let name = rest.iter().take_while(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.')).count();
        for close in [&b"]"[..], b"%5D", b"%5d"] {
            if name > 0 && rest[name..].starts_with(close) {
                return open.len() + name + close.len();
            }
        }
    }
    if is_token(text) {
        return TOKEN_BYTES;
    }
    mask(text)
}

/// Prefix, 26 characters, and 8 that check them; the next token may follow at once.
const TOKEN_BYTES: usize = 4 + 26 + 8;

fn is_token(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"tok_").and_then(|rest| rest.get(..TOKEN_BYTES - 4));
    rest.is_some_and(|rest| rest.iter().all(u8::is_ascii_alphanumeric))
}

/// A run of stars with separators, then what a mask may leave. Any of it may be percent-encoded.
fn mask(text: &[u8]) -> usize {
    let (mut at, mut stars, mut end) = (0, 0, 0);
    loop {
        let (sign, length) = sign(&text[at..]);
        match sign {
            Some(b'*') => {
                (at, stars) = (at + length, stars + 1);
                end = at;
            }
            // One separator, and only inside.
            Some(sign)
                if at == end
                    && stars > 0
                    && !b"[]\"".contains(&sign)
                    && !sign.is_ascii_alphanumeric() =>
            {
                at += length
            }
            _ => break,
        }
    }
    if stars < 4 {
        return 0;
    }
    // A mask that keeps separators keeps one before what it leaves, too.
    let mut left = 0;
    while let (Some(sign), length) = sign(&text[at..]) {
        if left == 8 || is_token(&text[at..]) || !sign.is_ascii_alphanumeric() {
            break;
        }
        (at, left) = (at + length, left + 1);
        end = at;
    }
    end
}

/// The sign that begins here, and its length.
fn sign(text: &[u8]) -> (Option<u8>, usize) {
    let hex = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    match (text.first(), hex(1), hex(2)) {
        (Some(b'%'), Some(high), Some(low)) => (u8::try_from(high * 16 + low).ok(), 3),
        (first, ..) => (first.copied(), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{only_replaced, used};

    #[test]
    fn what_left_has_used_up_what_it_was_made_of() {
        assert_eq!(used(b"to a@example.com and 219-09-9999", b"to [email] and "), Some(21));
        assert_eq!(used(b"to 219-09-9999", b"to "), Some(3));
        assert_eq!(used(b"to 219-09-9999", b"to 2"), Some(4));
        // A replacement stands for something.
        assert_eq!(used(b"to 219-09-9999", b"to [us_ssn]"), Some(4));
        assert_eq!(used(b"to 219-09-9999", b"to b"), None);
    }

    #[test]
    fn what_is_replaced_is_told_from_what_is_changed() {
        let before = br#"{"a": 4111111111111111, "b": "x 4111 1111 1111 1111 y", "c":1}"#;
        let after = br#"{"a": "[credit_card]", "b": "x ************1111 y", "c":1}"#;
        assert!(only_replaced(before, after));
        let spaced = br#"{"a": "[credit_card]", "b":"x ************1111 y", "c":1}"#;
        assert!(!only_replaced(before, spaced));
        let cut = br#"{"a": "[credit_card]", "b": "x ************1111 y", "c":1"#;
        assert!(!only_replaced(before, cut));
        assert!(only_replaced(b"mail=a%40example.com&b=1", b"mail=%5Bemail%5D&b=1"));
    }
}
