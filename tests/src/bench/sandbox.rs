//! The module of a benchmark in wasmtime: bytes go in through linear memory, numbers come out.
//! Gives the module nothing of a host but a seed for its hash maps: whatever else it calls has gone
//! wrong.

use super::lane::Scanned;
use anyhow::{Context as _, Error, Result, anyhow, ensure};
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;
use wasmtime::{Config, Engine, Instance, Linker, Memory, Module, Store, TypedFunc};

pub(super) struct Sandbox {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
    push: TypedFunc<(u32, u32), ()>,
    name: String,
    data: Vec<u8>,
    chunk: usize,
    text: Vec<u8>,
    room: usize,
}

impl Sandbox {
    pub(super) fn new(module: &Path, name: &str, data: &[u8], chunk: usize) -> Result<Self> {
        let engine = Engine::new(&Config::new()).map_err(told)?;
        let module = Module::from_file(&engine, module).map_err(told)?;
        let mut linker: Linker<()> = Linker::new(&engine);
        let seed = |_: u32, _: u32| 0_u32;
        linker.func_wrap("wasi_snapshot_preview1", "random_get", seed).map_err(told)?;
        linker.define_unknown_imports_as_traps(&module).map_err(told)?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).map_err(told)?;
        if let Ok(begin) = instance.get_typed_func::<(), ()>(&mut store, "_initialize") {
            begin.call(&mut store, ()).map_err(told)?;
        }
        let memory = instance.get_memory(&mut store, "memory").context("no memory")?;
        let push = instance.get_typed_func(&mut store, "push").map_err(told)?;
        let mut sandbox = Self {
            store,
            instance,
            memory,
            push,
            name: name.to_owned(),
            data: data.to_owned(),
            chunk,
            text: Vec::new(),
            room: 0,
        };
        sandbox.load(1)?;
        Ok(sandbox)
    }

    pub(super) fn load(&mut self, times: usize) -> Result<u64> {
        let name = self.name.clone();
        let data = self.data.clone();
        let room = self.make_room(name.len() + data.len())?;
        let load =
            self.instance.get_typed_func::<u32, u32>(&mut self.store, "load_room").map_err(told)?;
        let mut least = u64::MAX;
        for _ in 0..times {
            self.memory.write(&mut self.store, room, name.as_bytes())?;
            self.memory.write(&mut self.store, room + name.len(), &data)?;
            let begun = computed();
            let done = load.call(&mut self.store, u32::try_from(name.len())?);
            least = least.min(computed() - begun);
            ensure!(done.map_err(told)? == 1, "`{name}` was not loaded");
        }
        self.cut()?;
        Ok(least)
    }

    pub(super) fn text(&mut self, path: &Path, bytes: usize) -> Result<()> {
        self.text = std::fs::read(path)?;
        self.text.truncate(bytes);
        self.cut()
    }

    pub(super) fn scan(&mut self) -> Result<Scanned> {
        let text = std::mem::take(&mut self.text);
        let size = self.size(text.len());
        let begun = computed();
        self.call::<()>("begin")?;
        let mut chunks = text.chunks(size).peekable();
        while let Some(chunk) = chunks.next() {
            self.memory.write(&mut self.store, self.room, chunk)?;
            let end = u32::from(chunks.peek().is_none());
            let length = u32::try_from(chunk.len())?;
            self.push.call(&mut self.store, (length, end)).map_err(told)?;
        }
        let nanos = computed() - begun;
        self.text = text;
        Ok(Scanned { nanos, count: self.call("count")?, places: self.call("places")? })
    }

    fn size(&self, bytes: usize) -> usize {
        if self.chunk == 0 { bytes.max(1) } else { self.chunk }
    }

    fn cut(&mut self) -> Result<()> {
        self.room = self.make_room(self.size(self.text.len()).min(self.text.len().max(1)))?;
        Ok(())
    }

    fn make_room(&mut self, bytes: usize) -> Result<usize> {
        let room =
            self.instance.get_typed_func::<u32, u32>(&mut self.store, "room").map_err(told)?;
        let at = room.call(&mut self.store, u32::try_from(bytes)?).map_err(told)?;
        Ok(usize::try_from(at)?)
    }

    fn call<T: wasmtime::WasmResults>(&mut self, name: &str) -> Result<T> {
        let function =
            self.instance.get_typed_func::<(), T>(&mut self.store, name).map_err(told)?;
        function.call(&mut self.store, ()).map_err(told)
    }
}

/// Nanoseconds that this thread has computed.
fn computed() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let part = |value: i64| u64::try_from(value).unwrap_or(0);
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

/// Wasmtime has errors of its own kind.
fn told(error: wasmtime::Error) -> Error {
    anyhow!("{error:?}")
}
