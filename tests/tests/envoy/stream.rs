//! A response of 100 MB, streamed: the output is right to the byte, and memory stays flat.

use crate::front::{CARD, Front, answer, post};
use cofferdam_engine::blob::Digest;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const BYTES: usize = 100 * 1000 * 1000;
const CHUNK_BYTES: usize = 48 * 1024;
/// How much more memory Envoy may take for it, buffers of the connection and all.
const GROWTH_KIB_MAX: u64 = 24 * 1024;

/// A JSON array of orders; every thousandth has a card and a mail address.
fn orders(bytes: usize, card: &str, mail: &str) -> String {
    let mut text = String::with_capacity(bytes + 1024);
    text.push_str("[\n");
    let mut n = 0_u32;
    while text.len() < bytes {
        let paid = if n.is_multiple_of(1000) {
            format!(",\"card\":\"{card}\",\"mail\":\"{mail}\"")
        } else {
            String::new()
        };
        text.push_str(&format!(
            "{{\"n\":{n},\"item\":\"rope, 20 m\",\"cents\":{}{paid}}},\n",
            n % 977
        ));
        n += 1;
    }
    text.push_str("{}]\n");
    text
}

fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn stream(front: &mut Front, bytes: usize) -> (u64, Duration) {
    // The size of the output differs from that of the input; both stop at the same order.
    let sent = orders(bytes, CARD, "ann.reed@example.com");
    let findings = sent.matches(CARD).count();
    let expected = sent.replace(CARD, "[credit_card]").replace("ann.reed@example.com", "[email]");
    let mut message = answer("");
    message.chunks = sent.as_bytes().chunks(CHUNK_BYTES).map(<[u8]>::to_vec).collect();
    front.upstream.answer(message);
    let (stop, process) = (AtomicBool::new(false), front.envoy.id());
    let begun = Instant::now();
    let (received, peak) = thread::scope(|scope| {
        let peak = scope.spawn(|| {
            let mut peak = 0;
            while !stop.load(Ordering::Acquire) {
                peak = peak.max(resident_kib(process));
                thread::sleep(Duration::from_millis(5));
            }
            peak
        });
        let received = front.client.exchange(&post("{}"));
        stop.store(true, Ordering::Release);
        (received.unwrap(), peak.join().unwrap())
    });
    let took = begun.elapsed();
    assert!(received.complete && received.status() == 200);
    assert_eq!(received.body.len(), expected.len());
    assert_eq!(Digest::of(&received.body), Digest::of(expected.as_bytes()), "{findings} findings");
    (peak, took)
}

#[test]
fn a_hundred_megabytes_stream_through_in_flat_memory() {
    let mut front = Front::start(|_| {}).unwrap();
    let (small, _) = stream(&mut front, BYTES / 50);
    let (large, took) = stream(&mut front, BYTES);
    let growth = large.saturating_sub(small);
    eprintln!("100 MB in {took:.2?}; resident {small} KiB after 2 MB, {large} KiB at most");
    assert!(growth < GROWTH_KIB_MAX, "memory grew by {growth} KiB");
}
