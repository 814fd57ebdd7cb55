//! Places both ends of a message into zones, from what the host can prove.
//! Never believes what a peer writes: no header but the authority, and that only with the cluster.

use crate::glob;
use crate::model::{AddressBlock, Member, Require, Tables, TlsVersion, UNPLACED, ZoneId};
use crate::settings::Settings;
use alloc::string::String;
use alloc::vec::Vec;

/// Which side of the proxy's own service the listener is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Neither: a gateway. The caller is the peer, the callee is the cluster.
    #[default]
    Gateway,
    /// A sidecar's inbound listener: the callee is the own end.
    Inbound,
    /// A sidecar's outbound listener: the caller is the own end.
    Outbound,
}

/// What the host can prove about both ends. Absent is `None`, never an empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Side of the listener.
    pub direction: Direction,
    /// URI SANs of the peer's verified certificate; empty without one.
    pub peer_uris: Vec<String>,
    /// Whether the peer showed a certificate at all.
    pub peer_certificate: bool,
    /// Version of TLS on the peer's connection; none where it has none, or nobody asked.
    pub peer_tls: Option<TlsVersion>,
    /// URI SAN of the proxy's own certificate on the peer's connection.
    pub local_uri: Option<String>,
    /// Address of the peer, without port.
    pub source: Option<String>,
    /// Port that the listener is on.
    pub listener_port: Option<u16>,
    /// Upstream cluster.
    pub cluster: Option<String>,
    /// Route name.
    pub route: Option<String>,
    /// Virtual host name.
    pub virtual_host: Option<String>,
    /// The request's authority.
    pub host: Option<String>,
    /// URI SAN of the upstream's certificate; known from the response head on.
    pub upstream_uri: Option<String>,
    /// Version of TLS on the upstream's connection; known from the response head on.
    pub upstream_tls: Option<TlsVersion>,
    /// Whether both ends of that connection have a certificate; known from the response head on.
    pub upstream_mutual: bool,
    /// The proxy's node id.
    pub node_id: Option<String>,
    /// The proxy's node cluster.
    pub node_cluster: Option<String>,
}

impl Ends {
    /// Connections that meet whatever a boundary may require: for messages of tests, whose zones
    /// are given too.
    #[must_use]
    pub fn meeting_requirements() -> Self {
        Self {
            peer_certificate: true,
            peer_tls: Some(TlsVersion::Tls13),
            upstream_tls: Some(TlsVersion::Tls13),
            upstream_mutual: true,
            ..Self::default()
        }
    }
}

/// What a policy asks of both ends: nothing is placed or required by the rest, and a host need not
/// be asked for it.
// PERF: what a host is asked for costs as much as the engine takes to look over a short head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// [`Ends::source`].
    pub source: bool,
    /// [`Ends::listener_port`].
    pub listener_port: bool,
    /// [`Ends::route`].
    pub route: bool,
    /// [`Ends::virtual_host`].
    pub virtual_host: bool,
    /// [`Ends::upstream_uri`].
    pub upstream_uri: bool,
    /// [`Ends::peer_tls`] and [`Ends::upstream_tls`].
    pub tls: bool,
    /// [`Ends::upstream_mutual`].
    pub upstream_mutual: bool,
}

impl Asked {
    /// What the members and boundaries of these tables ask.
    #[must_use]
    pub fn of(tables: &Tables) -> Self {
        let any = |asks: fn(&Member) -> bool| tables.members.iter().any(asks);
        let requires = |asks: fn(Require) -> bool| {
            tables.boundaries.iter().any(|boundary| asks(boundary.require))
        };
        Self {
            source: any(|member| member.source.is_some()),
            listener_port: any(|member| member.listener_port.is_some()),
            route: any(|member| member.route.is_some()),
            virtual_host: any(|member| member.virtual_host.is_some()),
            upstream_uri: any(|member| member.spiffe.is_some()),
            tls: requires(|require| require.tls_min.is_some()),
            upstream_mutual: requires(|require| require.mtls),
        }
    }
}

/// One end, placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The zone; `unplaced` when nothing fits.
    pub zone: ZoneId,
    /// What decided.
    pub by: PlacedBy,
}

/// What placed an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacedBy {
    /// The peer's certificate.
    Certificate,
    /// The upstream cluster, route or virtual host.
    Upstream,
    /// The listener.
    Listener,
    /// The peer's address.
    Address,
    /// The proxy's node.
    Node,
    /// The host setting `self`.
    Setting,
    /// The proxy itself: a route without a cluster.
    Proxy,
    /// Nothing fits.
    Nothing,
}

impl PlacedBy {
    /// The word for entries.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Upstream => "upstream",
            Self::Listener => "listener",
            Self::Address => "address",
            Self::Node => "node",
            Self::Setting => "setting",
            Self::Proxy => "proxy",
            Self::Nothing => "nothing",
        }
    }
}

impl Placed {
    const NOTHING: Self = Self { zone: UNPLACED, by: PlacedBy::Nothing };
}

/// Both ends of an exchange, placed at the request's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The end that asks.
    pub caller: Placed,
    /// The end that answers.
    pub callee: Placed,
}

/// Places both ends.
#[must_use]
pub fn place(tables: &Tables, settings: &Settings, ends: &Ends) -> Placement {
    let caller = match ends.direction {
        Direction::Outbound => own_end(tables, settings, ends),
        Direction::Gateway | Direction::Inbound => peer(tables, settings, ends),
    };
    Placement { caller, callee: callee(tables, settings, ends) }
}

/// Whether what is known at the response's head puts the callee elsewhere.
#[must_use]
pub(crate) fn moved(tables: &Tables, settings: &Settings, ends: &Ends, was: Placed) -> bool {
    if ends.direction == Direction::Inbound && was.by != PlacedBy::Upstream {
        return false;
    }
    if ends.cluster.is_some() && callee(tables, settings, ends).zone != was.zone {
        return true;
    }
    let Some(uri) = &ends.upstream_uri else { return false };
    let told = tables.members.iter().any(|member| member.spiffe.is_some());
    told && by_certificate(tables, uri).zone != was.zone
}

/// Whether the caller's connection proves what is required. On its way out, a message comes from
/// the proxy's own service, and no zone lies between the two.
#[must_use]
pub(crate) fn caller_meets(require: Require, ends: &Ends) -> bool {
    ends.direction == Direction::Outbound || require.is_met(ends.peer_tls, ends.peer_certificate)
}

/// Whether the connection to the callee proves what is required; asked at the response's head. On
/// its way in, a message goes to the proxy's own service, where that is known to be the callee.
#[must_use]
pub(crate) fn callee_meets(require: Require, ends: &Ends, callee: Placed) -> bool {
    let own = matches!(callee.by, PlacedBy::Certificate | PlacedBy::Node | PlacedBy::Setting);
    (ends.direction == Direction::Inbound && own)
        || require.is_met(ends.upstream_tls, ends.upstream_mutual)
}

fn peer(tables: &Tables, settings: &Settings, ends: &Ends) -> Placed {
    if ends.peer_certificate {
        // A certificate with several URI SANs places nobody, and nothing else may.
        let [uri] = ends.peer_uris.as_slice() else { return Placed::NOTHING };
        return by_certificate(tables, uri);
    }
    let fits = |member: &&Member| {
        let port = member.listener_port.is_none_or(|port| Some(port) == ends.listener_port);
        let source = member.source.is_none_or(|block| {
            settings.direct_address
                && ends.source.as_deref().and_then(address).is_some_and(|a| block.holds(a))
        });
        let about_callers = member.listener_port.is_some() || member.source.is_some();
        about_callers
            && port
            && source
            && !member.about_callees()
            && !member.about_own_end()
            && member.spiffe.is_none()
    };
    let by = |member: &Member| {
        if member.source.is_some() { PlacedBy::Address } else { PlacedBy::Listener }
    };
    first(tables, fits).map_or(Placed::NOTHING, |member| member.placed(by(member)))
}

fn own_end(tables: &Tables, settings: &Settings, ends: &Ends) -> Placed {
    if let Some(uri) = &ends.local_uri {
        return by_certificate(tables, uri);
    }
    let glob = |wanted: &Option<String>, found: &Option<String>| match (wanted, found) {
        (None, _) => true,
        (Some(wanted), Some(found)) => glob::fits(wanted, found.as_bytes(), None),
        (Some(_), None) => false,
    };
    let fits = |member: &&Member| {
        member.about_own_end()
            && glob(&member.node_id, &ends.node_id)
            && glob(&member.node_cluster, &ends.node_cluster)
    };
    if let Some(member) = first(tables, fits) {
        return member.placed(PlacedBy::Node);
    }
    let named = settings.own_zone.as_ref();
    let zone = named.and_then(|name| tables.zones.iter().position(|zone| zone.name == *name));
    let zone = zone.and_then(|zone| u16::try_from(zone).ok());
    zone.map_or(Placed::NOTHING, |zone| Placed { zone: ZoneId(zone), by: PlacedBy::Setting })
}

fn callee(tables: &Tables, settings: &Settings, ends: &Ends) -> Placed {
    if ends.direction == Direction::Inbound {
        let own = own_end(tables, settings, ends);
        if own.zone != UNPLACED {
            return own;
        }
    }
    if ends.cluster.is_none() {
        return Placed { zone: UNPLACED, by: PlacedBy::Proxy };
    }
    let glob = |wanted: &Option<String>, found: &Option<String>| match (wanted, found) {
        (None, _) => true,
        (Some(wanted), Some(found)) => glob::fits(wanted, found.as_bytes(), None),
        (Some(_), None) => false,
    };
    let fits = |member: &&Member| {
        member.about_callees()
            && member.spiffe.is_none()
            && member.listener_port.is_none()
            && member.source.is_none()
            && glob(&member.cluster, &ends.cluster)
            && glob(&member.route, &ends.route)
            && glob(&member.virtual_host, &ends.virtual_host)
            && member.host.as_ref().is_none_or(|host| {
                // The peer writes the authority: it only narrows what the cluster says.
                member.cluster.is_some()
                    && ends.host.as_deref().is_some_and(|found| same_host(host, found))
            })
    };
    first(tables, fits).map_or(Placed::NOTHING, |member| member.placed(PlacedBy::Upstream))
}

fn same_host(wanted: &str, found: &str) -> bool {
    let bare = found.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    wanted.eq_ignore_ascii_case(found)
        || bare.is_some_and(|(host, _)| wanted.eq_ignore_ascii_case(host))
}

fn by_certificate(tables: &Tables, uri: &str) -> Placed {
    let fits = |member: &&Member| {
        let glob = member.spiffe.as_ref();
        // A line that asks for more than the certificate is never about it alone.
        let alone = !member.about_callees()
            && !member.about_own_end()
            && member.listener_port.is_none()
            && member.source.is_none();
        alone && glob.is_some_and(|glob| glob::fits(glob, uri.as_bytes(), Some(b'/')))
    };
    first(tables, fits).map_or(Placed::NOTHING, |member| member.placed(PlacedBy::Certificate))
}

fn first<'t>(tables: &'t Tables, fits: impl Fn(&&'t Member) -> bool) -> Option<&'t Member> {
    tables.members.iter().find(fits)
}

impl Member {
    fn about_callees(&self) -> bool {
        self.cluster.is_some()
            || self.route.is_some()
            || self.virtual_host.is_some()
            || self.host.is_some()
    }

    fn about_own_end(&self) -> bool {
        self.node_id.is_some() || self.node_cluster.is_some()
    }

    fn placed(&self, by: PlacedBy) -> Placed {
        Placed { zone: ZoneId(self.zone), by }
    }
}

impl AddressBlock {
    pub(crate) fn holds(self, address: [u8; 16]) -> bool {
        let differs = u128::from_be_bytes(self.address) ^ u128::from_be_bytes(address);
        let bits = u32::from(self.bits.min(128));
        differs.leading_zeros() >= bits
    }
}

fn address(text: &str) -> Option<[u8; 16]> {
    let text = text.trim_start_matches('[').trim_end_matches(']');
    Some(match text.parse::<core::net::IpAddr>().ok()? {
        core::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        core::net::IpAddr::V6(v6) => v6.octets(),
    })
}
