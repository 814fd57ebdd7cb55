//! What hosts are given alike: the filter as a plugin of Envoy, what it is told, and what stands
//! around it, as YAML mappings, one for each HTTP filter.

use super::Release;
use super::text::{folded, indent, quoted};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Trust as Settings;
use cofferdam_engine::token::setting_name;

/// What an upstream connection may buffer: well below the listener's, so that a paused response
/// holds the upstream back before it meets the listener's limit.
pub(super) const CLUSTER_BUFFER_BYTES: u64 = 32 * 1024;
/// The least that a listener may buffer.
pub(super) const LISTENER_BUFFER_BYTES_MIN: u64 = 1024 * 1024;
/// A paused request may buffer this many times what its listener may.
pub(super) const REQUEST_BUFFER_FACTOR: u64 = 8;

/// The filter as a plugin of Envoy.
pub(super) struct Plugin<'p> {
    /// `code` of its machine, with its name.
    pub(super) code: String,
    /// What its environment says.
    pub(super) variables: Vec<Variable>,
    /// Names of its keys.
    pub(super) keys: &'p [String],
    /// What is said of them.
    pub(super) why_keys: &'p str,
    /// What it may call, and what of it may be called.
    pub(super) capabilities: &'p [String],
    /// Which releases of Envoy read it.
    pub(super) release: Release,
    /// What is said of its configuration.
    pub(super) policy: String,
    pub(super) configuration: &'p [u8],
}

/// A variable of the filter's environment.
pub(super) struct Variable {
    /// Lines of a comment before it.
    pub(super) why: &'static str,
    pub(super) name: &'static str,
    pub(super) value: String,
}

impl From<(&'static str, String)> for Variable {
    fn from((name, value): (&'static str, String)) -> Self {
        Self { why: "", name, value }
    }
}

impl Plugin<'_> {
    /// The typed configuration of its filter. Nothing where a name could not be shown.
    pub(super) fn text(&self) -> Option<String> {
        let capabilities = self.capabilities.iter();
        let capabilities = capabilities
            .map(|name| Some(format!("\n    {}: {{}}", quoted(name)?)))
            .collect::<Option<String>>()?;
        // Moved as the lines behind a first one are.
        let capabilities = format!("\n{CAPABILITIES}{capabilities}");
        let column = match self.release {
            Release::From1_40 => 4,
            Release::Before1_40 => 2,
        };
        Some(format!(
            r#""@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
config:
  name: cofferdam
  root_id: cofferdam
  failure_policy: FAIL_RELOAD
  reload_config: {{ backoff: {{ base_interval: 0.1s }} }}
  # Without it a verdict over a whole body could not change status or headers.
  allow_on_headers_stop_iteration: true
  vm_config:
    # Its own: a trap of another plugin in the same VM would end every stream of this one.
    vm_id: cofferdam
    runtime: envoy.wasm.runtime.v8
    {code}
    environment_variables:
      {environment}{capabilities}
  # {policy}
  configuration:
    "@type": type.googleapis.com/google.protobuf.BytesValue
    value: {value}"#,
            code = indent(&self.code, 4),
            environment = indent(&self.environment()?, 6),
            capabilities = indent(&capabilities, column),
            policy = self.policy,
            value = folded(&STANDARD.encode(self.configuration), 6),
        ))
    }

    fn environment(&self) -> Option<String> {
        let mut text = String::from("key_values:");
        for Variable { why, name, value } in &self.variables {
            why.lines().for_each(|line| text.push_str(&format!("\n  # {line}")));
            text.push_str(&format!("\n  {name}: {}", quoted(value)?));
        }
        if !self.keys.is_empty() {
            text.push_str(&format!("\n# {}\nhost_env_keys:", self.why_keys));
        }
        for key in self.keys {
            text.push_str(&format!("\n  - {}", quoted(&key_variable(key))?));
        }
        Some(text)
    }
}

const CAPABILITIES: &str = "\
# What the module imports, and its callbacks: one that is missing here is never called.
capability_restriction_config:
  allowed_capabilities:";

/// Below `code`: a module that is fetched and pinned. Envoy runs nothing with another digest. The
/// cluster is as it is to be written.
pub(super) fn fetched(uri: &str, cluster: &str, digest: Digest) -> Option<String> {
    Some(format!(
        "remote:\n  \
         http_uri: {{ uri: {uri}, cluster: {cluster}, timeout: 30s }}\n  \
         sha256: \"{digest}\"",
        uri = quoted(uri)?,
    ))
}

/// The variable that holds a key of the policy.
pub(super) fn key_variable(key: &str) -> String {
    format!("COFFERDAM_KEY_{}", setting_name(key))
}

/// What the environment says of whose releases are taken.
pub(crate) fn told(trust: &Settings) -> impl Iterator<Item = (&'static str, String)> {
    let digest = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
    let told = [
        ("COFFERDAM_ROOT", digest(trust.root)),
        ("COFFERDAM_AUDIENCE", trust.audience.clone()),
        ("COFFERDAM_RELEASE_FLOOR", trust.floor.map(|floor| floor.to_string())),
        ("COFFERDAM_MODULE", digest(trust.module)),
    ];
    told.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// A policy as it is, or with one that decides beside it, in JSON.
pub(super) fn configuration(key: &str, policy: Vec<u8>, candidate: Option<&[u8]>) -> Vec<u8> {
    let Some(candidate) = candidate else { return policy };
    let [policy, candidate] = [&policy[..], candidate].map(|bytes| STANDARD.encode(bytes));
    format!("{{\"{key}\":\"{policy}\",\"candidate\":\"{candidate}\"}}").into_bytes()
}

/// Before it: all URIs of the peer's certificate, as one word.
pub(super) const PEER_URIS: &str = r#"name: envoy.filters.http.set_filter_state
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config
  on_request_headers:
    - object_key: cofferdam.peer_uris
      factory_key: envoy.string
      skip_if_empty: true
      format_string:
        omit_empty_values: true
        text_format_source: { inline_string: "%DOWNSTREAM_PEER_URI_SAN%" }"#;

/// Behind it: lets a request on when the filter has left its word.
pub(super) const GUARD: &str = r#"name: envoy.filters.http.rbac
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
  rules:
    action: ALLOW
    policies:
      cofferdam_ran:
        permissions: [{ any: true }]
        principals:
          - filter_state: { key: wasm.cofferdam.guard, string_match: { exact: ok } }"#;

/// Behind the guard: takes all trailers off a request.
pub(super) const NO_REQUEST_TRAILERS: &str = r#"name: envoy.filters.http.header_mutation
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
  mutations:
    request_trailers_mutations:
      - remove_on_match: { key_matcher: { safe_regex: { regex: ".*" } } }"#;
