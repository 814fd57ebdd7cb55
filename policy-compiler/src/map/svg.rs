//! The map as a picture: a column for each zone, a row for each boundary, an arrow for each of its
//! directions, and beside it what may cross.
//! Every text has a place of its own, so that none lies over another, however many there are. Signs,
//! words and the kind of line say what colors say.

use super::summary::{Openness, Way};
use super::wrap::wrap;
use super::{Level, Map, Row, ZoneBox};
use crate::report::xml;
use std::fmt::Write as _;

const FONT: f64 = 12.0;
/// What a letter takes, in any of the fonts that are asked for: a little more than the widest.
const LETTER: f64 = 7.4;
const LINE: f64 = 16.0;
const MARGIN: f64 = 24.0;
/// Letters in a line of what stands left of the arrows.
const PANEL_LETTERS: usize = 58;
const ZONE_LETTERS: usize = 14;
const ROW_GAP: f64 = 18.0;

struct Canvas {
    out: String,
    width: f64,
    y: f64,
}

/// Where columns stand.
struct Grid {
    panel: f64,
    column: f64,
    zones: usize,
}

impl Grid {
    fn x(&self, zone: usize) -> f64 {
        let zone = f64::from(u32::try_from(zone).unwrap_or(u32::MAX));
        self.panel + self.column * (zone + 0.5)
    }

    fn right(&self) -> f64 {
        self.panel + self.column * f64::from(u32::try_from(self.zones).unwrap_or(u32::MAX))
    }
}

/// The picture.
#[must_use]
pub fn svg(map: &Map) -> String {
    let grid = Grid {
        panel: MARGIN + letters(PANEL_LETTERS) + MARGIN,
        column: letters(ZONE_LETTERS) + MARGIN,
        zones: map.zones.len(),
    };
    let width = (grid.right() + MARGIN).max(MARGIN * 2.0 + letters(PANEL_LETTERS * 2));
    let mut canvas = Canvas { out: String::new(), width, y: MARGIN + FONT };
    title(map, &mut canvas);
    headers(map, &grid, &mut canvas);
    let top = canvas.y;
    // Lines of zones lie under everything, and how long they are is known at the end.
    let mut rows = Canvas { out: String::new(), width, y: canvas.y };
    for (n, row) in map.rows.iter().enumerate() {
        draw_row(row, n, &grid, &mut rows);
    }
    for n in 0..map.zones.len() {
        let x = grid.x(n);
        let _ = writeln!(
            canvas.out,
            "<line x1=\"{x:.1}\" y1=\"{top:.1}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#bbb\" \
             stroke-dasharray=\"2 4\"/>",
            rows.y
        );
    }
    canvas.out.push_str(&rows.out);
    canvas.y = rows.y;
    headers(map, &grid, &mut canvas);
    members(map, &mut canvas);
    gaps(map, &mut canvas);
    legend(&mut canvas);
    frame(map, &canvas)
}

fn frame(map: &Map, canvas: &Canvas) -> String {
    let (width, height) = (canvas.width, canvas.y + MARGIN);
    let name = xml(&map.policy);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" font-size=\"{FONT}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" fill=\"#111\">\n\
         <title>What may cross: {name}</title>\n<defs>\n"
    );
    for openness in Openness::ALL {
        let (sign, color) = (marker(openness), openness.color());
        let _ = writeln!(
            out,
            "<marker id=\"{sign}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" \
             markerUnits=\"userSpaceOnUse\" markerWidth=\"12\" markerHeight=\"12\" \
             orient=\"auto-start-reverse\"><path d=\"M0 0L10 5L0 10z\" fill=\"{color}\"/></marker>"
        );
    }
    let _ = writeln!(out, "</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
    out.push_str(&canvas.out);
    out.push_str("</svg>\n");
    out
}

fn title(map: &Map, canvas: &mut Canvas) {
    let (zones, boundaries) = (map.zones.len(), map.rows.len());
    canvas.text(MARGIN, &map.policy, Weight::Bold);
    let what = format!(
        "{zones} zones, {boundaries} boundaries. Where there is no arrow, nothing crosses."
    );
    canvas.text(MARGIN, &what, Weight::Plain);
    canvas.y += LINE / 2.0;
}

fn headers(map: &Map, grid: &Grid, canvas: &mut Canvas) {
    let boxes: Vec<Vec<String>> = map.zones.iter().map(zone_lines).collect();
    let most = boxes.iter().map(Vec::len).max().unwrap_or(0);
    let height = lines(most) + LINE;
    for (n, (zone, text)) in map.zones.iter().zip(&boxes).enumerate() {
        let x = grid.x(n) - grid.column / 2.0 + 6.0;
        let (y, width) = (canvas.y, grid.column - 12.0);
        let fill = zone.level.map_or("#fff", Level::fill);
        let border = match (zone.level, zone.third_party) {
            (None, _) => "stroke-dasharray=\"4 3\"",
            (Some(_), true) => "stroke-width=\"3\"",
            (Some(_), false) => "",
        };
        let _ = writeln!(
            canvas.out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"4\" \
             fill=\"{fill}\" stroke=\"#333\" {border}/>"
        );
        for (at, line) in text.iter().enumerate() {
            let weight = if at == 0 { Weight::Bold } else { Weight::Plain };
            canvas.middle(grid.x(n), y + lines(at + 1), line, weight);
        }
    }
    canvas.y += height + ROW_GAP * 1.5;
}

fn zone_lines(zone: &ZoneBox) -> Vec<String> {
    let mut lines = wrap(&zone.name, ZONE_LETTERS, "");
    lines.extend(wrap(&zone.sensitivity, ZONE_LETTERS, ""));
    if zone.third_party {
        lines.push("third party".to_owned());
    }
    lines
}

fn draw_row(row: &Row, n: usize, grid: &Grid, canvas: &mut Canvas) {
    let mut head = wrap(&row.id, PANEL_LETTERS, "");
    let bold = head.len();
    head.extend(wrap(&row.zones, PANEL_LETTERS, "  "));
    head.extend(
        row.when.iter().flat_map(|when| wrap(&format!("when {when}"), PANEL_LETTERS, "  ")),
    );
    head.extend(row.also.iter().flat_map(|line| wrap(line, PANEL_LETTERS, "  ")));
    let request = way_lines("-> ", &row.request);
    let reply = way_lines("<- ", &row.reply);
    let seen = row.seen.map(|count| format!("seen: {count}"));
    let count = head.len() + request.len() + reply.len() + seen.iter().len();
    let (top, height) = (canvas.y - FONT, lines(count) + ROW_GAP);
    if n.is_multiple_of(2) {
        let (x, width) = (MARGIN / 2.0, canvas.width - MARGIN);
        let _ = writeln!(
            canvas.out,
            "<rect x=\"{x}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"#000\" fill-opacity=\"0.035\"/>",
            top - ROW_GAP / 2.0
        );
    }
    for (at, line) in head.iter().enumerate() {
        canvas.text(MARGIN, line, if at < bold { Weight::Bold } else { Weight::Quiet });
    }
    let at = canvas.y;
    request.iter().for_each(|line| canvas.text(MARGIN, line, Weight::Plain));
    canvas.arrow(grid, (row.from, row.to), at, &row.request);
    let at = canvas.y;
    reply.iter().for_each(|line| canvas.text(MARGIN, line, Weight::Plain));
    canvas.arrow(grid, (row.to, row.from), at, &row.reply);
    if let Some(seen) = seen {
        canvas.text(MARGIN, &seen, Weight::Quiet);
    }
    canvas.y += ROW_GAP;
}

fn way_lines(head: &str, way: &Way) -> Vec<String> {
    let lines = way.lines.iter().enumerate().map(|(n, line)| match n {
        0 => format!("{head}{line}"),
        _ => format!("   {line}"),
    });
    lines.flat_map(|line| wrap(&line, PANEL_LETTERS, "     ")).collect()
}

fn members(map: &Map, canvas: &mut Canvas) {
    canvas.text(MARGIN, "Who is where: the first line that fits", Weight::Bold);
    for (n, member) in map.members.iter().enumerate() {
        let line = format!("{}. {}: {}", n + 1, member.zone, member.conditions);
        canvas.paragraph(&line);
    }
    if map.members.is_empty() {
        canvas.text(MARGIN, "nobody is placed anywhere", Weight::Plain);
    }
    canvas.y += LINE;
}

fn gaps(map: &Map, canvas: &mut Canvas) {
    let Some(gaps) = &map.gaps else { return };
    for (title, lines) in gaps.sections() {
        canvas.paragraph_in(title, Weight::Bold);
        lines.iter().for_each(|line| canvas.paragraph(line));
        if lines.is_empty() {
            canvas.text(MARGIN, "nothing", Weight::Plain);
        }
        canvas.y += LINE;
    }
}

fn legend(canvas: &mut Canvas) {
    canvas.text(MARGIN, "Arrows", Weight::Bold);
    for openness in Openness::ALL {
        let y = canvas.y - FONT / 3.0;
        canvas.line(MARGIN, MARGIN + 70.0, y, openness, false);
        canvas.badge(MARGIN + 35.0, y, openness);
        let x = MARGIN + 84.0;
        canvas.text(x, openness.means(), Weight::Plain);
    }
    let y = canvas.y - FONT / 3.0;
    canvas.line(MARGIN, MARGIN + 70.0, y, Openness::Whole, true);
    canvas.text(MARGIN + 84.0, "broken line: observed only, nothing is altered", Weight::Plain);
    let zones = "Zones stand from the least sensitive to the most. A thick frame: somebody else's.";
    canvas.text(MARGIN, zones, Weight::Plain);
}

#[derive(Clone, Copy)]
enum Weight {
    Plain,
    Bold,
    Quiet,
}

impl Weight {
    fn attributes(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => " font-weight=\"bold\"",
            Self::Quiet => " fill=\"#555\"",
        }
    }
}

impl Canvas {
    /// A line of text, and down to the next one.
    fn text(&mut self, x: f64, text: &str, weight: Weight) {
        let (y, attributes) = (self.y, weight.attributes());
        // Spaces in front say what belongs together.
        let indent = text.chars().take_while(|&c| c == ' ').count();
        let x = x + letters(indent);
        let text = xml(text.trim_start());
        let _ = writeln!(self.out, "<text x=\"{x:.1}\" y=\"{y:.1}\"{attributes}>{text}</text>");
        self.y += LINE;
    }

    fn middle(&mut self, x: f64, y: f64, text: &str, weight: Weight) {
        let (attributes, text) = (weight.attributes(), xml(text));
        let _ = writeln!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\"{attributes}>{text}</text>"
        );
    }

    fn paragraph(&mut self, text: &str) {
        self.paragraph_in(text, Weight::Plain);
    }

    fn paragraph_in(&mut self, text: &str, weight: Weight) {
        wrap(text, PANEL_LETTERS * 2, "   ").iter().for_each(|line| {
            self.text(MARGIN, line, weight);
        });
    }

    fn arrow(&mut self, grid: &Grid, (from, to): (usize, usize), y: f64, way: &Way) {
        let (x1, x2, y) = (grid.x(from), grid.x(to), y - FONT / 3.0);
        self.line(x1, x2, y, way.openness, way.observes);
        self.badge((x1 + x2) / 2.0, y, way.openness);
    }

    fn line(&mut self, x1: f64, x2: f64, y: f64, openness: Openness, observes: bool) {
        let (color, end) = (openness.color(), marker(openness));
        let (width, dashes) = match (openness, observes) {
            (_, true) => ("3", " stroke-dasharray=\"8 5\""),
            (Openness::Whole, false) => ("4", ""),
            (Openness::Partly, false) => ("2.5", ""),
            (Openness::Redacted, false) => ("1.5", ""),
            (Openness::Nothing, false) => ("1.5", " stroke-dasharray=\"2 3\""),
        };
        let _ = writeln!(
            self.out,
            "<line x1=\"{x1:.1}\" y1=\"{y:.1}\" x2=\"{x2:.1}\" y2=\"{y:.1}\" stroke=\"{color}\" \
             stroke-width=\"{width}\"{dashes} marker-end=\"url(#{end})\"/>"
        );
    }

    /// The sign of an arrow, on its middle.
    fn badge(&mut self, x: f64, y: f64, openness: Openness) {
        let color = openness.color();
        let _ = writeln!(
            self.out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\" fill=\"#fff\" stroke=\"{color}\"/>"
        );
        self.middle(x, y + FONT / 3.0, openness.sign(), Weight::Bold);
    }
}

impl Openness {
    /// Told apart by people who see no red or no green, too.
    fn color(self) -> &'static str {
        match self {
            Self::Whole => "#b2182b",
            Self::Partly => "#b8730a",
            Self::Redacted => "#1a6fa3",
            Self::Nothing => "#777777",
        }
    }
}

impl Level {
    pub(super) const ALL: [Self; 6] = [
        Self::Public,
        Self::External,
        Self::Limited,
        Self::Internal,
        Self::Confidential,
        Self::High,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::External => "external",
            Self::Limited => "limited",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::High => "high",
        }
    }

    /// From light to dark, so that the order shows without color too.
    pub(super) fn fill(self) -> &'static str {
        match self {
            Self::Public => "#ffffe5",
            Self::External => "#f7f0c0",
            Self::Limited => "#dcebd0",
            Self::Internal => "#c3dfe0",
            Self::Confidential => "#a8c6e0",
            Self::High => "#8facd6",
        }
    }
}

fn marker(openness: Openness) -> &'static str {
    match openness {
        Openness::Whole => "whole",
        Openness::Partly => "partly",
        Openness::Redacted => "redacted",
        Openness::Nothing => "nothing",
    }
}

fn letters(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) * LETTER
}

fn lines(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) * LINE
}
