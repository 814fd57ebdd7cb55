//! What the system tells a command that runs until somebody ends it: that it is to end, and how
//! large the screen is.

use cofferdam_policy_compiler::trial::Size;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::env;
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A screen that does not say how large it is.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// Whether somebody wants the command to end.
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on, Ctrl-C and the like are noted, and end nothing by themselves.
    pub(super) fn new() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let mut signals = vec![SIGINT, SIGTERM];
        #[cfg(unix)]
        signals.push(signal_hook::consts::SIGHUP);
        for signal in signals {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Self(flag))
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How large the screen is now.
pub(super) fn screen() -> Size {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout())
        && size.ws_col > 0
        && size.ws_row > 0
    {
        return Size { columns: size.ws_col.into(), rows: size.ws_row.into() };
    }
    USUAL
}

/// A program that Ctrl-C does not reach, and that the system ends when this process is gone,
/// however it went, where the system can.
pub(super) fn companion(program: &std::path::Path) -> Command {
    let path = env::var_os("PATH").unwrap_or_default();
    let can_die_with_us = env::split_paths(&path).any(|folder| folder.join("setpriv").is_file());
    let mut command = match can_die_with_us {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", "--"]).arg(program);
            command
        }
        false => Command::new(program),
    };
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}
