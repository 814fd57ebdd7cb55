//! Which boundary serves which control of a standard or law, as the policy says itself.
//! Checks that there is such a control, and not that it is served: that is for a person.

mod list;
mod oscal;

pub use list::{STANDARDS, Standard};
pub use oscal::oscal;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Source};
use crate::language::read::{Name, nearest};
use crate::language::yaml::escape;
use crate::language::{self, BoundaryForm};
use crate::report::printable;
use list::Details;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Tags that begin with this are the policy's own, and in no list.
const OWN: &str = "own";

/// What the boundaries of a policy say that they serve.
#[derive(Clone, Debug)]
pub struct Controls {
    policy: String,
    boundaries: Vec<Served>,
}

/// One boundary.
#[derive(Clone, Debug)]
struct Served {
    id: String,
    purpose: String,
    controls: Vec<Control>,
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Control {
    Listed {
        /// Index into [`STANDARDS`].
        standard: usize,
        /// Index into its controls.
        at: usize,
        /// With what is meant of it: `32(1)(a)`.
        written: String,
    },
    Own(String),
}

impl Controls {
    /// Reads them from a policy that compiles.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(source: &Source) -> Result<Self, Diagnostics> {
        crate::compile_source(source)?;
        let mut diagnostics = Diagnostics::default();
        let Some(policy) = language::read(source, &mut diagnostics) else {
            return Err(diagnostics);
        };
        let served = |boundary: &BoundaryForm| Served {
            id: printable(&boundary.id.value),
            purpose: printable(&boundary.purpose),
            controls: boundary.controls.iter().filter_map(|tag| parse(&tag.value).ok()).collect(),
        };
        let boundaries = policy.boundaries.iter().map(served).collect();
        Ok(Self { policy: printable(&policy.name), boundaries })
    }

    /// Boundaries by control, in the order of the standards.
    fn by_control(&self) -> BTreeMap<&Control, Vec<&Served>> {
        let mut map: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for boundary in &self.boundaries {
            for control in &boundary.controls {
                map.entry(control).or_default().push(boundary);
            }
        }
        map
    }

    /// Boundaries that say nothing.
    fn without(&self) -> impl Iterator<Item = &Served> {
        self.boundaries.iter().filter(|boundary| boundary.controls.is_empty())
    }
}

/// Refuses tags that stand for nothing.
pub(crate) fn check(boundary: &BoundaryForm, diagnostics: &mut Diagnostics) {
    for (n, tag) in boundary.controls.iter().enumerate() {
        if let Err(wrong) = parse(&tag.value) {
            diagnostics.push(wrong.diagnostic(tag));
        } else if let Some(other) = boundary.controls[..n].iter().find(|o| o.value == tag.value) {
            let message = format!("the control `{}` stands here twice", escape(&tag.value));
            let found = Diagnostic::new(Code::Redeclared, tag.span, message);
            diagnostics.push(found.related(other.span, "the first time"));
        }
    }
}

/// Why a tag stands for nothing.
enum Wrong {
    Form,
    Standard,
    Control(&'static Standard),
    Details(&'static Standard),
}

fn parse(tag: &str) -> Result<Control, Wrong> {
    let (standard, id) = tag.split_once(':').ok_or(Wrong::Form)?;
    if standard == OWN && !id.trim().is_empty() {
        return Ok(Control::Own(printable(id)));
    }
    let at = STANDARDS.iter().position(|known| known.id == standard).ok_or(Wrong::Standard)?;
    let standard = &STANDARDS[at];
    // The longest one: `12.10` is no part of `12.1`.
    let fits = |known: &str| id.strip_prefix(known).is_some_and(|rest| !continues(rest));
    let found = standard.controls.iter().enumerate().filter(|(_, (known, _))| fits(known));
    let (control, (known, _)) =
        found.max_by_key(|(_, (known, _))| known.len()).ok_or(Wrong::Control(standard))?;
    let rest = id.strip_prefix(known).unwrap_or_default();
    if !standard.details.fit(rest) {
        return Err(Wrong::Details(standard));
    }
    Ok(Control::Listed { standard: at, at: control, written: id.to_owned() })
}

/// Whether a number or name goes on.
fn continues(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphanumeric())
}

impl Details {
    fn fit(self, text: &str) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            let part = match self {
                Self::Parentheses => rest.strip_prefix('(').and_then(|rest| rest.split_once(')')),
                Self::Dots => rest
                    .strip_prefix('.')
                    .map(|rest| rest.split_at(rest.find('.').unwrap_or(rest.len()))),
            };
            let Some((part, behind)) = part else { return false };
            let letters = |c: char| match self {
                Self::Parentheses => c.is_ascii_alphanumeric(),
                Self::Dots => c.is_ascii_digit(),
            };
            if part.is_empty() || part.len() > 5 || !part.chars().all(letters) {
                return false;
            }
            rest = behind;
        }
        true
    }

    fn example(self) -> &'static str {
        match self {
            Self::Parentheses => "`(1)(f)`",
            Self::Dots => "`.1`",
        }
    }
}

impl Wrong {
    fn diagnostic(&self, tag: &Name) -> Diagnostic {
        let text = escape(&tag.value);
        let (standard, id) = tag.value.split_once(':').unwrap_or((&tag.value, ""));
        let standards = || STANDARDS.iter().map(|known| known.id).chain([OWN]);
        match self {
            Self::Form => {
                Diagnostic::new(Code::Value, tag.span, format!("`{text}` names no control"))
                    .help("write `gdpr:25`, or `own:NAME` for one of your own")
            }
            Self::Standard => {
                let known: Vec<_> = standards().map(|id| format!("`{id}`")).collect();
                let message = format!("`{}` is no standard that is listed here", escape(standard));
                Diagnostic::new(Code::Reference, tag.span, message)
                    .help(format!("there are {}, the last for what is your own", known.join(", ")))
                    .help_if(
                        nearest(standard, standards())
                            .map(|near| format!("did you mean `{near}`?")),
                    )
            }
            Self::Control(of) => {
                let message =
                    format!("`{}` is not {} of {} that is listed here", escape(id), of.part, of.id);
                Diagnostic::new(Code::Reference, tag.span, message)
                    .help("`cofferdam controls --list` prints those that are")
            }
            Self::Details(of) => {
                let message = format!("`{text}` ends in what is no part of {}", of.part);
                let help = format!("parts are written like {}", of.details.example());
                Diagnostic::new(Code::Value, tag.span, message).help(help)
            }
        }
    }
}

impl Control {
    /// As a policy writes it.
    fn tag(&self) -> String {
        match self {
            Self::Listed { standard, written, .. } => {
                format!("{}:{written}", STANDARDS[*standard].id)
            }
            Self::Own(name) => format!("{OWN}:{name}"),
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Listed { standard, at, .. } => STANDARDS[*standard].controls[*at].1,
            Self::Own(_) => "a control of your own",
        }
    }
}

/// Which boundary serves which control, and which serve none.
#[must_use]
pub fn text(controls: &Controls) -> String {
    let mut out = String::new();
    let by_control = controls.by_control();
    for (n, standard) in STANDARDS.iter().enumerate() {
        let here = by_control.iter().filter(|(control, _)| control.standard() == Some(n));
        section(standard.title, here, &mut out);
    }
    let own = by_control.iter().filter(|(control, _)| control.standard().is_none());
    section("your own", own, &mut out);
    let without: Vec<_> = controls.without().map(|boundary| boundary.id.as_str()).collect();
    let _ = match without.as_slice() {
        [] => writeln!(out, "every boundary names a control"),
        list => writeln!(out, "without a control: {}", list.join(", ")),
    };
    out
}

fn section<'c>(
    title: &str,
    controls: impl Iterator<Item = (&'c &'c Control, &'c Vec<&'c Served>)>,
    out: &mut String,
) {
    let mut controls = controls.peekable();
    if controls.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "{title}");
    for (control, boundaries) in controls {
        let ids: Vec<_> = boundaries.iter().map(|boundary| boundary.id.as_str()).collect();
        let _ = writeln!(out, "  {:<24} {}", control.tag(), control.title());
        let _ = writeln!(out, "  {:<24}   {}", "", ids.join(", "));
    }
    out.push('\n');
}

impl Control {
    fn standard(&self) -> Option<usize> {
        match self {
            Self::Listed { standard, .. } => Some(*standard),
            Self::Own(_) => None,
        }
    }
}

/// All controls that a policy may name.
#[must_use]
pub fn listed() -> String {
    let mut out = String::new();
    for standard in STANDARDS {
        let _ = writeln!(out, "{}\n{}", standard.title, standard.source);
        for (id, title) in standard.controls {
            let _ = writeln!(out, "  {:<24} {title}", format!("{}:{id}", standard.id));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Control, STANDARDS, parse};

    #[test]
    fn tags_name_a_control_and_a_part_of_it() {
        let written = |tag: &str| match parse(tag) {
            Ok(Control::Listed { standard, at, written }) => {
                Some((STANDARDS[standard].controls[at].0, written))
            }
            Ok(Control::Own(_)) | Err(_) => None,
        };
        let found = |tag: &str| written(tag).map(|(id, _)| id);
        assert_eq!(found("gdpr:25"), Some("25"));
        assert_eq!(found("gdpr:5(1)(c)"), Some("5"));
        assert_eq!(found("hipaa:164.514(b)"), Some("164.514"));
        assert_eq!(found("pci-dss:3.4.1"), Some("3.4"));
        assert_eq!(found("pci-dss:12.10"), Some("12.10"));
        assert_eq!(found("nist-800-53:AC-4(8)"), Some("AC-4"));
        assert_eq!(found("nist-800-53:AC-20"), Some("AC-20"));
        assert_eq!(found("ccpa:1798.100(c)"), Some("1798.100"));
        let refused = [
            "",
            "gdpr",
            "gdpr:",
            "gdpr:250",
            "gdpr:99",
            "gdpr:25(",
            "gdpr:25()",
            "gdpr:25x",
            "GDPR:25",
            "pci-dss:3.40",
            "pci-dss:3.4.",
            "nist-800-53:AC-200",
            "iso:1",
            "own:",
        ];
        for tag in refused {
            assert!(parse(tag).is_err(), "{tag}");
        }
        assert!(matches!(parse("own:SEC-12"), Ok(Control::Own(_))));
    }
}
