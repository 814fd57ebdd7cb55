//! Takes the configuration, beats once a second, and begins exchanges.
//! Whether a configuration is accepted depends on its bytes alone, since a host that had it
//! accepted by one VM sends traffic past every other VM that refuses it. What only this VM knows
//! (its memory, its environment, a host call that fails) never refuses: it denies.

use crate::config::{self, Config};
use crate::host::{Buffer, Host, HostError, Level};
use crate::properties::Node;
use crate::stream::Stream;
use crate::vm::{Budget, Candidate, Policy, Vm};
use cofferdam_engine::ends::Asked;
use cofferdam_engine::{Bundle, environment};
use std::cell::Cell;
use std::rc::Rc;

const TICK_MILLIS: u32 = 1000;

/// One plugin of a VM.
pub struct Root<H> {
    host: H,
    vm: Rc<Vm>,
    context: u32,
    /// The last policy that was accepted; none denies everything.
    policy: Option<Rc<Policy>>,
    /// A policy was accepted and its gauge is not up yet.
    unannounced: bool,
    /// This plugin denies in this VM, and whether the gauge says so.
    denies: bool,
    denial_told: bool,
    /// Ticks for which heads were held and no body was shown.
    held_ticks: u32,
}

impl<H: Host + Clone> Root<H> {
    /// A plugin without a policy.
    pub fn new(host: H, vm: Rc<Vm>, context: u32) -> Self {
        Self {
            host,
            vm,
            context,
            policy: None,
            unannounced: false,
            denies: false,
            denial_told: false,
            held_ticks: 0,
        }
    }

    /// Takes a configuration of so many bytes. `false` refuses it: a policy from before stays.
    pub fn configure(&mut self, config_bytes: usize) -> bool {
        if let Err(error) = config::check_length(config_bytes) {
            return self.refuse(&error.to_string());
        }
        let config = match self.host.read(Buffer::Configuration, 0, config_bytes) {
            Ok(config) if config.len() == config_bytes => config,
            Ok(_) => return self.deny("the host gave a part of the configuration only"),
            Err(error) => return self.deny(&error.to_string()),
        };
        let Config { blob, candidate } = match config::parse(config) {
            Ok(config) => config,
            Err(error) => return self.refuse(&error.to_string()),
        };
        let bundle = match Bundle::parse(blob) {
            Ok(bundle) => bundle,
            Err(error) => return self.refuse(&error.to_string()),
        };
        let candidate = match candidate.map(Bundle::observing).transpose() {
            Ok(candidate) => candidate,
            Err(error) => return self.refuse(&format!("candidate: {error}")),
        };
        match self.put_in_force(bundle, candidate) {
            Ok(()) => true,
            Err(error) => self.deny(&error.to_string()),
        }
    }

    /// Once a second: a sign of life.
    pub fn tick(&mut self) {
        if let Err(error) = self.try_tick() {
            self.vm.host_failed(&self.host, error);
        }
    }

    /// Begins an exchange under the policy that is in force now.
    pub fn stream(&self) -> Stream<H> {
        Stream::new(self.host.clone(), Rc::clone(&self.vm), self.policy.clone())
    }

    fn put_in_force(&mut self, bundle: Bundle, candidate: Option<Bundle>) -> Result<(), HostError> {
        self.vm.seed(&self.host, self.context);
        let read = self.host.environment().map(|variables| environment::read(&variables));
        // Before anything else may fail, so that a VM that denies goes on telling so. A host that
        // is said to have no timers is not asked for one; any other that lacks them is broken.
        if !read.as_ref().is_ok_and(|read| read.settings.no_timers) {
            self.host.tick_every(TICK_MILLIS)?;
        }
        let read = read?;
        self.vm.budget.set(Budget::of(&read.settings));
        let missing = environment::missing(&read.settings, bundle.tables());
        for warning in read.warnings.iter().chain(&missing) {
            self.host.log(Level::Warn, &format!("cofferdam: environment: {warning}"))?;
        }
        let boundaries: Vec<&str> =
            bundle.tables().boundaries.iter().map(|boundary| boundary.id.as_str()).collect();
        self.vm.metrics.define(&self.host, &boundaries)?;
        let node = Node::read(&self.host)?;
        let digest = bundle.digest().to_string();
        let name = bundle.tables().policy.escape_default().to_string();
        self.host.log(Level::Info, &format!("cofferdam: policy `{name}` {digest} is in force"))?;
        if let Some(candidate) = &candidate {
            let (digest, tables) = (candidate.digest(), candidate.tables());
            let name = tables.policy.escape_default();
            let text = format!(
                "cofferdam: candidate: policy `{name}` {digest} decides beside it, alters nothing"
            );
            self.host.log(Level::Info, &text)?;
        }
        let candidate = candidate
            .map(|bundle| Candidate { asked: Asked::of(bundle.tables()), bundle: Rc::new(bundle) });
        let untold = Cell::new(read.settings.no_timers);
        let asked = Asked::of(bundle.tables());
        self.policy = Some(Rc::new(Policy {
            bundle: Rc::new(bundle),
            settings: Rc::new(read.settings),
            node,
            asked,
            untold,
            candidate,
        }));
        self.unannounced = true;
        self.denies = false;
        Ok(())
    }

    fn try_tick(&mut self) -> Result<(), HostError> {
        self.vm.metrics.beat(&self.host)?;
        if self.denies != self.denial_told {
            self.vm.metrics.deny_all(&self.host, if self.denies { 1 } else { -1 })?;
            self.denial_told = self.denies;
        }
        self.tell_of_held_heads()?;
        // A gauge put up in `configure` would also tell of policies that a trial VM saw only.
        if self.unannounced
            && let Some(policy) = &self.policy
        {
            self.vm.activate(&self.host, policy)?;
            self.unannounced = false;
        }
        Ok(())
    }

    /// A head that is held on a host that cannot hold any waits for good, and nobody knows why.
    fn tell_of_held_heads(&mut self) -> Result<(), HostError> {
        const TICKS: u32 = 10;
        self.held_ticks = match self.vm.proving.get() {
            0 => 0,
            _ => self.held_ticks.saturating_add(1),
        };
        if self.held_ticks != TICKS {
            return Ok(());
        }
        let text = "cofferdam: a request's head is held and none of its body was shown yet: \
                    does the host set `allow_on_headers_stop_iteration`?";
        self.host.log(Level::Warn, text)
    }

    /// The same bytes are refused by every VM.
    fn refuse(&self, why: &str) -> bool {
        // Another root, of which this one knows nothing, may go on with the policy before.
        let text = format!("cofferdam: configuration refused, nothing of it takes effect: {why}");
        let _ = self.host.log(Level::Error, &text);
        false
    }

    /// Only this VM knows, so the configuration counts as accepted.
    fn deny(&mut self, why: &str) -> bool {
        self.policy = None;
        self.denies = true;
        let _ = self.host.log(Level::Error, &format!("cofferdam: denies everything: {why}"));
        true
    }
}
