//! The figures as one page that needs nothing else: no script, no picture, no address.

use super::figures::Figures;
use super::sections::{Section, sections};
use crate::report::xml;
use std::fmt::Write as _;

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 2em 0 .3em; }
p { margin: .3em 0; opacity: .8; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin-top: .4em; }
th, td { text-align: left; padding: .25em 1.4em .25em .5em; border-bottom: 1px solid #8886; }
td { font-variant-numeric: tabular-nums; vertical-align: top; }
tr.look td { background: #fc03; } tr.look td:first-child { border-left: 3px solid #e80; }
";

/// The figures as HTML.
#[must_use]
pub fn html(figures: &Figures) -> String {
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Who lets what cross</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Who lets what cross</h1>\n<p>As of {}</p>\n",
        figures.at
    );
    for section in sections(figures) {
        show(&mut out, &section);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn show(out: &mut String, section: &Section) {
    let _ = writeln!(out, "<h2>{}</h2>", xml(section.title));
    if !section.note.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", xml(&section.note));
    }
    if section.rows.is_empty() {
        if !section.none.is_empty() {
            let _ = writeln!(out, "<p>{}</p>", xml(section.none));
        }
        return;
    }
    let head: String = section.head.iter().map(|cell| format!("<th>{}</th>", xml(cell))).collect();
    let _ = writeln!(out, "<div class=\"wide\"><table>\n<tr>{head}</tr>");
    for row in &section.rows {
        let class = if row.is_warning { " class=\"look\"" } else { "" };
        let cells: String =
            row.cells.iter().map(|cell| format!("<td>{}</td>", xml(cell))).collect();
        let _ = writeln!(out, "<tr{class}>{cells}</tr>");
    }
    out.push_str("</table></div>\n");
}
