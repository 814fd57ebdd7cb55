//! Renders a deployment as an Envoy bootstrap, in YAML that a person can read.
//! Templates only: decides nothing that a caller could decide otherwise.

use super::around::{GUARD, NO_REQUEST_TRAILERS, PEER_URIS};
use super::text::{folded, indent, quoted};
use super::{
    Cluster, DeployError, DeployErrorKind, Deployment, Filter, Listener, Protocol, Release, Route,
    Server, Side, Source, Target, Tls,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Trust as Settings;

/// Turns names of counters into labels; the names are the filter's.
const STATS_TAGS: &str = include_str!("../../../envoy/stats-tags.yaml");

/// What an upstream connection may buffer: well below the listener's, so that a paused response
/// holds the upstream back before it meets the listener's limit.
const CLUSTER_BUFFER_BYTES: u64 = 32 * 1024;
/// The least that a listener may buffer.
const LISTENER_BUFFER_BYTES_MIN: u64 = 1024 * 1024;
/// A paused request may buffer this many times what its listener may.
const REQUEST_BUFFER_FACTOR: u64 = 8;

/// The whole bootstrap. With [`Source::File`] the host also needs what [`update`] writes.
///
/// # Errors
/// When the deployment contradicts itself or holds what cannot be shown.
pub fn bootstrap(deployment: &Deployment) -> Result<String, DeployError> {
    deployment.check_shape()?;
    let mut listeners = Vec::new();
    for (n, listener) in deployment.listeners.iter().enumerate() {
        // The filter stands in the file once; the other listeners refer to it.
        let filters = match n {
            0 => format!("&filters\n{}", http_filters(deployment.filter.as_ref())?),
            _ => "*filters".to_owned(),
        };
        listeners.push(listener_text(listener, deployment.filter.as_ref(), &filters)?);
    }
    let clusters = deployment.clusters.iter().map(cluster_text).collect::<Result<Vec<_>, _>>()?;
    let comment = deployment.title.lines().map(|line| format!("# {line}\n")).collect::<String>();
    Ok(format!(
        r#"{comment}node: {{ id: cofferdam, cluster: cofferdam }}
admin:
  # Who reaches this can stop the proxy: loopback only.
  address: {{ socket_address: {{ address: 127.0.0.1, port_value: {admin} }} }}
{tags}
static_resources:
  listeners:
    {listeners}
  clusters:
    {clusters}
"#,
        admin = deployment.admin_port,
        tags = STATS_TAGS.trim_end(),
        listeners = indent(&listeners.join("\n"), 4),
        clusters = indent(&clusters.join("\n"), 4),
    ))
}

/// The file that [`Source::File`] names. Replace it by renaming another over it.
///
/// # Errors
/// When the filter holds what cannot be shown.
pub fn update(filter: &Filter) -> Result<String, DeployError> {
    Ok(format!(
        r#"# The filter and its policy. To change it, write a new file and rename it over this one.
version_info: "{version}"
resources:
  - "@type": type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig
    name: cofferdam
    typed_config:
      {wasm}
"#,
        version = Digest::of(&filter.configuration()?.0).short(),
        wasm = indent(&wasm_text(filter)?, 6),
    ))
}

fn shown(value: &str) -> Result<String, DeployError> {
    quoted(value).ok_or_else(|| DeployErrorKind::Unprintable.into())
}

fn listener_buffer_bytes(filter: Option<&Filter>) -> u64 {
    filter.map_or(0, |filter| filter.inspect_bytes_max).max(LISTENER_BUFFER_BYTES_MIN)
}

fn listener_text(
    listener: &Listener,
    filter: Option<&Filter>,
    filters: &str,
) -> Result<String, DeployError> {
    let direction = match listener.side {
        Side::Gateway => "",
        Side::Inbound => "  traffic_direction: INBOUND\n",
        Side::Outbound => "  traffic_direction: OUTBOUND\n",
    };
    let socket = match &listener.tls {
        Some(tls) => format!("{}\n      ", indent(&downstream_tls(tls)?, 6)),
        None => String::new(),
    };
    let buffer = listener_buffer_bytes(filter);
    Ok(format!(
        r#"- name: listener_{port}
  address: {{ socket_address: {{ address: {address}, port_value: {port} }} }}
{direction}  per_connection_buffer_limit_bytes: {buffer}
  filter_chains:
    - {socket}filters:
        - name: envoy.filters.network.http_connection_manager
          typed_config:
            {manager}"#,
        port = listener.port,
        address = shown(&listener.address)?,
        manager = indent(&manager_text(listener, buffer, filters)?, 12),
    ))
}

fn manager_text(listener: &Listener, buffer: u64, filters: &str) -> Result<String, DeployError> {
    let routes = listener.routes.iter().map(route_text).collect::<Result<Vec<_>, _>>()?;
    let request_buffer = buffer.saturating_mul(REQUEST_BUFFER_FACTOR);
    Ok(format!(
        r#""@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
stat_prefix: listener_{port}
# The address that counts is the connection's; what a peer writes into headers moves no zone.
use_remote_address: true
xff_num_trusted_hops: 0
forward_client_cert_details: SANITIZE
# Paths reach the filter as they were sent, so that it can refuse what two readers would
# understand in two ways.
normalize_path: false
merge_slashes: false
path_with_escaped_slashes_action: KEEP_UNCHANGED
stream_idle_timeout: 300s
request_headers_timeout: 10s
http_protocol_options: {{ enable_trailers: true }}
http2_protocol_options:
  max_concurrent_streams: 100
  initial_stream_window_size: {buffer}
  initial_connection_window_size: {window}
access_log:
  - name: envoy.access_loggers.stdout
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
      log_format:
        # No method, path or header: any of them may hold what a peer wrote.
        json_format:
          time: "%START_TIME%"
          route: "%ROUTE_NAME%"
          cluster: "%UPSTREAM_CLUSTER%"
          status: "%RESPONSE_CODE%"
          details: "%RESPONSE_CODE_DETAILS%"
          flags: "%RESPONSE_FLAGS%"
          received: "%BYTES_RECEIVED%"
          sent: "%BYTES_SENT%"
          duration: "%DURATION%"
          cofferdam: "%FILTER_STATE(wasm.cofferdam:PLAIN)%"
route_config:
  name: listener_{port}
  virtual_hosts:
    - name: {virtual_host}
      domains: ["*"]
      request_body_buffer_limit: {request_buffer}
      routes:
        {routes}
http_filters: {filters}"#,
        port = listener.port,
        virtual_host = match &listener.virtual_host {
            Some(name) => shown(name)?,
            None => format!("listener_{}", listener.port),
        },
        window = buffer.saturating_mul(4),
        routes = indent(&routes.join("\n"), 8),
    ))
}

fn route_text(route: &Route) -> Result<String, DeployError> {
    let answer = match &route.target {
        // An event stream has no end, so no time limit on the whole; the idle limit stays.
        Target::Cluster(name) => {
            let host = match &route.host {
                Some(host) => format!(", host_rewrite_literal: {}", shown(host)?),
                None => String::new(),
            };
            format!("route: {{ cluster: {}, timeout: 0s{host} }}", shown(name)?)
        }
        Target::Redirect(path) => format!("redirect: {{ path_redirect: {} }}", shown(path)?),
    };
    Ok(format!(
        "- name: {}\n  match: {{ prefix: {} }}\n  {answer}",
        shown(&route.name)?,
        shown(&route.prefix)?,
    ))
}

const TRAILERS: &str = "\
# The guard was asked before trailers came, and nothing behind the filter can tell whether it has
# looked at them: so none go on. `--request-trailers` lets them.
";

fn http_filters(filter: Option<&Filter>) -> Result<String, DeployError> {
    let router = r#"- name: envoy.filters.http.router
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    # What it would add tells the other zone how long an upstream took, and nothing that it needs.
    suppress_envoy_headers: true"#;
    let Some(filter) = filter else { return Ok(indent(&format!("\n{router}"), 2)) };
    let content = match &filter.source {
        Source::Inline => format!("typed_config:\n    {}", indent(&wasm_text(filter)?, 4)),
        Source::File(path) => format!(
            r#"config_discovery:
    config_source:
      path_config_source: {{ path: {} }}
    type_urls: [type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm]"#,
            shown(path)?
        ),
    };
    let text = format!(
        r#"
# All URIs of the peer's certificate, for a property has the first one only, and a certificate with
# two of them places nobody.
- {peer_uris}
- name: cofferdam
  {content}
# The guard: only a filter that runs, and has looked at the request, leaves this word behind.
# Envoy goes on without a filter whose worker could not be set up, whatever its failure policy.
- {guard}
{trailers}{router}"#,
        peer_uris = indent(PEER_URIS, 2),
        guard = indent(GUARD, 2),
        trailers = match filter.request_trailers {
            true => String::new(),
            false => format!("{TRAILERS}- {}\n", indent(NO_REQUEST_TRAILERS, 2)),
        },
    );
    Ok(indent(&text, 2))
}

const CAPABILITIES: &str = "\
# What the module imports, and its callbacks: one that is missing here is never called.
capability_restriction_config:
  allowed_capabilities:";

fn wasm_text(filter: &Filter) -> Result<String, DeployError> {
    let (configuration, settings) = filter.configuration()?;
    let capabilities = filter
        .capabilities
        .iter()
        .map(|name| Ok(format!("\n    {}: {{}}", shown(name)?)))
        .collect::<Result<String, DeployError>>()?;
    // Moved as the lines behind a first one are.
    let capabilities = format!("\n{CAPABILITIES}{capabilities}");
    let column = match filter.release {
        Release::From1_40 => 4,
        Release::Before1_40 => 2,
    };
    Ok(format!(
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
    code: {code}
    environment_variables:
      {environment}{capabilities}
  # The compiled policy, digest {digest}{candidate}
  configuration:
    "@type": type.googleapis.com/google.protobuf.BytesValue
    value: {blob}"#,
        capabilities = indent(&capabilities, column),
        code = code_text(filter)?,
        environment = indent(&environment_text(filter, &settings)?, 6),
        digest = Digest::of(&filter.blob),
        candidate = match &filter.candidate {
            Some(blob) => format!(", and a candidate, {}", Digest::of(blob)),
            None => String::new(),
        },
        blob = folded(&STANDARD.encode(configuration), 6),
    ))
}

/// Where the module is. One that is fetched is pinned: Envoy runs nothing with another digest.
fn code_text(filter: &Filter) -> Result<String, DeployError> {
    let Some(remote) = &filter.remote else {
        return Ok(format!("{{ local: {{ filename: {} }} }}", shown(&filter.module)?));
    };
    Ok(format!(
        "\n      remote:\n        \
         http_uri: {{ uri: {uri}, cluster: {cluster}, timeout: 30s }}\n        \
         sha256: \"{digest}\"",
        uri = shown(&remote.uri)?,
        cluster = shown(&remote.cluster)?,
        digest = remote.digest,
    ))
}

fn environment_text(filter: &Filter, trust: &Settings) -> Result<String, DeployError> {
    let mut text = String::from(
        "key_values:\n  COFFERDAM_HOLD_HEADERS: \"1\"\n  COFFERDAM_DIRECT_ADDRESS: \"1\"",
    );
    if let Some(zone) = &filter.own_zone {
        text.push_str("\n  COFFERDAM_SELF: ");
        text.push_str(&shown(zone)?);
    }
    if *trust != Settings::default() {
        text.push_str(
            "\n  # Whose releases are taken: the first root, the mesh, the least version, and",
        );
        text.push_str("\n  # the module that the releases are for.");
    }
    let digest = |digest: &Option<Digest>| digest.map(|digest| digest.to_string());
    let told = [
        ("ROOT", digest(&trust.root)),
        ("AUDIENCE", trust.audience.clone()),
        ("RELEASE_FLOOR", trust.floor.map(|floor| floor.to_string())),
        ("MODULE", digest(&trust.module)),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            text.push_str(&format!("\n  COFFERDAM_{name}: {}", shown(&value)?));
        }
    }
    if !filter.keys.is_empty() {
        text.push_str("\n# Keys in hex; they are in the proxy's environment and never in a file.");
        text.push_str("\nhost_env_keys:");
    }
    for key in &filter.keys {
        let name = format!("COFFERDAM_KEY_{}", key.to_uppercase().replace('-', "_"));
        text.push_str("\n  - ");
        text.push_str(&shown(&name)?);
    }
    Ok(text)
}

fn cluster_text(cluster: &Cluster) -> Result<String, DeployError> {
    let discovery = match cluster.host.parse::<std::net::IpAddr>() {
        Ok(_) => "STATIC",
        Err(_) => "STRICT_DNS",
    };
    let protocol = match cluster.protocol {
        Protocol::Http1 => "http_protocol_options: { enable_trailers: true }".to_owned(),
        Protocol::Http2 => format!(
            "http2_protocol_options: {{ initial_stream_window_size: {}, \
             initial_connection_window_size: {} }}",
            CLUSTER_BUFFER_BYTES * 2,
            CLUSTER_BUFFER_BYTES * 32,
        ),
    };
    let socket = match (&cluster.tls, &cluster.server) {
        (Some(tls), _) => format!("\n  {}", indent(&upstream_tls(tls)?, 2)),
        (None, Some(server)) => format!("\n  {}", indent(&server_tls(server)?, 2)),
        (None, None) => String::new(),
    };
    Ok(format!(
        r#"- name: {name}
  type: {discovery}
  connect_timeout: 2s
  per_connection_buffer_limit_bytes: {CLUSTER_BUFFER_BYTES}
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config:
        {protocol}{socket}
  load_assignment:
    cluster_name: {name}
    endpoints:
      - lb_endpoints:
          - endpoint:
              address: {{ socket_address: {{ address: {host}, port_value: {port} }} }}"#,
        name = shown(&cluster.name)?,
        host = shown(&cluster.host)?,
        port = cluster.port,
    ))
}

fn downstream_tls(tls: &Tls) -> Result<String, DeployError> {
    Ok(format!(
        r#"transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
    require_client_certificate: true
    common_tls_context:
      alpn_protocols: [h2, http/1.1]
      {}"#,
        indent(&common_tls(tls)?, 6)
    ))
}

fn upstream_tls(tls: &Tls) -> Result<String, DeployError> {
    Ok(format!(
        r#"transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
    common_tls_context:
      {}"#,
        indent(&common_tls(tls)?, 6)
    ))
}

fn server_tls(server: &Server) -> Result<String, DeployError> {
    let name = shown(&server.name)?;
    let (kind, indication) = match server.name.parse::<std::net::IpAddr>() {
        Ok(_) => ("IP_ADDRESS", String::new()),
        Err(_) => ("DNS", format!("\n    sni: {name}")),
    };
    Ok(format!(
        r#"transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext{indication}
    common_tls_context:
      tls_params: {{ tls_minimum_protocol_version: TLSv1_2 }}
      validation_context:
        trusted_ca: {{ filename: {authority} }}
        match_typed_subject_alt_names:
          - {{ san_type: {kind}, matcher: {{ exact: {name} }} }}"#,
        authority = shown(&server.authority)?,
    ))
}

fn common_tls(tls: &Tls) -> Result<String, DeployError> {
    let names = match &tls.peer_prefix {
        Some(prefix) => format!(
            "\n  match_typed_subject_alt_names:\n    - {{ san_type: URI, matcher: {{ prefix: {} }} }}",
            shown(prefix)?
        ),
        None => String::new(),
    };
    Ok(format!(
        r#"tls_params: {{ tls_minimum_protocol_version: TLSv1_2 }}
tls_certificates:
  - certificate_chain: {{ filename: {certificate} }}
    private_key: {{ filename: {key} }}
validation_context:
  trusted_ca: {{ filename: {authority} }}{names}"#,
        certificate = shown(&tls.certificate)?,
        key = shown(&tls.key)?,
        authority = shown(&tls.authority)?,
    ))
}
