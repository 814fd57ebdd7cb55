//! A map of a policy: zones, who is in them, boundaries, and what may cross; and, over it, what was
//! really seen. Says what the compiled policy says, and decides nothing.

mod gaps;
mod graph;
mod summary;
mod svg;
mod wrap;

pub mod seen;

pub use gaps::Gaps;
pub use graph::{dot, mermaid};
pub use svg::svg;

use crate::cells::Cells;
use crate::report::printable;
use crate::say;
use cofferdam_engine::model::{Boundary, Tables, UNPLACED, When};
use seen::{Count, Seen};
use std::fmt::Write as _;
use summary::Way;

/// Everything that is drawn. Its texts hold nothing hidden.
#[derive(Clone, Debug)]
pub struct Map {
    policy: String,
    /// From the least sensitive to the most.
    zones: Vec<ZoneBox>,
    /// In the order of the policy: the first line that fits places an end.
    members: Vec<MemberLine>,
    rows: Vec<Row>,
    /// What was seen, if anything was given to look at.
    gaps: Option<Gaps>,
}

#[derive(Clone, Debug)]
struct ZoneBox {
    name: String,
    sensitivity: String,
    level: Option<Level>,
    third_party: bool,
}

#[derive(Clone, Debug)]
struct MemberLine {
    zone: String,
    conditions: String,
}

/// One boundary.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    /// Indices into the zones of the map.
    from: usize,
    to: usize,
    /// Their names: `public -> shop`.
    zones: String,
    /// Which requests, where it does not speak of all.
    when: Option<String>,
    /// What else holds for all of it: what its connections must prove, what may be granted.
    also: Vec<String>,
    request: Way,
    reply: Way,
    seen: Option<Count>,
}

/// How sensitive a zone is, as far as its word tells: from what everyone sees to what hardly anyone
/// may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Public,
    External,
    Limited,
    Internal,
    Confidential,
    High,
}

impl Level {
    /// Policies choose their own words; these are the usual ones.
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "public" | "open" | "none" => Self::Public,
            "external" | "partner" | "third-party" | "third_party" => Self::External,
            "limited" | "low" | "restricted-use" => Self::Limited,
            "internal" | "medium" | "private" => Self::Internal,
            "confidential" | "sensitive" | "restricted" => Self::Confidential,
            "high" | "secret" | "critical" | "highest" => Self::High,
            _ => return None,
        })
    }
}

impl Map {
    /// The map of a compiled policy. Zones that no boundary names are on it; `unplaced` is where one
    /// names it.
    #[must_use]
    pub fn new(tables: &Tables) -> Self {
        let joined = |boundary: &Boundary| boundary.from == UNPLACED || boundary.to == UNPLACED;
        let has_unplaced = tables.boundaries.iter().any(joined);
        let mut order: Vec<usize> =
            (0..tables.zones.len()).filter(|&n| n != UNPLACED.index() || has_unplaced).collect();
        let level = |n: &usize| {
            // What cannot be placed may be anybody.
            if *n == UNPLACED.index() {
                return Some(Level::Public);
            }
            // A word that nobody knows stands between what is outside and what is inside.
            Level::of(&tables.zones[*n].sensitivity).or(Some(Level::Limited))
        };
        order.sort_by_key(level);
        let zones = order.iter().map(|&n| zone_box(tables, n)).collect();
        let at = |n: usize| order.iter().position(|&zone| zone == n).unwrap_or_default();
        let cells = Cells::new(tables);
        let sides: Vec<_> = cells.sides().collect();
        let rows = tables.boundaries.iter().zip(sides.chunks(2)).map(|(boundary, sides)| Row {
            id: printable(&boundary.id),
            from: at(boundary.from.index()),
            to: at(boundary.to.index()),
            zones: joined_names(tables, boundary),
            when: when(&boundary.when),
            also: also(tables, boundary),
            request: Way::new(tables, sides.first()),
            reply: Way::new(tables, sides.get(1)),
            seen: None,
        });
        Self {
            policy: printable(&tables.policy),
            rows: rows.collect(),
            zones,
            members: tables.members.iter().map(|member| member_line(tables, member)).collect(),
            gaps: None,
        }
    }

    /// Puts over it what was seen.
    #[must_use]
    pub fn with(mut self, tables: &Tables, seen: &Seen) -> Self {
        for (row, boundary) in self.rows.iter_mut().zip(&tables.boundaries) {
            row.seen = Some(seen.of(&boundary.id));
        }
        self.gaps = Some(Gaps::new(tables, seen));
        self
    }

    /// What is allowed and was never used, and what was seen and is nowhere declared.
    #[must_use]
    pub fn gaps(&self) -> Option<&Gaps> {
        self.gaps.as_ref()
    }
}

fn joined_names(tables: &Tables, boundary: &Boundary) -> String {
    let name = |n: usize| tables.zones.get(n).map_or("?", |zone| zone.name.as_str());
    printable(&format!("{} -> {}", name(boundary.from.index()), name(boundary.to.index())))
}

fn zone_box(tables: &Tables, n: usize) -> ZoneBox {
    let zone = &tables.zones[n];
    let unplaced = n == UNPLACED.index();
    ZoneBox {
        name: printable(&zone.name),
        sensitivity: match unplaced {
            true => "fits no member line".to_owned(),
            false => printable(&zone.sensitivity),
        },
        level: if unplaced { None } else { Level::of(&zone.sensitivity) },
        third_party: zone.third_party,
    }
}

fn member_line(tables: &Tables, member: &cofferdam_engine::model::Member) -> MemberLine {
    let zone = tables.zones.get(usize::from(member.zone));
    MemberLine {
        zone: zone.map_or_else(|| "?".to_owned(), |zone| printable(&zone.name)),
        conditions: printable(&say::conditions(member)),
    }
}

fn when(when: &When) -> Option<String> {
    let When { methods, paths, media } = when;
    let parts = [methods, paths, media].into_iter().filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.map(|part| part.join(" ")).collect();
    (!parts.is_empty()).then(|| printable(&parts.join(", ")))
}

fn also(tables: &Tables, boundary: &Boundary) -> Vec<String> {
    let requires = say::requirement(boundary.require).map(|what| format!("requires {what}"));
    let grants = boundary.grants.as_ref();
    let grants = grants.map(|it| format!("a grant may {}", say::grants(tables, it)));
    requires.into_iter().chain(grants).map(|line| printable(&line)).collect()
}

/// The map in words.
#[must_use]
pub fn text(map: &Map) -> String {
    let mut out = format!("policy {}\n\nzones, the least sensitive first\n", map.policy);
    for zone in &map.zones {
        let third = if zone.third_party { ", third party" } else { "" };
        let _ = writeln!(out, "  {} ({}{third})", zone.name, zone.sensitivity);
        let own = map.members.iter().enumerate().filter(|(_, member)| member.zone == zone.name);
        for (n, member) in own {
            let _ = writeln!(out, "    {}. {}", n + 1, member.conditions);
        }
    }
    for row in &map.rows {
        let _ = writeln!(out, "\n{}: {}", row.id, row.zones);
        if let Some(when) = &row.when {
            let _ = writeln!(out, "  when {when}");
        }
        for line in &row.also {
            let _ = writeln!(out, "  {line}");
        }
        for (what, way) in [("request", &row.request), ("reply", &row.reply)] {
            for (n, line) in way.lines.iter().enumerate() {
                let head = if n == 0 { what } else { "" };
                let _ = writeln!(out, "  {head:<8} {line}");
            }
        }
        if let Some(count) = row.seen {
            let _ = writeln!(out, "  seen     {count}");
        }
    }
    if let Some(gaps) = &map.gaps {
        let _ = write!(out, "\n{gaps}");
    }
    out
}
