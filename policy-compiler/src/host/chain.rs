//! The chain of HTTP filters: ours is in it, the guard stands behind it, nothing sees a message
//! before it has been judged, and nothing that could alter it stands between.

use super::tree::Node;
use super::{Code, Findings, View, plugin, quoted};

/// Filters that send nothing of a message anywhere and alter no body, by the type of their
/// settings.
const QUIET: [&str; 25] = [
    "envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency",
    "envoy.extensions.filters.http.admission_control.v3.AdmissionControl",
    "envoy.extensions.filters.http.alpn.v2alpha1.FilterConfig",
    "envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth",
    "envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit",
    "envoy.extensions.filters.http.basic_auth.v3.BasicAuth",
    "envoy.extensions.filters.http.cors.v3.Cors",
    "envoy.extensions.filters.http.csrf.v3.CsrfPolicy",
    "envoy.extensions.filters.http.fault.v3.HTTPFault",
    "envoy.extensions.filters.http.geoip.v3.Geoip",
    "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
    "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
    "envoy.extensions.filters.http.header_to_metadata.v3.Config",
    "envoy.extensions.filters.http.health_check.v3.HealthCheck",
    "envoy.extensions.filters.http.ip_tagging.v3.IPTagging",
    "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
    "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
    "envoy.extensions.filters.http.original_src.v3.OriginalSrc",
    "envoy.extensions.filters.http.rbac.v3.RBAC",
    "envoy.extensions.filters.http.set_filter_state.v3.Config",
    "envoy.extensions.filters.http.set_metadata.v3.Config",
    "envoy.extensions.filters.http.stateful_session.v3.StatefulSession",
    "io.istio.http.peer_metadata.Config",
    "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
    "stats.PluginConfig",
];
/// Those that may stand behind the filter: they alter nothing that was judged.
const QUIET_BEHIND: [&str; 5] = [
    "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
    "envoy.extensions.filters.http.rbac.v3.RBAC",
    "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
    "envoy.extensions.filters.http.alpn.v2alpha1.FilterConfig",
    "stats.PluginConfig",
];
const ROUTER: &str = "envoy.extensions.filters.http.router.v3.Router";
const TAP: &str = "envoy.extensions.filters.http.tap.v3.Tap";
const MUTATION: &str = "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
const RBAC: &str = "envoy.extensions.filters.http.rbac.v3.RBAC";
/// The word that the filter leaves behind, and what it says.
const GUARD: (&str, &str) = ("wasm.cofferdam.guard", "ok");

/// A filter of the chain, with the settings that it has, wherever they stand.
struct Link<'n> {
    node: &'n Node,
    name: &'n str,
    kind: &'n str,
    body: &'n Node,
}

impl View<'_> {
    /// Checks the chain; says which filters no route may turn off.
    pub(super) fn http_filters(
        &self,
        manager: &Node,
        listener: &Node,
        routes: Option<&Node>,
        findings: &mut Findings,
    ) -> Vec<String> {
        let links: Vec<Link<'_>> =
            manager.list("http_filters").iter().map(|node| self.link(node, findings)).collect();
        let ours = links.iter().position(|link| plugin(link).is_some());
        let Some(ours) = ours else {
            // One whose settings are not at hand may be ours: that is told already.
            let known = links.iter().all(|link| !link.kind.is_empty());
            if known && routes.is_none_or(super::route::sends_on) {
                findings.tell_key(
                    manager,
                    "http_filters",
                    Code::HostFilter,
                    format!("no filter of cofferdam is in the chain of the listener {}", listener.title()),
                    "put it before the router, with the guard: `cofferdam deploy --envoy` shows how",
                );
            }
            return Vec::new();
        };
        for link in &links[..ours] {
            if link.kind == TAP {
                copied(link, findings);
            } else if !QUIET.contains(&link.kind) && !link.kind.is_empty() {
                findings.tell(
                    link.node,
                    Code::HostOrder,
                    format!(
                        "the filter {} may see or send on what was not judged",
                        quoted(link.kind)
                    ),
                    "put it behind a proxy of its own, or take it out; before the filter of \
                     cofferdam stands only what sends nothing on and alters no body",
                );
            }
        }
        self.own(&links[ours], listener, findings);
        let guard = self.guard(&links[ours..], findings);
        behind(&links[ours + 1..], findings);
        let names = std::iter::once(links[ours].name).chain(guard);
        names.map(str::to_owned).collect()
    }

    /// A filter with its settings.
    fn link<'n>(&'n self, node: &'n Node, findings: &mut Findings) -> Link<'n> {
        let name = node.text_at("name").unwrap_or_default();
        let typed = node.get("typed_config").or_else(|| {
            node.get("config_discovery")?;
            self.host.extensions.get(name).copied()
        });
        let Some(typed) = typed else {
            findings.tell(
                node,
                Code::HostAbsent,
                format!("what the filter {} does is not in here", node.title()),
                "hand in the file that it is read from beside this one, or what `/config_dump` of \
                 the admin says",
            );
            return Link { node, name, kind: "", body: node };
        };
        let (kind, body) = typed.typed();
        Link { node, name, kind, body }
    }

    /// What could make the host go on without the filter.
    fn own(&self, link: &Link<'_>, listener: &Node, findings: &mut Findings) {
        off(link, findings);
        if let Some(asked) = link.node.get("config_discovery")
            && asked.is_set("apply_default_config_without_warming")
        {
            findings.tell_key(
                asked,
                "apply_default_config_without_warming",
                Code::HostOpen,
                "another filter stands here until this one has come",
                "take it out: without it the listener waits",
            );
        }
        if let Some(config) = plugin(link) {
            self.plugin(config, listener, findings);
        }
    }

    /// The guard; its name.
    fn guard<'n>(&self, links: &[Link<'n>], findings: &mut Findings) -> Option<&'n str> {
        let guard = links.iter().skip(1).find(|link| link.kind == RBAC && is_guard(link.body));
        let Some(guard) = guard else {
            findings.tell(
                links.first()?.node,
                Code::HostGuard,
                "no guard stands behind the filter: where it does not run, everything passes",
                "put an RBAC filter behind it that allows only what has `wasm.cofferdam.guard` as \
                 `ok` in its filter state: `cofferdam deploy --envoy` shows how",
            );
            return None;
        };
        off(guard, findings);
        Some(guard.name)
    }
}

/// The settings of the plugin, where a filter is ours.
fn plugin<'n>(link: &Link<'n>) -> Option<&'n Node> {
    let config = link.kind.ends_with(".wasm.v3.Wasm").then(|| link.body.get("config"))??;
    plugin::is_ours(&config).then_some(config)
}

/// A filter that is not there when it matters.
fn off(link: &Link<'_>, findings: &mut Findings) {
    for key in ["disabled", "is_optional"] {
        if link.node.is_set(key) {
            findings.tell_key(
                link.node,
                key,
                Code::HostOpen,
                format!("with `{key}` requests pass where the filter {} is not", link.node.title()),
                "take it out",
            );
        }
    }
}

fn copied(link: &Link<'_>, findings: &mut Findings) {
    findings.tell(
        link.node,
        Code::HostCopy,
        "a tap copies messages as they are",
        "take the filter out",
    );
}

fn behind(links: &[Link<'_>], findings: &mut Findings) {
    for link in links {
        if link.kind == TAP {
            copied(link, findings);
            continue;
        }
        let known = QUIET_BEHIND.contains(&link.kind) || link.kind == ROUTER;
        if known || link.kind.is_empty() || link.kind == MUTATION && only_removes(link.body) {
            continue;
        }
        findings.tell(
            link.node,
            Code::HostOrder,
            format!(
                "the filter {} stands between the judged message and the other zone",
                quoted(link.kind)
            ),
            "put it before the filter of cofferdam: behind it stand the guard and the router",
        );
    }
}

/// Whether a mutation takes away and adds nothing.
fn only_removes(body: &Node) -> bool {
    let removes = |item: &Node| {
        let mut names = item.pairs().map(|(name, ..)| name);
        names.all(|name| matches!(name, "remove" | "remove_on_match" | "removeOnMatch"))
    };
    let Some(mutations) = body.get("mutations") else { return true };
    mutations.pairs().all(|(_, _, list)| list.items().iter().all(removes))
}

/// Whether a filter is the guard.
pub(super) fn is_guard_filter(node: &Node) -> bool {
    node.get("typed_config").is_some_and(|typed| {
        let (kind, body) = typed.typed();
        kind == RBAC && is_guard(body)
    })
}

/// Tells a filter that may see what was not judged, or alter what was: where it will stand between
/// others is not known.
pub(super) fn quiet(node: &Node, findings: &mut Findings) {
    // Without settings of its own it is one that is brought by another patch.
    let Some(typed) = node.get("typed_config") else { return };
    let (kind, body) = typed.typed();
    let known = QUIET.contains(&kind) && (kind != MUTATION || only_removes(body));
    if !known {
        findings.tell(
            node,
            Code::HostOrder,
            format!("the filter {} may see, send on or alter messages", quoted(kind)),
            "take it out, or put it into a proxy of its own",
        );
    }
}

/// Whether RBAC rules let nothing by that the filter has not marked.
fn is_guard(body: &Node) -> bool {
    // A matcher decides in their place.
    let Some(rules) = body.get("rules").filter(|_| body.get("matcher").is_none()) else {
        return false;
    };
    let policies: Vec<&Node> =
        rules.get("policies").iter().flat_map(|all| all.pairs()).map(|(.., one)| one).collect();
    let allows = matches!(rules.text_at("action"), None | Some("ALLOW" | "0"));
    let marked = |policy: &&Node| {
        let principals = policy.list("principals");
        !principals.is_empty() && principals.iter().all(asks_the_mark)
    };
    allows && !policies.is_empty() && policies.iter().all(marked)
}

/// Whether a principal is one only with the mark, whatever else it asks.
fn asks_the_mark(principal: &Node) -> bool {
    if let Some(all) = principal.at(&["and_ids"]) {
        return all.list("ids").iter().any(asks_the_mark);
    }
    let Some(state) = principal.get("filter_state") else { return false };
    let exact = state.at(&["string_match", "exact"]).and_then(Node::text);
    (state.text_at("key"), exact) == (Some(GUARD.0), Some(GUARD.1))
}
