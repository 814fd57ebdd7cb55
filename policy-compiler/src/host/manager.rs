//! An HTTP connection manager: whom it believes, what it writes down, which routes it asks.

use super::tree::Node;
use super::{Code, Findings, View};

const FROM_DUMP: &str = "hand in what `/config_dump` of the admin says";

impl View<'_> {
    pub(super) fn manager(&self, manager: &Node, listener: &Node, findings: &mut Findings) {
        let routes = self.routes(manager, findings);
        let names = self.http_filters(manager, listener, routes, findings);
        self.believed(manager, findings);
        written(manager, findings);
        if manager.is_set("proxy_100_continue") {
            findings.tell_key(
                manager,
                "proxy_100_continue",
                Code::HostBeside,
                "interim answers pass no filter, with all that is in their headers",
                "take it out",
            );
        }
        for upgrade in manager.list("upgrade_configs") {
            if !upgrade.list("filters").is_empty() {
                findings.tell_key(
                    upgrade,
                    "filters",
                    Code::HostBeside,
                    "an upgrade goes through filters of its own, and not through this one",
                    "take `filters` out of the upgrade",
                );
            }
        }
        if let Some(routes) = routes {
            self.route_config(routes, &names, findings);
        }
    }

    /// The routes, where they are at hand.
    fn routes<'n>(&'n self, manager: &'n Node, findings: &mut Findings) -> Option<&'n Node> {
        if let Some(routes) = manager.get("route_config") {
            return Some(routes);
        }
        for key in ["rds", "scoped_routes"] {
            let Some(asked) = manager.get(key) else { continue };
            let name = asked.text_at("route_config_name").unwrap_or_default();
            if let Some(routes) = self.host.routes.get(name).filter(|_| key == "rds") {
                return Some(routes);
            }
            findings.tell_key(
                manager,
                key,
                Code::HostAbsent,
                format!("the routes that `{key}` brings are not in here"),
                FROM_DUMP,
            );
        }
        None
    }

    /// The address and the certificate of a peer are the connection's.
    fn believed(&self, manager: &Node, findings: &mut Findings) {
        let told = "the address of a peer is what it says of itself in `x-forwarded-for`";
        if manager.get("use_remote_address").and_then(Node::boolean) != Some(true) {
            let help = "write `use_remote_address: true`";
            findings.tell_key(manager, "use_remote_address", Code::HostIdentity, told, help);
        }
        if manager.number_at("xff_num_trusted_hops").unwrap_or(0) > 0 {
            let help = "write `xff_num_trusted_hops: 0`";
            findings.tell_key(manager, "xff_num_trusted_hops", Code::HostIdentity, told, help);
        }
        if !manager.list("original_ip_detection_extensions").is_empty() {
            let key = "original_ip_detection_extensions";
            findings.tell_key(manager, key, Code::HostIdentity, told, "take the extensions out");
        }
        let details = manager.text_at("forward_client_cert_details");
        if !matches!(details, None | Some("SANITIZE" | "SANITIZE_SET" | "0" | "3")) {
            findings.tell_key(
                manager,
                "forward_client_cert_details",
                Code::HostIdentity,
                "a peer's own `x-forwarded-client-cert` goes on as if it were proven",
                "write `forward_client_cert_details: SANITIZE`",
            );
        }
    }
}

/// What is written down of messages that the filter stopped, or before it has seen them.
fn written(manager: &Node, findings: &mut Findings) {
    if manager.get("tracing").is_some() {
        findings.tell_key(
            manager,
            "tracing",
            Code::HostOperator,
            "spans tell the path of a request as it came, where it was stopped",
            "take `tracing` out",
        );
    }
    for (node, key) in [
        (Some(manager), "flush_access_log_on_new_request"),
        (manager.get("access_log_options"), "flush_access_log_on_new_request"),
    ] {
        if let Some(node) = node.filter(|node| node.is_set(key)) {
            findings.tell_key(
                node,
                key,
                Code::HostOperator,
                "the access log is written before the filter has seen the request",
                "take it out",
            );
        }
    }
    manager.list("access_log").iter().for_each(|log| access_log(log, findings));
}

/// What an access log writes of a request that the filter stopped is as it came.
pub(super) fn access_log(log: &Node, findings: &mut Findings) {
    const HELP: &str = "write a `log_format` of the fields that are needed, without headers and \
                        paths";
    const TELLING: [&str; 8] = [
        "%REQ(",
        "%REQ_WITHOUT_QUERY(",
        "%RESP(",
        "%TRAILER(",
        "%PATH",
        "%QUERY_PARAM",
        "%REQUEST_HEADER",
        "%COMMON_LOG",
    ];
    let Some((kind, body)) = log.get("typed_config").map(Node::typed) else { return };
    let file = [".FileAccessLog", ".StdoutAccessLog", ".StderrAccessLog"];
    if !file.iter().any(|known| kind.ends_with(known)) {
        findings.tell(
            log,
            Code::HostOperator,
            "what this access log sends holds paths and headers, of stopped requests too",
            "write to a file, with a `log_format` without headers and paths",
        );
        return;
    }
    let formats = ["log_format", "format", "json_format", "typed_json_format"];
    let Some((key, format)) = formats.iter().find_map(|key| Some((*key, body.get(key)?))) else {
        let message = "the access log's own format has the path, of stopped requests too";
        findings.tell(log, Code::HostOperator, message, HELP);
        return;
    };
    if let Some(told) = TELLING.into_iter().find(|told| holds(format, told)) {
        let message = format!("the access log writes `{told}..`, of stopped requests too");
        findings.tell_key(body, key, Code::HostOperator, message, HELP);
    }
}

/// Whether a text stands anywhere within.
fn holds(node: &Node, wanted: &str) -> bool {
    node.text().is_some_and(|text| text.contains(wanted))
        || node.items().iter().any(|item| holds(item, wanted))
        || node.pairs().any(|(_, _, value)| holds(value, wanted))
}
