//! Whether the filter takes what was released, and nothing else: it is no build for trials, and is
//! told whose releases it takes, and for which module.
//! Believes no signature: those are the filter's to ask for.

use super::tree::Node;
use super::{Code, Findings, View, plugin, quoted};
use crate::deploy;
use crate::diagnostic::Span;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::environment;
use cofferdam_engine::settings::Trust as Settings;

const ROOT: &str = "COFFERDAM_ROOT";
const AUDIENCE: &str = "COFFERDAM_AUDIENCE";
const MODULE: &str = "COFFERDAM_MODULE";
/// What the names of builds for trials hold.
const TRIAL: &str = ".unsigned";
/// How URLs of images begin.
const IMAGE: &str = "oci://";

/// What a host says of a plugin of ours, wherever it has the fields for it.
pub(super) struct Told<'n> {
    /// File, URL or image that the module is in.
    module: Option<&'n Node>,
    /// The digest that the module is pinned to, where it is not that of its image.
    pin: Option<&'n str>,
    /// What has the policy, and under which name.
    policy: (&'n Node, &'static str),
    is_blob: bool,
    /// What has the environment, and under which name.
    environment: (&'n Node, &'static str),
    variables: Vec<Variable<'n>>,
}

struct Variable<'n> {
    name: &'n str,
    span: Span,
    /// Nothing where the proxy's process has it.
    value: Option<&'n str>,
}

impl<'n> Told<'n> {
    /// By the settings of a plugin of Envoy.
    pub(super) fn by_envoy(config: &'n Node) -> Self {
        let machine = config.get("vm_config");
        let code = machine.and_then(|machine| machine.get("code"));
        let remote = code.and_then(|code| code.get("remote"));
        let local = code.and_then(|code| code.at(&["local", "filename"]));
        let module = local.or_else(|| remote?.at(&["http_uri", "uri"]));
        let names_image = module.and_then(Node::text).is_some_and(|uri| uri.starts_with(IMAGE));
        let pin = remote.and_then(|remote| remote.text_at("sha256"));
        let environment = machine.and_then(|machine| machine.get("environment_variables"));
        let set = environment.and_then(|all| all.get("key_values"));
        let set = set.into_iter().flat_map(Node::pairs).map(|(name, span, value)| {
            // A value that is none is an empty one.
            Variable { name, span, value: Some(value.text().unwrap_or_default()) }
        });
        let handed = environment.into_iter().flat_map(|all| all.list("host_env_keys"));
        let handed = handed
            .filter_map(|item| Some(Variable { name: item.text()?, span: item.span, value: None }));
        Self {
            module,
            pin: pin.filter(|_| !names_image),
            policy: (config, "configuration"),
            is_blob: plugin::is_blob(config),
            environment: (machine.unwrap_or(config), "environment_variables"),
            variables: set.chain(handed).collect(),
        }
    }

    /// By the fields of a `WasmPlugin` or a `TrafficExtension`.
    pub(super) fn by_istio(plugin: &'n Node) -> Self {
        let module = plugin.get("url");
        let pin = plugin.text_at("sha256").filter(|pin| !pin.is_empty());
        let list = plugin.at(&["vmConfig", "env"]).map_or(&[][..], Node::items);
        let variables = list.iter().filter_map(|item| {
            let value = match item.text_at("valueFrom") {
                Some("HOST") => None,
                _ => Some(item.text_at("value").unwrap_or_default()),
            };
            Some(Variable { name: item.text_at("name")?, span: item.line(), value })
        });
        Self {
            module,
            pin: pin.filter(|_| !module.and_then(Node::text).is_some_and(is_image)),
            policy: (plugin, "pluginConfig"),
            is_blob: plugin.at(&["pluginConfig", "blob"]).is_some(),
            environment: (plugin, "vmConfig"),
            variables: variables.collect(),
        }
    }
}

/// Whether Istio fetches an image from there: without a scheme it is one too.
pub(super) fn is_image(url: &str) -> bool {
    url.starts_with(IMAGE) || !url.contains("://")
}

impl View<'_> {
    /// What of a plugin of ours asks nobody, or cannot know whom to ask.
    pub(super) fn trust(&self, told: &Told<'_>, findings: &mut Findings) {
        // A build for trials asks for nothing of what the other one must be told.
        if !self.for_trials(told, findings) {
            self.told(told, findings);
        }
    }

    /// Tells what is for trials; says whether anything is.
    fn for_trials(&self, told: &Told<'_>, findings: &mut Findings) -> bool {
        let help = "take the module that `cargo xtask dist` makes without `--unsigned`";
        let named = told.module.filter(|node| node.text().is_some_and(is_named_for_trials));
        // What is no module of the filter at all is told with its list.
        let built = self.module.is_some_and(|module| {
            deploy::capabilities(module).is_ok() && !deploy::takes_bundles(module)
        });
        let (policy, key) = told.policy;
        if let Some(node) = named {
            let name = quoted(node.text().unwrap_or_default());
            let message = format!("{name} is a build for trials: it takes what nobody has signed");
            findings.tell(node, Code::HostTrial, message, help);
        } else if built {
            let message = "the module is a build for trials: it takes what nobody has signed";
            findings.tell(told.module.unwrap_or(policy), Code::HostTrial, message, help);
        }
        if told.is_blob {
            let message = "the policy is no bundle: only a build for trials takes it, and nobody \
                           has signed it";
            let help = "give it what `cofferdam bundle` writes: `cofferdam deploy` shows how";
            findings.tell_key(policy, key, Code::HostTrial, message, help);
        }
        named.is_some() || built || told.is_blob
    }

    /// Whose releases are taken, and for which module.
    fn told(&self, told: &Told<'_>, findings: &mut Findings) {
        let (node, key) = told.environment;
        let settings = settings(told);
        let pin = told.pin.map(str::to_ascii_lowercase);
        let own = self.module.map(|module| Digest::of(module).to_string());
        let said = settings.module.map(|digest| digest.to_string());
        let needed = [
            (ROOT, settings.root.is_some()),
            (AUDIENCE, settings.audience.is_some()),
            (MODULE, settings.module.is_some()),
        ];
        for (name, is_read) in needed {
            let help = "`cofferdam deploy` writes it from the bundle and the module";
            let Some(variable) = told.variables.iter().find(|variable| variable.name == name)
            else {
                let message = format!("the filter is not told `{name}`: it lets nothing cross");
                findings.tell_key(node, key, Code::HostTold, message, help);
                continue;
            };
            let message = match variable.value {
                None => continue,
                Some(_) if !is_read => {
                    format!("`{name}` is nothing that the filter can read: it lets nothing cross")
                }
                Some(_) if name != MODULE => continue,
                Some(_) if pin.is_some() && pin != said => {
                    format!("`{name}` is not the digest that the module is pinned to")
                }
                Some(_) if own.is_some() && own != said => {
                    format!("`{name}` is not the digest of the module")
                }
                Some(_) => continue,
            };
            findings.tell_at(node, variable.span, Code::HostTold, message, help);
        }
    }
}

/// What the filter reads in its environment.
fn settings(told: &Told<'_>) -> Settings {
    let pairs = told.variables.iter().filter_map(|Variable { name, value, .. }| {
        Some(format!("{name}={}", (*value)?).into_bytes())
    });
    environment::read(&pairs.collect::<Vec<_>>()).settings.trust
}

/// Whether a name ends in `.unsigned`, or goes on behind it with what is no part of a word.
fn is_named_for_trials(name: &str) -> bool {
    name.match_indices(TRIAL).any(|(at, _)| {
        let next = name[at + TRIAL.len()..].bytes().next();
        !next.is_some_and(|byte| byte.is_ascii_alphanumeric())
    })
}
