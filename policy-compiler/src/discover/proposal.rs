//! Writes the policy that is proposed for traffic: what a person must say stands in it as `TODO`,
//! and what entries do not tell in comments.

use super::{Pair, SECONDS_MAX, Side, Traffic};
use crate::language::date::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How long after the last entry somebody looks at it again: 90 days.
const REVIEW_SECONDS: u64 = 90 * 24 * 3600;

const ABOUT: &str = "\
# A beginning, that a person decides on. Every pair of zones between which something crossed
# has a boundary, and whatever counts as personal data is redacted, or blocked where it was.
# Entries hold no paths, so a boundary speaks of all requests; `when` narrows it.
# `mode: observe` has it decide everything and alter nothing.
";

const OWN: &str = "\
# TODO: these categories are a policy's own, and are not found until `categories` says what
# they are, as it does there:
";

const MEMBERS: &str = "
# TODO: who is where. Entries tell what placed an end, and not by which name: fill in and
# uncomment; until then every end is `unplaced`, and nothing crosses.
# members:
";

impl Traffic {
    /// A policy in which every pair of zones that was seen has a boundary, and nothing that was
    /// found crosses.
    #[must_use]
    pub fn proposal(&self) -> String {
        let mut out = self.head();
        let review = Date::at_unix_seconds((self.latest + REVIEW_SECONDS).min(SECONDS_MAX));
        out.push_str("\nformat: cofferdam/v1\npolicy: proposed\n");
        out.push_str("owner: TODO # who answers for it\n");
        let _ = writeln!(out, "review_by: {review} # 90 days after the last entry");
        out.push_str("\nzones:\n");
        for zone in self.zones.keys() {
            let todo = "# TODO: public, internal, high";
            let _ = writeln!(out, "  {zone}: {{ sensitivity: undecided }} {todo}");
        }
        out.push_str(&self.members());
        out.push_str("\nboundaries:\n");
        for (id, (zones, pair)) in self.ids().into_iter().zip(&self.pairs) {
            out.push_str(&boundary(&id, zones, pair));
        }
        out
    }

    fn head(&self) -> String {
        let (entries, policies) = (self.entries, self.policies.len());
        let mut out = format!(
            "# Proposed by `cofferdam discover` from {entries} entries, policies: {policies}.\n"
        );
        out.push_str(ABOUT);
        let mut more = |count: u64, text: &str| {
            if count > 0 {
                let _ = writeln!(out, "# Left out: {count} {text}");
            }
        };
        more(self.unplaced, "messages with an end that no member line placed.");
        more(self.within, "messages within one zone, which nobody looks at.");
        more(self.left_out, "entries that no policy of this language wrote, or that are too many.");
        for ((from, to), count) in &self.refused {
            let _ = writeln!(out, "# Refused, and not proposed: {count} requests {from} -> {to}.");
        }
        if !self.own.is_empty() {
            out.push_str(OWN);
            self.own.iter().for_each(|own| out.push_str(&format!("#   {own}\n")));
        }
        out
    }

    /// What placed the ends of each zone. Entries say how, and not by which name.
    fn members(&self) -> String {
        let mut out = MEMBERS.to_owned();
        let mut settings = Vec::new();
        for (zone, placed) in &self.zones {
            let lines: Vec<_> = placed.iter().filter_map(|by| condition(by)).collect();
            for line in &lines {
                let _ = writeln!(out, "#   - {{ zone: {zone}, {line} }}");
            }
            if placed.contains("setting") {
                settings.push(format!("COFFERDAM_SELF={zone}"));
            } else if lines.is_empty() {
                let _ = writeln!(out, "#   - {{ zone: {zone}, cluster: TODO }}");
            }
        }
        if !settings.is_empty() {
            let _ = writeln!(out, "# By a setting of their proxies: {}", settings.join(", "));
        }
        out
    }

    /// What boundaries are called: as before, where all entries agree and no other is called so.
    fn ids(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for id in self.pairs.values().flat_map(|pair| &pair.boundaries) {
            *times.entry(id).or_default() += 1;
        }
        let mut taken = BTreeSet::new();
        let id = |((from, to), pair): (&(String, String), &Pair)| {
            let only = pair
                .boundaries
                .first()
                .filter(|id| pair.boundaries.len() == 1 && times.get(id.as_str()) == Some(&1));
            let short = |name: &str| name.chars().take(20).collect::<String>();
            let made = || format!("{}-to-{}", short(from), short(to));
            let mut id = only.cloned().unwrap_or_else(made);
            let mut n = 1;
            while times.contains_key(id.as_str()) && only.is_none() || !taken.insert(id.clone()) {
                n += 1;
                id = format!("{}-{n}", made());
            }
            id
        };
        self.pairs.iter().map(id).collect()
    }
}

/// What a member line asks for that places an end so.
fn condition(by: &str) -> Option<&'static str> {
    Some(match by {
        "certificate" => "spiffe: \"spiffe://TODO\"",
        "upstream" => "cluster: TODO",
        "listener" => "listener_port: TODO",
        "address" => "source: TODO",
        "node" => "node_cluster: TODO",
        _ => return None,
    })
}

fn boundary(id: &str, (from, to): &(String, String), pair: &Pair) -> String {
    let (requests, replies) = (pair.requests.messages, pair.replies.messages);
    let mut out = format!("  # {requests} requests, {replies} replies\n  - id: {id}\n");
    let _ = writeln!(out, "    from: {from}\n    to: {to}");
    out.push_str("    owner: TODO # who answers for it\n    purpose: TODO # what it is for\n");
    if pair.boundaries.len() > 1 {
        let several: Vec<_> = pair.boundaries.iter().map(String::as_str).collect();
        let _ = writeln!(out, "    # TODO: these were several: {}", several.join(", "));
    }
    out.push_str(&rules(&pair.requests, "    "));
    out.push_str("    otherwise: redact\n    reply:\n");
    out.push_str(&rules(&pair.replies, "      "));
    out.push_str("      otherwise: redact\n");
    out
}

/// A line for each category that was seen, with what became of it.
fn rules(side: &Side, indent: &str) -> String {
    if side.found.is_empty() {
        return String::new();
    }
    let mut out = format!("{indent}rules:\n");
    for (category, actions) in &side.found {
        let seen: Vec<_> = actions.iter().map(|(action, n)| format!("{action} {n}")).collect();
        let action = if actions.contains_key("block") { "block" } else { "redact" };
        let _ = writeln!(
            out,
            "{indent}  - {{ category: {category}, action: {action} }} # seen: {}",
            seen.join(", ")
        );
    }
    out
}
