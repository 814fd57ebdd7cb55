//! Makes bodies of protobuf and gRPC, and tells whether what a rewrite left of one is the same
//! message but for replacements and the lengths around them. Knows the wire format on its own.

use crate::entropy::Entropy;
use crate::replaced::only_replaced;
use crate::words;

/// Depth of generated messages.
const DEPTH: usize = 4;

/// Whether a media type is one of messages with lengths before them.
#[must_use]
pub fn is_framed(media: Option<&str>) -> bool {
    media.is_some_and(|media| media.contains("protobuf") || media.contains("grpc"))
}

/// A body of such a type.
pub(crate) fn generate(
    media: &str,
    entropy: &mut Entropy<'_>,
    json: fn(&mut Entropy<'_>) -> String,
) -> Vec<u8> {
    if !media.contains("grpc") {
        return if entropy.once_in(2) { described(entropy) } else { message(entropy, DEPTH) };
    }
    let mut frames = Vec::new();
    for _ in 0..entropy.below(5) {
        match entropy.below(4) {
            _ if media.contains("json") => frames.push(frame(0, json(entropy).as_bytes())),
            // A text that goes on in the next message.
            0 => {
                let text = words::text(entropy, 3).into_bytes();
                let (one, two) = text.split_at(entropy.below(text.len() + 1));
                for part in [one, two] {
                    let mut message = Vec::new();
                    bytes(1, part, &mut message);
                    frames.push(frame(0, &message));
                }
            }
            1 => frames.push(frame(0, &described(entropy))),
            _ => frames.push(frame(0, &message(entropy, DEPTH - 1))),
        }
    }
    if media.contains("web") && entropy.once_in(2) {
        let text = words::text(entropy, 3).replace(['\r', '\n'], " ");
        frames.push(frame(0x80, format!("grpc-status: 0\r\nx-note: {text}\r\n").as_bytes()));
    }
    if entropy.once_in(16) {
        frames.push(frame(entropy.byte(), b"abc"));
    }
    if !media.contains("text") {
        return frames.concat();
    }
    match entropy.once_in(2) {
        true => encode(&frames.concat()),
        false => frames.iter().flat_map(|frame| encode(frame)).collect(),
    }
}

fn message(entropy: &mut Entropy<'_>, depth: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..entropy.below(5) {
        let number = entropy.pick(&[&1_u64, &2, &3, &4, &5, &6, &12, &15, &16, &4711]);
        match entropy.below(if depth == 0 { 8 } else { 11 }) {
            0..4 => bytes(*number, words::text(entropy, 4).as_bytes(), &mut out),
            4 => {
                varint(number << 3, &mut out);
                varint(u64::from(entropy.byte()) << entropy.below(56), &mut out);
            }
            5 => {
                varint(number << 3 | 1, &mut out);
                out.extend((0..8).map(|_| entropy.byte()));
            }
            6 => {
                varint(number << 3 | 5, &mut out);
                out.extend((0..4).map(|_| entropy.byte()));
            }
            7 => {
                let mut any: Vec<u8> = (0..entropy.below(12)).map(|_| entropy.byte()).collect();
                any.extend(words::text(entropy, 2).into_bytes());
                bytes(*number, &any, &mut out);
            }
            8 => {
                varint(number << 3 | 3, &mut out);
                out.extend(message(entropy, depth - 1));
                varint(number << 3 | 4, &mut out);
            }
            _ => bytes(*number, &message(entropy, depth - 1), &mut out),
        }
    }
    out
}

/// A message of the types that some policies describe: `shop.GetOrder`, or `shop.Order`.
fn described(entropy: &mut Entropy<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let order = entropy.once_in(2);
    for _ in 0..entropy.below(4) {
        match entropy.below(4) {
            _ if order => bytes(1, &customer(entropy, 2), &mut out),
            0 | 1 => bytes(2, &customer(entropy, 2), &mut out),
            2 => {
                let mut line = Vec::new();
                bytes(1, words::text(entropy, 2).as_bytes(), &mut line);
                bytes(2, words::text(entropy, 2).as_bytes(), &mut line);
                bytes(4, &line, &mut out);
            }
            _ => bytes(1, words::text(entropy, 3).as_bytes(), &mut out),
        }
    }
    out
}

fn customer(entropy: &mut Entropy<'_>, depth: usize) -> Vec<u8> {
    const NUMBERS: [&u64; 6] = [&0, &7, &300, &219_099_999, &4_111_111_111_111_111, &u64::MAX];
    let mut out = Vec::new();
    for _ in 0..entropy.below(5) {
        match entropy.below(if depth == 0 { 7 } else { 8 }) {
            0 => bytes(1, words::text(entropy, 2).as_bytes(), &mut out),
            1 => bytes(2, words::text(entropy, 3).as_bytes(), &mut out),
            2 => {
                varint(3 << 3, &mut out);
                varint(*entropy.pick(&NUMBERS), &mut out);
            }
            3 => {
                varint(4 << 3 | 1, &mut out);
                out.extend(entropy.pick(&NUMBERS).to_le_bytes());
            }
            4 => {
                let mut packed = Vec::new();
                (0..entropy.below(4)).for_each(|_| varint(*entropy.pick(&NUMBERS), &mut packed));
                bytes(9, &packed, &mut out);
            }
            5 => bytes(6, &message(entropy, 1), &mut out),
            6 => bytes(5, words::text(entropy, 2).as_bytes(), &mut out),
            _ => bytes(8, &customer(entropy, depth - 1), &mut out),
        }
    }
    out
}

/// The value of a header of bytes, now and then without its padding.
pub(crate) fn binary(entropy: &mut Entropy<'_>) -> Vec<u8> {
    let any = match entropy.once_in(2) {
        true => message(entropy, 2),
        false => words::text(entropy, 4).into_bytes(),
    };
    let mut text = encode(&any);
    if entropy.once_in(2) {
        text.retain(|byte| *byte != b'=');
    }
    text
}

fn bytes(number: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(number << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn frame(flag: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![flag];
    out.extend((payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for n in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * n)) as usize & 0x3f];
            out.push(if n <= group.len() { digit } else { b'=' });
        }
    }
    out
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for group in text.chunks(4) {
        let digits: Vec<u8> = group.iter().copied().filter(|byte| *byte != b'=').collect();
        let mut bits = 0;
        for digit in &digits {
            bits = bits << 6 | DIGITS.iter().position(|other| other == digit)?;
        }
        let count = digits.len().checked_sub(1)?;
        bits <<= 6 * (4 - digits.len());
        out.extend((0..count).map(|n| (bits >> (16 - 8 * n)) as u8));
    }
    Some(out)
}

/// A field: its number, its type, and the bytes of its value.
type Field<'b> = (u64, u64, &'b [u8]);

/// The fields of a message; none where it is no such.
fn fields(mut bytes: &[u8]) -> Option<Vec<Field<'_>>> {
    let (mut fields, mut groups) = (Vec::new(), Vec::new());
    while !bytes.is_empty() {
        let tag = read_varint(&mut bytes)?;
        let (number, wire) = (tag >> 3, tag & 7);
        let length = match wire {
            0 => {
                let before = bytes;
                read_varint(&mut bytes)?;
                fields.push((number, wire, &before[..before.len() - bytes.len()]));
                continue;
            }
            1 => 8,
            2 => usize::try_from(read_varint(&mut bytes)?).ok()?,
            3 => {
                groups.push(number);
                0
            }
            4 => {
                groups.pop().filter(|group| *group == number)?;
                0
            }
            5 => 4,
            _ => return None,
        };
        let (value, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        (number > 0 && number < 1 << 29).then_some(())?;
        fields.push((number, wire, value));
    }
    groups.is_empty().then_some(fields)
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u128;
    for n in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u128::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return u64::try_from(value).ok();
        }
    }
    None
}

/// The frames of a body, each with its flag; one with flag 0 where there are none.
fn frames(media: &str, body: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    if !media.contains("grpc") {
        return Some(vec![(0, body.to_vec())]);
    }
    let decoded = if media.contains("text") { decode(body)? } else { body.to_vec() };
    let (mut frames, mut rest) = (Vec::new(), decoded.as_slice());
    while !rest.is_empty() {
        let (head, behind) = rest.split_at_checked(5)?;
        let length = u32::from_be_bytes(head[1..].try_into().ok()?);
        let (payload, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
        frames.push((head[0], payload.to_vec()));
        rest = behind;
    }
    Some(frames)
}

/// Whether the body is what its type says.
pub(crate) fn parses(media: &str, body: &[u8]) -> bool {
    let json = media.contains("json");
    frames(media, body).is_some_and(|frames| {
        frames.iter().all(|(flag, payload)| *flag != 0 || json || fields(payload).is_some())
    })
}

/// Whether nothing is changed but at replacements, and lengths.
pub(crate) fn same_but_replaced(media: &str, before: &[u8], after: &[u8]) -> bool {
    let (Some(before), Some(after)) = (frames(media, before), frames(media, after)) else {
        return false;
    };
    let json = media.contains("json");
    before.len() == after.len()
        && before.iter().zip(&after).all(|((flag, before), (other, after))| {
            let text = json || *flag != 0;
            flag == other
                && if text { only_replaced(before, after) } else { same_fields(before, after) }
        })
}

fn same_fields(before: &[u8], after: &[u8]) -> bool {
    let (Some(before), Some(after)) = (fields(before), fields(after)) else { return false };
    before.len() == after.len()
        && before.iter().zip(&after).all(|((number, wire, before), (other, kind, after))| {
            let same = before == after
                || if *wire == 2 { same_value(before, after) } else { is_zero(after) };
            number == other && wire == kind && same
        })
}

fn same_value(before: &[u8], after: &[u8]) -> bool {
    only_replaced(before, after) || same_fields(before, after) || same_numbers(before, after)
}

/// A number that is protected.
fn is_zero(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == 0)
}

/// Numbers of any length, one after another, some of which are zero now.
fn same_numbers(mut before: &[u8], mut after: &[u8]) -> bool {
    while !before.is_empty() {
        match (read_varint(&mut before), read_varint(&mut after)) {
            (Some(number), Some(other)) if other == 0 || other == number => {}
            _ => return false,
        }
    }
    after.is_empty()
}
