//! `cofferdam redact`: a file crosses a boundary on disk, under the rules that hold on the wire.
//! Writes nothing in place, and no file of which any part was blocked.

mod draft;
mod passage;

use super::{Ended, Ending, Failure, compile, files};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::model::{Delivery, ZoneId};
use cofferdam_engine::{Bundle, blob, environment};
use cofferdam_policy_compiler::report::printable;
use draft::Draft;
use passage::{Passage, Refused, Sink};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Types that are read, and the endings of names that say them.
const MEDIA: [(&str, &[&str]); 9] = [
    ("application/json", &["json", "geojson"]),
    ("application/x-ndjson", &["jsonl", "ndjson"]),
    ("application/x-www-form-urlencoded", &[]),
    ("text/csv", &["csv"]),
    ("text/event-stream", &[]),
    ("text/html", &["htm", "html"]),
    ("text/markdown", &["md"]),
    ("text/plain", &["log", "txt"]),
    ("text/tab-separated-values", &["tab", "tsv"]),
];

pub(super) fn command() -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    Command::new("redact")
        .about("Takes files over a boundary, as the bodies of requests")
        .arg(files::argument("policy", "POLICY", "Policy whose boundary it is"))
        .arg(option("from", "ZONE", "Zone that the files come from").required(true))
        .arg(option("to", "ZONE", "Zone that they are for").required(true))
        .arg(
            Arg::new("files")
                .value_name("FILES")
                .help("JSON, JSON lines, CSV, text or logs; `-` is stdin, and the default")
                .value_parser(clap::value_parser!(PathBuf))
                .action(ArgAction::Append),
        )
        .arg(
            option("output", "FILE", "File to write, or folder where there are several")
                .short('o')
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(
            option("media", "TYPE", "Type of the files, where their names do not say it")
                .value_parser(MEDIA.map(|(media, _)| media)),
        )
        .arg(
            option("request", "REQUEST", "Method and path, where the boundary asks for them")
                .default_value("POST /"),
        )
        .after_help(
            "Keys for tokens are in COFFERDAM_KEY_<NAME>, as for the filter. \
             Without --output, what a rule may block is held in memory, up to the policy's \
             `limits.inspect`. Exits with 0, or with 1 when a file may not cross.",
        )
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let inputs: Vec<PathBuf> = matches.get_many("files").into_iter().flatten().cloned().collect();
    let inputs = if inputs.is_empty() { vec![PathBuf::from("-")] } else { inputs };
    let output = matches.get_one::<PathBuf>("output");
    let targets = targets(&inputs, output.map(PathBuf::as_path))?;
    let compiled = compile::compiled_file(files::path(matches, "policy")?)?;
    let bundle = Bundle::parse(compiled.blob).map_err(|error| refused(&error.to_string()))?;
    let ends = (zone(&bundle, matches, "from")?, zone(&bundle, matches, "to")?);
    if ends.0 == ends.1 {
        let why = "error: --from and --to are one zone, in which nothing is inspected";
        return Err(Failure::misuse(why));
    }
    // A file that is blocked later never appears, however long it is: no need to hold it.
    let bundle = if output.is_some() { streaming(&bundle)? } else { bundle };
    let variables = std::env::vars_os()
        .map(|(name, value)| [name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat());
    let read = environment::read(&variables.collect::<Vec<_>>());
    let missing = environment::missing(&read.settings, bundle.tables());
    let mut talk: Vec<_> =
        read.warnings.iter().chain(&missing).map(|line| format!("warning: {line}")).collect();
    let request = matches.get_one::<String>("request").map_or("", String::as_str);
    let (method, path) = request.split_once(' ').ok_or_else(|| {
        Failure::misuse("error: --request is a method and a path, such as `POST /v1/orders`")
    })?;
    let (bundle, settings) = (Rc::new(bundle), Rc::new(read.settings));
    for (input, target) in inputs.iter().zip(&targets) {
        let media = matches.get_one::<String>("media").map(String::as_str);
        let media = media.or_else(|| media_of(input));
        let passage = Passage { bundle: &bundle, settings: &settings, ends, method, path, media };
        match one(&passage, input, target.as_deref()) {
            Ok(line) => talk.push(line),
            Err(Failure(mut ending)) => {
                talk.push(ending.talk);
                ending.talk = talk.join("\n");
                return Err(Failure(ending));
            }
        }
    }
    Ok(Ending::done("", talk.join("\n")))
}

/// Takes one file over; says what was done to it.
fn one(passage: &Passage<'_>, input: &Path, target: Option<&Path>) -> Result<String, Failure> {
    let name = files::name(input);
    let reads = |error: io::Error| Failure::misuse(format!("error: {name}: {error}"));
    passage.check().map_err(|refused| told(&name, &refused))?;
    let mut reader: Box<dyn Read> = match input.as_os_str() == "-" {
        true => Box::new(io::stdin()),
        false => Box::new(fs::File::open(input).map_err(reads)?),
    };
    let summary = match target {
        None => {
            let mut stdout = io::stdout().lock();
            passage.run(&mut reader, &mut stdout).map_err(|refused| told(&name, &refused))?
        }
        Some(target) => {
            let writes = |error: io::Error| {
                Failure::misuse(format!("error: {}: {error}", files::name(target)))
            };
            let mut draft = Draft::new(target).map_err(writes)?;
            let sink: &mut Sink = &mut draft;
            let summary =
                passage.run(&mut reader, sink).map_err(|refused| told(&name, &refused))?;
            draft.keep().map_err(writes)?;
            summary
        }
    };
    Ok(format!("{name}: {summary}"))
}

fn told(name: &str, refused: &Refused) -> Failure {
    match refused {
        Refused::Rules(why) => Failure::refused(format!("error: {name}: {why}")),
        Refused::Device(error) => Failure::misuse(format!("error: {name}: {error}")),
    }
}

/// Where each input goes; none is stdout.
fn targets(inputs: &[PathBuf], output: Option<&Path>) -> Result<Vec<Option<PathBuf>>, Failure> {
    let folder = output.is_some_and(Path::is_dir);
    if inputs.len() > 1 && !folder {
        return Err(Failure::misuse("error: several files need a folder as --output"));
    }
    let Some(output) = output else { return Ok(vec![None]) };
    let mut targets: Vec<Option<PathBuf>> = Vec::new();
    for input in inputs {
        let fail = |why: &str| Failure::misuse(format!("error: {}: {why}", files::name(input)));
        let name = input.file_name().filter(|_| input.as_os_str() != "-");
        let target = match (folder, name) {
            (false, _) => output.to_owned(),
            (true, Some(name)) => output.join(name),
            (true, None) => return Err(fail("it has no name to have in a folder")),
        };
        if targets.iter().flatten().any(|other| *other == target) {
            return Err(fail("another file of that name goes into the same folder"));
        }
        let same = |one: &Path| one.canonicalize().ok();
        if same(&target).is_some_and(|target| same(input) == Some(target)) {
            return Err(fail("it would be overwritten by its own copy"));
        }
        targets.push(Some(target));
    }
    Ok(targets)
}

fn zone(bundle: &Bundle, matches: &ArgMatches, id: &str) -> Result<ZoneId, Failure> {
    let wanted = matches.get_one::<String>(id).map_or("", String::as_str);
    let zones = &bundle.tables().zones;
    let at = zones.iter().position(|zone| zone.name == *wanted);
    at.and_then(|at| u16::try_from(at).ok()).map(ZoneId).ok_or_else(|| {
        let known: Vec<_> = zones.iter().map(|zone| printable(&zone.name)).collect();
        let (wanted, known) = (printable(wanted), known.join(", "));
        Failure::misuse(format!("error: --{id} `{wanted}` is no zone of the policy: {known}"))
    })
}

/// The same policy, with nothing held back for the sake of a verdict.
fn streaming(bundle: &Bundle) -> Result<Bundle, Failure> {
    let mut tables = bundle.tables().clone();
    for boundary in &mut tables.boundaries {
        boundary.request.delivery = Delivery::Stream;
    }
    let blob = bundle.blob();
    let automata: Vec<_> = (0..blob.automata_len()).filter_map(|n| blob.automaton(n)).collect();
    let automata: Vec<_> = automata.into_iter().map(<[u8]>::to_vec).collect();
    let sealed = blob::seal(&tables, &automata).map_err(|error| refused(&error.to_string()))?;
    Bundle::parse(sealed).map_err(|error| refused(&error.to_string()))
}

fn refused(why: &str) -> Failure {
    Failure::refused(format!("error: {why}"))
}

fn media_of(input: &Path) -> Option<&'static str> {
    let ending = input.extension()?.to_str()?.to_ascii_lowercase();
    let found = MEDIA.iter().find(|(_, endings)| endings.contains(&ending.as_str()));
    found.map(|(media, _)| *media)
}
