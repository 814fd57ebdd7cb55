//! The laws, of messages that the fuzzer shapes: bytes choose policy, way, plans and body.

#![no_main]

use cofferdam_laws::law::{Case, Law, Runs};
use cofferdam_laws::policies::Policies;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static PLAIN: Policies = Policies::plain();
    static POLICIES: Policies = Policies::new();
}

// Policies take longer to make than an input may take on a busy machine.
fuzz_target!(init: made(), |data: &[u8]| {
    let case = Case::generate(data);
    match data.len() % 2 {
        0 => PLAIN.with(|policies| ask(policies, &case, Law::ALL)),
        _ => POLICIES.with(|policies| ask(policies, &case, Law::THROUGH)),
    }
});

fn made() {
    PLAIN.with(|_| ());
    POLICIES.with(|_| ());
}

fn ask(policies: &Policies, case: &Case, laws: &[Law]) {
    let runs = Runs::new(policies, case);
    for law in laws {
        if let Err(why) = runs.ask(*law) {
            let body = String::from_utf8_lossy(&case.message.body.bytes);
            panic!("{}: {why}\n{case:?}\nbody: {body:?}", law.name());
        }
    }
}
