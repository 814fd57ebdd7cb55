//! The `cofferdam` command: parses arguments, calls the library, prints.
//! Data goes to stdout, talk to stderr. Exit status: 0 done, 1 refused or found, 2 used wrongly.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
