//! The service that a policy is tried in front of, as a URL names it.
//! Says what is wrong with a URL without showing it: one may hold a password.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// It shows a certificate.
    pub tls: bool,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl Upstream {
    /// The name that it must be asked for, where it has one: a service somewhere else knows itself
    /// by it, while one on this machine tells its visitors where they came in.
    #[must_use]
    pub fn public_name(&self) -> Option<String> {
        let local = self.host == "localhost" || self.host.parse::<IpAddr>().is_ok();
        let usual = self.port == if self.tls { 443 } else { 80 };
        match (local, usual) {
            (true, _) => None,
            (false, true) => Some(self.host.clone()),
            (false, false) => Some(format!("{}:{}", self.host, self.port)),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

/// Why a URL names no service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpstreamError {
    why: &'static str,
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why)
    }
}

impl std::error::Error for UpstreamError {}

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(url: &str) -> Result<Self, UpstreamError> {
        const SCHEMES: &str = "a service is named as `http://HOST:PORT`, or with `https://`";
        let fail = |why| Err(UpstreamError { why });
        let Some((scheme, rest)) = url.split_once("://") else {
            return fail(SCHEMES);
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return fail(SCHEMES),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if !matches!(path, "" | "/") {
            return fail("a service has no path here: paths go on as they come");
        }
        if authority.contains('@') {
            return fail("the URL holds a user name: credentials belong into the requests");
        }
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':').or(rest.is_empty().then_some(""))),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, Some("")),
            },
        };
        let port = match port {
            Some("") => Some(if tls { 443 } else { 80 }),
            Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => port.parse().ok(),
            Some(_) | None => None,
        };
        let letter = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        let name = !host.is_empty() && host.bytes().all(letter) && !authority.starts_with('[');
        if !name && host.parse::<IpAddr>().is_err() {
            return fail("the host is neither a name nor an address");
        }
        match port.filter(|port| *port > 0) {
            Some(port) => Ok(Self { tls, host: host.to_ascii_lowercase(), port }),
            None => fail("the port is no number from 1 to 65535"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Upstream;

    #[test]
    fn a_service_is_read_and_shown() {
        let shown = |url: &str| url.parse::<Upstream>().map(|there| there.to_string());
        let rows = [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://Shop.Example/", "http://shop.example:80"),
            ("https://api.example.com", "https://api.example.com:443"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("HTTP://localhost:8080", "http://localhost:8080"),
        ];
        for (url, wanted) in rows {
            assert_eq!(shown(url).as_deref(), Ok(wanted), "{url}");
        }
    }

    #[test]
    fn what_names_no_service_is_refused_and_not_shown() {
        let rows = [
            ("127.0.0.1:3000", "http://"),
            ("ftp://x", "http://"),
            ("http://", "neither a name"),
            ("http://a b", "neither a name"),
            ("http://x:0", "no number"),
            ("http://x:99999", "no number"),
            ("http://x:+1", "no number"),
            ("http://[::1", "neither a name"),
            ("http://[::1]x", "no number"),
            ("http://x/path", "no path"),
            ("http://x?q", "no path"),
            ("http://ann:secret@x", "user name"),
            ("http://x\u{202e}y", "neither a name"),
        ];
        for (url, wanted) in rows {
            let why = url.parse::<Upstream>().expect_err(url).to_string();
            assert!(why.contains(wanted) && !why.contains("secret"), "{url}: {why}");
        }
    }

    #[test]
    fn a_service_elsewhere_is_asked_for_by_its_name() {
        let name = |url: &str| url.parse::<Upstream>().expect(url).public_name();
        assert_eq!(name("https://api.example.com").as_deref(), Some("api.example.com"));
        assert_eq!(name("http://shop.test:81").as_deref(), Some("shop.test:81"));
        assert_eq!(name("http://127.0.0.1:81"), None);
        assert_eq!(name("http://localhost"), None);
    }
}
