//! Policies with all kinds of actions, compiled once by the real compiler.

use crate::entropy::Entropy;
use crate::kept::FIELDS;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::{Bundle, Sensitive};
use cofferdam_policy_compiler::diagnostic::Source;
use std::rc::Rc;

/// Types of messages that every other policy describes: what these name as `described.pb`.
pub const DESCRIPTORS: &[u8] = include_bytes!("../../policies/described.pb");

/// How many policies [`Policies::new`] makes.
pub const COUNT: usize = 16;

/// Compiled policies and the settings that they run under.
pub struct Policies {
    /// Policies from zone `a` to zone `b`.
    pub bundles: Vec<Rc<Bundle>>,
    /// Twins of those that can block a finding.
    pub twins: Vec<Option<Twins>>,
    /// Of those of which only some fields cross: the same, in which all findings are kept.
    pub keeping: Vec<Option<Rc<Bundle>>>,
    /// The same as the first ones, observing.
    pub observing: Vec<Rc<Bundle>>,
    /// With the key that tokens need.
    pub settings: Rc<Settings>,
}

/// The same policy, but for what tells where a block of it must have come.
pub struct Twins {
    /// What blocks is redacted: the one stream of which everything that leaves is the beginning.
    pub unblocked: Rc<Bundle>,
    /// What blocks is redacted and all else kept: its first replacement is the blocking finding.
    pub telling: Rc<Bundle>,
}

/// What of a policy is written otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    AsItIs,
    Unblocked,
    Telling,
}

impl Policies {
    /// Compiles all policies. They look through encodings within values, as one does that says
    /// nothing of them.
    ///
    /// # Panics
    /// When one does not compile: they are ours.
    #[must_use]
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same, made to look through no encoding.
    ///
    /// # Panics
    /// When one does not compile.
    #[must_use]
    pub fn plain() -> Self {
        Self::with("  unwrap: 0\n")
    }

    /// With these limits before the others.
    fn with(limits: &str) -> Self {
        let blob = |n, write| limited(n, write, limits);
        let settings = Settings {
            hold_headers: true,
            keys: vec![("LAWS".into(), Sensitive::new(vec![0x5a; 32]))],
            ..Settings::default()
        };
        let twins = |n| {
            let twin = |write| read(blob(n, write));
            let (unblocked, telling) = (Write::Unblocked, Write::Telling);
            blocks(n).then(|| Twins { unblocked: twin(unblocked), telling: twin(telling) })
        };
        let keeping = |n| only_fields(n).then(|| read(blob(n, Write::Telling)));
        Self {
            bundles: (0..COUNT).map(|n| read(blob(n, Write::AsItIs))).collect(),
            twins: (0..COUNT).map(twins).collect(),
            keeping: (0..COUNT).map(keeping).collect(),
            observing: (0..COUNT).map(|n| observing(blob(n, Write::AsItIs))).collect(),
            settings: Rc::new(settings),
        }
    }

    /// The policies as blobs.
    ///
    /// # Panics
    /// When one does not compile.
    #[must_use]
    pub fn blobs() -> Vec<Vec<u8>> {
        (0..COUNT).map(|n| limited(n, Write::AsItIs, "")).collect()
    }
}

/// The first policy, which blocks no finding.
///
/// # Panics
/// When it does not compile.
#[must_use]
pub fn first() -> Rc<Bundle> {
    read(limited(0, Write::AsItIs, ""))
}

fn observing(blob: Vec<u8>) -> Rc<Bundle> {
    Rc::new(Bundle::observing(blob).expect("the compiler writes blobs"))
}

fn limited(n: usize, write: Write, limits: &str) -> Vec<u8> {
    let text = written(n, write);
    assert!(text.contains("limits:\n"), "the policy has no limits");
    compiled(n, &text.replacen("limits:\n", &format!("limits:\n{limits}"), 1))
}

fn compiled(n: usize, text: &str) -> Vec<u8> {
    let mut source = Source::new("laws.yaml", text);
    source.attach("described.pb", DESCRIPTORS.to_vec());
    match cofferdam_policy_compiler::compile_source(&source) {
        Ok(compiled) => compiled.blob,
        Err(error) => panic!("policy {n} does not compile: {error:#?}\n{text}"),
    }
}

fn read(blob: Vec<u8>) -> Rc<Bundle> {
    match Bundle::parse(blob) {
        Ok(bundle) => Rc::new(bundle),
        Err(error) => panic!("a compiled policy does not read back: {error}"),
    }
}

impl Default for Policies {
    fn default() -> Self {
        Self::new()
    }
}

const CATEGORIES: &[&str] = &[
    "email",
    "credit_card",
    "us_ssn",
    "iban",
    "phone",
    "ip_address",
    "jwt",
    "aws_access_key",
    "private_key",
    "patient_id",
    "full_name",
    "birth_date",
    "project",
];

const ACTIONS: &[&str] = &[
    "redact",
    "redact",
    "{ mask: { keep_last: 4 } }",
    "{ mask: { keep_last: 2, keep_separators: true } }",
    "{ tokenize: { key: laws, prefix: \"tok_\" } }",
    "keep",
    "observe",
];

/// Every fourth policy can block a finding; the others never hold a message for that.
fn blocks(n: usize) -> bool {
    n % 4 == 3
}

/// Of these only some fields cross.
fn only_fields(n: usize) -> bool {
    matches!(n, 5 | 8)
}

/// The text of policy `n`.
#[must_use]
pub fn text(n: usize) -> String {
    written(n, Write::AsItIs)
}

/// The lines of one list of rules: each category with an action of its own.
fn rules(n: usize, write: Write, entropy: &mut Entropy<'_>) -> String {
    let mut lines = String::new();
    for (at, category) in CATEGORIES.iter().enumerate() {
        let chosen = ACTIONS[(entropy.below(ACTIONS.len()) + at + n) % ACTIONS.len()];
        // Each policy that blocks does so for another fourth of them.
        let action = match (blocks(n) && at % 4 == n / 4 % 4, write) {
            (true, Write::AsItIs) => "block",
            (true, Write::Unblocked | Write::Telling) => "redact",
            (false, Write::AsItIs | Write::Unblocked) => chosen,
            (false, Write::Telling) => "keep",
        };
        lines.push_str(&format!("        - {{ category: {category}, action: {action} }}\n"));
    }
    lines
}

/// What is more specific, and what is opened, in every other policy that may speak of fields.
fn specific(write: Write) -> String {
    let action = if write == Write::Telling { "keep" } else { "redact" };
    let by_field = if write == Write::Telling { "keep" } else { "{ mask: { keep_last: 1 } }" };
    format!(
        "        - {{ category: email, fields: [\"$..note\"], action: {action} }}\n        - {{ \
         category: iban, places: [query], action: keep }}\n        - {{ category: \
         by_field.person_name, action: {by_field} }}\n        - {{ category: \
         by_field.street_address, action: {action} }}\n"
    )
}

const OPENED: &str = "ignore:\n        - { category: credit_card, fields: [\"$.lines[*].sku\"], why: \
                      stock }\n        - { category: us_ssn, values: [\"219-09-9999\"], why: \
                      published }\n";

fn written(n: usize, write: Write) -> String {
    let bytes: Vec<u8> = (0_u8..)
        .take(64)
        .map(|at| at.wrapping_mul(31).wrapping_add((n as u8).wrapping_mul(57)))
        .collect();
    let mut entropy = Entropy::new(&bytes);
    let delivery = match write {
        // A twin lets everything on as soon as it can, to tell the most.
        Write::Unblocked | Write::Telling => "stream",
        Write::AsItIs => ["auto", "stream", "whole"][n % 3],
    };
    let unparsable = if n % 5 == 2 { "scan_raw" } else { "block" };
    // Paths of fields, and words near, need a body that can be parsed, which `scan_raw` gives up.
    let near = if unparsable == "block" { ", near: [patient, mrn]" } else { "" };
    let by_field = match unparsable {
        "block" => {
            "  full_name: { fields: [\"$.customer.name\", \"$.name\"] }\n  birth_date: { fields: \
             [\"$..dob\"] }\n"
        }
        _ => {
            "  full_name: { pattern: \"NN-[0-9]{6}\" }\n  birth_date: { pattern: \"BD-[0-9]{6}\" \
             }\n"
        }
    };
    // These hold, and little: what was held leaves with what is decided later.
    let oversize = match n {
        2 | 3 | 11 | 15 => "  inspect: 48B\n  on_oversize: stream\n",
        _ => "",
    };
    let recompress = if n % 3 == 1 { "  recompress: gzip\n" } else { "" };
    let (request, reply) = (rules(n, write, &mut entropy), rules(n, write, &mut entropy));
    let speaks = unparsable == "block" && n % 2 == 1;
    let specific = if speaks { specific(write) } else { String::new() };
    let opened = |spaces: &str| if speaks { format!("{spaces}{OPENED}") } else { String::new() };
    let (opened_request, opened_reply) = (opened("    "), opened("      "));
    let proto = if n % 2 == 1 { "proto: { descriptors: described.pb }\n" } else { "" };
    let otherwise = if write == Write::Telling { "keep" } else { "redact" };
    let only = |spaces: &str| match only_fields(n) {
        true => format!("{spaces}fields_only: {FIELDS}\n"),
        false => String::new(),
    };
    let (only_request, only_reply) = (only("    "), only("      "));
    format!(
        "format: cofferdam/v1\npolicy: laws-{n}\nowner: team:laws\nreview_by: \
         2030-01-01\nlimits:\n  \
         on_unparsable: {unparsable}\n{oversize}{recompress}{proto}zones:\n  a: {{ sensitivity: internal }}\n  b: {{ \
         sensitivity: \
         high }}\nmembers:\n  - {{ zone: a, listener_port: 8443 }}\n  - {{ zone: b, cluster: b }}\n\
         categories:\n  patient_id: {{ pattern: \"PT-[0-9]{{8}}\"{near} }}\n  project: {{ words: [quokka, \"zap \
         fjord\", Élan, ЖУК] }}\n{by_field}\
         boundaries:\n  - id: a-to-b\n    from: a\n    to: b\n    purpose: laws\n    delivery: \
         {delivery}\n{only_request}    rules:\n{request}{specific}{opened_request}    otherwise: \
         {otherwise}\n    reply:\n      delivery: \
         {delivery}\n{only_reply}      rules:\n{reply}{specific}{opened_reply}      otherwise: {otherwise}\n"
    )
}
