//! Blobs that are none: refused with a reason, and nothing crosses.

use crate::front::{CARD, Front, answer, plain_filter, post};
use cofferdam_policy_compiler::deploy::{Filter, Source, Trust, update};
use cofferdam_tests::envoy::process::new_folder;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bad blobs made of a good one, and a word of the reason.
fn bad_blobs(good: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let flipped = |at: usize| {
        let mut bytes = good.to_vec();
        bytes[at] ^= 0x10;
        bytes
    };
    vec![
        ("empty", Vec::new(), "ends before its header"),
        ("one byte", good[..1].to_vec(), "ends before its header"),
        ("cut in its header", good[..30].to_vec(), "ends before its header"),
        ("cut in half", good[..good.len() / 2].to_vec(), "not as long as"),
        ("without its last byte", good[..good.len() - 1].to_vec(), "not as long as"),
        ("with a byte more", [good, b"x"].concat(), "not as long as"),
        ("another format", flipped(4), "format"),
        ("a flipped byte in the tables", flipped(good.len() / 3), "altered"),
        ("a flipped last byte", flipped(good.len() - 1), "altered"),
        ("text", b"policy: everything\n".to_vec(), "ends before its header"),
    ]
}

#[test]
fn envoy_does_not_start_with_a_bad_blob() {
    let (port, filter) = plain_filter().unwrap();
    for (name, blob, reason) in bad_blobs(&filter.blob) {
        let started = Front::start_with(port, Filter { blob, ..filter.clone() });
        let Err(error) = started.map(|_| ()) else { panic!("{name}: envoy started") };
        let told = error.to_string();
        assert!(told.contains(reason), "{name}: no `{reason}` in\n{told}");
    }
}

#[test]
fn envoy_does_not_start_with_a_blob_that_nobody_has_signed() {
    let (port, filter) = plain_filter().unwrap();
    let started = Front::start_with(port, Filter { trust: Trust::Unsigned, ..filter });
    let Err(error) = started.map(|_| ()) else { panic!("envoy started") };
    assert!(error.to_string().contains("not_a_bundle: "), "{error}");
}

/// Writes an update beside the file and renames it over.
pub(crate) fn replace(path: &Path, filter: &Filter) {
    let new = path.with_extension("new");
    std::fs::write(&new, update(filter).unwrap()).unwrap();
    std::fs::rename(&new, path).unwrap();
}

#[test]
fn a_bad_update_is_refused_and_the_policy_stays() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.yaml");
    let (port, mut filter) = plain_filter().unwrap();
    filter.source = Source::File(path.display().to_string());
    replace(&path, &filter);
    let mut front = Front::start_with(port, filter.clone()).unwrap();
    front.upstream.answer(answer(&format!("{{\"card\":\"{CARD}\"}}")));
    for (n, (name, blob, reason)) in bad_blobs(&filter.blob).into_iter().enumerate() {
        replace(&path, &Filter { blob, ..filter.clone() });
        let refused = n + 1;
        let until = Instant::now() + Duration::from_secs(30);
        while !front.envoy.admin("/stats").unwrap().lines().any(|line| {
            line.contains("extension_config_discovery")
                && line.ends_with(&format!("config_fail: {refused}"))
                || line.ends_with(&format!("update_rejected: {refused}"))
        }) {
            assert!(Instant::now() < until, "{name}: not refused");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(front.envoy.log().unwrap().contains(reason), "{name}: no `{reason}` in the log");
        let received = front.client.exchange(&post("{}")).unwrap();
        assert_eq!(
            (received.status(), received.text().as_str()),
            (200, "{\"card\":\"[credit_card]\"}"),
            "after {name}"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_filter_that_comes_later_lets_nothing_by_until_then() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.yaml");
    let (port, mut filter) = plain_filter().unwrap();
    filter.source = Source::File(path.display().to_string());
    replace(&path, &Filter { blob: b"none".to_vec(), ..filter.clone() });
    let mut front = Front::start_with(port, filter.clone()).unwrap();
    front.upstream.answer(answer("{}"));
    assert!(front.client.exchange(&post("{}")).unwrap().status() >= 500);
    assert!(front.upstream.take().is_empty(), "the request went by");
    replace(&path, &filter);
    let until = Instant::now() + Duration::from_secs(10);
    while front.client.exchange(&post("{}")).unwrap().status() != 200 {
        assert!(Instant::now() < until, "the good policy never came");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// As JSON, which Envoy reads ten times as fast as YAML.
fn huge_update(filter: &Filter) -> String {
    serde_json::json!({
        "version_info": "huge",
        "resources": [{
            "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
            "name": "cofferdam",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
                "config": {
                    "name": "cofferdam",
                    "failure_policy": "FAIL_RELOAD",
                    "vm_config": {
                        "vm_id": "cofferdam",
                        "runtime": "envoy.wasm.runtime.v8",
                        "code": { "local": { "filename": filter.module } },
                    },
                    "configuration": {
                        "@type": "type.googleapis.com/google.protobuf.BytesValue",
                        "value": "Q0ND".repeat((64 << 20) / 3),
                    },
                },
            },
        }],
    })
    .to_string()
}

#[test]
fn sixty_four_mebibytes_are_refused_with_a_reason() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.json");
    let (port, mut filter) = plain_filter().unwrap();
    std::fs::write(&path, huge_update(&filter)).unwrap();
    filter.source = Source::File(path.display().to_string());
    let mut front = Front::start_with(port, filter).unwrap();
    front.upstream.answer(answer("{}"));
    assert!(front.client.exchange(&post("{}")).unwrap().status() >= 500);
    assert!(front.upstream.take().is_empty(), "the request went by");
    assert!(front.envoy.log().unwrap().contains("is longer than"), "no reason in the log");
    std::fs::remove_dir_all(folder).unwrap();
}
