//! The filter's module in another process, `cofferdam-harness`, so that nobody who builds this
//! command builds wasmtime. Lines of JSON go to and fro; see `harness/src/bin`.

use super::super::{Failure, files};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::ends::{Direction, Ends};
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::model::TlsVersion;
use cofferdam_engine::trust::Time;
use cofferdam_policy_compiler::cases::{Came, Host, Loaded, Sent};
use cofferdam_policy_compiler::deploy;
use cofferdam_policy_compiler::throwaway::Throwaway;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, io};

const NAME: &str = "cofferdam-harness";
/// What the filter must set for the guard behind it to let a request pass; see `deploy`.
const GUARD: (&str, &str) = ("wasm.cofferdam.guard", "ok");

/// What time it is in the other process.
const NOW: Time = Time(1_800_000_000);

/// The other process.
pub(super) struct Harness {
    module: String,
    /// Who signs what the module is given; nobody for a build that asks nobody.
    people: Option<Throwaway>,
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Harness {
    /// Starts it; it stands beside this command, or on the path.
    pub(super) fn start(module: &Path) -> Result<Self, Failure> {
        let shown = module.display();
        if !module.is_file() {
            return Err(Failure::misuse(format!("error: no file `{shown}`")));
        }
        let beside = env::current_exe().ok().map(|command| command.with_file_name(NAME));
        let program = beside.filter(|file| file.is_file()).unwrap_or_else(|| PathBuf::from(NAME));
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            Failure::misuse(format!(
                "error: `{NAME}` does not run: {error}\nhelp: it runs the module, in wasmtime, and \
                 is to be beside `cofferdam` or on the path: `cargo xtask dist --harness` builds it"
            ))
        })?;
        let pipes = (child.stdin.take(), child.stdout.take());
        let (Some(questions), Some(answers)) = pipes else {
            return Err(Failure::misuse(format!("error: `{NAME}` has no pipes")));
        };
        let answers = BufReader::new(answers);
        let bytes = files::read(module)?;
        let people =
            deploy::takes_bundles(&bytes).then(|| Throwaway::new([0; 32], NOW, Digest::of(&bytes)));
        let module = module.to_str().map(str::to_owned);
        let module = module.ok_or_else(|| Failure::misuse("error: the path is no UTF-8"))?;
        Ok(Self { module, people, child, questions: Some(questions), answers })
    }

    fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let mut answer = String::new();
        let mut talk = || -> io::Result<()> {
            let questions = self.questions.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
            writeln!(questions, "{question}")?;
            questions.flush()?;
            self.answers.read_line(&mut answer).map(|_| ())
        };
        talk().map_err(|error| format!("`{NAME}` is gone: {error}"))?;
        let answer: Value = serde_json::from_str(&answer)
            .map_err(|_| format!("`{NAME}` says nothing that is understood"))?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        // It ends when nobody asks any more.
        self.questions = None;
        let _ = self.child.wait();
    }
}

impl Host for Harness {
    fn load(&mut self, loaded: &Loaded<'_>) -> Result<(), String> {
        let mut environment = loaded.environment.to_vec();
        let configuration = match &self.people {
            None => loaded.blob.to_vec(),
            Some(people) => {
                environment.extend(people.environment());
                people.bundle(loaded.blob).map_err(|reason| reason.to_string())?
            }
        };
        let question = json!({
            "load": {
                "module": self.module,
                "policy": hex(&configuration),
                "environment": environment,
                "guard": GUARD,
            },
        });
        self.ask(&question).map(|_| ())
    }

    fn send(&mut self, sent: &Sent<'_>) -> Result<Came, String> {
        let subject = message(sent);
        let question = match sent.asked {
            None => {
                let reply: Headers = vec![(b":status".to_vec(), b"204".to_vec())];
                json!({ "request": subject, "response": { "head": lines(&reply), "chunks": [] } })
            }
            Some(asked) => {
                json!({ "request": { "head": lines(asked), "chunks": [] }, "response": subject })
            }
        };
        let mut question = json!({ "send": question });
        let (early, late) = properties(sent.ends);
        question["send"]["properties"] = json!(early);
        question["send"]["response_properties"] = json!(late);
        let answer = self.ask(&question)?;
        let received = &answer[if sent.asked.is_none() { "upstream" } else { "client" }];
        let logs = answer["logs"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let entry = |line: &str| {
            let (_, entry) = line.split_once("cofferdam: {")?;
            Some(format!("{{{entry}"))
        };
        Ok(Came {
            entries: logs.filter_map(entry).collect(),
            headers: headers(&received["head"])?,
            body: bytes(&received["body"])?,
            trailers: headers(&received["trailers"])?,
        })
    }
}

fn message(sent: &Sent<'_>) -> Value {
    let ends = sent.cuts.iter().copied().chain([sent.body.len()]);
    let mut start = 0;
    let mut chunks = Vec::new();
    for end in ends.filter(|_| !sent.body.is_empty()) {
        chunks.push(hex(sent.body.get(start..end).unwrap_or_default()));
        start = end;
    }
    json!({ "head": lines(sent.head), "chunks": chunks })
}

type Properties = Vec<(&'static str, String)>;

/// What a host answers for these ends, at once and from the reply's head on.
fn properties(ends: &Ends) -> (Properties, Properties) {
    let mut early: Properties = Vec::new();
    let number = |number: u64| number.to_le_bytes().to_vec();
    let mut set = |name, value: Option<Vec<u8>>| {
        early.extend(value.map(|value| (name, hex(&value))));
    };
    let text = |value: &Option<String>| value.clone().map(String::into_bytes);
    set("connection.mtls", Some(vec![u8::from(ends.peer_certificate)]));
    set("connection.tls_version", ends.peer_tls.map(|version| tls(version).into_bytes()));
    let uris = (!ends.peer_uris.is_empty()).then(|| ends.peer_uris.join(",").into_bytes());
    set("connection.uri_san_peer_certificate", uris.clone());
    set("filter_state.cofferdam.peer_uris", uris);
    let source = ends.source.as_ref().map(|source| match source.contains(':') {
        true => format!("[{source}]:40000").into_bytes(),
        false => format!("{source}:40000").into_bytes(),
    });
    set("source.address", source);
    set("source.port", Some(number(40000)));
    set("destination.port", ends.listener_port.map(|port| number(port.into())));
    set("xds.cluster_name", text(&ends.cluster));
    set("xds.route_name", text(&ends.route));
    set("xds.virtual_host_name", text(&ends.virtual_host));
    set("xds.node.id", text(&ends.node_id));
    set("xds.node.cluster", text(&ends.node_cluster));
    let direction = match ends.direction {
        Direction::Gateway => 0,
        Direction::Inbound => 1,
        Direction::Outbound => 2,
    };
    set("xds.listener_direction", Some(number(direction)));
    let mut late = vec![("upstream.address", hex(b"127.0.0.1:9"))];
    if let Some(version) = ends.upstream_tls {
        late.push(("upstream.tls_version", hex(tls(version).as_bytes())));
        late.push(("upstream.sha256_peer_certificate_digest", hex("7".repeat(64).as_bytes())));
        if ends.upstream_mutual {
            late.push(("upstream.subject_local_certificate", hex(b"CN=host")));
        }
    }
    (early, late)
}

/// A version as hosts tell it.
fn tls(version: TlsVersion) -> String {
    match version {
        TlsVersion::Tls10 => "TLSv1".to_owned(),
        version => format!("TLSv{}", version.name()),
    }
}

fn lines(head: &Headers) -> Vec<[String; 2]> {
    head.iter().map(|(name, value)| [hex(name), hex(value)]).collect()
}

fn headers(lines: &Value) -> Result<Headers, String> {
    let lines = lines.as_array().into_iter().flatten();
    lines.map(|line| Ok((bytes(&line[0])?, bytes(&line[1])?))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &Value) -> Result<Vec<u8>, String> {
    let digits = hex.as_str().unwrap_or_default();
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    let byte = |pair: Option<&str>| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
    pairs.map(byte).collect::<Option<_>>().ok_or_else(|| format!("`{NAME}` writes no hex"))
}
