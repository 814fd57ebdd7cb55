//! Gives back room between chunks: what a text of some kilobytes took while it was read is more
//! than all that is kept of it, and a thousand crossings wait at once. Changes no content.

use alloc::vec::Vec;

/// Room that is kept for the next chunk, in bytes: less is not worth the way to the allocator.
const SPARE_BYTES: usize = 128;

/// Gives back what a list has room for and does not hold.
pub(crate) fn trim<T>(list: &mut Vec<T>) {
    let spare = list.capacity().saturating_sub(list.len());
    if spare.saturating_mul(size_of::<T>()) > SPARE_BYTES {
        // What is left moves: in its place it would cut the room in two, of which neither takes
        // the next chunk.
        let mut left = Vec::with_capacity(list.len());
        left.append(list);
        *list = left;
    }
}

/// The same of a list that is seldom needed: of an empty one all.
pub(crate) fn trim_all<T>(list: &mut Vec<T>) {
    if list.is_empty() {
        *list = Vec::new();
    }
    trim(list);
}
