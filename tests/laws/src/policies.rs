//! Policies with all kinds of actions, compiled once by the real compiler.

use crate::entropy::Entropy;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::{Bundle, Sensitive};
use std::rc::Rc;

/// How many policies [`Policies::new`] makes.
pub const COUNT: usize = 12;

/// Compiled policies and the settings that they run under.
pub struct Policies {
    /// Policies from zone `a` to zone `b`.
    pub bundles: Vec<Rc<Bundle>>,
    /// With the key that tokens need.
    pub settings: Rc<Settings>,
}

impl Policies {
    /// Compiles all policies.
    ///
    /// # Panics
    /// When one does not compile: they are ours.
    #[must_use]
    pub fn new() -> Self {
        let settings = Settings {
            hold_headers: true,
            keys: vec![("LAWS".into(), Sensitive::new(vec![0x5a; 32]))],
            ..Settings::default()
        };
        let bundles = Self::blobs().into_iter().map(|blob| match Bundle::parse(blob) {
            Ok(bundle) => Rc::new(bundle),
            Err(error) => panic!("a compiled policy does not read back: {error}"),
        });
        Self { bundles: bundles.collect(), settings: Rc::new(settings) }
    }

    /// The policies as blobs.
    ///
    /// # Panics
    /// When one does not compile.
    #[must_use]
    pub fn blobs() -> Vec<Vec<u8>> {
        let compile = |n| {
            let text = text(n);
            match cofferdam_policy_compiler::compile(&text, "laws.yaml") {
                Ok(compiled) => compiled.blob,
                Err(error) => panic!("policy {n} does not compile: {error:#?}\n{text}"),
            }
        };
        (0..COUNT).map(compile).collect()
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

/// The text of policy `n`. Every fourth one can block; the others never hold a message.
#[must_use]
pub fn text(n: usize) -> String {
    let bytes: Vec<u8> = (0_u8..)
        .take(64)
        .map(|at| at.wrapping_mul(31).wrapping_add((n as u8).wrapping_mul(57)))
        .collect();
    let mut entropy = Entropy::new(&bytes);
    let mut rules = |blocks: bool| -> String {
        let mut lines = String::new();
        for (at, category) in CATEGORIES.iter().enumerate() {
            let action = match blocks && at % 4 == n % 4 {
                true => "block",
                false => ACTIONS[(entropy.below(ACTIONS.len()) + at + n) % ACTIONS.len()],
            };
            lines.push_str(&format!("        - {{ category: {category}, action: {action} }}\n"));
        }
        lines
    };
    let blocks = n % 4 == 3;
    let delivery = ["auto", "stream", "whole"][n % 3];
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
        2 | 3 | 11 => "  inspect: 48B\n  on_oversize: stream\n",
        _ => "",
    };
    let (request, reply) = (rules(blocks), rules(blocks));
    // What is more specific, and what is opened, in every other policy that may speak of fields.
    let (specific, opened) = match unparsable == "block" && n % 2 == 1 {
        true => (
            "        - { category: email, fields: [\"$..note\"], action: redact }\n        - { \
             category: \
             iban, places: [query], action: keep }\n",
            "ignore:\n        - { category: credit_card, fields: [\"$.lines[*].sku\"], why: stock \
             }\n        \
             - { category: us_ssn, values: [\"219-09-9999\"], why: published }\n",
        ),
        false => ("", ""),
    };
    let indented = |block: &str, spaces: &str| match block {
        "" => String::new(),
        block => format!("{spaces}{block}"),
    };
    let (opened_request, opened_reply) = (indented(opened, "    "), indented(opened, "      "));
    format!(
        "format: cofferdam/v1\npolicy: laws-{n}\nowner: team:laws\nreview_by: \
         2030-01-01\nlimits:\n  \
         on_unparsable: {unparsable}\n{oversize}zones:\n  a: {{ sensitivity: internal }}\n  b: {{ \
         sensitivity: \
         high }}\nmembers:\n  - {{ zone: a, listener_port: 8443 }}\n  - {{ zone: b, cluster: b }}\n\
         categories:\n  patient_id: {{ pattern: \"PT-[0-9]{{8}}\"{near} }}\n{by_field}\
         boundaries:\n  - id: a-to-b\n    from: a\n    to: b\n    purpose: laws\n    delivery: \
         {delivery}\n    rules:\n{request}{specific}{opened_request}    otherwise: \
         redact\n    reply:\n      delivery: \
         {delivery}\n      rules:\n{reply}{specific}{opened_reply}      otherwise: redact\n"
    )
}
