//! `cofferdam probe` without a host: what it refuses, the manifests that it writes, an echo that is
//! asked by nobody with the key.

use super::process::{Folder, Ran, command, finish};
use saphyr_parser::{Event, Parser};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

const KEY: &str = "a key for tests, of 32 characters and more";
const POLICY: &str = include_str!("../../templates/gateway.yaml");

fn probe(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut command = command(&["probe"]);
    command.args(arguments).current_dir(&folder.0).env("COFFERDAM_PROBE_KEY", KEY);
    finish(&mut command, b"")
}

/// Every text in some YAML, or why it is none.
fn texts(yaml: &str) -> Vec<String> {
    let events = Parser::new_from_str(yaml).map(|event| event.expect("YAML").0);
    let text = |event| match event {
        Event::Scalar(text, ..) => Some(text.into_owned()),
        _ => None,
    };
    events.filter_map(text).collect()
}

#[test]
fn what_is_used_wrongly_is_told_with_the_way_out() {
    let folder = Folder::new("probe-misuse");
    folder.file("zones.yaml", POLICY.as_bytes());
    folder.file("broken.yaml", b"zones: [");
    folder.file("broken.blob", b"CFDM\x01\0nothing");
    folder.file("broken.bundle", b"CFBN\x01\0nothing");
    let there = "http://127.0.0.1:1";
    let rows: [(&[&str], i32, &str); 17] = [
        (&[], 2, "cofferdam probe URL POLICY"),
        (&[there], 2, "no policy to say what must hold"),
        (&["127.0.0.1:1", "zones.yaml"], 2, "`http://HOST:PORT`"),
        (&["http://ann:secret@127.0.0.1:1", "zones.yaml"], 2, "user name"),
        (&[there, "none.yaml"], 2, "none.yaml"),
        (&[there, "broken.yaml"], 1, "broken.yaml:1:"),
        (&[there, "broken.blob"], 1, "broken.blob: "),
        (&[there, "broken.bundle"], 1, "broken.bundle: "),
        (&[there, "zones.yaml", "--from", "shop", "--to", "public"], 1, "nothing was shown"),
        (&[there, "zones.yaml", "--from", "\u{202e}shop"], 2, "no zone `\\u{202e}shop`"),
        (&[there, "zones.yaml", "--path", "/a b"], 2, "letters, digits"),
        (&[there, "zones.yaml", "--host", "a\r\nx: y"], 2, "no name of a host"),
        (&["https://127.0.0.1:1", "zones.yaml"], 2, "`--ca FILE`"),
        (&["https://127.0.0.1:1", "zones.yaml", "--ca", "zones.yaml"], 2, "holds no certificate"),
        (&[there, "zones.yaml", "--ca", "zones.yaml"], 2, "the URL says http"),
        (&[there, "zones.yaml", "--cert", "zones.yaml"], 2, "--key"),
        (&["--serve", "nowhere"], 2, "such as 127.0.0.1:8089"),
    ];
    for (arguments, status, wanted) in rows {
        let ran = probe(&folder, arguments);
        assert_eq!(ran.status, status, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
    for key in ["", "too short"] {
        let mut command = command(&["probe", there, "zones.yaml", "--echo"]);
        command.current_dir(&folder.0).env("COFFERDAM_PROBE_KEY", key);
        let ran = finish(&mut command, b"");
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("32 characters or more"), "{}", ran.stderr);
    }
}

#[test]
fn manifests_run_as_nobody_and_hold_no_key() {
    let folder = Folder::new("probe-manifests");
    folder.file("zones.yaml", POLICY.as_bytes());
    let image = format!("registry.example/cofferdam@sha256:{}", "a".repeat(64));
    let base = ["http://gateway:8443", "zones.yaml", "--image", &image, "--path", "/orders"];
    for (kind, more, kinds) in [
        ("cron", &["--schedule", "0 * * * *"][..], &["Deployment", "Service", "CronJob"][..]),
        ("gate", &["--workload", "gateway"][..], &["Deployment"][..]),
    ] {
        let ran = probe(&folder, &[&base[..], &["--manifest", kind], more].concat());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let yaml = ran.text();
        let texts = texts(&yaml);
        let behind = |name: &str| {
            let pairs = texts.windows(2).filter(|pair| pair[0] == name);
            pairs.map(|pair| pair[1].clone()).collect::<Vec<_>>()
        };
        assert_eq!(behind("kind"), kinds, "{kind}");
        let containers = behind("image").len();
        assert!(behind("image").iter().all(|found| *found == image), "{kind}");
        for (name, value) in [
            ("readOnlyRootFilesystem", "true"),
            ("allowPrivilegeEscalation", "false"),
            ("drop", "ALL"),
            ("key", "COFFERDAM_PROBE_KEY"),
        ] {
            let found = behind(name);
            assert_eq!(found.len(), containers, "{kind}, {name}");
            assert!(found.iter().all(|found| found == value), "{kind}, {name}: {found:?}");
        }
        assert!(behind("runAsNonRoot").iter().all(|found| found == "true"), "{kind}");
        assert!(!behind("env").contains(&"value".to_owned()) && !yaml.contains(KEY), "{yaml}");
        for word in ["--path", "/orders", "--echo", "/policy/zones.yaml", "http://gateway:8443"] {
            assert!(texts.iter().any(|text| text == word), "{kind}: {word}");
        }
    }
}

#[test]
fn a_name_that_would_be_more_than_a_name_is_refused() {
    let folder = Folder::new("probe-names");
    folder.file("zones.yaml", POLICY.as_bytes());
    let base = ["http://gateway:8443", "zones.yaml", "--manifest", "cron", "--image", "cofferdam"];
    let rows = [
        ("--image", "a b"),
        ("--image", "a\"\nhostNetwork: true"),
        ("--secret", "Secret"),
        ("--secret", "a, key: b }, optional: true"),
        ("--policy-map", "a-"),
        ("--schedule", "* * * *"),
        ("--schedule", "* * * * * ; rm"),
    ];
    for (option, value) in rows {
        let kept: Vec<&str> = match option {
            "--image" => base[..4].to_vec(),
            _ => base.to_vec(),
        };
        let ran = probe(&folder, &[&kept[..], &[option, value]].concat());
        assert_eq!((ran.status, ran.text().as_str()), (2, ""), "{option} {value}");
        assert!(ran.stderr.starts_with(&format!("error: {option} must be ")), "{}", ran.stderr);
    }
    let ran = probe(&folder, &["http://gateway:8443", "zones.yaml", "--manifest", "gate"]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
}

/// A listener that answers a letter at a time, and never to the end.
#[test]
fn who_answers_for_ever_is_not_listened_to_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let there = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ");
                while sent.is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                    sent = stream.write_all(b"x");
                }
            });
        }
    });
    let folder = Folder::new("probe-slow");
    folder.file("zones.yaml", POLICY.as_bytes());
    let begun = Instant::now();
    let slow = ["--timeout", "1", "--deadline", "3"];
    let ran = probe(&folder, &[&[there.as_str(), "zones.yaml", "--echo"], &slow[..]].concat());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.text().contains("not judged, no answer in time:"), "{}", ran.text());
    let ran = probe(&folder, &[&[there.as_str(), "zones.yaml"], &slow[..]].concat());
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.text().contains("not judged, the time was over:"), "{}", ran.text());
    assert!(begun.elapsed() < Duration::from_secs(30), "it listened on");
}

#[test]
fn an_echo_ends_what_comes_slowly_or_is_nothing() {
    let mut serving = command(&["probe", "--serve", "127.0.0.1:0"]);
    serving.env("COFFERDAM_PROBE_KEY", KEY).stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = serving.spawn().expect("the echo starts");
    let mut talk = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    stderr.read_line(&mut talk).expect("talk");
    let address = talk.trim().strip_prefix("an echo listens on ").expect("an address").to_owned();
    let said = |request: &[u8]| {
        let mut stream = TcpStream::connect(&address).expect("a connection");
        stream.write_all(request).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    // Connections that say nothing do not keep others out.
    let idle: Vec<_> =
        (0..20).map(|_| TcpStream::connect(&address).expect("a connection")).collect();
    let answer = said(b"GET / HTTP/1.1\r\nhost: there\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    let order = "gh".repeat(100);
    let answer = said(format!("GET / HTTP/1.1\r\nx-cofferdam-probe: {order}\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let answer = said(b"\x16\x03\x01\x02\x00\x01\x00");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    drop(idle);
    #[cfg(unix)]
    {
        let id = child.id().to_string();
        let ended = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(ended.expect("`kill` runs").success());
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    #[cfg(not(unix))]
    child.kill().expect("it ends");
}
