//! What was found in bytes that are known whole, and what stands there instead.
//! Never holds the text that was found.

use alloc::vec::Vec;

/// A finding that was told, or several that overlap.
#[derive(Clone, Default)]
pub(crate) struct Carved {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What is put there; none where the bytes stay.
    pub(crate) text: Option<Vec<u8>>,
    /// It is the whole value of a number, and so is what is put there.
    pub(crate) number: bool,
}

/// Puts what was carved from index `from` on in order, and makes one of those that overlap.
pub(crate) fn tidy(carved: &mut Vec<Carved>, from: usize) {
    let mut part = carved.split_off(from.min(carved.len()));
    part.sort_by_key(|one| (one.start, core::cmp::Reverse(one.end)));
    let floor = carved.len();
    for one in part {
        match carved.get_mut(floor..).and_then(<[Carved]>::last_mut) {
            Some(last) if one.start < last.end => {
                last.end = last.end.max(one.end);
                last.text = last.text.take().or(one.text);
            }
            _ => carved.push(one),
        }
    }
}
