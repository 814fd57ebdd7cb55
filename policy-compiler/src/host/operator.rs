//! What whoever runs the proxy may see or change beside the policy.

use super::tree::Node;
use super::{Code, Findings, View, manager, quoted};

impl View<'_> {
    pub(super) fn operator(&self, findings: &mut Findings) {
        for bootstrap in &self.host.bootstraps {
            if let Some(admin) = bootstrap.get("admin") {
                reached(admin, findings);
                admin.list("access_log").iter().for_each(|log| manager::access_log(log, findings));
            }
        }
        for options in &self.host.options {
            logged(options, findings);
        }
    }
}

/// Whoever reaches the administration can turn on taps and logs, and stop the proxy.
fn reached(admin: &Node, findings: &mut Findings) {
    let Some(address) = admin.at(&["address", "socket_address"]) else { return };
    let host = address.text_at("address").unwrap_or_default();
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if !loopback && host != "localhost" {
        findings.tell_key(
            address,
            "address",
            Code::HostOperator,
            format!("the administration listens on {}, for others than this machine", quoted(host)),
            "write `address: 127.0.0.1`, or take `admin` out",
        );
    }
}

/// Logs that hold what passes.
fn logged(options: &Node, findings: &mut Findings) {
    let telling = |level: &str| matches!(level, "trace" | "debug");
    let level = options.text_at("log_level").unwrap_or_default();
    if telling(level) {
        findings.tell_key(
            options,
            "log_level",
            Code::HostOperator,
            format!("at the level `{level}` the log holds headers as they came"),
            "start the proxy with `--log-level info`",
        );
    }
    let components = options.text_at("component_log_level").unwrap_or_default();
    if components.split(',').filter_map(|one| one.rsplit(':').next()).any(telling) {
        findings.tell_key(
            options,
            "component_log_level",
            Code::HostOperator,
            "a component's log holds headers as they came",
            "take components at `trace` or `debug` out of `--component-log-level`",
        );
    }
}
