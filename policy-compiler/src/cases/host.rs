//! Sends the messages of tests through a host of the filter's module too: what comes out there must
//! be what comes out of the engine. Knows no host: whoever calls brings one.

use super::TEST_KEY;
use super::exchange::{Message, Output, asked};
use super::suite::Subject;
use crate::language::CaseForm;
use crate::language::require::Connection;
use crate::trial::example;
use cofferdam_engine::ends::{self, Direction, Ends};
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::{Member, Tables, ZoneId};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::token::setting_name;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::Ipv6Addr;

/// Runs the filter's module.
pub trait Host {
    /// Loads the module with a policy, in this environment.
    ///
    /// # Errors
    /// When it does not load, in words.
    fn load(&mut self, loaded: &Loaded<'_>) -> Result<(), String>;

    /// Sends one message through what was loaded.
    ///
    /// # Errors
    /// When the host does not work, in words; not when the module does something wrong.
    fn send(&mut self, sent: &Sent<'_>) -> Result<Came, String>;
}

/// What a module runs with.
#[derive(Clone, Copy, Debug)]
pub struct Loaded<'l> {
    /// The policy, compiled.
    pub blob: &'l [u8],
    /// Names and values.
    pub environment: &'l [(String, String)],
}

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'s> {
    /// What the host knows of both ends.
    pub ends: &'s Ends,
    /// The request that this is the reply of; none where this is the request.
    pub asked: Option<&'s Headers>,
    /// Its head.
    pub head: &'s Headers,
    /// Its body.
    pub body: &'s [u8],
    /// Where the body is cut, ascending.
    pub cuts: &'s [usize],
}

/// What came out of a host.
#[derive(Clone, Debug, Default)]
pub struct Came {
    /// Lines of JSON that tell of messages.
    pub entries: Vec<String>,
    /// What left of the message, if anything did.
    pub headers: Headers,
    /// What left of its body.
    pub body: Vec<u8>,
    /// What left of its trailers.
    pub trailers: Headers,
}

/// A host, and the policy that it runs.
pub(super) struct Hosted<'h> {
    host: &'h mut dyn Host,
    blob: &'h [u8],
    /// What it was loaded with last.
    environment: Vec<(String, String)>,
}

impl<'h> Hosted<'h> {
    pub(super) fn new(host: &'h mut dyn Host, blob: &'h [u8]) -> Self {
        Self { host, blob, environment: Vec::new() }
    }

    /// Sends a message of a test; how what comes out differs from what the engine made of it.
    pub(super) fn compare(
        &mut self,
        place: &Place,
        case: &CaseForm,
        (message, cuts): (&Message, &[usize]),
        native: &Output,
    ) -> Result<(), String> {
        if self.environment != place.environment {
            let environment = &place.environment;
            self.host.load(&Loaded { blob: self.blob, environment })?;
            self.environment.clone_from(environment);
        }
        let Message { head, body, .. } = message;
        let at_host = |head: &Headers| place.to_host(head);
        let (head, asked) = (at_host(head), asked(case).as_ref().map(at_host));
        let sent = Sent { ends: &place.ends, asked: asked.as_ref(), head: &head, body, cuts };
        let came = self.host.send(&sent)?;
        match differs(native, &came, place) {
            Some(how) => Err(how),
            None => Ok(()),
        }
    }
}

/// Where a proxy stands, so that the policy's own member lines place both ends of a message.
pub(super) struct Place {
    ends: Ends,
    environment: Vec<(String, String)>,
}

impl Place {
    /// Where the message of a test crosses.
    pub(super) fn of(case: &CaseForm, subject: &Subject) -> Option<Self> {
        let zone = |name: &str| subject.zone(name);
        let zones = (zone(&case.message.from.value)?, zone(&case.message.to.value)?);
        let connection = case.message.connection;
        // Beside one of the two, a proxy sees the connection of the other only.
        let sides = if connection == Connection::default() { 3 } else { 1 };
        Self::find(subject.bundle.tables(), zones, sides, &connection.ends())
    }

    /// The first way to stand that the engine places in both zones: as a gateway, beside the
    /// caller, or beside the callee. None where no member lines place two ends with such
    /// connections.
    fn find(
        tables: &Tables,
        zones: (ZoneId, ZoneId),
        sides_max: usize,
        proven: &Ends,
    ) -> Option<Self> {
        let callers = callers(tables, zones.0, proven);
        let callees = callees(tables, zones.1);
        let sides = [
            (Direction::Gateway, None),
            (Direction::Outbound, Some(zones.0)),
            (Direction::Inbound, Some(zones.1)),
        ];
        for (direction, own) in sides.into_iter().take(sides_max) {
            let own = own.and_then(|zone| tables.zones.get(zone.index()));
            let own_zone = own.map(|zone| zone.name.clone());
            for caller in &callers {
                for callee in &callees {
                    let ends = both(direction, caller, callee, proven);
                    let settings = Settings {
                        own_zone: own_zone.clone(),
                        hold_headers: true,
                        direct_address: true,
                        ..Settings::default()
                    };
                    let placed = ends::place(tables, &settings, &ends);
                    if (placed.caller.zone, placed.callee.zone) == zones {
                        return Some(Self { ends, environment: environment(tables, own_zone) });
                    }
                }
            }
        }
        None
    }

    /// A request head as it asks for the host that a member line wants.
    fn to_host(&self, head: &Headers) -> Headers {
        let mut head = head.clone();
        if let Some(host) = &self.ends.host {
            let authority = head.iter_mut().find(|(name, _)| name == b":authority");
            authority.into_iter().for_each(|(_, value)| *value = host.clone().into_bytes());
        }
        head
    }
}

/// Everything that may place a caller in a zone, and nothing at all.
fn callers(tables: &Tables, zone: ZoneId, proven: &Ends) -> Vec<Ends> {
    let members = tables.members.iter().filter(|member| member.zone == zone.0);
    let mut all: Vec<Ends> = Vec::new();
    for Member { spiffe, listener_port, source, node_id, node_cluster, .. } in members {
        let uri = spiffe.as_ref().filter(|_| proven.peer_certificate).map(|uri| example(uri));
        all.push(Ends {
            peer_certificate: uri.is_some(),
            peer_uris: uri.into_iter().collect(),
            listener_port: *listener_port,
            source: source.map(|block| address(block.address)),
            node_id: node_id.as_ref().map(|glob| example(glob)),
            node_cluster: node_cluster.as_ref().map(|glob| example(glob)),
            ..Ends::default()
        });
    }
    all.push(Ends { peer_certificate: proven.peer_certificate, ..Ends::default() });
    all.push(Ends::default());
    all
}

/// Everything that may place a callee in a zone, and nothing at all.
fn callees(tables: &Tables, zone: ZoneId) -> Vec<Ends> {
    let named = |glob: &Option<String>| {
        Some(glob.as_ref().map_or_else(|| "upstream".to_owned(), |glob| example(glob)))
    };
    let members = tables.members.iter().filter(|member| member.zone == zone.0);
    let ways = members.map(|member| Ends {
        cluster: named(&member.cluster),
        route: named(&member.route),
        virtual_host: named(&member.virtual_host),
        host: member.host.clone(),
        node_id: member.node_id.as_ref().map(|glob| example(glob)),
        node_cluster: member.node_cluster.as_ref().map(|glob| example(glob)),
        ..Ends::default()
    });
    let other = named(&None);
    let nothing = Ends {
        cluster: other.clone(),
        route: other.clone(),
        virtual_host: other,
        ..Ends::default()
    };
    ways.chain([nothing]).collect()
}

fn both(direction: Direction, caller: &Ends, callee: &Ends, proven: &Ends) -> Ends {
    let own = if direction == Direction::Inbound { callee } else { caller };
    Ends {
        direction,
        peer_uris: caller.peer_uris.clone(),
        peer_certificate: caller.peer_certificate,
        // A certificate is shown over TLS only.
        peer_tls: proven.peer_tls.filter(|_| caller.peer_certificate || !proven.peer_certificate),
        local_uri: None,
        source: Some(caller.source.clone().unwrap_or_else(|| "127.0.0.1".to_owned())),
        listener_port: caller.listener_port,
        cluster: callee.cluster.clone(),
        route: callee.route.clone(),
        virtual_host: callee.virtual_host.clone(),
        host: callee.host.clone(),
        upstream_uri: None,
        upstream_tls: proven.upstream_tls,
        upstream_mutual: proven.upstream_mutual,
        node_id: own.node_id.clone(),
        node_cluster: own.node_cluster.clone(),
    }
}

fn address(octets: [u8; 16]) -> String {
    let address = Ipv6Addr::from(octets);
    address.to_ipv4_mapped().map_or_else(|| address.to_string(), |address| address.to_string())
}

/// What the filter is told by its host's environment: the same settings that the engine has.
fn environment(tables: &Tables, own_zone: Option<String>) -> Vec<(String, String)> {
    let named = |name: &str, value: &str| (format!("COFFERDAM_{name}"), value.to_owned());
    let hex: String = TEST_KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut all = vec![named("HOLD_HEADERS", "1"), named("DIRECT_ADDRESS", "1")];
    all.extend(own_zone.map(|zone| named("SELF", &zone)));
    let keys = tables.keys.iter();
    all.extend(keys.map(|name| named(&format!("KEY_{}", setting_name(name)), &hex)));
    all
}

/// What an entry says, as far as it is the same wherever the engine runs.
const SAME: [&str; 11] = [
    "from", "to", "boundary", "mode", "verdict", "reason", "rules", "findings", "fields", "notes",
    "bytes_in",
];

/// How what came out of a host differs from what the engine made of the same message.
fn differs(native: &Output, came: &Came, place: &Place) -> Option<String> {
    if native.entry.wanted {
        let told = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_default();
        let wanted = told(&native.entry.to_json(0));
        let mut entries = came.entries.iter().map(|line| told(line));
        let Some(entry) = entries.find(|entry| entry.get("message") == wanted.get("message"))
        else {
            return Some("it writes no entry".to_owned());
        };
        // A block may come before or after more of a body has come.
        let block = native.entry.verdict == "block";
        let same = SAME.iter().filter(|name| !block || **name != "bytes_in");
        let other = same.clone().find(|name| entry.get(**name) != wanted.get(**name));
        if let Some(name) = other {
            let shown = |entry: &Value| entry.get(*name).map_or("nothing".into(), Value::to_string);
            let (came, wanted) = (shown(&entry), shown(&wanted));
            return Some(format!("its entry says {name}: {came}, and the engine's {wanted}"));
        }
    }
    if native.entry.verdict == "block" && native.entry.mode == "enforce" {
        // What a caller gets for a reply that is blocked at once is the filter's own.
        let local = came.headers.first() != native.headers.first();
        let same =
            local || came.body.starts_with(&native.body) || native.body.starts_with(&came.body);
        return (!same).then(|| "another body leaves before the block".to_owned());
    }
    // How long a body is, says whoever frames it.
    let framed = |(name, _): &&(Vec<u8>, Vec<u8>)| name != b"content-length";
    let wanted = place.to_host(&native.headers);
    let (wanted, here) = (wanted.iter().filter(framed), came.headers.iter().filter(framed));
    let (mut wanted, mut here): (Vec<_>, Vec<_>) = (wanted.collect(), here.collect());
    // Hosts put what was replaced behind the others; those of one name stay in order.
    wanted.sort_by(|(one, _), (other, _)| one.cmp(other));
    here.sort_by(|(one, _), (other, _)| one.cmp(other));
    if here != wanted {
        let others = here.iter().filter(|line| !wanted.contains(line));
        let others = others.chain(wanted.iter().filter(|line| !here.contains(line)));
        let names: BTreeSet<_> = others.map(|(name, _)| String::from_utf8_lossy(name)).collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        return Some(format!("other headers come out: {names}"));
    }
    if came.body != native.body {
        return Some("another body comes out".to_owned());
    }
    (came.trailers != native.trailers).then(|| "other trailers come out".to_owned())
}

/// Why a test's message cannot be sent by a real proxy.
pub(super) fn nowhere(case: &CaseForm) -> String {
    let (from, to) = (&case.message.from.value, &case.message.to.value);
    format!(
        "no member lines place a caller in `{from}` and a callee in `{to}` with such connections"
    )
}
