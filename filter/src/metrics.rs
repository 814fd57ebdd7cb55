//! Counts crossings and findings under names that carry labels.
//! Never puts anything into a name that a message could choose: only the policy's own words.
//!
//! Hosts of proxy-wasm know names, no labels. A name here carries its labels between markers, and
//! `envoy/stats-tags.yaml` has the expressions that take them out again (label `boundary` is what
//! stands between `_cdb_` and the next marker):
//!
//! ```text
//! cofferdam_crossings_total_cdb_<boundary>_cdm_<message>_cdv_<verdict>_cdr_<reason>_cdz
//! cofferdam_findings_total_cdb_<boundary>_cdm_<message>_cdc_<category>_cda_<action>_cdz
//! cofferdam_policy_active_cdp_<12 hex digits>_cdz      gauge: 1 where the policy is in force
//! cofferdam_heartbeat_total                            once a second and VM
//! cofferdam_blind_total                                proofs that something passed unseen
//! cofferdam_deny_all                                   gauge: VMs that let nothing through
//! ```
//!
//! A crossing without a boundary, and one without a reason, has `none` there.

use crate::host::{Host, HostError, Kind};
use cofferdam_engine::entry::Entry;
use std::cell::RefCell;
use std::collections::BTreeMap;

const HEARTBEAT: &str = "cofferdam_heartbeat_total";
const BLIND: &str = "cofferdam_blind_total";
const DENY_ALL: &str = "cofferdam_deny_all";
const NONE: &str = "none";

/// The metrics of one VM: the number of each name that was used.
#[derive(Debug, Default)]
pub struct Metrics {
    numbers: RefCell<BTreeMap<String, u32>>,
}

impl Metrics {
    /// Makes the metrics exist that must be seen at 0 before anything happens.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn define(&self, host: &impl Host, boundaries: &[&str]) -> Result<(), HostError> {
        self.number(host, Kind::Counter, HEARTBEAT)?;
        self.number(host, Kind::Counter, BLIND)?;
        self.number(host, Kind::Gauge, DENY_ALL)?;
        for boundary in boundaries.iter().copied().chain([NONE]) {
            for message in ["request", "response"] {
                for verdict in ["forward", "rewrite"] {
                    let name = crossing_name(boundary, message, verdict, NONE);
                    self.number(host, Kind::Counter, &name)?;
                }
            }
        }
        Ok(())
    }

    /// Counts what an entry tells.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn count(&self, host: &impl Host, entry: &Entry) -> Result<(), HostError> {
        let boundary = entry.boundary.as_deref().unwrap_or(NONE);
        self.count_crossing(host, boundary, entry.message, entry.verdict, entry.reason)?;
        for (category, action, times) in &entry.findings {
            let name = format!(
                "cofferdam_findings_total_cdb_{boundary}_cdm_{}_cdc_{category}_cda_{action}_cdz",
                entry.message
            );
            let times = i64::try_from(*times).unwrap_or(i64::MAX);
            // Envoy refuses to add nothing.
            if times > 0 {
                host.add(self.number(host, Kind::Counter, &name)?, times)?;
            }
        }
        Ok(())
    }

    /// Counts a crossing that was stopped before the engine saw it.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn count_refused(
        &self,
        host: &impl Host,
        message: &str,
        reason: &str,
    ) -> Result<(), HostError> {
        self.count_crossing(host, NONE, message, "block", Some(reason))
    }

    /// A sign of life.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn beat(&self, host: &impl Host) -> Result<(), HostError> {
        host.add(self.number(host, Kind::Counter, HEARTBEAT)?, 1)
    }

    /// One more proof that something passed unseen.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn blind(&self, host: &impl Host) -> Result<(), HostError> {
        host.add(self.number(host, Kind::Counter, BLIND)?, 1)
    }

    /// This VM lets nothing through from now on (1), or does again (-1).
    ///
    /// # Errors
    /// When the host refuses.
    pub fn deny_all(&self, host: &impl Host, offset: i64) -> Result<(), HostError> {
        host.add(self.number(host, Kind::Gauge, DENY_ALL)?, offset)
    }

    /// Whether the policy with this short digest is in force.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn policy(&self, host: &impl Host, digest: &str, active: bool) -> Result<(), HostError> {
        let name = format!("cofferdam_policy_active_cdp_{digest}_cdz");
        host.set(self.number(host, Kind::Gauge, &name)?, active.into())
    }

    fn count_crossing(
        &self,
        host: &impl Host,
        boundary: &str,
        message: &str,
        verdict: &str,
        reason: Option<&str>,
    ) -> Result<(), HostError> {
        let name = crossing_name(boundary, message, verdict, reason.unwrap_or(NONE));
        host.add(self.number(host, Kind::Counter, &name)?, 1)
    }

    fn number(&self, host: &impl Host, kind: Kind, name: &str) -> Result<u32, HostError> {
        if let Some(number) = self.numbers.borrow().get(name) {
            return Ok(*number);
        }
        let number = host.define(kind, name)?;
        self.numbers.borrow_mut().insert(name.to_owned(), number);
        Ok(number)
    }
}

fn crossing_name(boundary: &str, message: &str, verdict: &str, reason: &str) -> String {
    format!("cofferdam_crossings_total_cdb_{boundary}_cdm_{message}_cdv_{verdict}_cdr_{reason}_cdz")
}
