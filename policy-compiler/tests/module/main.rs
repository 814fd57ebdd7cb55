//! `cofferdam test --filter` with the real module in the real harness: the tests of every policy
//! that is shipped come to the same there, and a module that does otherwise is told.
//! Needs `COFFERDAM_WASM`, `COFFERDAM_GUEST` and `COFFERDAM_HARNESS`, which `cargo xtask test module`
//! sets.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

fn variable(name: &str) -> PathBuf {
    let value = env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test module`")).into()
}

/// The command, with `cofferdam-harness` on its path or not.
fn run(arguments: &[&str], harness: bool) -> (Option<i32>, String) {
    let folder = variable("COFFERDAM_HARNESS").parent().map(Path::to_owned).expect("a folder");
    let path = if harness { folder } else { PathBuf::from("/nowhere") };
    // Cargo puts both commands in one folder, where the one finds the other.
    static COMMAND: LazyLock<PathBuf> = LazyLock::new(|| {
        let name = format!("module-{}", std::process::id());
        let own = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&own).expect("a folder");
        let command = own.join("cofferdam");
        fs::hard_link(env!("CARGO_BIN_EXE_cofferdam"), &command).expect("a link");
        command
    });
    let Output { status, stdout, stderr } = Command::new(COMMAND.as_path())
        .env("PATH", path)
        .args(arguments)
        .output()
        .expect("it runs");
    let all = [stdout, stderr].concat();
    (status.code(), String::from_utf8(all).expect("text"))
}

#[test]
fn tests_of_policies_hold_in_the_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = |name: &str| fs::read_dir(root.join(name)).expect("a folder");
    let files = folder("templates").chain(folder("tests/drill"));
    let files: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    let files: Vec<_> = files.iter().map(|file| file.to_str().expect("a name")).collect();
    assert!(files.len() >= 11, "{files:?}");
    let wasm = variable("COFFERDAM_WASM");
    let filter = ["test", "--filter", wasm.to_str().expect("a name")];
    let (status, told) = run(&[&filter[..], &files].concat(), true);
    assert_eq!(status, Some(0), "{told}");
    assert!(told.matches(", also in the module)").count() > 55, "{told}");
    // Without a certificate that member lines ask for, nobody is in their zone.
    assert_eq!(told.matches("; not in the module: no member lines").count(), 1, "{told}");
}

#[test]
fn what_the_module_does_otherwise_is_told() {
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/gateway.yaml");
    let guest = variable("COFFERDAM_GUEST");
    let (status, told) = run(&["test", policy, "--filter", guest.to_str().expect("a name")], true);
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("FAILED") && told.contains("in the module, cut into"), "{told}");
}

#[test]
fn what_is_missing_is_named() {
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/gateway.yaml");
    let wasm = variable("COFFERDAM_WASM");
    let cases = [
        ("nothing.wasm", true, 2, "no file `nothing.wasm`"),
        (wasm.to_str().expect("a name"), false, 2, "cargo xtask dist --harness"),
        (policy, true, 1, "gateway.yaml"),
    ];
    for (module, harness, wanted, word) in cases {
        let (status, told) = run(&["test", policy, "--filter", module], harness);
        assert_eq!(status, Some(wanted), "{told}");
        assert!(told.contains(word), "{told}");
    }
}
