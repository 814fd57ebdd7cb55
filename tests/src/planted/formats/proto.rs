//! Protobuf by its wire format, and gRPC around it.

use super::{Sent, Spelling, plain_only};
use crate::planted::wrapping::base64;

/// Fields of text, every other one in a message within.
pub fn message(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Sent::body("application/x-protobuf", notes(values))
}

/// One frame for each value.
pub fn grpc(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    let mut sent = Sent::body("application/grpc", frames(values))?;
    sent.head.push((b"te".to_vec(), b"trailers".to_vec()));
    Some(sent)
}

/// The same for browsers, with trailers as a frame.
pub fn grpc_web(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Sent::body("application/grpc-web+proto", framed(values))
}

/// The same in base64.
pub fn grpc_web_text(values: &[String], spelling: Spelling) -> Option<Sent> {
    plain_only(spelling)?;
    Sent::body("application/grpc-web-text", base64(&framed(values)))
}

fn framed(values: &[String]) -> Vec<u8> {
    let mut body = frames(values);
    frame(0x80, b"grpc-status: 0\r\n", &mut body);
    body
}

fn frames(values: &[String]) -> Vec<u8> {
    let mut body = Vec::new();
    values.iter().for_each(|value| frame(0, &notes(std::slice::from_ref(value)), &mut body));
    body
}

fn frame(flags: u8, message: &[u8], out: &mut Vec<u8>) {
    out.push(flags);
    out.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(message);
}

fn notes(values: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    for (n, value) in values.iter().enumerate() {
        // Field 1: a number.
        out.push(0x08);
        varint(n as u64, &mut out);
        match n % 2 {
            0 => field(2, value.as_bytes(), &mut out),
            _ => {
                let mut within = Vec::new();
                field(1, value.as_bytes(), &mut within);
                field(3, &within, &mut out);
            }
        }
    }
    out
}

/// A length-delimited field.
fn field(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
