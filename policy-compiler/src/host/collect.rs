//! Finds listeners, clusters, routes and extensions, wherever hosts write them: in a bootstrap, in
//! a `config_dump`, in a file of resources.

use super::Findings;
use super::tree::Node;
use std::collections::BTreeMap;

/// Everything that is spoken of.
#[derive(Default)]
pub(super) struct Host<'h> {
    pub(super) roots: Vec<&'h Node>,
    pub(super) bootstraps: Vec<&'h Node>,
    pub(super) listeners: Vec<&'h Node>,
    pub(super) clusters: Vec<&'h Node>,
    /// By the names under which listeners ask for them.
    pub(super) routes: BTreeMap<String, &'h Node>,
    /// By the names under which filters ask for them: messages of any type.
    pub(super) extensions: BTreeMap<String, &'h Node>,
    /// What `/server_info` tells of the command line.
    pub(super) options: Vec<&'h Node>,
}

impl<'h> Host<'h> {
    pub(super) fn of(roots: &'h [Node]) -> Self {
        let mut host = Self { roots: roots.iter().collect(), ..Self::default() };
        for root in roots {
            if let Some(options) = root.get("command_line_options") {
                host.options.push(options);
            }
            let listed = root.list("configs");
            if listed.is_empty() && root.get("resources").is_none() {
                host.bootstrap(root);
            }
            listed.iter().for_each(|dump| host.dump(dump));
            root.list("resources").iter().for_each(|resource| host.resource(resource));
        }
        host
    }

    fn bootstrap(&mut self, node: &'h Node) {
        let known = ["static_resources", "dynamic_resources", "admin", "node"];
        if known.iter().all(|name| node.get(name).is_none()) {
            return;
        }
        self.bootstraps.push(node);
        let Some(resources) = node.get("static_resources") else { return };
        self.listeners.extend(resources.list("listeners"));
        self.clusters.extend(resources.list("clusters"));
    }

    /// One part of a `config_dump`: what is in force, and what is about to be.
    fn dump(&mut self, dump: &'h Node) {
        if let Some(bootstrap) = dump.get("bootstrap") {
            // The dump tells its listeners and clusters once more.
            self.bootstraps.push(bootstrap);
        }
        for listener in dump.list("static_listeners") {
            self.listeners.extend(listener.get("listener"));
        }
        for listener in dump.list("dynamic_listeners") {
            for state in ["active_state", "warming_state", "draining_state"] {
                self.listeners.extend(listener.at(&[state, "listener"]));
            }
        }
        for list in ["static_clusters", "dynamic_active_clusters", "dynamic_warming_clusters"] {
            self.clusters.extend(dump.list(list).iter().filter_map(|item| item.get("cluster")));
        }
        for list in ["static_route_configs", "dynamic_route_configs"] {
            for item in dump.list(list) {
                item.get("route_config").into_iter().for_each(|routes| self.route(routes));
            }
        }
        for item in dump.list("ecds_filters") {
            item.get("ecds_filter").into_iter().for_each(|found| self.resource(found));
        }
    }

    fn route(&mut self, node: &'h Node) {
        let name = node.text_at("name").unwrap_or_default();
        self.routes.insert(name.to_owned(), node);
    }

    /// A resource of any type.
    fn resource(&mut self, node: &'h Node) {
        let (kind, body) = node.typed();
        match kind.rsplit('.').next().unwrap_or_default() {
            "TypedExtensionConfig" => {
                if let (Some(name), Some(typed)) = (body.text_at("name"), body.get("typed_config"))
                {
                    self.extensions.insert(name.to_owned(), typed);
                }
            }
            "Listener" => self.listeners.push(body),
            "Cluster" => self.clusters.push(body),
            "RouteConfiguration" => self.route(body),
            _ => {}
        }
    }

    /// What is not in the text is fetched from somewhere else.
    pub(super) fn missing(&self, findings: &mut Findings) {
        let dumped = self.roots.iter().any(|root| !root.list("configs").is_empty());
        for bootstrap in &self.bootstraps {
            let Some(dynamic) = bootstrap.get("dynamic_resources").filter(|_| !dumped) else {
                continue;
            };
            for name in ["lds_config", "cds_config"] {
                if dynamic.get(name).is_some() {
                    findings.tell_key(
                        dynamic,
                        name,
                        super::Code::HostAbsent,
                        format!("what `{name}` brings is not in here"),
                        "hand in what `/config_dump` of the admin says",
                    );
                }
            }
        }
    }

    /// The `config` of every WebAssembly plugin, wherever it stands.
    pub(super) fn plugins(&self) -> Vec<&'h Node> {
        let mut found = Vec::new();
        let extensions = self.extensions.values().copied();
        for typed in self.http_filters().filter_map(|filter| filter.get("typed_config")) {
            found.extend(plugin(typed));
        }
        found.extend(extensions.filter_map(plugin));
        let services = self.bootstraps.iter().flat_map(|node| node.list("bootstrap_extensions"));
        found.extend(services.filter_map(|service| plugin(service.get("typed_config")?)));
        found
    }

    /// Every HTTP filter of every listener.
    fn http_filters(&self) -> impl Iterator<Item = &'h Node> {
        let chains = self.listeners.iter().flat_map(|listener| chains(listener));
        let filters = chains.flat_map(|chain| chain.list("filters"));
        let typed = filters.filter_map(|filter| filter.get("typed_config"));
        typed.flat_map(|typed| typed.typed().1.list("http_filters"))
    }
}

/// The filter chains of a listener.
pub(super) fn chains(listener: &Node) -> impl Iterator<Item = &Node> {
    let chains = listener.list("filter_chains").iter();
    chains.chain(listener.get("default_filter_chain"))
}

fn plugin(typed: &Node) -> Option<&Node> {
    let (kind, body) = typed.typed();
    let known = [".wasm.v3.Wasm", ".wasm.v3.WasmService"];
    known.iter().any(|known| kind.ends_with(known)).then(|| body.get("config"))?
}
