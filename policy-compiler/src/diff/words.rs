//! The words in which changes are told. Decides nothing.

pub(super) use crate::cells::quoted;
use crate::cells::{Decided, Direction, Outcome, Side};
use cofferdam_engine::model::{Action, Mask, Mode};

/// Names in backticks: `a`, `b` or `c`.
pub(super) fn either<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    joined(&names.into_iter().map(quoted).collect::<Vec<_>>(), "or")
}

/// `a`, `b` and `c`.
pub(super) fn all<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    joined(&names.into_iter().map(quoted).collect::<Vec<_>>(), "and")
}

/// The last two of them joined by a word.
pub(super) fn joined(names: &[String], word: &str) -> String {
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

/// `a request from x to y`.
pub(super) fn message(side: Side<'_>) -> String {
    let what = match side.direction() {
        Direction::Request => "a request",
        Direction::Reply => "a reply",
    };
    format!("{what} from {} to {}", quoted(&side.from().name), quoted(&side.to().name))
}

/// How a mask leaves a value.
fn masked(mask: Mask) -> String {
    let shape = if mask.keep_separators { ", in its own shape" } else { "" };
    match mask.keep_last {
        0 => format!("with stars in place of all of it{shape}"),
        1 => format!("with its last letter or digit{shape}"),
        n => format!("with its last {n} letters and digits{shape}"),
    }
}

/// What became of a value: the first half of a sentence.
pub(super) fn before(decided: Decided<'_>, keys: &[String]) -> String {
    let done = match decided.outcome {
        Outcome::Unseen => return "passed unseen".to_owned(),
        Outcome::AtHome => return "passed as a credential in the place made for it".to_owned(),
        Outcome::Ignore => return "was let through by `ignore`".to_owned(),
        Outcome::Drop => "was dropped with its field".to_owned(),
        Outcome::Nothing => return "could not cross".to_owned(),
        Outcome::Act { action, .. } => match action {
            Action::Keep => return "crossed as it is".to_owned(),
            Action::Observe => return "crossed as it is, and was told".to_owned(),
            Action::Mask(mask) => format!("crossed {}", masked(*mask)),
            Action::Tokenize(tokenize) => {
                let key = keys.get(tokenize.key.index()).map_or("?", String::as_str);
                format!("was replaced by {}", token(key, &tokenize.prefix, &tokenize.scope))
            }
            Action::Redact => "was redacted".to_owned(),
            Action::Block => "stopped the whole message".to_owned(),
        },
    };
    match decided.mode {
        Mode::Enforce => done,
        Mode::Observe => format!("{done} in what was told, while it crossed"),
    }
}

/// What becomes of it now: the second half.
pub(super) fn after(decided: Decided<'_>, keys: &[String]) -> String {
    let done = match decided.outcome {
        Outcome::Unseen => return "now passes unseen".to_owned(),
        Outcome::AtHome => return "now passes as a credential in the place made for it".to_owned(),
        Outcome::Ignore => return "is now let through by `ignore`".to_owned(),
        Outcome::Drop => "is now dropped with its field".to_owned(),
        Outcome::Nothing => return "can no longer cross".to_owned(),
        Outcome::Act { action, .. } => match action {
            Action::Keep => return "now crosses as it is".to_owned(),
            Action::Observe => return "now crosses as it is, and is told".to_owned(),
            Action::Mask(mask) => format!("now crosses {}", masked(*mask)),
            Action::Tokenize(tokenize) => {
                let key = keys.get(tokenize.key.index()).map_or("?", String::as_str);
                format!("is now replaced by {}", token(key, &tokenize.prefix, &tokenize.scope))
            }
            Action::Redact => "is now redacted".to_owned(),
            Action::Block => "now stops the whole message".to_owned(),
        },
    };
    match decided.mode {
        Mode::Enforce => done,
        Mode::Observe => format!("{done} in what is told, while it crosses"),
    }
}

fn token(key: &str, prefix: &str, scope: &str) -> String {
    let boundaries = all(scope.split(','));
    format!("a token {} of the key {} for {boundaries}", quoted(prefix), quoted(key))
}
