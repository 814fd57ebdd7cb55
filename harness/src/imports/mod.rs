//! Links the host calls that a module imports: those granted do what the ABI says, the others
//! answer that they are restricted.
//! Never grants what is not on the allow-list.

mod buffers;
mod calls;
mod contexts;
mod headers;
mod memory;
mod properties;
mod wasi;

use crate::state::{LogLevel, State};
use crate::status::{Fail, HostResult, Status};
use crate::vm::HarnessError;
use std::collections::BTreeSet;
use wasmtime::{Caller, ExternType, Linker, Module, Val};

/// The guest, from inside of a host call.
pub(crate) type Guest<'g> = Caller<'g, State>;

/// What the ABI has and this host does not: no other service answers it.
const ABSENT: &[&str] = &[
    "proxy_grpc_call",
    "proxy_grpc_stream",
    "proxy_grpc_send",
    "proxy_grpc_cancel",
    "proxy_grpc_close",
    "proxy_get_status",
    "proxy_call_foreign_function",
    "proxy_register_shared_queue",
    "proxy_resolve_shared_queue",
    "proxy_dequeue_shared_queue",
    "proxy_enqueue_shared_queue",
];

const CAPABILITY_MISSING: i32 = 76;

/// Links every import of the module.
pub(crate) fn link(
    linker: &mut Linker<State>,
    module: &Module,
    allow_list: Option<&BTreeSet<String>>,
) -> Result<(), HarnessError> {
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        let ExternType::Func(shape) = import.ty() else {
            return Err(HarnessError::new(format!("import `{from}.{name}` is no function")));
        };
        if allow_list.is_some_and(|list| !list.contains(name)) {
            let (name, wasi) = (name.to_owned(), from != "env");
            linker.func_new(from, &name.clone(), shape, move |mut guest, _, results| {
                restrict(&mut guest, &name);
                if let Some(result) = results.first_mut() {
                    *result = Val::I32(if wasi { CAPABILITY_MISSING } else { 10 });
                }
                Ok(())
            })?;
            continue;
        }
        let known = match from {
            "env" => link_env(linker, name)?,
            "wasi_snapshot_preview1" => wasi::link(linker, name)?,
            _ => false,
        };
        if known {
            continue;
        }
        if from == "env" && ABSENT.contains(&name) {
            linker.func_new(from, name, shape, |_, _, results| {
                if let Some(result) = results.first_mut() {
                    *result = Val::I32(Status::Unimplemented as i32);
                }
                Ok(())
            })?;
            continue;
        }
        return Err(HarnessError::new(format!("no host has the import `{from}.{name}`")));
    }
    Ok(())
}

fn restrict(guest: &mut Guest<'_>, name: &str) {
    let state = guest.data_mut();
    state.restricted.insert(name.to_owned());
    let line = format!("Attempted call to restricted proxy-wasm capability: {name}");
    state.log(LogLevel::Error, line.as_bytes());
}

/// What the guest is told.
fn answer(result: HostResult) -> wasmtime::Result<u32> {
    match result {
        Ok(()) => Ok(Status::Ok as u32),
        Err(Fail::Status(status)) => Ok(status as u32),
        Err(Fail::Trap(error)) => Err(error),
    }
}

macro_rules! host_calls {
    (
        $linker:ident, $name:ident,
        $($call:ident => $module:ident ( $($arg:ident : $ty:ty),* );)*
    ) => {
        match $name {
            $(stringify!($call) => {
                $linker.func_wrap(
                    "env",
                    stringify!($call),
                    |mut guest: Guest<'_>, $($arg: $ty),*| {
                        guest.data_mut().calls.push(stringify!($call));
                        answer($module::$call(&mut guest, $($arg),*))
                    },
                )?;
                true
            })*
            _ => false,
        }
    };
}

fn link_env(linker: &mut Linker<State>, name: &str) -> Result<bool, HarnessError> {
    Ok(host_calls! { linker, name,
        proxy_log => contexts(level: u32, text: u32, length: u32);
        proxy_get_log_level => contexts(out: u32);
        proxy_get_current_time_nanoseconds => contexts(out: u32);
        proxy_set_tick_period_milliseconds => contexts(millis: u32);
        proxy_set_effective_context => contexts(context: u32);
        proxy_done => contexts();
        proxy_continue_stream => contexts(stream: u32);
        proxy_close_stream => contexts(stream: u32);
        proxy_send_local_response => contexts(
            status: u32, details: u32, details_length: u32, body: u32, body_length: u32,
            headers: u32, headers_length: u32, grpc_status: i32
        );
        proxy_http_call => calls(
            cluster: u32, cluster_length: u32, head: u32, head_length: u32, body: u32,
            body_length: u32, trailers: u32, trailers_length: u32, timeout_millis: u32, out: u32
        );
        proxy_define_metric => contexts(kind: u32, name: u32, length: u32, out: u32);
        proxy_increment_metric => contexts(metric: u32, offset: i64);
        proxy_record_metric => contexts(metric: u32, value: u64);
        proxy_get_metric => contexts(metric: u32, out: u32);
        proxy_get_shared_data => contexts(
            key: u32, length: u32, out: u32, out_length: u32, out_cas: u32
        );
        proxy_set_shared_data => contexts(
            key: u32, length: u32, value: u32, value_length: u32, cas: u32
        );
        proxy_get_buffer_bytes => buffers(
            buffer: u32, start: u32, length: u32, out: u32, out_length: u32
        );
        proxy_get_buffer_status => buffers(buffer: u32, out_length: u32, out_flags: u32);
        proxy_set_buffer_bytes => buffers(
            buffer: u32, start: u32, length: u32, bytes: u32, bytes_length: u32
        );
        proxy_get_header_map_size => headers(map: u32, out: u32);
        proxy_get_header_map_pairs => headers(map: u32, out: u32, out_length: u32);
        proxy_set_header_map_pairs => headers(map: u32, pairs: u32, length: u32);
        proxy_get_header_map_value => headers(
            map: u32, name: u32, length: u32, out: u32, out_length: u32
        );
        proxy_add_header_map_value => headers(
            map: u32, name: u32, length: u32, value: u32, value_length: u32
        );
        proxy_replace_header_map_value => headers(
            map: u32, name: u32, length: u32, value: u32, value_length: u32
        );
        proxy_remove_header_map_value => headers(map: u32, name: u32, length: u32);
        proxy_get_property => properties(path: u32, length: u32, out: u32, out_length: u32);
        proxy_set_property => properties(path: u32, length: u32, value: u32, value_length: u32);
    })
}
