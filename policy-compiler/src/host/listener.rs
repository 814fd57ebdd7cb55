//! A listener: what may come in beside HTTP, and whom the connection proves.

use super::collect::chains;
use super::tree::Node;
use super::{Code, Findings, View, quoted};

/// Network filters that read no byte of what passes, by the type of their settings.
const QUIET: [&str; 5] = [
    "envoy.extensions.filters.network.rbac.v3.RBAC",
    "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
    "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit",
    "envoy.extensions.filters.network.set_filter_state.v3.Config",
    "envoy.tcp.metadata_exchange.config.MetadataExchange",
];

impl View<'_> {
    pub(super) fn listener(&self, listener: &Node, findings: &mut Findings) {
        for filter in listener.list("listener_filters") {
            let kind = filter.get("typed_config").map_or("", |typed| typed.typed().0);
            if kind.ends_with(".ProxyProtocol") || kind.ends_with(".UdpProxyConfig") {
                let (code, message, help) = match kind.ends_with(".ProxyProtocol") {
                    true => (
                        Code::HostIdentity,
                        "whoever connects says in its first bytes which address it has",
                        "take the filter out, or let nothing but your own balancer reach this port",
                    ),
                    false => (
                        Code::HostBeside,
                        "datagrams pass here without the filter",
                        "take the filter out: nothing but HTTP is looked at",
                    ),
                };
                findings.tell(filter, code, message, help);
            }
        }
        let mut any = false;
        for chain in chains(listener) {
            any = true;
            if let Some(socket) = chain.get("transport_socket") {
                self.downstream(socket, findings);
            }
            self.network(chain, listener, findings);
        }
        if let Some(typed) = listener.at(&["api_listener", "api_listener"]) {
            any = true;
            self.manager(typed.typed().1, listener, findings);
        }
        if !any {
            findings.tell(
                listener,
                Code::HostBeside,
                format!(
                    "the listener {} has no filter chain that HTTP goes through",
                    listener.title()
                ),
                "take the listener out, or give it an HTTP connection manager with the filter",
            );
        }
    }

    fn network(&self, chain: &Node, listener: &Node, findings: &mut Findings) {
        let mut managed = false;
        for filter in chain.list("filters") {
            let Some(typed) = filter.get("typed_config") else {
                findings.tell(
                    filter,
                    Code::HostAbsent,
                    format!("what the network filter {} does is not in here", filter.title()),
                    "hand in what `/config_dump` of the admin says",
                );
                continue;
            };
            let (kind, body) = typed.typed();
            if kind.ends_with(".HttpConnectionManager") {
                managed = true;
                self.manager(body, listener, findings);
            } else if !QUIET.contains(&kind) {
                findings.tell(
                    filter,
                    Code::HostBeside,
                    format!(
                        "what passes the network filter {} passes no HTTP filter",
                        quoted(kind)
                    ),
                    "take it out: nothing but HTTP is looked at",
                );
            }
        }
        if !managed && chain.list("filters").is_empty() {
            findings.tell(
                chain,
                Code::HostBeside,
                "the filter chain has no HTTP connection manager",
                "take the chain out, or give it one with the filter",
            );
        }
    }
}
