//! A policy tried in front of one service on this machine: where both ends stand, what the proxy is
//! told, and how what crosses is shown.
//! Starts nothing and listens to nothing: that is the command's.

mod board;
mod standing;
mod upstream;

pub mod trouble;

pub use board::{Board, Size, line};
pub(crate) use standing::example;
pub use standing::{Ends, EndsError, Standing, StandingError};
pub use upstream::{Upstream, UpstreamError};

use crate::deploy::{Cluster, Deployment, Filter, Listener, Route, Server};
use cofferdam_engine::model::{Tables, When};
use std::net::IpAddr;

/// What is tried, and where.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The service.
    pub upstream: Upstream,
    /// The address at which it answered: of a name with several, Envoy would take one that may not.
    pub at: Option<IpAddr>,
    /// Both ends, as the policy places them.
    pub standing: Standing,
    /// Where requests come in.
    pub address: IpAddr,
    /// Port of the administration interface.
    pub admin_port: u16,
    /// File with the authorities that may vouch for a service with a certificate.
    pub authorities: Option<String>,
}

impl Trial {
    /// The proxy: what `cofferdam deploy --envoy` writes, with one listener and one cluster.
    #[must_use]
    pub fn deployment(&self, policy: &str, filter: Filter) -> Deployment {
        let Standing { side, port, cluster, route, virtual_host, own_zone, .. } = &self.standing;
        let mut listener = Listener::new(*port, *side);
        listener.address = self.address.to_string();
        listener.virtual_host = Some(virtual_host.clone());
        listener.routes = vec![Route {
            name: route.clone(),
            host: self.upstream.public_name(),
            ..Route::to(cluster)
        }];
        let host = self.at.map_or_else(|| self.upstream.host.clone(), |at| at.to_string());
        let mut there = Cluster::new(cluster, &host, self.upstream.port);
        let authorities = self.authorities.as_ref().filter(|_| self.upstream.tls);
        there.server = authorities.map(|authority| Server {
            name: self.upstream.host.clone(),
            authority: authority.clone(),
        });
        Deployment {
            title: format!("Written by `cofferdam try`.\nIt tries the policy `{policy}`."),
            admin_port: self.admin_port,
            listeners: vec![listener],
            clusters: vec![there],
            filter: Some(Filter { own_zone: own_zone.clone(), ..filter }),
        }
    }

    /// A command that sends a first request, one that the first boundary between both zones is for.
    #[must_use]
    pub fn first_request(&self, tables: &Tables, ends: Ends) -> String {
        let mut boundaries = tables.boundaries.iter();
        let first = boundaries.find(|own| (own.from, own.to) == (ends.from, ends.to));
        let asked = |list: fn(&When) -> &Vec<String>| {
            let name = first.and_then(|boundary| list(&boundary.when).first());
            name.map(|glob| standing::example(glob)).filter(|name| is_bare(name))
        };
        let mut command = "curl".to_owned();
        if let Some(method) = asked(|when| &when.methods).filter(|method| method != "GET") {
            command.push_str(&format!(" -X {method}"));
        }
        if let Some(host) = self.standing.host.as_ref().filter(|host| is_bare(host)) {
            command.push_str(&format!(" -H 'host: {host}'"));
        }
        if let Some(media) = asked(|when| &when.media).filter(|media| !media.ends_with("/try")) {
            command.push_str(&format!(" -H 'content-type: {media}'"));
        }
        let path = asked(|when| &when.paths).unwrap_or_else(|| "/".to_owned());
        format!("{command} {}{path}", self.url())
    }

    /// Where requests come in.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", std::net::SocketAddr::new(self.address, self.standing.port))
    }
}

/// A word that a shell takes as it is, quoted or not.
fn is_bare(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.+:".contains(&b))
}

#[cfg(test)]
mod tests;
