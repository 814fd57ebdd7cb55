//! What a policy's tests leave untested: boundaries, rules and cells that none met, and changes
//! that none noticed. Names rules, lines and words of the policy, escaped for the format.

use super::tests::{Least, Results};
use super::text::place;
use super::xml;
use crate::cases::{Coverage, Examined, Mutation};
use crate::diagnostic::{Source, Span};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// For people: figures, and a line for everything that a test should be written for.
pub(super) fn text(out: &mut String, source: &Source, examined: &Examined) {
    let place = |span: Span| place(source, span);
    if let Some(coverage) = &examined.coverage {
        for (name, part) in coverage.parts() {
            let (met, all) = (part.met(), part.all.len());
            let _ = writeln!(out, "  {name}: {met} of {all} met ({} %)", percent(met, all));
            for missed in part.missed() {
                let _ =
                    writeln!(out, "         {}: no test meets {}", place(missed.span), missed.name);
            }
        }
    }
    if let Some(mutation) = &examined.mutation {
        let (caught, all, same) = (mutation.caught(), mutation.tried.len(), mutation.same);
        let part = percent(caught, all);
        let _ = write!(out, "  mutation: {caught} of {all} noticed ({part} %)");
        let _ = match same {
            0 => writeln!(out),
            _ => writeln!(out, "; {same} more would change nothing"),
        };
        for tried in mutation.survivors() {
            let (at, rule) = (place(tried.span), &tried.rule);
            let _ = writeln!(out, "         {at}: {rule}: no test fails when {}", tried.what);
        }
    }
}

/// A suite for each, in which everything that a test should be written for is a case: a failure
/// where a minimum is asked for and not reached, and skipped where not.
pub(super) fn junit(out: &mut String, source: &Source, examined: &Examined, least: Least) {
    type Row = (String, Span, Option<String>);
    let mut suite = |what: &str, fails: bool, rows: Vec<Row>| {
        let bad = rows.iter().filter(|(.., why)| why.is_some()).count();
        let (failed, skipped) = if fails { (bad, 0) } else { (0, bad) };
        let (file, count) = (xml(source.name()), rows.len());
        let _ = writeln!(
            out,
            "  <testsuite name=\"{file}: {what}\" tests=\"{count}\" failures=\"{failed}\" \
             errors=\"0\" skipped=\"{skipped}\">"
        );
        for (name, span, why) in rows {
            let (name, line) = (xml(&name), source.position(span.start).line);
            let of = xml(source.file(span.start).name());
            let _ = write!(
                out,
                "    <testcase name=\"{name}\" classname=\"{file}: {what}\" file=\"{of}\" \
                 line=\"{line}\""
            );
            let element = if fails { "failure" } else { "skipped" };
            let _ = match why {
                None => writeln!(out, "/>"),
                Some(why) => writeln!(
                    out,
                    ">\n      <{element} message=\"{}\"/>\n    </testcase>",
                    xml(&why)
                ),
            };
        }
        out.push_str("  </testsuite>\n");
    };
    if let Some(coverage) = &examined.coverage {
        let fails = least.coverage.is_some_and(|percent| !coverage.reaches(percent));
        let rows = coverage.parts().into_iter().flat_map(|(what, part)| {
            part.all.iter().map(move |one| {
                let why = (!one.met).then(|| "no test meets it".to_owned());
                (format!("{what}: {}", one.name), one.span, why)
            })
        });
        suite("coverage", fails, rows.collect());
    }
    if let Some(mutation) = &examined.mutation {
        let fails = least.mutation.is_some_and(|percent| !mutation.reaches(percent));
        let rows = mutation.tried.iter().map(|tried| {
            let why = tried.caught_by.is_none().then(|| "no test fails then".to_owned());
            (format!("{}: {}", tried.rule, tried.what), tried.span, why)
        });
        suite("mutation", fails, rows.collect());
    }
}

/// For machines: a list by policy, where it was asked for.
pub(super) fn json(document: &mut Value, results: &Results) {
    let coverages = results.iter().filter_map(|(source, examined)| {
        let Coverage { boundaries, rules, cells } = examined.coverage.as_ref()?;
        let part = |part: &crate::cases::Part| {
            let missed = part.missed().map(|one| {
                json!({
                    "name": one.name,
                    "file": source.file(one.span.start).name(),
                    "line": source.position(one.span.start).line,
                })
            });
            let missed: Vec<_> = missed.collect();
            json!({ "all": part.all.len(), "met": part.met(), "missed": missed })
        };
        Some(json!({
            "file": source.name(),
            "boundaries": part(boundaries),
            "rules": part(rules),
            "cells": part(cells),
        }))
    });
    let coverages: Vec<_> = coverages.collect();
    let mutations = results.iter().filter_map(|(source, examined)| {
        let mutation: &Mutation = examined.mutation.as_ref()?;
        let tried = mutation.tried.iter().map(|tried| {
            json!({
                "rule": tried.rule,
                "file": source.file(tried.span.start).name(),
                "line": source.position(tried.span.start).line,
                "what": tried.what,
                "noticed_by": tried.caught_by,
            })
        });
        let tried: Vec<_> = tried.collect();
        Some(json!({
            "file": source.name(),
            "all": mutation.tried.len(),
            "noticed": mutation.caught(),
            "without_effect": mutation.same,
            "mutants": tried,
        }))
    });
    let mutations: Vec<_> = mutations.collect();
    for (key, list) in [("coverage", coverages), ("mutation", mutations)] {
        if !list.is_empty() {
            document[key] = Value::Array(list);
        }
    }
}

/// Rounded down, so that only all is 100; nothing to do is all.
pub(super) fn percent(part: usize, all: usize) -> usize {
    (part * 100).checked_div(all).unwrap_or(100)
}
