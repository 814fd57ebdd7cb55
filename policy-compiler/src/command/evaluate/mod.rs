//! `cofferdam evaluate`: how much of what is labelled is found, and how much of what is found is
//! labelled, by category. Shows ids, categories and offsets; never a text.

mod label;
mod score;

use super::scan::record::{self, Batch};
use super::{Ended, Ending, survey};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::Bundle;
use cofferdam_engine::survey::Survey;
use cofferdam_policy_compiler::detectors::target;
use cofferdam_policy_compiler::report::printable;
use label::{Confusion, Span};
use score::{Score, Scores};
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

pub(super) fn command() -> Command {
    Command::new("evaluate")
        .about("Compares what is found with labels: precision, recall and F2 by category")
        .arg(
            Arg::new("files")
                .value_name("LABELLED")
                .help(
                    "Records, one a line: `id`, `text`, `spans` of `category`, `start`, `end`, \
                     and `format` where the text is `csv` or `tsv`",
                )
                .value_parser(clap::value_parser!(PathBuf))
                .action(ArgAction::Append)
                .required(true),
        )
        .arg(
            Arg::new("policy")
                .long("policy")
                .value_name("POLICY")
                .help("Look for what a policy looks for, and not for everything built in")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(
            Arg::new("confusion")
                .long("confusion")
                .help("List what was missed, and what was found and is not labelled")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new("targets")
                .long("targets")
                .help("Hold each built-in category against its target, and fail below one")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("How the result is written")
                .value_parser(["text", "json"])
                .default_value("text"),
        )
        .after_help(
            "A finding is exact when category, start and end are those of a label, and overlaps \
             when category and a byte are. Exits with 0, with 1 when --targets is given and the \
             exact figures of a category are below its target, and with 2 when a line cannot be \
             read.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let bundle = match matches.contains_id("policy") {
        true => survey::bundle_of_policy(matches)?,
        false => survey::builtin(true)?,
    };
    let paths: Vec<PathBuf> = matches.get_many("files").into_iter().flatten().cloned().collect();
    let mut run =
        Run { records: 0, scores: Scores::default(), confusions: Vec::new(), talk: Vec::new() };
    let targets = matches.get_flag("targets");
    let survey = Survey::new(&bundle);
    for batch in record::batches(paths) {
        run.batch(&batch, &survey, &bundle, matches.get_flag("confusion"));
    }
    let data = match matches.get_one::<String>("format").map(String::as_str) {
        Some("json") => run.json(matches.get_flag("confusion"), targets),
        _ => run.text(targets),
    };
    let unread = run.talk.len();
    let below = if targets { run.below().count() } else { 0 };
    if targets {
        run.talk.push(format!("{below} categories below their target"));
    }
    run.talk.push(format!("{} records, {unread} lines not read", run.records));
    let status = match (unread, below) {
        (0, 0) => 0,
        (0, _) => 1,
        _ => 2,
    };
    Ok(Ending { data: data.into_bytes(), talk: run.talk.join("\n"), status })
}

/// What was compared so far.
struct Run {
    records: u64,
    scores: Scores,
    confusions: Vec<Confusion>,
    /// What could not be read.
    talk: Vec<String>,
}

impl Run {
    fn batch(&mut self, batch: &Batch, survey: &Survey<'_>, bundle: &Bundle, listed: bool) {
        for (number, record) in batch.records() {
            let read = record
                .and_then(|record| Ok((label::labels(&record)?, label::format(&record)?, record)));
            let (labels, format, record) = match read {
                Ok(read) => read,
                Err(why) => {
                    self.talk.push(batch.complaint(number, &why));
                    continue;
                }
            };
            self.records += 1;
            let found = record::find(survey, format, &record.text);
            let found: Vec<_> = found.iter().map(|one| Span::of(bundle.tables(), one)).collect();
            self.scores.add(&labels, &found);
            if listed {
                self.confusions.extend(label::confusions(&record.id, &labels, &found));
            }
        }
        self.talk.extend(batch.failure());
    }

    /// The categories that do not come to their target.
    fn below(&self) -> impl Iterator<Item = &str> {
        let meets = |(category, score): &(&str, &Score)| {
            target(category).is_none_or(|target| score.meets(target))
        };
        self.scores.by_category().filter(move |row| !meets(row)).map(|(category, _)| category)
    }

    fn text(&self, targets: bool) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{:32} {:>8} {:>8} {:>8}  {:^23}  {:^23}",
            "", "", "", "", "exact", "overlap"
        );
        let _ = writeln!(
            out,
            "{:32} {:>8} {:>8} {:>8}  {:>7} {:>7} {:>7}  {:>7} {:>7} {:>7}",
            "category",
            "labelled",
            "found",
            "exact",
            "prec.",
            "recall",
            "F2",
            "prec.",
            "recall",
            "F2"
        );
        for (category, score) in self.scores.by_category() {
            let ratio = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |r| format!("{r:.4}"));
            let (exact, overlap) = (score.exact(), score.overlap());
            let judged = if targets { judged(category, score) } else { String::new() };
            let _ = writeln!(
                out,
                "{:32} {:>8} {:>8} {:>8}  {:>7} {:>7} {:>7}  {:>7} {:>7} {:>7}{judged}",
                printable(category),
                score.labelled,
                score.found,
                score.exact,
                ratio(exact.precision),
                ratio(exact.recall),
                ratio(exact.f2()),
                ratio(overlap.precision),
                ratio(overlap.recall),
                ratio(overlap.f2()),
            );
        }
        for confusion in &self.confusions {
            let _ = writeln!(out, "{}", confusion.text());
        }
        out
    }

    fn json(&self, listed: bool, targets: bool) -> String {
        let row = |(category, score): (&str, &Score)| {
            let (exact, overlap) = (score.exact(), score.overlap());
            let mut row = json!({
                "category": category,
                "labelled": score.labelled,
                "found": score.found,
                "exact": {
                    "hits": score.exact,
                    "precision": exact.precision, "recall": exact.recall, "f2": exact.f2(),
                },
                "overlap": {
                    "labels_hit": score.labels_overlapped,
                    "findings_hit": score.found_overlapping,
                    "precision": overlap.precision, "recall": overlap.recall, "f2": overlap.f2(),
                },
            });
            if targets && let Some(target) = target(category) {
                row["target"] = json!({
                    "precision": target.precision, "recall": target.recall,
                    "met": score.meets(target),
                });
            }
            row
        };
        let rows: Vec<_> = self.scores.by_category().map(row).collect();
        let mut result = json!({ "records": self.records, "categories": rows });
        if listed {
            result["confusion"] = self.confusions.iter().map(Confusion::json).collect();
        }
        format!("{result:#}\n")
    }
}

/// The target of a category, and whether it is met.
fn judged(category: &str, score: &Score) -> String {
    let Some(target) = target(category) else { return "  -".to_owned() };
    let word = if score.meets(target) { "met" } else { "below" };
    format!("  {:.2} {:.2} {word}", target.precision, target.recall)
}
