//! Finds proof that the host let something pass without showing it: a callback that is missing
//! from the allow-list is silently never called.
//! Accepts as proof only what no client and no upstream can bring about on a host that is set up
//! well, since the answer is to let nothing through any more.

use crate::half::Half;
use crate::host::{Host, HostError};
use crate::properties::number;

/// Whether the response is the upstream's own and came whole: no timeout, reset or local reply.
/// (A host may have answered for the upstream at any time, and no filter has seen that then.)
fn came_from_upstream(host: &impl Host) -> Result<bool, HostError> {
    let details = host.property("response\0code_details")?;
    Ok(details.as_deref() == Some(b"via_upstream")
        && number(host, "response\0flags")?.unwrap_or(0) == 0)
}

/// Whether the filter that stands behind this one answered. It has seen the head then.
fn refused_by_guard(host: &impl Host) -> bool {
    let details = host.property("response\0code_details").ok().flatten();
    details.is_some_and(|details| details.starts_with(b"rbac_access_denied"))
}

/// Whether the upstream answers a request whose body went by unseen. Asked at the response's
/// head: until then what came of a body was shown, or nobody had any of it.
///
/// # Errors
/// When the host refuses to tell.
pub fn request_body_unseen(host: &impl Host, request: &Half) -> Result<bool, HostError> {
    if request.head_ends || request.body_seen || request.trailers_seen {
        return Ok(false);
    }
    Ok(number(host, "request\0total_size")?.unwrap_or(0) > 0 && came_from_upstream(host)?)
}

/// What of an exchange that is over was not shown. `began` says that its request's head was.
pub fn find(
    host: &impl Host,
    began: bool,
    request: &Half,
    response: &Half,
) -> Option<&'static str> {
    if request.proving && refused_by_guard(host) {
        return Some("a request's head was held, and went on without its body being shown");
    }
    // A host that refuses to tell denies from the next request's head on.
    let from_upstream = || came_from_upstream(host).unwrap_or(false);
    let bytes = |path| number(host, path).ok().flatten().unwrap_or(0);
    if !response.head {
        return (bytes("response\0total_size") > 0 && from_upstream()).then_some(match began {
            true => "a response went on and its head was not seen",
            false => "a request went on and its head was not seen",
        });
    }
    if response.head_ends {
        return None;
    }
    if !response.body_seen && bytes("response\0size") > 0 && from_upstream() {
        return Some("a response went on and its body was not seen");
    }
    if response.ended || response.trailers_seen {
        return None;
    }
    let trailers = host.property("response\0trailers").ok().flatten();
    if trailers.is_some_and(|raw| raw.iter().any(|byte| *byte != 0)) && from_upstream() {
        return Some("a response went on and its trailers were not seen");
    }
    None
}

/// The same where the host is done with an exchange that it does not log with its filters. It has
/// forgotten trailers by then; but it asks filters of one that was reset, so this one came to its
/// end, and where that was not shown with the body, trailers followed.
pub fn find_without_log(
    host: &impl Host,
    began: bool,
    request: &Half,
    response: &Half,
) -> Option<&'static str> {
    let end_seen = response.head_ends || response.ended || response.trailers_seen;
    find(host, began, request, response).or_else(|| {
        let unseen = response.head && !end_seen && came_from_upstream(host).unwrap_or(false);
        unseen.then_some("a response went on and its end was not seen")
    })
}
