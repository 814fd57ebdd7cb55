//! Clusters: where a request really goes, what copies or alters it on its way, and what the
//! connection buffers.

use super::collect::chains;
use super::tree::Node;
use super::{Code, Findings, View, quoted};

impl View<'_> {
    pub(super) fn cluster(&self, cluster: &Node, findings: &mut Findings) {
        self.leads(cluster, findings);
        for socket in cluster.get("transport_socket").into_iter().chain(
            cluster
                .list("transport_socket_matches")
                .iter()
                .filter_map(|pick| pick.get("transport_socket")),
        ) {
            self.upstream(socket, findings);
        }
        for mirror in cluster.list("request_mirror_policies") {
            let to = mirror.text_at("cluster").map_or_else(|| "without a name".to_owned(), quoted);
            findings.tell(
                mirror,
                Code::HostCopy,
                format!("a copy of each request goes to the cluster {to}"),
                "take the mirror out",
            );
        }
        self.upstream_filters(cluster, findings);
        self.buffers(cluster, findings);
    }

    fn leads(&self, cluster: &Node, findings: &mut Findings) {
        let name = cluster.text_at("name").unwrap_or_default();
        if matches!(cluster.text_at("type"), Some("ORIGINAL_DST" | "4")) {
            findings.tell_key(
                cluster,
                "type",
                Code::HostElsewhere,
                format!("the cluster {} goes wherever the caller says", quoted(name)),
                "give it endpoints: a member line that names it says nothing of where it goes",
            );
        }
        let Some(typed) = cluster.at(&["cluster_type", "typed_config"]) else { return };
        let (kind, body) = typed.typed();
        if kind.contains(".aggregate.") {
            for other in body.list("clusters") {
                let other_name = other.text().unwrap_or_default();
                if !self.is_one_zone(name, other_name) {
                    findings.tell_at(
                        other,
                        other.span,
                        Code::HostElsewhere,
                        format!(
                            "{} takes the place of {}, and is not seen to be in its zone",
                            quoted(other_name),
                            quoted(name)
                        ),
                        "give both a member line of the same zone, and the policy with `--policy`; \
                         or route to each by its name",
                    );
                }
            }
        } else {
            findings.tell(
                typed,
                Code::HostElsewhere,
                format!("where the cluster {} goes is told by {}", quoted(name), quoted(kind)),
                "give it endpoints: a member line that names it says nothing of where it goes",
            );
        }
    }

    /// Filters of the upstream side see what was judged already.
    fn upstream_filters(&self, cluster: &Node, findings: &mut Findings) {
        let all = cluster.get("typed_extension_protocol_options");
        for (_, _, options) in all.iter().flat_map(|all| all.pairs()) {
            for filter in options.typed().1.list("http_filters") {
                let kind = filter.get("typed_config").map_or("", |typed| typed.typed().0);
                if !kind.ends_with(".upstream_codec.v3.UpstreamCodec") {
                    findings.tell(
                        filter,
                        Code::HostOrder,
                        format!("{} stands behind the judged message", quoted(kind)),
                        "take it out: upstream there is only the codec",
                    );
                }
            }
        }
    }

    /// A paused reply holds the upstream back before it meets the listener's limit.
    fn buffers(&self, cluster: &Node, findings: &mut Findings) {
        const KEY: &str = "per_connection_buffer_limit_bytes";
        // What Envoy takes where nothing is said.
        const DEFAULT: u64 = 1024 * 1024;
        let listeners = self.host.listeners.iter().filter(|listener| chains(listener).count() > 0);
        let least = listeners.map(|listener| listener.number_at(KEY).unwrap_or(DEFAULT)).min();
        let own = cluster.number_at(KEY).unwrap_or(DEFAULT);
        if least.is_some_and(|least| own >= least) {
            findings.tell_key(
                cluster,
                KEY,
                Code::HostHold,
                format!("the cluster {} buffers as much as a listener", cluster.title()),
                "write a `per_connection_buffer_limit_bytes` well below the listeners', such as \
                 32768: else a reply that is held is cut",
            );
        }
    }
}
