//! What other programs say, each asked in a process of its own.

use crate::process::{Ran, finish};
use std::path::Path;
use std::process::Command;

/// What a library said of signatures.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    Refused,
}

/// Asks the script beside this file.
fn ask(arguments: &[&str]) -> Ran {
    let python = std::env::var_os("COFFERDAM_PYTHON");
    let python = python.expect("`COFFERDAM_PYTHON`: run this with `cargo xtask test interop`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/standards.py");
    finish(Command::new(python).arg(script).args(arguments), b"")
}

fn done(arguments: &[&str]) -> String {
    let ran = ask(arguments);
    assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
    ran.text()
}

fn judged(arguments: &[&str]) -> Verdict {
    let ran = ask(arguments);
    match ran.status {
        0 => Verdict::Holds,
        1 => Verdict::Refused,
        // A library that fell over has refused nothing.
        _ => panic!("{arguments:?}: {}", ran.stderr),
    }
}

/// Whether `securesystemslib` finds a signature of each of these keys.
pub(crate) fn verify(envelope: &str, keys: &[String]) -> Verdict {
    let keys = keys.iter().map(String::as_str);
    judged(&["verify", envelope].into_iter().chain(keys).collect::<Vec<_>>())
}

/// Whether in-toto finds a signature of this key.
pub(crate) fn verify_in_toto(envelope: &str, key: &str) -> Verdict {
    judged(&["verify-in-toto", envelope, key])
}

/// Name, digest, type and version of the statement within, as in-toto's classes read it.
pub(crate) fn statement(envelope: &str) -> String {
    done(&["statement", envelope])
}

/// Makes a key of `securesystemslib`; the public half gets a file beside it.
pub(crate) fn new_key(path: &str, holder: &str) {
    done(&["new-key", path, holder]);
}

/// Which id the library gives a key.
#[derive(Clone, Copy)]
pub(crate) enum KeyId {
    /// Its own.
    Own,
    /// The digest of the key's bytes, as ours.
    Raw,
}

/// Lets `securesystemslib` add a signature to an envelope.
pub(crate) fn sign(envelope: &str, key: &str, output: &str, id: KeyId) {
    let id = match id {
        KeyId::Own => "own",
        KeyId::Raw => "raw",
    };
    done(&["sign", envelope, key, output, id]);
}
