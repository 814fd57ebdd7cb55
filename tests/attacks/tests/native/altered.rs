//! One byte of a good bundle altered, wherever it is. The fuzz target `trust-bundle` goes further.

use cofferdam_attacks::{honest, more_than};
use cofferdam_engine::trust::Proven;

/// No number that the lengths in a bundle share a factor with, so that all kinds of places are met.
const STEP: usize = 29;

#[test]
fn an_altered_bundle_is_refused_or_gives_no_more() {
    let mut world = honest();
    world.pin = Some(world.pin());
    let bytes = world.bundle();
    let good = world.judge(&bytes).expect("an honest world");
    let proven = Proven::default();
    world.judge_knowing(&bytes, &proven).expect("an honest world");
    let (mut refused, mut less) = (0, 0);
    for at in (0..bytes.len()).step_by(STEP) {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        let judged = world.judge(&altered);
        let knowing = world.judge_knowing(&altered, &proven);
        assert_eq!(judged.as_ref().err(), knowing.as_ref().err(), "byte {at}");
        match judged {
            Err(_) => refused += 1,
            Ok(trusted) => {
                assert_eq!(more_than(&good, &trusted), None, "byte {at}");
                assert_eq!(knowing.map(|it| it.refused), Ok(trusted.refused), "byte {at}");
                assert!(trusted.grants.is_empty(), "byte {at}: all is signed but ids of keys");
                less += 1;
            }
        }
    }
    assert_eq!(refused + less, bytes.len().div_ceil(STEP));
    assert!(refused > 200 && less > 20, "{refused} refused, {less} without the grant");
}
