//! `cofferdam fmt`: policies in one style, in place; or whether they are, with what would change.

use super::{Ended, Ending, Failure, files, screen};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::{format, report};
use std::path::PathBuf;

/// Lines of two texts that are compared one by one; of more only ends that are alike are told.
const LINES_MAX: usize = 3000;

pub(super) fn command() -> Command {
    Command::new("fmt")
        .about("Writes policies anew in one style: order of keys, indentation, comments kept")
        .arg(files::argument("policy", "POLICY", "Policies to format").action(ArgAction::Append))
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Writes nothing; prints what would change, and exits with 1 when anything"),
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let (mut data, mut talk) = (String::new(), String::new());
    for path in matches.get_many::<PathBuf>("policy").into_iter().flatten() {
        let bytes = files::read(path)?;
        let source = files::policy_text(path)?;
        let text = format(&source).map_err(|diagnostics| {
            let told = report::painted(&source, &diagnostics, screen::stderr());
            Failure::refused(format!("{told}{}: {diagnostics}", files::name(path)))
        })?;
        if text.as_bytes() == bytes {
            continue;
        }
        let name = files::name(path);
        if matches.get_flag("check") {
            data.push_str(&format!("--- {name}\n+++ {name}, formatted\n"));
            data.push_str(&changes(source.text(), &text));
            talk.push_str(&format!("{name}: not formatted: `cofferdam fmt {name}` does it\n"));
        } else {
            files::write(path, text.as_bytes())?;
            talk.push_str(&format!("{name}: formatted\n"));
        }
    }
    match matches.get_flag("check") && !talk.is_empty() {
        true => Ok(Ending::refused(data, talk)),
        false => Ok(Ending::done(data, talk)),
    }
}

/// Lines that go and come, each run of them under its place in the old text.
fn changes(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let alike = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[alike..], &new[alike..]);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - behind], &b[..b.len() - behind]);
    let mut out = String::new();
    if a.is_empty() && b.is_empty() {
        return "only the ends of lines or of the file differ\n".to_owned();
    }
    if a.len().max(b.len()) > LINES_MAX {
        out.push_str(&format!("@@ line {} @@\n", alike + 1));
        out.extend(a.iter().map(|line| format!("-{}\n", report::printable(line))));
        out.extend(b.iter().map(|line| format!("+{}\n", report::printable(line))));
        return out;
    }
    // Cell (i, j): how many lines the rests from i and j have in common, in their order.
    let mut cells = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            cells[i][j] = match a[i] == b[j] {
                true => cells[i + 1][j + 1] + 1,
                false => cells[i + 1][j].max(cells[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut open) = (0, 0, false);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j, open) = (i + 1, j + 1, false);
            continue;
        }
        if !open {
            out.push_str(&format!("@@ line {} @@\n", alike + i + 1));
            open = true;
        }
        if i < a.len() && (j == b.len() || cells[i + 1][j] >= cells[i][j + 1]) {
            out.push_str(&format!("-{}\n", report::printable(a[i])));
            i += 1;
        } else {
            out.push_str(&format!("+{}\n", report::printable(b[j])));
            j += 1;
        }
    }
    out
}
