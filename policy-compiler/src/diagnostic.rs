//! What is wrong with a policy, as data: code, place, message, help.
//! Never rendered here, and never holds more of the policy than the message names.

use std::fmt;

pub use crate::source::{File, Position, Source};

/// A run of bytes of the policy text, half open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From start to end.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy does not compile.
    Error,
    /// The policy compiles; somebody should look.
    Warning,
}

impl Severity {
    /// The word in reports; SARIF uses the same two.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $title:literal;)*) => {
        /// What kind of thing is wrong. A number is never given to another kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The number: `E012`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What all of this kind have in common, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// Not YAML, or not TOML.
    Syntax = "E001", Error, "not well-formed YAML or TOML";
    /// A character that does not show, or shows as something else.
    Character = "E002", Error, "control, bidirectional or invisible character";
    /// Anchor, alias, tag, merge key, second document; a fraction or a time in TOML.
    Feature = "E003", Error, "feature of YAML or TOML that a policy does not use";
    /// The same key twice in one mapping.
    DuplicateKey = "E004", Error, "duplicate key";
    /// `yes`, `on` and their kind.
    Boolean = "E005", Error, "boolean that is not `true` or `false`";
    /// A list where a text is wanted.
    Shape = "E006", Error, "value of the wrong shape";
    /// A key that is not in the vocabulary.
    UnknownKey = "E007", Error, "unknown key";
    /// A key that must be there is not.
    MissingKey = "E008", Error, "missing key";
    /// Part of the language, but not of this version.
    Unsupported = "E009", Error, "not in this version";
    /// A name that cannot be one.
    Name = "E010", Error, "malformed name";
    /// A value that is not one of those that are allowed.
    Value = "E011", Error, "value that is not allowed";
    /// A name that stands for nothing.
    Reference = "E012", Error, "reference to something that is not declared";
    /// The same name declared twice.
    Redeclared = "E013", Error, "declared twice";
    /// Two rules of equal rank on one category.
    EqualRank = "E014", Error, "two rules of equal rank on one category";
    /// A boundary that no request can reach.
    Shadowed = "E015", Error, "boundary that no request can reach";
    /// A member line that proves nothing, or fits nothing.
    Member = "E016", Error, "member line that cannot place anything";
    /// A pattern that does not become an automaton.
    Pattern = "E017", Error, "pattern that cannot be compiled";
    /// A field path that cannot be read.
    FieldPath = "E018", Error, "malformed field path";
    /// A date that is none.
    Date = "E019", Error, "malformed date";
    /// More than the engine takes.
    Limit = "E020", Error, "more than the engine takes";
    /// Settings that contradict each other.
    Conflict = "E021", Error, "settings that contradict each other";
    /// A real value of personal data in the policy.
    RealValue = "E022", Error, "personal data in the policy text";
    /// A token key that is not shared both ways.
    Sharing = "E023", Error, "token key that is not shared both ways";
    /// A cell is what an assert says that it must never be.
    Broken = "E024", Error, "assert that does not hold";
    /// A file that a policy names and that cannot be part of it.
    Include = "E025", Error, "file that cannot be included";
    /// Not a host's configuration.
    HostUnread = "H001", Error, "not a host's configuration";
    /// Part of a host's configuration that is not in the text.
    HostAbsent = "H002", Error, "part of the configuration that is not at hand";
    /// HTTP without the filter.
    HostFilter = "H003", Error, "messages that no filter of cofferdam sees";
    /// The filter without a guard.
    HostGuard = "H004", Error, "no guard behind the filter";
    /// A filter in a place where it sees or alters what it must not.
    HostOrder = "H005", Error, "filter that sees or alters messages beside the policy";
    /// The host goes on without the filter.
    HostOpen = "H006", Error, "way past the filter where it fails or is turned off";
    /// The list of capabilities is not the module's.
    HostAllowed = "H007", Error, "allow-list that is not the module's";
    /// A virtual machine with others in it.
    HostShared = "H008", Error, "virtual machine that is shared";
    /// A key in the configuration.
    HostKey = "H009", Error, "key in plain sight";
    /// Copies of messages.
    HostCopy = "H010", Error, "copy of messages that nobody judged";
    /// Another place than the one that was judged.
    HostElsewhere = "H011", Error, "way to another place than the one that was judged";
    /// Logs, traces and the administration.
    HostOperator = "H012", Error, "log or administration that shows what passes";
    /// Identity that nobody proves.
    HostIdentity = "H013", Error, "identity that nobody proves";
    /// Buffers and holding.
    HostHold = "H014", Error, "no room to hold what waits for a verdict";
    /// Bytes that pass no HTTP filter.
    HostBeside = "H015", Error, "bytes that pass no HTTP filter";
    /// A module that may be another one.
    HostModule = "H016", Error, "module that may be another one";
    /// A module, or a policy, that is for trials.
    HostTrial = "H017", Error, "build for trials, which takes what nobody has signed";
    /// The filter does not know whose releases to take.
    HostTold = "H018", Error, "filter that is not told whose releases it takes";
    /// A defect of the compiler.
    Internal = "E099", Error, "defect of the compiler, please report it";
    /// A date to review by is over.
    Overdue = "W001", Warning, "review is overdue";
    /// Two names that look alike.
    Confusable = "W002", Warning, "names that look alike";
    /// Declared, but nothing uses it.
    Unused = "W003", Warning, "declared, but never used";
    /// A setting that another one makes void.
    Void = "W004", Warning, "setting without effect";
    /// An assert that nothing could break.
    Vacuous = "W005", Warning, "assert that speaks of nothing";
    /// Two member lines that some ends fit both of.
    Overlap = "W006", Warning, "member lines that fit the same ends";
    /// A detector of the policy that finds what a built-in one finds.
    Alike = "W007", Warning, "detector that finds what a built-in one finds";
}

/// Another place that belongs to a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// An edit that mends what a diagnostic speaks of. Only where there is no doubt what was meant:
/// a machine may apply it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What goes.
    pub span: Span,
    /// What stands there instead.
    pub replacement: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind.
    pub code: Code,
    /// Where.
    pub span: Span,
    /// One line, lower case, names in backticks.
    pub message: String,
    /// Other places.
    pub related: Vec<Related>,
    /// What to do about it.
    pub help: Option<String>,
    /// The edit that does it.
    pub fix: Option<Box<Fix>>,
}

impl Diagnostic {
    /// A message at a place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), related: Vec::new(), help: None, fix: None }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Asks whether a word was meant, where one is close, and offers it in place of the value.
    #[must_use]
    pub fn did_you_mean(self, word: Option<&str>) -> Self {
        let Some(word) = word else { return self };
        let span = self.span;
        self.help(format!("did you mean `{word}`?")).fix(span, word)
    }

    /// Offers an edit. A value that stands in quotes keeps them: see [`Diagnostics::settle`].
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Box::new(Fix { span, replacement: replacement.into() }));
        self
    }

    /// Says what to do about it, where that is known.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Names another place.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }
}

/// Everything that is wrong with one policy, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// Errors and warnings past [`SHOWN_MAX`]: they count, and are not shown.
    more: (usize, usize),
}

/// Nobody reads more than this, and a hostile text could have millions.
const SHOWN_MAX: usize = 1000;

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            if !self.list.contains(&diagnostic) {
                self.list.push(diagnostic);
            }
            return;
        }
        match diagnostic.code.severity() {
            Severity::Error => self.more.0 += 1,
            Severity::Warning => self.more.1 += 1,
        }
    }

    /// Whether there is an error among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many are as bad as this.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let shown = self.iter().filter(|diagnostic| diagnostic.code.severity() == severity).count();
        match severity {
            Severity::Error => shown + self.more.0,
            Severity::Warning => shown + self.more.1,
        }
    }

    /// Whether what comes now only counts.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= SHOWN_MAX
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// One after the other; the first thousand.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Fits edits to the text: within quotes where a value stands in some, and within some where
    /// it needs them. What helps say of YAML becomes TOML where that stands.
    pub(crate) fn settle(&mut self, source: &Source) {
        for diagnostic in &mut self.list {
            if let Some(help) = &mut diagnostic.help
                && source.file(diagnostic.span.start).is_toml()
            {
                *help =
                    help.replace(": ..`", " = ..`").replace("{ key: value }", "{ key = value }");
                let list = "begin each with `- `, on a line of its own, or write `[.., ..]`";
                *help = help.replace(list, "write `[.., ..]`, or each below a line `[[..]]`");
            }
        }
        for fix in self.list.iter_mut().filter_map(|diagnostic| diagnostic.fix.as_mut()) {
            let old = source.slice(fix.span);
            let quoted =
                |quote: char| old.len() >= 2 && old.starts_with(quote) && old.ends_with(quote);
            let own = fix.replacement.starts_with('"');
            if !own && (quoted('"') || quoted('\'')) {
                fix.span = Span::new(fix.span.start + 1, fix.span.end - 1);
            } else if fix.replacement.starts_with('@') {
                fix.replacement = format!("\"{}\"", fix.replacement);
            }
        }
    }

    /// Puts them in the order of the text.
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| {
            (a.span.start, a.code, &a.message).cmp(&(b.span.start, b.code, &b.message))
        });
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(f, "{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings))
    }
}
