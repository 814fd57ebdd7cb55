//! What each code means, with a policy that gives it and a way out: the pages of `codes.md`.
//! Knows nothing of a policy at hand.

use crate::diagnostic::Code;

/// Every page, in the order of codes.
const PAGES: &str = include_str!("../codes.md");

/// What a policy needs besides the fragment of an example, by the key that it begins with.
const FRAME: [(&str, &str); 5] = [
    ("format", "format: cofferdam/v1\n"),
    ("policy", "policy: example\n"),
    ("owner", "owner: team:privacy\n"),
    ("review_by", "review_by: 2036-12-31\n"),
    ("zones", "zones:\n  shop: { sensitivity: internal }\n  vault: { sensitivity: high }\n"),
];
/// What stands behind the fragment.
const BOUNDARIES: &str =
    "boundaries:\n  - { id: read, from: shop, to: vault, purpose: orders, reply: status_only }\n";

/// What there is to say about a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Why this is an error or a warning.
    pub meaning: String,
    /// A whole policy that gives the code. `None` where no policy can.
    pub example: Option<String>,
    /// A way out.
    pub remedy: String,
}

/// The page of a code.
#[must_use]
pub fn page(code: Code) -> Page {
    let section = PAGES.split("\n## ").find_map(|section| section.strip_prefix(code.name()));
    let section = section.unwrap_or_default().trim();
    let (before, remedy) = section.split_once("What to do: ").unwrap_or((section, ""));
    let (meaning, fragment) = match before.split_once("```yaml\n") {
        Some((meaning, rest)) => (meaning, rest.split_once("```").map(|(fragment, _)| fragment)),
        None => (before, None),
    };
    Page {
        meaning: meaning.trim().to_owned(),
        example: fragment.map(whole),
        remedy: remedy.trim().to_owned(),
    }
}

/// The code with this name, in letters of either size.
#[must_use]
pub fn code_named(name: &str) -> Option<Code> {
    Code::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
}

/// Everything there is to say about a code, as text for a person.
#[must_use]
pub fn text(code: Code) -> String {
    let page = page(code);
    let mut out = format!("{}: {}\n\n{}\n", code.name(), code.title(), page.meaning);
    if let Some(example) = page.example {
        out.push_str("\nA policy that gives it:\n\n");
        out.extend(example.lines().map(|line| format!("    {line}\n")));
    }
    out.push_str(&format!("\nWhat to do: {}\n", page.remedy));
    out
}

/// A fragment with what it leaves out of a policy.
fn whole(fragment: &str) -> String {
    let says = |key: &str| fragment.lines().any(|line| line.split(':').next() == Some(key));
    let before = FRAME.iter().filter(|(key, _)| !says(key)).map(|(_, lines)| *lines);
    let after = (!says("boundaries")).then_some(BOUNDARIES);
    before.chain([fragment]).chain(after).collect()
}
