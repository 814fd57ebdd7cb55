//! Peers that misbehave: they reset, send one byte at a time, or send bytes that are no text.

use crate::front::{CARD, Front, MAIL, answer, bytewise, plain_filter, post};
use cofferdam_tests::envoy::Message;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn one_byte_at_a_time_gives_the_same_both_ways() {
    let mut front = Front::start(|_| {}).unwrap();
    let body = format!("{{\"card\": \"{CARD}\", \"to\":\"{MAIL}\" , \"n\": 1}}");
    let expected = "{\"card\": \"[credit_card]\", \"to\":\"[email]\" , \"n\": 1}";
    let (request, response) = (post(&body), answer(&body));
    // A busy machine joins what comes in too short a time; then there is more time.
    for pause_ms in [0, 2, 8, 32] {
        let pause = Duration::from_millis(pause_ms);
        let split = |message: &Message| match pause_ms {
            0 => message.clone(),
            _ => bytewise(message, pause),
        };
        front.upstream.answer(split(&response));
        let received = front.client.exchange(&split(&request)).unwrap();
        let sent = front.upstream.wait(PATIENCE).unwrap();
        assert_eq!((received.status(), received.text().as_str()), (200, expected));
        assert_eq!((sent.complete, sent.text().as_str()), (true, expected));
        let log = front.envoy.log().unwrap();
        let told = log.lines().rev().filter_map(|line| line.split_once("\"chunks\":"));
        let chunks: Vec<usize> =
            told.take(2).filter_map(|(_, rest)| rest.split(',').next()?.parse().ok()).collect();
        if chunks.len() == 2 && chunks.iter().all(|chunks| *chunks >= body.len()) {
            return;
        }
    }
    panic!("the bytes never arrived one by one");
}

#[test]
fn a_request_that_is_reset_in_mid_body_leaves_the_next_one_alone() {
    let mut front = Front::start(|_| {}).unwrap();
    front.upstream.answer(answer("{}"));
    let mut request = post(&format!("{{\"a\":\"{MAIL}\",\"card\":\"41111111"));
    request.pause = Duration::from_millis(20);
    request.cut = true;
    assert!(front.client.exchange(&request).is_err(), "nobody can answer who was reset");
    if let Some(sent) = front.upstream.wait(Duration::from_secs(1)) {
        assert!(!sent.complete && !sent.text().contains(MAIL), "{}", sent.text());
    }
    let received = front.client.exchange(&post("{\"a\":1}")).unwrap();
    assert_eq!((received.status(), received.text().as_str()), (200, "{}"));
}

#[test]
fn a_response_that_is_reset_in_mid_body_ends_without_what_was_kept_back() {
    let mut front = Front::start(|_| {}).unwrap();
    let mut response = answer(&format!("{{\"a\":\"{MAIL}\",\"card\":\"4111111111"));
    response.pause = Duration::from_millis(20);
    response.cut = true;
    front.upstream.answer(response);
    let received = front.client.exchange(&post("{}")).unwrap();
    assert!(!received.complete, "the cut must be seen");
    assert!(!received.text().contains(MAIL) && !received.text().contains("4111"));
    front.upstream.answer(answer("{\"a\":1}"));
    let received = front.client.exchange(&post("{}")).unwrap();
    assert_eq!((received.status(), received.text().as_str()), (200, "{\"a\":1}"));
}

#[test]
fn headers_that_are_no_text_neither_trap_nor_show_up_in_the_log() {
    let mut front = Front::start(|_| {}).unwrap();
    front.upstream.answer(answer("{}"));
    for name in ["x-name", "cookie", "user-agent", "content-type"] {
        let mut request = post("{}");
        request.headers.retain(|(other, _)| other != name.as_bytes());
        request.headers.push((name.as_bytes().to_vec(), b"qzqzqz\xff\xfe\x80".to_vec()));
        let status = front.client.exchange(&request).unwrap().status();
        assert!(matches!(status, 200 | 400 | 403), "{name}: {status}");
        assert_eq!(front.client.exchange(&post("{}")).unwrap().status(), 200, "after {name}");
    }
    let mut response = answer("{}");
    response.headers.push((b"x-name".to_vec(), b"qzqzqz\xff\xfe".to_vec()));
    front.upstream.answer(response);
    let status = front.client.exchange(&post("{}")).unwrap().status();
    assert!(matches!(status, 200 | 502), "{status}");
    let log = front.envoy.log().unwrap();
    assert!(!log.contains("qzqzqz") && !log.contains("panicked"), "the log tells");
}

/// An upstream that answers when it has read the head, and reads on.
fn hasty_upstream() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).is_ok_and(|count| count > 0) {
                    if bytes.windows(5).any(|window| window == b"POST ") {
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhasty";
                        stream.write_all(answer).unwrap();
                    }
                    bytes = [0; 4096];
                }
            });
        }
    });
    port
}

#[test]
fn an_upstream_that_answers_early_proves_no_hole() {
    let (port, filter) = plain_filter().unwrap();
    let mut front = Front::start_before(port, filter, hasty_upstream()).unwrap();
    for _ in 0..3 {
        // The client goes away without ever sending the end.
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\n";
        write!(stream, "{head}transfer-encoding: chunked\r\n\r\n").unwrap();
        for chunk in ["6\r\nhello \r\n", "6\r\nworld \r\n"] {
            stream.write_all(chunk.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(30));
        }
        let mut bytes = [0; 512];
        let count = stream.read(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes[..count]);
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    }
    std::thread::sleep(Duration::from_millis(200));
    let received = front.client.exchange(&post("{}")).unwrap();
    assert_eq!((received.status(), received.text().as_str()), (200, "hasty"));
}
