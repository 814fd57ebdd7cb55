//! One worker of a host with its VM, and how it comes up, traps and gets a new one.
//! Envoy tries a configuration in a VM of its own first; what a worker's VM says after that changes
//! nothing any more: a worker whose plugin cannot be set up goes on without the filter.

use crate::exchange::Exchange;
use crate::stream::Outcome;
use crate::vm::{Harness, HarnessError, Options, Vm};

/// What a host does once a VM has trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTrap {
    /// 503, for good.
    Close,
    /// A new VM for the next request, and 503 until so many milliseconds after the one before.
    Reload(u64),
    /// The filter is left out.
    Open,
}

/// A worker of a host.
pub struct Worker<'h> {
    harness: &'h Harness,
    options: Options,
    on_trap: OnTrap,
    vm: Vm,
    is_left_out: bool,
    now_millis: u64,
    reloaded_at: Option<u64>,
    /// VMs that took a trapped one's place.
    pub reloads: u32,
    /// Requests that were refused since it was too early for another VM.
    pub denied: u32,
}

impl<'h> Worker<'h> {
    /// Starts the plugin as a host does: in the VM that tries it, the main thread's and this
    /// worker's, which share data.
    ///
    /// # Errors
    /// When the first of them refuses the configuration or traps: the host does not take it.
    pub fn start(
        harness: &'h Harness,
        options: Options,
        on_trap: OnTrap,
    ) -> Result<Self, HarnessError> {
        let mut trial = harness.load(options.clone())?;
        if !trial.configure()? {
            return Err(HarnessError::new("unable to create wasm plugin"));
        }
        // What the main thread's VM says is not asked for.
        let _ = harness.load(options.clone())?.configure();
        let mut vm = harness.load(options.clone())?;
        let is_left_out = !vm.configure().unwrap_or(false);
        let (now_millis, reloaded_at, reloads, denied) = (0, None, 0, 0);
        Ok(Self {
            harness,
            options,
            on_trap,
            vm,
            is_left_out,
            now_millis,
            reloaded_at,
            reloads,
            denied,
        })
    }

    /// Runs one exchange, in a new VM where the last one has trapped and a new one may be made.
    ///
    /// # Errors
    /// When a new VM cannot be made.
    pub fn exchange(&mut self, exchange: &Exchange) -> Result<Outcome, HarnessError> {
        if self.vm.trap().is_some() {
            match self.on_trap {
                OnTrap::Close => {}
                OnTrap::Open => self.is_left_out = true,
                OnTrap::Reload(base) => self.reload(base)?,
            }
        }
        if self.is_left_out {
            return Ok(self.vm.exchange_without_filter(exchange));
        }
        Ok(self.vm.exchange(exchange))
    }

    /// Moves the clock on.
    pub fn advance_millis(&mut self, millis: u64) {
        self.now_millis = self.now_millis.saturating_add(millis);
        self.vm.advance_millis(millis);
    }

    fn reload(&mut self, base: u64) -> Result<(), HarnessError> {
        let early = self.reloaded_at.is_some_and(|at| self.now_millis < at.saturating_add(base));
        if early {
            self.denied += 1;
            return Ok(());
        }
        let mut vm = self.harness.load(self.options.clone())?;
        self.is_left_out = !vm.configure().unwrap_or(false);
        self.vm = vm;
        self.reloaded_at = Some(self.now_millis);
        self.reloads += 1;
        Ok(())
    }
}
