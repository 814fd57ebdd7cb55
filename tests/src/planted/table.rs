//! Prints what became of planted values.

use super::run::{Row, Unread, word};
use super::wrapping::{EXCEPT, WRAPPINGS};
use crate::formats::Read;

/// The table of a run.
#[must_use]
pub fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    let Some(first) = rows.first() else { return out };
    let runners = first.counts.iter().map(|(name, _)| format!(" | {name:^29}"));
    out.push_str(&format!("{:<24}{}\n", "", runners.collect::<String>()));
    let columns = format!(" | {:>9} {:>9} {:>9}", "arrived", "rewritten", "blocked");
    out.push_str(&format!("{:<15}{:<9}{}\n", "format", "", columns.repeat(first.counts.len())));
    for row in rows {
        out.push_str(&format!("{:<15}{:<9}", row.format, word(row.direction)));
        for (_, count) in &row.counts {
            let (arrived, rewritten, blocked) = (count.arrived, count.rewritten, count.blocked);
            out.push_str(&format!(" | {arrived:>9} {rewritten:>9} {blocked:>9}"));
        }
        match row.read {
            Read::Rewrite => {}
            Read::Block(why) => out.push_str(&format!("  {why}")),
            Read::Pass(why) => out.push_str(&format!("  NOT READ: {why}")),
        }
        out.push('\n');
    }
    out
}

/// What was looked through, and what becomes of values in what was not.
#[must_use]
pub fn wrappings(unread: &[Unread]) -> String {
    let read: Vec<&str> =
        WRAPPINGS.iter().filter(|wrapping| wrapping.read).map(|wrapping| wrapping.name).collect();
    let mut out = format!("looked through: {}\n", read.join(", "));
    for (wrapping, format) in EXCEPT {
        out.push_str(&format!("  but not {wrapping} in {format}\n"));
    }
    for Unread { wrapping, count } in unread {
        out.push_str(&format!(
            "  NOT LOOKED THROUGH: {wrapping:<18} {:>5} of {:>5} arrive, {:>4} rewritten, {:>4} \
             blocked\n",
            count.arrived, count.sent, count.rewritten, count.blocked
        ));
    }
    out
}
