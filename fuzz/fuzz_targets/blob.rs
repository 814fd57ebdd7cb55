//! Reading a blob never panics, and a blob that was altered is refused.
//! Where the checksum was mended as well, what is read must run without a panic too.

#![no_main]

use cofferdam_engine::Bundle;
use cofferdam_laws::body::Body;
use cofferdam_laws::plan::Plan;
use cofferdam_laws::policies::{COUNT, Policies};
use cofferdam_laws::run::{Message, Way, run};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use std::cell::OnceCell;
use std::rc::Rc;

/// Length of the checksum, of all that stands before it.
const CHECKSUM_BYTES: usize = 32;

thread_local! {
    static GOOD: OnceCell<(Vec<Vec<u8>>, Policies)> = const { OnceCell::new() };
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    GOOD.with(|good| {
        let (blobs, policies) = good.get_or_init(|| (Policies::blobs(), Policies::new()));
        match mode % 3 {
            0 => drop(Bundle::parse(rest.to_vec())),
            1 => {
                let good = &blobs[usize::from(mode / 3) % COUNT];
                let altered = altered(good, rest);
                if &altered != good {
                    assert!(Bundle::parse(altered).is_err(), "an altered blob was read");
                }
            }
            _ => {
                let mut altered = altered(&blobs[usize::from(mode / 3) % COUNT], rest);
                mend(&mut altered);
                let Ok(bundle) = Bundle::parse(altered) else { return };
                try_out(&Rc::new(bundle), policies);
            }
        }
    });
});

/// The good blob with edits: four bytes each say where, what, and how.
fn altered(good: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % (bytes.len() + 1);
        match edit[3] % 4 {
            0 if at < bytes.len() => bytes[at] = edit[2],
            1 if at < bytes.len() => bytes[at] ^= edit[2],
            2 => bytes.insert(at, edit[2]),
            _ => bytes.truncate(at),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Puts in the length and the checksum that fit.
fn mend(bytes: &mut [u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let Some((content, checksum)) = bytes.split_last_chunk_mut::<CHECKSUM_BYTES>() else { return };
    let Some(place) = content.get_mut(8..12) else { return };
    place.copy_from_slice(&length.to_le_bytes());
    *checksum = Sha256::digest(content).into();
}

fn try_out(bundle: &Rc<Bundle>, policies: &Policies) {
    let text = r#"{"ssn":"078-05-1120","note":"mail zed@example.com or call +44 7700 900123"}"#;
    let body = Body { media: Some("application/json"), bytes: text.into(), ..Body::default() };
    let trailers = Some(vec![(b"x-note".to_vec(), b"4111 1111 1111 1111".to_vec())]);
    for (way, trailers) in [(Way::Request, None), (Way::Response, trailers)] {
        let message = Message { way, body: body.clone(), trailers };
        let outcome = run(bundle, &policies.settings, &message, &Plan::bytewise());
        assert!(outcome.left.len() <= 16 * body.bytes.len() + 4096, "a short body grew long");
    }
}
