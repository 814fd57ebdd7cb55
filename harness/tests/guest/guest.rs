//! A proxy-wasm guest that does what its configuration says, and logs what the host answers.
//!
//! Each line is `callback: op; op; op`. A callback is called by its short name, `request_body`,
//! or by that with its number, `request_body#2`; the more exact line wins.

use std::collections::HashMap;
use std::sync::Mutex;

mod host {
    #[link(wasm_import_module = "env")]
    unsafe extern "C" {
        pub fn proxy_log(level: u32, text: *const u8, length: usize) -> u32;
        pub fn proxy_get_buffer_bytes(
            b: u32,
            start: usize,
            length: usize,
            out: *mut *mut u8,
            n: *mut usize,
        ) -> u32;
        pub fn proxy_set_buffer_bytes(
            b: u32,
            start: usize,
            length: usize,
            text: *const u8,
            n: usize,
        ) -> u32;
        pub fn proxy_continue_stream(stream: u32) -> u32;
        pub fn proxy_close_stream(stream: u32) -> u32;
        pub fn proxy_send_local_response(
            status: u32,
            details: *const u8,
            details_n: usize,
            body: *const u8,
            body_n: usize,
            headers: *const u8,
            headers_n: usize,
            grpc: i32,
        ) -> u32;
        pub fn proxy_get_header_map_value(
            map: u32,
            name: *const u8,
            n: usize,
            out: *mut *mut u8,
            out_n: *mut usize,
        ) -> u32;
        pub fn proxy_get_header_map_pairs(map: u32, out: *mut *mut u8, n: *mut usize) -> u32;
        pub fn proxy_replace_header_map_value(
            map: u32,
            name: *const u8,
            n: usize,
            value: *const u8,
            value_n: usize,
        ) -> u32;
        pub fn proxy_add_header_map_value(
            map: u32,
            name: *const u8,
            n: usize,
            value: *const u8,
            value_n: usize,
        ) -> u32;
        pub fn proxy_set_header_map_pairs(map: u32, pairs: *const u8, n: usize) -> u32;
        pub fn proxy_remove_header_map_value(map: u32, name: *const u8, n: usize) -> u32;
        pub fn proxy_get_property(
            path: *const u8,
            n: usize,
            out: *mut *mut u8,
            out_n: *mut usize,
        ) -> u32;
        pub fn proxy_set_property(
            path: *const u8,
            n: usize,
            value: *const u8,
            value_n: usize,
        ) -> u32;
        pub fn proxy_define_metric(kind: u32, name: *const u8, n: usize, out: *mut u32) -> u32;
        pub fn proxy_increment_metric(metric: u32, by: i64) -> u32;
        pub fn proxy_get_shared_data(
            key: *const u8,
            n: usize,
            out: *mut *mut u8,
            out_n: *mut usize,
            cas: *mut u32,
        ) -> u32;
        pub fn proxy_set_shared_data(
            key: *const u8,
            n: usize,
            value: *const u8,
            value_n: usize,
            cas: u32,
        ) -> u32;
        pub fn proxy_http_call(
            cluster: *const u8,
            n: usize,
            head: *const u8,
            head_n: usize,
            body: *const u8,
            body_n: usize,
            trailers: *const u8,
            trailers_n: usize,
            millis: u32,
            token: *mut u32,
        ) -> u32;
        pub fn proxy_set_tick_period_milliseconds(millis: u32) -> u32;
        pub fn proxy_set_effective_context(context: u32) -> u32;
        pub fn proxy_get_current_time_nanoseconds(out: *mut u64) -> u32;
    }
}

#[derive(Default)]
struct Script {
    lines: HashMap<String, String>,
    counts: HashMap<String, u32>,
    last_stream: u32,
    is_told: bool,
}

static SCRIPT: Mutex<Option<Script>> = Mutex::new(None);

fn log(text: &str) {
    unsafe { host::proxy_log(2, text.as_ptr(), text.len()) };
}

type Out<'f> = &'f dyn Fn(*mut *mut u8, *mut usize) -> u32;

fn taken(call: Out<'_>) -> (u32, String) {
    let (mut at, mut n) = (std::ptr::null_mut(), 0);
    let status = call(&mut at, &mut n);
    if at.is_null() {
        return (status, String::new());
    }
    let bytes = unsafe { Vec::from_raw_parts(at, n, n) };
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

/// Runs the lines for one callback; says what it returns.
fn run(callback: &str, context: u32, size: u32, end: u32) -> u32 {
    let line = {
        let mut script = SCRIPT.lock().unwrap();
        let Some(script) = script.as_mut() else { return 0 };
        let count = script.counts.entry(callback.to_owned()).or_default();
        *count += 1;
        if callback.starts_with("request") {
            script.last_stream = context;
        }
        let exact = format!("{callback}#{count}");
        script.lines.get(&exact).or_else(|| script.lines.get(callback)).cloned()
    };
    let Some(line) = line else { return 0 };
    log(&format!("{callback} size={size} end={end}"));
    line.split(';').map(str::trim).fold(0, |action, op| match op {
        "pause" => 1,
        "continue" => 0,
        _ => {
            let answer = operate(op, size as usize);
            if !answer.is_empty() {
                log(&answer);
            }
            action
        }
    })
}

fn operate(op: &str, size: usize) -> String {
    let words: Vec<&str> = op.split_whitespace().collect();
    let number = |n: usize| match words.get(n).copied() {
        Some("size") => size,
        Some("max") => u32::MAX as usize,
        Some(word) => word.parse().unwrap_or(0),
        None => 0,
    };
    let text = |n: usize| words.get(n).copied().unwrap_or("");
    let small = |n: usize| number(n) as u32;
    match text(0) {
        "get" => {
            let (status, found) = taken(&|at, n| unsafe {
                host::proxy_get_buffer_bytes(small(1), number(2), number(3), at, n)
            });
            format!("get={status}:{found}")
        }
        "set" => {
            let new = text(4);
            let status = unsafe {
                host::proxy_set_buffer_bytes(
                    small(1),
                    number(2),
                    number(3),
                    new.as_ptr(),
                    new.len(),
                )
            };
            format!("set={status}")
        }
        "resume" => format!("resume={}", unsafe { host::proxy_continue_stream(small(1)) }),
        "close" => format!("close={}", unsafe { host::proxy_close_stream(small(1)) }),
        "reply" => {
            let (details, body) = (text(2), text(3));
            let status = unsafe {
                host::proxy_send_local_response(
                    small(1),
                    details.as_ptr(),
                    details.len(),
                    body.as_ptr(),
                    body.len(),
                    std::ptr::null(),
                    0,
                    -1,
                )
            };
            format!("reply={status}")
        }
        _ => operate_headers(&words, small),
    }
}

fn operate_headers(words: &[&str], small: impl Fn(usize) -> u32) -> String {
    let text = |n: usize| words.get(n).copied().unwrap_or("");
    match text(0) {
        "header" => {
            let name = text(2);
            let (status, found) = taken(&|at, n| unsafe {
                host::proxy_get_header_map_value(small(1), name.as_ptr(), name.len(), at, n)
            });
            format!("header={status}:{found}")
        }
        "pairs" => {
            let (status, found) =
                taken(&|at, n| unsafe { host::proxy_get_header_map_pairs(small(1), at, n) });
            format!("pairs={status}:{}", found.bytes().next().unwrap_or(0))
        }
        "values" => format!("values={}", values(small(1), text(2)).join("|")),
        "joins" => {
            let (map, names) = (small(1), words.get(2..).unwrap_or_default());
            let joined = names.iter().filter(|name| joins(map, name));
            format!("joins={}", joined.copied().collect::<Vec<_>>().join(" "))
        }
        "add" => format!("add={}", add(small(1), text(2), text(3))),
        "put" => {
            let lines = words.get(2..).unwrap_or_default();
            let lines: Vec<_> = lines.iter().filter_map(|line| line.split_once('=')).collect();
            let bytes = pairs(&lines);
            let status =
                unsafe { host::proxy_set_header_map_pairs(small(1), bytes.as_ptr(), bytes.len()) };
            format!("put={status}")
        }
        "replace" => {
            let (name, value) = (text(2), text(3));
            let status = unsafe {
                host::proxy_replace_header_map_value(
                    small(1),
                    name.as_ptr(),
                    name.len(),
                    value.as_ptr(),
                    value.len(),
                )
            };
            format!("replace={status}")
        }
        "remove" => {
            let name = text(2);
            let status =
                unsafe { host::proxy_remove_header_map_value(small(1), name.as_ptr(), name.len()) };
            format!("remove={status}")
        }
        _ => operate_more(words, small),
    }
}

fn operate_more(words: &[&str], small: impl Fn(usize) -> u32) -> String {
    let text = |n: usize| words.get(n).copied().unwrap_or("");
    match text(0) {
        "property" => {
            // A tilde is a dot within a segment.
            let path = text(1).replace('.', "\0").replace('~', ".");
            let (status, found) = taken(&|at, n| unsafe {
                host::proxy_get_property(path.as_ptr(), path.len(), at, n)
            });
            format!("property={status}:{found}")
        }
        "state" => {
            let (key, value) = (text(1), text(2));
            let status = unsafe {
                host::proxy_set_property(key.as_ptr(), key.len(), value.as_ptr(), value.len())
            };
            format!("state={status}")
        }
        "count" => {
            let name = text(1);
            let mut metric = 0;
            unsafe { host::proxy_define_metric(0, name.as_ptr(), name.len(), &mut metric) };
            let by: i64 = text(2).parse().unwrap_or(0);
            format!("count={}", unsafe { host::proxy_increment_metric(metric, by) })
        }
        "share" => {
            let (key, value) = (text(1), text(2));
            let status = unsafe {
                host::proxy_set_shared_data(
                    key.as_ptr(),
                    key.len(),
                    value.as_ptr(),
                    value.len(),
                    small(3),
                )
            };
            format!("share={status}")
        }
        "shared" => {
            let key = text(1);
            let mut cas = 0;
            let cas_at = &raw mut cas;
            let (status, found) = taken(&|at, n| unsafe {
                host::proxy_get_shared_data(key.as_ptr(), key.len(), at, n, cas_at)
            });
            format!("shared={status}:{found}:{cas}")
        }
        _ => operate_vm(words, small),
    }
}

fn operate_vm(words: &[&str], small: impl Fn(usize) -> u32) -> String {
    let text = |n: usize| words.get(n).copied().unwrap_or("");
    match text(0) {
        "tick" => {
            let status = unsafe { host::proxy_set_tick_period_milliseconds(small(1)) };
            format!("tick={status}")
        }
        "call" => {
            let (cluster, body, mut token) = (text(1), text(2), 0);
            let head = pairs(&[(":method", "POST"), (":path", "/in"), (":authority", "collector")]);
            let status = unsafe {
                host::proxy_http_call(
                    cluster.as_ptr(),
                    cluster.len(),
                    head.as_ptr(),
                    head.len(),
                    body.as_ptr(),
                    body.len(),
                    std::ptr::null(),
                    0,
                    1000,
                    &mut token,
                )
            };
            format!("call={status}:{token}")
        }
        "speak_of_last" => {
            let last = SCRIPT.lock().unwrap().as_ref().map_or(0, |script| script.last_stream);
            format!("effective={}", unsafe { host::proxy_set_effective_context(last) })
        }
        "time" => {
            let mut now = 0;
            unsafe { host::proxy_get_current_time_nanoseconds(&mut now) };
            format!("time={now}")
        }
        "env" => format!("env={:?}", std::env::var(text(1)).ok()),
        "random" => {
            use std::hash::{BuildHasher as _, RandomState};
            format!("random={:016x}", RandomState::new().hash_one(1))
        }
        "print" => {
            println!("{}", text(1));
            String::new()
        }
        "panic" => panic!("told to"),
        "spin" => loop {
            std::hint::black_box(0);
        },
        "fill" => {
            let bytes = vec![1_u8; small(1) as usize];
            format!("filled={}", std::hint::black_box(bytes).len())
        }
        other => format!("unknown op `{other}`"),
    }
}

fn add(map: u32, name: &str, value: &str) -> u32 {
    unsafe {
        host::proxy_add_header_map_value(
            map,
            name.as_ptr(),
            name.len(),
            value.as_ptr(),
            value.len(),
        )
    }
}

/// Whether a name that is added twice to a map stands there once; leaves none of it.
fn joins(map: u32, name: &str) -> bool {
    let remove = || unsafe { host::proxy_remove_header_map_value(map, name.as_ptr(), name.len()) };
    remove();
    add(map, name, "1");
    add(map, name, "2");
    let found = values(map, name);
    remove();
    found.len() == 1
}

/// Every value of a name; of `*`, all lines.
fn values(map: u32, name: &str) -> Vec<String> {
    let (_, raw) = {
        let (mut at, mut n) = (std::ptr::null_mut(), 0);
        let status = unsafe { host::proxy_get_header_map_pairs(map, &mut at, &mut n) };
        let bytes = match at.is_null() {
            true => Vec::new(),
            false => unsafe { Vec::from_raw_parts(at, n, n) },
        };
        (status, bytes)
    };
    let number = |at: usize| {
        let four = raw.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
        u32::from_le_bytes(four) as usize
    };
    let (count, mut found) = (number(0), Vec::new());
    let mut at = 4 + 8 * count;
    for n in 0..count {
        let mut text = |length: usize| {
            let text = String::from_utf8_lossy(raw.get(at..at + length).unwrap_or_default());
            at += length + 1;
            text.into_owned()
        };
        let (own, value) = (text(number(4 + 8 * n)), text(number(8 + 8 * n)));
        match name {
            "*" => found.push(format!("{own}={value}")),
            _ if own == name => found.push(value),
            _ => {}
        }
    }
    found
}

/// Headers as the ABI writes them.
fn pairs(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = (headers.len() as u32).to_le_bytes().to_vec();
    for (name, value) in headers {
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
    }
    for (name, value) in headers {
        bytes.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
    }
    bytes
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_http_call_response(root: u32, _: u32, _: u32, size: u32, _: u32) {
    run("http_answer", root, size, 0);
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_abi_version_0_2_1() {}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    let mut room = Vec::with_capacity(size);
    let at = room.as_mut_ptr();
    std::mem::forget(room);
    at
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_context_create(_context: u32, _root: u32) {}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_configure(root: u32, size: u32) -> u32 {
    let (_, text) =
        taken(&|at, n| unsafe { host::proxy_get_buffer_bytes(7, 0, size as usize, at, n) });
    if text == "refuse" {
        return 0;
    }
    if text.starts_with("once") {
        // The first VM of all takes it, and says so to the others.
        let mut cas = 0;
        let cas_at = &raw mut cas;
        let (status, _) =
            taken(&|at, n| unsafe { host::proxy_get_shared_data(b"k".as_ptr(), 1, at, n, cas_at) });
        unsafe { host::proxy_set_shared_data(b"k".as_ptr(), 1, b"1".as_ptr(), 1, 0) };
        if status == 0 {
            return 0;
        }
    }
    if text == "told" {
        *SCRIPT.lock().unwrap() = Some(Script { is_told: true, ..Script::default() });
        return 1;
    }
    *SCRIPT.lock().unwrap() = Some(script(text.lines()));
    run("configure", root, size, 0);
    1
}

fn script<'t>(lines: impl Iterator<Item = &'t str>) -> Script {
    let lines = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(callback, ops)| (callback.trim().to_owned(), ops.trim().to_owned()));
    Script { lines: lines.collect(), ..Script::default() }
}

/// Configured to be told, it does what the head of each request says, and marks that it is there.
fn told() {
    let mut known = SCRIPT.lock().unwrap();
    if known.as_ref().is_some_and(|known| known.is_told) {
        let text = values(0, "x-script").concat();
        *known = Some(Script { is_told: true, ..script(text.split(" / ")) });
        operate("state cofferdam.guard ok", 0);
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_tick(root: u32) {
    run("tick", root, 0, 0);
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_headers(context: u32, count: u32, end: u32) -> u32 {
    told();
    run("request_headers", context, count, end)
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_body(context: u32, size: u32, end: u32) -> u32 {
    run("request_body", context, size, end)
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_trailers(context: u32, count: u32) -> u32 {
    run("request_trailers", context, count, 0)
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_headers(context: u32, count: u32, end: u32) -> u32 {
    run("response_headers", context, count, end)
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_body(context: u32, size: u32, end: u32) -> u32 {
    run("response_body", context, size, end)
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_trailers(context: u32, count: u32) -> u32 {
    run("response_trailers", context, count, 0)
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_log(context: u32) {
    run("log", context, 0, 0);
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_done(context: u32) -> u32 {
    run("done", context, 0, 0);
    1
}

#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_delete(context: u32) {
    run("delete", context, 0, 0);
}
