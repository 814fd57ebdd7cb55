//! The image of a module: one layout, by the specification of OCI and its `compat` variant, the
//! same whenever and wherever it is made.

use crate::host::{CALLBACKS, module};
use crate::process::{Folder, run};
use cofferdam_engine::blob::Digest;
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::path::Path;

fn json_in(folder: &str, name: &str) -> Value {
    let bytes = fs::read(Path::new(folder).join(name)).expect("a file");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The bytes that a descriptor is about; it says their digest and their length.
fn described(folder: &str, descriptor: &Value, media_type: &str) -> Vec<u8> {
    assert_eq!(descriptor["mediaType"], media_type);
    let digest = descriptor["digest"].as_str().expect("a digest");
    let hex = digest.strip_prefix("sha256:").expect("sha256");
    let bytes = fs::read(Path::new(folder).join("blobs/sha256").join(hex)).expect("a blob");
    assert_eq!(
        (Digest::of(&bytes).to_string(), bytes.len()),
        (hex.to_owned(), {
            usize::try_from(descriptor["size"].as_u64().expect("a size")).expect("small")
        })
    );
    bytes
}

#[test]
fn a_module_becomes_one_layer_with_the_name_that_istio_looks_for() {
    let folder = Folder::new("image");
    let module = module(&CALLBACKS);
    let file = folder.file("filter.wasm", &module);
    let image = folder.path("image");
    let ran = run(&["image", &file, "-o", &image]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(json_in(&image, "oci-layout"), json!({ "imageLayoutVersion": "1.0.0" }));
    let index = json_in(&image, "index.json");
    let [only] = index["manifests"].as_array().expect("manifests").as_slice() else {
        panic!("{index}")
    };
    let manifest = described(&image, only, "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(ran.text(), format!("sha256:{}  {image}\n", Digest::of(&manifest)));
    assert!(ran.stderr.contains(&Digest::of(&module).to_string()), "{}", ran.stderr);
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["annotations"], json!({ "module.wasm.image/variant": "compat" }));
    let [layer] = manifest["layers"].as_array().expect("layers").as_slice() else {
        panic!("{manifest}")
    };
    let layer = described(&image, layer, "application/vnd.oci.image.layer.v1.tar+gzip");
    let mut archive = Vec::new();
    flate2::read::GzDecoder::new(&layer[..]).read_to_end(&mut archive).expect("gzip");
    let config = "application/vnd.oci.image.config.v1+json";
    let config = described(&image, &manifest["config"], config);
    let config: Value = serde_json::from_slice(&config).expect("JSON");
    let diff = format!("sha256:{}", Digest::of(&archive));
    assert_eq!(config["rootfs"], json!({ "type": "layers", "diff_ids": [diff] }));
    let mut archive = tar::Archive::new(&archive[..]);
    let mut names = Vec::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        names.push(entry.path().expect("a path").display().to_string());
        assert_eq!(entry.header().mtime().expect("a time"), 0);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("bytes");
        assert_eq!(bytes, module);
    }
    assert_eq!(names, ["plugin.wasm"]);
}

#[test]
fn the_same_module_gives_the_same_image() {
    let folder = Folder::new("image-twice");
    let file = folder.file("filter.wasm", &module(&CALLBACKS));
    // Another name, place and time of the module.
    let other = folder.file("elsewhere/renamed.wasm", &module(&CALLBACKS));
    let (one, two) = (folder.path("one"), folder.path("two"));
    assert_eq!(run(&["image", &file, "-o", &one]).status, 0);
    assert_eq!(run(&["image", &other, "-o", &two]).status, 0);
    let files = |folder: &str| {
        let blobs = fs::read_dir(Path::new(folder).join("blobs/sha256")).expect("blobs");
        let mut paths: Vec<_> = blobs.map(|blob| blob.expect("a blob").path()).collect();
        paths.extend(["index.json", "oci-layout"].map(|name| Path::new(folder).join(name)));
        paths.sort();
        let read = |path: &std::path::PathBuf| {
            let name = path.strip_prefix(folder).expect("in it").to_owned();
            (name, fs::read(path).expect("a file"))
        };
        paths.iter().map(read).collect::<Vec<_>>()
    };
    assert_eq!(files(&one).len(), 5);
    assert_eq!(files(&one), files(&two));
}

#[test]
fn what_is_no_module_and_a_folder_that_is_taken_are_refused() {
    let folder = Folder::new("image-wrong");
    let image = folder.path("image");
    let text = folder.file("a\u{202e}b.wasm", b"#!/bin/sh\n");
    let ran = run(&["image", &text, "-o", &image]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("not a WebAssembly module\nhelp: "), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{202e}'), "{}", ran.stderr);
    let deaf = folder.file("deaf.wasm", &module(&CALLBACKS[..8]));
    let ran = run(&["image", &deaf, "-o", &image]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("`proxy_on_log`"), "{}", ran.stderr);
    assert!(!Path::new(&image).exists());
    let whole = folder.file("filter.wasm", &module(&CALLBACKS));
    let taken = folder.file("taken/letter.txt", b"mine");
    let ran = run(&["image", &whole, "-o", &folder.path("taken")]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("there is something in this folder"), "{}", ran.stderr);
    assert_eq!(fs::read(taken).expect("still there"), b"mine");
    // A file is no folder, and stays.
    let ran = run(&["image", &whole, "-o", &text]);
    assert_eq!(ran.status, 2);
    assert_eq!(fs::read(text).expect("still there"), b"#!/bin/sh\n");
    // An empty folder is one to write to.
    fs::create_dir(&image).expect("a folder");
    assert_eq!(run(&["image", &whole, "-o", &image]).status, 0);
    let parts = fs::read_dir(&folder.0).expect("a folder").flatten();
    let parts = parts.filter(|file| file.file_name().to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0);
}
