//! Twenty policies after one another while traffic runs: no request fails, and each becomes active.

use crate::blobs::replace;
use crate::shop::Shop;
use cofferdam_engine::blob::Digest;
use cofferdam_policy_compiler::deploy::{Filter, Source};
use cofferdam_shop::app;
use cofferdam_shop::message::Request;
use cofferdam_tests::envoy::Envoy;
use cofferdam_tests::envoy::deployments::{GatewayPorts, filter_of_text, gateway, root};
use cofferdam_tests::envoy::process::new_folder;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

#[test]
fn twenty_updates_under_load_fail_no_request() {
    let folder = new_folder().unwrap();
    let path = folder.join("policy.yaml");
    let (shop, filter) = open_with_file(&path);
    let variants: Vec<_> = (0..UPDATES).map(|n| variant(n, shop.ports)).collect();
    let load = Command::new("wrk")
        .args(["-t", "1", "-c", "16", "-d", &format!("{LOAD_SECONDS_MAX}s")])
        .arg(format!("http://127.0.0.1:{}/orders/1001", shop.ports.public))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let mut active = Digest::of(&filter.blob).short();
    for blob in variants {
        let digest = Digest::of(&blob).short();
        assert_ne!(digest, active);
        replace(&path, &Filter { blob, ..filter.clone() });
        wait_until_active(&shop.envoy, &digest);
        active = digest;
    }
    let took = begun.elapsed();
    let interrupt = ["-INT", &load.id().to_string()];
    let stopped = Command::new("kill").args(interrupt).status().unwrap();
    assert!(stopped.success(), "the load ended first: {took:?}");
    let output = load.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("requests in"), "{text}");
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let requests = text.lines().find(|line| line.contains("requests in")).unwrap_or_default();
    eprintln!("{UPDATES} updates in {took:.1?}, meanwhile {}", requests.trim());
    let answer = shop.visitor().send(&Request::get("/orders/1001")).unwrap();
    assert!(answer.status == 200 && !answer.text().contains(app::CARD));
    std::fs::remove_dir_all(folder).unwrap();
}
