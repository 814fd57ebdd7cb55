//! Renders the manifests that put the filter into a mesh of Istio: what has the module fetched and
//! configured, and an `EnvoyFilter` with what must stand around it.
//! Decides nothing that a caller could decide otherwise. Listeners, routes, clusters and
//! certificates are the mesh's own.
//!
//! Fields are those that <https://istio.io/latest/docs/reference/config/> describes, under
//! `proxy_extensions/wasm-plugin`, `proxy_extensions/traffic_extension` and
//! `networking/envoy-filter`. `EnvoyFilter` cannot alter what a `WasmPlugin` or a
//! `TrafficExtension` becomes: of extensions that are discovered it adds its own, nothing else.

use super::Side;
use super::around::{
    CLUSTER_BUFFER_BYTES, GUARD, LISTENER_BUFFER_BYTES_MIN, NO_REQUEST_TRAILERS, PEER_URIS, Plugin,
    REQUEST_BUFFER_FACTOR, Variable, configuration, fetched, key_variable, told,
};
use super::mesh::{Mesh, MeshError, MeshErrorKind, Resource};
use super::text::{folded, indent, quoted};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Trust as Settings;

/// Longest object that Kubernetes takes: what its store, etcd, takes in one request.
const OBJECT_BYTES_MAX: usize = 1024 * 1024 * 3 / 2;

/// Where an `EnvoyFilter` finds HTTP filters.
const MANAGER: &str = "listener: { filterChain: { filter: { \
    name: envoy.filters.network.http_connection_manager } } }";
/// And the last of them.
const ROUTER: &str = "listener: { filterChain: { filter: { \
    name: envoy.filters.network.http_connection_manager, \
    subFilter: { name: envoy.filters.http.router } } } }";

/// All manifests, as one file.
///
/// # Errors
/// When something in it cannot be shown.
pub fn manifests(mesh: &Mesh) -> Result<String, MeshError> {
    let mut documents = Vec::new();
    match mesh.resource {
        Resource::WasmPlugin => documents.push(wasm_plugin(mesh)?),
        Resource::TrafficExtension => documents.push(traffic_extension(mesh)?),
        // It has the filter in it.
        Resource::EnvoyFilter => {}
    }
    documents.push(envoy_filter(mesh)?);
    if documents.iter().any(|document| document.len() > OBJECT_BYTES_MAX) {
        return Err(MeshErrorKind::Long.into());
    }
    Ok(format!("{}{}", head(mesh), documents.join("---\n")))
}

/// What a reader must know, and what of a bootstrap is not here.
fn head(mesh: &Mesh) -> String {
    let title = mesh.title.lines().map(|line| format!("# {line}\n")).collect::<String>();
    let kind = match mesh.resource {
        Resource::WasmPlugin | Resource::TrafficExtension => PLUGIN_LACKS,
        Resource::EnvoyFilter => "",
    };
    format!("{title}{HEAD}{kind}")
}

const HEAD: &str = "\
# Apply it with `kubectl apply --server-side -f FILE`: without that a copy of all of it goes into an
# annotation, which a bundle is too long for.
#
# What the mesh keeps of its own, and why:
# - Addresses place nobody (`COFFERDAM_DIRECT_ADDRESS` is not set): Istio takes a caller's address
#   from a header where `numTrustedProxies` or a sidecar's own settings say so, and that cannot be
#   undone from here. Members of a policy are told by their certificates.
# - Istio normalizes paths before the filter sees them, and sends on what the filter saw.
# - `x-forwarded-client-cert` is Istio's; the filter believes the connection only.
# - Access logs: add `%FILTER_STATE(wasm.cofferdam:PLAIN)%` to their format, for the entries.
# - Labels of metrics: `stats_tags` of a proxy's bootstrap, which no manifest adds to. Without them
#   the names of counters hold their labels.
# - TCP that is not HTTP passes by all HTTP filters. `PeerAuthentication` with mode STRICT is what
#   keeps plain text out.
# Whether the guard arrived, and stands where it must, is in the `/config_dump` of a proxy:
# `cofferdam check-host` reads that.
";

const PLUGIN_LACKS: &str = "\
#
# What Istio has no field for in this kind of manifest; `--resource envoy-filter` has all of it:
# - `allow_on_headers_stop_iteration`: headers leave before a body is judged, so that what is
#   blocked then is cut, and not refused with a status.
# - `capability_restriction_config`: the module may call what any module may.
# - a `vm_id` of its own: plugins of the same module share a machine.
";

fn wasm_plugin(mesh: &Mesh) -> Result<String, MeshError> {
    Ok(format!(
        r#"apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {metadata}
spec:
  {selector}
  {plugin}
  # Behind everything that Istio does with a request, right before the guard and the router.
  phase: UNSPECIFIED_PHASE
  priority: -1000
  match:
    - mode: {mode}
"#,
        metadata = metadata(mesh)?,
        selector = indent(&labels("selector", "matchLabels", mesh)?, 2),
        plugin = indent(&plugin(mesh)?, 2),
        mode = mode(mesh.side),
    ))
}

fn traffic_extension(mesh: &Mesh) -> Result<String, MeshError> {
    Ok(format!(
        r#"# Istio 1.30 and newer.
apiVersion: extensions.istio.io/v1alpha1
kind: TrafficExtension
metadata: {metadata}
spec:
  {selector}
  # No `phase`: behind everything that Istio does with a request, right before guard and router.
  priority: -1000
  match:
    - mode: {mode}
  wasm:
    {plugin}
"#,
        metadata = metadata(mesh)?,
        selector = indent(&labels("selector", "matchLabels", mesh)?, 2),
        mode = mode(mesh.side),
        plugin = indent(&plugin(mesh)?, 4),
    ))
}

const WHY_IMAGE: &str =
    "# The image that `cofferdam image` makes of the module: nothing else has this digest.";

/// The fields that both kinds have.
fn plugin(mesh: &Mesh) -> Result<String, MeshError> {
    let secret = match &mesh.pull_secret {
        Some(secret) => format!("imagePullSecret: {}\n", shown(secret)?),
        None => String::new(),
    };
    let candidate = match &mesh.filter.candidate {
        Some(bytes) => format!("\n  candidate: {}", folded(&STANDARD.encode(bytes), 4)),
        None => String::new(),
    };
    Ok(format!(
        r#"{WHY_IMAGE}
url: {url}
sha256: "{digest}"
{secret}pluginName: cofferdam
type: HTTP
# A filter that fails lets nothing pass. `FAIL_RELOAD` (Istio 1.27 on) does the same, and starts the
# filter again.
failStrategy: FAIL_CLOSE
vmConfig:
  env:
    {env}
# The bundle, digest {bundle}
pluginConfig:
  bundle: {value}{candidate}"#,
        url = shown(&url(mesh))?,
        digest = mesh.image_digest,
        env = indent(&env(mesh)?, 4),
        bundle = Digest::of(&mesh.filter.bundle),
        value = folded(&STANDARD.encode(&mesh.filter.bundle), 4),
    ))
}

fn url(mesh: &Mesh) -> String {
    format!("oci://{}@sha256:{}", mesh.image, mesh.image_digest)
}

/// What the module's environment says beside keys.
fn settings(mesh: &Mesh) -> Vec<(&'static str, String)> {
    let filter = &mesh.filter;
    let trust = Settings {
        root: Some(filter.pin),
        audience: Some(filter.audience.clone()),
        floor: Some(filter.floor),
        module: Some(filter.module),
    };
    let mut settings: Vec<_> = told(&trust).collect();
    settings.extend(filter.own_zone.iter().map(|zone| ("COFFERDAM_SELF", zone.clone())));
    if mesh.resource == Resource::EnvoyFilter {
        settings.push(("COFFERDAM_HOLD_HEADERS", "1".to_owned()));
    }
    settings
}

fn env(mesh: &Mesh) -> Result<String, MeshError> {
    let mut lines = Vec::new();
    for (name, value) in settings(mesh) {
        lines.push(format!("- {{ name: {name}, value: {} }}", shown(&value)?));
    }
    if !mesh.filter.keys.is_empty() {
        lines
            .push("# Keys in hex; they are in the proxy's environment and never in a file.".into());
    }
    for key in &mesh.filter.keys {
        lines.push(format!("- {{ name: {}, valueFrom: HOST }}", shown(&key_variable(key))?));
    }
    Ok(lines.join("\n"))
}

fn envoy_filter(mesh: &Mesh) -> Result<String, MeshError> {
    Ok(format!(
        r#"apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {metadata}
spec:
  {selector}
  # Behind the patches of others, so that none of theirs comes between filter, guard and router.
  priority: 1000
  configPatches:
    {patches}
"#,
        metadata = metadata(mesh)?,
        selector = indent(&labels("workloadSelector", "labels", mesh)?, 2),
        patches = indent(&patches(mesh)?.join("\n"), 4),
    ))
}

/// In the order in which they are done.
fn patches(mesh: &Mesh) -> Result<Vec<String>, MeshError> {
    let context = context(mesh.side);
    let patch = |why: &str, to: &str, place: &str, operation: &str, value: &str| {
        let why = why.lines().map(|line| format!("# {line}\n")).collect::<String>();
        let place = if place.is_empty() { String::new() } else { format!(", {place}") };
        let value = indent(value, 6);
        format!(
            "{why}- applyTo: {to}\n  match: {{ context: {context}{place} }}\n  patch:\n    \
             operation: {operation}\n    value:\n      {value}"
        )
    };
    let mut patches = vec![patch(WHY_URIS, "HTTP_FILTER", MANAGER, "INSERT_FIRST", PEER_URIS)];
    if mesh.resource == Resource::EnvoyFilter {
        let extension = extension(mesh)?;
        patches.push(patch(WHY_EXTENSION, "EXTENSION_CONFIG", "", "ADD", &extension));
        patches.push(patch("", "HTTP_FILTER", ROUTER, "INSERT_BEFORE", DISCOVERED));
    }
    patches.push(patch(WHY_GUARD, "HTTP_FILTER", ROUTER, "INSERT_BEFORE", GUARD));
    if !mesh.filter.request_trailers {
        let value = NO_REQUEST_TRAILERS;
        patches.push(patch(WHY_TRAILERS, "HTTP_FILTER", ROUTER, "INSERT_BEFORE", value));
    }
    let buffer = mesh.filter.inspect_bytes_max.max(LISTENER_BUFFER_BYTES_MIN);
    let window = buffer.saturating_mul(4);
    let manager = format!(
        r#"typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
  stream_idle_timeout: 300s
  request_headers_timeout: 10s
  http_protocol_options: {{ enable_trailers: true }}
  http2_protocol_options:
    max_concurrent_streams: 100
    initial_stream_window_size: {buffer}
    initial_connection_window_size: {window}"#
    );
    patches.push(patch(WHY_LIMITS, "NETWORK_FILTER", MANAGER, "MERGE", &manager));
    patches.push(patch("", "HTTP_FILTER", ROUTER, "MERGE", QUIET_ROUTER));
    let limit = |name: &str, bytes: u64| format!("{name}: {bytes}");
    let listener = limit("per_connection_buffer_limit_bytes", buffer);
    patches.push(patch("", "LISTENER", "", "MERGE", &listener));
    let request = buffer.saturating_mul(REQUEST_BUFFER_FACTOR);
    let host = limit("request_body_buffer_limit", request);
    patches.push(patch("Envoy 1.36 and newer.", "VIRTUAL_HOST", "", "MERGE", &host));
    let cluster = limit("per_connection_buffer_limit_bytes", CLUSTER_BUFFER_BYTES);
    patches.push(patch(WHY_CLUSTER, "CLUSTER", "", "MERGE", &cluster));
    Ok(patches)
}

const WHY_URIS: &str = "\
All URIs of the peer's certificate, for a property has the first one only, and a certificate with
two of them places nobody.";
const WHY_EXTENSION: &str = "\
The filter. A proxy's agent fetches the image; where it cannot, nothing is served.";
const WHY_GUARD: &str = "\
The guard: only a filter that runs, and has looked at the request, leaves this word behind.
Envoy goes on without a filter whose worker could not be set up, whatever its failure policy.";
const WHY_TRAILERS: &str = "\
The guard was asked before trailers came, and nothing behind the filter can tell whether it has
looked at them: so none go on. `--request-trailers` lets them.";
const WHY_LIMITS: &str = "What is held until it is judged has room, and not more.";
const WHY_CLUSTER: &str = "\
Well below the listener's, so that a paused response holds the upstream back before it meets that.";

const DISCOVERED: &str = "\
name: cofferdam
config_discovery:
  # Nothing is served until it is there.
  config_source: { ads: {}, initial_fetch_timeout: 0s }
  type_urls:
    - type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
    - type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC";

/// What it would add tells the other zone how long an upstream took, and nothing that it needs.
const QUIET_ROUTER: &str = r#"typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  suppress_envoy_headers: true"#;

/// The whole of the filter, for a proxy that discovers it.
fn extension(mesh: &Mesh) -> Result<String, MeshError> {
    let filter = &mesh.filter;
    let unprintable = || MeshError::from(MeshErrorKind::Unprintable);
    let code = fetched(&url(mesh), "_", mesh.image_digest).ok_or_else(unprintable)?;
    let plugin = Plugin {
        code: format!("{WHY_IMAGE}\ncode:\n  {}", indent(&code, 2)),
        variables: settings(mesh).into_iter().map(Variable::from).collect(),
        keys: &filter.keys,
        why_keys: "Keys in hex; they are in the proxy's environment, in no file.",
        capabilities: &filter.capabilities,
        release: filter.release,
        policy: format!("The bundle, digest {}", Digest::of(&filter.bundle)),
        configuration: &configuration("bundle", filter.bundle.clone(), filter.candidate.as_deref()),
    };
    let plugin = plugin.text().ok_or_else(unprintable)?;
    Ok(format!("name: cofferdam\ntyped_config:\n  {}", indent(&plugin, 2)))
}

fn metadata(mesh: &Mesh) -> Result<String, MeshError> {
    let (name, namespace) = (shown(&mesh.name)?, shown(&mesh.namespace)?);
    Ok(format!("{{ name: {name}, namespace: {namespace} }}"))
}

/// The workloads that are meant.
fn labels(outer: &str, inner: &str, mesh: &Mesh) -> Result<String, MeshError> {
    if mesh.labels.is_empty() {
        return Ok("# No selector: every workload of the namespace.".to_owned());
    }
    let mut text = format!("{outer}:\n  {inner}:");
    for (key, value) in &mesh.labels {
        text.push_str(&format!("\n    {}: {}", shown(key)?, shown(value)?));
    }
    Ok(text)
}

/// Which traffic of a workload a plugin is asked about.
fn mode(side: Side) -> &'static str {
    match side {
        Side::Inbound => "SERVER",
        Side::Gateway | Side::Outbound => "CLIENT",
    }
}

fn context(side: Side) -> &'static str {
    match side {
        Side::Gateway => "GATEWAY",
        Side::Inbound => "SIDECAR_INBOUND",
        Side::Outbound => "SIDECAR_OUTBOUND",
    }
}

fn shown(value: &str) -> Result<String, MeshError> {
    quoted(value).ok_or_else(|| MeshErrorKind::Unprintable.into())
}

#[cfg(test)]
mod tests {
    use super::super::Release;
    use super::super::mesh::MeshFilter;
    use super::*;

    fn mesh(bundle: Vec<u8>) -> Mesh {
        let digest = Digest::of(b"");
        let filter = MeshFilter {
            capabilities: Vec::new(),
            module: digest,
            bundle,
            candidate: None,
            pin: digest,
            audience: "eu".to_owned(),
            floor: 1,
            own_zone: None,
            keys: Vec::new(),
            inspect_bytes_max: 1024,
            request_trailers: false,
            release: Release::Before1_40,
        };
        Mesh {
            title: "Written by a test.".to_owned(),
            name: "cofferdam".to_owned(),
            namespace: "shop".to_owned(),
            labels: Vec::new(),
            side: Side::Gateway,
            resource: Resource::WasmPlugin,
            image: "registry.example/cofferdam".to_owned(),
            image_digest: digest,
            pull_secret: Some("registry".to_owned()),
            filter,
        }
    }

    #[test]
    fn what_kubernetes_would_not_take_is_not_written() {
        let text = manifests(&mesh(vec![0; 1024 * 1024])).expect("it is short enough");
        assert!(text.contains("  imagePullSecret: \"registry\"\n"), "{}", &text[..4096]);
        let error = manifests(&mesh(vec![0; 1200 * 1024])).expect_err("it is too long");
        assert!(error.to_string().contains("longer than Kubernetes takes"), "{error}");
    }

    #[test]
    fn no_name_becomes_syntax() {
        for hostile in ["a\": x", "a\\", "<script>", "::error::"] {
            let mut mesh = mesh(Vec::new());
            mesh.labels = vec![("app".to_owned(), hostile.to_owned())];
            let written = quoted(hostile).expect("it can be shown");
            assert!(
                manifests(&mesh).expect("manifests").contains(&format!("\"app\": {written}\n"))
            );
        }
        let mut mesh = mesh(Vec::new());
        mesh.filter.audience = "eu\nx: y".to_owned();
        assert!(manifests(&mesh).is_err());
    }
}
