//! `cofferdam inspect`: what a blob holds.

use super::{Ended, Ending, Failure, files};
use clap::{ArgMatches, Command};
use cofferdam_engine::Bundle;
use cofferdam_engine::model::{
    Boundary, Decision, Delivery, Mode, Recompress, Reply, Rules, Tables, When,
};
use cofferdam_policy_compiler::{report, say};
use std::fmt::Write as _;

pub(super) fn command() -> Command {
    Command::new("inspect").about("Says what a blob holds").arg(files::argument(
        "blob",
        "FILE",
        "Blob to read",
    ))
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let path = files::path(matches, "blob")?;
    let bytes = files::read(path)?;
    let bundle = Bundle::parse(bytes)
        .map_err(|error| Failure::refused(format!("error: {}: {error}", files::name(path))))?;
    // A blob may come from anywhere: what it calls things is not trusted on a terminal.
    let text: String =
        describe(&bundle).lines().map(|line| report::printable(line) + "\n").collect();
    Ok(Ending::done(text, ""))
}

fn describe(bundle: &Bundle) -> String {
    let (blob, tables) = (bundle.blob(), bundle.tables());
    let automata: usize =
        (0..blob.automata_len()).filter_map(|n| blob.automaton(n)).map(<[u8]>::len).sum();
    let mut out = String::new();
    let _ = writeln!(out, "policy     {}", tables.policy);
    let _ = writeln!(out, "digest     {}", bundle.digest());
    let _ = writeln!(out, "compiler   {}", tables.compiler);
    let _ = writeln!(
        out,
        "bytes      {} ({automata} in {} automata)",
        blob.bytes_len(),
        blob.automata_len()
    );
    let _ = writeln!(out, "mode       {}", mode(tables.mode));
    let _ = writeln!(out, "inspect    {} bytes", tables.limits.inspect_bytes_max);
    let _ = writeln!(out, "unwrap     {} layers", tables.limits.unwrap);
    let recompress = match tables.limits.recompress {
        Recompress::Never => "never",
        Recompress::Gzip => "gzip",
    };
    let _ = writeln!(out, "recompress {recompress}");
    let _ = writeln!(out, "opaque     {}", list(&tables.limits.opaque_media));
    let _ = writeln!(out, "keys       {}", list(&tables.keys));
    let _ = writeln!(out, "\nzones");
    for zone in &tables.zones {
        let third = if zone.third_party { ", third party" } else { "" };
        let _ = writeln!(out, "  {} ({}{third})", zone.name, zone.sensitivity);
    }
    let _ = writeln!(out, "\nmembers");
    for member in &tables.members {
        let zone = tables.zones.get(usize::from(member.zone)).map_or("?", |zone| &zone.name);
        let _ = writeln!(out, "  {zone}: {}", say::conditions(member));
    }
    let _ = writeln!(out, "\ndetectors");
    for detector in &tables.detectors {
        let category = tables.categories.get(detector.category.index());
        let _ = writeln!(
            out,
            "  {:<24} {:<16} {:?}",
            detector.name,
            category.map_or("", |category| category.name.as_str()),
            detector.strength
        );
    }
    for boundary in &tables.boundaries {
        describe_boundary(tables, boundary, &mut out);
    }
    out
}

fn describe_boundary(tables: &Tables, boundary: &Boundary, out: &mut String) {
    let zone = |index: usize| tables.zones.get(index).map_or("?", |zone| zone.name.as_str());
    let (from, to) = (zone(boundary.from.index()), zone(boundary.to.index()));
    let _ = writeln!(out, "\nboundary {}: {from} -> {to}", boundary.id);
    let When { methods, paths, media } = &boundary.when;
    for (what, items) in [("methods", methods), ("paths", paths), ("media", media)] {
        if !items.is_empty() {
            let _ = writeln!(out, "  when {what}: {}", list(items));
        }
    }
    if let Some(requires) = say::requirement(boundary.require) {
        let _ = writeln!(out, "  requires {requires}");
    }
    if let Some(grants) = &boundary.grants {
        let _ = writeln!(out, "  a grant may {}", say::grants(tables, grants));
        let names: Vec<_> = grants.actions.iter().map(|action| action.name.clone()).collect();
        let _ = writeln!(out, "  a grant may name {}", list(&names));
    }
    describe_rules(tables, "requests", &boundary.request, out);
    match &boundary.reply {
        Reply::StatusOnly => out.push_str("  replies: status only\n"),
        Reply::Inspect(rules) => describe_rules(tables, "replies", rules, out),
    }
}

fn describe_rules(tables: &Tables, what: &str, rules: &Rules, out: &mut String) {
    let delivery = match rules.delivery {
        Delivery::Stream => "stream",
        Delivery::Whole => "whole",
        Delivery::WholeUnlessEvents => "whole unless events",
    };
    let _ = writeln!(out, "  {what}: {}, {delivery}", mode(rules.mode));
    for (category, decision) in tables.categories.iter().zip(&rules.by_category) {
        match decision {
            Some(decision) => {
                let _ = writeln!(out, "    {:<20} {}", category.name, decided(tables, *decision));
            }
            None => {
                let _ = writeln!(out, "    {:<20} does not count", category.name);
            }
        }
    }
    if let Some(only) = &rules.fields_only {
        let fields = only.iter().filter_map(|field| tables.fields.get(field.index()));
        let fields: Vec<_> = fields.map(|field| field.text.clone()).collect();
        let _ = writeln!(out, "    only these fields: {}", list(&fields));
    }
    for placed in &rules.placed {
        let category = tables.categories.get(placed.category.index());
        let name = category.map_or("?", |category| category.name.as_str());
        let place = say::place(tables, &placed.place);
        let _ = writeln!(out, "    {name} in {place}: {}", decided(tables, placed.decision));
    }
    for ignore in &rules.ignore {
        let category = tables.categories.get(ignore.category.index());
        let name = category.map_or("?", |category| category.name.as_str());
        let what = say::ignored(tables, &ignore.what);
        let _ = writeln!(out, "    {name} ignored: {what}");
    }
}

fn decided(tables: &Tables, decision: Decision) -> String {
    let rule = tables.rules.get(decision.rule.index()).map_or("?", String::as_str);
    let action = tables.actions.get(decision.action.index());
    let action = action.map_or_else(|| "?".to_owned(), |action| say::action(tables, action));
    format!("{action} ({rule})")
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Observe => "observe",
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
