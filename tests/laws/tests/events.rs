//! How late an event leaves, counted in events: what is pushed is one event at a time, and what has
//! left is counted then. Text that may still become a finding is what holds an event, and nothing
//! else.

use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Step};
use cofferdam_engine::settings::Settings;
use cofferdam_policy_compiler::diagnostic::Source;
use std::fmt::Write as _;
use std::rc::Rc;

const POLICY: &str = include_str!("../../policies/basic.yaml");

/// A response of events on its way.
struct Stream {
    exchange: Exchange,
    left: String,
}

impl Stream {
    fn open() -> Self {
        let compiled =
            cofferdam_policy_compiler::compile_source(&Source::new("basic.yaml", POLICY));
        let bundle = Rc::new(Bundle::parse(compiled.expect("compiles").blob).expect("reads back"));
        let mut exchange = Exchange::new(bundle, Rc::new(Settings::default()), [7; 16], 0);
        let ends =
            Ends { listener_port: Some(8443), cluster: Some("vault".into()), ..Ends::default() };
        let pairs = |pairs: &[(&str, &str)]| {
            let bytes = pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            bytes.map(|(name, value)| (name.to_vec(), value.to_vec())).collect::<Vec<_>>()
        };
        let request = [
            (":method", "GET"),
            (":scheme", "http"),
            (":authority", "b.example.com"),
            (":path", "/events"),
        ];
        let asked = exchange.request_head(&ends, &pairs(&request), true);
        assert!(matches!(asked, HeadStep::Forward(..)));
        let response = [(":status", "200"), ("content-type", "text/event-stream")];
        let answered = exchange.response_head(&ends, &pairs(&response), false);
        assert!(matches!(answered, HeadStep::Forward(_, BodyPlan::Inspect)));
        Self { exchange, left: String::new() }
    }

    fn push(&mut self, text: &str, end: bool) {
        let mut out = Vec::new();
        let step = self.exchange.response_body(text.as_bytes(), end, &mut out);
        assert!(matches!(step, Step::Release | Step::Close(_)));
        self.left.push_str(&String::from_utf8(out).expect("UTF-8"));
    }

    /// Whole events that have left.
    fn events(&self) -> usize {
        self.left.matches("\n\n").count()
    }
}

/// An event of a model's answer.
fn piece(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!(
        "data: {{\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"created\":1893456000,\
         \"model\":\"small-1\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\
         \"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
    )
}

/// What an answer consists of when its pieces are joined.
fn joined(events: &str) -> String {
    let pieces = events.split("\"content\":\"").skip(1);
    pieces.map(|rest| rest.split("\"}").next().unwrap_or_default()).collect()
}

#[test]
fn a_record_leaves_with_the_next_one_at_the_latest() {
    let state = |n: usize| ["received", "packed", "paid", "sent", "on", "its", "way"][n % 7];
    let kinds: [(&str, &dyn Fn(usize) -> String); 10] = [
        ("states", &|n| format!("{{\"order\":1001,\"state\":\"{}\"}}", state(n))),
        ("prices", &|n| format!("{{\"symbol\":\"ROPE\",\"price\":\"{}.{:02}\"}}", 99 + n, n * 7)),
        ("numbers", &|n| format!("{{\"ticket\":\"{}\"}}", 100_015 + n)),
        ("single digits", &|n| format!("{{\"lane\":\"{}\"}}", n % 10)),
        ("keys", &|n| format!("{{\"trace\":\"9f1c2a7e-0b7d-4c1e-9a55-3d2f60b8{n:04x}\"}}")),
        ("times", &|n| format!("{{\"at\":\"2026-11-02T10:{n:02}:07.125Z\"}}")),
        ("base64", &|n| format!("{{\"data\":\"QUJDREVGRw{n}aGlqa2xtbm9wcXJzdHV2d3h5eg\"}}")),
        ("mail", &|n| format!("{{\"mail\":\"ann{n}@example.com\",\"name\":\"Ann {}\"}}", state(n))),
        ("cards", &|n| match n % 3 {
            0 => "{\"card\":\"4111111111111111\",\"ssn\":\"219-09-9999\"}".into(),
            _ => format!("{{\"state\":\"{}\"}}", state(n)),
        }),
        ("by turns", &|n| format!("{{\"{}\":\"{}\"}}", ["a", "b", "c"][n % 3], state(n))),
    ];
    for (kind, payload) in kinds {
        let mut stream = Stream::open();
        for n in 0..60 {
            let line = if n % 2 == 0 { format!("id: {n}\n") } else { String::new() };
            stream.push(&format!("{line}data: {}\n\n", payload(n)), false);
            assert!(stream.events() >= n, "{kind}: {} of {} events", stream.events(), n + 1);
        }
        stream.push("", true);
        assert_eq!(stream.events(), 60, "{kind}");
    }
}

#[test]
fn a_word_waits_for_what_follows_and_no_longer() {
    let mut stream = Stream::open();
    let role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\
                \"content\":\"\"},\"finish_reason\":null}]}\n\n";
    stream.push(role, false);
    assert_eq!(stream.left, role, "nothing in it may go on");
    let pieces = [
        "The", " rope", " you", " asked", " for", " is", " in", " stock", ",", " and", " ships",
        " within", " 2", " days", ".", "\n\n", "Un", "pack", " it", " twice", ":", " once", " at",
        " home", " (", "in", "side", "),", " once", " out", "doors", ". ", "Für", " alle", " gilt",
        ":", " 縄", "は", "丈", "夫", "です", "。", " 10", "%", " off", " -", " \"", "now", "\".",
    ];
    let mut sent = 1;
    // So many events must have left by now.
    let mut due = 1;
    for text in pieces {
        stream.push(&piece(text), false);
        sent += 1;
        // What ends with a space before the last piece, or within it, has come to its end.
        due = match (text.starts_with([' ', '\n']), text.ends_with([' ', '\n'])) {
            (_, true) => sent,
            (true, false) => sent - 1,
            (false, false) => due,
        };
        assert!(stream.events() >= due, "`{text}`: {} of {sent} events", stream.events());
    }
    stream.push("data: [DONE]\n\n", false);
    assert_eq!(stream.events(), sent + 1);
    assert_eq!(joined(&stream.left), joined(&pieces.map(piece).concat()));
}

#[test]
fn what_may_be_a_finding_waits_until_it_is_none() {
    for (pieces, held) in [
        (&["Mail", " chr", "isto", "pher", ".mill", "er", " now"][..], 6),
        (&["Call", " +", "49", " 30", " 9", "01", " is"][..], 6),
        (&["Pay", " 4", "111", " 1111", " 11", "11", " now"][..], 6),
    ] {
        let mut stream = Stream::open();
        for (n, text) in pieces.iter().enumerate() {
            stream.push(&piece(text), false);
            let left = stream.events();
            match n {
                0 => assert_eq!(left, 0, "`{text}`"),
                n if n < held => assert_eq!(left, 1, "`{text}`"),
                _ => assert_eq!(left, n, "`{text}`"),
            }
        }
        stream.push("data: [DONE]\n\n", false);
        assert_eq!(joined(&stream.left), pieces.concat());
    }
}

#[test]
fn a_number_waits_for_the_words_that_could_name_it_and_no_longer() {
    let mut stream = Stream::open();
    let number = ["Yes", ",", " 4242", "4242", "4242", "4242"];
    let words = [" as", " edges", " look", " oil", " once", " a", " week", " so", " keep", " it"];
    number.iter().for_each(|text| stream.push(&piece(text), false));
    assert_eq!(stream.events(), 2);
    for (n, text) in words.iter().enumerate() {
        stream.push(&piece(text), false);
        // Ten characters behind it, and the word that began there.
        let due = if n < 3 { 2 } else { number.len() + n };
        assert!(stream.events() >= due, "`{text}`: {} events", stream.events());
    }
    stream.push("data: [DONE]\n\n", false);
    assert_eq!(joined(&stream.left), format!("Yes, [credit_card]{}", words.concat()));
}

#[test]
fn a_stream_that_never_comes_to_an_end_is_held_within_bounds() {
    let mut stream = Stream::open();
    let mut most = 0;
    for n in 0..400 {
        stream.push(&piece(&format!("QUJD{n}")), false);
        most = most.max(n + 1 - stream.events());
        if n > 60 {
            assert!(stream.events() >= n, "{} of {} events", stream.events(), n + 1);
        }
    }
    assert!(most > 20, "it was held as long as may be: {most}");
    stream.push("", true);
    let mut expected = String::new();
    (0..400).for_each(|n| write!(expected, "QUJD{n}").expect("writes"));
    assert_eq!(joined(&stream.left), expected);
}
