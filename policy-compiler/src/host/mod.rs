//! Refuses a host's configuration that lets data pass by the filter: reads a bootstrap, a
//! `config_dump` or the file of an extension, as Envoy takes them, or manifests of Istio, and tells
//! each place.
//! Opens nothing and asks nobody; what is not in the text that it is handed is told as missing.
//! Whatever it does not know it refuses, where a message could pass through it.

mod chain;
mod cluster;
mod collect;
mod listener;
mod manager;
mod mesh;
mod operator;
mod plugin;
mod route;
mod tls;
mod tree;
mod trust;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source, Span};
use cofferdam_engine::blob::Blob;
use cofferdam_engine::glob;
use cofferdam_engine::model::Tables;
use collect::Host;
use std::borrow::Cow;
use std::collections::BTreeSet;
use tree::Node;

/// What a configuration is compared with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'g> {
    /// The policy, where it is not in the configuration itself.
    pub tables: Option<&'g Tables>,
    /// The filter's module.
    pub module: Option<&'g [u8]>,
}

/// A configuration that stands in some files.
pub struct Config {
    roots: Vec<Node>,
    /// Whether every file could be read.
    whole: bool,
    /// What of it cannot be read, file by file.
    unread: Findings,
}

impl Config {
    /// Reads the files. What is wrong with them is told by [`Config::check`].
    #[must_use]
    pub fn read(sources: &[Source]) -> Self {
        let mut unread = Findings { lists: vec![Diagnostics::default(); sources.len()] };
        let (mut roots, mut whole) = (Vec::new(), true);
        for (n, source) in sources.iter().enumerate() {
            match tree::read(n, source.text()) {
                Ok(documents) => roots.extend(documents),
                Err(tree::Unreadable { span, why }) => {
                    whole = false;
                    let help = "hand in a bootstrap, or what `/config_dump` of the admin says";
                    unread.push(n, Diagnostic::new(Code::HostUnread, span, why).help(help));
                }
            }
        }
        Self { roots, whole, unread }
    }

    /// The module's file, where the configuration names one.
    #[must_use]
    pub fn module_path(&self) -> Option<String> {
        let plugins = Host::of(&self.roots).plugins();
        plugins.into_iter().filter(plugin::is_ours).find_map(|plugin| {
            plugin.at(&["vm_config", "code", "local"])?.text_at("filename").map(str::to_owned)
        })
    }

    /// What is wrong with it, file by file.
    #[must_use]
    pub fn check(self, given: Given<'_>) -> Vec<Diagnostics> {
        let Self { roots, whole, unread: mut findings } = self;
        // A part that cannot be read may be the one with the holes.
        if whole {
            let host = Host::of(&roots);
            let policy = match given.tables {
                Some(tables) => Some(Cow::Borrowed(tables)),
                None => inline(&host).map(Cow::Owned),
            };
            let view = View { host: &host, tables: policy.as_deref(), module: given.module };
            view.check(&mut findings);
        }
        findings.lists.iter_mut().for_each(Diagnostics::sort);
        findings.lists
    }
}

/// The policy that the configuration itself holds.
fn inline(host: &Host<'_>) -> Option<Tables> {
    let ours = host.plugins().into_iter().filter(plugin::is_ours);
    let bytes = ours.filter_map(plugin::configuration).next()?;
    Blob::parse(bytes).ok().map(|blob| blob.tables)
}

/// What was found so far.
struct Findings {
    lists: Vec<Diagnostics>,
}

impl Findings {
    fn push(&mut self, file: usize, diagnostic: Diagnostic) {
        if let Some(list) = self.lists.get_mut(file) {
            list.push(diagnostic);
        }
    }

    /// Tells what is wrong with a node.
    fn tell(&mut self, node: &Node, code: Code, message: impl Into<String>, help: &str) {
        self.tell_at(node, node.line(), code, message, help);
    }

    /// Tells what is wrong with what stands below a name; where it does not, with the node.
    fn tell_key(
        &mut self,
        node: &Node,
        key: &str,
        code: Code,
        message: impl Into<String>,
        help: &str,
    ) {
        let span = node.key_span(key).unwrap_or_else(|| node.line());
        self.tell_at(node, span, code, message, help);
    }

    fn tell_at(
        &mut self,
        node: &Node,
        span: Span,
        code: Code,
        message: impl Into<String>,
        help: &str,
    ) {
        self.push(node.file, Diagnostic::new(code, span, message).help(help));
    }
}

/// A configuration, and what it is compared with.
#[derive(Clone, Copy)]
struct View<'h> {
    host: &'h Host<'h>,
    tables: Option<&'h Tables>,
    module: Option<&'h [u8]>,
}

impl View<'_> {
    fn check(&self, findings: &mut Findings) {
        let Host { listeners, roots, .. } = self.host;
        if listeners.is_empty() && self.host.bootstraps.is_empty() {
            if self.host.options.is_empty()
                && !roots.iter().any(|root| mesh::is_manifest(root))
                && let Some(root) = roots.first()
            {
                findings.tell(
                    root,
                    Code::HostUnread,
                    "no listener is in here",
                    "hand in a bootstrap, or what `/config_dump` of the admin says",
                );
            }
        } else if listeners.is_empty() {
            for bootstrap in &self.host.bootstraps {
                findings.tell(
                    bootstrap,
                    Code::HostAbsent,
                    "no listener is in here: where they come from cannot be checked",
                    "hand in what `/config_dump` of the admin says",
                );
            }
        }
        self.host.missing(findings);
        self.operator(findings);
        listeners.iter().for_each(|listener| self.listener(listener, findings));
        self.host.clusters.iter().for_each(|cluster| self.cluster(cluster, findings));
        self.virtual_machines(findings);
        self.mesh(findings);
    }

    /// The zones that member lines put a cluster in; none where the policy is not known.
    fn zones(&self, cluster: &str) -> Option<BTreeSet<u16>> {
        let members = self.tables?.members.iter();
        let fits = |glob: &String| glob::fits(glob, cluster.as_bytes(), None);
        let fitting = members.filter(|member| member.cluster.as_ref().is_some_and(fits));
        Some(fitting.map(|member| member.zone).collect())
    }

    /// Whether two clusters are in one zone for all that is known.
    fn is_one_zone(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.zones(one), self.zones(other));
        one.as_ref().is_some_and(|zones| zones.len() == 1) && one == other
    }
}

impl Node {
    /// Where it begins: a value that goes over lines is told by its first one.
    fn line(&self) -> Span {
        match self.pairs().next() {
            Some((_, key, _)) => key,
            None => self.items().first().map_or(self.span, Node::line),
        }
    }

    /// Its name, for messages.
    fn title(&self) -> String {
        self.text_at("name").map_or_else(|| "without a name".to_owned(), quoted)
    }
}

/// A name as it may stand in a message.
fn quoted(name: &str) -> String {
    format!("`{}`", crate::language::yaml::escape(name))
}
