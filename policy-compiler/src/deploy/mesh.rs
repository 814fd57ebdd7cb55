//! The filter in a mesh of Istio, as a person thinks of it: which workloads, which image, which
//! bundle; and what must fit together before a manifest is worth writing.
//! Believes no signature: `cofferdam bundle` and the filter ask for those.

use super::{ModuleError, Release, Side, capabilities};
use crate::image::{Image, ImageError};
use cofferdam_engine::Bundle;
use cofferdam_engine::blob::{BlobError, Digest};
use cofferdam_engine::model::Tables;
use cofferdam_engine::trust::{self, BundleFile, Chain, Reason};
use std::fmt;
use std::str::FromStr;

/// Longest name of an object, and longest value of a label, in Kubernetes.
const LABEL_BYTES_MAX: usize = 63;

/// The filter in a mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// First lines of the file: what wrote it.
    pub title: String,
    /// What the objects are called.
    pub name: String,
    /// The namespace that they are in, and their workloads.
    pub namespace: String,
    /// Labels that the workloads have; none means all of the namespace.
    pub labels: Vec<(String, String)>,
    /// Which traffic of theirs it is.
    pub side: Side,
    /// What has the filter put in.
    pub resource: Resource,
    /// The image, without its digest: `REGISTRY/NAME`.
    pub image: String,
    /// What it digests to.
    pub image_digest: Digest,
    /// Name of the secret that it is fetched with.
    pub pull_secret: Option<String>,
    /// The filter.
    pub filter: MeshFilter,
}

/// What of Istio's has the filter put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resource {
    /// `WasmPlugin`, in every Istio.
    #[default]
    WasmPlugin,
    /// `TrafficExtension`, which takes its place from 1.30 on.
    TrafficExtension,
    /// `EnvoyFilter`, which says all that Envoy can be told.
    EnvoyFilter,
}

/// The filter and what it is given.
#[derive(Clone, Debug)]
pub struct MeshFilter {
    /// What the module may call and what of it may be called.
    pub capabilities: Vec<String>,
    /// The digest of the module.
    pub module: Digest,
    /// The bundle.
    pub bundle: Vec<u8>,
    /// Another one, which decides beside it and alters nothing.
    pub candidate: Option<Vec<u8>>,
    /// The digest of the first root.
    pub pin: Digest,
    /// Which mesh this is.
    pub audience: String,
    /// The least version of a release that is taken.
    pub floor: u64,
    /// Zone of the proxies' own end, where nothing else says it.
    pub own_zone: Option<String>,
    /// Names of the policy's keys; the proxies' environment holds them.
    pub keys: Vec<String>,
    /// Longest message that is held until its verdict.
    pub inspect_bytes_max: u64,
    /// Lets trailers of requests on.
    pub request_trailers: bool,
    /// Which releases of Envoy the proxies are.
    pub release: Release,
}

/// Why manifests cannot be written.
#[derive(Debug)]
pub struct MeshError {
    kind: MeshErrorKind,
}

#[derive(Debug)]
pub(super) enum MeshErrorKind {
    Image(ImageError),
    Module(ModuleError),
    OtherImage { said: Digest, made: Digest },
    Bundle(Reason),
    Roots(Reason),
    OtherBlob,
    NoPolicy(BlobError),
    OtherModule(Digest),
    OtherAudience { said: String, written: String },
    UnknownZone(String),
    SecretUnread,
    Long,
    Unprintable,
}

impl From<MeshErrorKind> for MeshError {
    fn from(kind: MeshErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for MeshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            MeshErrorKind::Image(error) => error.fmt(f),
            MeshErrorKind::Module(error) => error.fmt(f),
            MeshErrorKind::OtherImage { said, made } => write!(
                f,
                "the image of this module has the digest {made}, and {said} was said\n\
                 help: push what `cofferdam image` makes of this module, or name no digest"
            ),
            MeshErrorKind::Bundle(reason) => {
                write!(f, "{reason}: {}\nhelp: `cofferdam bundle -o FILE` writes one", {
                    reason.meaning()
                })
            }
            MeshErrorKind::Roots(reason) => write!(
                f,
                "{reason}: {}\nhelp: `cofferdam bundle` says which pin hosts are told",
                reason.meaning()
            ),
            MeshErrorKind::OtherBlob => f.write_str(
                "the bundle holds another blob than its release is for\n\
                 help: `cofferdam bundle -o FILE` writes one that fits",
            ),
            MeshErrorKind::NoPolicy(error) => {
                write!(f, "{error}\nhelp: release it anew: `cofferdam release propose`")
            }
            MeshErrorKind::OtherModule(module) => write!(
                f,
                "the release is not for a module with the digest {module}\n\
                 help: `cofferdam release propose --module` says which modules it is for",
            ),
            MeshErrorKind::OtherAudience { said, written } => write!(
                f,
                "the release is for the audience `{written}`, and `{said}` was said\n\
                 help: no filter there would take it",
            ),
            MeshErrorKind::UnknownZone(zone) => {
                write!(f, "own zone `{zone}` is not a zone of the policy")
            }
            MeshErrorKind::SecretUnread => f.write_str(
                "Istio hands secrets for images to no `EnvoyFilter`\n\
                 help: let proxies fetch without one, or take another `--resource`",
            ),
            MeshErrorKind::Long => f.write_str(
                "the manifest is longer than Kubernetes takes: 1.5 MiB\n\
                 help: leave the candidate out, or take grants that have ended out of the bundle",
            ),
            MeshErrorKind::Unprintable => f.write_str("a name holds control characters"),
        }
    }
}

impl std::error::Error for MeshError {}

impl MeshFilter {
    /// The filter for a bundle, and the policy that is in it, once the bundle was looked at: it is
    /// for this module and this audience, and its roots begin with the one that is pinned.
    ///
    /// # Errors
    /// When something does not fit.
    pub fn new(
        module: &[u8],
        bundle: &[u8],
        pin: Digest,
        audience: &str,
    ) -> Result<(Self, Tables), MeshError> {
        let capabilities = capabilities(module).map_err(MeshErrorKind::Module)?;
        let module = Digest::of(module);
        let (file, floor) = fitting(bundle, pin, audience, module)?;
        let policy = Bundle::parse(file.blob).map_err(MeshErrorKind::NoPolicy)?;
        let tables = policy.tables().clone();
        let filter = Self {
            capabilities,
            module,
            bundle: bundle.to_vec(),
            candidate: None,
            pin,
            audience: audience.to_owned(),
            floor,
            own_zone: None,
            keys: tables.keys.clone(),
            inspect_bytes_max: tables.limits.inspect_bytes_max,
            request_trailers: false,
            release: Release::Before1_40,
        };
        Ok((filter, tables))
    }

    /// The same with another bundle, which decides beside it and alters nothing.
    ///
    /// # Errors
    /// When that one does not fit.
    pub fn beside(self, candidate: &[u8]) -> Result<Self, MeshError> {
        fitting(candidate, self.pin, &self.audience, self.module)?;
        Ok(Self { candidate: Some(candidate.to_vec()), ..self })
    }
}

/// A bundle that is for these hosts, and the version of its release.
fn fitting(
    bytes: &[u8],
    pin: Digest,
    audience: &str,
    module: Digest,
) -> Result<(BundleFile, u64), MeshError> {
    let file = BundleFile::parse(bytes).map_err(MeshErrorKind::Bundle)?;
    Chain::follow(&file.roots, &pin, None).map_err(MeshErrorKind::Roots)?;
    let release = file.release.as_ref().ok_or(MeshErrorKind::Bundle(Reason::ReleaseMissing))?;
    let release = trust::Release::parse(release.unverified()).map_err(MeshErrorKind::Bundle)?;
    if Digest::of(&file.blob) != release.blob {
        return Err(MeshErrorKind::OtherBlob.into());
    }
    if release.audience != audience {
        let (said, written) = (audience.to_owned(), release.audience);
        return Err(MeshErrorKind::OtherAudience { said, written }.into());
    }
    if !release.modules.contains(&module) {
        return Err(MeshErrorKind::OtherModule(module).into());
    }
    Ok((file, release.version))
}

impl Mesh {
    /// Puts the filter into the workloads of a namespace, from the image that the module makes.
    ///
    /// # Errors
    /// When another digest of the image was said.
    pub fn new(
        namespace: &str,
        image: &ImageName,
        module: &[u8],
        filter: MeshFilter,
    ) -> Result<Self, MeshError> {
        let made = Image::of_module(module).map_err(MeshErrorKind::Image)?.digest;
        if let Some(said) = image.digest.filter(|said| *said != made) {
            return Err(MeshErrorKind::OtherImage { said, made }.into());
        }
        Ok(Self {
            title: String::new(),
            name: "cofferdam".to_owned(),
            namespace: namespace.to_owned(),
            labels: Vec::new(),
            side: Side::Gateway,
            resource: Resource::default(),
            image: image.name.clone(),
            image_digest: made,
            pull_secret: None,
            filter,
        })
    }

    /// Checks what the mesh would refuse, or worse, leave out.
    ///
    /// # Errors
    /// When a name points nowhere.
    pub fn check(&self, tables: &Tables) -> Result<(), MeshError> {
        if self.pull_secret.is_some() && self.resource == Resource::EnvoyFilter {
            return Err(MeshErrorKind::SecretUnread.into());
        }
        match &self.filter.own_zone {
            Some(own) if tables.zones.iter().all(|zone| zone.name != *own) => {
                Err(MeshErrorKind::UnknownZone(own.clone()).into())
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Why a word of a command line is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordError {
    shape: &'static str,
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.shape)
    }
}

impl std::error::Error for WordError {}

/// `REGISTRY/NAME[@sha256:DIGEST]`: no tag, for that names another image tomorrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName {
    name: String,
    digest: Option<Digest>,
}

impl FromStr for ImageName {
    type Err = WordError;

    fn from_str(word: &str) -> Result<Self, WordError> {
        let error = WordError { shape: "REGISTRY/NAME[@sha256:DIGEST], without a tag" };
        let word = word.strip_prefix("oci://").unwrap_or(word);
        let (name, digest) = match word.split_once('@') {
            None => (word, None),
            Some((name, digest)) => {
                let digest = digest.strip_prefix("sha256:").and_then(trust::digest);
                (name, Some(digest.ok_or_else(|| error.clone())?))
            }
        };
        let (registry, path) = name.split_once('/').ok_or_else(|| error.clone())?;
        let host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        let part = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte)
        };
        let good = !registry.is_empty() && registry.bytes().all(host);
        match good && !path.is_empty() && path.bytes().all(part) {
            true => Ok(Self { name: name.to_owned(), digest }),
            false => Err(error),
        }
    }
}

/// The name of an object of Kubernetes, or of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName(pub String);

impl FromStr for ObjectName {
    type Err = WordError;

    fn from_str(word: &str) -> Result<Self, WordError> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let good = word.len() <= LABEL_BYTES_MAX
            && word.bytes().all(inner)
            && edge(word.bytes().next())
            && edge(word.bytes().next_back());
        let shape = "small letters, digits and `-` between them, 63 at most";
        if good { Ok(Self(word.to_owned())) } else { Err(WordError { shape }) }
    }
}

/// `KEY=VALUE`: a label of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(pub String, pub String);

impl FromStr for Label {
    type Err = WordError;

    fn from_str(word: &str) -> Result<Self, WordError> {
        let error = WordError { shape: "KEY=VALUE, a label as Kubernetes has them" };
        let (key, value) = word.split_once('=').ok_or_else(|| error.clone())?;
        let value_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let name = key.rsplit('/').next().unwrap_or_default();
        let good = (1..=LABEL_BYTES_MAX).contains(&name.len())
            && key.bytes().all(|byte| value_byte(byte) || byte == b'/')
            && value.len() <= LABEL_BYTES_MAX
            && value.bytes().all(value_byte);
        if good { Ok(Self(key.to_owned(), value.to_owned())) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: FromStr>(words: &[&str]) -> Vec<bool> {
        words.iter().map(|word| word.parse::<T>().is_ok()).collect()
    }

    #[test]
    fn an_image_has_a_registry_and_no_tag() {
        let digest = "a".repeat(64);
        let pinned = format!("oci://registry.example:5000/mesh/cofferdam@sha256:{digest}");
        let good = ["registry.example/cofferdam", "127.0.0.1:5000/c", &pinned];
        assert_eq!(read::<ImageName>(&good), [true; 3]);
        let short = format!("registry.example/c@sha256:{}", &digest[1..]);
        let bad = ["cofferdam", "r/c:latest", "r/", "/c", "r/C", "r/a b", "r/\u{202e}", &short];
        assert_eq!(read::<ImageName>(&bad), [false; 8]);
    }

    #[test]
    fn names_and_labels_are_those_that_kubernetes_takes() {
        assert_eq!(read::<ObjectName>(&["shop", "a", "a-1"]), [true; 3]);
        let long = "a".repeat(64);
        assert_eq!(read::<ObjectName>(&["", "-a", "a-", "A", "a.b", "a\nb", &long]), [false; 7]);
        assert_eq!(read::<Label>(&["app=shop", "istio.io/rev=", "app=Shop_1.2"]), [true; 3]);
        assert_eq!(read::<Label>(&["app", "=shop", "app=a b", "app=\"", "/=a"]), [false; 5]);
    }
}
