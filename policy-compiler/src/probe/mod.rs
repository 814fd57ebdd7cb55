//! Sends made-up values over the boundaries of a listener that runs, and says what came out: what a
//! filter that is there does, and one that was switched off does not.
//!
//! What must come out is what the engine makes of the same message with the same policy. What a
//! listener let through to the service behind it is told by an [`Echo`] in the place of that
//! service; without one, only what comes back can be looked at, and most of it is not judged.
//! No value is shown, and none is anybody's.
//!
//! Opens no connection: bytes are carried by whoever calls [`run`].

mod echo;
mod http;
mod judge;
mod known;
mod manifest;
mod order;
mod plan;
mod shot;
#[cfg(test)]
mod tests;

pub use echo::{Echo, Turn};
pub use judge::{Outcome, Why};
pub use known::Known;
pub use manifest::{Manifest, ManifestError, cron_job, gate};
pub use order::{HEADER, Key, KeyError};
pub use plan::PathError;

use crate::cells::Direction;
use crate::trial::Ends;
use plan::Plan;

/// What is probed, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Zones of who calls and of who answers.
    pub ends: Ends,
    /// The key of the echo that stands behind the listener, where one does.
    pub key: Option<Key>,
    /// Another one each time: names orders, and makes other values.
    pub run: [u8; 16],
    /// Paths to use, instead of what the policy's conditions say.
    pub paths: Vec<String>,
    /// One value for each place, and not one of every category.
    pub quick: bool,
    /// What the listener is asked for: its `host`.
    pub host: String,
}

/// What came back over one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// Bytes, and whether the other side closed the connection behind them.
    Bytes(Vec<u8>, bool),
    /// Nothing that can be judged.
    Nothing(Why),
}

/// One value that was sent, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The boundary's id.
    pub boundary: String,
    /// Request or reply.
    pub direction: Direction,
    /// What was sent; none for what only shows that the echo answers.
    pub category: Option<String>,
    /// Where in the message.
    pub place: String,
    /// The path that the request was sent to.
    pub path: String,
    /// What the policy makes of it: `rewrite`, `block`.
    pub wanted: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a probe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every value, in the order in which they were sent.
    pub rows: Vec<Row>,
    /// Directions of boundaries over which everything may cross as it is.
    pub open: Vec<(String, Direction)>,
}

/// How many values came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// See [`Outcome::Held`].
    pub held: usize,
    /// See [`Outcome::Raw`].
    pub raw: usize,
    /// See [`Outcome::Other`].
    pub other: usize,
    /// See [`Outcome::Unjudged`].
    pub unjudged: usize,
}

impl Counts {
    /// Of some rows.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            match row.outcome {
                Outcome::Held => counts.held += 1,
                Outcome::Raw => counts.raw += 1,
                Outcome::Other => counts.other += 1,
                Outcome::Unjudged(_) => counts.unjudged += 1,
            }
        }
        counts
    }

    /// Whether every boundary was seen to hold: fewer things than that are no proof of anything.
    #[must_use]
    pub fn holds(&self, allow_unjudged: bool) -> bool {
        let judged = self.held > 0 && self.raw == 0 && self.other == 0;
        judged && (allow_unjudged || self.unjudged == 0)
    }
}

/// Whether a reply has come whole, so that nothing more needs to be waited for.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    !matches!(http::answer(bytes, false), Ok(None))
}

/// Probes. `carry` takes a request to the listener over a connection of its own, and brings back
/// what came: with many connections, every worker of a proxy gets some.
///
/// # Errors
/// When a path that was asked for belongs to no boundary.
pub fn run(
    known: &Known,
    options: &Options,
    carry: &mut dyn FnMut(&[u8]) -> Came,
) -> Result<Report, PathError> {
    let plan = Plan::new(known, options)?;
    let mut report = Report { rows: Vec::new(), open: plan.open() };
    // A listener that is not there is not asked a hundred times.
    let mut gone = None;
    for way in plan.ways() {
        let made = plan.shots(&way);
        let mut failed: Option<Why> = gone;
        if let Some(greeting) = made.greeting.filter(|_| failed.is_none()) {
            let outcome = greeting.judge(&carry(&greeting.bytes(&options.host)));
            match outcome {
                Outcome::Unjudged(why) => failed = Some(why),
                Outcome::Held => {}
                Outcome::Raw | Outcome::Other => report.rows.push(greeting.row(outcome)),
            }
        }
        for shot in made.shots {
            let outcome = match failed {
                Some(why) => Outcome::Unjudged(why),
                None => shot.judge(&carry(&shot.bytes(&options.host))),
            };
            if let Outcome::Unjudged(why) = outcome
                && why.is_for_all()
            {
                gone = Some(why);
                failed = Some(why);
            }
            report.rows.push(shot.row(outcome));
        }
        if let Some(why) = failed.filter(|why| why.is_for_all()) {
            gone = Some(why);
        }
        report.rows.extend(made.unmade);
    }
    Ok(report)
}
