//! The harness for other programs: reads lines of JSON, and answers each with one. `cofferdam test
//! --filter` speaks to it. Bytes are hex.
//!
//! ```text
//! {"load": {"module": FILE, "policy": HEX, "environment": [[NAME, VALUE]..], "guard": [KEY, VALUE]}}
//!   -> {} | {"error": TEXT}
//! {"send": {"request": MESSAGE, "response": MESSAGE, "properties": [[NAME, HEX]..],
//!           "response_properties": [[NAME, HEX]..]}}
//!   -> {"upstream": RECEIVED | null, "client": RECEIVED | null, "logs": [LINE..]} | {"error": TEXT}
//!
//! MESSAGE   {"head": [[HEX, HEX]..], "chunks": [HEX..]}; the last chunk ends it
//! RECEIVED  {"head": [[HEX, HEX]..], "body": HEX, "trailers": [[HEX, HEX]..]}
//! ```

#![expect(clippy::print_stdout, reason = "a program answers its caller")]

use cofferdam_harness::{
    Exchange, Guard, Harness, Headers, Message, Options, Received, StreamSpec, Vm,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, BufRead as _};
use std::process::ExitCode;

/// The time on the host's clock, which stands still: entries of the same message are the same.
const NOW_NANOS: u64 = 1_800_000_000_000_000_000;

fn main() -> ExitCode {
    let mut loaded = Loaded::default();
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return ExitCode::FAILURE };
        let answer = loaded.answer(&line).unwrap_or_else(|error| json!({ "error": error }));
        println!("{answer}");
    }
    ExitCode::SUCCESS
}

/// Modules by their files, and the VM that was asked for last.
#[derive(Default)]
struct Loaded {
    harnesses: BTreeMap<String, Harness>,
    vm: Option<Vm>,
}

impl Loaded {
    fn answer(&mut self, line: &str) -> Result<Value, String> {
        let question: Value =
            serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
        match (&question["load"], &question["send"]) {
            (load @ Value::Object(_), _) => self.load(load).map(|()| json!({})),
            (_, send @ Value::Object(_)) => self.send(send),
            _ => Err("neither `load` nor `send`".to_owned()),
        }
    }

    fn load(&mut self, asked: &Value) -> Result<(), String> {
        let file = text(&asked["module"])?;
        if !self.harnesses.contains_key(file) {
            let module = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
            let harness = Harness::new(&module).map_err(|error| format!("{file}: {error}"))?;
            self.harnesses.insert(file.to_owned(), harness);
        }
        let harness = self.harnesses.get(file).ok_or("no module")?;
        let (key, value) = (text(&asked["guard"][0])?, text(&asked["guard"][1])?);
        let environment = items(&asked["environment"])
            .map(|pair| Ok::<_, String>((text(&pair[0])?.to_owned(), text(&pair[1])?.to_owned())));
        let mut vm = harness
            .load(Options {
                configuration: bytes(&asked["policy"])?,
                env: environment.collect::<Result<_, _>>()?,
                hold_headers: true,
                guard: Some(Guard { key: key.to_owned(), value: value.as_bytes().to_vec() }),
                clock_nanos: NOW_NANOS,
                ..Options::default()
            })
            .map_err(|error| error.to_string())?;
        if !vm.configure().map_err(|error| error.to_string())? {
            return Err("the module refuses the policy: was it built from the same version?".into());
        }
        self.vm = Some(vm);
        Ok(())
    }

    fn send(&mut self, asked: &Value) -> Result<Value, String> {
        let exchange = Exchange {
            spec: StreamSpec {
                properties: properties(&asked["properties"])?,
                response_properties: properties(&asked["response_properties"])?,
            },
            request: message(&asked["request"])?,
            response: message(&asked["response"])?,
        };
        let came = self.vm.as_mut().ok_or("nothing is loaded")?.exchange(&exchange);
        if let Some(trap) = &came.trap {
            return Err(format!("the module trapped: {trap}"));
        }
        let logs: Vec<_> =
            came.logs.iter().map(|line| String::from_utf8_lossy(&line.text)).collect();
        Ok(json!({
            "upstream": came.upstream.as_ref().map(received),
            "client": came.client.as_ref().map(received),
            "logs": logs,
        }))
    }
}

fn message(asked: &Value) -> Result<Message, String> {
    let mut chunks = Vec::new();
    for chunk in items(&asked["chunks"]) {
        chunks.push((bytes(chunk)?, false));
    }
    if let Some((_, end)) = chunks.last_mut() {
        *end = true;
    }
    Ok(Message { head: headers(&asked["head"])?, chunks, trailers: None })
}

fn received(came: &Received) -> Value {
    json!({ "head": lines(&came.head), "body": hex(&came.body), "trailers": lines(&came.trailers) })
}

fn properties(asked: &Value) -> Result<BTreeMap<String, Vec<u8>>, String> {
    items(asked).map(|pair| Ok((text(&pair[0])?.to_owned(), bytes(&pair[1])?))).collect()
}

fn headers(asked: &Value) -> Result<Headers, String> {
    items(asked).map(|pair| Ok((bytes(&pair[0])?, bytes(&pair[1])?))).collect()
}

fn lines(headers: &Headers) -> Vec<[String; 2]> {
    headers.iter().map(|(name, value)| [hex(name), hex(value)]).collect()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("a text is missing, {value} is none"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(value: &Value) -> Result<Vec<u8>, String> {
    let digits = text(value)?;
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    let byte = |pair: Option<&str>| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
    pairs.map(byte).collect::<Option<_>>().ok_or_else(|| "bytes are no hex".to_owned())
}
