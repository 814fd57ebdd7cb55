//! Makes the trailers of a message, with personal data in some of their values and, now and then,
//! in a name. Knows nothing of bodies.

use crate::entropy::Entropy;
use crate::head;
use crate::words::{self, VALUES};
use cofferdam_engine::exchange::Headers;

const NAMES: &[&str] = &[
    "x-note",
    "x-checksum",
    "grpc-message",
    "grpc-status",
    "server-timing",
    "x-customer-ssn",
    "customer",
    "location",
    "content-digest",
    "cookie",
];

/// Trailers out of bytes: perhaps none, which ends a message as well.
pub(crate) fn generate(entropy: &mut Entropy<'_>) -> Headers {
    let mut trailers = Headers::new();
    for _ in 0..entropy.below(4) {
        let name = match entropy.once_in(10) {
            true => format!("x-{}", head::token(&words::text(entropy, 1))),
            false => entropy.pick(NAMES).to_owned(),
        };
        let value = match entropy.below(4) {
            0 => entropy.pick(VALUES).replace('\n', " ").into_bytes(),
            1 => b"0".to_vec(),
            _ => head::value(entropy),
        };
        trailers.push((name.into_bytes(), value));
    }
    trailers
}
