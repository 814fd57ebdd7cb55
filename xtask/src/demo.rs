//! `cargo xtask demo [--no-envoy]`: the sample policy in front of a small shop, from nothing.
//! Starts two services and Envoy on loopback, runs the shop's script, and stops them on every way
//! out. What it says of the traffic comes from the traffic.

use crate::Done;
use crate::envoy::{self, Envoy};
use crate::failure::{During as _, Failure};
use crate::{people, setup, shell};
use cofferdam_shop::app;
use cofferdam_shop::client::Client;
use cofferdam_shop::demo::{self, Proxy};
use cofferdam_shop::entry::Entry;
use cofferdam_shop::message::{Request, Response};
use cofferdam_shop::port;
use cofferdam_shop::server::Service;
use cofferdam_shop::show::{Screen, Tone, thousands};
use sha2::{Digest as _, Sha256};
use std::env;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const POLICY: &str = "envoy/policies/shop.yaml";
/// Where the policy expects visitors.
const VISITORS_PORT: u16 = 8443;

/// Runs the demo in Envoy.
pub(crate) fn run() -> Done {
    let begun = Instant::now();
    let prepared = Prepared::new()?;
    let envoy = setup::envoy()?;
    let shop = Service::start(0, demo::shop()).during("cannot start the shop")?;
    let customers =
        Service::start(0, app::customers).during("cannot start the customer database")?;
    let admin_port = port::free().during("cannot find a port")?;
    let config = prepared.deploy(admin_port, shop.address(), customers.address())?;
    let ready = Instant::now();
    let envoy = Envoy::start(&envoy, &config, admin_port, &prepared.folder.join("envoy.log"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, prepared.port));
    let text = format!("{}, ready in {} ms", envoy.version(), ready.elapsed().as_millis());
    let facts = prepared.facts(&[("proxy", &text), ("set up in", &seconds(begun.elapsed()))]);
    let mut through = ThroughEnvoy {
        direct: Client::new(shop.address(), "shop.example.com"),
        filtered: Client::new(address, "shop.example.com"),
        envoy,
        read: 0,
    };
    let mut out = io::stdout().lock();
    let mut screen = Screen::new(&mut out, colors());
    open(&mut screen, &facts).during("cannot show the demo")?;
    let wrong = demo::run(&mut through, &mut screen).during("the demo broke off")?;
    // Stopped before it is said.
    drop(through);
    drop((shop, customers));
    match wrong.is_empty() {
        true => screen
            .heading("Everything held. Envoy and both services are stopped.")
            .during("cannot show the demo"),
        false => {
            let _ = screen.line(Tone::Bad, "\nNot everything held.");
            Err(Failure::new(wrong.join("\nerror: ")).help(format!(
                "what Envoy wrote is in `{}`",
                prepared.folder.join("envoy.log").display()
            )))
        }
    }
}

/// Runs the same in the embedded host.
pub(crate) fn run_embedded() -> Done {
    let begun = Instant::now();
    let prepared = Prepared::new()?;
    // Built apart from xtask, which must stay small: this one brings wasmtime.
    let build = ["build", "--quiet", "-p", "cofferdam-harness", "--example", "demo"];
    shell::run(&mut shell::cargo(&build))?;
    let text =
        "none: the same module in an embedded wasmtime, which counts instructions and so is slower";
    let facts = prepared.facts(&[("proxy", text), ("set up in", &seconds(begun.elapsed()))]);
    {
        let mut out = io::stdout().lock();
        open(&mut Screen::new(&mut out, colors()), &facts).during("cannot show the demo")?;
    }
    let mut demo = Command::new(shell::target().join("debug").join("examples").join("demo"));
    demo.arg(&prepared.wasm).arg(&prepared.bundle);
    if colors() {
        demo.arg("--color");
    }
    let status = demo.status().during("cannot run the embedded demo")?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new("not everything held")),
    }
}

fn colors() -> bool {
    io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn open(screen: &mut Screen<'_>, facts: &[(String, String)]) -> io::Result<()> {
    screen.line(Tone::Strong, "cofferdam: personal data stops at the zone boundary")?;
    facts.iter().try_for_each(|(word, text)| screen.fact(word, text))
}

/// Command, module, blob and bundle, built, compiled and signed.
struct Prepared {
    folder: PathBuf,
    command: PathBuf,
    wasm: PathBuf,
    blob: PathBuf,
    bundle: PathBuf,
    port: u16,
    compiled_in: Duration,
}

impl Prepared {
    fn new() -> Result<Self, Failure> {
        let (wasm, command) = (setup::filter()?, setup::command()?);
        let folder = shell::target().join("demo");
        fs::create_dir_all(&folder).during("cannot make a folder for the demo")?;
        let (policy, port) = policy(&folder)?;
        let blob = folder.join("shop.blob");
        let begun = Instant::now();
        let mut compile = Command::new(&command);
        shell::run(compile.arg("compile").arg(&policy).arg("-o").arg(&blob))?;
        let compiled_in = begun.elapsed();
        shell::say("releasing it, with people who are made up for this:");
        let bundle = people::release(&command, &folder.join("people"), &policy, &wasm, true)?;
        Ok(Self { folder, command, wasm, blob, bundle, port, compiled_in })
    }

    /// The configuration that `cofferdam deploy` writes for this machine.
    fn deploy(
        &self,
        admin_port: u16,
        shop: SocketAddr,
        customers: SocketAddr,
    ) -> Result<PathBuf, Failure> {
        let config = self.folder.join("envoy.yaml");
        let mut deploy = Command::new(&self.command);
        deploy.args(["deploy", "--envoy"]).arg(&self.bundle).arg("--wasm").arg(&self.wasm);
        deploy.args(["--admin-port", &admin_port.to_string()]);
        deploy.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        deploy.args(["--route", "/customers=customers", "--route", "/=shop"]);
        deploy.args(["--cluster", &format!("shop={shop}")]);
        deploy.args(["--cluster", &format!("customers={customers}")]);
        shell::say(&format!("  $ {}", shell::line(&deploy)));
        let text = shell::output(&mut deploy)
            .ok_or_else(|| Failure::new("`cofferdam deploy --envoy` failed"))?;
        fs::write(&config, text).during("cannot write the Envoy configuration")?;
        Ok(config)
    }

    fn facts(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let read = |path: &Path| fs::read(path).unwrap_or_default();
        let (blob, wasm) = (read(&self.blob), read(&self.wasm));
        let digest: String =
            Sha256::digest(&blob).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut facts = vec![
            ("policy".to_owned(), self.named()),
            (
                "blob".to_owned(),
                format!(
                    "{} bytes, compiled in {} ms, digest {digest}",
                    thousands(blob.len() as u64),
                    self.compiled_in.as_millis()
                ),
            ),
            ("filter".to_owned(), format!("{} bytes", thousands(wasm.len() as u64))),
        ];
        facts.extend(more.iter().map(|(word, text)| ((*word).to_owned(), (*text).to_owned())));
        facts
    }

    fn named(&self) -> String {
        match self.port {
            VISITORS_PORT => format!("{POLICY}, as it stands"),
            port => format!("{POLICY}, with port {port} for {VISITORS_PORT}, which is taken here"),
        }
    }
}

/// The sample policy as it stands, or a copy with another port where the policy's own is taken.
fn policy(folder: &Path) -> Result<(PathBuf, u16), Failure> {
    let original = shell::root().join(POLICY);
    if TcpListener::bind((Ipv4Addr::LOCALHOST, VISITORS_PORT)).is_ok() {
        return Ok((original, VISITORS_PORT));
    }
    let text = fs::read_to_string(&original).during(&format!("cannot read `{POLICY}`"))?;
    let (port, copy) = (port::free().during("cannot find a port")?, folder.join("shop.yaml"));
    let text = text.replace(&VISITORS_PORT.to_string(), &port.to_string());
    fs::write(&copy, text).during("cannot write a copy of the policy")?;
    Ok((copy, port))
}

struct ThroughEnvoy {
    direct: Client,
    filtered: Client,
    envoy: Envoy,
    read: usize,
}

impl Proxy for ThroughEnvoy {
    fn direct(&mut self, request: &Request) -> io::Result<Response> {
        self.direct.send(request)
    }

    fn through(&mut self, request: &Request) -> io::Result<Response> {
        self.filtered.send(request)
    }

    fn entries(&mut self, expected: usize) -> Vec<Entry> {
        // Entries are written when the exchange has ended, which may be a moment after its bytes.
        let patience = Instant::now() + Duration::from_secs(1);
        loop {
            let lines = self.envoy.log_from(self.read);
            let entries: Vec<Entry> = lines.iter().filter_map(|line| Entry::find(line)).collect();
            if entries.len() >= expected || Instant::now() > patience {
                self.read += lines.len();
                return entries;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn metrics(&mut self) -> Vec<String> {
        let text = envoy::admin(self.envoy.admin_port(), "/stats/prometheus").unwrap_or_default();
        let ours = text.lines().filter(|line| line.starts_with("cofferdam_"));
        ours.map(str::to_owned).collect()
    }
}
