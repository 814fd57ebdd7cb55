//! `cofferdam check-host`: refuses a host's configuration that lets data pass by the filter.

use super::{Ended, Failure, compile, files, screen};
use clap::{ArgAction, ArgMatches, Command};
use cofferdam_policy_compiler::diagnostic::{Diagnostics, Source};
use cofferdam_policy_compiler::host::{Config, Given};
use std::path::{Path, PathBuf};

pub(super) fn command() -> Command {
    Command::new("check-host")
        .about("Refuses a host's configuration that lets data pass by the filter")
        .arg(
            files::argument(
                "config",
                "CONFIG",
                "Bootstrap, config_dump, files that they name, manifests of Istio",
            )
            .action(ArgAction::Append),
        )
        .arg(
            files::argument("policy", "POLICY", "The policy, where it is not in the configuration")
                .long("policy")
                .required(false),
        )
        .arg(
            files::argument("wasm", "FILE", "The filter's module, where it lies elsewhere here")
                .long("wasm")
                .required(false),
        )
        .arg(screen::format())
        .after_help("Exits with 0 when nothing passes by the filter, 1 when something does.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let paths = matches.get_many::<PathBuf>("config").into_iter().flatten();
    let sources = paths.map(|path| source(path)).collect::<Result<Vec<_>, _>>()?;
    let config = Config::read(&sources);
    let policy = matches.get_one::<PathBuf>("policy");
    let compiled = policy.map(|path| compile::compiled_file(path)).transpose()?;
    let module = match matches.get_one::<PathBuf>("wasm") {
        Some(path) => Some(files::read(path)?),
        // Where it is not on this machine, that is told with the list that it is compared with.
        None => config.module_path().and_then(|path| files::read(Path::new(&path)).ok()),
    };
    let given = Given {
        tables: compiled.as_ref().map(|compiled| &compiled.tables),
        module: module.as_deref(),
    };
    let found = config.check(given);
    let reports: Vec<(Source, Diagnostics)> = sources.into_iter().zip(found).collect();
    Ok(screen::told(matches, &reports))
}

fn source(path: &Path) -> Result<Source, Failure> {
    let refused = |why: &str| Failure::refused(format!("error: {}: {why}", files::name(path)));
    let text = String::from_utf8(files::read(path)?);
    let text = text.map_err(|_| refused("this is no UTF-8 text, and no host's configuration"))?;
    Ok(Source::new(&path.to_string_lossy(), &text))
}
