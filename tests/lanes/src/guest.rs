//! The face of the module: a host writes into a room of linear memory and says what is in it.
//! Holds one thing that scans. No pointer is followed here: the room is the module's own.

#![expect(unsafe_code, reason = "an export needs a name that nothing else has")]

use crate::{Scan, checksum, load};
use std::cell::RefCell;

#[derive(Default)]
struct Guest {
    room: Vec<u8>,
    scan: Option<Box<dyn Scan>>,
}

thread_local! {
    static GUEST: RefCell<Guest> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut Guest) -> T) -> T {
    GUEST.with_borrow_mut(work)
}

/// Makes room for this many bytes, and says where.
#[unsafe(no_mangle)]
extern "C" fn room(bytes: usize) -> usize {
    with(|guest| {
        guest.room.resize(bytes, 0);
        guest.room.as_mut_ptr() as usize
    })
}

/// Loads what is in the room: a name of `name` bytes, and behind it the data. 1 when it is fine.
#[unsafe(no_mangle)]
extern "C" fn load_room(name: usize) -> u32 {
    with(|guest| {
        let Some((name, data)) = guest.room.split_at_checked(name) else { return 0 };
        guest.scan = load(&String::from_utf8_lossy(name), data).ok();
        u32::from(guest.scan.is_some())
    })
}

/// Begins a text.
#[unsafe(no_mangle)]
extern "C" fn begin() {
    with(|guest| guest.scan.iter_mut().for_each(|scan| scan.begin()));
}

/// The next chunk: the first bytes of the room.
#[unsafe(no_mangle)]
extern "C" fn push(bytes: usize, end: u32) {
    with(|guest| {
        let chunk = guest.room.get(..bytes).unwrap_or_default();
        guest.scan.iter_mut().for_each(|scan| scan.push(chunk, end != 0));
    });
}

/// How much was found.
#[unsafe(no_mangle)]
extern "C" fn count() -> u64 {
    with(|guest| guest.scan.as_ref().map_or(0, |scan| scan.count()))
}

/// What the places come to.
#[unsafe(no_mangle)]
extern "C" fn places() -> u64 {
    with(|guest| guest.scan.as_ref().map_or(0, |scan| checksum(scan.spans())))
}
