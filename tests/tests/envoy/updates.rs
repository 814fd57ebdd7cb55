//! Twenty policies after one another while traffic runs: no request fails, and each becomes active.
//! Bundles that are bad: no request fails, and none of them does.

use crate::blobs::replace;
use crate::shop::Shop;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{BundleFile, Time};
use cofferdam_policy_compiler::deploy::{Filter, Signed, Source, Trust};
use cofferdam_policy_compiler::throwaway::Throwaway;
use cofferdam_shop::app;
use cofferdam_shop::message::Request;
use cofferdam_tests::envoy::Envoy;
use cofferdam_tests::envoy::deployments::{GatewayPorts, filter_of_text, gateway, root};
use cofferdam_tests::envoy::process::new_folder;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const UPDATES: u32 = 20;
/// Longer than the updates take; the load is stopped when they are done.
const LOAD_SECONDS_MAX: u64 = 300;

/// The shop's policy under another name, which changes nothing but the digest.
fn variant(n: u32, ports: GatewayPorts) -> Vec<u8> {
    let text = std::fs::read_to_string(root().join("envoy/policies/shop.yaml")).unwrap();
    let changed = text.replace("policy: shop\n", &format!("policy: shop-{n}\n"));
    assert_ne!(text, changed, "the variant is no other policy");
    filter_of_text(&changed, "variant", &[(8443, ports.public)]).unwrap().1.blob
}

/// What the metrics say of policies: the digest of each, and whether it is active.
fn policies(envoy: &Envoy) -> Vec<(String, bool)> {
    let metrics = envoy.admin("/stats/prometheus").unwrap();
    let lines = metrics.lines().filter(|line| line.starts_with("cofferdam_policy_active"));
    let digest = |line: &str| Some(line.split('"').nth(1)?.to_owned());
    lines.filter_map(|line| Some((digest(line)?, !line.ends_with(" 0")))).collect()
}

/// Waits until this policy is active, and no other.
fn wait_until_active(envoy: &Envoy, digest: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let told = policies(envoy);
        let active: Vec<_> = told.iter().filter(|(_, active)| *active).collect();
        if matches!(active.as_slice(), [(only, _)] if only == digest) {
            return;
        }
        assert!(Instant::now() < until, "policy {digest} is not the active one: {told:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The shop's gateway, with filter and policy in a file.
fn open_with_file(path: &Path) -> (Shop, Filter) {
    let mut first = None;
    let shop = Shop::open_with(|ports| {
        let mut deployment = gateway(ports).unwrap();
        let filter = deployment.filter.as_mut().unwrap();
        filter.source = Source::File(path.display().to_string());
        replace(path, filter);
        first = Some(filter.clone());
        deployment
    });
    (shop, first.unwrap())
}

/// An exchange that outlives an update keeps the policy under which it began, and what that
/// policy's gauge says until then is 0.
#[test]
fn the_gauge_of_a_policy_that_was_replaced_goes_to_0() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.yaml");
    let (shop, filter) = open_with_file(&path);
    let old = Digest::of(&filter.blob).short();
    wait_until_active(&shop.envoy, &old);
    let mut open = TcpStream::connect(("127.0.0.1", shop.ports.public)).unwrap();
    let head = "POST /login HTTP/1.1\r\nhost: shop.example.com\r\n\
                content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
                2\r\n{}\r\n";
    open.write_all(head.as_bytes()).unwrap();
    // The exchange has begun when the host counts it.
    let until = Instant::now() + Duration::from_secs(10);
    let begun = |stats: &str| stats.lines().any(|line| line.ends_with("rq_active: 1"));
    while !begun(&shop.envoy.admin("/stats?filter=downstream_rq_active").unwrap()) {
        assert!(Instant::now() < until, "the exchange did not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    let blob = variant(0, shop.ports);
    let new = Digest::of(&blob).short();
    replace(&path, &Filter { blob, ..filter });
    wait_until_active(&shop.envoy, &new);
    let told = policies(&shop.envoy);
    assert!(told.contains(&(old.clone(), false)), "{old} is not told as 0: {told:?}");
    drop(open);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Load on the shop while something is done to it: no request of it fails. How many there were.
fn under_load(shop: &Shop, work: impl FnOnce()) -> String {
    let load = Command::new("wrk")
        .args(["-t", "1", "-c", "16", "-d", &format!("{LOAD_SECONDS_MAX}s")])
        .arg(format!("http://127.0.0.1:{}/orders/1001", shop.ports.public))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    work();
    let interrupt = ["-INT", &load.id().to_string()];
    let stopped = Command::new("kill").args(interrupt).status().unwrap();
    assert!(stopped.success(), "the load ended first");
    let output = load.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("requests in"), "{text}");
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    text.lines().find(|line| line.contains("requests in")).unwrap_or_default().trim().to_owned()
}

/// Bundles that are no good here: each is told of in the log and counted, and what was good goes on.
#[test]
fn bad_bundles_under_load_fail_no_request_and_are_told() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.yaml");
    let (shop, filter) = open_with_file(&path);
    let active = Digest::of(&filter.blob).short();
    wait_until_active(&shop.envoy, &active);
    let strangers = || Filter { trust: strangers(&filter), ..filter.clone() };
    let older = filter.clone();
    let Trust::Throwaway(people) = &filter.trust else { panic!("nobody signs") };
    let first = older.configuration().unwrap().0;
    let newer = people.bundle(&variant(1, shop.ports)).unwrap();
    let settings = people.settings();
    let signed = |bundle: &[u8]| {
        let (bundle, settings) = (bundle.to_vec(), settings.clone());
        let signed = Signed { bundle, candidate: None, settings };
        Filter { trust: Trust::Signed(Box::new(signed)), ..filter.clone() }
    };
    let mut stripped = BundleFile::parse(&newer).unwrap();
    stripped.release = None;
    let mut unsigned = BundleFile::parse(&newer).unwrap();
    unsigned.freshness = BundleFile::parse(&first).unwrap().freshness;
    unsigned.blob = filter.blob.clone();
    let requests = under_load(&shop, || {
        let mut refused = 0;
        // The first two are signed by nobody who counts here; then the newer one is in force, and
        // the older one comes again.
        let stripped = signed(&stripped.write().unwrap());
        let swapped = signed(&unsigned.write().unwrap());
        for (bad, reason) in [(stripped, "release_missing"), (swapped, "other_blob")] {
            refused += 1;
            replace(&path, &bad);
            wait_until_refused(&shop.envoy, reason, refused);
        }
        replace(&path, &signed(&newer));
        wait_until_active(&shop.envoy, &Digest::of(&variant(1, shop.ports)).short());
        replace(&path, &signed(&first));
        wait_until_refused(&shop.envoy, "freshness_older", 3);
    });
    eprintln!("four updates, three of them bad, meanwhile {requests}");
    let log = shop.envoy.log().unwrap();
    assert!(log.contains("bundle refused: freshness_older: "), "the log does not say why");
    assert!(log.contains("release 2 goes on"), "the log does not say what goes on");
    wait_until_active(&shop.envoy, &Digest::of(&variant(1, shop.ports)).short());
    // The same file in the hands of people whom this host was not told of.
    replace(&path, &strangers());
    let answer = shop.visitor().send(&Request::get("/orders/1001")).unwrap();
    assert!(answer.status == 200 && !answer.text().contains(app::CARD));
    std::fs::remove_dir_all(folder).unwrap();
}

/// Others who sign, before a host that is told of those it knows.
fn strangers(filter: &Filter) -> Trust {
    let Trust::Throwaway(people) = &filter.trust else { panic!("nobody signs") };
    let settings = people.settings();
    let module = settings.module.unwrap();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let others = Throwaway::new([9; 32], Time(since.as_secs()), module);
    let bundle = others.bundle(&filter.blob).unwrap();
    Trust::Signed(Box::new(Signed { bundle, candidate: None, settings }))
}

/// Waits until so many kinds of bundles were refused, this one among them.
fn wait_until_refused(envoy: &Envoy, reason: &str, least: usize) {
    let until = Instant::now() + Duration::from_secs(10);
    let told = || {
        let metrics = envoy.admin("/stats/prometheus").unwrap();
        let lines =
            metrics.lines().filter(|line| line.starts_with("cofferdam_trust_refused_total"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    loop {
        let lines = told();
        let named = lines.iter().any(|line| line.contains(&format!("reason=\"{reason}\"")));
        if named && lines.len() >= least {
            return;
        }
        assert!(Instant::now() < until, "nothing is refused for {reason}: {lines:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn twenty_updates_under_load_fail_no_request() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.yaml");
    let (shop, filter) = open_with_file(&path);
    let variants: Vec<_> = (0..UPDATES).map(|n| variant(n, shop.ports)).collect();
    let begun = Instant::now();
    let requests = under_load(&shop, || {
        let mut active = Digest::of(&filter.blob).short();
        for blob in variants {
            let digest = Digest::of(&blob).short();
            assert_ne!(digest, active);
            replace(&path, &Filter { blob, ..filter.clone() });
            wait_until_active(&shop.envoy, &digest);
            active = digest;
        }
    });
    eprintln!("{UPDATES} updates in {:.1?}, meanwhile {requests}", begun.elapsed());
    let answer = shop.visitor().send(&Request::get("/orders/1001")).unwrap();
    assert!(answer.status == 200 && !answer.text().contains(app::CARD));
    std::fs::remove_dir_all(folder).unwrap();
}
