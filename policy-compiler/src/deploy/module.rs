//! Reads from a module what it calls and what may be called of it.
//! A callback that is missing from Envoy's list is silently never called, so the list comes from
//! the module itself and is never written by hand.

use std::collections::BTreeSet;
use std::fmt;
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// Callbacks without which a message would pass unseen.
const NEEDED: &[&str] = &[
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_request_headers",
    "proxy_on_request_body",
    "proxy_on_request_trailers",
    "proxy_on_response_headers",
    "proxy_on_response_body",
    "proxy_on_response_trailers",
    "proxy_on_log",
];

/// Why a file is no module for a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleError {
    kind: ModuleErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ModuleErrorKind {
    Unreadable,
    Missing(&'static str),
}

impl From<ModuleErrorKind> for ModuleError {
    fn from(kind: ModuleErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ModuleErrorKind::Unreadable => f.write_str("not a WebAssembly module"),
            ModuleErrorKind::Missing(callback) => {
                write!(f, "module does not have the callback `{callback}`")
            }
        }
    }
}

impl std::error::Error for ModuleError {}

/// Every function that the module imports, and every callback that it exports, sorted.
///
/// # Errors
/// When the bytes are no module, or one that lacks a callback without which data would pass.
pub fn capabilities(module: &[u8]) -> Result<Vec<String>, ModuleError> {
    let names = functions(module).ok_or(ModuleErrorKind::Unreadable)?;
    match NEEDED.iter().find(|needed| !names.contains(**needed)) {
        Some(missing) => Err(ModuleErrorKind::Missing(missing).into()),
        None => Ok(names.into_iter().collect()),
    }
}

/// Whether a module of the filter takes bundles only. A build for trials remembers nothing, and so
/// asks its host for nothing that is shared.
#[must_use]
pub fn takes_bundles(module: &[u8]) -> bool {
    functions(module).is_some_and(|names| names.contains("proxy_get_shared_data"))
}

fn functions(module: &[u8]) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.ok()?;
                    if matches!(import.ty, TypeRef::Func(_)) {
                        names.insert(import.name.to_owned());
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    // Memory management and start-up are called whether listed or not.
                    let callback = export.name.starts_with("proxy_on_")
                        && export.name != "proxy_on_memory_allocate";
                    if export.kind == ExternalKind::Func && callback {
                        names.insert(export.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_refused() {
        let unreadable = ModuleError::from(ModuleErrorKind::Unreadable);
        assert_eq!(capabilities(b""), Err(unreadable.clone()));
        assert_eq!(capabilities(b"#!/bin/sh\n"), Err(unreadable));
    }

    #[test]
    fn a_module_without_callbacks_is_refused() {
        let empty = b"\0asm\x01\0\0\0";
        let missing = ModuleErrorKind::Missing("proxy_on_configure");
        assert_eq!(capabilities(empty), Err(missing.into()));
    }
}
