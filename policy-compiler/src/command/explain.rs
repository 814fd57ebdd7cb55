//! `cofferdam explain`: what a policy makes of one message, and why.

use super::{Ended, Ending, Failure, files, screen};
use clap::{Arg, ArgAction, ArgMatches, Command};
use cofferdam_engine::model::TlsVersion;
use cofferdam_policy_compiler::Connection;
use cofferdam_policy_compiler::why::{self, Message};
use std::io::Read as _;
use std::path::PathBuf;

/// A body that a person asks about is no longer.
const BODY_BYTES_MAX: u64 = 16 * 1024 * 1024;

pub(super) fn command() -> Command {
    let option = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    Command::new("explain")
        .about("Says what a policy makes of one message, and why")
        .arg(files::argument("policy", "POLICY", "Policy that is asked"))
        .arg(option("from", "ZONE", "Zone that the request comes from").required(true))
        .arg(option("to", "ZONE", "Zone that it is for").required(true))
        .arg(option("request", "REQUEST", "Method and path: `POST /v1/x`").required(true))
        .arg(
            option("response", "STATUS", "Asks about the reply to that request")
                .value_parser(clap::value_parser!(u16).range(200..600)),
        )
        .arg(option("media", "TYPE", "Type of the body"))
        .arg(option("header", "'NAME: VALUE'", "A header of the message").action(ArgAction::Append))
        .arg(
            option("body", "FILE", "The body; `-` is stdin")
                .value_parser(clap::value_parser!(PathBuf)),
        )
        .arg(option("text", "TEXT", "The body, as it stands here").conflicts_with("body"))
        .arg(
            option("mtls", "true|false", "Whether both ends of its connection show a certificate")
                .value_parser(clap::value_parser!(bool)),
        )
        .arg(
            option("tls", "VERSION", "TLS of its connection: `none`, or `1.0` to `1.3`")
                .value_parser(tls),
        )
        .after_help("Shows categories and places, never what was found. Exits with 0.")
}

pub(super) fn run(matches: &ArgMatches) -> Ended {
    let message = message(matches)?;
    let source = files::policy(files::path(matches, "policy")?)?;
    let answer = why::explain(&source, &message)
        .map_err(|diagnostics| screen::refused(&source, &diagnostics))?;
    let answer = answer.map_err(|why| Failure::misuse(format!("error: {why}")))?;
    Ok(Ending::done(why::text(&answer), ""))
}

fn message(matches: &ArgMatches) -> Result<Message, Failure> {
    let text = |id: &str| matches.get_one::<String>(id).cloned();
    let request = text("request").unwrap_or_default();
    let Some((method, path)) = request.split_once(' ').filter(|(_, path)| path.starts_with('/'))
    else {
        let why = "error: --request takes method and path: `--request 'POST /v1/x'`";
        return Err(Failure::misuse(why));
    };
    let mut headers = Vec::new();
    for header in matches.get_many::<String>("header").into_iter().flatten() {
        let parted = header.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
        let token = |name: &str| {
            let sign = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            !name.is_empty() && name.bytes().all(sign)
        };
        let Some((name, value)) = parted.filter(|(name, _)| token(name)) else {
            let why = "error: --header takes name and value: `--header 'x-tag: blue'`";
            return Err(Failure::misuse(why));
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let body = match (text("text"), matches.get_one::<PathBuf>("body")) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(path)) if path.as_os_str() == "-" => stdin()?,
        (None, Some(path)) => files::read(path)?,
        (None, None) => Vec::new(),
    };
    if u64::try_from(body.len()).is_ok_and(|length| length > BODY_BYTES_MAX) {
        return Err(Failure::misuse("error: the body is longer than 16 MiB"));
    }
    Ok(Message {
        from: text("from").unwrap_or_default(),
        to: text("to").unwrap_or_default(),
        method: method.to_owned(),
        path: path.to_owned(),
        response: matches.get_one::<u16>("response").copied(),
        media: text("media"),
        headers,
        body,
        connection: connection(matches)?,
    })
}

fn connection(matches: &ArgMatches) -> Result<Connection, Failure> {
    let connection = Connection {
        mtls: matches.get_one::<bool>("mtls").copied(),
        tls: matches.get_one::<Option<TlsVersion>>("tls").copied(),
    };
    match connection.contradicts_itself() {
        true => Err(Failure::misuse("error: without TLS nobody shows a certificate")),
        false => Ok(connection),
    }
}

fn tls(word: &str) -> Result<Option<TlsVersion>, String> {
    Connection::version(word).ok_or_else(|| "write `none`, `1.0`, `1.1`, `1.2` or `1.3`".to_owned())
}

fn stdin() -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let read = std::io::stdin().lock().take(BODY_BYTES_MAX + 1).read_to_end(&mut body);
    read.map_err(|error| Failure::misuse(format!("error: stdin cannot be read: {error}")))?;
    Ok(body)
}
