//! Reads from the host's properties what both ends of an exchange can prove.
//! Never takes a header for proof; the authority comes in only for rules that also name a cluster.

use crate::host::{Host, HostError};
use cofferdam_engine::ends::{Asked, Direction, Ends};
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::TlsVersion;

const INBOUND: u64 = 1;
const OUTBOUND: u64 = 2;

/// What is the same for every exchange of a VM.
#[derive(Clone, Debug, Default)]
pub struct Node {
    id: Option<String>,
    cluster: Option<String>,
}

impl Node {
    /// Reads the proxy's own identity.
    ///
    /// # Errors
    /// When the host refuses to tell.
    pub fn read(host: &impl Host) -> Result<Self, HostError> {
        Ok(Self { id: text(host, "xds\0node\0id")?, cluster: text(host, "xds\0node\0cluster")? })
    }
}

/// The ends as far as they are known at the request's head, and as far as the policy asks.
///
/// # Errors
/// When the host refuses to tell: not to know is not the same as nothing to know.
pub fn ends(
    host: &impl Host,
    node: &Node,
    asked: &Asked,
    head: &Headers,
) -> Result<Ends, HostError> {
    let direction = match number(host, "xds\0listener_direction")? {
        Some(INBOUND) => Direction::Inbound,
        Some(OUTBOUND) => Direction::Outbound,
        _ => Direction::Gateway,
    };
    let asks_text = |asked: bool, path| if asked { text(host, path) } else { Ok(None) };
    let port = if asked.listener_port { number(host, "destination\0port")? } else { None };
    let peer_certificate = flag(host, "connection\0mtls")?;
    let peer_uris = match peer_certificate {
        true => peer_uris(host)?,
        false => Vec::new(),
    };
    Ok(Ends {
        direction,
        peer_uris,
        peer_certificate,
        peer_tls: if asked.tls { tls(host, "connection\0tls_version")? } else { None },
        // A gateway has no end of its own.
        local_uri: asks_text(
            direction != Direction::Gateway,
            "connection\0uri_san_local_certificate",
        )?,
        source: asks_text(asked.source, "source\0address")?.map(without_port),
        listener_port: port.and_then(|port| u16::try_from(port).ok()),
        cluster: text(host, "xds\0cluster_name")?,
        route: asks_text(asked.route, "xds\0route_name")?,
        virtual_host: asks_text(asked.virtual_host, "xds\0virtual_host_name")?,
        host: authority(head),
        upstream_uri: None,
        upstream_tls: None,
        upstream_mutual: false,
        node_id: node.id.clone(),
        node_cluster: node.cluster.clone(),
    })
}

/// Puts in what is known only once the upstream has answered.
///
/// # Errors
/// When the host refuses to tell.
pub fn complete(host: &impl Host, asked: &Asked, ends: &mut Ends) -> Result<(), HostError> {
    ends.cluster = text(host, "xds\0cluster_name")?;
    if asked.upstream_uri {
        ends.upstream_uri = text(host, "upstream\0uri_san_peer_certificate")?;
    }
    if asked.tls {
        ends.upstream_tls = tls(host, "upstream\0tls_version")?;
    }
    if asked.upstream_mutual {
        ends.upstream_mutual = upstream_mutual(host)?;
    }
    Ok(())
}

/// Whether the host is to log this exchange without asking filters. Envoy writes the access log of
/// an exchange over HTTP/3 when the client has all of it, and its filters are gone by then.
#[must_use]
pub fn is_logged_without_filters(host: &impl Host) -> bool {
    // A host that does not tell is one that asks, and is held to it.
    host.property("request\0protocol").is_ok_and(|raw| raw.as_deref() == Some(b"HTTP/3"))
}

/// A property that is text. Empty is none; what is not UTF-8 fits nothing, and is none too.
///
/// # Errors
/// When the host refuses to tell.
pub fn text(host: &impl Host, path: &str) -> Result<Option<String>, HostError> {
    let raw = host.property(path)?.filter(|raw| !raw.is_empty());
    Ok(raw.and_then(|raw| String::from_utf8(raw).ok()))
}

/// A property that is a number.
///
/// # Errors
/// When the host refuses to tell.
pub fn number(host: &impl Host, path: &str) -> Result<Option<u64>, HostError> {
    let raw = host.property(path)?;
    Ok(raw.and_then(|raw| Some(u64::from_le_bytes(raw.try_into().ok()?))))
}

/// Every URI name in the peer's certificate. Envoy's property has the first of them only; where
/// its filter `set_filter_state` stands in front and puts `%DOWNSTREAM_PEER_URI_SAN%` there, all
/// of them, divided by commas.
fn peer_uris(host: &impl Host) -> Result<Vec<String>, HostError> {
    if let Some(all) = text(host, "filter_state\0cofferdam.peer_uris")? {
        return Ok(all.split(',').map(str::to_owned).collect());
    }
    Ok(text(host, "connection\0uri_san_peer_certificate")?.into_iter().collect())
}

fn tls(host: &impl Host, path: &str) -> Result<Option<TlsVersion>, HostError> {
    Ok(text(host, path)?.and_then(|version| TlsVersion::told(&version)))
}

/// Whether the upstream has shown a certificate, and the host has one of its own for it. Whether
/// the upstream has asked for that, no host tells at this end.
fn upstream_mutual(host: &impl Host) -> Result<bool, HostError> {
    if text(host, "upstream\0sha256_peer_certificate_digest")?.is_none() {
        return Ok(false);
    }
    // A certificate is told by any name that it has, and none needs to have all of them.
    for path in ["uri_san_local", "dns_san_local", "subject_local"] {
        if host.property(&format!("upstream\0{path}_certificate"))?.is_some_and(|it| !it.is_empty())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn flag(host: &impl Host, path: &str) -> Result<bool, HostError> {
    Ok(host.property(path)?.is_some_and(|raw| raw == [1]))
}

fn authority(head: &Headers) -> Option<String> {
    let (_, value) = head.iter().find(|(name, _)| name == b":authority")?;
    String::from_utf8(value.clone()).ok().filter(|host| !host.is_empty())
}

fn without_port(address: String) -> String {
    match address.rsplit_once(':') {
        Some((host, _)) if host.starts_with('[') => host.replace(['[', ']'], ""),
        // More than one colon and no bracket: an address of version 6 without a port.
        Some((host, _)) if !host.contains(':') => host.to_owned(),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::without_port;

    #[test]
    fn addresses_lose_their_port_and_nothing_else() {
        let cases = [
            ("127.0.0.1:46684", "127.0.0.1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("127.0.0.1", "127.0.0.1"),
            ("@internal", "@internal"),
        ];
        for (address, expected) in cases {
            assert_eq!(without_port(address.to_owned()), expected);
        }
    }
}
