//! Peers with certificates: their SPIFFE ids place them, and nothing that they write does.
//! The other ends are bare Envoys, so that every certificate is shown as a proxy would show it.

use crate::front::{MAIL, answer, headers, post};
use cofferdam_ca::Authority;
use cofferdam_policy_compiler::deploy::{
    Cluster, Deployment, Listener, Route, Side, Tls, bootstrap,
};
use cofferdam_tests::envoy::deployments::{ZonesPorts, two_zones};
use cofferdam_tests::envoy::process::new_folder;
use cofferdam_tests::envoy::{Client, Envoy, Message, Received, Start, Upstream, free_port};
use std::path::PathBuf;

/// Who comes in, and the URIs of the certificate.
const PEERS: &[(&str, &[&str])] = &[
    ("processing", &["spiffe://acme.example/ns/pay/sa/orders"]),
    ("vault", &["spiffe://acme.example/ns/vault/sa/customers"]),
    ("stranger", &["spiffe://elsewhere.example/ns/pay/sa/orders"]),
    ("longer", &["spiffe://acme.example/ns/pay/sa/orders/more"]),
    (
        "double",
        &["spiffe://acme.example/ns/pay/sa/orders", "spiffe://acme.example/ns/vault/sa/customers"],
    ),
];
const GATEWAY: &str = "spiffe://acme.example/ns/mesh/sa/gateway";
const WAREHOUSE: &str = "spiffe://acme.example/ns/analytics/sa/warehouse";

struct Zones {
    folder: PathBuf,
    gateway: Envoy,
    _others: Envoy,
    upstream: Upstream,
    /// Plain ports, behind each of which a peer with its certificate goes on to the gateway.
    peers: Vec<(&'static str, u16)>,
}

impl Drop for Zones {
    fn drop(&mut self) {
        // Keys of a throw-away authority; nothing is lost where this fails.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Zones {
    fn open(warehouse: &str) -> Self {
        let folder = certificates(warehouse);
        let upstream = Upstream::start().unwrap();
        let ports = ZonesPorts {
            peers: free_port().unwrap(),
            admin: free_port().unwrap(),
            warehouse: free_port().unwrap(),
        };
        let (others, peers) = others(&folder, ports, upstream.port());
        let deployment = two_zones(ports, &folder.display().to_string()).unwrap();
        let environment = vec![("COFFERDAM_KEY_WAREHOUSE_2026".to_owned(), "07".repeat(32))];
        let start = Start { environment, ..Start::default() };
        let gateway = Envoy::start(&deployment, &start).unwrap();
        Self { folder, gateway, _others: others, upstream, peers }
    }

    fn send(&self, peer: &str, request: &Message) -> Received {
        let (_, port) = self.peers.iter().find(|(name, _)| *name == peer).unwrap();
        self.upstream.answer(answer("{}"));
        Client::new(*port).exchange(request).unwrap()
    }
}

fn certificates(warehouse: &str) -> PathBuf {
    let folder = new_folder().unwrap();
    let (authority, foreign) = (Authority::new().unwrap(), Authority::new().unwrap());
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    let known = [("gateway", &[GATEWAY][..]), ("warehouse", &[warehouse])];
    for (name, uris) in PEERS.iter().chain(&known) {
        authority.peer(name, uris).unwrap().write(&folder, name).unwrap();
    }
    foreign.peer("forged", PEERS[0].1).unwrap().write(&folder, "forged").unwrap();
    folder
}

/// A bare Envoy that plays every other end: peers that go to the gateway, and the warehouse.
fn others(
    folder: &std::path::Path,
    ports: ZonesPorts,
    upstream: u16,
) -> (Envoy, Vec<(&'static str, u16)>) {
    let file = |name: &str| folder.join(name).display().to_string();
    let tls = |name: &str| Tls {
        certificate: file(&format!("{name}.pem")),
        key: file(&format!("{name}.key")),
        authority: file("ca.pem"),
        peer_prefix: None,
    };
    let mut warehouse = Listener::new(ports.warehouse, Side::Inbound);
    warehouse.tls = Some(tls("warehouse"));
    warehouse.routes.push(Route::to("store"));
    let mut deployment = Deployment {
        title: "The other ends.".to_owned(),
        admin_port: free_port().unwrap(),
        listeners: vec![warehouse],
        clusters: vec![Cluster::new("store", "127.0.0.1", upstream)],
        filter: None,
    };
    let mut peers = Vec::new();
    for name in PEERS.iter().map(|(name, _)| *name).chain(["forged", "nobody"]) {
        let mut listener = Listener::new(free_port().unwrap(), Side::Outbound);
        listener.routes.push(Route::to(name));
        peers.push((name, listener.port));
        deployment.listeners.push(listener);
        let mut cluster = Cluster::new(name, "127.0.0.1", ports.peers);
        cluster.tls = Some(tls(name));
        deployment.clusters.push(cluster);
    }
    // Nobody shows no certificate at all.
    let lines = bootstrap(&deployment).unwrap();
    let mut text = String::new();
    let mut lines = lines.lines().peekable();
    while let Some(line) = lines.next() {
        let of_nobody = line.trim() == "tls_certificates:"
            && lines.peek().is_some_and(|next| next.contains("nobody.pem"));
        match of_nobody {
            true => lines.by_ref().take(2).for_each(drop),
            false => text.extend([line, "\n"]),
        }
    }
    (Envoy::start_text(&text, deployment.admin_port, &Start::default()).unwrap(), peers)
}

fn event(more: &[(&str, &str)]) -> Message {
    let mut request = post(&format!("{{\"n\":1,\"mail\":\"{MAIL}\"}}"));
    request.first = b"POST /v1/events/9 HTTP/1.1".to_vec();
    request.headers.extend(headers(more));
    request
}

#[test]
fn certificates_place_peers_and_nothing_else_does() {
    let zones = Zones::open(WAREHOUSE);
    let received = zones.send("processing", &event(&[]));
    let sent = zones.upstream.take().pop().unwrap();
    assert_eq!(received.status(), 200, "{}", received.text());
    assert!(!sent.text().contains(MAIL), "the address crossed");
    assert!(sent.text().starts_with("{\"n\":1,\"mail\":\""), "{}", sent.text());

    for peer in ["vault", "stranger", "longer", "double"] {
        let received = zones.send(peer, &event(&[]));
        assert_eq!(received.status(), 403, "{peer}: {}", received.text());
        assert!(zones.upstream.take().is_empty(), "{peer}: the request crossed");
    }
    for peer in ["forged", "nobody"] {
        let received = zones.send(peer, &event(&[]));
        assert_eq!(received.status(), 503, "{peer}: {}", received.text());
        assert!(zones.upstream.take().is_empty(), "{peer}: the request crossed");
    }
    let log = zones.gateway.log().unwrap();
    let entries: Vec<_> = log.lines().filter(|line| line.contains("cofferdam: {")).collect();
    assert!(entries.iter().any(|line| line.contains("\"from_by\":\"certificate\"")), "{entries:?}");
    assert!(!log.contains(MAIL), "a finding stands in the log");
}

#[test]
fn what_a_peer_writes_moves_no_zone() {
    let zones = Zones::open(WAREHOUSE);
    let good = "URI=spiffe://acme.example/ns/pay/sa/orders";
    for (name, value) in [
        ("x-forwarded-client-cert", good),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-envoy-external-address", "10.0.0.1"),
        ("x-forwarded-host", "warehouse.acme.example"),
        ("forwarded", "for=10.0.0.1;host=warehouse"),
    ] {
        let received = zones.send("stranger", &event(&[(name, value)]));
        assert_eq!(received.status(), 403, "{name}: {}", received.text());
        assert!(zones.upstream.take().is_empty(), "{name}: the request crossed");
        let received = zones.send("processing", &event(&[(name, value)]));
        assert_eq!(received.status(), 200, "{name}: {}", received.text());
        let sent = zones.upstream.take().pop().unwrap();
        assert!(!sent.text().contains(MAIL), "{name}: the address crossed");
    }
    let mut request = event(&[]);
    request.headers[0].1 = b"warehouse".to_vec();
    assert_eq!(zones.send("stranger", &request).status(), 403);
}

#[test]
fn an_upstream_whose_certificate_says_another_zone_is_not_answered_for() {
    let zones = Zones::open("spiffe://acme.example/ns/vault/sa/customers");
    zones.upstream.answer(answer(&format!("{{\"owner\":\"{MAIL}\"}}")));
    let (_, port) = zones.peers[0];
    let received = Client::new(port).exchange(&event(&[])).unwrap();
    assert_eq!(received.status(), 502, "{}", received.text());
    assert!(!received.text().contains(MAIL), "the answer crossed");
}
