//! `cofferdam scan`: where personal data is in files, folders, archives, changes and records.
//! Says where and what, never the text of a finding.

mod diff;
mod file;
mod lines;
mod part;
mod pipeline;
pub(super) mod record;
mod render;
mod screen;
mod text;
mod walk;

use super::{Ended, Ending, Failure, survey};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::model::Tables;
use cofferdam_engine::survey::{Format as Reading, Survey};
use file::Unpack;
use part::{Part, Report};
use render::Format;
use screen::Screen;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;
use walk::Job;

/// What stdin is called.
const STDIN: &str = "<stdin>";

pub(super) fn command() -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    let number = clap::value_parser!(u64).range(1..);
    Command::new("scan")
        .about("Finds personal data in files, and says where it is")
        .arg(
            Arg::new("files")
                .value_name("FILES")
                .help("Files and folders, or `-` for stdin, which is meant where none is given")
                .value_parser(clap::value_parser!(PathBuf))
                .action(ArgAction::Append),
        )
        .args(survey::arguments())
        .arg(
            option("format", "FORMAT", "How findings are written [default: text]")
                .value_parser(["text", "jsonl", "sarif"]),
        )
        .arg(
            option(
                "input",
                "INPUT",
                "What the files hold: records, `{\"id\":..,\"text\":..}` a line",
            )
            .value_parser(["jsonl"])
            .conflicts_with_all(["format", "diff"]),
        )
        .arg(option("diff", "REV", "Only lines that were added since a revision of git"))
        .arg(
            Arg::new("staged")
                .long("staged")
                .help("Only lines that are staged in git for the next commit")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["diff", "input"]),
        )
        .arg(
            Arg::new("no-ignore")
                .long("no-ignore")
                .help("Read what `.gitignore` leaves out, too")
                .action(ArgAction::SetTrue),
        )
        .arg(
            option("archive-bytes", "BYTES", "The most that is unpacked of one file")
                .value_parser(number)
                .default_value("4294967296"),
        )
        .arg(option("threads", "N", "Threads [default: one a processor]").value_parser(number))
        .after_help(
            "Exits with 0 when nothing is found, 1 when something is, \
             and 2 when something could not be read.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let bundle = survey::bundle(matches)?;
    let survey = Survey::new(&bundle);
    let format = Format::of(matches.get_one::<String>("format").map(String::as_str));
    let scan = Scan {
        survey: &survey,
        tables: bundle.tables(),
        format,
        archive_bytes_max: matches.get_one("archive-bytes").copied().unwrap_or(u64::MAX),
        threads: threads(matches),
    };
    let paths: Vec<PathBuf> = matches.get_many("files").into_iter().flatten().cloned().collect();
    let screen = match matches.get_one::<String>("diff") {
        Some(revision) => scan.changes(&diff::Changes::new(revision, paths)?),
        None if matches.get_flag("staged") => scan.changes(&diff::Changes::staged(paths)),
        None => {
            let paths = if paths.is_empty() { vec![PathBuf::from("-")] } else { paths };
            if paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
                return Err(Failure::misuse("error: stdin can be read once only"));
            }
            match matches.contains_id("input") {
                true => scan.records(paths),
                false => scan.files(paths, !matches.get_flag("no-ignore")),
            }
        }
    };
    let (status, talk) = screen.end()?;
    Ok(Ending { data: Vec::new(), talk, status })
}

fn threads(matches: &ArgMatches) -> usize {
    let given = matches.get_one::<u64>("threads").and_then(|given| usize::try_from(*given).ok());
    given.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get)).min(256)
}

/// How a file is read, by its name.
fn format_of(file: &str) -> Reading {
    let file = file.to_ascii_lowercase();
    let ending = file.strip_suffix(".gz").unwrap_or(&file).rsplit('.').next();
    match ending {
        Some("csv") => Reading::Csv,
        Some("tab" | "tsv") => Reading::Tsv,
        _ => Reading::Text,
    }
}

/// What is looked for, and how it is told.
struct Scan<'s> {
    survey: &'s Survey<'s>,
    tables: &'s Tables,
    format: Format,
    archive_bytes_max: u64,
    threads: usize,
}

impl Scan<'_> {
    fn files(&self, paths: Vec<PathBuf>, ignores: bool) -> Screen {
        let mut screen = Screen::new(self.format, "files", self.tables);
        let work = |job: Job, emit: &mut dyn FnMut(Part) -> bool| {
            let mut report = Report::new(self.tables, self.format, emit);
            match job {
                Job::Unread(why) => report.unread(why),
                Job::Stdin => {
                    let mut unpack = Unpack::new(self.survey, &mut report, self.archive_bytes_max);
                    unpack.stream(STDIN, &mut io::stdin().lock());
                }
                Job::File(path) => {
                    let mut unpack = Unpack::new(self.survey, &mut report, self.archive_bytes_max);
                    unpack.file(&path, &walk::name(&path));
                }
            }
            report.hand_on();
        };
        let jobs = walk::jobs(paths, ignores);
        pipeline::ordered(jobs, self.threads, work, |part| screen.take(part));
        screen
    }

    fn changes(&self, changes: &diff::Changes) -> Screen {
        let mut screen = Screen::new(self.format, "files", self.tables);
        let work = |(), emit: &mut dyn FnMut(Part) -> bool| {
            let mut report = Report::new(self.tables, self.format, emit);
            changes.scan(self.survey, &mut report);
            report.hand_on();
        };
        pipeline::ordered(std::iter::once(()), 1, work, |part| screen.take(part));
        screen
    }

    fn records(&self, paths: Vec<PathBuf>) -> Screen {
        let mut screen = Screen::new(Format::JsonLines, "records", self.tables);
        let work = |batch: record::Batch, emit: &mut dyn FnMut(Part) -> bool| {
            let mut report = Report::new(self.tables, Format::JsonLines, emit);
            batch.scan(self.survey, &mut report);
            report.hand_on();
        };
        let batches = record::batches(paths);
        pipeline::ordered(batches, self.threads, work, |part| screen.take(part));
        screen
    }
}
