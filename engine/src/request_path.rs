//! Refuses a request path that another reader may understand as another path.
//! RFC 3986, section 6: what normalizing would change is not guessed at.

/// Whether normalizing leaves the path as it is. `target` is the whole request target.
pub(crate) fn is_normal(target: &[u8]) -> bool {
    if target == b"*" {
        return true;
    }
    let path = path(target);
    let segments = path.split(|byte| *byte == b'/');
    let plain = path.first() == Some(&b'/')
        && !target.iter().any(|byte| *byte <= b' ' || matches!(byte, 0x7f | b'\\' | b'#'))
        && segments.clone().all(|segment| !is_dots(segment));
    // The first segment is empty, and so may be the last; none between them.
    let inner = segments.clone().count().saturating_sub(1);
    let doubled = segments.take(inner).skip(1).any(<[u8]>::is_empty);
    plain && !doubled && escapes_are_needed(path)
}

/// The path of a request target, without its query.
pub(crate) fn path(target: &[u8]) -> &[u8] {
    target.split(|byte| *byte == b'?').next().unwrap_or_default()
}

/// Whether a segment is the same folder or the one above, for a reader that takes parameters off
/// (`..;x`) before it normalizes.
fn is_dots(segment: &[u8]) -> bool {
    let name = segment.split(|byte| *byte == b';').next().unwrap_or_default();
    matches!(name, b"." | b"..")
}

/// Every escape is whole, and stands for something that must be escaped: no unreserved character
/// (RFC 3986, section 2.3), no separator, no control, no byte that begins an overlong spelling.
fn escapes_are_needed(path: &[u8]) -> bool {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut rest = path;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        rest = rest.get(at..).unwrap_or_default();
        let (Some(high), Some(low)) = (digit(rest.get(1)), digit(rest.get(2))) else {
            return false;
        };
        let code = u8::try_from(high << 4 | low).unwrap_or(0);
        let unreserved = code.is_ascii_alphanumeric() || b"-._~".contains(&code);
        let hides = unreserved || matches!(code, b'/' | b'\\' | 0..=0x1f | 0x7f | 0xc0 | 0xc1);
        rest = rest.get(3..).unwrap_or_default();
        let next = match rest {
            [b'%', high, low, ..] => digit(Some(high)).zip(digit(Some(low))),
            _ => None,
        };
        let overlong = match (code, next) {
            (0xe0, Some((high, _))) => high < 0xa,
            (0xf0, Some((high, _))) => high < 0x9,
            _ => false,
        };
        if hides || overlong {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_normal;

    #[test]
    fn what_normalizing_would_change_is_refused() {
        for good in [
            "/",
            "/a/b",
            "/a/",
            "/a?x=../..//",
            "*",
            "/u/ana%40example.com",
            "/%E2%82%AC",
            "/a;v=1/b",
            "/..a/b..",
            "/%e0%a4%85",
            "/%f0%9f%98%80",
        ] {
            assert!(is_normal(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "a",
            "//a",
            "/a//b",
            "/a/../b",
            "/./a",
            "/a/..",
            "/%2e%2e/a",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/%61dmin",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a#b",
            "/a%00",
            "/a b",
            "/a/..;/b",
            "/.;x=1/b",
            "/a%2db",
            "/%7euser",
            "/%c0%ae%c0%ae/b",
            "/%e0%80%af",
            "/%f0%80%80%af",
            "/a%7f",
        ] {
            assert!(!is_normal(bad.as_bytes()), "{bad}");
        }
    }
}
