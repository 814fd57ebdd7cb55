//! `cargo xtask test monitoring`: what Prometheus itself makes of the alerts that are checked in, and
//! whether each fires on what it is for.
//! That these are what `cofferdam monitor` writes today, the compiler's own tests tell.

use crate::failure::Failure;
use crate::{setup, shell};
use std::process::Command;

const RULES: &str = "rules.yml";
const TESTS: &[&str] = &["alerts-test.yml", "reviews-test.yml"];

/// How many checks passed and failed.
pub(crate) fn test() -> Result<(u64, u64), Failure> {
    let promtool = setup::promtool()?;
    let folder = shell::root().join("envoy").join("monitoring");
    let checks = [["check", "rules", RULES]].into_iter();
    let checks = checks.chain(TESTS.iter().map(|file| ["test", "rules", file]));
    let (mut passed, mut failed) = (0, 0);
    for arguments in checks {
        let mut command = Command::new(&promtool);
        match shell::run(command.args(arguments).current_dir(&folder)) {
            Ok(_) => passed += 1,
            Err(failure) => {
                shell::say(&failure.to_string());
                failed += 1;
            }
        }
    }
    Ok((passed, failed))
}
