//! Five thousand slow streams at once: held bodies add up, nothing traps, and everybody else is
//! still served.

use crate::front::{CARD, Front, answer, post};
use cofferdam_tests::envoy::deployments::{filter_of_text, root};
use cofferdam_tests::envoy::free_port;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const STREAMS: usize = 5000;
/// What each of them has sent when it falls silent.
const HELD_BYTES: usize = 2048;

/// As many as this process may have connections for.
fn streams() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    let soft = line.split_whitespace().nth(3).and_then(|word| word.parse::<usize>().ok());
    soft.map_or(STREAMS, |soft| STREAMS.min(soft.saturating_sub(256)))
}

#[test]
fn slow_streams_leave_everybody_else_alone() {
    let text = fs::read_to_string(root().join("tests/policies/basic.yaml")).unwrap();
    let held =
        text.replace("    otherwise: redact\n", "    delivery: whole\n    otherwise: redact\n");
    assert_ne!(text, held, "nothing is held");
    let port = free_port().unwrap();
    let (_, filter) = filter_of_text(&held, "held", &[(8443, port)]).unwrap();
    let mut front = Front::start_with(port, filter).unwrap();
    front.upstream.answer(answer("{}"));
    let count = streams();
    let begin = format!("{{\"card\":\"{CARD}\",\"note\":\"{}", "x".repeat(HELD_BYTES));
    let end = "\"}";
    let length = begin.len() + end.len();
    let head = format!(
        "POST /slow HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{begin}"
    );
    let mut slow = Vec::new();
    for n in 0..count {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        slow.push(stream);
        if n % 1000 == 999 {
            let received = front.client.exchange(&post("{}")).unwrap();
            assert_eq!(received.status(), 200, "beside {n} slow streams");
        }
    }
    let _ = front.upstream.take();
    let mut answered = 0;
    for mut stream in slow {
        stream.write_all(end.as_bytes()).unwrap();
        let mut bytes = [0; 64];
        let count = stream.read(&mut bytes).unwrap();
        answered += usize::from(bytes[..count].starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(answered, count);
    let sent = front.upstream.take();
    assert_eq!(sent.len(), count);
    assert!(sent.iter().all(|sent| sent.text().starts_with("{\"card\":\"[credit_card]\"")));
    let log = front.envoy.log().unwrap();
    assert!(!log.contains("panicked") && !log.contains("RuntimeError"), "the module trapped");
    eprintln!("{count} slow streams, each with {HELD_BYTES} bytes held");
}
