//! What a person says about a deployment beside the policy, as words of a command line.
//! Reads the words; files are the command's to read.

use super::{
    Cluster, Deployment, Filter, Listener, Protocol, Release, Remote, Route, Side, Source, Target,
    Tls,
};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::model::Tables;
use std::fmt;
use std::str::FromStr;

/// Options of `cofferdam deploy --envoy`. What is not said comes from the policy.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// First line of the file: what wrote it.
    pub title: String,
    /// Listeners instead of the policy's.
    pub listen: Vec<Listen>,
    /// Routes instead of the first cluster that the policy names.
    pub routes: Vec<RouteTo>,
    /// Where clusters are.
    pub clusters: Vec<ClusterAt>,
    /// Zone of the proxy's own end.
    pub own_zone: Option<String>,
    /// Folder with `NAME.pem`, `NAME.key` and `ca.pem`, and the name: certificates for all sides.
    pub mtls: Option<Certificates>,
    /// File that filter and policy are read from, and read again from when it is replaced.
    pub update: Option<String>,
    /// Port of the administration interface.
    pub admin_port: Option<u16>,
    /// Lets trailers of requests on.
    pub request_trailers: bool,
    /// Which releases of Envoy are to read it.
    pub release: Release,
}

/// `[inbound:|outbound:][ADDRESS:]PORT`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    side: Side,
    address: String,
    port: u16,
}

/// `[PORT:]/PREFIX=CLUSTER`, or `[PORT:]/PREFIX=/PATH` for a redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTo {
    port: Option<u16>,
    prefix: String,
    target: String,
}

/// `NAME=HOST:PORT`, with `,h2` behind where it speaks HTTP/2 only, and `,plain` where it takes part
/// in no mTLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAt {
    name: String,
    host: String,
    port: u16,
    protocol: Protocol,
    plain: bool,
}

/// `URL=CLUSTER`: where the module is fetched, over which cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchFrom {
    uri: String,
    cluster: String,
}

/// `FOLDER/NAME`: `NAME.pem`, `NAME.key` and `ca.pem` in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates {
    folder: String,
    name: String,
}

/// Why a word of a command line is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    shape: &'static str,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not of the form `{}`", self.shape)
    }
}

impl std::error::Error for OptionError {}

impl FromStr for Listen {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        let error = OptionError { shape: "[inbound:|outbound:][ADDRESS:]PORT" };
        let (side, rest) = match word.split_once(':') {
            Some(("inbound", rest)) => (Side::Inbound, rest),
            Some(("outbound", rest)) => (Side::Outbound, rest),
            _ => (Side::Gateway, word),
        };
        let (address, port) = rest.rsplit_once(':').unwrap_or(("127.0.0.1", rest));
        let address = address.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = port.parse().map_err(|_| error.clone())?;
        match address.parse::<std::net::IpAddr>() {
            Ok(_) if port > 0 => Ok(Self { side, address, port }),
            _ => Err(error),
        }
    }
}

impl FromStr for RouteTo {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        let error = OptionError { shape: "[PORT:]/PREFIX=CLUSTER" };
        let (path, target) = word.rsplit_once('=').ok_or_else(|| error.clone())?;
        let (port, prefix) = match path.split_once(':') {
            Some((port, prefix)) => (Some(port.parse().map_err(|_| error.clone())?), prefix),
            None => (None, path),
        };
        if !prefix.starts_with('/') || target.is_empty() {
            return Err(error);
        }
        Ok(Self { port, prefix: prefix.to_owned(), target: target.to_owned() })
    }
}

impl FromStr for ClusterAt {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        let error = OptionError { shape: "NAME=HOST:PORT[,h2][,plain]" };
        let (word, plain) = match word.strip_suffix(",plain") {
            Some(word) => (word, true),
            None => (word, false),
        };
        let (word, protocol) = match word.strip_suffix(",h2") {
            Some(word) => (word, Protocol::Http2),
            None => (word, Protocol::Http1),
        };
        let (name, place) = word.split_once('=').ok_or_else(|| error.clone())?;
        let (host, port) = place.rsplit_once(':').ok_or_else(|| error.clone())?;
        let port = port.parse().map_err(|_| error.clone())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if name.is_empty() || host.is_empty() {
            return Err(error);
        }
        Ok(Self { name: name.to_owned(), host: host.to_owned(), port, protocol, plain })
    }
}

impl FromStr for FetchFrom {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        let error = OptionError { shape: "http[s]://HOST/PATH=CLUSTER" };
        let (uri, cluster) = word.rsplit_once('=').ok_or_else(|| error.clone())?;
        let host = ["http://", "https://"].iter().find_map(|scheme| uri.strip_prefix(scheme));
        let visible = uri.bytes().all(|byte| byte.is_ascii_graphic());
        match host {
            Some(host) if !host.is_empty() && !cluster.is_empty() && visible => {
                Ok(Self { uri: uri.to_owned(), cluster: cluster.to_owned() })
            }
            Some(_) | None => Err(error),
        }
    }
}

impl FetchFrom {
    /// The place, for a module that must have this digest.
    #[must_use]
    pub fn pinned(&self, digest: Digest) -> Remote {
        Remote { uri: self.uri.clone(), cluster: self.cluster.clone(), digest }
    }
}

impl FromStr for Certificates {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        match word.rsplit_once('/') {
            Some((folder, name)) if !folder.is_empty() && !name.is_empty() => {
                Ok(Self { folder: folder.to_owned(), name: name.to_owned() })
            }
            _ => Err(OptionError { shape: "FOLDER/NAME" }),
        }
    }
}

impl Certificates {
    fn tls(&self) -> Tls {
        let file = |name: &str| format!("{}/{name}", self.folder);
        Tls {
            certificate: file(&format!("{}.pem", self.name)),
            key: file(&format!("{}.key", self.name)),
            authority: file("ca.pem"),
            peer_prefix: Some("spiffe://".to_owned()),
        }
    }
}

impl Options {
    /// The deployment of a policy, with what was said in place of what the policy says.
    #[must_use]
    pub fn deployment(&self, tables: &Tables, filter: Filter) -> Deployment {
        let mut deployment = Deployment::of_policy(tables);
        deployment.title = format!(
            "{}\nIt keeps the policy `{}` for every request that comes in.",
            self.title, tables.policy
        );
        deployment.admin_port = self.admin_port.unwrap_or(deployment.admin_port);
        let default = deployment.clusters.first().map(|cluster| Route::to(&cluster.name));
        if !self.listen.is_empty() {
            deployment.listeners = self.listen.iter().map(Listen::listener).collect();
        }
        for listener in &mut deployment.listeners {
            let said = |route: &&RouteTo| route.port.is_none_or(|port| port == listener.port);
            listener.routes = self.routes.iter().filter(said).map(RouteTo::route).collect();
            if listener.routes.is_empty() {
                listener.routes.extend(default.clone());
            }
            // The own service speaks plainly to its own proxy.
            let certified = self.mtls.as_ref().filter(|_| listener.side != Side::Outbound);
            listener.tls = certified.map(Certificates::tls);
        }
        for said in &self.clusters {
            let mut cluster = Cluster::new(&said.name, &said.host, said.port);
            cluster.protocol = said.protocol;
            match deployment.clusters.iter_mut().find(|other| other.name == said.name) {
                Some(other) => *other = cluster,
                None => deployment.clusters.push(cluster),
            }
        }
        for cluster in &mut deployment.clusters {
            let plain = self.clusters.iter().any(|said| said.plain && said.name == cluster.name);
            cluster.tls = self.mtls.as_ref().filter(|_| !plain).map(Certificates::tls);
        }
        let source = self.update.clone().map_or(Source::Inline, Source::File);
        deployment.filter = Some(Filter {
            source,
            own_zone: self.own_zone.clone(),
            request_trailers: self.request_trailers,
            release: self.release,
            ..filter
        });
        deployment
    }
}

impl Listen {
    fn listener(&self) -> Listener {
        let mut listener = Listener::new(self.port, self.side);
        listener.address.clone_from(&self.address);
        listener
    }
}

impl RouteTo {
    fn route(&self) -> Route {
        let target = match self.target.starts_with('/') {
            true => Target::Redirect(self.target.clone()),
            false => Target::Cluster(self.target.clone()),
        };
        let name = match &target {
            Target::Cluster(name) => name.clone(),
            Target::Redirect(_) => "redirect".to_owned(),
        };
        Route { name, prefix: self.prefix.clone(), target, host: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<T: FromStr>(texts: &[&str]) -> Vec<Option<T>> {
        texts.iter().map(|text| text.parse().ok()).collect()
    }

    #[test]
    fn listeners_are_on_loopback_unless_said_otherwise() {
        let listen = |side, address: &str, port| Listen { side, address: address.into(), port };
        let read = words(&["8443", "outbound:8444", "inbound:0.0.0.0:80", "[::1]:9"]);
        let expected = [
            listen(Side::Gateway, "127.0.0.1", 8443),
            listen(Side::Outbound, "127.0.0.1", 8444),
            listen(Side::Inbound, "0.0.0.0", 80),
            listen(Side::Gateway, "::1", 9),
        ];
        assert_eq!(read, expected.map(Some));
        let refused: Vec<Option<Listen>> = words(&["", "0", "http", "70000", "localhost:80"]);
        assert!(refused.iter().all(Option::is_none), "{refused:?}");
    }

    #[test]
    fn routes_and_clusters_are_read_or_refused() {
        let route: RouteTo = "8443:/a=b".parse().unwrap();
        assert_eq!(
            (route.port, route.prefix.as_str(), route.target.as_str()),
            (Some(8443), "/a", "b")
        );
        assert!(words::<RouteTo>(&["a=b", "/a", "/a=", "x:/a=b"]).iter().all(Option::is_none));
        let cluster: ClusterAt = "shop=[::1]:80,h2".parse().unwrap();
        assert_eq!((cluster.host.as_str(), cluster.protocol), ("::1", Protocol::Http2));
        let fetch: FetchFrom = "https://a.example/m.wasm?v=1=files".parse().unwrap();
        assert_eq!(
            (fetch.uri.as_str(), fetch.cluster.as_str()),
            ("https://a.example/m.wasm?v=1", "files")
        );
        let fetches =
            ["file:///m=files", "https://=files", "https://a/m", "http://a/ m=f", "http://a="];
        assert!(words::<FetchFrom>(&fetches).iter().all(Option::is_none));
        assert!(words::<ClusterAt>(&["a", "a=b", "=b:1", "a=:1"]).iter().all(Option::is_none));
    }
}
