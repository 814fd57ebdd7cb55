//! The figures for a terminal.

use super::figures::Figures;
use super::sections::{Row, Section, sections};
use crate::report::printable;
use std::fmt::Write as _;

/// Letters of a line of a note.
const WIDTH: usize = 90;

/// The figures as text.
#[must_use]
pub fn text(figures: &Figures) -> String {
    let mut out = format!("who lets what cross, at {}\n", figures.at);
    for section in sections(figures) {
        show(&mut out, &section);
    }
    out
}

fn show(out: &mut String, section: &Section) {
    let _ = writeln!(out, "\n{}", section.title);
    let mut line = String::new();
    for word in section.note.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() >= WIDTH {
            let _ = writeln!(out, "  {line}");
            line.clear();
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(word);
    }
    if !line.is_empty() {
        let _ = writeln!(out, "  {line}");
    }
    if section.rows.is_empty() {
        if !section.none.is_empty() {
            let _ = writeln!(out, "  {}", section.none);
        }
        return;
    }
    let head = section.head.iter().map(|cell| (*cell).to_owned()).collect();
    let head = Row { cells: head, is_warning: false };
    // A table of one or two columns says what it is of by itself.
    let lines: Vec<_> = match section.head.len() {
        0..=2 => section.rows.iter().collect(),
        _ => std::iter::once(&head).chain(&section.rows).collect(),
    };
    let cells: Vec<Vec<String>> =
        lines.iter().map(|row| row.cells.iter().map(|cell| printable(cell)).collect()).collect();
    let width = |column: usize| {
        cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<_> = (0..section.head.len()).map(|column| width(column).unwrap_or(0)).collect();
    for (row, cells) in lines.iter().zip(&cells) {
        let mut line = String::from(if row.is_warning { "! " } else { "  " });
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
