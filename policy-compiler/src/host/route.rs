//! Routes: what turns filters off, copies requests, or sends them on where nobody has judged.

use super::tree::Node;
use super::{Code, Findings, View, quoted};

/// Whether any route leads to a cluster.
pub(super) fn sends_on(routes: &Node) -> bool {
    let hosts = routes.list("virtual_hosts");
    let answered =
        |route: &Node| ["redirect", "direct_response"].iter().any(|key| route.get(key).is_some());
    routes.get("vhds").is_some()
        || hosts
            .iter()
            .any(|host| host.get("matcher").is_some() || !host.list("routes").iter().all(answered))
}

impl View<'_> {
    /// `names` are the filters that no route may turn off.
    pub(super) fn route_config(&self, routes: &Node, names: &[String], findings: &mut Findings) {
        per_filter(routes, names, findings);
        self.mirrors(routes, None, findings);
        if routes.get("vhds").is_some() {
            let message = "the virtual hosts that `vhds` brings are not in here";
            let help = "hand in what `/config_dump` of the admin says";
            findings.tell_key(routes, "vhds", Code::HostAbsent, message, help);
        }
        for host in routes.list("virtual_hosts") {
            per_filter(host, names, findings);
            self.mirrors(host, None, findings);
            if host.get("matcher").is_some() {
                let message = "routes that a matcher picks are not looked through";
                let help = "write them as `routes`";
                findings.tell_key(host, "matcher", Code::HostAbsent, message, help);
            }
            host.list("routes").iter().for_each(|route| self.route(route, names, findings));
        }
    }

    fn route(&self, route: &Node, names: &[String], findings: &mut Findings) {
        per_filter(route, names, findings);
        let Some(action) = route.get("route") else { return };
        self.mirrors(action, action.text_at("cluster"), findings);
        for key in ["internal_redirect_policy", "internal_redirect_action"] {
            if action.get(key).is_some() {
                findings.tell_key(
                    action,
                    key,
                    Code::HostElsewhere,
                    "a reply sends the request on to another place, inside the proxy",
                    "take it out: let the caller follow redirects itself",
                );
            }
        }
        for key in ["cluster_specifier_plugin", "inline_cluster_specifier_plugin"] {
            if action.get(key).is_some() {
                findings.tell_key(
                    action,
                    key,
                    Code::HostElsewhere,
                    "a plugin picks the cluster, and may pick another one behind the filter",
                    "name the cluster",
                );
            }
        }
        for cluster in action.get("weighted_clusters").map_or(&[][..], |all| all.list("clusters")) {
            per_filter(cluster, names, findings);
        }
    }

    /// A copy goes to a cluster whose zone nobody asks for.
    fn mirrors(&self, node: &Node, cluster: Option<&str>, findings: &mut Findings) {
        for mirror in node.list("request_mirror_policies") {
            let to = mirror.text_at("cluster");
            let together = to.zip(cluster).is_some_and(|(to, from)| self.is_one_zone(to, from));
            if !together {
                let to = to.map_or_else(|| "that a header names".to_owned(), quoted);
                findings.tell(
                    mirror,
                    Code::HostCopy,
                    format!(
                        "a copy of each request goes to the cluster {to}, judged for another one"
                    ),
                    "take the mirror out, or mirror into the zone that the request goes to",
                );
            }
        }
    }
}

/// What a route, a virtual host or a cluster says for filters of ours.
fn per_filter(node: &Node, names: &[String], findings: &mut Findings) {
    let Some(all) = node.get("typed_per_filter_config") else { return };
    for (name, span, _) in all.pairs() {
        if names.iter().any(|own| own == name) {
            findings.tell_at(
                all,
                span,
                Code::HostOpen,
                format!("here the filter {} is another one, or none", quoted(name)),
                "take it out: the policy says what crosses where, and the host says nothing to it",
            );
        }
    }
}
