//! Host calls that ask another service. Nothing is sent: who drives the VM sees what was asked, and
//! says what came back.

use super::{Guest, headers, memory};
use crate::state::{HttpCall, State};
use crate::status::{HostResult, Status};

#[expect(clippy::too_many_arguments, reason = "the ABI's own shape")]
pub(super) fn proxy_http_call(
    guest: &mut Guest<'_>,
    cluster: u32,
    cluster_length: u32,
    head: u32,
    head_length: u32,
    body: u32,
    body_length: u32,
    _trailers: u32,
    _trailers_length: u32,
    timeout_millis: u32,
    out: u32,
) -> HostResult {
    let cluster = memory::read(guest, cluster, cluster_length)?;
    let cluster = String::from_utf8(cluster).map_err(|_| Status::BadArgument)?;
    let head = memory::read(guest, head, head_length)?;
    let head = headers::pairs_from_bytes(&head).ok_or(Status::BadArgument)?;
    let body = memory::read(guest, body, body_length)?;
    let state = guest.data_mut();
    // A host knows its clusters, and asks nobody without a method, a path and a name.
    let says = |name: &[u8]| head.iter().any(|(other, _)| other == name);
    let whole = [&b":method"[..], b":path", b":authority"].into_iter().all(says);
    if !state.clusters.contains(&cluster) || !whole {
        return Err(Status::BadArgument.into());
    }
    let root = root_of(state);
    state.http_calls_made += 1;
    let token = state.http_calls_made;
    state.http_calls.push(HttpCall { token, root, cluster, head, body, timeout_millis });
    memory::write_u32(guest, out, token)
}

fn root_of(state: &State) -> u32 {
    let stream = state.streams.get(&crate::stream::StreamId(state.effective));
    stream.map_or(state.effective, |stream| stream.root)
}
