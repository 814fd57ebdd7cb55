//! Host calls on bodies and configurations.
//! What a write may replace is Envoy's matrix: a beginning, everything, before or behind; never a
//! piece in the middle.

use super::{Guest, memory};
use crate::status::{Fail, HostResult, Status};
use crate::stream::Side;

enum Source {
    Body(Side),
    Fixed(Vec<u8>),
}

fn source(guest: &mut Guest<'_>, buffer: u32) -> Result<Source, Fail> {
    let state = guest.data_mut();
    Ok(match buffer {
        0 => Source::Body(Side::Request),
        1 => Source::Body(Side::Response),
        4 => {
            let answer = state.http_answer.as_ref().ok_or(Status::NotFound)?;
            Source::Fixed(answer.body.clone())
        }
        6 => Source::Fixed(state.vm_configuration.clone()),
        // A stream does not see the plugin's configuration.
        7 if state.stream().is_ok() => return Err(Status::NotFound.into()),
        7 => Source::Fixed(state.root()?.configuration.clone()),
        // Of connections and gRPC calls, of which there are none here.
        2 | 3 | 5 | 8 => Source::Fixed(Vec::new()),
        _ => return Err(Status::BadArgument.into()),
    })
}

/// The part of a buffer that a guest asked for, cut to what is there.
fn part(bytes: &[u8], start: u32, length: u32) -> Vec<u8> {
    let start = (start as usize).min(bytes.len());
    let end = start.saturating_add(length as usize).min(bytes.len());
    bytes.get(start..end).unwrap_or_default().to_vec()
}

pub(super) fn proxy_get_buffer_bytes(
    guest: &mut Guest<'_>,
    buffer: u32,
    start: u32,
    length: u32,
    out: u32,
    out_length: u32,
) -> HostResult {
    let bytes = match source(guest, buffer)? {
        Source::Fixed(bytes) => part(&bytes, start, length),
        Source::Body(side) => {
            let stream = guest.data_mut().stream()?;
            match stream.has_buffer(side) {
                true => part(&stream.half(side).buffer, start, length),
                false => Vec::new(),
            }
        }
    };
    memory::hand_over(guest, &bytes, out, out_length)
}

pub(super) fn proxy_get_buffer_status(
    guest: &mut Guest<'_>,
    buffer: u32,
    out_length: u32,
    out_flags: u32,
) -> HostResult {
    let length = match source(guest, buffer)? {
        Source::Fixed(bytes) => bytes.len(),
        Source::Body(side) => {
            let stream = guest.data_mut().stream()?;
            if stream.has_buffer(side) { stream.half(side).buffer.len() } else { 0 }
        }
    };
    memory::write_u32(guest, out_length, length as u32)?;
    memory::write_u32(guest, out_flags, 0)
}

pub(super) fn proxy_set_buffer_bytes(
    guest: &mut Guest<'_>,
    buffer: u32,
    start: u32,
    length: u32,
    bytes: u32,
    bytes_length: u32,
) -> HostResult {
    let Source::Body(side) = source(guest, buffer)? else {
        return Err(Status::BadArgument.into());
    };
    let bytes = memory::read(guest, bytes, bytes_length)?;
    if bytes.len() > guest.data().write_bytes_max {
        return Err(Status::BadArgument.into());
    }
    let stream = guest.data_mut().stream()?;
    if !stream.has_buffer(side) {
        return Err(Status::BadArgument.into());
    }
    let held = &mut stream.half(side).buffer;
    let (start, length) = (start as usize, length as usize);
    if start == 0 {
        held.splice(..length.min(held.len()), bytes);
    } else if start >= held.len() {
        held.extend(bytes);
    } else {
        return Err(Status::BadArgument.into());
    }
    Ok(())
}
