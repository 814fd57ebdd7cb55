//! Crossings open at once: what each keeps in the VM, by format and direction, and whether a host
//! with little memory and no timers serves them.

use super::{CHUNK_BYTES, options, request, response, say, spec, start};
use crate::formats::{FORMATS, Format, Read, Seat};
use crate::planted::canary::canaries;
use crate::planted::formats::{Sent, Spelling};
use anyhow::{Context as _, Result, ensure};
use cofferdam_harness::{Exchange, Harness, Options, StreamId, Vm};
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write as _;
use std::time::Duration;

/// Kept per crossing, in bytes: the bars.
const KEPT_BAR: usize = 16 << 10;
const KEPT_BAR_CDN: usize = 8 << 10;
/// A content delivery network's budget for one call.
const CALL_BUDGET: Duration = Duration::from_millis(1);
/// Values in a body, of which the first part is given to each crossing.
const VALUES: usize = 250;
const FIRST_BYTES: usize = 8 * 1024;

/// Which of the messages is on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Response,
}

/// What opening crossings came to.
struct Opened {
    each_bytes: usize,
    memory_bytes: usize,
    served: usize,
    refused: usize,
    calls: Calls,
}

/// Callbacks for bodies.
#[derive(Default)]
struct Calls {
    times: Vec<Duration>,
    fuel_max: u64,
}

/// Prints what a crossing keeps in a VM under Envoy's limits, by format.
///
/// # Errors
/// When something comes out that must not.
pub fn by_format(harness: &Harness, blob: &[u8], streams: usize) -> Result<()> {
    let mut text = format!(
        "{streams} crossings open at once, policy shop, {} KB of a body each: bytes of the VM for \
         each (bar {KEPT_BAR})\n  {:<16} {:>9} {:>9}\n",
        FIRST_BYTES / 1024,
        "",
        "request",
        "response"
    );
    for format in FORMATS.iter().filter(|format| is_streamed(format)) {
        let mut cells = Vec::new();
        for way in [Way::Request, Way::Response] {
            let sent = planted(format)?;
            let opened = open(harness, options(blob), &[(sent, way)], streams)
                .with_context(|| format.name)?;
            ensure!(opened.refused == 0, "{}: {} are refused", format.name, opened.refused);
            cells.push(opened.each_bytes);
        }
        let note = match format.seat {
            Seat::Coding(_) => "  with the window and tables of its decoder",
            _ if cells.iter().any(|each| *each > KEPT_BAR) => "  <- over the bar",
            _ => "",
        };
        let _ = write!(text, "  {:<16}", format.name);
        cells.iter().for_each(|each| {
            let _ = write!(text, " {each:>9}");
        });
        let _ = writeln!(text, "{note}");
    }
    say(&text);
    Ok(())
}

/// Opens crossings of all formats in turn as a content delivery network would: with little memory,
/// a short time for each call, no timers and no data that VMs share.
///
/// # Errors
/// When one is not served, or something comes out that must not.
pub fn strict(harness: &Harness, blob: &[u8], streams: usize) -> Result<()> {
    let uncoded = |format: &&Format| is_streamed(format) && !matches!(format.seat, Seat::Coding(_));
    let mut kinds = Vec::new();
    for format in FORMATS.iter().filter(uncoded) {
        kinds.push((planted(format)?, Way::Request));
        kinds.push((planted(format)?, Way::Response));
    }
    let options = options(blob).cdn_strict(&harness.capabilities());
    let limit = options.memory_bytes_max;
    let mut opened = open(harness, options, &kinds, streams)?;
    ensure!(opened.refused == 0, "cdn-strict: {} of {streams} are refused", opened.refused);
    opened.calls.times.sort_unstable();
    let over = opened.calls.times.iter().filter(|time| **time > CALL_BUDGET).count();
    let percent = |n: usize| {
        let times = &opened.calls.times;
        times.get(times.len() * n / 100).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    say(&format!(
        "cdn-strict, no decoders, all formats in turn: {} of {streams} crossings open at once are \
         served; VM {} KB of {} KB; {} bytes for each (bar {KEPT_BAR_CDN}); calls for chunks up to \
         {} KB: CPU p50 {:.0} us, p99 {:.0} us, {over} of {} over {} us; most fuel {}\n",
        opened.served,
        opened.memory_bytes / 1024,
        limit / 1024,
        opened.each_bytes,
        CHUNK_BYTES / 1024,
        percent(50),
        percent(99),
        opened.calls.times.len(),
        CALL_BUDGET.as_micros(),
        opened.calls.fuel_max,
    ));
    Ok(())
}

/// A body that goes on as it comes; one of protobuf waits for its end, which lengths stand before.
fn is_streamed(format: &Format) -> bool {
    let body = matches!(
        format.seat,
        Seat::Media(_) | Seat::Unsaid | Seat::GraphQl | Seat::Coding(_) | Seat::Charset(_)
    );
    body && format.read == Read::Rewrite && format.name != "protobuf"
}

fn planted(format: &Format) -> Result<Sent> {
    let values: Vec<String> = canaries(3).take(VALUES).map(|canary| canary.text).collect();
    (format.plant)(&values, Spelling::Plain).context("nothing is planted")
}

/// Opens crossings, gives each the first chunk of its body, and then ends them all.
fn open(
    harness: &Harness,
    options: Options,
    kinds: &[(Sent, Way)],
    streams: usize,
) -> Result<Opened> {
    let mut vm = start(harness, options)?;
    let first = Exchange {
        spec: spec("shop"),
        request: request(Some(("text/plain", b"one"))),
        response: response(None),
    };
    vm.exchange(&first);
    let before = vm.memory_bytes();
    let mut calls = Calls::default();
    let mut ids = Vec::new();
    for (sent, way) in kinds.iter().cycle().take(streams) {
        let id = vm.open(spec("shop"));
        let body = sent.body.as_deref().unwrap_or_default();
        let (chunk, rest) = body.split_at(FIRST_BYTES.min(body.len() / 2));
        begin(&mut vm, id, sent, *way);
        calls.body(&mut vm, id, *way, chunk, false);
        ids.push((id, body, rest, *way));
    }
    let after = vm.memory_bytes();
    let (mut served, mut refused) = (0, 0);
    for (id, body, rest, way) in ids {
        let (last, chunks) = match rest.chunks(CHUNK_BYTES).collect::<Vec<_>>().split_last() {
            Some((last, chunks)) => (*last, chunks.to_vec()),
            None => (rest, Vec::new()),
        };
        chunks.iter().for_each(|chunk| calls.body(&mut vm, id, way, chunk, false));
        calls.body(&mut vm, id, way, last, true);
        let outcome = vm.close(id);
        ensure!(outcome.trap.is_none(), "a trap: {:?}", outcome.trap);
        let bodies = outcome.callbacks.iter().filter(|callback| callback.name.ends_with("_body"));
        calls.fuel_max =
            bodies.map(|callback| callback.fuel).max().max(Some(calls.fuel_max)).unwrap_or(0);
        let came = if way == Way::Request { &outcome.upstream } else { &outcome.client };
        let whole = came.as_ref().is_some_and(|came| came.complete) && vm.trap().is_none();
        // The policy lets requests be, and redacts what comes back.
        let untouched = came.as_ref().is_some_and(|came| came.body == body);
        ensure!(way == Way::Request || !untouched, "nothing was redacted");
        match whole && outcome.status().is_none_or(|status| status == 200) {
            true => served += 1,
            false => refused += 1,
        }
    }
    Ok(Opened {
        each_bytes: after.saturating_sub(before) / streams.max(1),
        memory_bytes: vm.memory_bytes(),
        served,
        refused,
        calls,
    })
}

/// The heads, up to the body that is on its way.
fn begin(vm: &mut Vm, id: StreamId, sent: &Sent, way: Way) {
    let bare = |body| if body { request(Some(("", b""))).head } else { request(None).head };
    let mut head = bare(way == Way::Request);
    head.retain(|(name, _)| name != b"content-type");
    if way == Way::Request {
        head.extend(sent.head.iter().cloned());
        return vm.request_head(id, head, false);
    }
    vm.request_head(id, head, true);
    let mut head = response(None).head;
    head.extend(sent.head.iter().cloned());
    vm.response_head(id, head, false);
}

impl Calls {
    fn body(&mut self, vm: &mut Vm, id: StreamId, way: Way, chunk: &[u8], end: bool) {
        let begun = cpu();
        match way {
            Way::Request => vm.request_body(id, chunk, end),
            Way::Response => vm.response_body(id, chunk, end),
        }
        self.times.push(cpu().saturating_sub(begun));
    }
}

/// Time that this thread has computed.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
