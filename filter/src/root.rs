//! Takes the configuration, beats once a second, and begins exchanges.
//! Whether a configuration is accepted depends on its bytes alone, since a host that had it
//! accepted by one VM sends traffic past every other VM that refuses it. What only this VM knows
//! (its memory, its environment, its clock, a host call that fails) never refuses: it goes on with
//! what was good, or denies.

use crate::config::{self, Config};
use crate::host::{Buffer, Host, HostError, Level};
use crate::properties::{self, Node};
use crate::stream::Stream;
#[cfg(not(feature = "unsigned"))]
use crate::trust::{self, Admission, Gate};
use crate::trust::{Prepared, Trust};
use crate::vm::{Budget, Candidate, Policy, Vm};
use cofferdam_engine::ends::Asked;
use cofferdam_engine::model::Tables;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::trust::{Reason, Time};
use cofferdam_engine::{Bundle, environment};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

const TICK_MILLIS: u32 = 1000;

/// Ticks from one look to the next at a bundle whose time has not come.
const RETRY_TICKS: u64 = 10;

/// One plugin of a VM.
pub struct Root<H> {
    host: H,
    vm: Rc<Vm>,
    context: u32,
    /// The last policy that was accepted; none denies everything.
    policy: Option<Rc<Policy>>,
    /// What was configured last, while its time has not come.
    early: Option<Early>,
    /// When this plugin was configured, and ticks since.
    began: Option<Time>,
    ticks: u64,
    /// A policy was accepted and its gauge is not up yet.
    unannounced: bool,
    /// This plugin denies in this VM, and whether the gauge says so.
    denies: bool,
    denial_told: bool,
    /// What gauges say of the policy's trust.
    told: BTreeMap<String, u64>,
    /// Ticks for which heads were held and no body was shown.
    held_ticks: u32,
}

/// What may be let in force later, under which settings.
struct Early {
    policy: Prepared,
    candidate: Option<Prepared>,
    settings: Rc<Settings>,
    /// That it is early was said and counted.
    #[cfg_attr(feature = "unsigned", expect(dead_code, reason = "nothing is early then"))]
    is_told: bool,
}

/// What a configuration comes to.
#[cfg_attr(feature = "unsigned", expect(dead_code, reason = "nothing is ever in doubt then"))]
enum Admitted {
    /// Another policy.
    New { bundle: Rc<Bundle>, trust: Option<Box<Trust>>, candidate: Option<Box<Bundle>> },
    /// The one that is in force in this VM.
    Again(Rc<Policy>),
    /// What it came to before: its time has still not come.
    NotYet,
    /// None.
    Nothing(String),
}

impl<H: Host + Clone> Root<H> {
    /// A plugin without a policy.
    pub fn new(host: H, vm: Rc<Vm>, context: u32) -> Self {
        Self {
            host,
            vm,
            context,
            policy: None,
            early: None,
            began: None,
            ticks: 0,
            unannounced: false,
            denies: false,
            denial_told: false,
            told: BTreeMap::new(),
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
        let Config { policy, candidate } = match config::parse(config) {
            Ok(config) => config,
            Err(error) => return self.refuse(&error.to_string()),
        };
        let policy = match Prepared::of(policy) {
            Ok(policy) => policy,
            Err(error) => return self.refuse(&error),
        };
        let candidate = match candidate.map(Prepared::of).transpose() {
            Ok(candidate) => candidate,
            Err(error) => return self.refuse(&format!("candidate: {error}")),
        };
        match self.take(policy, candidate) {
            Ok(true) => true,
            Ok(false) => self.deny("no bundle is good here"),
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

    /// Whether anything is in force then.
    fn take(&mut self, policy: Prepared, candidate: Option<Prepared>) -> Result<bool, HostError> {
        self.vm.seed(&self.host, self.context);
        let read = self.host.environment().map(|variables| environment::read(&variables));
        // Before anything else may fail, so that a VM that denies goes on telling so. A host that
        // is said to have no timers is not asked for one; any other that lacks them is broken.
        if !read.as_ref().is_ok_and(|read| read.settings.no_timers) {
            self.host.tick_every(TICK_MILLIS)?;
        }
        let read = read?;
        self.vm.budget.set(Budget::of(&read.settings));
        for warning in &read.warnings {
            self.host.log(Level::Warn, &format!("cofferdam: environment: {warning}"))?;
        }
        self.began = Some(self.vm.clock.read(&self.host)?);
        self.ticks = 0;
        self.attempt(Early { policy, candidate, settings: Rc::new(read.settings), is_told: false })
    }

    fn attempt(&mut self, asked: Early) -> Result<bool, HostError> {
        let plugin = properties::text(&self.host, "plugin_name")?.unwrap_or_default();
        match self.admit(&plugin, asked)? {
            (Admitted::NotYet, _) => return Ok(self.policy.is_some()),
            (Admitted::New { bundle, trust, candidate }, settings) => {
                self.put_in_force(plugin, bundle, trust, candidate, settings)?;
            }
            (Admitted::Again(policy), _) => {
                self.vm.metrics.define(&self.host, &boundaries(policy.bundle.tables()))?;
                self.policy = Some(policy);
            }
            (Admitted::Nothing(why), _) => {
                self.vm.metrics.define(&self.host, &[])?;
                self.host.log(Level::Error, &format!("cofferdam: {why}"))?;
                return Ok(self.policy.is_some());
            }
        }
        self.unannounced = true;
        self.denies = false;
        Ok(true)
    }

    /// Takes what nobody has signed.
    #[cfg(feature = "unsigned")]
    fn admit(
        &mut self,
        _plugin: &str,
        asked: Early,
    ) -> Result<(Admitted, Rc<Settings>), HostError> {
        let Early { policy, candidate, settings, .. } = asked;
        let text = "cofferdam: unsigned: this build asks nobody what may be in force";
        self.host.log(Level::Warn, text)?;
        let observing = |blob| Bundle::observing(blob).ok();
        let candidate = candidate.and_then(|prepared| observing(prepared.into_blob()));
        let candidate = candidate.map(Box::new);
        let bundle = Rc::new(policy.into_bundle());
        Ok((Admitted::New { bundle, trust: None, candidate }, settings))
    }

    /// Takes what several people have signed, or goes on with what they had signed before.
    #[cfg(not(feature = "unsigned"))]
    fn admit(&mut self, plugin: &str, asked: Early) -> Result<(Admitted, Rc<Settings>), HostError> {
        let settings = Rc::clone(&asked.settings);
        let vm = Rc::clone(&self.vm);
        let mut gate = match Gate::open(&self.host, &vm, &asked.settings, plugin)? {
            Ok(gate) => gate,
            Err((missing, reason)) => {
                trust::tell_refusal(&self.host, reason, None);
                self.vm.metrics.refused(&self.host, reason.name())?;
                let why = format!("`{missing}` is not set");
                return Ok((Admitted::Nothing(why), settings));
            }
        };
        let kept = vm.good.borrow().get(plugin).cloned();
        let active = kept.as_ref().map(|policy| &*policy.bundle);
        let (reason, shared) = match gate.admit(&vm, &asked.policy, active)? {
            Admission::Good(trust) => {
                let bundle = trust.bundle();
                let candidate = match asked.candidate.map(|it| gate.candidate(&it, &bundle)) {
                    Some(Err(reason)) => {
                        let text = format!("cofferdam: candidate refused: {}", trust::why(reason));
                        self.host.log(Level::Warn, &text)?;
                        None
                    }
                    candidate => candidate.transpose().ok().flatten().map(Box::new),
                };
                return Ok((Admitted::New { bundle, trust: Some(trust), candidate }, settings));
            }
            Admission::Doubt(reason, shared) => (reason, shared),
        };
        if asked.is_told && reason.is_early() {
            self.early = Some(asked);
            return Ok((Admitted::NotYet, settings));
        }
        let on = kept.as_ref().and_then(|policy| policy.trust.as_deref()).or(shared.as_deref());
        trust::tell_refusal(&self.host, reason, on);
        self.vm.metrics.refused(&self.host, reason.name())?;
        if reason.is_early() {
            self.early = Some(Early { is_told: true, ..asked });
        }
        let admitted = match (kept, shared) {
            (Some(policy), _) => Admitted::Again(policy),
            (None, Some(trust)) => {
                let (bundle, trust) = (trust.bundle(), Some(trust));
                Admitted::New { bundle, trust, candidate: None }
            }
            (None, None) => Admitted::Nothing("nothing was good before either".to_owned()),
        };
        Ok((admitted, settings))
    }

    fn put_in_force(
        &mut self,
        plugin: String,
        bundle: Rc<Bundle>,
        trust: Option<Box<Trust>>,
        candidate: Option<Box<Bundle>>,
        settings: Rc<Settings>,
    ) -> Result<(), HostError> {
        for warning in environment::missing(&settings, bundle.tables()) {
            self.host.log(Level::Warn, &format!("cofferdam: environment: {warning}"))?;
        }
        self.vm.metrics.define(&self.host, &boundaries(bundle.tables()))?;
        let node = Node::read(&self.host)?;
        let digest = bundle.digest().to_string();
        let name = bundle.tables().policy.escape_default().to_string();
        let by = match &trust {
            Some(trust) => trust.told(),
            None => "unsigned".to_owned(),
        };
        let text = format!("cofferdam: policy `{name}` {digest} is in force: {by}");
        self.host.log(Level::Info, &text)?;
        if let Some(candidate) = &candidate {
            let (digest, tables) = (candidate.digest(), candidate.tables());
            let name = tables.policy.escape_default();
            let text = format!(
                "cofferdam: candidate: policy `{name}` {digest} decides beside it, alters nothing"
            );
            self.host.log(Level::Info, &text)?;
        }
        let candidate = candidate.map(|bundle| Candidate {
            asked: Asked::of(bundle.tables()),
            bundle: Rc::new(*bundle),
        });
        let untold = Cell::new(settings.no_timers);
        let asked = Asked::of(bundle.tables());
        let policy = Rc::new(Policy { bundle, trust, settings, node, asked, untold, candidate });
        self.vm.good.borrow_mut().insert(plugin, Rc::clone(&policy));
        self.policy = Some(policy);
        Ok(())
    }

    fn try_tick(&mut self) -> Result<(), HostError> {
        self.vm.metrics.beat(&self.host)?;
        self.pass_time()?;
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

    /// What a second may change: a time that has come, and one that has ended.
    fn pass_time(&mut self) -> Result<(), HostError> {
        self.ticks = self.ticks.saturating_add(1);
        if let Some(began) = self.began {
            self.vm.clock.at_least(began.after(self.ticks * u64::from(TICK_MILLIS) / 1000));
        }
        let now = self.vm.clock.read(&self.host)?;
        if self.ticks.is_multiple_of(RETRY_TICKS)
            && let Some(early) = self.early.take()
        {
            self.attempt(early)?;
        }
        let Some(policy) = &self.policy else { return Ok(()) };
        let Some(trust) = &policy.trust else {
            return self.vm.metrics.state(&self.host, &mut self.told, "unsigned", None);
        };
        if trust.look_at_grants(&self.vm.proven, now) {
            let (version, grants) = (trust.version(), trust.told_of_grants());
            let text = format!("cofferdam: release {version}, all grants checked{grants}");
            self.host.log(Level::Info, &text)?;
        }
        trust.look(now, &self.vm.clock);
        self.denies = trust.closed().is_some();
        let state = match (trust.closed(), trust.alert()) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "doubt",
            (None, None) => "trusted",
        };
        let alert = trust.alert().map(Reason::name);
        self.vm.metrics.state(&self.host, &mut self.told, state, alert)?;
        let grants =
            [("grants", trust.grants_held(now)), ("grants_waiting", trust.grants_waiting())];
        self.vm.metrics.numbers(&self.host, &mut self.told, trust.numbers().iter().chain(&grants))
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

fn boundaries(tables: &Tables) -> Vec<&str> {
    tables.boundaries.iter().map(|boundary| boundary.id.as_str()).collect()
}
