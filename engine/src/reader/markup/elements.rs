//! The elements that are open: where what they hold stands. Keeps bits and hashes, never a name.

use super::Kind;
use crate::detect::ContextSets;
use crate::judge::Judge;
use crate::limits;
use crate::path::Spot;
use crate::room;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// What is open, from the root on.
pub(super) struct Elements {
    levels: Vec<Level>,
    /// Deeper ones, in HTML: what they hold stands in all of them.
    over: u32,
    over_spot: Spot,
    /// The root element has begun.
    pub(super) rooted: bool,
}

struct Level {
    name: u64,
    spot: Spot,
}

/// How the text of an element is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// As any other.
    Markup,
    /// There is none.
    Void,
    /// Without tags.
    Text,
    /// Without tags and references.
    Raw,
    /// The same, to the end of the document.
    Plain,
}

impl Elements {
    pub(super) fn new() -> Self {
        Self { levels: Vec::new(), over: 0, over_spot: Spot::default(), rooted: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// Gives back room, before a wait.
    pub(super) fn trim(&mut self) {
        room::trim(&mut self.levels);
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.levels.len() * size_of::<Level>()
    }

    /// Where the text stands that comes next.
    pub(super) fn spot(&self, judge: &Judge<'_, '_>) -> Spot {
        match self.levels.last() {
            _ if self.over > 0 => self.over_spot,
            Some(level) => level.spot,
            None => judge.law.paths.root(),
        }
    }

    /// Opens an element; `context` is what its name gives.
    pub(super) fn open(
        &mut self,
        kind: Kind,
        name: &[u8],
        context: ContextSets,
        judge: &Judge<'_, '_>,
    ) -> Result<(), Reason> {
        if kind != Kind::Html && self.levels.is_empty() && self.rooted {
            return Err(Reason::Unparsable);
        }
        self.rooted = true;
        let hash = hash(kind, name);
        let ends_like = |level: &Level| level.name == hash && ends_the_one_before(name);
        if kind == Kind::Html && self.over == 0 && self.levels.last().is_some_and(ends_like) {
            self.levels.pop();
        }
        let spot = below(self.spot(judge), kind, name, context, judge);
        if self.levels.len() < limits::JSON_DEPTH_MAX {
            self.levels.push(Level { name: hash, spot });
        } else if kind == Kind::Html {
            self.over_spot = if self.over > 0 { self.over_spot.or(spot) } else { spot };
            self.over = self.over.saturating_add(1);
        } else {
            return Err(Reason::TooDeep);
        }
        Ok(())
    }

    /// Closes the element of that name. In HTML that may be one further out, or none.
    pub(super) fn close(&mut self, kind: Kind, name: &[u8]) -> Result<(), Reason> {
        let hash = hash(kind, name);
        if self.over > 0 {
            self.over -= 1;
            return Ok(());
        }
        if kind == Kind::Html {
            if let Some(at) = self.levels.iter().rposition(|level| level.name == hash) {
                self.levels.truncate(at);
            }
            return Ok(());
        }
        match self.levels.pop() {
            Some(level) if level.name == hash => Ok(()),
            _ => Err(Reason::Unparsable),
        }
    }

    /// Closes the element that was opened last.
    pub(super) fn pop(&mut self) {
        if self.over > 0 {
            self.over -= 1;
        } else {
            self.levels.pop();
        }
    }
}

/// Where what a name names stands: by the name as it is written, and without its prefix.
pub(super) fn below(
    spot: Spot,
    kind: Kind,
    name: &[u8],
    context: ContextSets,
    judge: &Judge<'_, '_>,
) -> Spot {
    let paths = judge.law.paths;
    let local = local(name);
    let mut below = paths.key(spot, local, context);
    if local.len() < name.len() {
        below = below.or(paths.key(spot, name, context));
    }
    if kind == Kind::Html && name.iter().any(u8::is_ascii_uppercase) {
        below = below.or(paths.key(spot, &name.to_ascii_lowercase(), context));
    }
    // Elements repeat where an array would stand in JSON.
    below.or(paths.index(below, u32::MAX))
}

fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

/// FNV-1a, without regard to case in HTML.
pub(super) fn hash(kind: Kind, name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        let byte = if kind == Kind::Html { byte.to_ascii_lowercase() } else { *byte };
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Whether text goes on over the tags of this element as if they were not there.
pub(super) fn is_inline(name: &[u8]) -> bool {
    const INLINE: [&str; 39] = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del",
        "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby",
        "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tspan", "tt", "u",
        "var", "wbr",
    ];
    let local = local(name);
    local.len() <= 8 && INLINE.iter().any(|other| local.eq_ignore_ascii_case(other.as_bytes()))
}

/// How the text of an element of HTML is read.
pub(super) fn content(name: &[u8]) -> Content {
    let one_of = |names: &[&str]| names.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()));
    const VOID: [&str; 14] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    ];
    if one_of(&VOID) {
        Content::Void
    } else if one_of(&["title", "textarea"]) {
        Content::Text
    } else if one_of(&["script", "style", "xmp", "iframe", "noembed", "noframes"]) {
        Content::Raw
    } else if one_of(&["plaintext"]) {
        Content::Plain
    } else {
        Content::Markup
    }
}

fn ends_the_one_before(name: &[u8]) -> bool {
    let names = ["p", "li", "tr", "td", "th", "dt", "dd", "option"];
    names.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
}
