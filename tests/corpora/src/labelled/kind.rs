//! What a category's values are like: how one is made, which words stand beside it, and what
//! spoils it. Made from what issuers publish; nothing here asks the detectors.

use crate::random::Random;
use crate::shape;
use std::ops::Range;

/// One form of a category's values.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What its values are.
    pub category: &'static str,
    /// Names that stand before a value.
    pub words: &'static [&'static str],
    /// Whether a value is nothing without its name.
    pub needs: bool,
    /// Whether the name and the value have an operator between them, or are a field's.
    pub assigned: bool,
    /// How one is made.
    pub make: Make,
    /// What each is besides, by nature.
    pub also: &'static [&'static str],
    /// What each is without its name.
    pub alone: &'static [&'static str],
    /// Whether it may go on behind: it has no length of its own.
    pub open: bool,
    /// Whether it is one wherever it stands, and in whatever.
    pub apart: bool,
    /// What makes it none.
    pub spoils: &'static [Spoil],
}

/// How a value is made.
#[derive(Clone, Copy, Debug)]
pub enum Make {
    /// By a template.
    Shape(&'static str),
    /// By a specification.
    Text(fn(&mut Random) -> String),
    /// With values of other categories in it.
    Value(fn(&mut Random) -> Value),
}

/// What a near miss is.
#[derive(Clone, Copy, Debug)]
pub enum Spoil {
    /// A digit, and never the first, is another one.
    Digit,
    /// The last digit, which checks the others, is another one.
    Check,
    /// A letter or digit of the last ten is another one.
    Sign,
    /// A digit more.
    More,
    /// The last character is missing.
    Fewer,
    /// It is made by a template.
    Shape(&'static str),
    /// It is made by a rule.
    Text(fn(&mut Random) -> String),
}

/// A value, and what of it has a category of its own.
#[derive(Clone, Debug)]
pub struct Value {
    /// All of it.
    pub text: String,
    /// What parts of it are.
    pub parts: Vec<(&'static str, Range<usize>)>,
}

impl Value {
    /// Of one category.
    #[must_use]
    pub fn plain(text: String) -> Self {
        Self { text, parts: Vec::new() }
    }

    /// With a part that has a category, which stands in it.
    #[must_use]
    pub fn with(mut self, category: &'static str, part: &str) -> Self {
        let start = self.text.find(part).expect("a part of the value");
        self.parts.push((category, start..start + part.len()));
        self
    }
}

/// What is found wherever it stands.
#[must_use]
pub const fn kind(category: &'static str, words: &'static [&'static str], make: Make) -> Kind {
    Kind {
        category,
        words,
        needs: false,
        assigned: false,
        make,
        also: &[],
        alone: &[],
        open: false,
        apart: false,
        spoils: &[],
    }
}

impl Kind {
    /// What is nothing without its name.
    #[must_use]
    pub const fn needs(self) -> Self {
        Self { needs: true, ..self }
    }

    /// What is the value of a name.
    #[must_use]
    pub const fn assigned(self) -> Self {
        Self { needs: true, assigned: true, ..self }
    }

    /// What is something else too.
    #[must_use]
    pub const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    /// What is something else where its name is missing.
    #[must_use]
    pub const fn alone(self, alone: &'static [&'static str]) -> Self {
        Self { alone, ..self }
    }

    /// What has no length of its own.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// What is one in whatever it stands.
    #[must_use]
    pub const fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// What spoils it.
    #[must_use]
    pub const fn spoils(self, spoils: &'static [Spoil]) -> Self {
        Self { spoils, ..self }
    }

    /// A value.
    pub fn value(&self, random: &mut Random) -> Value {
        let mut value = match self.make {
            Make::Shape(template) => Value::plain(shape::text(random, template)),
            Make::Text(make) => Value::plain(make(random)),
            Make::Value(make) => make(random),
        };
        let whole = 0..value.text.len();
        value.parts.extend(self.also.iter().map(|category| (*category, whole.clone())));
        value.parts.push((self.category, whole));
        value
    }
}

impl Spoil {
    /// A near miss of a value.
    pub fn text(self, random: &mut Random, value: &str) -> String {
        match self {
            Self::Digit => changed(random, value, value.len(), char::is_numeric),
            Self::Check => changed(random, value, 1, char::is_numeric),
            Self::Sign => changed(random, value, 10, char::is_alphanumeric),
            Self::More => format!("{value}{}", random.number(1, 9)),
            Self::Fewer => {
                let end = value.char_indices().last().map_or(0, |(end, _)| end);
                value[..end].to_owned()
            }
            Self::Shape(template) => shape::text(random, template),
            Self::Text(make) => make(random),
        }
    }
}

/// A value with one of its last characters of a kind changed into another of that kind.
fn changed(random: &mut Random, value: &str, last: usize, is: fn(char) -> bool) -> String {
    let places: Vec<usize> = value
        .char_indices()
        .skip(value.len().saturating_sub(last).max(1))
        .filter(|(_, sign)| sign.is_ascii() && is(*sign))
        .map(|(at, _)| at)
        .collect();
    let at = places[random.below(places.len())];
    let old = value.as_bytes()[at];
    let class = match old {
        b'0'..=b'9' => shape::DIGITS,
        b'A'..=b'Z' => shape::CAPITALS,
        _ => "abcdefghijkmnopqrstuvwxyz",
    };
    let new = loop {
        let new = random.letter(class);
        if new != char::from(old) {
            break new;
        }
    };
    format!("{}{new}{}", &value[..at], &value[at + 1..])
}
