//! `application/x-www-form-urlencoded`.

use super::{Sent, Spelling, percent};

/// A field for each value.
pub fn pairs(values: &[String], spelling: Spelling) -> Option<Sent> {
    let pair = |(n, value): (usize, &String)| format!("note{n}={}", percent(value, spelling));
    let pairs: Vec<String> = values.iter().enumerate().map(pair).collect();
    Sent::body("application/x-www-form-urlencoded", pairs.join("&"))
}
