//! What a crossing keeps: the memory that is set aside for it while its body is on its way, for
//! every format that is a stream, counted by the allocator.
//! Counts natively, where pointers are twice as long as in a module, so what holds here holds there.

use anyhow::{Context as _, Result, ensure};
use cofferdam_engine::Bundle;
use cofferdam_engine::ends::{Direction, Ends};
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Step};
use cofferdam_engine::settings::Settings;
use cofferdam_tests::corpus;
use cofferdam_tests::formats::{FORMATS, Format, Read, Seat};
use cofferdam_tests::native::NOW_MILLIS;
use cofferdam_tests::planted::canary::canaries;
use cofferdam_tests::planted::formats::{Sent, Spelling};
use cofferdam_tests::policy;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::rc::Rc;

/// Most bytes that an exchange may keep while one of its bodies is on its way: of one that is
/// coded, beside the window and the tables of its decoder.
const KEPT_BYTES_MAX: usize = 8 * 1024;
const CODED_BYTES_MAX: usize = 16 * 1024;
/// What an allocator needs to know of each piece that it gave.
const PIECE_BYTES: usize = 8;
/// Values in each body: enough for several chunks.
const VALUES: usize = 1500;
/// Bytes of the chunks that a body comes in.
const CHUNKS: &[usize] = &[16 * 1024, 1000];

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

/// Counts what is set aside by this thread.
struct Counting;

// SAFETY: every call goes on to the system's allocator as it came.
#[expect(unsafe_code, reason = "an allocator is no other")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get().wrapping_add(layout.size() + PIECE_BYTES));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get().wrapping_sub(layout.size() + PIECE_BYTES));
        // SAFETY: the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Request,
    Response,
}

#[test]
fn a_crossing_keeps_little_in_every_format_and_mode() {
    let path = corpus::folder("../envoy/policies").join("shop.yaml");
    let shop = std::fs::read_to_string(path).expect("the policy is there");
    let observe = shop.replace("\nzones:", "\nmode: observe\nzones:");
    let mut over = Vec::new();
    for (mode, source) in [("enforce", shop), ("observe", observe)] {
        let policy = policy::compile("shop", source).expect("it compiles");
        for format in FORMATS.iter().filter(|format| is_streamed(format)) {
            for way in [Way::Request, Way::Response] {
                let kept = kept(&policy.bundle, format, way).expect("it is let on");
                let coded = matches!(format.seat, Seat::Coding(_));
                if kept > if coded { CODED_BYTES_MAX } else { KEPT_BYTES_MAX } {
                    over.push((mode, format.name, way, kept));
                }
            }
        }
    }
    assert!(over.is_empty(), "bytes that were kept: {over:?}");
}

/// A body that goes on as it comes; one of protobuf waits for its end, which lengths stand before.
fn is_streamed(format: &Format) -> bool {
    let body = matches!(
        format.seat,
        Seat::Media(_) | Seat::Unsaid | Seat::GraphQl | Seat::Coding(_) | Seat::Charset(_)
    );
    body && format.read == Read::Rewrite && format.name != "protobuf"
}

/// Most bytes that are kept of a message of this format, its exchange among them.
fn kept(bundle: &Rc<Bundle>, format: &Format, way: Way) -> Result<usize> {
    let mut most = 0;
    for spelling in [Spelling::Plain, Spelling::Escaped] {
        let values: Vec<String> = canaries(7).take(VALUES).map(|canary| canary.text).collect();
        let Some(sent) = (format.plant)(&values, spelling) else { continue };
        for chunk_bytes in CHUNKS {
            most = most.max(kept_of(bundle, &sent, way, *chunk_bytes)?);
        }
    }
    ensure!(most > 0, "nothing was planted");
    Ok(most)
}

fn kept_of(bundle: &Rc<Bundle>, sent: &Sent, way: Way, chunk_bytes: usize) -> Result<usize> {
    let ends = Ends {
        direction: Direction::Gateway,
        source: Some("127.0.0.1".into()),
        listener_port: Some(8443),
        cluster: Some("shop".into()),
        ..Ends::default()
    };
    let settings = Rc::new(Settings::default());
    let pair = |(name, value): (&str, &str)| (name.into(), value.into());
    let asks = [(":method", "POST"), (":path", "/"), (":authority", "shop.test")];
    let mut request: Headers = asks.into_iter().map(pair).collect();
    let mut response: Headers = [(":status", "200")].into_iter().map(pair).collect();
    let headers = if way == Way::Request { &mut request } else { &mut response };
    headers.extend(sent.head.iter().cloned());
    let body = sent.body.as_deref().context("no body")?;
    let mut out = Vec::with_capacity(8 * body.len());
    let before = LIVE.get();
    let mut exchange = Exchange::new(Rc::clone(bundle), settings, [7; 16], NOW_MILLIS);
    let step = exchange.request_head(&ends, &request, way == Way::Response);
    let step = match way {
        Way::Request => step,
        Way::Response => exchange.response_head(&ends, &response, false),
    };
    ensure!(matches!(step, HeadStep::Forward(_, BodyPlan::Inspect)), "not inspected: {step:?}");
    drop(step);
    let mut most = 0;
    for chunk in body.chunks(chunk_bytes) {
        out.clear();
        let step = match way {
            Way::Request => exchange.request_body(chunk, false, &mut out),
            Way::Response => exchange.response_body(chunk, false, &mut out),
        };
        ensure!(matches!(step, Step::Release), "not let on: {step:?}");
        let live = LIVE.get() - before + size_of::<Exchange>();
        most = most.max(live.saturating_sub(exchange.decoder_bytes()));
    }
    Ok(most)
}
