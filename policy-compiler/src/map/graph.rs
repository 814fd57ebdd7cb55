//! The map as a graph that other programs draw: Mermaid and DOT.
//! Names are quoted so that nothing in them is taken for syntax.

use super::summary::{Openness, Way};
use super::{Level, Map, Row};
use std::fmt::Write as _;

/// A flow chart of Mermaid, which repositories show in Markdown.
#[must_use]
pub fn mermaid(map: &Map) -> String {
    let mut out = String::from("flowchart LR\n");
    for (n, zone) in map.zones.iter().enumerate() {
        let third = if zone.third_party { ", third party" } else { "" };
        let (name, word) = (for_mermaid(&zone.name), for_mermaid(&zone.sensitivity));
        let class = zone.level.map_or("other", Level::name);
        let _ = writeln!(out, "  z{n}[\"{name}<br/>{word}{third}\"]:::{class}");
    }
    for row in &map.rows {
        let arrow = match row.request.openness.min(row.reply.openness) {
            Openness::Whole => "==>",
            Openness::Partly | Openness::Redacted => "-->",
            Openness::Nothing => "-.->",
        };
        let label: Vec<_> = label(row).iter().map(|line| for_mermaid(line)).collect();
        let label = label.join("<br/>");
        let _ = writeln!(out, "  z{} {arrow}|\"{label}\"| z{}", row.from, row.to);
    }
    for level in Level::ALL {
        let (name, fill) = (level.name(), level.fill());
        let _ = writeln!(out, "  classDef {name} fill:{fill},stroke:#333,color:#111");
    }
    out.push_str("  classDef other fill:#fff,stroke:#333,color:#111,stroke-dasharray:4\n");
    out
}

/// A graph of Graphviz.
#[must_use]
pub fn dot(map: &Map) -> String {
    let name = for_dot(&map.policy);
    let mut out = format!("digraph \"{name}\" {{\n  rankdir=LR;\n");
    out.push_str("  node [shape=box, style=filled, fontname=\"monospace\"];\n");
    out.push_str("  edge [fontname=\"monospace\", fontsize=10];\n");
    for (n, zone) in map.zones.iter().enumerate() {
        let third = if zone.third_party { ", third party" } else { "" };
        let fill = zone.level.map_or("#ffffff", Level::fill);
        let (name, word) = (for_dot(&zone.name), for_dot(&zone.sensitivity));
        let _ = writeln!(out, "  z{n} [label=\"{name}\\n{word}{third}\", fillcolor=\"{fill}\"];");
    }
    for row in &map.rows {
        let label: Vec<_> = label(row).iter().map(|line| for_dot(line)).collect();
        let style = match row.request.openness.min(row.reply.openness) {
            Openness::Whole => "penwidth=3",
            Openness::Partly | Openness::Redacted => "penwidth=1",
            Openness::Nothing => "style=dashed",
        };
        let (from, to, label) = (row.from, row.to, label.join("\\l"));
        let _ = writeln!(out, "  z{from} -> z{to} [label=\"{label}\\l\", {style}];");
    }
    out.push_str("}\n");
    out
}

/// What stands at the arrow of a boundary.
fn label(row: &Row) -> Vec<String> {
    let mut lines = vec![row.id.clone()];
    lines.extend(row.when.as_ref().map(|when| format!("when {when}")));
    lines.extend(row.also.iter().cloned());
    let way = |what: &str, way: &Way| {
        let lines = way.lines.iter().map(|line| format!("{what}: {line}"));
        lines.collect::<Vec<_>>()
    };
    lines.extend(way("request", &row.request));
    lines.extend(way("reply", &row.reply));
    lines.extend(row.seen.map(|count| format!("seen: {count}")));
    lines
}

fn for_mermaid(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            // Mermaid reads references with `#`, and labels as HTML and Markdown.
            c if c.is_alphanumeric() || " .,:/@-_()=".contains(c) => out.push(c),
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    out
}

fn for_dot(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
