//! The figures as tables with headings, for whatever shows them to people.

use super::figures::{Figures, Lengths, is_idle, short};

/// A table with a heading.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// What the figures are of, and are not.
    pub(super) note: String,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
    /// What stands where there are no rows.
    pub(super) none: &'static str,
}

/// A row of a table.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// Somebody should look at it.
    pub(super) is_warning: bool,
}

pub(super) fn sections(figures: &Figures) -> Vec<Section> {
    vec![
        attention(figures),
        releases(figures),
        grants(figures),
        unused(figures),
        emergencies(figures),
        self_approvals(figures),
        reciprocal(figures),
        roles(figures),
        keys(figures),
        ends(figures),
        rules(figures),
        omitted(figures),
    ]
}

fn row<const N: usize>(cells: [String; N]) -> Row {
    Row { cells: cells.into(), is_warning: false }
}

fn warned(is_warning: bool, row: Row) -> Row {
    Row { is_warning, ..row }
}

/// A length of time in its two largest units.
fn length(seconds: u64) -> String {
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "min"), (1, "s")];
    let first = units.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(3);
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, name) in units.iter().skip(first).take(2) {
        if rest / unit > 0 || parts.is_empty() {
            parts.push(format!("{} {name}", rest / unit));
        }
        rest %= unit;
    }
    parts.join(" ")
}

fn median_and_max(lengths: &Lengths) -> [String; 3] {
    match lengths.count {
        0 => ["0".to_owned(), "-".to_owned(), "-".to_owned()],
        n => [n.to_string(), length(lengths.median), length(lengths.max)],
    }
}

/// The few lines that somebody reads who reads no more.
fn attention(figures: &Figures) -> Section {
    let ended = figures.ends.iter().filter(|end| end.days_left < 0).count();
    let soon = figures.ends.iter().filter(|end| (0..7).contains(&end.days_left));
    // A statement lives for a day: its end is no news.
    let soon = soon.filter(|end| !matches!(end.what, "freshness" | "grant")).count();
    let lines = [
        (figures.emergencies.overdue, "emergencies that nobody reviewed in time"),
        (figures.emergencies.due, "emergencies that wait for a review"),
        (figures.self_approvals.len(), "attempts to approve what one began"),
        (figures.keys.iter().filter(|key| is_idle(key)).count(), "keys that rest for 90 days"),
        (ended, "roots, keys, releases or statements that have ended"),
        (soon, "roots, keys or releases that end within a week"),
        (figures.omitted.len(), "documents that do not count"),
    ];
    let some = lines.into_iter().filter(|(count, _)| *count > 0);
    Section {
        title: "To be looked at",
        note: String::new(),
        head: vec!["how many", "what"],
        rows: some.map(|(n, what)| warned(true, row([n.to_string(), what.to_owned()]))).collect(),
        none: "nothing",
    }
}

fn releases(figures: &Figures) -> Section {
    let releases = &figures.releases;
    let current = releases.current.map_or("none".to_owned(), |version| version.to_string());
    let [count, median, max] = median_and_max(&releases.latency);
    Section {
        title: "Releases",
        note: "A signature has no time, so a release is timed from its proposal to the first \
               freshness statement that names it."
            .to_owned(),
        head: vec!["figure", "value"],
        rows: [
            ("proposed", releases.proposed.to_string()),
            ("signed by enough people", releases.approved.to_string()),
            ("waiting for signatures", releases.waiting.to_string()),
            ("current version", current),
            ("releases that became current", count),
            ("until current, median", median),
            ("until current, longest", max),
        ]
        .map(|(what, value)| row([what.to_owned(), value]))
        .into(),
        none: "",
    }
}

fn grants(figures: &Figures) -> Section {
    let grants = &figures.grants;
    let [_, latency, latency_max] = median_and_max(&grants.latency);
    let [_, life, life_max] = median_and_max(&grants.life);
    Section {
        title: "Grants",
        note: "A grant lives from its approval to its end, or to when it was taken back; policy, \
               release and keys may end it before."
            .to_owned(),
        head: vec!["figure", "value"],
        rows: [
            ("asked for", grants.asked.to_string()),
            ("approved", grants.approved.to_string()),
            ("waiting for approval", grants.waiting.to_string()),
            ("open now", grants.open.to_string()),
            ("taken back", grants.revoked.to_string()),
            ("until approved, median", latency),
            ("until approved, longest", latency_max),
            ("life, median", life),
            ("life, longest", life_max),
        ]
        .map(|(what, value)| row([what.to_owned(), value]))
        .into(),
        none: "",
    }
}

fn unused(figures: &Figures) -> Section {
    let (rows, note) = match &figures.used {
        None => (Vec::new(), "Not measured: no entries were given.".to_owned()),
        Some(used) => (
            used.never.iter().map(|id| warned(true, row([short(id)]))).collect(),
            format!(
                "{} were used, {} are open and unused so far; of {} nothing is known, because \
                 entries are not of their whole life.",
                used.used, used.open, used.unknown
            ),
        ),
    };
    let none = if figures.used.is_some() { "none" } else { "" };
    Section { title: "Grants never used", note, head: vec!["grant"], rows, none }
}

fn emergencies(figures: &Figures) -> Section {
    use super::figures::EmergencyState::{Due, Late, Overdue, Reviewed};
    let emergencies = &figures.emergencies;
    let rows = emergencies.list.iter().map(|one| {
        let state = one.state;
        let cells = [
            short(&one.id),
            one.requester.clone(),
            one.approvers.join(", "),
            one.due.to_string(),
            state.name().to_owned(),
        ];
        warned(
            match state {
                Overdue | Late => true,
                Due | Reviewed => false,
            },
            row(cells),
        )
    });
    Section {
        title: "Break-glass",
        note: format!(
            "{} made; {} reviewed, of them {} late and {} not justified; {} due, {} overdue. A \
             review is due 24 hours after the approval.",
            emergencies.count,
            emergencies.reviewed,
            emergencies.late,
            emergencies.unjustified,
            emergencies.due,
            emergencies.overdue
        ),
        head: vec!["grant", "asked by", "approved by", "review due", "review"],
        rows: rows.collect(),
        none: "none",
    }
}

fn self_approvals(figures: &Figures) -> Section {
    let rows = figures.self_approvals.iter().map(|attempt| {
        let name = format!("{} {}", attempt.what, attempt.name);
        warned(true, row([name, attempt.holder.clone(), attempt.signatures.to_string()]))
    });
    Section {
        title: "Attempts at self-approval",
        note: "Signatures in the folder, in an approver's place, of who began it. What a command \
               refused left no file, and is not counted."
            .to_owned(),
        head: vec!["what", "who", "signatures"],
        rows: rows.collect(),
        none: "none",
    }
}

fn reciprocal(figures: &Figures) -> Section {
    let rows = figures.reciprocal.iter().map(|pair| {
        row([
            pair.first.clone(),
            pair.second.clone(),
            pair.by_first.to_string(),
            pair.by_second.to_string(),
        ])
    });
    Section {
        title: "Who approve each other's",
        note: String::new(),
        head: vec!["one", "the other", "approved by the one", "approved by the other"],
        rows: rows.collect(),
        none: "nobody",
    }
}

fn roles(figures: &Figures) -> Section {
    let rows = figures.roles.iter();
    let rows = rows.map(|(role, n)| warned(*n == 0, row([role.name().to_owned(), n.to_string()])));
    Section {
        title: "Holders by role",
        note: "Those who can sign now.".to_owned(),
        head: vec!["role", "holders"],
        rows: rows.collect(),
        none: "",
    }
}

fn keys(figures: &Figures) -> Section {
    let rows = figures.keys.iter().map(|key| {
        let roles: Vec<_> = key.roles.iter().map(|role| role.name()).collect();
        let cells = [
            key.holder.clone(),
            short(&key.id),
            roles.join(", "),
            key.state.name().to_owned(),
            key.age_days.to_string(),
            key.idle_days.to_string(),
            key.until.to_string(),
        ];
        warned(is_idle(key), row(cells))
    });
    Section {
        title: "Keys",
        note: "Age counts from the first root with the key; idle from the last document that it \
               signed, or from when a root renewed it. At 90 days it is suspended."
            .to_owned(),
        head: vec!["holder", "key", "roles", "state", "days old", "days idle", "ends"],
        rows: rows.collect(),
        none: "none",
    }
}

fn ends(figures: &Figures) -> Section {
    let rows = figures.ends.iter().map(|end| {
        let cells = [
            format!("{} {}", end.what, end.name),
            end.until.to_string(),
            end.days_left.to_string(),
        ];
        warned(end.days_left < 0, row(cells))
    });
    Section {
        title: "What ends",
        note: "Whole days; below zero where it has ended.".to_owned(),
        head: vec!["what", "ends", "days left"],
        rows: rows.collect(),
        none: "nothing",
    }
}

fn rules(figures: &Figures) -> Section {
    let (note, rows, none) = match &figures.rules {
        None => (
            "Not measured: that takes entries, and the source of the current release.",
            Vec::new(),
            "",
        ),
        Some(rules) if rules.since.is_none() => {
            ("Not measured: no entry is of the current release.", Vec::new(), "")
        }
        Some(rules) => {
            let list = rules.unmet.iter().map(|rule| row([rule.clone()])).collect();
            return Section {
                title: "Rules that nothing met",
                note: format!(
                    "{} of {} rules, in {} days{}.",
                    rules.unmet.len(),
                    rules.rules,
                    rules.days,
                    match (rules.is_covered, rules.since) {
                        (false, Some(since)) => {
                            format!(", of which entries tell since {since} only")
                        }
                        _ => String::new(),
                    }
                ),
                head: vec!["rule"],
                rows: list,
                none: "none",
            };
        }
    };
    Section {
        title: "Rules that nothing met",
        note: note.to_owned(),
        head: vec!["rule"],
        rows,
        none,
    }
}

fn omitted(figures: &Figures) -> Section {
    let rows = figures.omitted.iter();
    let rows = rows.map(|one| warned(true, row([one.place.clone(), one.why.clone()])));
    Section {
        title: "Not counted",
        note: String::new(),
        head: vec!["document", "why"],
        rows: rows.collect(),
        none: "everything counts",
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_are_told_in_two_units() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3600, "1 h"),
            (3659, "1 h"),
            (7260, "2 h 1 min"),
            (86_400, "1 d"),
            (1_000_000, "11 d 13 h"),
        ] {
            assert_eq!(length(seconds), told, "{seconds}");
        }
    }
}
