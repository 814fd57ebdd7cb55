//! `cargo xtask test registry`: the filter's module goes to a registry as an image, comes back by
//! its digest, and runs in Envoy. The registry and the client that pushes are Debian's.

use crate::debian::Program;
use crate::envoy::{self, Envoy};
use crate::failure::{During as _, Failure};
use crate::{Done, people, setup, shell};
use cofferdam_shop::client::Client;
use cofferdam_shop::message::Request;
use cofferdam_shop::port;
use cofferdam_shop::server::{Answer, Service};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const POLICY: &str = "envoy/policies/shop.yaml";
/// Where the policy expects visitors.
const VISITORS_PORT: &str = "8443";
const NAME: &str = "mesh/cofferdam";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// How long the registry may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many checks passed and failed. The first that fails ends it: each builds on the last.
pub(crate) fn test() -> Result<(u64, u64), Failure> {
    let folder = shell::target().join("registry");
    if folder.exists() {
        fs::remove_dir_all(&folder).during("cannot remove what an earlier run left")?;
    }
    fs::create_dir_all(&folder).during("cannot make a folder")?;
    let skopeo = Program::of("skopeo", "skopeo")?;
    let registry = Registry::start(&folder)?;
    let (module, command) = (setup::filter()?, command()?);
    let image = Image::new(&command, &module, &folder.join("image"))?;
    let pulled = folder.join("pulled");
    registry.push(&skopeo, &image)?;
    let checks: [(&str, &dyn Fn() -> Done); 5] = [
        ("the registry has the manifest under its digest", &|| registry.holds(&image)),
        ("what is pulled by digest is what was pushed", &|| {
            registry.pull(&skopeo, &image.digest, &pulled)?;
            same(&image.folder, &pulled)
        }),
        ("another digest names nothing", &|| {
            let other = format!("sha256:{}", "0".repeat(64));
            match registry.pull(&skopeo, &other, &folder.join("nothing")) {
                Err(_) => Ok(()),
                Ok(()) => Err(Failure::new("an image was pulled that nobody pushed")),
            }
        }),
        ("the module in it is the one that was built", &|| {
            let unpacked = unpack(&pulled, &folder)?;
            let read = |path: &Path| fs::read(path).during("cannot read a module");
            match read(&unpacked)? == read(&module)? {
                true => Ok(()),
                false => Err(Failure::new("the module came back with other bytes")),
            }
        }),
        ("Envoy runs it: a value is redacted", &|| {
            runs(&command, &folder.join("plugin.wasm"), &folder)
        }),
    ];
    for (n, (what, check)) in (0..).zip(&checks) {
        if let Err(failure) = check() {
            shell::say(&failure.to_string());
            shell::say(&format!("  failed: {what}"));
            return Ok((n, 1));
        }
        shell::say(&format!("  {what}"));
    }
    Ok((checks.len() as u64, 0))
}

/// What `cofferdam image` makes of a module.
struct Image {
    folder: PathBuf,
    /// `sha256:` and the digest of the manifest.
    digest: String,
}

impl Image {
    fn new(command: &Path, module: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut make = Command::new(command);
        make.arg("image").arg(module).arg("-o").arg(folder);
        let told = shell::output(&mut make);
        let digest = told.as_deref().and_then(|told| told.split_whitespace().next());
        let digest = digest.ok_or_else(|| Failure::new("`cofferdam image` failed"))?;
        Ok(Self { folder: folder.to_owned(), digest: digest.to_owned() })
    }
}

/// The command, as tests build it.
fn command() -> Result<PathBuf, Failure> {
    let arguments = ["build", "-p", "cofferdam-policy-compiler", "--bin", "cofferdam"];
    shell::run(&mut shell::cargo(&arguments))?;
    Ok(shell::target().join("debug").join("cofferdam"))
}

/// A running registry. Ends when dropped.
struct Registry {
    child: Child,
    address: SocketAddr,
}

impl Registry {
    fn start(folder: &Path) -> Result<Self, Failure> {
        let program = Program::of("docker-registry", "docker-registry")?;
        let port = port::free().during("cannot find a port")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (config, store) = (folder.join("registry.yml"), folder.join("store"));
        // JSON is YAML.
        let text = serde_json::json!({
            "version": 0.1,
            "log": { "level": "error", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": store } },
            "http": { "addr": address.to_string() },
        });
        fs::write(&config, text.to_string()).during("cannot configure the registry")?;
        let log = fs::File::create(folder.join("registry.log")).during("cannot write a log")?;
        let mut command = envoy::dying_with_us(program.path());
        command.arg("serve").arg(&config).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log).spawn().during("cannot start the registry")?;
        let mut registry = Self { child, address };
        registry.wait()?;
        Ok(registry)
    }

    fn wait(&mut self) -> Done {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().during("cannot wait for the registry")? {
                return Err(Failure::new(format!("the registry ended at once ({status})")));
            }
            if self.get("/v2/").is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(Failure::new("the registry did not become ready"))
    }

    fn get(&self, path: &str) -> Option<Vec<u8>> {
        let request = Request::get(path).with("accept", MANIFEST);
        let response = Client::new(self.address, &self.address.to_string()).send(&request).ok()?;
        (response.status == 200).then_some(response.body)
    }

    fn reference(&self, tail: &str) -> String {
        format!("docker://{}/{NAME}{tail}", self.address)
    }

    fn push(&self, skopeo: &Program, image: &Image) -> Done {
        let mut push = skopeo.command();
        // On a machine where it is installed, `/etc/containers/policy.json` is asked; this one may
        // have none.
        push.args(["--insecure-policy", "copy", "--quiet", "--preserve-digests"]);
        push.arg("--dest-tls-verify=false").arg(format!("oci:{}", image.folder.display()));
        shell::run(push.arg(self.reference(":1"))).map(drop)
    }

    fn pull(&self, skopeo: &Program, digest: &str, folder: &Path) -> Done {
        let mut pull = skopeo.command();
        pull.args(["--insecure-policy", "copy", "--quiet", "--preserve-digests"]);
        pull.arg("--src-tls-verify=false").arg(self.reference(&format!("@{digest}")));
        shell::run(pull.arg(format!("oci:{}", folder.display()))).map(drop)
    }

    /// Whether the bytes that it gives for a digest digest to that.
    fn holds(&self, image: &Image) -> Done {
        let path = format!("/v2/{NAME}/manifests/{}", image.digest);
        let manifest = self.get(&path).ok_or_else(|| Failure::new("it has no such manifest"))?;
        let hex: String =
            Sha256::digest(&manifest).iter().map(|byte| format!("{byte:02x}")).collect();
        match format!("sha256:{hex}") == image.digest {
            true => Ok(()),
            false => Err(Failure::new("the registry gives another manifest for this digest")),
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All blobs of an image, by name.
fn blobs(image: &Path) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let folder = image.join("blobs").join("sha256");
    let entries = fs::read_dir(folder).during("cannot read an image")?.flatten();
    let mut blobs = Vec::new();
    for entry in entries {
        let bytes = fs::read(entry.path()).during("cannot read a blob")?;
        blobs.push((entry.file_name().to_string_lossy().into_owned(), bytes));
    }
    blobs.sort();
    Ok(blobs)
}

fn same(one: &Path, other: &Path) -> Done {
    let (one, other) = (blobs(one)?, blobs(other)?);
    match one.len() == 3 && one == other {
        true => Ok(()),
        false => {
            Err(Failure::new("manifest, configuration and layer did not come back as they are"))
        }
    }
}

/// Takes the module out of the one layer that there is, with the system's own `tar`.
fn unpack(image: &Path, into: &Path) -> Result<PathBuf, Failure> {
    let layer = blobs(image)?.into_iter().find(|(_, bytes)| bytes.starts_with(&[0x1f, 0x8b]));
    let (name, _) = layer.ok_or_else(|| Failure::new("the image has no layer"))?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(image.join("blobs").join("sha256").join(name)).arg("-C").arg(into);
    shell::run(tar.arg("plugin.wasm"))?;
    Ok(into.join("plugin.wasm"))
}

/// Sends a reply with a value through Envoy, as `cofferdam deploy` configures it.
fn runs(command: &Path, module: &Path, folder: &Path) -> Done {
    const VALUE: &str = "078-05-1120";
    let body = format!("{{\"ssn\":\"{VALUE}\"}}");
    let shop = Service::start(0, move |_: &Request| {
        Answer::new(200, "application/json", body.clone().into_bytes())
    })
    .during("cannot start a service")?;
    let envoy = setup::envoy()?;
    let free = || port::free().during("cannot find a port");
    let (port, admin_port) = (free()?, free()?);
    let text = fs::read_to_string(shell::root().join(POLICY)).during("cannot read the policy")?;
    let policy = folder.join("shop.yaml");
    let text = text.replace(VISITORS_PORT, &port.to_string());
    fs::write(&policy, text).during("cannot write a copy of the policy")?;
    let config = folder.join("envoy.yaml");
    let bundle = people::release(command, &folder.join("people"), &policy, module, false)?;
    let mut deploy = Command::new(command);
    deploy.args(["deploy", "--envoy"]).arg(&bundle).arg("--wasm").arg(module);
    deploy.arg("-o").arg(&config).args(["--admin-port", &admin_port.to_string()]);
    deploy.args(["--route", "/=shop", "--cluster", &format!("shop={}", shop.address())]);
    deploy.args(["--cluster", &format!("customers={}", shop.address())]);
    shell::run(&mut deploy)?;
    let _envoy = Envoy::start(&envoy, &config, admin_port, &folder.join("envoy.log"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut client = Client::new(address, "shop.example.com");
    let response = client.send(&Request::get("/orders")).during("Envoy does not answer")?;
    let text = response.text();
    match response.status == 200 && text.contains("[us_ssn]") && !text.contains(VALUE) {
        true => Ok(()),
        false => Err(Failure::new(format!("the answer has status {}", response.status))
            .help(format!("what Envoy wrote is in `{}`", folder.join("envoy.log").display()))),
    }
}
