//! Host calls on properties and filter state.
//! What is known depends on the callback: the request's head cannot be read once the response has
//! begun, and the upstream's address not before.

use super::{Guest, headers, memory};
use crate::Headers;
use crate::state::{Phase, State};
use crate::status::{Fail, HostResult, Status};
use crate::stream::{Half, Stream};

pub(super) fn proxy_get_property(
    guest: &mut Guest<'_>,
    path: u32,
    length: u32,
    out: u32,
    out_length: u32,
) -> HostResult {
    let path = memory::read(guest, path, length)?;
    // The key of filter state is one segment, whatever dots it has.
    if path.starts_with(b"filter_state\0") && segments(&path) != 2 {
        return Err(Status::NotFound.into());
    }
    let path = dotted(&path)?;
    let value = property(guest.data_mut(), &path)?;
    memory::hand_over(guest, &value, out, out_length)
}

pub(super) fn proxy_set_property(
    guest: &mut Guest<'_>,
    path: u32,
    length: u32,
    value: u32,
    value_length: u32,
) -> HostResult {
    let path = dotted(&memory::read(guest, path, length)?)?;
    let value = memory::read(guest, value, value_length)?;
    let stream = guest.data_mut().stream()?;
    stream.filter_state.insert(format!("wasm.{path}"), value);
    Ok(())
}

fn segments(path: &[u8]) -> usize {
    path.strip_suffix(b"\0").unwrap_or(path).split(|byte| *byte == 0).count()
}

/// Segments come with a zero between, and perhaps one behind.
fn dotted(path: &[u8]) -> Result<String, Fail> {
    let path = path.strip_suffix(b"\0").unwrap_or(path);
    let text = std::str::from_utf8(path).map_err(|_| Status::BadArgument)?;
    Ok(text.replace('\0', "."))
}

fn property(state: &mut State, path: &str) -> Result<Vec<u8>, Status> {
    let phase = state.phase;
    match path {
        "plugin_name" | "plugin_root_id" => return Ok(b"cofferdam".to_vec()),
        "plugin_vm_id" => return Ok(b"cofferdam-vm".to_vec()),
        _ => {}
    }
    if let Some(value) = state.root_properties.get(path) {
        return Ok(value.clone());
    }
    let stream = state.stream().map_err(|_| Status::NotFound)?;
    if let Some(value) = filter_state(stream, path) {
        return Ok(value);
    }
    if stream.responding {
        // Envoy knows it then, but cannot write it as bytes.
        if path == "xds.upstream_host_metadata" {
            return Err(Status::SerializationFailure);
        }
        if let Some(value) = stream.spec.response_properties.get(path) {
            return Ok(value.clone());
        }
    }
    if let Some(value) = stream.spec.properties.get(path) {
        return Ok(value.clone());
    }
    of_messages(stream, phase, path).ok_or(Status::NotFound)
}

fn filter_state(stream: &Stream, path: &str) -> Option<Vec<u8>> {
    let key = match path.strip_prefix("filter_state.") {
        Some(key) => key.to_owned(),
        None => format!("wasm.{path}"),
    };
    stream.filter_state.get(&key).cloned()
}

fn of_messages(stream: &Stream, phase: Phase, path: &str) -> Option<Vec<u8>> {
    let number = |number: u64| Some(number.to_le_bytes().to_vec());
    if let Some(name) = path.strip_prefix("request.") {
        match name {
            "size" => return number(stream.request_bytes),
            "total_size" => return number(stream.request_bytes + headers_bytes(&stream.request)),
            _ => {}
        }
        if !stream.request.head_at_hand && phase != Phase::Log {
            return None;
        }
        let head = stream.request.head.as_ref()?;
        let path = || joined(head, ":path");
        return match name {
            "path" => path(),
            "url_path" => {
                path().map(|path| path.split(|b| *b == b'?').next().unwrap_or(&[]).to_vec())
            }
            "method" => joined(head, ":method"),
            "host" => joined(head, ":authority"),
            "scheme" => joined(head, ":scheme"),
            _ => joined(head, name.strip_prefix("headers.")?),
        };
    }
    let name = path.strip_prefix("response.").filter(|_| stream.responding)?;
    match name {
        "size" => number(stream.response_bytes),
        "total_size" => number(stream.response_bytes + headers_bytes(&stream.response)),
        "flags" => number(0),
        "trailers" => {
            let trailers = stream.response.trailers.as_ref();
            Some(headers::pairs_to_bytes(trailers.unwrap_or(&Vec::new())))
        }
        "code_details" => Some(stream.details.clone().into_bytes()),
        "code" => {
            let status = joined(stream.response.head.as_ref()?, ":status")?;
            number(std::str::from_utf8(&status).ok()?.parse().ok()?)
        }
        _ => {
            let at_hand = stream.response.head_at_hand || phase == Phase::Log;
            let head = stream.response.head.as_ref().filter(|_| at_hand)?;
            joined(head, name.strip_prefix("headers.")?)
        }
    }
}

/// Bytes of head and trailers.
fn headers_bytes(half: &Half) -> u64 {
    let lines = half.head.iter().chain(&half.trailers).flatten();
    lines.map(|(name, value)| (name.len() + value.len()) as u64).sum()
}

/// All values of a header, with a comma between.
fn joined(head: &Headers, name: &str) -> Option<Vec<u8>> {
    let mut values = head.iter().filter(|(other, _)| other == name.as_bytes());
    let mut joined = values.next()?.1.clone();
    for (_, value) in values {
        joined.push(b',');
        joined.extend(value);
    }
    Some(joined)
}
