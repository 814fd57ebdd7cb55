//! Counts which cases of the corpus ran where: a table of format, direction and runner, in which
//! no cell may be empty without a reason.
//! Tells what a case is about from its messages, never from its name.

use crate::case::{Case, ExpectVerdict, Message, Subject};
use crate::formats::{FORMATS, Format, Read};
use std::collections::BTreeMap;

/// Cells that must be empty, and why: format, direction, runner.
const EMPTY: &[(&str, Subject, &str, &str)] = &[];

/// Cases by format, direction and runner.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    cells: BTreeMap<(usize, Direction, &'static str), Cell>,
}

/// One cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    cases: u64,
    /// Of those, the ones in which that message is rewritten.
    rewritten: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Request,
    Response,
}

impl Direction {
    const BOTH: [Self; 2] = [Self::Request, Self::Response];

    fn subject(self) -> Subject {
        match self {
            Self::Request => Subject::Request,
            Self::Response => Subject::Response,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

impl Coverage {
    /// A case ran.
    pub fn add(&mut self, case: &Case, runner: &'static str) {
        for direction in Direction::BOTH {
            let (message, expect): (&Message, _) = match direction {
                Direction::Request => (&case.request, &case.expect_request),
                Direction::Response => (&case.response, &case.expect_response),
            };
            if expect.verdict == ExpectVerdict::Absent {
                continue;
            }
            let in_it = |format: &Format| {
                format.side.has(direction.subject()) && format.seat.is_in(message, &case.leaks)
            };
            let rewritten = u64::from(expect.verdict == ExpectVerdict::Rewrite);
            for (n, _) in FORMATS.iter().enumerate().filter(|(_, format)| in_it(format)) {
                let cell = self.cells.entry((n, direction, runner)).or_default();
                cell.cases += 1;
                cell.rewritten += rewritten;
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (key, cell) in other.cells {
            let own = self.cells.entry(key).or_default();
            own.cases += cell.cases;
            own.rewritten += cell.rewritten;
        }
        self
    }

    /// The table of some runners, and what is wrong with it.
    #[must_use]
    pub fn table(&self, runners: &[&'static str]) -> (String, Vec<String>) {
        let mut out = format!("{:<15}{:<9}", "cases (rewritten)", "");
        runners.iter().for_each(|runner| out.push_str(&format!("{runner:>14}")));
        out.push('\n');
        let mut wrong = Vec::new();
        for (n, format) in FORMATS.iter().enumerate() {
            for direction in Direction::BOTH {
                if !format.side.has(direction.subject()) {
                    continue;
                }
                out.push_str(&format!("{:<17}{:<9}", format.name, direction.name()));
                let mut reasons: Vec<&str> = Vec::new();
                for runner in runners {
                    let cell = self.cells.get(&(n, direction, *runner)).copied();
                    let cell = cell.unwrap_or_default();
                    let text = match cell.cases {
                        0 => "-".to_owned(),
                        cases => format!("{cases} ({})", cell.rewritten),
                    };
                    out.push_str(&format!("{text:>14}"));
                    match cell.judged(format, direction, runner) {
                        Ok(reason) => reasons.extend(reason),
                        Err(why) => {
                            let name = direction.name();
                            wrong.push(format!("{} of a {name}, {runner}: {why}", format.name));
                        }
                    }
                }
                reasons.dedup();
                reasons.iter().for_each(|reason| out.push_str(&format!("  {reason}")));
                out.push('\n');
            }
        }
        (out, wrong)
    }
}

impl Cell {
    /// Why it may be as it is, where that is worth saying.
    fn judged(
        self,
        format: &Format,
        direction: Direction,
        runner: &str,
    ) -> Result<Option<&'static str>, String> {
        let listed = EMPTY.iter().find(|(name, way, own, _)| {
            (*name, *way, *own) == (format.name, direction.subject(), runner)
        });
        match (self.cases, listed, format.read) {
            (0, Some((.., why)), _) => Ok(Some(why)),
            (0, None, Read::Block(why) | Read::Pass(why)) => Ok(Some(why)),
            (0, None, Read::Rewrite) => Err("no case".to_owned()),
            (_, Some(_), _) => Err("there are cases: drop the reason for none".to_owned()),
            (_, None, Read::Rewrite) if self.rewritten == 0 => {
                Err("no case in which it is rewritten".to_owned())
            }
            (_, None, Read::Block(_)) if self.rewritten > 0 => {
                Err("it is rewritten: say so in tests/src/formats.rs".to_owned())
            }
            (_, None, Read::Block(why) | Read::Pass(why)) => Ok(Some(why)),
            (_, None, Read::Rewrite) => Ok(None),
        }
    }
}
