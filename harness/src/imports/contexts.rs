//! Host calls on contexts and streams, and those that tell or keep something: log, metrics,
//! shared data, clock.

use super::{Guest, headers, memory};
use crate::state::{LogLevel, Metric, MetricKind};
use crate::status::{HostResult, Status};
use crate::stream::{Pending, Reply, Side};

pub(super) fn proxy_log(guest: &mut Guest<'_>, level: u32, text: u32, length: u32) -> HostResult {
    let text = memory::read(guest, text, length)?;
    let level = LogLevel::parse(level).ok_or(Status::BadArgument)?;
    guest.data_mut().log(level, &text);
    Ok(())
}

pub(super) fn proxy_get_log_level(guest: &mut Guest<'_>, out: u32) -> HostResult {
    memory::write_u32(guest, out, LogLevel::Info as u32)
}

pub(super) fn proxy_get_current_time_nanoseconds(guest: &mut Guest<'_>, out: u32) -> HostResult {
    let now = guest.data().clock_nanos;
    memory::write(guest, out, &now.to_le_bytes())
}

pub(super) fn proxy_set_tick_period_milliseconds(guest: &mut Guest<'_>, millis: u32) -> HostResult {
    guest.data_mut().root()?.tick_millis = millis;
    Ok(())
}

pub(super) fn proxy_set_effective_context(guest: &mut Guest<'_>, context: u32) -> HostResult {
    let state = guest.data_mut();
    let stream = state.streams.keys().any(|id| id.0 == context);
    if !stream && !state.roots.contains_key(&context) {
        return Err(Status::BadArgument.into());
    }
    state.effective = context;
    Ok(())
}

pub(super) fn proxy_done(guest: &mut Guest<'_>) -> HostResult {
    guest.data_mut().root()?.done = true;
    Ok(())
}

pub(super) fn proxy_continue_stream(guest: &mut Guest<'_>, stream: u32) -> HostResult {
    let side = side(stream)?;
    let stream = guest.data_mut().stream()?;
    stream.pending.push(Pending::Continue(side));
    if side == Side::Request {
        // Envoy forgets what is at hand of a request, and of a body what it does not keep itself.
        stream.request.head_at_hand = false;
        stream.request.trailers_at_hand = false;
        stream.request_resumed = true;
    }
    Ok(())
}

pub(super) fn proxy_close_stream(guest: &mut Guest<'_>, stream: u32) -> HostResult {
    side(stream)?;
    guest.data_mut().stream()?.pending.push(Pending::Close);
    Ok(())
}

fn side(stream: u32) -> Result<Side, Status> {
    match stream {
        0 => Ok(Side::Request),
        1 => Ok(Side::Response),
        _ => Err(Status::BadArgument),
    }
}

#[expect(clippy::too_many_arguments, reason = "the ABI's own shape")]
pub(super) fn proxy_send_local_response(
    guest: &mut Guest<'_>,
    status: u32,
    details: u32,
    details_length: u32,
    body: u32,
    body_length: u32,
    pairs: u32,
    pairs_length: u32,
    grpc_status: i32,
) -> HostResult {
    let details = memory::read(guest, details, details_length)?;
    let body = memory::read(guest, body, body_length)?;
    let pairs = memory::read(guest, pairs, pairs_length)?;
    let reply = Reply {
        status,
        details: String::from_utf8_lossy(&details).into_owned(),
        body,
        headers: headers::pairs_from_bytes(&pairs).ok_or(Status::BadArgument)?,
        grpc_status,
    };
    guest.data_mut().stream()?.pending.push(Pending::Reply(reply));
    Ok(())
}

pub(super) fn proxy_define_metric(
    guest: &mut Guest<'_>,
    kind: u32,
    name: u32,
    length: u32,
    out: u32,
) -> HostResult {
    let name = memory::read(guest, name, length)?;
    let name = String::from_utf8(name).map_err(|_| Status::BadArgument)?;
    let kind = match kind {
        0 => MetricKind::Counter,
        1 => MetricKind::Gauge,
        2 => MetricKind::Histogram,
        _ => return Err(Status::BadArgument.into()),
    };
    let metrics = &mut guest.data_mut().metrics;
    let known = metrics.iter().position(|metric| metric.name == name && metric.kind == kind);
    let index = known.unwrap_or_else(|| {
        metrics.push(Metric { kind, name, value: 0 });
        metrics.len() - 1
    });
    memory::write_u32(guest, out, index as u32)
}

pub(super) fn proxy_increment_metric(
    guest: &mut Guest<'_>,
    metric: u32,
    offset: i64,
) -> HostResult {
    let metric = guest.data_mut().metrics.get_mut(metric as usize).ok_or(Status::NotFound)?;
    let fits = match metric.kind {
        // Envoy refuses to add nothing, and to take away.
        MetricKind::Counter => offset > 0,
        MetricKind::Gauge => true,
        MetricKind::Histogram => false,
    };
    if !fits {
        return Err(Status::BadArgument.into());
    }
    metric.value += offset;
    Ok(())
}

pub(super) fn proxy_record_metric(guest: &mut Guest<'_>, metric: u32, value: u64) -> HostResult {
    let metric = guest.data_mut().metrics.get_mut(metric as usize).ok_or(Status::NotFound)?;
    let value = i64::try_from(value).map_err(|_| Status::BadArgument)?;
    match metric.kind {
        MetricKind::Counter => return Err(Status::BadArgument.into()),
        MetricKind::Gauge => metric.value = value,
        MetricKind::Histogram => metric.value += value,
    }
    Ok(())
}

pub(super) fn proxy_get_metric(guest: &mut Guest<'_>, metric: u32, out: u32) -> HostResult {
    let metric = guest.data().metrics.get(metric as usize).ok_or(Status::NotFound)?;
    let value = metric.value;
    memory::write(guest, out, &value.to_le_bytes())
}

pub(super) fn proxy_get_shared_data(
    guest: &mut Guest<'_>,
    key: u32,
    length: u32,
    out: u32,
    out_length: u32,
    out_cas: u32,
) -> HostResult {
    let key = memory::read(guest, key, length)?;
    let (value, cas) = guest.data().shared.read(&key).ok_or(Status::NotFound)?;
    memory::hand_over(guest, &value, out, out_length)?;
    memory::write_u32(guest, out_cas, cas)
}

pub(super) fn proxy_set_shared_data(
    guest: &mut Guest<'_>,
    key: u32,
    length: u32,
    value: u32,
    value_length: u32,
    cas: u32,
) -> HostResult {
    let key = memory::read(guest, key, length)?;
    let value = memory::read(guest, value, value_length)?;
    guest.data().shared.write(&key, value, cas)?;
    Ok(())
}
