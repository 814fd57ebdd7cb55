//! Reads the fields of a descriptor, which is a message of protobuf itself.

/// One field.
pub(super) struct Field<'b> {
    pub(super) number: u64,
    /// Its bytes, where it has a length.
    pub(super) bytes: Option<&'b [u8]>,
    /// Its value, where it is a number of any length.
    pub(super) value: u64,
}

/// The fields of a message.
pub(super) fn fields(mut bytes: &[u8]) -> Result<Vec<Field<'_>>, String> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let field = field(&mut bytes).ok_or("it is no set of descriptors")?;
        fields.push(field);
    }
    Ok(fields)
}

fn field<'b>(bytes: &mut &'b [u8]) -> Option<Field<'b>> {
    let tag = varint(bytes)?;
    let number = tag >> 3;
    // Descriptors have no groups.
    let (bytes, value) = match tag & 7 {
        0 => (None, varint(bytes)?),
        1 => (take(bytes, 8).map(|_| None)?, 0),
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            (Some(take(bytes, length)?), 0)
        }
        5 => (take(bytes, 4).map(|_| None)?, 0),
        _ => return None,
    };
    (number > 0).then_some(Field { number, bytes, value })
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for n in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
