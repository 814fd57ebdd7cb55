//! The host calls of proxy-wasm, and three of WASI, as they are: status numbers and raw bytes.
//! The SDK's own layer panics on a status it does not expect and on a header that is not UTF-8;
//! this one never panics, and turns every odd answer into a [`HostError`].
#![expect(unsafe_code, reason = "a host is reached through its C interface only")]

use crate::host::{Buffer, Host, HostError, Kind, Level, Map, Message, Reply};

const OK: u32 = 0;
const NOT_FOUND: u32 = 1;
const CAS_MISMATCH: u32 = 8;

mod env {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        pub(super) fn proxy_log(level: u32, text: *const u8, bytes: usize) -> u32;
        pub(super) fn proxy_get_current_time_nanoseconds(nanos: *mut u64) -> u32;
        pub(super) fn proxy_set_tick_period_milliseconds(millis: u32) -> u32;
        pub(super) fn proxy_get_buffer_bytes(
            buffer: u32,
            start: usize,
            bytes: usize,
            data: *mut *mut u8,
            data_bytes: *mut usize,
        ) -> u32;
        pub(super) fn proxy_set_buffer_bytes(
            buffer: u32,
            start: usize,
            bytes: usize,
            data: *const u8,
            data_bytes: usize,
        ) -> u32;
        pub(super) fn proxy_continue_stream(stream: u32) -> u32;
        pub(super) fn proxy_close_stream(stream: u32) -> u32;
        pub(super) fn proxy_send_local_response(
            status: u32,
            details: *const u8,
            details_bytes: usize,
            body: *const u8,
            body_bytes: usize,
            headers: *const u8,
            headers_bytes: usize,
            grpc_status: i32,
        ) -> u32;
        pub(super) fn proxy_get_header_map_pairs(
            map: u32,
            data: *mut *mut u8,
            data_bytes: *mut usize,
        ) -> u32;
        pub(super) fn proxy_set_header_map_pairs(
            map: u32,
            data: *const u8,
            data_bytes: usize,
        ) -> u32;
        pub(super) fn proxy_replace_header_map_value(
            map: u32,
            name: *const u8,
            name_bytes: usize,
            value: *const u8,
            value_bytes: usize,
        ) -> u32;
        pub(super) fn proxy_remove_header_map_value(
            map: u32,
            name: *const u8,
            name_bytes: usize,
        ) -> u32;
        pub(super) fn proxy_get_property(
            path: *const u8,
            path_bytes: usize,
            data: *mut *mut u8,
            data_bytes: *mut usize,
        ) -> u32;
        pub(super) fn proxy_set_property(
            path: *const u8,
            path_bytes: usize,
            value: *const u8,
            value_bytes: usize,
        ) -> u32;
        pub(super) fn proxy_get_shared_data(
            key: *const u8,
            key_bytes: usize,
            data: *mut *mut u8,
            data_bytes: *mut usize,
            number: *mut u32,
        ) -> u32;
        pub(super) fn proxy_set_shared_data(
            key: *const u8,
            key_bytes: usize,
            data: *const u8,
            data_bytes: usize,
            number: u32,
        ) -> u32;
        pub(super) fn proxy_define_metric(
            kind: u32,
            name: *const u8,
            name_bytes: usize,
            number: *mut u32,
        ) -> u32;
        pub(super) fn proxy_increment_metric(number: u32, offset: i64) -> u32;
        pub(super) fn proxy_record_metric(number: u32, value: u64) -> u32;
    }
}

mod wasi {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub(super) fn environ_sizes_get(count: *mut usize, bytes: *mut usize) -> u32;
        pub(super) fn environ_get(pointers: *mut *mut u8, text: *mut u8) -> u32;
        pub(super) fn random_get(data: *mut u8, bytes: usize) -> u32;
    }
}

/// The host that this module runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct WasmHost;

impl Host for WasmHost {
    fn log(&self, level: Level, text: &str) -> Result<(), HostError> {
        // SAFETY: the host reads `text.len()` bytes of `text`, which outlives the call.
        let status = unsafe { env::proxy_log(level as u32, text.as_ptr(), text.len()) };
        ok("proxy_log", status)
    }

    fn now_nanos(&self) -> Result<u64, HostError> {
        let mut nanos = 0;
        // SAFETY: the host writes one number to `nanos`.
        let status = unsafe { env::proxy_get_current_time_nanoseconds(&raw mut nanos) };
        ok("proxy_get_current_time_nanoseconds", status).map(|()| nanos)
    }

    fn tick_every(&self, millis: u32) -> Result<(), HostError> {
        // SAFETY: only a number is passed.
        let status = unsafe { env::proxy_set_tick_period_milliseconds(millis) };
        ok("proxy_set_tick_period_milliseconds", status)
    }

    fn environment(&self) -> Result<Vec<Vec<u8>>, HostError> {
        const BYTES_MAX: usize = 1024 * 1024;
        let (mut count, mut bytes) = (0, 0);
        // SAFETY: the host writes one number to each.
        let status = unsafe { wasi::environ_sizes_get(&raw mut count, &raw mut bytes) };
        ok("environ_sizes_get", status)?;
        if count > BYTES_MAX || bytes > BYTES_MAX {
            return Err(HostError::malformed("environ_sizes_get"));
        }
        let mut pointers = vec![std::ptr::null_mut::<u8>(); count];
        let mut text = vec![0; bytes];
        // SAFETY: the host writes `count` pointers and `bytes` bytes, as it has just said, and
        // both have room for that. The pointers are not used: the texts end with a zero each.
        let status = unsafe { wasi::environ_get(pointers.as_mut_ptr(), text.as_mut_ptr()) };
        ok("environ_get", status)?;
        Ok(text.split(|byte| *byte == 0).filter(|v| !v.is_empty()).map(<[u8]>::to_vec).collect())
    }

    fn random(&self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        // SAFETY: the host writes as many bytes as there are.
        let status = unsafe { wasi::random_get(bytes.as_mut_ptr(), bytes.len()) };
        (status == OK).then_some(bytes)
    }

    fn read(&self, buffer: Buffer, start: usize, bytes: usize) -> Result<Vec<u8>, HostError> {
        let given = given("proxy_get_buffer_bytes", |data, data_bytes| {
            // SAFETY: the host writes to both, as `given` expects it.
            unsafe { env::proxy_get_buffer_bytes(buffer as u32, start, bytes, data, data_bytes) }
        });
        Ok(given?.unwrap_or_default())
    }

    fn replace(&self, buffer: Buffer, bytes: usize, with: &[u8]) -> Result<(), HostError> {
        set_buffer(buffer, 0, bytes, with)
    }

    fn append(&self, buffer: Buffer, bytes: usize, more: &[u8]) -> Result<(), HostError> {
        set_buffer(buffer, bytes, 0, more)
    }

    fn resume(&self, message: Message) -> Result<(), HostError> {
        // SAFETY: only a number is passed.
        let status = unsafe { env::proxy_continue_stream(stream(message)) };
        ok("proxy_continue_stream", status)
    }

    fn cut(&self, message: Message) -> Result<(), HostError> {
        // SAFETY: only a number is passed.
        let status = unsafe { env::proxy_close_stream(stream(message)) };
        ok("proxy_close_stream", status)
    }

    fn reply(&self, reply: &Reply<'_>) -> Result<(), HostError> {
        // SAFETY: the host reads from three slices that outlive the call, as long as they are.
        let status = unsafe {
            env::proxy_send_local_response(
                u32::from(reply.status),
                reply.details.as_ptr(),
                reply.details.len(),
                reply.body.as_ptr(),
                reply.body.len(),
                reply.headers.as_ptr(),
                reply.headers.len(),
                i32::from(reply.grpc_status),
            )
        };
        ok("proxy_send_local_response", status)
    }

    fn headers(&self, map: Map) -> Result<Vec<u8>, HostError> {
        let call = "proxy_get_header_map_pairs";
        let given = given(call, |data, data_bytes| {
            // SAFETY: the host writes to both, as `given` expects it.
            unsafe { env::proxy_get_header_map_pairs(map as u32, data, data_bytes) }
        });
        given?.ok_or(HostError::new(call, NOT_FOUND))
    }

    fn set_headers(&self, map: Map, pairs: &[u8]) -> Result<(), HostError> {
        // SAFETY: the host reads a slice that outlives the call, as long as it is.
        let status =
            unsafe { env::proxy_set_header_map_pairs(map as u32, pairs.as_ptr(), pairs.len()) };
        ok("proxy_set_header_map_pairs", status)
    }

    fn set_header(&self, map: Map, name: &[u8], value: &[u8]) -> Result<(), HostError> {
        // SAFETY: the host reads two slices that outlive the call, as long as they are.
        let status = unsafe {
            env::proxy_replace_header_map_value(
                map as u32,
                name.as_ptr(),
                name.len(),
                value.as_ptr(),
                value.len(),
            )
        };
        ok("proxy_replace_header_map_value", status)
    }

    fn remove_header(&self, map: Map, name: &[u8]) -> Result<(), HostError> {
        // SAFETY: the host reads a slice that outlives the call, as long as it is.
        let status =
            unsafe { env::proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) };
        ok("proxy_remove_header_map_value", status)
    }

    fn property(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        given("proxy_get_property", |data, data_bytes| {
            // SAFETY: the host reads the path, which outlives the call, and writes to both
            // others, as `given` expects it.
            unsafe { env::proxy_get_property(path.as_ptr(), path.len(), data, data_bytes) }
        })
    }

    fn set_state(&self, key: &str, value: &[u8]) -> Result<(), HostError> {
        // SAFETY: the host reads two slices that outlive the call, as long as they are.
        let status = unsafe {
            env::proxy_set_property(key.as_ptr(), key.len(), value.as_ptr(), value.len())
        };
        ok("proxy_set_property", status)
    }

    fn shared(&self, key: &str) -> Result<Option<(Vec<u8>, u32)>, HostError> {
        let mut number = 0;
        let value = given("proxy_get_shared_data", |data, data_bytes| {
            // SAFETY: the host reads the key, which outlives the call, writes one number, and
            // writes to both others as `given` expects it.
            unsafe {
                env::proxy_get_shared_data(
                    key.as_ptr(),
                    key.len(),
                    data,
                    data_bytes,
                    &raw mut number,
                )
            }
        })?;
        Ok(value.map(|value| (value, number)))
    }

    fn share(&self, key: &str, value: &[u8], since: u32) -> Result<bool, HostError> {
        // SAFETY: the host reads two slices that outlive the call, as long as they are.
        let status = unsafe {
            env::proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), since)
        };
        match status {
            CAS_MISMATCH => Ok(false),
            status => ok("proxy_set_shared_data", status).map(|()| true),
        }
    }

    fn define(&self, kind: Kind, name: &str) -> Result<u32, HostError> {
        let mut number = 0;
        // SAFETY: the host reads the name, which outlives the call, and writes one number.
        let status = unsafe {
            env::proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &raw mut number)
        };
        ok("proxy_define_metric", status).map(|()| number)
    }

    fn add(&self, metric: u32, offset: i64) -> Result<(), HostError> {
        // SAFETY: only numbers are passed.
        ok("proxy_increment_metric", unsafe { env::proxy_increment_metric(metric, offset) })
    }

    fn set(&self, metric: u32, value: u64) -> Result<(), HostError> {
        // SAFETY: only numbers are passed.
        ok("proxy_record_metric", unsafe { env::proxy_record_metric(metric, value) })
    }
}

fn stream(message: Message) -> u32 {
    match message {
        Message::Request => 0,
        Message::Response => 1,
    }
}

fn set_buffer(buffer: Buffer, start: usize, bytes: usize, with: &[u8]) -> Result<(), HostError> {
    // SAFETY: the host reads a slice that outlives the call, as long as it is.
    let status = unsafe {
        env::proxy_set_buffer_bytes(buffer as u32, start, bytes, with.as_ptr(), with.len())
    };
    ok("proxy_set_buffer_bytes", status)
}

/// Takes over what a host gives: it asks this module for the memory, by
/// `proxy_on_memory_allocate`, and leaves it to whoever called. None where the host has nothing.
fn given(
    call: &'static str,
    ask: impl FnOnce(*mut *mut u8, *mut usize) -> u32,
) -> Result<Option<Vec<u8>>, HostError> {
    let mut data = std::ptr::null_mut();
    let mut data_bytes = 0;
    match ask(&raw mut data, &raw mut data_bytes) {
        OK if data.is_null() || data_bytes == 0 => Ok(Some(Vec::new())),
        // SAFETY: the host wrote where it was given memory, and how much; that memory is a boxed
        // slice of exactly so many bytes (`proxy_on_memory_allocate`), owned by nobody else.
        OK => Ok(Some(unsafe { Vec::from_raw_parts(data, data_bytes, data_bytes) })),
        NOT_FOUND => Ok(None),
        status => Err(HostError::new(call, status)),
    }
}

fn ok(call: &'static str, status: u32) -> Result<(), HostError> {
    match status {
        OK => Ok(()),
        _ => Err(HostError::new(call, status)),
    }
}
