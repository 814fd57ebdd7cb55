//! Manifests that put the filter into a mesh of Istio: `WasmPlugin`, `TrafficExtension` and
//! `EnvoyFilter`, as they are applied. What a proxy made of them is in its `config_dump`, and only
//! there: Istio may refuse a manifest, or another one may say otherwise.

use super::tree::Node;
use super::trust::{Told, is_image};
use super::{Code, Findings, View, chain, plugin, quoted};

const KEY: &str = "COFFERDAM_KEY_";
const DIGEST_LETTERS: usize = 64;

/// Whether a document is an object of Kubernetes.
pub(super) fn is_manifest(root: &Node) -> bool {
    root.text_at("apiVersion").is_some() && root.text_at("kind").is_some()
}

/// Manifests that a `List` holds, or the one that it is.
fn unpacked(root: &Node) -> Vec<&Node> {
    match root.text_at("kind") {
        Some("List") => root.list("items").iter().filter(|item| is_manifest(item)).collect(),
        _ => vec![root],
    }
}

/// What has Istio put a plugin into proxies.
#[derive(Clone, Copy)]
struct Extension<'n> {
    manifest: &'n Node,
    spec: &'n Node,
    /// The fields of the plugin itself: those of a `TrafficExtension` stand deeper.
    plugin: &'n Node,
}

impl<'n> Extension<'n> {
    fn of(manifest: &'n Node) -> Option<Self> {
        let spec = manifest.get("spec")?;
        let plugin = match manifest.text_at("kind")? {
            "WasmPlugin" => spec,
            "TrafficExtension" => spec.get("wasm")?,
            _ => return None,
        };
        Some(Self { manifest, spec, plugin })
    }

    fn is_ours(&self) -> bool {
        let name = self.manifest.at(&["metadata", "name"]).and_then(Node::text);
        let called = self.plugin.text_at("pluginName").or(name);
        let url = self.plugin.text_at("url").unwrap_or_default();
        let bundle = self.plugin.at(&["pluginConfig", "bundle"]).is_some();
        called == Some("cofferdam") || url.contains("cofferdam") || bundle
    }
}

impl View<'_> {
    /// All manifests together: the filter and its guard may stand in two of them.
    pub(super) fn mesh(&self, findings: &mut Findings) {
        let roots = self.host.roots.iter().copied().filter(|root| is_manifest(root));
        let manifests: Vec<&Node> = roots.flat_map(unpacked).collect();
        let Some(first) = manifests.first() else { return };
        let extensions: Vec<_> = manifests.iter().copied().filter_map(Extension::of).collect();
        let mut patches = Vec::new();
        for manifest in &manifests {
            if manifest.text_at("kind") == Some("EnvoyFilter") {
                let list = manifest.at(&["spec", "configPatches"]).map_or(&[][..], Node::items);
                patches.extend(list.iter().map(|patch| (*manifest, patch)));
            }
        }
        let mut there = false;
        for extension in extensions {
            if extension.is_ours() {
                there = true;
                own(extension, findings);
                self.trust(&Told::by_istio(extension.plugin), findings);
                let scope = Scope::of_extension(extension);
                guarded(extension.manifest, &scope, &patches, findings);
            } else {
                findings.tell_key(
                    extension.manifest,
                    "kind",
                    Code::HostOrder,
                    "another plugin sees or sends on what was not judged, or alters what was",
                    "take it out, or put it into a proxy of its own",
                );
            }
        }
        for (manifest, patch) in &patches {
            if let Some(config) = extension_config(patch) {
                there = true;
                self.settings(config, findings);
                guarded(manifest, &Scope::of_patch(manifest, patch), &patches, findings);
            } else {
                foreign(patch, findings);
            }
        }
        if !there && self.host.listeners.is_empty() {
            findings.tell_key(
                first,
                "kind",
                Code::HostFilter,
                "no filter of cofferdam is in these manifests",
                "hand in what `cofferdam deploy --istio` writes, in one file or several",
            );
        }
    }
}

/// What of a plugin of ours lets data pass.
fn own(extension: Extension<'_>, findings: &mut Findings) {
    let Extension { spec, plugin, .. } = extension;
    if let Some(strategy) = plugin.text_at("failStrategy")
        && !matches!(strategy, "FAIL_CLOSE" | "FAIL_RELOAD")
    {
        let help = "write `failStrategy: FAIL_CLOSE`";
        let message = "when the filter fails, everything passes";
        findings.tell_key(plugin, "failStrategy", Code::HostOpen, message, help);
    }
    if let Some(phase) = spec.text_at("phase")
        && phase != "UNSPECIFIED_PHASE"
    {
        let message = format!(
            "in the phase {} the filter does not stand right before guard and router: what comes \
             behind it may alter what was judged",
            quoted(phase)
        );
        let help = "take `phase` out: without one it stands behind all others";
        findings.tell_key(spec, "phase", Code::HostOrder, message, help);
    }
    if let Some(kind) = plugin.text_at("type").filter(|kind| *kind != "HTTP") {
        let message = format!("as a plugin of type {} it sees no message", quoted(kind));
        findings.tell_key(plugin, "type", Code::HostFilter, message, "write `type: HTTP`");
    }
    pinned(plugin, findings);
    for variable in plugin.at(&["vmConfig", "env"]).map_or(&[][..], Node::items) {
        let name = variable.text_at("name").unwrap_or_default();
        if name.starts_with(KEY) && variable.text_at("valueFrom") != Some("HOST") {
            findings.tell(
                variable,
                Code::HostKey,
                format!("the key {} stands in the manifest, for all who read it", quoted(name)),
                "write `valueFrom: HOST`, and give the proxy's process the variable",
            );
        }
    }
}

/// Whether nothing else than one module can be fetched.
fn pinned(plugin: &Node, findings: &mut Findings) {
    let is_digest =
        |text: &str| text.len() == DIGEST_LETTERS && text.bytes().all(|b| b.is_ascii_hexdigit());
    let url = plugin.text_at("url").unwrap_or_default();
    let named = url.rsplit_once("@sha256:").map(|(_, digest)| digest);
    let digest = plugin.text_at("sha256");
    const ELSE: &str = "whoever serves the module may serve another one";
    if !digest.is_some_and(is_digest) {
        let help = "write the digest of the image, or of the module, as `sha256`";
        let key = if plugin.get("sha256").is_some() { "sha256" } else { "url" };
        findings.tell_key(plugin, key, Code::HostModule, ELSE, help);
    }
    if is_image(url) && !named.is_some_and(is_digest) {
        let help = "name the image by its digest: `oci://REGISTRY/NAME@sha256:DIGEST`";
        findings.tell_key(plugin, "url", Code::HostModule, ELSE, help);
    } else if let Some((named, digest)) = named.zip(digest.filter(|text| is_digest(text)))
        && named != digest
    {
        let message = "`url` and `sha256` name two digests";
        let help = "write the digest of the image in both";
        findings.tell_key(plugin, "sha256", Code::HostModule, message, help);
    }
}

/// Which proxies, and which traffic of theirs.
struct Scope<'n> {
    namespace: &'n str,
    labels: Vec<(&'n str, &'n str)>,
    contexts: &'static [&'static str],
}

impl<'n> Scope<'n> {
    fn of_extension(extension: Extension<'n>) -> Self {
        let Extension { manifest, spec, .. } = extension;
        let modes = spec.list("match").iter().map(|one| one.text_at("mode").unwrap_or_default());
        let modes: Vec<_> = modes.collect();
        let all = |wanted: &str| !modes.is_empty() && modes.iter().all(|mode| *mode == wanted);
        let contexts: &'static [&'static str] = match (all("SERVER"), all("CLIENT")) {
            (true, _) => &["ANY", "SIDECAR_INBOUND"],
            (_, true) => &["ANY", "GATEWAY", "SIDECAR_OUTBOUND"],
            _ => &["ANY"],
        };
        let labels = labels(spec.at(&["selector", "matchLabels"]));
        Self { namespace: namespace(manifest), labels, contexts }
    }

    fn of_patch(manifest: &'n Node, patch: &'n Node) -> Self {
        let contexts: &'static [&'static str] = match context(patch) {
            "GATEWAY" => &["ANY", "GATEWAY"],
            "SIDECAR_INBOUND" => &["ANY", "SIDECAR_INBOUND"],
            "SIDECAR_OUTBOUND" => &["ANY", "SIDECAR_OUTBOUND"],
            _ => &["ANY"],
        };
        let labels = labels(manifest.at(&["spec", "workloadSelector", "labels"]));
        Self { namespace: namespace(manifest), labels, contexts }
    }

    /// Whether a patch of this manifest reaches all of it.
    fn is_reached(&self, manifest: &Node, patch: &Node) -> bool {
        let wanted = labels(manifest.at(&["spec", "workloadSelector", "labels"]));
        namespace(manifest) == self.namespace
            && wanted.iter().all(|label| self.labels.contains(label))
            && self.contexts.contains(&context(patch))
    }
}

fn namespace(manifest: &Node) -> &str {
    manifest.at(&["metadata", "namespace"]).and_then(Node::text).unwrap_or("default")
}

fn labels(node: Option<&Node>) -> Vec<(&str, &str)> {
    let pairs = node.into_iter().flat_map(Node::pairs);
    pairs.map(|(key, _, value)| (key, value.text().unwrap_or_default())).collect()
}

fn context(patch: &Node) -> &str {
    patch.at(&["match", "context"]).and_then(Node::text).unwrap_or("ANY")
}

/// A guard stands before the router of all proxies that have the filter.
fn guarded(
    manifest: &Node,
    scope: &Scope<'_>,
    patches: &[(&Node, &Node)],
    findings: &mut Findings,
) {
    let before_router = |patch: &Node| {
        let filter = ["match", "listener", "filterChain", "filter", "subFilter", "name"];
        patch.text_at("applyTo") == Some("HTTP_FILTER")
            && patch.at(&["patch", "operation"]).and_then(Node::text) == Some("INSERT_BEFORE")
            && patch.at(&filter).and_then(Node::text) == Some("envoy.filters.http.router")
    };
    let is_guard = |(of, patch): &(&Node, &Node)| {
        let value = patch.at(&["patch", "value"]);
        before_router(patch)
            && value.is_some_and(chain::is_guard_filter)
            && scope.is_reached(of, patch)
    };
    if !patches.iter().any(is_guard) {
        findings.tell_key(
            manifest,
            "kind",
            Code::HostGuard,
            "no guard stands before the router of these proxies: where the filter does not run, \
             everything passes",
            "add the `EnvoyFilter` that `cofferdam deploy --istio` writes, for the same namespace, \
             workloads and traffic",
        );
    }
}

/// The settings of our plugin, where a patch brings it.
fn extension_config(patch: &Node) -> Option<&Node> {
    let typed = patch.at(&["patch", "value", "typed_config"])?;
    let (kind, body) = typed.typed();
    let config = kind.ends_with(".wasm.v3.Wasm").then(|| body.get("config"))??;
    plugin::is_ours(&config).then_some(config)
}

/// What a patch that does not bring the filter does to it.
fn foreign(patch: &Node, findings: &mut Findings) {
    let operation = patch.at(&["patch", "operation"]).and_then(Node::text).unwrap_or_default();
    let value = patch.at(&["patch", "value"]);
    if patch.text_at("applyTo") == Some("HTTP_FILTER") {
        if matches!(operation, "REMOVE" | "REPLACE") {
            findings.tell(
                patch,
                Code::HostOpen,
                "the patch takes filters out, and may take the filter or its guard",
                "take the patch out",
            );
        }
        if let Some(value) = value.filter(|_| operation != "MERGE") {
            chain::quiet(value, findings);
        }
    }
    for list in ["typed_per_filter_config", "request_mirror_policies"] {
        if let Some(value) = value.and_then(|value| holder(value, list)) {
            let (code, message) = match list {
                "request_mirror_policies" => {
                    (Code::HostCopy, "requests are sent to another place as well")
                }
                _ => (Code::HostOpen, "routes may turn the filter or its guard off"),
            };
            findings.tell_key(value, list, code, message, "take it out");
        }
    }
}

/// What holds this name, however deep.
fn holder<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    if node.get(name).is_some() {
        return Some(node);
    }
    let below = node.pairs().map(|(_, _, value)| value).chain(node.items());
    below.into_iter().find_map(|value| holder(value, name))
}
