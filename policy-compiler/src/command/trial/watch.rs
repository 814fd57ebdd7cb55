//! Shows what crosses until somebody has seen enough: as a table that stays in its place, a line
//! for each crossing, or each entry as it is.

use super::super::{Failure, screen};
use super::envoy::{Envoy, Line};
use super::system::{self, Interrupt};
use cofferdam_policy_compiler::entries::Entry;
use cofferdam_policy_compiler::trial::{Board, Size, line, trouble};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// How often a screen is drawn.
const FRAME: Duration = Duration::from_millis(200);
/// Another screen beside the one with what was typed, without a cursor; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// How crossings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Screen,
    Lines,
    Json,
}

/// What somebody looks at.
pub(super) struct View {
    how: How,
    board: Board,
    drawn: Option<Instant>,
    /// Whoever read has gone.
    is_left: bool,
}

impl View {
    pub(super) fn new(how: How, board: Board) -> Self {
        Self { how, board, drawn: None, is_left: false }
    }

    pub(super) fn how(&self) -> How {
        self.how
    }

    /// Something beside what crosses.
    pub(super) fn notice(&mut self, text: &str) {
        if self.board.notice(text) && self.how != How::Screen {
            super::say(&format!("warning: {}", cofferdam_policy_compiler::report::printable(text)));
        }
    }

    /// A line of a log; whether it was an entry.
    fn take(&mut self, line: &Line) -> bool {
        match line {
            Line::Access(line) => {
                if let Some(text) = trouble::of_access(line) {
                    self.notice(&text);
                }
                false
            }
            Line::Log(line) => match Entry::find_with_json(line) {
                Some((entry, json)) => {
                    self.entry(&entry, json);
                    true
                }
                None => {
                    if let Some(text) = trouble::of_log(line) {
                        self.notice(&text);
                    }
                    false
                }
            },
        }
    }

    fn entry(&mut self, entry: &Entry, json: &str) {
        self.board.take(entry);
        match self.how {
            How::Screen => {}
            How::Lines => self.write(&line(entry, screen::stdout())),
            How::Json => self.write(&format!("{json}\n")),
        }
    }

    fn write(&mut self, text: &str) {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        self.is_left |= written.is_err();
    }

    fn draw(&mut self) {
        if self.how != How::Screen || self.drawn.is_some_and(|drawn| drawn.elapsed() < FRAME) {
            return;
        }
        let mut text = String::new();
        if self.drawn.is_none() {
            text.push_str(ENTER);
        }
        let Size { columns, rows } = system::screen();
        // A letter in the last column, or a line end in the last row, would move what is there.
        let size = Size { columns: columns.saturating_sub(1), rows: rows.saturating_sub(1) };
        text.push_str("\x1b[H");
        for line in self.board.frame(size, screen::stdout()).lines() {
            text.push_str(&format!("\x1b[2K{line}\r\n"));
        }
        text.push_str("\x1b[J");
        self.write(&text);
        self.drawn = Some(Instant::now());
    }

    /// Back to the screen that was there before.
    fn leave(&mut self) {
        if self.drawn.take().is_some() {
            self.write(LEAVE);
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Shows what crosses until somebody wants no more, the time is over, or Envoy ends by itself; the
/// table, where it is not to go to stdout.
pub(super) fn watch(
    mut envoy: Envoy,
    mut view: View,
    interrupt: &Interrupt,
    until: Option<Instant>,
) -> Result<String, Failure> {
    loop {
        view.draw();
        let is_over = until.is_some_and(|until| Instant::now() >= until);
        if interrupt.is_wanted() || is_over || view.is_left {
            break;
        }
        match envoy.line(FRAME / 2) {
            Some(line) => {
                let is_entry = view.take(&line);
                if let (false, Line::Log(line)) = (is_entry, &line) {
                    envoy.remember(line);
                }
            }
            None => {
                if let Some(failure) = envoy.ended() {
                    return Err(failure);
                }
            }
        }
    }
    for line in envoy.end() {
        view.take(&line);
    }
    view.leave();
    let table = view.board.summary(screen::stdout());
    if view.how == How::Screen {
        view.write(&table);
        return Ok(String::new());
    }
    // Talk beside the data that went to stdout.
    Ok(view.board.summary(screen::stderr()))
}
