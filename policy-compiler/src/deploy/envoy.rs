//! Renders a deployment as an Envoy bootstrap, in YAML that a person can read.
//! Templates only: decides nothing that a caller could decide otherwise.

use super::around::{
    CLUSTER_BUFFER_BYTES, GUARD, LISTENER_BUFFER_BYTES_MIN, NO_REQUEST_TRAILERS, PEER_URIS, Plugin,
    REQUEST_BUFFER_FACTOR, Variable, fetched, told,
};
use super::text::{indent, quoted};
use super::{
    Cluster, DeployError, DeployErrorKind, Deployment, Filter, Listener, Protocol, Route, Server,
    Side, Source, Target, Tls,
};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::settings::Trust as Settings;

/// Turns names of counters into labels; the names are the filter's.
const STATS_TAGS: &str = include_str!("../../../envoy/stats-tags.yaml");

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

const WHY_TOLD: &str = "\
Whose releases are taken: the first root, the mesh, the least version, and
the module that the releases are for.";

fn wasm_text(filter: &Filter) -> Result<String, DeployError> {
    let (configuration, settings) = filter.configuration()?;
    let candidate = match &filter.candidate {
        Some(blob) => format!(", and a candidate, {}", Digest::of(blob)),
        None => String::new(),
    };
    let plugin = Plugin {
        code: code_text(filter)?,
        variables: variables(filter, &settings),
        keys: &filter.keys,
        why_keys: "Keys in hex; they are in the proxy's environment and never in a file.",
        capabilities: &filter.capabilities,
        release: filter.release,
        policy: format!("The compiled policy, digest {}{candidate}", Digest::of(&filter.blob)),
        configuration: &configuration,
    };
    plugin.text().ok_or_else(|| DeployErrorKind::Unprintable.into())
}

/// Where the module is.
fn code_text(filter: &Filter) -> Result<String, DeployError> {
    let Some(remote) = &filter.remote else {
        return Ok(format!("code: {{ local: {{ filename: {} }} }}", shown(&filter.module)?));
    };
    let code = fetched(&remote.uri, &shown(&remote.cluster)?, remote.digest);
    let code = code.ok_or(DeployErrorKind::Unprintable)?;
    Ok(format!("code: \n  {}", indent(&code, 2)))
}

fn variables(filter: &Filter, trust: &Settings) -> Vec<Variable> {
    let mut variables: Vec<Variable> = ["COFFERDAM_HOLD_HEADERS", "COFFERDAM_DIRECT_ADDRESS"]
        .map(|name| Variable::from((name, "1".to_owned())))
        .into();
    variables.extend(filter.own_zone.iter().map(|zone| ("COFFERDAM_SELF", zone.clone()).into()));
    let known = variables.len();
    variables.extend(told(trust).map(Variable::from));
    if let Some(first) = variables.get_mut(known) {
        first.why = WHY_TOLD;
    }
    variables
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
