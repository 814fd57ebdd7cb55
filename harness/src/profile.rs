//! Hosts that give less than Envoy does: what of the options is theirs.
//! Measures nothing; who runs a module under such a host does.

use crate::vm::Options;
use std::collections::BTreeSet;

/// Memory of one VM of a content delivery network, for a thousand streams.
const CDN_MEMORY_BYTES: usize = 16 << 20;
/// Longest chunk that it takes back from a filter.
const CDN_WRITE_BYTES: usize = 128 << 10;
/// What it does not have: timers, shared data, calls to others.
const CDN_ABSENT: &[&str] = &[
    "proxy_dequeue_shared_queue",
    "proxy_enqueue_shared_queue",
    "proxy_get_shared_data",
    "proxy_grpc_call",
    "proxy_grpc_stream",
    "proxy_http_call",
    "proxy_on_http_call_response",
    "proxy_on_queue_ready",
    "proxy_on_tick",
    "proxy_register_shared_queue",
    "proxy_resolve_shared_queue",
    "proxy_set_shared_data",
    "proxy_set_tick_period_milliseconds",
];

/// What is said of it: it has no timers, so much memory, and so much of that for each crossing.
const CDN_ENVIRONMENT: &[(&str, &str)] =
    &[("COFFERDAM_NO_TIMERS", "1"), ("COFFERDAM_MEMORY_MIB", "16"), ("COFFERDAM_KEPT_KIB", "8")];

impl Options {
    /// As a content delivery network runs a module that imports and exports `capabilities`, and
    /// tells it so.
    #[must_use]
    pub fn cdn_strict(mut self, capabilities: &BTreeSet<String>) -> Self {
        let there = |name: &&String| !CDN_ABSENT.contains(&name.as_str());
        let told = CDN_ENVIRONMENT.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        self.env.extend(told);
        Self {
            allow_list: Some(capabilities.iter().filter(there).cloned().collect()),
            memory_bytes_max: CDN_MEMORY_BYTES,
            write_bytes_max: CDN_WRITE_BYTES,
            ..self
        }
    }
}
