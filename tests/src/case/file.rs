//! Reads case files: fills in defaults, and what marks say.
//! Runs nothing.

use super::proto;
use super::{
    Case, Expect, ExpectBody, ExpectVerdict, Headers, HostSettings, Message, Subject, Via,
};
use anyhow::{Context as _, Result, ensure};
use cofferdam_laws::coded::{Charset, Coding};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    defaults: Defaults,
    case: Vec<Raw>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Defaults {
    policy: Option<String>,
    via: Option<Via>,
    settings: Option<HostSettings>,
    subject: Option<Subject>,
    media: Option<String>,
    line: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    policy: Option<String>,
    via: Option<Via>,
    settings: Option<HostSettings>,
    subject: Option<Subject>,
    leaks: Option<Vec<String>>,
    request: Option<RawMessage>,
    response: Option<RawMessage>,
    // The short keys, which describe the subject.
    line: Option<String>,
    status: Option<u16>,
    media: Option<String>,
    headers: Option<Vec<String>>,
    body: Option<Text>,
    marks: Option<String>,
    trailers: Option<Vec<String>>,
    expect: Option<RawExpect>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMessage {
    line: Option<String>,
    status: Option<u16>,
    media: Option<String>,
    headers: Vec<String>,
    body: Option<Text>,
    marks: Option<String>,
    trailers: Vec<String>,
    expect: Option<RawExpect>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawExpect {
    verdict: Option<ExpectVerdict>,
    reason: Option<String>,
    body: Option<Text>,
    unchanged: bool,
    contains: Vec<String>,
    lacks: Vec<String>,
    line: Option<String>,
    status: Option<u16>,
    headers: Vec<String>,
    lacks_headers: Vec<String>,
    trailers: Option<Vec<String>>,
    findings: Option<BTreeMap<String, u64>>,
    rules: Option<Vec<String>>,
    boundary: Option<String>,
    zones: Option<String>,
    notes: Option<Vec<String>>,
    cut: bool,
    untold: bool,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Parts(Vec<Part>),
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Part {
    Plain(String),
    Repeat {
        repeat: String,
        times: usize,
    },
    Hex {
        hex: String,
    },
    /// Fields, see [`super::proto`].
    Proto {
        proto: toml::Value,
    },
    /// A message in a frame of gRPC.
    Grpc {
        grpc: toml::Value,
        #[serde(default)]
        flag: u8,
        /// Where it lies.
        length: Option<u32>,
        /// What it is compressed in.
        coding: Option<String>,
    },
    /// Other parts, encoded.
    Base64 {
        base64: Vec<Part>,
    },
    Gzip {
        gzip: Box<Text>,
    },
    Deflate {
        deflate: Box<Text>,
    },
    BareDeflate {
        bare_deflate: Box<Text>,
    },
    Brotli {
        br: Box<Text>,
    },
    Zstd {
        zstd: Box<Text>,
    },
    Utf16Le {
        utf16le: Box<Text>,
    },
    Utf16Be {
        utf16be: Box<Text>,
    },
    Latin1 {
        latin1: Box<Text>,
    },
}

impl Text {
    /// What is sent.
    fn bytes(&self) -> Result<Vec<u8>> {
        self.join(|part| {
            if let Some((coding, text)) = part.coding() {
                return Ok(coding.encode(&text.bytes()?));
            }
            match part.charset() {
                Some((charset, text)) => Ok(encode(Some(charset), text.bytes()?)),
                None => part.bytes(),
            }
        })
    }

    /// The same without its codings, and in UTF-8.
    fn plain(&self) -> Result<Vec<u8>> {
        self.join(|part| match (part.coding(), part.charset()) {
            (Some((_, text)), _) | (_, Some((_, text))) => text.plain(),
            (None, None) => part.bytes(),
        })
    }

    /// The charset that something in it is written in.
    fn charset(&self) -> Option<Charset> {
        let Self::Parts(parts) = self else { return None };
        parts.iter().find_map(|part| match (part.charset(), part.coding()) {
            (Some((charset, _)), _) => Some(charset),
            (None, Some((_, text))) => text.charset(),
            (None, None) => None,
        })
    }

    fn join(&self, of: impl Fn(&Part) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        match self {
            Self::Whole(text) => Ok(text.clone().into_bytes()),
            Self::Parts(parts) => Ok(parts.iter().map(of).collect::<Result<Vec<_>>>()?.concat()),
        }
    }
}

impl Part {
    fn coding(&self) -> Option<(Coding, &Text)> {
        match self {
            Self::Gzip { gzip } => Some((Coding::Gzip, gzip)),
            Self::Deflate { deflate } => Some((Coding::Deflate, deflate)),
            Self::BareDeflate { bare_deflate } => Some((Coding::BareDeflate, bare_deflate)),
            Self::Brotli { br } => Some((Coding::Brotli, br)),
            Self::Zstd { zstd } => Some((Coding::Zstd, zstd)),
            _ => None,
        }
    }

    fn charset(&self) -> Option<(Charset, &Text)> {
        match self {
            Self::Utf16Le { utf16le } => Some((Charset::Utf16Le, utf16le)),
            Self::Utf16Be { utf16be } => Some((Charset::Utf16Be, utf16be)),
            Self::Latin1 { latin1 } => Some((Charset::Latin1, latin1)),
            _ => None,
        }
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        match self {
            Self::Plain(text) => Ok(text.clone().into_bytes()),
            Self::Repeat { repeat, times } => Ok(repeat.repeat(*times).into_bytes()),
            Self::Hex { hex } => unhex(hex),
            Self::Proto { proto } => proto::message(proto),
            Self::Grpc { grpc, flag, length, coding } => {
                let mut message = proto::message(grpc)?;
                if let Some(name) = coding {
                    let coding = Coding::ALL.iter().find(|coding| coding.name() == name);
                    message = coding.context("an unknown coding")?.encode(&message);
                }
                proto::frame(*flag, *length, &message)
            }
            Self::Base64 { base64 } => {
                let parts = Text::Parts(base64.clone()).bytes()?;
                Ok(proto::base64(&parts).into_bytes())
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Text in a charset, or as it is.
fn encode(charset: Option<Charset>, text: Vec<u8>) -> Vec<u8> {
    match charset {
        None => text,
        Some(charset) => charset.encode(&String::from_utf8_lossy(&text)),
    }
}

/// Reads every case of a folder, in the order of the file names.
///
/// # Errors
/// When a file cannot be read, a key is unknown, or two cases have one name.
pub fn load(folder: &Path) -> Result<Vec<Case>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .collect::<std::io::Result<Vec<_>>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        cases.extend(parse(&text, &stem).with_context(|| format!("in {}", path.display()))?);
    }
    let mut names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    names.sort_unstable();
    for pair in names.windows(2) {
        ensure!(pair[0] != pair[1], "two cases are called `{}`", pair[0]);
    }
    Ok(cases)
}

/// Reads the cases of one file's text.
///
/// # Errors
/// When a key is unknown or a case makes no sense.
pub fn parse(text: &str, stem: &str) -> Result<Vec<Case>> {
    let file: File = toml::from_str(text)?;
    file.case
        .into_iter()
        .map(|raw| {
            let name = format!("{stem}: {}", raw.name);
            resolve(raw, &file.defaults, name.clone()).with_context(|| format!("case `{name}`"))
        })
        .collect()
}

fn resolve(raw: Raw, defaults: &Defaults, name: String) -> Result<Case> {
    let subject = raw.subject.or(defaults.subject).unwrap_or_default();
    let short = RawMessage {
        line: raw.line.clone().or_else(|| match subject {
            Subject::Request => defaults.line.clone(),
            Subject::Response => None,
        }),
        status: raw.status,
        media: raw.media.or_else(|| raw.body.as_ref().and(defaults.media.clone())),
        headers: raw.headers.unwrap_or_default(),
        body: raw.body,
        marks: raw.marks,
        trailers: raw.trailers.unwrap_or_default(),
        expect: raw.expect,
    };
    let (request, response) = match subject {
        Subject::Request => {
            ensure!(raw.request.is_none(), "the short keys are the request already");
            (short, raw.response.unwrap_or_default())
        }
        Subject::Response => {
            ensure!(raw.response.is_none(), "the short keys are the response already");
            let mut request = raw.request.unwrap_or_default();
            request.line = request.line.or_else(|| raw.line.clone()).or(defaults.line.clone());
            (request, short)
        }
    };
    let mut leaks = Vec::new();
    let expect_request = request.expectation(&mut leaks)?;
    let mut expect_response = response.expectation(&mut leaks)?;
    if expect_request.stops() && response.expect.is_none() {
        expect_response.verdict = ExpectVerdict::Absent;
    }
    if let Some(written) = raw.leaks {
        leaks = written.iter().map(|text| unescape(text)).collect::<Result<_>>()?;
    }
    Ok(Case {
        name,
        policy: raw.policy.or(defaults.policy.clone()).context("no policy")?,
        via: raw.via.or(defaults.via.clone()).unwrap_or_default(),
        settings: raw.settings.or(defaults.settings.clone()).unwrap_or_default(),
        request: request.message(Subject::Request)?,
        response: response.message(Subject::Response)?,
        expect_request,
        expect_response,
        leaks,
        subject,
    })
}

impl RawMessage {
    fn message(&self, side: Subject) -> Result<Message> {
        let body = self.body.as_ref().map(Text::bytes).transpose()?;
        let lines = headers(&self.headers)?;
        let written = |name: &str| lines.iter().any(|(other, _)| other == name.as_bytes());
        let mut head: Headers = Vec::new();
        let mut push = |name: &str, value: &[u8]| {
            if !written(name) {
                head.push((name.into(), value.to_vec()));
            }
        };
        match side {
            Subject::Request => {
                ensure!(self.status.is_none(), "a request has no status");
                let default = if body.is_some() { "POST /" } else { "GET /" };
                let line = self.line.as_deref().unwrap_or(default);
                let (method, path) = line.split_once(' ').context("a line is `METHOD PATH`")?;
                push(":method", method.as_bytes());
                push(":scheme", b"http");
                push(":path", &unescape(path)?);
                push(":authority", b"service.test");
            }
            Subject::Response => {
                push(":status", self.status.unwrap_or(200).to_string().as_bytes());
            }
        }
        if let Some(media) = &self.media {
            push("content-type", media.as_bytes());
        }
        let (pseudo, plain): (Headers, Headers) =
            lines.iter().cloned().partition(|(name, _)| name.starts_with(b":"));
        head.splice(0..0, pseudo);
        head.extend(plain);
        Ok(Message { head, body, trailers: headers(&self.trailers)? })
    }

    fn expectation(&self, leaks: &mut Vec<Vec<u8>>) -> Result<Expect> {
        let raw = self.expect.clone().unwrap_or_default();
        let body = self.body.as_ref();
        let sent = body.map(Text::plain).transpose()?.unwrap_or_default();
        let charset = body.and_then(Text::charset);
        // What is coded goes on as it is, in its charset.
        let goes_on = encode(charset, sent.clone());
        let coded = body.map(Text::bytes).transpose()?.is_some_and(|bytes| bytes != goes_on);
        let marks = match &self.marks {
            Some(lines) => marks(lines, &sent)?,
            None => Vec::new(),
        };
        let verdict = match raw.verdict {
            Some(verdict) => verdict,
            None if raw.reason.is_some() => ExpectVerdict::Block,
            None if marks.is_empty() && raw.body.is_none() => ExpectVerdict::Forward,
            None => ExpectVerdict::Rewrite,
        };
        let open = !raw.contains.is_empty() || !raw.lacks.is_empty();
        let body = match &raw.body {
            Some(text) => ExpectBody::Exact(text.bytes()?),
            None if raw.unchanged => ExpectBody::Same,
            None if verdict == ExpectVerdict::Forward && coded => ExpectBody::Exact(goes_on),
            None if verdict == ExpectVerdict::Forward => ExpectBody::Same,
            None if verdict == ExpectVerdict::Block => ExpectBody::Open,
            None if !marks.is_empty() => {
                ExpectBody::Exact(encode(charset, replaced(&sent, &marks)))
            }
            None if open => ExpectBody::Open,
            None => ExpectBody::Same,
        };
        leak(&marks, &sent, verdict, &body, leaks);
        let mut findings = BTreeMap::new();
        marks.iter().for_each(|mark| *findings.entry(mark.category.clone()).or_default() += 1);
        Ok(Expect {
            verdict,
            reason: raw.reason,
            body,
            contains: raw.contains,
            lacks: raw.lacks,
            line: raw.line,
            status: raw.status,
            headers: headers(&raw.headers)?,
            lacks_headers: raw.lacks_headers,
            trailers: raw.trailers.as_deref().map(headers).transpose()?,
            findings: raw.findings.unwrap_or(findings),
            rules: raw.rules,
            boundary: raw.boundary,
            zones: raw.zones,
            notes: raw.notes,
            cut: raw.cut,
            untold: raw.untold,
        })
    }
}

/// What is marked must not come out, unless what is expected has it.
fn leak(
    marks: &[Mark],
    sent: &[u8],
    verdict: ExpectVerdict,
    body: &ExpectBody,
    leaks: &mut Vec<Vec<u8>>,
) {
    for mark in marks {
        let text = &sent[mark.start..mark.end];
        let stays = match body {
            ExpectBody::Same => true,
            ExpectBody::Exact(body) => body.windows(text.len()).any(|window| window == text),
            ExpectBody::Open => verdict != ExpectVerdict::Block,
        };
        if !stays {
            leaks.push(text.to_vec());
        }
    }
}

struct Mark {
    start: usize,
    end: usize,
    category: String,
}

/// Reads lines of carets under a body, one or several where the words need room.
fn marks(lines: &str, body: &[u8]) -> Result<Vec<Mark>> {
    let text = std::str::from_utf8(body).context("marks need a body of UTF-8")?;
    let mut marks = Vec::new();
    for line in lines.lines() {
        marks_of_line(line, text, &mut marks)?;
    }
    ensure!(!marks.is_empty(), "marks without a caret");
    marks.sort_by_key(|mark| mark.start);
    Ok(marks)
}

/// Columns are characters, as a person sees them.
fn marks_of_line(line: &str, text: &str, marks: &mut Vec<Mark>) -> Result<()> {
    let column = |n: usize| {
        text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(n).context("past the body")
    };
    let line: Vec<char> = line.chars().collect();
    let mut at = 0;
    while at < line.len() {
        if line[at] != '^' {
            ensure!(line[at] == ' ', "marks are carets, each run followed by its category");
            at += 1;
            continue;
        }
        let start = at;
        while line.get(at) == Some(&'^') {
            at += 1;
        }
        let end = at;
        while line.get(at) == Some(&' ') {
            at += 1;
        }
        let word = at;
        while line.get(at).is_some_and(|c| !" ^".contains(*c)) {
            at += 1;
        }
        ensure!(at > word, "carets without a category");
        marks.push(Mark {
            start: column(start)?,
            end: column(end)?,
            category: line[word..at].iter().collect(),
        });
    }
    Ok(())
}

fn replaced(sent: &[u8], marks: &[Mark]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut from = 0;
    for mark in marks {
        out.extend_from_slice(&sent[from..mark.start]);
        out.extend_from_slice(format!("[{}]", mark.category).as_bytes());
        from = mark.end;
    }
    out.extend_from_slice(&sent[from..]);
    out
}

fn headers(lines: &[String]) -> Result<Headers> {
    lines
        .iter()
        .map(|line| {
            // The name of a pseudo-header begins with a colon.
            let colon =
                line.get(1..).and_then(|rest| rest.find(':')).context("no `name: value`")?;
            let (name, value) = line.split_at(colon + 1);
            let value = value.strip_prefix(": ").or(value.strip_prefix(':')).unwrap_or(value);
            Ok((unescape(name)?, unescape(value)?))
        })
        .collect()
}

/// Bytes of a text in which `\xff` is a byte.
fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2).context("`\\x` needs two digits")?;
        bytes.extend(unhex(hex)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(bytes)
}

pub(super) fn unhex(hex: &str) -> Result<Vec<u8>> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|digit| digit as u8).context("not hex"))
        .collect::<Result<_>>()?;
    ensure!(digits.len().is_multiple_of(2), "half a byte");
    Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Case {
        let text = format!("[defaults]\npolicy = \"p\"\n[[case]]\nname = \"n\"\n{text}");
        parse(&text, "file").unwrap().remove(0)
    }

    #[test]
    fn marks_say_what_is_found_what_comes_out_and_what_must_not() {
        let case = one("body  = 'to ann@example.com'\nmarks = '   ^^^^^^^^^^^^^^^ email'");
        assert_eq!(case.name, "file: n");
        assert_eq!(case.expect_request.verdict, ExpectVerdict::Rewrite);
        assert_eq!(case.expect_request.body, ExpectBody::Exact(b"to [email]".to_vec()));
        assert_eq!(case.expect_request.findings, BTreeMap::from([("email".to_owned(), 1)]));
        assert_eq!(case.leaks, [b"ann@example.com".to_vec()]);
    }

    #[test]
    fn without_marks_a_message_must_go_on_untouched() {
        let case = one("body = 'hello'");
        assert_eq!(case.expect_request.verdict, ExpectVerdict::Forward);
        assert_eq!(case.expect_request.body, ExpectBody::Same);
        assert!(case.leaks.is_empty());
        assert_eq!(case.request.head[0], (b":method".to_vec(), b"POST".to_vec()));
    }

    #[test]
    fn columns_are_characters_and_marks_may_stand_on_several_lines() {
        let case = one(
            "body = 'ü a@b.io c@d.io'\nmarks = \"\"\"\n  ^^^^^^ email\n         ^^^^^^ email\"\"\"",
        );
        assert_eq!(case.expect_request.body, ExpectBody::Exact("ü [email] [email]".into()));
    }

    #[test]
    fn a_blocked_request_has_no_response() {
        let case = one("body = 'x'\nexpect = { reason = 'unparsable' }");
        assert_eq!(case.expect_request.verdict, ExpectVerdict::Block);
        assert_eq!(case.expect_response.verdict, ExpectVerdict::Absent);
    }

    #[test]
    fn parts_and_header_bytes() {
        let case = one("body = ['a', { repeat = 'bc', times = 2 }, { hex = 'ff 00' }]\n\
                        headers = ['x: \\x41', ':path: /q']");
        assert_eq!(case.request.body.as_deref(), Some(&b"abcbc\xff\x00"[..]));
        assert_eq!(case.request.head[0], (b":path".to_vec(), b"/q".to_vec()));
        assert_eq!(case.request.head.last(), Some(&(b"x".to_vec(), b"A".to_vec())));
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(parse("[[case]]\nname='n'\npolicy='p'\nbodi='x'", "f").is_err());
    }
}
