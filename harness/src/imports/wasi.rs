//! The few calls of WASI that a proxy-wasm host grants: environment, clock, randomness, and
//! printing, which goes to the log.

use super::{Guest, memory};
use crate::state::{LogLevel, State};
use crate::status::{Fail, HostResult, Status};
use crate::vm::HarnessError;
use wasmtime::Linker;

const FROM: &str = "wasi_snapshot_preview1";
const OK: u32 = 0;
const BAD_DESCRIPTOR: u32 = 8;
const FAULT: u32 = 21;
const INVALID: u32 = 28;

fn errno(result: HostResult) -> wasmtime::Result<u32> {
    match result {
        Ok(()) => Ok(OK),
        Err(Fail::Status(Status::InvalidMemoryAccess)) => Ok(FAULT),
        Err(Fail::Status(_)) => Ok(INVALID),
        Err(Fail::Trap(error)) => Err(error),
    }
}

/// Links one call; says whether there is such a one.
pub(super) fn link(linker: &mut Linker<State>, name: &str) -> Result<bool, HarnessError> {
    match name {
        "environ_sizes_get" => {
            linker.func_wrap(FROM, name, |mut guest: Guest<'_>, n: u32, b: u32| {
                guest.data_mut().calls.push("environ_sizes_get");
                let texts = environment(guest.data());
                let bytes: usize = texts.iter().map(Vec::len).sum();
                errno(sizes(&mut guest, n, texts.len(), b, bytes))
            })?
        }
        "environ_get" => {
            linker.func_wrap(FROM, name, |mut guest: Guest<'_>, at: u32, text: u32| {
                guest.data_mut().calls.push("environ_get");
                errno(environ_get(&mut guest, at, text))
            })?
        }
        "args_sizes_get" => {
            linker.func_wrap(FROM, name, |mut guest: Guest<'_>, n: u32, b: u32| {
                errno(sizes(&mut guest, n, 0, b, 0))
            })?
        }
        "args_get" => linker.func_wrap(FROM, name, |_: Guest<'_>, _: u32, _: u32| OK)?,
        "random_get" => linker.func_wrap(FROM, name, |mut guest: Guest<'_>, at: u32, n: u32| {
            guest.data_mut().calls.push("random_get");
            let bytes = guest.data_mut().random_bytes(n as usize);
            errno(memory::write(&mut guest, at, &bytes))
        })?,
        "clock_time_get" => {
            linker.func_wrap(FROM, name, |mut guest: Guest<'_>, _: u32, _: u64, out: u32| {
                guest.data_mut().calls.push("clock_time_get");
                let now = guest.data().clock_nanos;
                errno(memory::write(&mut guest, out, &now.to_le_bytes()))
            })?
        }
        "fd_write" => linker.func_wrap(
            FROM,
            name,
            |mut guest: Guest<'_>, fd: u32, vectors: u32, count: u32, out: u32| {
                guest.data_mut().calls.push("fd_write");
                let level = match fd {
                    1 => LogLevel::Info,
                    2 => LogLevel::Error,
                    _ => return Ok(BAD_DESCRIPTOR),
                };
                errno(fd_write(&mut guest, level, vectors, count, out))
            },
        )?,
        "sched_yield" => linker.func_wrap(FROM, name, |_: Guest<'_>| OK)?,
        "proc_exit" => linker.func_wrap(FROM, name, |_: Guest<'_>, code: u32| {
            wasmtime::Result::<()>::Err(wasmtime::Error::msg(format!(
                "the guest exited with {code}"
            )))
        })?,
        _ => return link_files(linker, name),
    };
    Ok(true)
}

/// There are no files: every descriptor but those of printing is a bad one.
fn link_files(linker: &mut Linker<State>, name: &str) -> Result<bool, HarnessError> {
    match name {
        "fd_read" => {
            linker.func_wrap(FROM, name, |_: Guest<'_>, _: u32, _: u32, _: u32, _: u32| {
                BAD_DESCRIPTOR
            })?
        }
        "fd_close" => linker.func_wrap(FROM, name, |_: Guest<'_>, _: u32| BAD_DESCRIPTOR)?,
        "fd_fdstat_get" => {
            linker.func_wrap(FROM, name, |_: Guest<'_>, _: u32, _: u32| BAD_DESCRIPTOR)?
        }
        "fd_seek" => {
            linker.func_wrap(FROM, name, |_: Guest<'_>, _: u32, _: u64, _: u32, _: u32| {
                BAD_DESCRIPTOR
            })?
        }
        _ => return Ok(false),
    };
    Ok(true)
}

fn environment(state: &State) -> Vec<Vec<u8>> {
    state.env.iter().map(|(name, value)| format!("{name}={value}\0").into_bytes()).collect()
}

fn sizes(guest: &mut Guest<'_>, n: u32, count: usize, b: u32, bytes: usize) -> HostResult {
    memory::write_u32(guest, n, count as u32)?;
    memory::write_u32(guest, b, bytes as u32)
}

fn environ_get(guest: &mut Guest<'_>, mut at: u32, mut text: u32) -> HostResult {
    for entry in environment(guest.data()) {
        memory::write_u32(guest, at, text)?;
        memory::write(guest, text, &entry)?;
        at += 4;
        text += entry.len() as u32;
    }
    Ok(())
}

fn fd_write(
    guest: &mut Guest<'_>,
    level: LogLevel,
    vectors: u32,
    count: u32,
    out: u32,
) -> HostResult {
    let mut text = Vec::new();
    for n in 0..count {
        let pair = memory::read(guest, vectors.wrapping_add(n.wrapping_mul(8)), 8)?;
        let number = |at: usize| pair.get(at..at + 4).and_then(|b| b.try_into().ok());
        let at = u32::from_le_bytes(number(0).ok_or(Status::BadArgument)?);
        let length = u32::from_le_bytes(number(4).ok_or(Status::BadArgument)?);
        text.extend(memory::read(guest, at, length)?);
    }
    let written = text.len() as u32;
    guest.data_mut().log(level, text.strip_suffix(b"\n").unwrap_or(&text));
    memory::write_u32(guest, out, written)
}
