//! Sends one file through the engine as the body of a request, and writes what comes out.
//! Writes only what the engine lets on, and after a block nothing.

use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Headers, Step};
use cofferdam_engine::model::ZoneId;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::Reason;
use cofferdam_policy_compiler::report::printable;
use std::io::{self, Read, Write};
use std::rc::Rc;

const CHUNK_BYTES: usize = 64 * 1024;
const CROSSING: [u8; 16] = *b"cofferdam redact";

/// Where what comes out goes.
pub(super) type Sink = dyn Write;

/// Why a file did not get over.
pub(super) enum Refused {
    /// The policy says so.
    Rules(String),
    /// It cannot be read, or what comes out cannot be written.
    Device(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Device(error)
    }
}

/// How files cross.
pub(super) struct Passage<'p> {
    pub(super) bundle: &'p Rc<Bundle>,
    pub(super) settings: &'p Rc<Settings>,
    pub(super) ends: (ZoneId, ZoneId),
    pub(super) method: &'p str,
    pub(super) path: &'p str,
    /// None where the first bytes are to tell.
    pub(super) media: Option<&'p str>,
}

impl Passage<'_> {
    /// Whether a boundary takes such a file, and does something to it.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let mut exchange = self.exchange();
        self.begin(&mut exchange)?;
        match entry(&mut exchange) {
            Some(entry) if entry.mode == "enforce" => Ok(()),
            _ => {
                let why = "the boundary only observes, and would replace nothing";
                Err(Refused::Rules(why.to_owned()))
            }
        }
    }

    /// Takes a file over, and says what was done to it.
    pub(super) fn run(&self, input: &mut dyn Read, output: &mut Sink) -> Result<String, Refused> {
        let mut exchange = self.exchange();
        self.begin(&mut exchange)?;
        let (mut chunk, mut stashed, mut out) = (vec![0; CHUNK_BYTES], Vec::new(), Vec::new());
        loop {
            let read = match input.read(&mut chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let bytes = chunk.get(..read).unwrap_or_default();
            out.clear();
            match exchange.request_body(bytes, read == 0, &mut out) {
                Step::Stash => stashed.append(&mut out),
                Step::Release => {
                    output.write_all(&stashed)?;
                    stashed.clear();
                    output.write_all(&out)?;
                }
                Step::Close(_) => {
                    output.write_all(&stashed)?;
                    output.write_all(&out)?;
                    output.flush()?;
                    return Ok(summary(&mut exchange));
                }
                Step::Block(refusal) => {
                    let done = summary(&mut exchange);
                    let help = match refusal.reason {
                        Reason::Oversize => "; with --output it need not be held in memory",
                        _ => "",
                    };
                    return Err(Refused::Rules(format!("{done}: {}{help}", refusal.reason)));
                }
            }
        }
    }

    fn exchange(&self) -> Exchange {
        let (bundle, settings) = (Rc::clone(self.bundle), Rc::clone(self.settings));
        let (from, to) = self.ends;
        Exchange::new(bundle, settings, CROSSING, 0).with_zones(from, to)
    }

    /// The request's head.
    fn begin(&self, exchange: &mut Exchange) -> Result<(), Refused> {
        let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
        let mut head: Headers = vec![
            pair(":method", self.method),
            pair(":scheme", "https"),
            pair(":authority", "localhost"),
            pair(":path", self.path),
        ];
        head.extend(self.media.map(|media| pair("content-type", media)));
        match exchange.request_head(&Ends::default(), &head, false) {
            HeadStep::Forward(_, BodyPlan::Inspect) | HeadStep::Hold(_) => Ok(()),
            HeadStep::Forward(_, BodyPlan::Ignore) => {
                let why = "the policy only observes, and would replace nothing";
                Err(Refused::Rules(why.to_owned()))
            }
            HeadStep::Block(refusal) => Err(Refused::Rules(self.refusal(refusal.reason))),
        }
    }

    fn refusal(&self, reason: Reason) -> String {
        let zones = &self.bundle.tables().zones;
        let zone = |id: ZoneId| zones.get(id.index()).map_or("?", |zone| &zone.name);
        let (from, to) = (zone(self.ends.0), zone(self.ends.1));
        let media = self.media.unwrap_or("no type");
        let request = printable(&format!("{} {}", self.method, self.path));
        match reason {
            Reason::NoBoundary => {
                format!("no boundary leads from `{from}` to `{to}`, so nothing crosses")
            }
            Reason::NotPermitted => format!(
                "no boundary from `{from}` to `{to}` permits `{request}` with {media}; \
                 name what it permits with --request and --media"
            ),
            other => format!("`{request}` with {media} is refused: {other}"),
        }
    }
}

/// What was done, from the crossing's entry.
fn summary(exchange: &mut Exchange) -> String {
    let Some(entry) = entry(exchange) else { return "nothing is known of it".to_owned() };
    let count = |(category, action, count): &(String, &str, u64)| {
        printable(&format!("{category} {action} {count}"))
    };
    let found: Vec<_> = entry.findings.iter().map(count).collect();
    let found = if found.is_empty() { "no findings".to_owned() } else { found.join(", ") };
    format!("{}, {} bytes in, {found}", entry.verdict, entry.bytes_in)
}

fn entry(exchange: &mut Exchange) -> Option<Entry> {
    exchange.close(0).into_iter().find(|entry| entry.message == "request")
}
