//! What carries an attack is read by the engine, and not only refused: else nothing would be shown
//! of what it looks for in there.

use super::attack::pieces;
use super::carrier::{Carrier, Letter, asked, usual};
use super::coding::{self, Coding};
use super::format::Format;
use super::seek::Needle;
use crate::cases::exchange::{self, Message, Output, Way};
use crate::cases::suite::{Subject, Suite};
use crate::diagnostic::Source;
use crate::random::Random;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::model::When;

const VALUE: &str = "bob.ann@example.com";
const SEEDS: u64 = 24;

/// A policy in which this becomes of whatever is found.
fn subject(action: &str) -> Subject {
    let text = format!(
        "format: cofferdam/v1\npolicy: p\nowner: team:t\nreview_by: 2036-12-31\n\
         zones: {{ a: {{ sensitivity: high }}, b: {{ sensitivity: low }} }}\n\
         members: [{{ zone: a, cluster: a }}]\n\
         boundaries: [{{ id: ab, from: a, to: b, purpose: x, otherwise: {action}, \
         reply: {{ otherwise: {action} }} }}]\n"
    );
    let source = Source::new("p.yaml", &text);
    Suite::new(&source).unwrap_or_else(|_| panic!("it compiles: {text}")).subject
}

fn send(subject: &Subject, message: &Message, reply: bool) -> Output {
    let zone = |name| subject.zone(name).expect("a zone");
    let asked = reply.then(|| asked(&When::default()));
    let way = Way { from: zone("a"), to: zone("b"), asked, ends: Ends::default() };
    exchange::send(&way, message, &Vec::new(), subject).expect("an entry")
}

fn holds(output: &Output) -> bool {
    let needle = Needle::of(VALUE);
    needle.is_in(pieces(&output.headers, &output.body, &output.trailers))
}

fn found(output: &Output) -> bool {
    output.entry.findings.iter().any(|(category, _, count)| category == "email" && *count > 0)
}

#[test]
fn what_is_carried_is_read() {
    let (kept, redacted) = (subject("keep"), subject("redact"));
    let when = When::default();
    for (reply, seed) in (0..SEEDS).flat_map(|seed| [(false, seed), (true, seed)]) {
        for carrier in usual(reply, &when) {
            let right = match &carrier {
                Carrier::Body(format, declared) => *declared == format.media(),
                _ => true,
            };
            let text = match carrier {
                Carrier::Body(Format::EventLines, _) => format!("to\n{VALUE}"),
                _ => VALUE.to_owned(),
            };
            let letter = Letter { reply, when: &when, key: "remark", text: &text };
            let Some(message) = carrier.write(&letter, &mut Random::new(seed)) else {
                assert!(matches!(carrier, Carrier::Cookie(_)), "{}", carrier.name());
                continue;
            };
            let (name, needle) = (carrier.name(), Needle::of(VALUE));
            assert!(
                needle.is_in(pieces(&message.head, &message.body, &message.trailers)),
                "{name}"
            );
            let output = send(&redacted, &message, reply);
            assert!(!holds(&output), "{name}: it comes out");
            if right {
                assert_eq!((output.entry.verdict, found(&output)), ("rewrite", true), "{name}");
                let output = send(&kept, &message, reply);
                assert_eq!((found(&output), holds(&output)), (true, true), "{name}: kept");
            }
        }
    }
}

#[test]
fn a_coding_is_undone_and_nothing_else_is_taken_for_one() {
    let mut random = Random::new(1);
    for length in [1, 2, 19, 255, 256, 5000, 70_000, 200_000] {
        let body: Vec<u8> = (0..length).map(|_| b"{\"ab\":17} "[random.below(10)]).collect();
        assert_eq!(coding::undone(&body), None);
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd, Coding::Brotli] {
            let coded = coding::write(&[coding], &body, &mut random).expect("a body");
            assert_eq!(coding::undone(&coded).as_ref(), Some(&body), "{}", coding.token());
        }
    }
}
