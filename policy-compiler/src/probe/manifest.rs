//! Writes what runs a probe in Kubernetes: every few minutes, and before a pod takes traffic.
//! Never writes a key: containers are given it by the name of a Secret.

use serde_json::json;
use std::fmt;

/// Where the echo listens in its pod.
const PORT: u16 = 8089;
/// The key, in the Secret and in the environment.
const KEY: &str = "COFFERDAM_PROBE_KEY";
/// What a container of the gate may take for all of its messages, and how often they are sent.
const GATE_SECONDS: u16 = 25;
const GATE_PERIOD_SECONDS: u16 = 60;

/// What a person says about it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The listener.
    pub url: String,
    /// Name of the policy's file, in the ConfigMap.
    pub policy: String,
    /// Image with the command.
    pub image: String,
    /// The Secret that holds the key, as `COFFERDAM_PROBE_KEY`.
    pub secret: String,
    /// The ConfigMap that holds the policy.
    pub config_map: String,
    /// The Deployment whose pods are kept back until the probe holds.
    pub workload: String,
    /// When to probe.
    pub schedule: String,
    /// More arguments of the probe.
    pub arguments: Vec<String>,
}

/// A name that Kubernetes or a container would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    option: &'static str,
    wanted: &'static str,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{} must be {}", self.option, self.wanted)
    }
}

impl std::error::Error for ManifestError {}

/// An echo with its Service, and a CronJob that probes.
///
/// # Errors
/// When a name is none.
pub fn cron_job(manifest: &Manifest) -> Result<String, ManifestError> {
    manifest.check()?;
    let Manifest { image, schedule, .. } = manifest;
    let echo = container(&[
        ("name", json!("echo")),
        ("image", json!(image)),
        ("args", json!(["probe", "--serve", format!("0.0.0.0:{PORT}")])),
    ]);
    let probe = container(&[
        ("name", json!("probe")),
        ("image", json!(image)),
        ("args", json!(manifest.probe(&["--deadline", "120"]))),
    ]);
    let (echo, probe) = (
        manifest.described(&echo, 8, false) + &listening(10),
        manifest.described(&probe, 12, true),
    );
    let (image_note, schedule) = (note(), json!(schedule));
    Ok(format!(
        "# Written by `cofferdam probe --manifest cron`.\n{image_note}\
         # The listener routes the probed paths to cofferdam-echo:{PORT}, in a cluster of the zone \
         that is\n# probed, by the same filters as all others.\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: cofferdam-echo }}\nspec:\n\
         \x20 replicas: 1\n\
         \x20 selector: {{ matchLabels: {{ app: cofferdam-echo }} }}\n  template:\n\
         \x20   metadata: {{ labels: {{ app: cofferdam-echo }} }}\n    spec:\n{POD}\
         \x20     containers:\n{echo}---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{ name: cofferdam-echo }}\nspec:\n\
         \x20 selector: {{ app: cofferdam-echo }}\n\
         \x20 ports: [{{ name: http, port: {PORT}, targetPort: {PORT} }}]\n---\n\
         apiVersion: batch/v1\nkind: CronJob\nmetadata: {{ name: cofferdam-probe }}\nspec:\n\
         \x20 schedule: {schedule}\n  concurrencyPolicy: Forbid\n\
         \x20 startingDeadlineSeconds: 120\n  jobTemplate:\n    spec:\n\
         \x20     # Failing once is what somebody must hear of: it is not tried until it passes.\n\
         \x20     backoffLimit: 0\n      activeDeadlineSeconds: 180\n      template:\n\
         \x20       metadata: {{ labels: {{ app: cofferdam-probe }} }}\n        spec:\n\
         \x20         restartPolicy: Never\n{pod}\
         \x20         containers:\n{probe}{volume}",
        pod = indented(POD, 4),
        volume = manifest.volume(10),
    ))
}

/// A patch for the Deployment of a gateway: an echo beside it, whose container is ready only while
/// the listener beside it holds. A pod is ready when all of its containers are.
///
/// # Errors
/// When a name is none.
pub fn gate(manifest: &Manifest) -> Result<String, ManifestError> {
    manifest.check()?;
    name("workload", &manifest.workload)?;
    let echo = container(&[
        ("name", json!("cofferdam-probe")),
        ("image", json!(manifest.image)),
        ("args", json!(["probe", "--serve", format!("127.0.0.1:{PORT}")])),
    ]);
    let mut command = vec!["cofferdam".to_owned()];
    let deadline = (GATE_SECONDS - 5).to_string();
    command.extend(manifest.probe(&["--quick", "--timeout", "3", "--deadline", &deadline]));
    let command = json!(command);
    let (workload, note) = (json!(manifest.workload), note());
    Ok(format!(
        "# Written by `cofferdam probe --manifest gate`: a patch, for `patches` of a \
         kustomization.\n{note}\
         # The gateway routes the probed paths of its own listener to 127.0.0.1:{PORT}.\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {workload} }}\nspec:\n\
         \x20 template:\n    spec:\n      containers:\n{echo}\
         \x20         readinessProbe:\n            exec: {{ command: {command} }}\n\
         \x20           periodSeconds: {GATE_PERIOD_SECONDS}\n\
         \x20           timeoutSeconds: {GATE_SECONDS}\n\
         \x20           failureThreshold: 1\n{volume}",
        echo = manifest.described(&echo, 8, true),
        volume = manifest.volume(6),
    ))
}

/// Of a pod: nobody in it is root, and none asks Kubernetes for anything.
const POD: &str = "      automountServiceAccountToken: false\n      securityContext:\n\
                   \x20       runAsNonRoot: true\n        runAsUser: 65532\n\
                   \x20       runAsGroup: 65532\n\
                   \x20       seccompProfile: { type: RuntimeDefault }\n";

fn note() -> String {
    format!(
        "# The Secret holds {KEY}: 32 characters or more, the same for probe and echo.\n\
         # Pin the image by its digest.\n"
    )
}

fn listening(indent: usize) -> String {
    let space = " ".repeat(indent);
    format!(
        "{space}ports: [{{ containerPort: {PORT} }}]\n\
         {space}readinessProbe: {{ tcpSocket: {{ port: {PORT} }} }}\n"
    )
}

fn container(lines: &[(&str, serde_json::Value)]) -> String {
    let line = |(n, (name, value)): (usize, &(&str, serde_json::Value))| {
        format!("{}{name}: {value}\n", if n == 0 { "- " } else { "  " })
    };
    lines.iter().enumerate().map(line).collect()
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

impl Manifest {
    fn check(&self) -> Result<(), ManifestError> {
        name("secret", &self.secret)?;
        name("policy-map", &self.config_map)?;
        let image = |c: char| c.is_ascii_alphanumeric() || "./:@_-".contains(c);
        if self.image.is_empty() || !self.image.chars().all(image) {
            let wanted = "the name of an image";
            return Err(ManifestError { option: "image", wanted });
        }
        let fields = self.schedule.split(' ').collect::<Vec<_>>();
        let field = |field: &&str| {
            !field.is_empty()
                && field.chars().all(|c| c.is_ascii_alphanumeric() || "*/,-".contains(c))
        };
        if fields.len() != 5 || !fields.iter().all(field) {
            let wanted = "five fields of cron, such as \"*/10 * * * *\"";
            return Err(ManifestError { option: "schedule", wanted });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.policy.is_empty() || !self.policy.chars().all(plain) {
            let wanted = "in a file whose name is letters, digits, `.`, `_` and `-`: such names \
                          ConfigMaps have";
            return Err(ManifestError { option: "policy", wanted });
        }
        Ok(())
    }

    /// The arguments of a probe.
    fn probe(&self, more: &[&str]) -> Vec<String> {
        let policy = format!("/policy/{}", self.policy);
        let mut list = vec!["probe".to_owned(), self.url.clone(), policy, "--echo".to_owned()];
        list.extend(more.iter().map(|word| (*word).to_owned()));
        list.extend(self.arguments.iter().cloned());
        list
    }

    /// A container with what all of them have: the key by its name, nothing to write to, no rights.
    fn described(&self, container: &str, indent: usize, policy: bool) -> String {
        let secret = json!(self.secret);
        let mut text = container.to_owned();
        text.push_str(&format!(
            "  env:\n  - name: {KEY}\n    valueFrom: {{ secretKeyRef: {{ name: {secret}, key: \
             {KEY} }} }}\n\
             \x20 securityContext:\n    runAsNonRoot: true\n    runAsUser: 65532\n\
             \x20   readOnlyRootFilesystem: true\n    allowPrivilegeEscalation: false\n\
             \x20   capabilities: {{ drop: [ALL] }}\n\
             \x20 resources:\n    requests: {{ cpu: 10m, memory: 32Mi }}\n\
             \x20   limits: {{ memory: 128Mi }}\n"
        ));
        if policy {
            text.push_str(
                "  volumeMounts:\n\
                 \x20 - { name: cofferdam-policy, mountPath: /policy, readOnly: true }\n",
            );
        }
        indented(&text, indent)
    }

    fn volume(&self, indent: usize) -> String {
        let map = json!(self.config_map);
        let text = format!("volumes: [{{ name: cofferdam-policy, configMap: {{ name: {map} }} }}]");
        indented(&text, indent)
    }
}

/// Names of Kubernetes: letters of DNS.
fn name(option: &'static str, text: &str) -> Result<(), ManifestError> {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    let inner = !text.starts_with(['-', '.']) && !text.ends_with(['-', '.']);
    match !text.is_empty() && text.len() <= 253 && inner && text.bytes().all(letter) {
        true => Ok(()),
        false => {
            let wanted = "a name of Kubernetes: small letters, digits, `-` and `.`";
            Err(ManifestError { option, wanted })
        }
    }
}
