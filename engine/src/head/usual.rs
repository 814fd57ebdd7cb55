//! Names of headers that nearly every message has: they say nothing of anybody, and are not read.
//! Says of values no more than what their names give to them.

use crate::detect::ContextSets;
use alloc::vec::Vec;

/// Names that standards give, or that proxies set on their own: by length, then in order.
const NAMES: [&[u8]; 102] = [
    b"te",
    b"age",
    b"dnt",
    b"via",
    b"date",
    b"etag",
    b"from",
    b"host",
    b"link",
    b"vary",
    b":path",
    b"allow",
    b"range",
    b"accept",
    b"cookie",
    b"expect",
    b"origin",
    b"pragma",
    b"server",
    b":method",
    b":scheme",
    b":status",
    b"alt-svc",
    b"baggage",
    b"expires",
    b"referer",
    b"trailer",
    b"if-match",
    b"if-range",
    b"location",
    b"priority",
    b":protocol",
    b"forwarded",
    b"sec-ch-ua",
    b"x-real-ip",
    b":authority",
    b"connection",
    b"keep-alive",
    b"set-cookie",
    b"tracestate",
    b"user-agent",
    b"grpc-status",
    b"retry-after",
    b"traceparent",
    b"content-type",
    b"grpc-message",
    b"grpc-timeout",
    b"x-request-id",
    b"accept-ranges",
    b"authorization",
    b"cache-control",
    b"content-range",
    b"grpc-encoding",
    b"if-none-match",
    b"last-modified",
    b"server-timing",
    b"content-length",
    b"sec-fetch-dest",
    b"sec-fetch-mode",
    b"sec-fetch-site",
    b"sec-fetch-user",
    b"accept-encoding",
    b"accept-language",
    b"referrer-policy",
    b"x-forwarded-for",
    b"x-frame-options",
    b"content-encoding",
    b"content-language",
    b"content-location",
    b"sec-ch-ua-mobile",
    b"www-authenticate",
    b"x-envoy-internal",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-requested-with",
    b"if-modified-since",
    b"transfer-encoding",
    b"x-forwarded-proto",
    b"sec-ch-ua-platform",
    b"content-disposition",
    b"if-unmodified-since",
    b"proxy-authorization",
    b"grpc-accept-encoding",
    b"x-envoy-attempt-count",
    b"x-envoy-original-path",
    b"x-envoy-peer-metadata",
    b"access-control-max-age",
    b"x-content-type-options",
    b"content-security-policy",
    b"x-forwarded-client-cert",
    b"x-envoy-external-address",
    b"x-envoy-peer-metadata-id",
    b"strict-transport-security",
    b"upgrade-insecure-requests",
    b"access-control-allow-origin",
    b"x-envoy-decorator-operation",
    b"access-control-allow-headers",
    b"access-control-allow-methods",
    b"access-control-expose-headers",
    b"x-envoy-upstream-service-time",
    b"x-envoy-expected-rq-timeout-ms",
    b"access-control-allow-credentials",
];

/// One of these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usual(usize);

impl Usual {
    /// The usual name that this one is.
    // PERF: to look at a name costs as much as to look at a short value, and most names are these.
    // Their lengths tell most of them apart.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        NAMES.binary_search_by_key(&(name.len(), name), |usual| (usual.len(), usual)).ok().map(Self)
    }
}

/// What these names give to their values under one policy.
// PERF: to look for words in a name costs as much as to pass by its value.
#[derive(Debug)]
pub(crate) struct HeaderSets(Vec<ContextSets>);

impl HeaderSets {
    /// As `sets` says it of a name.
    pub(crate) fn new(sets: impl Fn(&[u8]) -> ContextSets) -> Self {
        Self(NAMES.iter().map(|name| sets(name)).collect())
    }

    /// What a name gives.
    pub(crate) fn of(&self, name: Usual) -> Option<ContextSets> {
        self.0.get(name.0).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Usual};

    #[test]
    fn names_are_in_order() {
        assert!(NAMES.is_sorted_by(|a, b| (a.len(), a) < (b.len(), b)));
        assert!(NAMES.iter().all(|name| Usual::of(name).is_some()));
        assert_eq!(Usual::of(b"x-note"), None);
    }
}
