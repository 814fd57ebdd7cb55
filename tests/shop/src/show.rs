//! Shows text in a terminal: columns side by side, tables, and colors where there is a terminal.
//! The meaning never hangs on a color.

use std::io::{self, Write};

/// Columns that everything fits into.
pub const WIDTH: usize = 100;

/// Where things are shown.
pub struct Screen<'w> {
    out: &'w mut dyn Write,
    colors: bool,
}

/// How a piece of text is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Like everything else.
    Plain,
    /// A heading.
    Strong,
    /// Beside the point.
    Quiet,
    /// As it should be.
    Good,
    /// Not as it should be, or what was there before.
    Bad,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Quiet => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
        }
    }
}

impl<'w> Screen<'w> {
    /// A screen; `colors` when it is a terminal.
    pub fn new(out: &'w mut dyn Write, colors: bool) -> Self {
        Self { out, colors }
    }

    /// One line.
    ///
    /// # Errors
    /// When the screen is gone.
    pub fn line(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        let text = self.toned(tone, text);
        writeln!(self.out, "{text}")
    }

    /// An empty line and a heading.
    ///
    /// # Errors
    /// When the screen is gone.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.line(Tone::Strong, text)
    }

    /// A word and what it is.
    ///
    /// # Errors
    /// When the screen is gone.
    pub fn fact(&mut self, word: &str, text: &str) -> io::Result<()> {
        for (n, part) in wrap(text, WIDTH - 13).iter().enumerate() {
            let word = self.toned(Tone::Quiet, &pad(if n == 0 { word } else { "" }, 10));
            writeln!(self.out, "   {word}{part}")?;
        }
        Ok(())
    }

    /// A row of cells, each as wide as its column.
    ///
    /// # Errors
    /// When the screen is gone.
    pub fn row(&mut self, cells: &[(&str, usize, Tone)]) -> io::Result<()> {
        let cells = cells.iter().map(|(text, width, tone)| self.toned(*tone, &pad(text, *width)));
        let line = cells.collect::<Vec<_>>().join(" ");
        writeln!(self.out, "   {}", line.trim_end())
    }

    /// Two texts side by side, line by line. Lines that differ are marked with `>`.
    ///
    /// # Errors
    /// When the screen is gone.
    pub fn beside(&mut self, titles: (&str, &str), left: &str, right: &str) -> io::Result<()> {
        const HALF: usize = (WIDTH - 9) / 2;
        let quiet = |text: &str| self.toned(Tone::Quiet, &pad(text, HALF));
        let head = format!("   {} |   {}", quiet(titles.0), quiet(titles.1).trim_end());
        writeln!(self.out, "{head}")?;
        let (left, right): (Vec<&str>, Vec<&str>) =
            (left.lines().collect(), right.lines().collect());
        for n in 0..left.len().max(right.len()) {
            let before = left.get(n).copied().unwrap_or_default();
            let after = right.get(n).copied().unwrap_or_default();
            let (mark, tones) = match before == after {
                true => (" ", (Tone::Plain, Tone::Plain)),
                false => (">", (Tone::Bad, Tone::Good)),
            };
            let (before, after) = (wrap(before, HALF), wrap(after, HALF));
            for n in 0..before.len().max(after.len()) {
                let before = pad(before.get(n).map_or("", String::as_str), HALF);
                let after = after.get(n).map_or("", String::as_str);
                let (before, after) = (self.toned(tones.0, &before), self.toned(tones.1, after));
                writeln!(self.out, "{}", format!("   {before} | {mark} {after}").trim_end())?;
            }
        }
        Ok(())
    }

    fn toned(&self, tone: Tone, text: &str) -> String {
        match self.colors && tone != Tone::Plain {
            true => format!("{}{text}\x1b[0m", tone.code()),
            false => text.to_owned(),
        }
    }
}

/// The text with spaces up to a width.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(spaces))
}

/// Pieces of a line that fit into a width, broken at spaces where there are some. Never empty.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // What goes on stands a little further in, so that it is not taken for a line of its own.
    let inset = rest.iter().take_while(|c| **c == ' ').count().min(width / 4) + 2;
    while rest.len() > width {
        let space =
            rest.iter().take(width + 1).rposition(|c| *c == ' ').filter(|at| *at > width / 2);
        let tail = rest.split_off(space.unwrap_or(width));
        pieces.push(rest.iter().collect());
        let skipped = usize::from(space.is_some());
        rest = std::iter::repeat_n(' ', inset).chain(tail.into_iter().skip(skipped)).collect();
    }
    pieces.push(rest.iter().collect());
    pieces
}

/// A number with commas between thousands.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_fits_and_loses_nothing() {
        let text = "a line that is far too long, with averyveryveryverylongword in it";
        for width in 8..70 {
            let pieces = wrap(text, width);
            assert!(pieces.iter().all(|piece| piece.chars().count() <= width), "{pieces:?}");
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            assert_eq!(letters(&pieces.concat()), letters(text));
        }
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn every_line_fits_the_screen_and_says_what_differs_without_color() {
        let mut out = Vec::new();
        let long = "x".repeat(300);
        let mut screen = Screen::new(&mut out, false);
        screen.beside(("before", "after"), &format!("same\n{long}"), "same\nshort").expect("shown");
        let text = String::from_utf8(out).expect("text");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("| > short") && text.contains("|   same") && !text.contains('\x1b'));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1234), "1,234");
        assert_eq!(thousands(123_456_789), "123,456,789");
    }
}
