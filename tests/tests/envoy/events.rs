//! A model's answer of 2,000 events with values cut over them: none comes through, nothing else
//! changes, and the first event does not wait for the second.

use crate::front::{Front, plain_filter};
use cofferdam_policy_compiler::deploy::{Cluster, Deployment, Listener, Route, Side};
use cofferdam_tests::envoy::{Envoy, Start, free_port};
use cofferdam_tests::events::{Answer, Pace, Source, joined};

const EVENTS: usize = 2000;

#[test]
fn an_answer_in_pieces_loses_its_values_and_nothing_else() {
    let answer = Answer::new(7, EVENTS);
    assert!(answer.events.len() == EVENTS && answer.values.len() > 80, "{}", answer.values.len());
    let sent = answer.events.concat();
    let source = Source::start(answer.events, Pace::AfterFirst).unwrap();
    let (port, filter) = plain_filter().unwrap();
    let _front = Front::start_before(port, filter, source.port()).unwrap();
    // The second event is sent when the first has come.
    let read = source.fetch(port).unwrap();
    let (events, text) = joined(&read.body).unwrap();
    for value in &answer.values {
        assert!(!text.contains(value), "a value came through");
    }
    assert_eq!((events, text), (EVENTS, answer.redacted));
    assert_eq!(sent.lines().next(), read.body.lines().next(), "the first event is as it was");
}

#[test]
fn without_the_filter_all_values_come_through() {
    let answer = Answer::new(7, EVENTS);
    let sent = answer.events.concat();
    let source = Source::start(answer.events, Pace::AfterFirst).unwrap();
    let port = free_port().unwrap();
    let mut listener = Listener::new(port, Side::Gateway);
    listener.routes.push(Route::to("upstream"));
    let deployment = Deployment {
        title: "Bare.".to_owned(),
        admin_port: free_port().unwrap(),
        listeners: vec![listener],
        clusters: vec![Cluster::new("upstream", "127.0.0.1", source.port())],
        filter: None,
    };
    let _envoy = Envoy::start(&deployment, &Start::default()).unwrap();
    let read = source.fetch(port).unwrap();
    assert_eq!(read.body, sent);
    let (_, text) = joined(&read.body).unwrap();
    assert_eq!(text, answer.text);
    assert!(answer.values.iter().all(|value| text.contains(value)));
}
