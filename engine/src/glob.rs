//! Globs of the policy: `*` stops at the separator where there is one, `**` does not.
//! Linear in the text, whatever the pattern.

use alloc::vec::Vec;

/// Most tokens of a pattern: bits of the automaton. The compiler refuses longer ones.
pub const TOKENS_MAX: usize = 127;

enum Token {
    Byte(u8),
    /// Any run within a segment.
    Star,
    /// Any run.
    Deep,
}

/// Whether `text` fits `pattern`; `*` does not cross `separator`.
#[must_use]
pub fn fits(pattern: &str, text: &[u8], separator: Option<u8>) -> bool {
    let tokens = tokens(pattern);
    if tokens.len() > TOKENS_MAX {
        return false;
    }
    let mut live = skip_stars(&tokens, 1);
    for byte in text {
        let mut next = 0u128;
        for (n, token) in tokens.iter().enumerate() {
            if live & (1 << n) == 0 {
                continue;
            }
            next |= match token {
                Token::Byte(wanted) if wanted == byte => 1 << (n + 1),
                Token::Star if separator != Some(*byte) => 1 << n,
                Token::Deep => 1 << n,
                Token::Byte(_) | Token::Star => 0,
            };
        }
        live = skip_stars(&tokens, next);
        if live == 0 {
            return false;
        }
    }
    live & (1 << tokens.len()) != 0
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut bytes = pattern.bytes().peekable();
    while let Some(byte) = bytes.next() {
        tokens.push(match byte {
            b'*' if bytes.next_if_eq(&b'*').is_some() => Token::Deep,
            b'*' => Token::Star,
            other => Token::Byte(other),
        });
    }
    tokens
}

/// A star may also stand for nothing.
fn skip_stars(tokens: &[Token], mut live: u128) -> u128 {
    for (n, token) in tokens.iter().enumerate() {
        if live & (1 << n) != 0 && matches!(token, Token::Star | Token::Deep) {
            live |= 1 << (n + 1);
        }
    }
    live
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stays_in_its_segment() {
        let slash = Some(b'/');
        for (pattern, text, wanted) in [
            ("/v1/events/**", "/v1/events/9/x", true),
            ("/v1/*/x", "/v1/a/x", true),
            ("/v1/*/x", "/v1/a/b/x", false),
            ("/v1/**/x", "/v1/a/b/x", true),
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/", false),
            ("spiffe://a.example/ns/*/sa/*", "spiffe://a.example/ns/pay/sa/web", true),
        ] {
            assert_eq!(fits(pattern, text.as_bytes(), slash), wanted, "{pattern} {text}");
        }
        assert!(fits("pay-*", b"pay-a/b", None));
        assert!(!fits("pay-*", b"xpay-a", None));
    }
}
