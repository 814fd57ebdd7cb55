//! Host calls on heads and trailers.
//! A map is at hand from its own callback until that says to go on, and to be read in the access log.
//! Of one that is not, reading all of it gives nothing, and everything else is a bad argument.

use super::{Guest, memory};
use crate::Headers;
use crate::map::Map;
use crate::state::{Phase, State};
use crate::status::{Fail, HostResult, Status};
use crate::stream::Side;

/// The last of the maps that the ABI knows.
const HTTP_CALL_TRAILERS: u32 = 7;

/// Nothing, of which there is something to read.
static NONE: Headers = Vec::new();

fn kind(number: u32) -> Map {
    match number {
        0 => Map::RequestHead,
        1 => Map::RequestTrailers,
        3 => Map::ResponseTrailers,
        _ => Map::ResponseHead,
    }
}

/// What can be read of a map now.
fn read(state: &mut State, number: u32) -> Result<&Headers, Status> {
    if number == 6 {
        let answer = state.http_answer.as_ref();
        return answer.map(|answer| &answer.head).ok_or(Status::BadArgument);
    }
    let logs = state.phase == Phase::Log;
    let stream = state.stream()?;
    let half = match number {
        0 | 1 => &stream.request,
        2 | 3 => &stream.response,
        _ => return Err(Status::BadArgument),
    };
    let (held, at_hand) = match number {
        0 | 2 => (&half.head, half.head_at_hand),
        _ => (&half.trailers, half.trailers_at_hand),
    };
    match (held, number) {
        // An access log has both heads and the response's trailers, whether they are there or not.
        (_, 1) if logs => Ok(&NONE),
        (held, _) if logs => Ok(held.as_ref().unwrap_or(&NONE)),
        (Some(held), _) if at_hand => Ok(held),
        _ => Err(Status::BadArgument),
    }
}

/// The map that can be written now.
fn write(state: &mut State, number: u32) -> Result<(Map, &mut Headers), Status> {
    let logs = state.phase == Phase::Log;
    let stream = state.stream()?;
    let side = match number {
        0 | 1 => Side::Request,
        2 | 3 => Side::Response,
        _ => return Err(Status::BadArgument),
    };
    let ends = stream.end_of_stream && stream.in_body == Some(side);
    let half = stream.half(side);
    if matches!(number, 1 | 3) && half.trailers.is_none() && ends {
        // Writing them at the end of the stream makes them.
        half.trailers = Some(Vec::new());
        half.trailers_at_hand = true;
    }
    let (held, at_hand) = match number {
        0 | 2 => (&mut half.head, half.head_at_hand),
        _ => (&mut half.trailers, half.trailers_at_hand),
    };
    match held {
        Some(held) if at_hand && !logs => Ok((kind(number), held)),
        _ => Err(Status::BadArgument),
    }
}

fn name(guest: &Guest<'_>, at: u32, length: u32) -> Result<Vec<u8>, Fail> {
    Ok(memory::read(guest, at, length)?.to_ascii_lowercase())
}

pub(super) fn proxy_get_header_map_size(
    guest: &mut Guest<'_>,
    number: u32,
    out: u32,
) -> HostResult {
    let size = read(guest.data_mut(), number).map_or(0, |held| pairs_to_bytes(held).len());
    memory::write_u32(guest, out, size as u32)
}

pub(super) fn proxy_get_header_map_pairs(
    guest: &mut Guest<'_>,
    number: u32,
    out: u32,
    out_length: u32,
) -> HostResult {
    if number > HTTP_CALL_TRAILERS {
        return Err(Status::BadArgument.into());
    }
    let bytes = match read(guest.data_mut(), number) {
        Ok(held) if !held.is_empty() => pairs_to_bytes(held),
        _ => Vec::new(),
    };
    memory::hand_over(guest, &bytes, out, out_length)
}

pub(super) fn proxy_set_header_map_pairs(
    guest: &mut Guest<'_>,
    number: u32,
    pairs: u32,
    length: u32,
) -> HostResult {
    let bytes = memory::read(guest, pairs, length)?;
    let pairs = pairs_from_bytes(&bytes).ok_or(Status::BadArgument)?;
    let (map, held) = write(guest.data_mut(), number)?;
    *held = map.of(pairs);
    Ok(())
}

pub(super) fn proxy_get_header_map_value(
    guest: &mut Guest<'_>,
    number: u32,
    at: u32,
    length: u32,
    out: u32,
    out_length: u32,
) -> HostResult {
    let name = name(guest, at, length)?;
    let held = read(guest.data_mut(), number)?;
    let name = kind(number).known_as(&name);
    let found = held.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let value = found.ok_or(Status::NotFound)?;
    memory::hand_over(guest, &value, out, out_length)
}

pub(super) fn proxy_add_header_map_value(
    guest: &mut Guest<'_>,
    number: u32,
    at: u32,
    length: u32,
    value: u32,
    value_length: u32,
) -> HostResult {
    let name = name(guest, at, length)?;
    let value = memory::read(guest, value, value_length)?;
    let (map, held) = write(guest.data_mut(), number)?;
    map.add(held, name, value);
    Ok(())
}

pub(super) fn proxy_replace_header_map_value(
    guest: &mut Guest<'_>,
    number: u32,
    at: u32,
    length: u32,
    value: u32,
    value_length: u32,
) -> HostResult {
    let name = name(guest, at, length)?;
    let value = memory::read(guest, value, value_length)?;
    let (map, held) = write(guest.data_mut(), number)?;
    map.replace(held, &name, value);
    Ok(())
}

pub(super) fn proxy_remove_header_map_value(
    guest: &mut Guest<'_>,
    number: u32,
    at: u32,
    length: u32,
) -> HostResult {
    let name = name(guest, at, length)?;
    let (map, held) = write(guest.data_mut(), number)?;
    map.remove(held, &name);
    Ok(())
}

/// Pairs as the ABI writes them: count, lengths, then names and values, each with a zero behind.
/// Written apart from the filter's own, which the layers keep out of here, so that a mistake in one
/// shows against the other.
pub(super) fn pairs_to_bytes(pairs: &Headers) -> Vec<u8> {
    let mut bytes = (pairs.len() as u32).to_le_bytes().to_vec();
    for (name, value) in pairs {
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
    }
    for (name, value) in pairs {
        bytes.extend(name);
        bytes.push(0);
        bytes.extend(value);
        bytes.push(0);
    }
    bytes
}

/// Reads what [`pairs_to_bytes`] writes.
pub(super) fn pairs_from_bytes(bytes: &[u8]) -> Option<Headers> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(four) as usize)
    };
    let count = number(0)?;
    if count > bytes.len() / 8 {
        return None;
    }
    let mut at = 4 + 8 * count;
    let mut text = |length: usize| {
        let text = bytes.get(at..at.checked_add(length)?)?.to_vec();
        at += length + 1;
        (bytes.get(at - 1) == Some(&0)).then_some(text)
    };
    let mut pairs = Vec::with_capacity(count);
    for n in 0..count {
        let name = text(number(4 + 8 * n)?)?;
        let value = text(number(8 + 8 * n)?)?;
        pairs.push((name.to_ascii_lowercase(), value));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_they_were_written_and_no_cut_of_them_is() {
        let pairs: Headers = vec![
            (b":path".into(), b"/a".into()),
            (b"x".into(), Vec::new()),
            (b"y".into(), b"\xff\x00".into()),
        ];
        let bytes = pairs_to_bytes(&pairs);
        assert_eq!(pairs_from_bytes(&bytes), Some(pairs));
        for end in 1..bytes.len() {
            assert_eq!(pairs_from_bytes(&bytes[..end]), None, "cut at {end}");
        }
    }
}
