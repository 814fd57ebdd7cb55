//! Makes an image of the filter's module, as registries keep images and Istio takes modules: the
//! layout of OCI, in the `compat` variant, whose one layer holds `plugin.wasm`.
//! The same module gives the same bytes: nothing in an image tells when or where it was made, so
//! that its digest can be worked out by whoever has the module. Writes no file.
//!
//! <https://github.com/solo-io/wasm/blob/master/spec/spec-compat.md>

use crate::deploy::{self, ModuleError};
use cofferdam_engine::blob::Digest;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};
use std::io::{self, Write as _};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// What the one file of an image is called; Istio looks for no other.
pub const MODULE_NAME: &str = "plugin.wasm";

/// An image, as files of a folder.
#[derive(Clone, Debug)]
pub struct Image {
    /// The digest of its manifest, by which a reference names it: `...@sha256:DIGEST`.
    pub digest: Digest,
    /// The digest of the module in it.
    pub module: Digest,
    /// Paths, with `/` between their parts, and bytes; sorted.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why there is no image.
#[derive(Debug)]
pub struct ImageError {
    kind: ImageErrorKind,
}

#[derive(Debug)]
enum ImageErrorKind {
    Module(ModuleError),
    Archive(io::Error),
}

impl std::fmt::Display for ImageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            ImageErrorKind::Module(error) => error.fmt(f),
            ImageErrorKind::Archive(error) => write!(f, "no archive can be made of it: {error}"),
        }
    }
}

impl std::error::Error for ImageError {}

impl Image {
    /// The image of a module.
    ///
    /// # Errors
    /// When the bytes are no module that a proxy could call.
    pub fn of_module(module: &[u8]) -> Result<Self, ImageError> {
        let refused = |error| ImageError { kind: ImageErrorKind::Module(error) };
        deploy::capabilities(module).map_err(refused)?;
        let failed = |error| ImageError { kind: ImageErrorKind::Archive(error) };
        let archive = archive(module).map_err(failed)?;
        let layer = compressed(&archive).map_err(failed)?;
        let config = text(&json!({
            "architecture": "wasm",
            "os": "wasip1",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": [named(&archive)] },
        }));
        let manifest = text(&json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, &config),
            "layers": [descriptor(LAYER, &layer)],
            "annotations": { "module.wasm.image/variant": "compat" },
        }));
        let index = text(&json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [descriptor(MANIFEST, &manifest)],
        }));
        let digest = Digest::of(&manifest);
        let blobs = [layer, config, manifest];
        let mut files: Vec<_> = blobs
            .into_iter()
            .map(|bytes| (format!("blobs/sha256/{}", Digest::of(&bytes)), bytes))
            .collect();
        files.push(("index.json".to_owned(), index));
        files.push(("oci-layout".to_owned(), text(&json!({ "imageLayoutVersion": "1.0.0" }))));
        files.sort();
        Ok(Self { digest, module: Digest::of(module), files })
    }
}

/// One file that anybody may read and that belongs to nobody, of the year 1970.
fn archive(module: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(module.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_data(&mut header, MODULE_NAME, module)?;
    archive.into_inner()
}

fn compressed(archive: &[u8]) -> io::Result<Vec<u8>> {
    // The header says nothing of a time, a name or a system.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(archive)?;
    encoder.finish()
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": named(bytes), "size": bytes.len() })
}

fn named(bytes: &[u8]) -> String {
    format!("sha256:{}", Digest::of(bytes))
}

/// Keys of an object are sorted.
fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}
