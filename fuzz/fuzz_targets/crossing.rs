//! The laws, of messages that the fuzzer shapes: bytes choose policy, way, plans and body.

#![no_main]

use cofferdam_laws::law::{Case, Law, Runs};
use cofferdam_laws::policies::Policies;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static POLICIES: Policies = Policies::new();
}

// Policies take longer to make than an input may take on a busy machine.
fuzz_target!(init: POLICIES.with(|_| ()), |data: &[u8]| {
    let case = Case::generate(data);
    POLICIES.with(|policies| {
        let runs = Runs::new(policies, &case);
        for law in Law::ALL {
            if let Err(why) = runs.ask(*law) {
                let body = String::from_utf8_lossy(&case.message.body.bytes);
                panic!("{}: {why}\n{case:?}\nbody: {body:?}", law.name());
            }
        }
    });
});
