//! A map of headers as Envoy holds one: names that it knows stand in it once, and what comes again
//! is put behind the first; all others stand as often as they came, in order.
//! Knows no connection: what a codec or the connection manager takes away never comes here.

use crate::Headers;

/// Which of the maps of a stream: each knows names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// Of a request, or of an answer to a call.
    RequestHead,
    /// Behind a request.
    RequestTrailers,
    /// Of a response.
    ResponseHead,
    /// Behind a response.
    ResponseTrailers,
}

impl Map {
    /// What a map holds of headers that came one after another, pseudo-headers first.
    #[must_use]
    pub fn of(self, came: Headers) -> Headers {
        let mut held = Headers::with_capacity(came.len());
        for (name, value) in came {
            self.add(&mut held, name, value);
        }
        held
    }

    /// The same for what came over HTTP/2, whose codec puts the pieces of a cookie together behind
    /// all else, in each of the maps.
    #[must_use]
    pub fn of_frames(self, came: Headers) -> Headers {
        let (pieces, rest): (Headers, Headers) =
            came.into_iter().partition(|(name, _)| name == b"cookie");
        let mut cookie = Vec::new();
        for (_, piece) in pieces {
            if !cookie.is_empty() {
                cookie.extend(b"; ");
            }
            cookie.extend(piece);
        }
        let mut held = self.of(rest);
        if !cookie.is_empty() {
            self.add(&mut held, b"cookie".into(), cookie);
        }
        held
    }

    /// Names that stand in it once; none of them is in another case.
    #[must_use]
    pub fn joined(self) -> &'static [&'static str] {
        match self {
            Self::RequestHead => REQUEST,
            Self::RequestTrailers => &[],
            Self::ResponseHead => RESPONSE,
            Self::ResponseTrailers => RESPONSE_TRAILERS,
        }
    }

    /// By what a header is known: a request's `host` is its authority.
    pub(crate) fn known_as(self, name: &[u8]) -> &[u8] {
        match (self, name) {
            (Self::RequestHead, b"host") => b":authority",
            _ => name,
        }
    }

    pub(crate) fn add(self, held: &mut Headers, name: Vec<u8>, value: Vec<u8>) {
        let name = match self.known_as(&name) {
            own if own == name => name,
            other => other.to_vec(),
        };
        if self.joins(&name)
            && let Some((_, first)) = held.iter_mut().find(|(other, _)| *other == name)
        {
            if !first.is_empty() && !value.is_empty() {
                first.push(b',');
            }
            first.extend(value);
            return;
        }
        let at = match name.starts_with(b":") {
            true => held.iter().take_while(|(other, _)| other.starts_with(b":")).count(),
            false => held.len(),
        };
        held.insert(at, (name, value));
    }

    /// Takes all values away and puts one behind all else.
    pub(crate) fn replace(self, held: &mut Headers, name: &[u8], value: Vec<u8>) {
        self.remove(held, name);
        self.add(held, name.to_vec(), value);
    }

    pub(crate) fn remove(self, held: &mut Headers, name: &[u8]) {
        let name = self.known_as(name);
        held.retain(|(other, _)| other != name);
    }

    fn joins(self, name: &[u8]) -> bool {
        let known = |list: &[&str]| list.iter().any(|own| own.as_bytes() == name);
        known(self.joined())
    }
}

const REQUEST: &[&str] = &[
    ":authority",
    ":method",
    ":path",
    ":protocol",
    ":scheme",
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "authentication",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "grpc-accept-encoding",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "origin",
    "pragma",
    "proxy-connection",
    "proxy-status",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-client-trace-id",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-force-trace",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-internal",
    "x-envoy-ip-tags",
    "x-envoy-is-timeout-retry",
    "x-envoy-max-retries",
    "x-envoy-original-host",
    "x-envoy-original-path",
    "x-envoy-original-url",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-retry-grpc-on",
    "x-envoy-retry-on",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-stream-duration-ms",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
];

const RESPONSE: &[&str] = &[
    ":status",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "grpc-message",
    "grpc-status",
    "keep-alive",
    "last-modified",
    "location",
    "proxy-connection",
    "proxy-status",
    "server",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-degraded",
    "x-envoy-immediate-health-check-fail",
    "x-envoy-ratelimited",
    "x-envoy-upstream-canary",
    "x-envoy-upstream-healthchecked-cluster",
    "x-envoy-upstream-service-time",
    "x-request-id",
];

const RESPONSE_TRAILERS: &[&str] = &["grpc-message", "grpc-status"];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let line = |(name, value): &(&str, &str)| (name.as_bytes().into(), value.as_bytes().into());
        lines.iter().map(line).collect()
    }

    #[test]
    fn what_a_map_knows_stands_in_it_once_and_all_else_as_it_came() {
        let came = [("x", "1"), ("referer", "a"), ("host", "h"), ("x", "2"), ("referer", "b")];
        let held = Map::RequestHead.of(headers(&came));
        let known = [(":authority", "h"), ("x", "1"), ("referer", "a,b"), ("x", "2")];
        assert_eq!(held, headers(&known));
        assert_eq!(Map::RequestTrailers.of(headers(&came)), headers(&came));
    }

    #[test]
    fn pieces_of_a_cookie_that_came_in_frames_are_one_behind_all_else() {
        let of = |lines: &[(&str, &str)]| Map::ResponseTrailers.of_frames(headers(lines));
        let came = [("cookie", ""), ("cookie", "a=1"), ("x", "1"), ("cookie", ""), ("cookie", "b")];
        assert_eq!(of(&came), headers(&[("x", "1"), ("cookie", "a=1; ; b")]));
        assert_eq!(of(&[("cookie", "")]), headers(&[]));
    }
}
