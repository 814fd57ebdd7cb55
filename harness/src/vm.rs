//! One VM: the module compiled once, instances of it, and the life of the plugin in them.
//! Knows no stream; `callbacks.rs` drives those.

use crate::imports;
use crate::state::{HttpAnswer, HttpCall, LogLine, Metric, Phase, Root, Shared, State};
use crate::stream::StreamId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use wasmtime::{
    Config, Engine, ExternType, Instance, Linker, Module, Store, StoreLimitsBuilder, Trap,
    WasmParams, WasmResults,
};

/// How a VM is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The plugin's configuration.
    pub configuration: Vec<u8>,
    /// The VM's own configuration.
    pub vm_configuration: Vec<u8>,
    /// Environment variables that are granted.
    pub env: Vec<(String, String)>,
    /// Host calls and callbacks that are granted; none: all. A host call that is not on it returns
    /// 10, a callback that is not on it is silently never called.
    pub allow_list: Option<BTreeSet<String>>,
    /// `allow_on_headers_stop_iteration`: a paused head does not stop the body's callbacks.
    pub hold_headers: bool,
    /// Stands behind the filter.
    pub guard: Option<Guard>,
    /// Fuel for one callback.
    pub fuel_per_callback: u64,
    /// Most memory of the VM.
    pub memory_bytes_max: usize,
    /// Buffer limit of the request: past it the host answers 413.
    pub request_buffer_bytes_max: usize,
    /// Buffer limit of the response: past it the host answers 500, or cuts.
    pub response_buffer_bytes_max: usize,
    /// Longest text that may be put into a body at once.
    pub write_bytes_max: usize,
    /// Where the clock stands.
    pub clock_nanos: u64,
    /// Seed of the randomness; not 0.
    pub seed: u64,
    /// Properties that need no stream: the proxy's own node.
    pub root_properties: BTreeMap<String, Vec<u8>>,
    /// Data shared with other VMs of the same id.
    pub shared: Shared,
    /// Clusters that the guest may ask.
    pub clusters: BTreeSet<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            configuration: Vec::new(),
            vm_configuration: Vec::new(),
            env: Vec::new(),
            allow_list: None,
            hold_headers: true,
            guard: None,
            fuel_per_callback: 50_000_000_000,
            memory_bytes_max: 512 << 20,
            request_buffer_bytes_max: usize::MAX,
            response_buffer_bytes_max: usize::MAX,
            write_bytes_max: usize::MAX,
            // 2030-01-01, far from any test's own time.
            clock_nanos: 1_893_456_000_000_000_000,
            seed: 0x5eed_c0ff_ee00_0001,
            root_properties: BTreeMap::new(),
            shared: Shared::default(),
            clusters: BTreeSet::new(),
        }
    }
}

/// A filter behind the module: without this value in the filter state a request gets a 403.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The whole key, such as `wasm.guard`.
    pub key: String,
    /// The value that lets a request on.
    pub value: Vec<u8>,
}

/// What a VM cannot do.
#[derive(Debug)]
pub struct HarnessError {
    text: String,
}

impl HarnessError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

impl From<wasmtime::Error> for HarnessError {
    fn from(error: wasmtime::Error) -> Self {
        Self::new(describe(&error))
    }
}

impl fmt::Display for HarnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for HarnessError {}

/// What went wrong, without a backtrace: that differs from build to build.
pub(crate) fn describe(error: &wasmtime::Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    }
}

/// A compiled module, from which VMs are made.
pub struct Harness {
    engine: Engine,
    module: Module,
}

impl Harness {
    /// Compiles a module.
    ///
    /// # Errors
    /// When it is no module, or speaks another ABI.
    pub fn new(wasm: &[u8]) -> Result<Self, HarnessError> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, wasm)?;
        let abi = |export: wasmtime::ExportType<'_>| export.name() == "proxy_abi_version_0_2_1";
        if !module.exports().any(abi) {
            return Err(HarnessError::new("the module does not speak proxy-wasm 0.2.1"));
        }
        Ok(Self { engine, module })
    }

    /// Names of the module's host calls and callbacks: what an allow-list is made of.
    #[must_use]
    pub fn capabilities(&self) -> BTreeSet<String> {
        let imports = self.module.imports().map(|import| import.name().to_owned());
        let exports = self
            .module
            .exports()
            .filter(|export| matches!(export.ty(), ExternType::Func(_)))
            .map(|export| export.name().to_owned());
        imports.chain(exports).collect()
    }

    /// Makes a VM and starts it, up to the plugin's first configuration.
    ///
    /// # Errors
    /// When the module imports what no host has, or traps while it starts.
    pub fn load(&self, options: Options) -> Result<Vm, HarnessError> {
        let state = State {
            memory: None,
            allocate: None,
            limits: StoreLimitsBuilder::new().memory_size(options.memory_bytes_max).build(),
            env: options.env.clone(),
            vm_configuration: options.vm_configuration.clone(),
            roots: BTreeMap::new(),
            streams: BTreeMap::new(),
            effective: 0,
            phase: Phase::Root,
            logs: Vec::new(),
            metrics: Vec::new(),
            root_properties: options.root_properties.clone(),
            shared: options.shared.clone(),
            write_bytes_max: options.write_bytes_max,
            clusters: options.clusters.clone(),
            http_calls: Vec::new(),
            http_calls_made: 0,
            http_answer: None,
            clock_nanos: options.clock_nanos,
            random: options.seed,
            calls: Vec::new(),
            restricted: BTreeSet::new(),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_fuel(options.fuel_per_callback)?;
        let mut linker = Linker::new(&self.engine);
        imports::link(&mut linker, &self.module, options.allow_list.as_ref())?;
        let instance = linker.instantiate(&mut store, &self.module)?;
        let memory = instance.get_memory(&mut store, "memory");
        let allocate = ["proxy_on_memory_allocate", "malloc"]
            .into_iter()
            .find_map(|name| instance.get_typed_func(&mut store, name).ok());
        store.data_mut().memory = memory;
        store.data_mut().allocate = allocate;
        let mut vm =
            Vm { store, instance, options, next_id: 1, root: 0, failed: None, last_fuel: 0 };
        vm.call_optional::<(), ()>("_initialize", ())?;
        Ok(vm)
    }
}

/// One VM with the plugin in it.
pub struct Vm {
    pub(crate) store: Store<State>,
    instance: Instance,
    pub(crate) options: Options,
    next_id: u32,
    /// The root of the newest configuration; 0 before the first.
    pub(crate) root: u32,
    pub(crate) failed: Option<String>,
    pub(crate) last_fuel: u64,
}

impl Vm {
    /// Gives the plugin the configuration of the options: a new root context.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn configure(&mut self) -> Result<bool, HarnessError> {
        let configuration = self.options.configuration.clone();
        self.reconfigure(configuration)
    }

    /// Gives the plugin another configuration. Open streams stay with the one they began under.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn reconfigure(&mut self, configuration: Vec<u8>) -> Result<bool, HarnessError> {
        let before = self.root;
        let root = self.fresh_id();
        let length = configuration.len() as u32;
        let vm_length = self.options.vm_configuration.len() as u32;
        self.store.data_mut().roots.insert(root, Root { configuration, ..Root::default() });
        self.enter(root, Phase::Root);
        self.call_optional::<(u32, u32), ()>("proxy_on_context_create", (root, 0))?;
        let started: Option<u32> = self.call_optional("proxy_on_vm_start", (root, vm_length))?;
        if started == Some(0) {
            return Ok(false);
        }
        let configured: Option<u32> = self.call_optional("proxy_on_configure", (root, length))?;
        if configured == Some(0) {
            return Ok(false);
        }
        self.root = root;
        if let Some(old) = self.store.data_mut().roots.get_mut(&before) {
            old.retired = true;
        }
        self.bury(before)?;
        Ok(true)
    }

    /// Lets every root that asked for it tick once; the clock moves on by its period.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn tick(&mut self) -> Result<(), HarnessError> {
        let due: Vec<(u32, u32)> = self
            .store
            .data()
            .roots
            .iter()
            .filter(|(_, root)| root.tick_millis > 0)
            .map(|(id, root)| (*id, root.tick_millis))
            .collect();
        for (root, millis) in due {
            self.advance_millis(u64::from(millis));
            self.enter(root, Phase::Root);
            self.call_optional::<u32, ()>("proxy_on_tick", root)?;
            self.carry_out_all();
        }
        Ok(())
    }

    /// The same of a host whose clock stands still.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn tick_standing(&mut self) -> Result<(), HarnessError> {
        let stands = self.store.data().clock_nanos;
        let ticked = self.tick();
        self.store.data_mut().clock_nanos = stands;
        ticked
    }

    /// Calls of other services that have no answer yet.
    #[must_use]
    pub fn http_calls(&self) -> &[HttpCall] {
        &self.store.data().http_calls
    }

    /// Tells the guest what came back of a call, once. One that nobody made is told of to nobody.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn answer_http_call(&mut self, token: u32, answer: HttpAnswer) -> Result<(), HarnessError> {
        let calls = &mut self.store.data_mut().http_calls;
        let Some(at) = calls.iter().position(|call| call.token == token) else { return Ok(()) };
        let root = calls.remove(at).root;
        let (count, size) = (answer.head.len() as u32, answer.body.len() as u32);
        self.store.data_mut().http_answer = Some(answer);
        self.enter(root, Phase::Root);
        let told = self.call_optional::<(u32, u32, u32, u32, u32), ()>(
            "proxy_on_http_call_response",
            (root, token, count, size, 0),
        );
        self.store.data_mut().http_answer = None;
        told?;
        self.carry_out_all();
        Ok(())
    }

    /// Sets the clock, back too.
    pub fn set_clock_nanos(&mut self, nanos: u64) {
        self.store.data_mut().clock_nanos = nanos;
    }

    /// Moves the clock on.
    pub fn advance_millis(&mut self, millis: u64) {
        let clock = &mut self.store.data_mut().clock_nanos;
        *clock = clock.saturating_add(millis.saturating_mul(1_000_000));
    }

    /// Every line that was logged, from the start.
    #[must_use]
    pub fn logs(&self) -> &[LogLine] {
        &self.store.data().logs
    }

    /// Every metric that was defined.
    #[must_use]
    pub fn metrics(&self) -> &[Metric] {
        &self.store.data().metrics
    }

    /// Host calls that were tried and not granted.
    #[must_use]
    pub fn restricted(&self) -> &BTreeSet<String> {
        &self.store.data().restricted
    }

    /// Fuel of the last call of the guest.
    #[must_use]
    pub fn fuel_of_last_call(&self) -> u64 {
        self.last_fuel
    }

    /// Memory of the guest, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.store.data().memory.map_or(0, |memory| memory.data_size(&self.store))
    }

    /// What the guest trapped with; such a VM serves nothing any more.
    #[must_use]
    pub fn trap(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Ends the plugin as a host does when it stops.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn shut_down(&mut self) -> Result<(), HarnessError> {
        let roots: Vec<u32> = self.store.data().roots.keys().copied().collect();
        for root in roots {
            if let Some(root) = self.store.data_mut().roots.get_mut(&root) {
                root.retired = true;
            }
            self.bury(root)?;
        }
        Ok(())
    }

    /// Ends a retired root after its last stream; if the guest says "not yet", when it says so.
    pub(crate) fn bury(&mut self, id: u32) -> Result<(), HarnessError> {
        let due = |root: &Root| root.retired && root.streams_open == 0;
        if !self.store.data().roots.get(&id).is_some_and(due) {
            return Ok(());
        }
        self.enter(id, Phase::Root);
        let done: Option<u32> = self.call_optional("proxy_on_done", id)?;
        let said = self.store.data().roots.get(&id).is_some_and(|root| root.done);
        if done == Some(0) && !said {
            return Ok(());
        }
        self.call_optional::<u32, ()>("proxy_on_delete", id)?;
        self.store.data_mut().roots.remove(&id);
        Ok(())
    }

    pub(crate) fn fresh_id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    pub(crate) fn enter(&mut self, context: u32, phase: Phase) {
        let state = self.store.data_mut();
        state.effective = context;
        state.phase = phase;
    }

    pub(crate) fn knows(&self, id: StreamId) -> bool {
        self.store.data().streams.contains_key(&id)
    }

    /// Calls an export, if there is one and it is granted. A trap ends the VM.
    pub(crate) fn call_optional<P: WasmParams, R: WasmResults>(
        &mut self,
        name: &str,
        parameters: P,
    ) -> Result<Option<R>, HarnessError> {
        if let Some(trap) = &self.failed {
            return Err(HarnessError::new(trap.clone()));
        }
        // A host lets a module start without asking the list.
        let listed = |list: &BTreeSet<String>| name == "_initialize" || list.contains(name);
        self.last_fuel = 0;
        self.store.data_mut().calls.clear();
        if !self.options.allow_list.as_ref().is_none_or(listed) {
            return Ok(None);
        }
        let Some(function) = self.instance.get_func(&mut self.store, name) else {
            return Ok(None);
        };
        let function = function.typed::<P, R>(&self.store)?;
        self.store.set_fuel(self.options.fuel_per_callback)?;
        let result = function.call(&mut self.store, parameters);
        self.last_fuel = self.options.fuel_per_callback - self.store.get_fuel()?;
        result.map(Some).map_err(|error| {
            let text = describe(&error);
            self.failed = Some(text.clone());
            HarnessError::new(text)
        })
    }
}
