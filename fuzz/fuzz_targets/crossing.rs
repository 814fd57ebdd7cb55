//! The laws, of messages that the fuzzer shapes: bytes choose policy, way, plans and body.

#![no_main]

use cofferdam_laws::both::Both;
use cofferdam_laws::law::Case;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static POLICIES: Both = Both::new();
}

// Policies take longer to make than an input may take on a busy machine.
fuzz_target!(init: POLICIES.with(|_| ()), |data: &[u8]| {
    let case = Case::generate(data);
    POLICIES.with(|policies| policies.ask(&case, data.len()));
});
