//! Reads and writes the guest's memory, and asks it for room.

use super::Guest;
use crate::status::{Fail, HostResult, Status};

/// Bytes of the guest.
pub(super) fn read(guest: &Guest<'_>, at: u32, length: u32) -> Result<Vec<u8>, Fail> {
    let memory = guest.data().memory.ok_or(Status::InvalidMemoryAccess)?;
    let (start, length) = (at as usize, length as usize);
    let end = start.checked_add(length).ok_or(Status::InvalidMemoryAccess)?;
    let bytes = memory.data(guest).get(start..end).ok_or(Status::InvalidMemoryAccess)?;
    Ok(bytes.to_vec())
}

/// Puts bytes where the guest said.
pub(super) fn write(guest: &mut Guest<'_>, at: u32, bytes: &[u8]) -> HostResult {
    let memory = guest.data().memory.ok_or(Status::InvalidMemoryAccess)?;
    memory.write(guest, at as usize, bytes).map_err(|_| Status::InvalidMemoryAccess.into())
}

/// Puts a number where the guest said.
pub(super) fn write_u32(guest: &mut Guest<'_>, at: u32, number: u32) -> HostResult {
    write(guest, at, &number.to_le_bytes())
}

/// Hands bytes over in room that the guest gives; nothing is asked for when there are none.
pub(super) fn hand_over(
    guest: &mut Guest<'_>,
    bytes: &[u8],
    out: u32,
    out_length: u32,
) -> HostResult {
    let mut at = 0;
    if !bytes.is_empty() {
        let allocate = guest.data().allocate.clone().ok_or(Status::InvalidMemoryAccess)?;
        at = allocate.call(&mut *guest, bytes.len() as u32).map_err(Fail::Trap)?;
        if at == 0 {
            return Err(Status::InvalidMemoryAccess.into());
        }
        write(guest, at, bytes)?;
    }
    write_u32(guest, out, at)?;
    write_u32(guest, out_length, bytes.len() as u32)
}
