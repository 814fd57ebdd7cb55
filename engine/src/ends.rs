//! Places both ends of a message into zones, from what the host can prove.
//! Never believes what a peer writes: no header but the authority, and that only with the cluster.

use crate::model::ZoneId;
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
    /// The proxy's node id.
    pub node_id: Option<String>,
    /// The proxy's node cluster.
    pub node_cluster: Option<String>,
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
