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
//! cofferdam_candidate_total_cdb_<boundary>_cdm_<message>_cdd_<difference>_cdz
//! cofferdam_policy_active_cdp_<12 hex digits>_cdz      gauge: 1 where the policy is in force
//! cofferdam_trust_cds_<trusted | doubt | closed | unsigned>_cdz   gauge: 1 where it is so
//! cofferdam_trust_alert_cdr_<reason>_cdz               gauge: 1 while somebody is to look at it
//! cofferdam_trust_number_cdo_<of>_cdz                  gauge: versions, seconds at which they end,
//!                                                      grants that hold and that wait
//! cofferdam_trust_refused_total_cdr_<reason>_cdz       bundles that were not taken
//! cofferdam_grant_uses_total_cdg_<12 hex digits>_cdz   exchanges in which a grant let findings be
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
    /// The counters of crossings and findings, in the order of their labels.
    // PERF: to write a name and look it up costs several times what its labels cost, and most
    // crossings count under the same few (2026-11-23).
    counters: RefCell<Vec<Counter>>,
}

/// A counter that was used.
#[derive(Debug)]
struct Counter {
    of: Of,
    /// The verdict and the reason, or the category and the action.
    what: (String, &'static str),
    message: &'static str,
    boundary: String,
    number: u32,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Crossings,
    Findings,
}

/// The labels of a counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Labels<'l> {
    of: Of,
    what: (&'l str, &'static str),
    message: &'static str,
    boundary: &'l str,
}

impl Counter {
    fn labels(&self) -> Labels<'_> {
        let Self { of, what: (what, why), message, boundary, .. } = self;
        Labels { of: *of, what: (what, why), message, boundary }
    }
}

impl Labels<'_> {
    fn name(&self) -> String {
        let Self { of, what: (what, why), message, boundary } = self;
        match of {
            Of::Crossings => crossing_name(boundary, message, what, why),
            Of::Findings => format!(
                "cofferdam_findings_total_cdb_{boundary}_cdm_{message}_cdc_{what}_cda_{why}_cdz"
            ),
        }
    }
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
        let (message, boundary) = (entry.message, entry.boundary.as_deref().unwrap_or(NONE));
        let what = (entry.verdict, entry.reason.unwrap_or(NONE));
        let of = Of::Crossings;
        host.add(self.counter(host, Labels { of, what, message, boundary })?, 1)?;
        for (category, action, times) in &entry.findings {
            let times = i64::try_from(*times).unwrap_or(i64::MAX);
            // Envoy refuses to add nothing.
            if times > 0 {
                let (of, what) = (Of::Findings, (category.as_str(), *action));
                host.add(self.counter(host, Labels { of, what, message, boundary })?, times)?;
            }
        }
        Ok(())
    }

    /// Counts how a candidate policy would have decided: `same`, `stricter`, `looser`, `other`, or
    /// `dropped`.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn beside(
        &self,
        host: &impl Host,
        boundary: Option<&str>,
        message: &'static str,
        difference: &'static str,
    ) -> Result<(), HostError> {
        let boundary = boundary.unwrap_or(NONE);
        let name =
            format!("cofferdam_candidate_total_cdb_{boundary}_cdm_{message}_cdd_{difference}_cdz");
        host.add(self.number(host, Kind::Counter, &name)?, 1)
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

    /// One more bundle that was not taken.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn refused(&self, host: &impl Host, reason: &str) -> Result<(), HostError> {
        let name = format!("cofferdam_trust_refused_total_cdr_{reason}_cdz");
        host.add(self.number(host, Kind::Counter, &name)?, 1)
    }

    /// One more exchange in which a grant let a finding be.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn granted(&self, host: &impl Host, id: &str) -> Result<(), HostError> {
        let name = format!("cofferdam_grant_uses_total_cdg_{id}_cdz");
        host.add(self.number(host, Kind::Counter, &name)?, 1)
    }

    /// How far the policy in force is trusted, and what is to be looked at. `told` is what the
    /// gauges say, so that they are set when that changes.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn state(
        &self,
        host: &impl Host,
        told: &mut BTreeMap<String, u64>,
        state: &str,
        alert: Option<&str>,
    ) -> Result<(), HostError> {
        let up = [Some(format!("cofferdam_trust_cds_{state}_cdz")), alert.map(alert_name)];
        let up: Vec<String> = up.into_iter().flatten().collect();
        let is_state =
            |name: &str| name.contains("_cds_") || name.starts_with("cofferdam_trust_alert");
        let down = told.iter().filter(|(name, value)| **value == 1 && is_state(name));
        let down: Vec<String> =
            down.map(|(name, _)| name.clone()).filter(|name| !up.contains(name)).collect();
        down.iter().try_for_each(|name| self.gauge(host, told, name, 0))?;
        up.iter().try_for_each(|name| self.gauge(host, told, name, 1))
    }

    /// Versions and times of the policy in force.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn numbers<'n>(
        &self,
        host: &impl Host,
        told: &mut BTreeMap<String, u64>,
        mut numbers: impl Iterator<Item = &'n (&'static str, u64)>,
    ) -> Result<(), HostError> {
        numbers.try_for_each(|(of, number)| {
            self.gauge(host, told, &format!("cofferdam_trust_number_cdo_{of}_cdz"), *number)
        })
    }

    fn gauge(
        &self,
        host: &impl Host,
        told: &mut BTreeMap<String, u64>,
        name: &str,
        value: u64,
    ) -> Result<(), HostError> {
        if told.insert(name.to_owned(), value) == Some(value) {
            return Ok(());
        }
        host.set(self.number(host, Kind::Gauge, name)?, value)
    }

    fn counter(&self, host: &impl Host, labels: Labels<'_>) -> Result<u32, HostError> {
        let at = {
            let counters = self.counters.borrow();
            let at = counters.partition_point(|counter| counter.labels() < labels);
            if let Some(counter) = counters.get(at).filter(|counter| counter.labels() == labels) {
                return Ok(counter.number);
            }
            at
        };
        let number = self.number(host, Kind::Counter, &labels.name())?;
        let Labels { of, what: (what, why), message, boundary } = labels;
        let (what, boundary) = ((what.to_owned(), why), boundary.to_owned());
        let counter = Counter { of, what, message, boundary, number };
        self.counters.borrow_mut().insert(at, counter);
        Ok(number)
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

fn alert_name(reason: &str) -> String {
    format!("cofferdam_trust_alert_cdr_{reason}_cdz")
}
