//! The settings of a WebAssembly plugin: what it may call, whose machine it runs in, which module
//! that is, and what happens where it fails.

use super::tree::Node;
use super::trust::Told;
use super::{Code, Findings, View, quoted};
use crate::deploy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Blob;
use cofferdam_engine::trust::BundleFile;
use serde_json::Value;
use std::collections::BTreeSet;

/// What every plugin of ours is called.
const NAME: &str = "cofferdam";
/// Variables that hold keys begin so.
const KEY: &str = "COFFERDAM_KEY_";

/// Whether the settings are those of our filter.
pub(super) fn is_ours(config: &&Node) -> bool {
    ["root_id", "name"].iter().any(|key| config.text_at(key) == Some(NAME))
}

/// What a plugin is configured with.
enum Given {
    Json(Value),
    Bytes(Vec<u8>),
}

/// The blob that a plugin is configured with, by itself or in a bundle.
pub(super) fn configuration(config: &Node) -> Option<Vec<u8>> {
    let bytes = match given(config)? {
        Given::Json(value) => {
            let text = value.get("bundle").or_else(|| value.get("blob"))?.as_str()?;
            STANDARD.decode(compact(text)).ok()?
        }
        Given::Bytes(bytes) => bytes,
    };
    match BundleFile::parse(&bytes) {
        Ok(bundle) => Some(bundle.blob),
        // Whether somebody has signed is the filter's to ask.
        Err(_) => Some(bytes),
    }
}

/// Whether that is a blob by itself, which no filter takes but a build for trials.
pub(super) fn is_blob(config: &Node) -> bool {
    match given(config) {
        Some(Given::Json(value)) => value.get("blob").is_some(),
        Some(Given::Bytes(bytes)) => {
            BundleFile::parse(&bytes).is_err() && Blob::parse(bytes).is_ok()
        }
        None => false,
    }
}

fn given(config: &Node) -> Option<Given> {
    let value = config.at(&["configuration", "value"])?;
    let Some(text) = value.text() else {
        // A `Struct`, which the filter is given as JSON.
        let pairs = value.pairs().filter_map(|(key, _, value)| {
            Some((key.to_owned(), Value::String(value.text()?.to_owned())))
        });
        return Some(Given::Json(Value::Object(pairs.collect())));
    };
    let bytes = STANDARD.decode(compact(text)).unwrap_or_else(|_| text.as_bytes().to_vec());
    match serde_json::from_slice(&bytes) {
        Ok(value) => Some(Given::Json(value)),
        Err(_) => Some(Given::Bytes(bytes)),
    }
}

fn compact(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

impl View<'_> {
    pub(super) fn plugin(&self, config: &Node, listener: &Node, findings: &mut Findings) {
        self.settings(config, findings);
        self.room(listener, findings);
    }

    /// The settings by themselves.
    pub(super) fn settings(&self, config: &Node, findings: &mut Findings) {
        if config.is_set("fail_open") {
            let message = "when the filter fails, everything passes";
            findings.tell_key(config, "fail_open", Code::HostOpen, message, "take it out");
        }
        if matches!(config.text_at("failure_policy"), Some("FAIL_OPEN" | "2")) {
            let help = "write `failure_policy: FAIL_RELOAD`";
            let message = "when the filter fails, everything passes";
            findings.tell_key(config, "failure_policy", Code::HostOpen, message, help);
        }
        if !config.is_set("allow_on_headers_stop_iteration") {
            findings.tell_key(
                config,
                "allow_on_headers_stop_iteration",
                Code::HostHold,
                "headers leave before the body is judged: what is blocked then is cut, not refused",
                "write `allow_on_headers_stop_iteration: true`",
            );
        }
        self.capabilities(config, findings);
        self.machine(config, findings);
        self.trust(&Told::by_envoy(config), findings);
    }

    /// A callback that is not in the list is never called; one more than the module has would let
    /// another module do more.
    fn capabilities(&self, config: &Node, findings: &mut Findings) {
        let list = [
            &["capability_restriction_config"][..],
            &["vm_config", "capability_restriction_config"],
        ];
        let found = list.iter().find_map(|path| config.at(path));
        let Some(allowed) = found.and_then(|found| found.get("allowed_capabilities")) else {
            findings.tell(
                config,
                Code::HostAllowed,
                "the plugin has no list of what it may do",
                "give it `capability_restriction_config`: `cofferdam deploy --envoy` writes it from \
                 the module",
            );
            return;
        };
        let listed: BTreeSet<&str> = allowed.pairs().map(|(name, ..)| name).collect();
        let Some(module) = self.module else {
            findings.tell(
                allowed,
                Code::HostAbsent,
                "the module is not at hand: whether the list fits it cannot be told",
                "name it with `--wasm FILE`",
            );
            return;
        };
        let own = match deploy::capabilities(module) {
            Ok(own) => own,
            Err(error) => {
                findings.tell(
                    allowed,
                    Code::HostModule,
                    format!("the module is not this filter: {error}"),
                    "name the filter's module, as `cargo xtask dist` makes it",
                );
                return;
            }
        };
        for name in own.iter().filter(|name| !listed.contains(name.as_str())) {
            findings.tell(
                allowed,
                Code::HostAllowed,
                format!(
                    "{} is not in the list: it is never called, and nobody says so",
                    quoted(name)
                ),
                "add it: `cofferdam deploy --envoy` writes the list from the module",
            );
        }
        for (name, span, _) in allowed.pairs() {
            if !own.iter().any(|own| own == name) {
                findings.tell_at(
                    allowed,
                    span,
                    Code::HostAllowed,
                    format!("{} is in the list, and the module does not have it", quoted(name)),
                    "take it out: another module in this place could use it",
                );
            }
        }
    }

    fn machine(&self, config: &Node, findings: &mut Findings) {
        let Some(machine) = config.get("vm_config") else { return };
        if machine.text_at("vm_id").is_none_or(str::is_empty) {
            findings.tell_key(
                machine,
                "vm_id",
                Code::HostShared,
                "the filter has no virtual machine of its own",
                "write `vm_id: cofferdam`, and give no other plugin the same",
            );
        }
        for (name, span, _) in
            machine.at(&["environment_variables", "key_values"]).iter().flat_map(|all| all.pairs())
        {
            if name.starts_with(KEY) {
                findings.tell_at(
                    machine,
                    span,
                    Code::HostKey,
                    format!(
                        "the key {} stands in the configuration, for all who read it",
                        quoted(name)
                    ),
                    "name it in `host_env_keys`, and give the proxy's process the variable",
                );
            }
        }
        let Some(code) = machine.get("code") else { return };
        if let Some(remote) = code.get("remote")
            && remote.text_at("sha256").is_none_or(str::is_empty)
        {
            findings.tell_key(
                code,
                "remote",
                Code::HostModule,
                "whoever serves the module may serve another one",
                "write its digest as `sha256`",
            );
        }
        if machine.is_set("allow_precompiled") {
            findings.tell_key(
                machine,
                "allow_precompiled",
                Code::HostModule,
                "code that is compiled already runs as it is, whatever the module says",
                "take it out",
            );
        }
    }

    /// What is held for a verdict has room in the host.
    fn room(&self, listener: &Node, findings: &mut Findings) {
        let wanted = self.tables.map_or(0, |tables| tables.limits.inspect_bytes_max);
        let has = listener.number_at("per_connection_buffer_limit_bytes");
        if has.is_none_or(|has| has < wanted) {
            findings.tell_key(
                listener,
                "per_connection_buffer_limit_bytes",
                Code::HostHold,
                format!(
                    "the listener {} has no room for what is held for a verdict",
                    listener.title()
                ),
                &format!(
                    "write `per_connection_buffer_limit_bytes: {}` or more",
                    wanted.max(1 << 20)
                ),
            );
        }
    }

    /// Nobody shares a virtual machine with the filter.
    pub(super) fn virtual_machines(&self, findings: &mut Findings) {
        let plugins = self.host.plugins();
        let (ours, others): (Vec<_>, Vec<_>) = plugins.into_iter().partition(is_ours);
        let id = |config: &Node| {
            config.at(&["vm_config", "vm_id"]).and_then(Node::text).unwrap_or_default().to_owned()
        };
        let taken: BTreeSet<String> = ours.into_iter().map(id).collect();
        for other in others.into_iter().filter(|other| taken.contains(&id(other))) {
            findings.tell_key(
                other.get("vm_config").unwrap_or(other),
                "vm_id",
                Code::HostShared,
                "another plugin runs in the filter's virtual machine: where it traps, both end",
                "give it another `vm_id`",
            );
        }
    }
}
