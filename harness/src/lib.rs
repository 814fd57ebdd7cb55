//! Plays a proxy-wasm host for one module, deterministically.
//! Never looks inside the module: it is an opaque file.
