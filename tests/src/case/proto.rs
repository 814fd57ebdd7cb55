//! Writes protobuf and gRPC the way a case has them: `[[1, "text"], [2, [[1, 7]]]]` is a message
//! with a text in field 1 and a message in field 2.
//! A value is a text, an integer (varint), a list of fields (a message), or one of `{ hex }`,
//! `{ repeat, times }`, `{ fixed32 }`, `{ fixed64 }`, `{ group }`, `{ packed }`.

use super::file::unhex;
use anyhow::{Context as _, Result, bail};
use toml::Value;

/// A message, or a text that stands as it is.
pub(super) fn message(value: &Value) -> Result<Vec<u8>> {
    let fields = match value {
        Value::String(text) => return Ok(text.clone().into_bytes()),
        Value::Table(table) if let Some(hex) = table.get("hex") => {
            return unhex(hex.as_str().context("hex is a text")?);
        }
        Value::Array(fields) => fields,
        _ => bail!("a message is a list of fields, a text, or `{{ hex }}`"),
    };
    let mut out = Vec::new();
    for field in fields {
        let pair = field.as_array().context("a field is `[number, value]`")?;
        let [number, value] = pair.as_slice() else { bail!("a field is `[number, value]`") };
        let number = number.as_integer().context("a field has a number")?;
        write_field(u64::try_from(number)?, value, &mut out)?;
    }
    Ok(out)
}

/// A frame of gRPC; `length` where it lies.
pub(super) fn frame(flag: u8, length: Option<u32>, payload: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![flag];
    out.extend(length.map_or_else(|| u32::try_from(payload.len()), Ok)?.to_be_bytes());
    out.extend_from_slice(payload);
    Ok(out)
}

fn write_field(number: u64, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    let tag = |wire: u64, out: &mut Vec<u8>| varint(number << 3 | wire, out);
    let bytes = match value {
        Value::Integer(number) => {
            tag(0, out);
            varint(number.cast_unsigned(), out);
            return Ok(());
        }
        Value::String(_) | Value::Array(_) => message(value)?,
        Value::Table(table) => {
            let (name, value) = table.iter().next().context("an empty table")?;
            let integer = || value.as_integer().context("a number");
            match name.as_str() {
                "hex" => unhex(value.as_str().context("hex is a text")?)?,
                "repeat" => {
                    let times = table.get("times").and_then(Value::as_integer);
                    let times = usize::try_from(times.context("`repeat` needs `times`")?)?;
                    value.as_str().context("a text")?.repeat(times).into_bytes()
                }
                "packed" => {
                    let mut packed = Vec::new();
                    for number in value.as_array().context("a list of numbers")? {
                        varint(
                            number.as_integer().context("a number")?.cast_unsigned(),
                            &mut packed,
                        );
                    }
                    packed
                }
                "fixed32" => {
                    tag(5, out);
                    out.extend(u32::try_from(integer()?)?.to_le_bytes());
                    return Ok(());
                }
                "fixed64" => {
                    tag(1, out);
                    out.extend(integer()?.to_le_bytes());
                    return Ok(());
                }
                "group" => {
                    tag(3, out);
                    out.extend(message(value)?);
                    tag(4, out);
                    return Ok(());
                }
                other => bail!("unknown value `{other}`"),
            }
        }
        _ => bail!("no value of a field"),
    };
    tag(2, out);
    varint(u64::try_from(bytes.len())?, out);
    out.extend(bytes);
    Ok(())
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Base64 with padding (RFC 4648).
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for n in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * n)) as usize & 0x3f];
            out.push(if n <= group.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        let table: toml::Table = text.parse().unwrap();
        message(&table["m"]).unwrap()
    }

    #[test]
    fn messages_are_written_by_the_wire_format() {
        assert_eq!(bytes(r#"m = [[1, "ab"], [2, [[1, 300]]]]"#), b"\x0a\x02ab\x12\x03\x08\xac\x02");
        assert_eq!(bytes(r#"m = [[16, { hex = "ff" }]]"#), b"\x82\x01\x01\xff");
        assert_eq!(bytes("m = [[1, { group = [[2, 1]] }]]"), b"\x0b\x10\x01\x0c");
        assert_eq!(
            bytes("m = [[1, { fixed32 = 1 }], [2, { packed = [1, 2] }]]"),
            b"\x0d\x01\0\0\0\x12\x02\x01\x02"
        );
        assert_eq!(frame(0, None, b"ab").unwrap(), b"\0\0\0\0\x02ab");
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!(base64(b"f") + &base64(b"fo") + &base64(b"foo"), "Zg==Zm8=Zm9v");
    }
}
