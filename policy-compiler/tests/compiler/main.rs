//! What the compiler makes of policies, as a person and a host see it.

mod blob;
mod by_field;
mod cells;
mod ci;
mod codes;
mod command;
mod controls;
mod deploy;
mod diagnostics;
mod diff;
mod discover;
mod drill;
mod evaluate;
mod example;
mod explain;
mod format;
mod init;
mod map;
mod monitor;
mod policies;
mod process;
mod redact;
mod scan;
mod schema;
mod trial;
mod untested;
