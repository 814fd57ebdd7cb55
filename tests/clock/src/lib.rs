//! The clock of a host under test: preloaded into a process (`LD_PRELOAD`), it tells the time that
//! the file in `COFFERDAM_CLOCK_FILE` says, in whole seconds since 1970, and nothing else moves it.
//! Only the time of day: what timers count goes on. Where the file is missing or empty, it is the
//! machine's own.
//!
//! Asks for no memory and takes no lock: an allocator may ask for the time before it is ready.

#![expect(unsafe_code, reason = "what the C library calls and is asked through its own interface")]

use libc::{CLOCK_REALTIME, CLOCK_REALTIME_COARSE, O_CLOEXEC, O_RDONLY, c_int, c_void};
use libc::{clockid_t, time_t, timespec, timeval};
use std::ffi::CStr;

const FILE: &CStr = c"COFFERDAM_CLOCK_FILE";

/// What the file says.
fn told() -> Option<time_t> {
    let mut text = [0_u8; 20];
    // SAFETY: the name ends in a zero; what is returned is a string of the environment or null.
    let path = unsafe { libc::getenv(FILE.as_ptr()) };
    if path.is_null() {
        return None;
    }
    // SAFETY: the path ends in a zero, the buffer is as long as is said, and the file is ours.
    let length = unsafe {
        let file = libc::open(path, O_RDONLY | O_CLOEXEC);
        if file < 0 {
            return None;
        }
        let length = libc::read(file, text.as_mut_ptr().cast::<c_void>(), text.len());
        libc::close(file);
        usize::try_from(length).ok()?
    };
    let digits = text.get(..length)?.trim_ascii_end();
    str::from_utf8(digits).ok()?.parse().ok()
}

/// `clock_gettime` of POSIX.
///
/// # Safety
/// As there: `to` is where a time may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: clockid_t, to: *mut timespec) -> c_int {
    // SAFETY: the caller's own arguments, to the kernel.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, to) };
    if result != 0 {
        return -1;
    }
    if let (CLOCK_REALTIME | CLOCK_REALTIME_COARSE, Some(told)) = (clock, told()) {
        // SAFETY: the kernel has just written there.
        unsafe { *to = timespec { tv_sec: told, tv_nsec: 0 } };
    }
    0
}

/// `gettimeofday` of POSIX.
///
/// # Safety
/// As there: `to` is where a time may be written, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(to: *mut timeval, zone: *mut c_void) -> c_int {
    // SAFETY: the caller's own arguments, to the kernel.
    let result = unsafe { libc::syscall(libc::SYS_gettimeofday, to, zone) };
    if result != 0 {
        return -1;
    }
    if let (false, Some(told)) = (to.is_null(), told()) {
        // SAFETY: the kernel has just written there.
        unsafe { *to = timeval { tv_sec: told, tv_usec: 0 } };
    }
    0
}

/// `time` of POSIX.
///
/// # Safety
/// As there: `to` is where a time may be written, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(to: *mut time_t) -> time_t {
    let mut now = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it is where a time may be written, and so is `to` unless it is null.
    unsafe {
        clock_gettime(CLOCK_REALTIME, &raw mut now);
        if !to.is_null() {
            *to = now.tv_sec;
        }
    }
    now.tv_sec
}
