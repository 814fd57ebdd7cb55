//! Names of characters in HTML that may stand in personal data or part it. Holds no others: a
//! letter that is written by name is part of a name, which is told by its field.

/// Sorted.
const NAMES: [(&str, char); 46] = [
    ("AMP", '&'),
    ("Hyphen", '\u{2010}'),
    ("NewLine", '\n'),
    ("NoBreak", '\u{2060}'),
    ("NonBreakingSpace", '\u{a0}'),
    ("Tab", '\t'),
    ("UnderBar", '_'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '\u{2010}'),
    ("dollar", '$'),
    ("emsp", '\u{2003}'),
    ("ensp", '\u{2002}'),
    ("equals", '='),
    ("excl", '!'),
    ("gt", '>'),
    ("hyphen", '\u{2010}'),
    ("lbrack", '['),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lsqb", '['),
    ("lt", '<'),
    ("mdash", '\u{2014}'),
    ("minus", '\u{2212}'),
    ("nbsp", '\u{a0}'),
    ("ndash", '\u{2013}'),
    ("num", '#'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("quest", '?'),
    ("quot", '"'),
    ("rbrack", ']'),
    ("rpar", ')'),
    ("semi", ';'),
    ("shy", '\u{ad}'),
    ("sol", '/'),
    ("thinsp", '\u{2009}'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

/// The character of a name.
pub(super) fn named(name: &[u8]) -> Option<char> {
    let at = NAMES.binary_search_by_key(&name, |(name, _)| name.as_bytes()).ok()?;
    NAMES.get(at).map(|(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_found() {
        assert!(NAMES.is_sorted_by_key(|(name, _)| *name));
        assert_eq!(named(b"commat"), Some('@'));
        assert_eq!(named(b"comma"), Some(','));
        assert_eq!(named(b"none"), None);
    }
}
