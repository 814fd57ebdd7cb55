//! Reads `tests`: messages that the policy's author made up, and what must become of them.
//! Runs nothing.

use super::header_name;
use super::read::{Fields, Name, Reader, Vocabulary};
use super::require::{Connection, TLS};
use super::yaml::{Node, Value, escape};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::verdict::Reason;

pub(crate) const CASE: Vocabulary = Vocabulary {
    what: "a test",
    keys: &["name", "message", "headers", "body", "expect"],
    later: &["trailers"],
};
pub(crate) const MESSAGE: Vocabulary = Vocabulary {
    what: "a message",
    keys: &["from", "to", "request", "response", "media", "mtls", "tls"],
    later: &[],
};
pub(crate) const EXPECT: Vocabulary = Vocabulary {
    what: "`expect`",
    keys: &["verdict", "reason", "rules", "findings", "body", "headers", "absent"],
    later: &[],
};

pub(crate) const VERDICTS: [(&str, &str); 3] =
    [("forward", "forward"), ("rewrite", "rewrite"), ("block", "block")];

/// One of `tests`.
#[derive(Debug)]
pub(crate) struct CaseForm {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) message: MessageForm,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Name,
    pub(crate) expect: ExpectForm,
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct MessageForm {
    pub(crate) from: Name,
    pub(crate) to: Name,
    pub(crate) method: String,
    pub(crate) path: String,
    /// Status, where the reply is what is looked at.
    pub(crate) response: Option<u16>,
    pub(crate) media: Option<String>,
    pub(crate) connection: Connection,
}

/// What must become of it.
#[derive(Debug, Default)]
pub(crate) struct ExpectForm {
    pub(crate) verdict: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) rules: Option<Vec<Name>>,
    pub(crate) body: Option<String>,
    pub(crate) findings: Option<Vec<(Name, u64)>>,
    /// `None`: the header must be gone.
    pub(crate) headers: Vec<(String, Option<String>)>,
}

impl ExpectForm {
    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.verdict.is_none()
            && self.reason.is_none()
            && self.rules.is_none()
            && self.body.is_none()
            && self.findings.is_none()
            && self.headers.is_empty()
    }
}

/// Reads a test.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<CaseForm> {
    let fields = reader.fields(node, CASE)?;
    let name = reader.need(fields, "name").and_then(|node| reader.text(node, "a test's name"));
    let message = reader.need(fields, "message").and_then(|node| read_message(reader, node));
    let body = match fields.get("body") {
        Some(node) => reader.raw_text(node, "a body")?,
        None => Name { value: String::new(), span: node.span },
    };
    let mut headers = Vec::new();
    if let Some(node) = fields.get("headers") {
        for (key, value) in read_headers(reader, node) {
            headers.extend(value.map(|value| (key, value)));
        }
    }
    let expect = fields.get("expect").map(|node| read_expect(reader, node)).unwrap_or_default();
    if expect.is_empty() {
        let span = name.as_ref().map_or(node.span, |name| name.span);
        reader.diagnostics.push(
            Diagnostic::new(Code::MissingKey, span, "this test expects nothing")
                .help("add `expect` with a `verdict`, a `body`, `findings` or `headers`"),
        );
    }
    let (name, message) = (name?, message?);
    Some(CaseForm { name: name.value, span: name.span, message, headers, body, expect })
}

fn read_message(reader: &mut Reader<'_>, node: &Node) -> Option<MessageForm> {
    let fields = reader.fields(node, MESSAGE)?;
    let from = reader.need(fields, "from").and_then(|node| reader.name(node, "a zone"));
    let to = reader.need(fields, "to").and_then(|node| reader.name(node, "a zone"));
    let request = reader.need(fields, "request").and_then(|node| reader.text(node, "a request"));
    let mut response = None;
    if let Some(node) = fields.get("response") {
        let status = reader.number(node, 599)?;
        response = u16::try_from(status).ok().filter(|status| *status >= 200);
        if response.is_none() {
            let help = "write the one that the reply has: `response: 200`";
            let message = "a status is a number from 200 to 599";
            reader.refuse(Code::Value, node.span, message, help);
        }
    }
    let media = fields.get("media").and_then(|node| reader.text(node, "a media type"));
    let connection = read_connection(reader, fields);
    let request = request?;
    let Some((method, path)) = request.value.split_once(' ') else {
        let message = format!("`{}` is no request", escape(&request.value));
        reader.diagnostics.push(
            Diagnostic::new(Code::Value, request.span, message)
                .help("write method and path: `POST /orders`"),
        );
        return None;
    };
    Some(MessageForm {
        from: from?,
        to: to?,
        method: method.to_owned(),
        path: path.to_owned(),
        response,
        media: media.map(|media| media.value),
        connection,
    })
}

fn read_connection(reader: &mut Reader<'_>, fields: Fields<'_>) -> Connection {
    let connection = Connection {
        mtls: fields.get("mtls").and_then(|node| reader.boolean(node)),
        tls: fields.get("tls").and_then(|node| reader.choice(node, &TLS)),
    };
    if connection.contradicts_itself() {
        let span = fields.key_span("mtls").unwrap_or(fields.span);
        let message = "without TLS nobody shows a certificate";
        reader.diagnostics.push(
            Diagnostic::new(Code::Conflict, span, message)
                .help("write `mtls: false`, or another version of TLS than `none`"),
        );
    }
    connection
}

fn read_expect(reader: &mut Reader<'_>, node: &Node) -> ExpectForm {
    let mut expect = ExpectForm::default();
    let Some(fields) = reader.fields(node, EXPECT) else { return expect };
    if let Some(node) = fields.get("verdict") {
        expect.verdict = reader.choice(node, &VERDICTS);
    }
    if let Some(node) = fields.get("reason") {
        let words: Vec<_> = Reason::ALL.iter().map(|r| (r.name(), r.name())).collect();
        expect.reason = reader.choice(node, &words);
    }
    if let Some(node) = fields.get("rules") {
        expect.rules = Some(reader.texts(node, "rules"));
    }
    if let Some(node) = fields.get("body") {
        expect.body = reader.raw_text(node, "a body").map(|text| text.value);
    }
    if let Some(node) = fields.get("findings") {
        let mut findings = Vec::new();
        for (name, node) in reader.categories(node, "findings") {
            findings.extend(reader.number(node, u64::MAX).map(|count| (name, count)));
        }
        expect.findings = Some(findings);
    }
    if let Some(node) = fields.get("headers") {
        expect.headers = read_headers(reader, node);
    }
    if let Some(node) = fields.get("absent") {
        for text in reader.texts(node, "header names") {
            let name = header_name(reader, &text.value, text.span);
            expect.headers.extend(name.map(|name| (name, None)));
        }
    }
    expect
}

fn read_headers(reader: &mut Reader<'_>, node: &Node) -> Vec<(String, Option<String>)> {
    let Value::Map(pairs) = &node.value else {
        reader.error(Code::Shape, node.span, "a mapping of headers is wanted here");
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (key, value) in pairs {
        let pseudo = key.text == ":path";
        let name = match pseudo {
            true => Some(key.text.clone()),
            false => header_name(reader, &key.text, key.span),
        };
        let Some(name) = name else { continue };
        match &value.value {
            Value::Null => headers.push((name, None)),
            _ => {
                let text = reader.raw_text(value, "a header");
                headers.extend(text.map(|text| (name, Some(text.value))));
            }
        }
    }
    headers
}
