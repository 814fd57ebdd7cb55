//! What a person sees: whether output goes to a screen, and whether that wants colors.

use super::Failure;
use cofferdam_policy_compiler::diagnostic::{Diagnostics, Source};
use cofferdam_policy_compiler::report::{Paint, painted, printable};
use std::env;
use std::io::{self, IsTerminal as _};

/// Colors of what goes to stdout.
pub(super) fn stdout() -> Paint {
    paint(io::stdout().is_terminal())
}

/// Colors of what goes to stderr.
pub(super) fn stderr() -> Paint {
    paint(io::stderr().is_terminal())
}

/// Whether stdout goes to a screen on which a picture can be drawn over another.
pub(super) fn refreshes() -> bool {
    io::stdout().is_terminal() && !is_dumb()
}

/// A policy that does not compile: everything that is wrong with it, as talk.
pub(super) fn refused(source: &Source, diagnostics: &Diagnostics) -> Failure {
    let told = painted(source, diagnostics, stderr());
    Failure::refused(format!("{told}{}: {diagnostics}", printable(source.name())))
}

/// <https://no-color.org>: what is set and not empty asks for none.
fn paint(terminal: bool) -> Paint {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if terminal && !refused && !is_dumb() { Paint::Color } else { Paint::Plain }
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}
