//! Makes XML and HTML, and tells whether XML is well-formed: as much of that as a rewrite could
//! break. Knows nothing of what is found.

use crate::body::Body;
use crate::entropy::Entropy;
use crate::words;
use std::fmt::Write as _;

/// Depth of generated elements; what goes deeper is made by hand.
const DEPTH: usize = 5;

const NAMES: &[&str] =
    &["a", "b", "i", "span", "p", "td", "ssn", "card", "m:Phone", "customer", "note", "tspan", "x"];

pub(crate) fn xml(entropy: &mut Entropy<'_>) -> String {
    let mut out = String::new();
    if entropy.once_in(3) {
        out.push_str(entropy.pick(&[
            "<?xml version=\"1.0\"?>\n",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<?xml version='1.0' encoding='iso-8859-1'?>",
            "<!DOCTYPE svg PUBLIC \"-//x\" \"http://x/y\">",
            "<!-- first -->",
        ]));
    }
    element(entropy, DEPTH, true, &mut out);
    if entropy.once_in(6) {
        out.push_str(entropy.pick(&["\n", "<!-- last -->", "<?x y?>", "x", "<a/>"]));
    }
    out
}

pub(crate) fn html(entropy: &mut Entropy<'_>) -> String {
    let mut out = String::new();
    out.push_str(entropy.pick(&["<!DOCTYPE html>", "<html>", "<p>", "<div>", "", "x"]));
    for _ in 0..1 + entropy.below(4) {
        element(entropy, DEPTH, false, &mut out);
    }
    out
}

fn element(entropy: &mut Entropy<'_>, depth: usize, strict: bool, out: &mut String) {
    const LOOSE: &[&str] = &["br", "script", "title", "li", "textarea", "B", "TD", "img"];
    let name = match !strict && entropy.once_in(4) {
        true => entropy.pick(LOOSE),
        false => entropy.pick(NAMES),
    };
    let _ = write!(out, "<{name}");
    for (n, key) in ["m", "ssn", "href", "x:y"].iter().enumerate() {
        if !entropy.once_in(5) {
            continue;
        }
        let key = if n == 0 && !strict {
            words::key(entropy).replace([' ', '<', '&'], "_")
        } else {
            (*key).into()
        };
        let _ = write!(out, " {key}=");
        let quote = entropy.pick(&["\"", "'"]);
        out.push_str(quote);
        text(entropy, 3, strict, quote, out);
        out.push_str(quote);
    }
    if entropy.once_in(8) {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for _ in 0..entropy.below(if depth == 0 { 3 } else { 6 }) {
        match entropy.below(if depth == 0 { 8 } else { 11 }) {
            0..4 => text(entropy, 4, strict, "", out),
            4 => {
                // A value in pieces, with space before it: where two such adjoin at a cut, the
                // second one is seen only once the first one is gone.
                out.push(' ');
                let value = entropy.pick(words::VALUES);
                for c in value.chars() {
                    match entropy.below(12) {
                        0 => out.push_str("<!-- -->"),
                        1 => out.push_str("<b></b>"),
                        2 if strict => out.push_str("<![CDATA[]]>"),
                        3 if strict => out.push_str("<?x y?>"),
                        _ => {}
                    }
                    sign(entropy, c, strict, out);
                }
            }
            5 => {
                let text = words::text(entropy, 3).replace("--", "- ");
                let _ = write!(out, "<!--{text} -->");
            }
            6 if strict => {
                let text = words::text(entropy, 3).replace("]]>", "]] ");
                let _ = write!(out, "<![CDATA[{text}]]>");
            }
            6 => out.push_str(entropy.pick(&["<", "</ x>", "<!x>", "<?y>", "&", "&x;", "</q>"])),
            7 if strict => {
                let text = words::text(entropy, 2).replace("?>", "? ");
                let _ = write!(out, "<?note {text}?>");
            }
            7 => out.push_str(entropy.pick(&["\n", " ", "&nbsp;", "&commat;", "&#49", "&shy;"])),
            _ => element(entropy, depth - 1, strict, out),
        }
    }
    if strict || !entropy.once_in(5) {
        let _ = write!(out, "</{name}>");
    }
}

fn text(entropy: &mut Entropy<'_>, words: usize, strict: bool, quote: &str, out: &mut String) {
    for c in words::text(entropy, words).chars() {
        match quote.contains(c) {
            true => out.push_str("&#39;"),
            false => sign(entropy, c, strict, out),
        }
    }
}

fn sign(entropy: &mut Entropy<'_>, c: char, strict: bool, out: &mut String) {
    let code = u32::from(c);
    match c {
        '&' if strict => out.push_str("&amp;"),
        '<' if strict => out.push_str("&lt;"),
        // No reader of XML takes these.
        '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' if strict => out.push(' '),
        _ if entropy.once_in(24) => {
            let _ = match entropy.once_in(2) {
                true => write!(out, "&#{code};"),
                false => write!(out, "&#x{code:X};"),
            };
        }
        c => out.push(c),
    }
}

/// Whether a body may be read as markup.
pub(crate) fn may_be(body: &Body) -> bool {
    let named = body.media.is_some_and(|media| media.contains("xml") || media.contains("html"));
    named || body.bytes.iter().take(64).any(|byte| *byte == b'<')
}

/// Whether tags, comments, references and all else of XML are whole, and fit together.
pub(crate) fn is_well_formed(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    Check { rest: text.strip_prefix('\u{feff}').unwrap_or(text), open: Vec::new() }
        .document()
        .is_some()
}

struct Check<'t> {
    rest: &'t str,
    open: Vec<&'t str>,
}

impl<'t> Check<'t> {
    fn document(&mut self) -> Option<()> {
        let mut rooted = false;
        while !self.rest.is_empty() {
            let (text, rest) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
            self.rest = rest;
            references(text)?;
            let outside = self.open.is_empty();
            if outside && !text.trim_ascii().is_empty() {
                return None;
            }
            if rest.is_empty() {
                break;
            }
            if self.beside("<!--", "-->")?.is_some_and(|text| text.contains("--"))
                || (self.beside("<![CDATA[", "]]>")?.is_some() && outside)
                || self.beside("<?", "?>")?.is_some_and(|text| !begins_name(text))
                || self.beside("<!DOCTYPE", ">")?.is_some_and(|text| text.contains('['))
            {
                return None;
            }
            if let Some(rest) = self.rest.strip_prefix("</") {
                let (name, rest) = rest.split_once('>')?;
                self.rest = rest;
                if self.open.pop()? != name.trim_ascii_end() {
                    return None;
                }
            } else if self.rest.starts_with('<') && self.rest.len() == rest.len() {
                if outside && rooted {
                    return None;
                }
                rooted = true;
                self.tag()?;
            }
        }
        (rooted && self.open.is_empty()).then_some(())
    }

    /// What stands between two marks, if it is what comes next.
    fn beside(&mut self, begin: &str, end: &str) -> Option<Option<&'t str>> {
        let Some(rest) = self.rest.strip_prefix(begin) else { return Some(None) };
        let (text, rest) = rest.split_once(end)?;
        self.rest = rest;
        Some(Some(text))
    }

    fn tag(&mut self) -> Option<()> {
        let rest = self.rest.strip_prefix('<')?;
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let (name, mut rest) = rest.split_at(end);
        if !is_name(name) {
            return None;
        }
        let mut attributes = Vec::new();
        loop {
            let trimmed = rest.trim_ascii_start();
            if let Some(rest) = trimmed.strip_prefix("/>") {
                self.rest = rest;
                return Some(());
            }
            if let Some(rest) = trimmed.strip_prefix('>') {
                self.rest = rest;
                self.open.push(name);
                return Some(());
            }
            if trimmed.len() == rest.len() {
                return None;
            }
            let (key, value) = trimmed.split_once('=')?;
            let key = key.trim_ascii_end();
            let value = value.trim_ascii_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let (value, behind) = value.get(1..)?.split_once(quote)?;
            if !is_name(key) || attributes.contains(&key) || value.contains('<') {
                return None;
            }
            references(value)?;
            attributes.push(key);
            rest = behind;
        }
    }
}

fn begins_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii())
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_:-.".contains(c) || !c.is_ascii();
    begins_name(text) && text.chars().all(fits)
}

fn references(text: &str) -> Option<()> {
    for piece in text.split('&').skip(1) {
        let (name, _) = piece.split_once(';')?;
        let number = match name.strip_prefix('#') {
            Some(number) => match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            },
            None => None,
        };
        let named = matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
        if !named && number.and_then(char::from_u32).is_none() {
            return None;
        }
    }
    Some(())
}
