//! Documents of ours in the hands of other programs, and theirs in ours: `securesystemslib`, in-toto
//! and `ssh-keygen`.
//! Needs `COFFERDAM_PYTHON`, an interpreter that has them, which `cargo xtask test interop` sets.

#[path = "../compiler/trust/company.rs"]
#[expect(
    dead_code,
    reason = "what is released here is one policy, never a narrower or a wider one"
)]
mod company;
mod documents;
mod dsse;
#[path = "../compiler/process.rs"]
#[expect(dead_code, reason = "everything here is typed by people of a company")]
mod process;
mod ssh;
mod standards;
