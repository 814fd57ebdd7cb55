//! Compiling a policy never panics: it is refused with a place, or compiles to the same bytes
//! every time. The fuzzer writes whole policies, and spells over parts of one that compiles.

#![no_main]

use cofferdam_policy_compiler::diagnostic::Source;
use cofferdam_policy_compiler::{compile, compile_source, report};
use libfuzzer_sys::fuzz_target;

const GOOD: &str = include_str!("../../envoy/policies/payments.yaml");

fuzz_target!(|data: &[u8]| {
    let Some(text) = text(data) else { return };
    let source = Source::new("policy.yaml", &text);
    match compile_source(&source) {
        Ok(compiled) => {
            let again = compile(&text, "other.yaml").expect("it compiled before");
            assert_eq!(compiled.blob, again.blob, "the same policy, other bytes");
        }
        Err(diagnostics) => {
            assert!(diagnostics.has_errors(), "refused without an error");
            assert!(!report::text(&source, &diagnostics).is_empty());
            let reports = [(source, diagnostics)];
            let _ = (report::json(&reports), report::sarif(&reports));
        }
    }
});

/// Odd first byte: the rest is the policy. Even: two bytes say where in the good one it goes, and
/// one how much it takes the place of.
fn text(data: &[u8]) -> Option<String> {
    let (mode, rest) = data.split_first()?;
    if mode % 2 == 1 {
        return std::str::from_utf8(rest).ok().map(str::to_owned);
    }
    let ([low, high, length], rest) = rest.split_first_chunk::<3>()?;
    let piece = std::str::from_utf8(rest).ok()?;
    let at = usize::from(u16::from_le_bytes([*low, *high])) % GOOD.len();
    let end = (at + usize::from(*length)).min(GOOD.len());
    Some(format!("{}{piece}{}", GOOD.get(..at)?, GOOD.get(end..)?))
}
