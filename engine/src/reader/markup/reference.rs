//! Character references: `&#52;`, `&#x34;`, and those with a name.
//! Of the names of HTML, those that stand for signs and spaces of values, or for nothing that can
//! be seen; a name that is not here stands for itself.

/// Longest reference by number, in raw bytes: more are zeros, that only hide.
pub(super) const NUMBER_BYTES_MAX: usize = 12;
/// Longest name that is looked up.
pub(in crate::reader) const NAME_BYTES_MAX: usize = 24;

/// A reference that is being read: what has come behind the `&`.
#[derive(Default)]
pub(super) struct Reference {
    pub(super) text: alloc::vec::Vec<u8>,
    /// Raw offset of the `&`.
    pub(super) at: u64,
    pub(super) open: bool,
}

impl Reference {
    pub(super) fn begin(&mut self, at: u64) {
        self.text.clear();
        (self.at, self.open) = (at, true);
    }

    pub(super) fn is_number(&self) -> bool {
        self.text.first() == Some(&b'#')
    }

    /// Whether this character goes on with it.
    pub(super) fn goes_on(&self, c: char) -> bool {
        match self.text.get(..2.min(self.text.len())).unwrap_or_default() {
            [] => c == '#' || c.is_ascii_alphabetic(),
            b"#" => c == 'x' || c == 'X' || c.is_ascii_digit(),
            b"#x" | b"#X" => c.is_ascii_hexdigit(),
            [b'#', ..] => c.is_ascii_digit(),
            _ => c.is_ascii_alphanumeric(),
        }
    }

    /// The code point of a reference by number, which is none where there are no digits.
    pub(super) fn number(&self) -> Option<u32> {
        let digits = core::str::from_utf8(self.text.get(1..)?).ok()?;
        match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        }
    }
}

/// The five names that XML knows.
pub(super) fn xml(name: &[u8]) -> Option<char> {
    Some(match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => return None,
    })
}

/// A code point as HTML reads it: what is none is U+FFFD, and some are those of windows-1252.
pub(super) fn html_number(code: u32) -> char {
    match code {
        0x80 => '\u{20ac}',
        0x82 | 0x91 | 0x92 => '\u{2019}',
        0x84 | 0x93 | 0x94 => '\u{201d}',
        0x85 => '\u{2026}',
        0x95 => '\u{2022}',
        0x96 => '\u{2013}',
        0x97 => '\u{2014}',
        0 | 0x81..=0x9f => char::REPLACEMENT_CHARACTER,
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// Whether what begins at `at` stands behind a letter or digit that is written by its number: a
/// reading that undoes it sees one word there, and this one must not see two.
pub(in crate::reader) fn ends_letter(text: &[u8], at: usize) -> bool {
    let Some((b';', before)) = text.get(..at).and_then(<[u8]>::split_last) else { return false };
    let begin = before.len().saturating_sub(NUMBER_BYTES_MAX);
    let near = before.get(begin..).unwrap_or_default();
    let Some(behind) = near.iter().rposition(|byte| *byte == b'&') else { return false };
    let text = near.get(behind + 1..).unwrap_or_default().to_vec();
    let reference = Reference { text, at: 0, open: true };
    let number = reference.is_number().then(|| reference.number()).flatten();
    number.is_some_and(|number| html_number(number).is_alphanumeric())
}

/// A name of HTML, which a `;` follows.
pub(in crate::reader) fn html(name: &[u8]) -> Option<char> {
    let at = NAMES.binary_search_by_key(&name, |(name, _)| name.as_bytes()).ok();
    let named = at.and_then(|at| NAMES.get(at)).map(|(_, c)| *c);
    named.or_else(|| xml(name)).or_else(|| bare(name))
}

/// The longest name that needs no `;` at the beginning of `text`, and its length.
pub(super) fn html_bare(text: &[u8]) -> Option<(char, usize)> {
    let lengths = (2..=text.len().min(4)).rev();
    lengths.into_iter().find_map(|length| Some((bare(text.get(..length)?)?, length)))
}

fn bare(name: &[u8]) -> Option<char> {
    Some(match name {
        b"amp" | b"AMP" => '&',
        b"lt" | b"LT" => '<',
        b"gt" | b"GT" => '>',
        b"quot" | b"QUOT" => '"',
        b"nbsp" => '\u{a0}',
        b"shy" => '\u{ad}',
        _ => return None,
    })
}

/// In the order of their bytes.
const NAMES: &[(&str, char)] = &[
    ("ApplyFunction", '\u{2061}'),
    ("Hyphen", '\u{2010}'),
    ("InvisibleComma", '\u{2063}'),
    ("InvisibleTimes", '\u{2062}'),
    ("MediumSpace", '\u{205f}'),
    ("NegativeMediumSpace", '\u{200b}'),
    ("NegativeThickSpace", '\u{200b}'),
    ("NegativeThinSpace", '\u{200b}'),
    ("NegativeVeryThinSpace", '\u{200b}'),
    ("NewLine", '\n'),
    ("NoBreak", '\u{2060}'),
    ("NonBreakingSpace", '\u{a0}'),
    ("Tab", '\t'),
    ("ThinSpace", '\u{2009}'),
    ("UnderBar", '_'),
    ("VeryThinSpace", '\u{200a}'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("af", '\u{2061}'),
    ("ast", '*'),
    ("bsol", '\\'),
    ("colon", ':'),
    ("comma", ','),
    ("commat", '@'),
    ("dash", '\u{2010}'),
    ("dollar", '$'),
    ("emsp", '\u{2003}'),
    ("emsp13", '\u{2004}'),
    ("emsp14", '\u{2005}'),
    ("ensp", '\u{2002}'),
    ("equals", '='),
    ("excl", '!'),
    ("grave", '`'),
    ("hairsp", '\u{200a}'),
    ("horbar", '\u{2015}'),
    ("hyphen", '\u{2010}'),
    ("ic", '\u{2063}'),
    ("it", '\u{2062}'),
    ("lbrace", '{'),
    ("lbrack", '['),
    ("lcub", '{'),
    ("lowbar", '_'),
    ("lpar", '('),
    ("lrm", '\u{200e}'),
    ("lsqb", '['),
    ("mdash", '\u{2014}'),
    ("midast", '*'),
    ("minus", '\u{2212}'),
    ("ndash", '\u{2013}'),
    ("num", '#'),
    ("numsp", '\u{2007}'),
    ("percnt", '%'),
    ("period", '.'),
    ("plus", '+'),
    ("puncsp", '\u{2008}'),
    ("quest", '?'),
    ("rbrace", '}'),
    ("rbrack", ']'),
    ("rcub", '}'),
    ("rlm", '\u{200f}'),
    ("rpar", ')'),
    ("rsqb", ']'),
    ("semi", ';'),
    ("sol", '/'),
    ("thinsp", '\u{2009}'),
    ("verbar", '|'),
    ("vert", '|'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_in_which_they_are_looked_up() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()));
        assert!(NAMES.iter().all(|(name, c)| html(name.as_bytes()) == Some(*c)));
        assert!(NAMES.iter().all(|(name, _)| name.len() <= NAME_BYTES_MAX));
    }

    #[test]
    fn a_letter_by_its_number_is_one() {
        for letter in ["&#109;", "a&#x6d;", "&#52;", "&#X34;", "&#233;"] {
            assert!(ends_letter(letter.as_bytes(), letter.len()), "{letter}");
        }
        for other in
            ["", ";", "&#;", "&#32;", "&#8203;", "&amp;", "m;", "&#x;", "&#00000000000109;"]
        {
            assert!(!ends_letter(other.as_bytes(), other.len()), "{other}");
        }
    }

    #[test]
    fn what_needs_no_semicolon_is_read_as_far_as_it_goes() {
        assert_eq!(html_bare(b"nbsp4111"), Some(('\u{a0}', 4)));
        assert_eq!(html_bare(b"ampx"), Some(('&', 3)));
        assert_eq!(html_bare(b"commat"), None);
    }
}
