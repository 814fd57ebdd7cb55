//! Turns a pattern into an automaton section of a blob. The same pattern gives the same bytes.
//! Takes only what an anchored automaton of bounded length can say, and tells where in the
//! pattern the rest stands.

mod table;

use cofferdam_engine::limits;
use regex_syntax::ast::{self, Ast};
use regex_syntax::hir::{Class, Hir, HirKind, translate};
use std::ops::Range;
use table::Table;

/// Most states of one automaton: 64 KiB of a blob at 8 byte classes.
const STATES_MAX: usize = 4096;
/// Largest section of a policy's pattern: more than the built-in ones take together.
const SECTION_BYTES_MAX: usize = 128 * 1024;
/// Deepest nesting of a pattern.
const NEST_MAX: u32 = 32;

/// What came of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The section.
    pub(crate) section: Vec<u8>,
    /// Longest candidate in bytes; `None` when there is no longest.
    pub(crate) bytes_max: Option<usize>,
    /// Bytes that a candidate may begin with.
    pub(crate) first: Vec<u8>,
    /// Bytes that a candidate may end with.
    pub(crate) last: Vec<u8>,
    /// What else a candidate may begin with.
    pub(crate) left: Edge,
    /// What else a candidate may end with.
    pub(crate) right: Edge,
}

/// What a candidate may begin or end with beyond ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Edge {
    /// Nothing that goes on a word.
    Plain,
    /// Letters or digits.
    Letters,
}

/// Why a pattern was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatternError {
    /// Bytes of the pattern.
    pub(crate) at: Range<usize>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do instead.
    pub(crate) help: Option<String>,
}

impl PatternError {
    fn new(at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: Some(help.into()) }
    }
}

/// Compiles a pattern that somebody wrote into a policy: of bounded length.
///
/// # Errors
/// Everything in the pattern that an automaton cannot say, or should not.
pub(crate) fn bounded(pattern: &str) -> Result<Made, Vec<PatternError>> {
    let made = compile(pattern, Taken::FromPolicy)?;
    let whole = 0..pattern.len();
    match made.bytes_max {
        Some(length) if length <= limits::CANDIDATE_BYTES_MAX => Ok(made),
        Some(length) => Err(vec![PatternError::new(
            whole,
            format!(
                "`pattern` can be {length} bytes long, and {} are looked at",
                limits::CANDIDATE_BYTES_MAX
            ),
            "lower the counts in braces",
        )]),
        None => Err(vec![PatternError::new(
            whole,
            "`pattern` has no longest text",
            "give every repetition an upper count, such as `{1,32}`",
        )]),
    }
}

/// Compiles a built-in pattern, whose length a detector bounds by itself.
///
/// # Errors
/// As [`bounded`], but for the length.
pub(crate) fn unbounded(pattern: &str) -> Result<Made, Vec<PatternError>> {
    compile(pattern, Taken::BuiltIn)
}

/// Whose pattern it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Every repetition is bounded, and classes take whole characters.
    FromPolicy,
    /// Its author knows what bytes it takes.
    BuiltIn,
}

fn compile(pattern: &str, taken: Taken) -> Result<Made, Vec<PatternError>> {
    let whole = 0..pattern.len();
    let mut ast = parse(pattern).map_err(|error| vec![error])?;
    strip_borders(&mut ast, true, true);
    let mut errors = Vec::new();
    walk(&ast, &mut |ast| {
        refuse_assertion(ast, &mut errors);
        if taken == Taken::FromPolicy {
            refuse_unbounded(ast, &mut errors);
        }
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    let hir = translated(pattern, &ast, taken).map_err(|error| vec![error])?;
    let properties = hir.properties();
    match properties.minimum_len() {
        Some(0) => {
            return Err(vec![PatternError::new(
                whole,
                "`pattern` fits the empty text",
                "ask for at least one character",
            )]);
        }
        Some(_) => {}
        None => {
            return Err(vec![PatternError::new(whole, "`pattern` fits no text", "remove it")]);
        }
    }
    let bytes_max = properties.maximum_len();
    let table = Table::build(&hir).ok_or_else(|| vec![too_large(pattern)])?;
    let table = table.minimized();
    if table.states() > STATES_MAX {
        return Err(vec![too_large(pattern)]);
    }
    let (first, last) = (table.first(), table.last());
    let section = match taken {
        Taken::BuiltIn => table.dense(),
        Taken::FromPolicy => table.smallest(),
    };
    let section = section.ok_or_else(|| vec![too_large(pattern)])?;
    if taken == Taken::FromPolicy && section.len() > SECTION_BYTES_MAX {
        return Err(vec![PatternError::new(
            whole,
            format!(
                "`pattern` would take {} KiB of the blob, and {} are allowed",
                section.len().div_ceil(1024),
                SECTION_BYTES_MAX / 1024
            ),
            SMALLER,
        )]);
    }
    let (left, right) = (edge(&hir, true), edge(&hir, false));
    Ok(Made { section, bytes_max, first, last, left, right })
}

const SMALLER: &str =
    "use smaller counts, fewer alternatives, or ASCII classes instead of `.` and `\\p{..}`";

fn too_large(pattern: &str) -> PatternError {
    PatternError::new(
        0..pattern.len(),
        format!("`pattern` needs an automaton of more than {STATES_MAX} states"),
        SMALLER,
    )
}

fn range(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

fn parse(pattern: &str) -> Result<Ast, PatternError> {
    let mut parser = ast::parse::ParserBuilder::new().nest_limit(NEST_MAX).build();
    parser.parse(pattern).map_err(|error| {
        let at = range(error.span());
        match error.kind() {
            ast::ErrorKind::UnsupportedBackreference => PatternError::new(
                at,
                "an automaton cannot refer back to a group",
                "write out what may stand there",
            ),
            ast::ErrorKind::UnsupportedLookAround => PatternError::new(
                at,
                "an automaton cannot look around",
                "leave it out: a candidate in a longer word is never taken",
            ),
            ast::ErrorKind::NestLimitExceeded(_) => PatternError::new(
                at,
                format!("`pattern` is nested deeper than {NEST_MAX}"),
                "use fewer groups",
            ),
            kind => {
                let message = format!("`pattern` cannot be read: {kind}");
                PatternError { at, message, help: Some(UNREADABLE.to_owned()) }
            }
        }
    })
}

/// The way out where the syntax of a pattern is wrong.
const UNREADABLE: &str =
    "close every bracket and group, and write `\\` before a sign that stands for itself";

/// Word borders at the ends say what holds anyway: of the whole, or of each alternative.
fn strip_borders(ast: &mut Ast, left: bool, right: bool) {
    match ast {
        Ast::Group(group) => strip_borders(&mut group.ast, left, right),
        Ast::Alternation(alternation) => {
            alternation.asts.iter_mut().for_each(|ast| strip_borders(ast, left, right));
        }
        Ast::Concat(concat) => {
            let asts = &mut concat.asts;
            let first = asts.iter().position(|ast| !matches!(ast, Ast::Flags(_)));
            if let Some(first) = first.filter(|first| left && is_word_border(&asts[*first])) {
                asts.remove(first);
            }
            if right && asts.last().is_some_and(is_word_border) {
                asts.pop();
            }
            let count = asts.len();
            for (n, ast) in asts.iter_mut().enumerate() {
                let first = first.is_some_and(|first| n <= first);
                strip_borders(ast, left && first, right && n + 1 == count);
            }
        }
        Ast::Empty(_)
        | Ast::Flags(_)
        | Ast::Literal(_)
        | Ast::Dot(_)
        | Ast::Assertion(_)
        | Ast::ClassUnicode(_)
        | Ast::ClassPerl(_)
        | Ast::ClassBracketed(_)
        | Ast::Repetition(_) => {}
    }
}

fn is_word_border(ast: &Ast) -> bool {
    let Ast::Assertion(assertion) = ast else { return false };
    matches!(
        assertion.kind,
        ast::AssertionKind::WordBoundary
            | ast::AssertionKind::WordBoundaryStart
            | ast::AssertionKind::WordBoundaryEnd
            | ast::AssertionKind::WordBoundaryStartAngle
            | ast::AssertionKind::WordBoundaryEndAngle
    )
}

/// Calls for every node. The nesting is bounded by [`NEST_MAX`].
fn walk(ast: &Ast, visit: &mut dyn FnMut(&Ast)) {
    visit(ast);
    match ast {
        Ast::Repetition(repetition) => walk(&repetition.ast, visit),
        Ast::Group(group) => walk(&group.ast, visit),
        Ast::Alternation(alternation) => alternation.asts.iter().for_each(|ast| walk(ast, visit)),
        Ast::Concat(concat) => concat.asts.iter().for_each(|ast| walk(ast, visit)),
        Ast::Empty(_)
        | Ast::Flags(_)
        | Ast::Literal(_)
        | Ast::Dot(_)
        | Ast::Assertion(_)
        | Ast::ClassUnicode(_)
        | Ast::ClassPerl(_)
        | Ast::ClassBracketed(_) => {}
    }
}

fn refuse_assertion(ast: &Ast, errors: &mut Vec<PatternError>) {
    let Ast::Assertion(assertion) = ast else { return };
    let at = range(&assertion.span);
    errors.push(if is_word_border(ast) {
        PatternError::new(
            at,
            "a word border stands inside of `pattern`",
            "write what parts the words, such as a space or `-`",
        )
    } else {
        PatternError::new(
            at,
            "`pattern` is anchored",
            "leave the anchor out: a pattern is looked for everywhere, as a whole word",
        )
    });
}

fn refuse_unbounded(ast: &Ast, errors: &mut Vec<PatternError>) {
    let Ast::Repetition(repetition) = ast else { return };
    let unbounded = match &repetition.op.kind {
        ast::RepetitionKind::ZeroOrOne => false,
        ast::RepetitionKind::ZeroOrMore | ast::RepetitionKind::OneOrMore => true,
        ast::RepetitionKind::Range(range) => {
            matches!(range, ast::RepetitionRange::AtLeast(_))
        }
    };
    if unbounded {
        errors.push(PatternError::new(
            range(&repetition.op.span),
            "a repetition in `pattern` has no upper count",
            "give it one, such as `{1,32}`",
        ));
    }
}

/// ASCII throughout, unless a class reaches beyond: then whole characters, never parts of one.
fn translated(pattern: &str, ast: &Ast, taken: Taken) -> Result<Hir, PatternError> {
    let translate = |unicode: bool| {
        let mut builder = translate::TranslatorBuilder::new();
        builder.unicode(unicode).utf8(unicode).build().translate(pattern, ast)
    };
    // Bytes have no other case beyond ASCII.
    let folds = taken == Taken::FromPolicy && !pattern.is_ascii() && folds_case(ast);
    match translate(false) {
        Ok(hir) if taken == Taken::BuiltIn || !(folds || splits_characters(&hir)) => Ok(hir),
        _ => translate(true).map_err(|error| PatternError {
            at: range(error.span()),
            message: format!("`pattern` cannot be read: {}", error.kind()),
            help: Some(UNREADABLE.to_owned()),
        }),
    }
}

fn folds_case(ast: &Ast) -> bool {
    let mut folds = false;
    walk(ast, &mut |ast| {
        let flags = match ast {
            Ast::Flags(set) => Some(&set.flags),
            Ast::Group(group) => group.flags(),
            _ => None,
        };
        folds |= flags.and_then(|f| f.flag_state(ast::Flag::CaseInsensitive)) == Some(true);
    });
    folds
}

/// Whether a class takes single bytes of longer characters.
fn splits_characters(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => class.ranges().iter().any(|r| r.end() >= 0x80),
        HirKind::Class(Class::Unicode(_)) => false,
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
        HirKind::Repetition(repetition) => splits_characters(&repetition.sub),
        HirKind::Capture(capture) => splits_characters(&capture.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().any(splits_characters),
    }
}

/// What may stand at one end of a candidate: the first one, or the last.
fn edge(hir: &Hir, first: bool) -> Edge {
    let of = |c: Option<char>| match c {
        Some(c) if !c.is_ascii() && c.is_alphanumeric() => Edge::Letters,
        Some(_) | None => Edge::Plain,
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => Edge::Plain,
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            of(if first { text.chars().next() } else { text.chars().next_back() })
        }
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            of(letters.find(|c| of(Some(*c)) == Edge::Letters))
        }
        HirKind::Repetition(repetition) => edge(&repetition.sub, first),
        HirKind::Capture(capture) => edge(&capture.sub, first),
        HirKind::Alternation(subs) => {
            subs.iter().map(|sub| edge(sub, first)).max().unwrap_or(Edge::Plain)
        }
        HirKind::Concat(subs) => {
            // What may be empty lets its neighbor stand at the end too.
            let order: Vec<_> =
                if first { subs.iter().collect() } else { subs.iter().rev().collect() };
            let empty = |sub: &&Hir| sub.properties().minimum_len() == Some(0);
            let count = order.iter().take_while(|sub| empty(sub)).count() + 1;
            order.into_iter().take(count).map(|sub| edge(sub, first)).max().unwrap_or(Edge::Plain)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_engine::detect::automaton::{Automaton, Layout};
    use proptest::prelude::*;

    const SAMPLE: &str = "[A-Z]{2}[0-9]{2,5}(?:-[a-z]{1,3})?";

    fn accepts(pattern: &str, text: &str) -> bool {
        let made = bounded(pattern).unwrap_or_else(|errors| panic!("{pattern}: {errors:?}"));
        Automaton::parse(&made.section).expect("a section").accepts_all_of(text.as_bytes())
    }

    #[test]
    fn patterns_say_what_regular_expressions_say() {
        for (pattern, right, wrong) in [
            ("PT-[0-9]{8}", "PT-00112233", "PT-0011223"),
            (r"\bPT-\d{2}\b", "PT-12", "PT-1"),
            (r"(?i)\bpt\b|\b(?:x|\by)z\b", "yz", "y"),
            (r"(\b(ab|c\b))", "c", "a"),
            ("(?:ab|cd){2}", "abcd", "abc"),
            ("(a|b)?c", "c", "ab"),
            ("(?i)x[a-f]", "Xf", "Xg"),
            ("(?P<name>a)b", "ab", "a"),
            ("grün", "grün", "grun"),
            ("x.y", "xäy", "xy"),
            (r"\p{Lu}z", "Äz", "äz"),
            (r"\p{Cyrillic}{2,20}", "Жюль", "Ж1"),
            (r"\p{Latin}{2,20}", "Élan", "Жюль"),
            (r"\p{Greek}{2,8}", "αβγ", "αbγ"),
            (r"(?i)ärger", "ÄRGER", "arger"),
            ("[^a]b", "éb", "ab"),
            ("a{3}", "aaa", "aa"),
        ] {
            assert!(accepts(pattern, right), "{pattern} {right}");
            assert!(!accepts(pattern, wrong), "{pattern} {wrong}");
        }
    }

    #[test]
    fn what_an_automaton_cannot_say_is_refused_where_it_stands() {
        let long = format!("[0-9]{{{}}}", limits::CANDIDATE_BYTES_MAX + 1);
        let wide = "[ab]{1,20}a[ab]{15}";
        for (pattern, at, message) in [
            ("a(?=b)", "(?=", "an automaton cannot look around"),
            (r"(a)\1", r"\1", "an automaton cannot refer back to a group"),
            ("^a", "^", "`pattern` is anchored"),
            (r"a\bb", r"\b", "a word border stands inside of `pattern`"),
            (r"(a\b|b)c", r"\b", "a word border stands inside of `pattern`"),
            ("ab*", "*", "a repetition in `pattern` has no upper count"),
            ("x[0-9]+", "+", "a repetition in `pattern` has no upper count"),
            ("xa{3,}", "{3,}", "a repetition in `pattern` has no upper count"),
            ("a?", "a?", "`pattern` fits the empty text"),
            ("", "", "`pattern` fits the empty text"),
            (&long, &long, "`pattern` can be 513 bytes long, and 512 are looked at"),
            (
                r"\p{L}{5}",
                r"\p{L}{5}",
                "`pattern` would take 278 KiB of the blob, and 128 are allowed",
            ),
            (wide, wide, "`pattern` needs an automaton of more than 4096 states"),
        ] {
            let errors = bounded(pattern).expect_err(pattern);
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(&pattern[errors[0].at.clone()], at, "{errors:?}");
            assert_eq!(errors[0].message, message);
            assert!(errors[0].help.is_some());
        }
        for pattern in ["(", "[z-a]", "a{2,1}", r"\q", "(?", r"\p{Nope}"] {
            let errors = bounded(pattern).expect_err(pattern);
            assert!(errors[0].message.starts_with("`pattern` cannot be read: "), "{errors:?}");
        }
        assert_eq!(bounded("^a*$").expect_err("three").len(), 3);
        assert!(bounded(&"(".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn a_damaged_section_is_refused_or_stays_in_bounds(
            cut in any::<prop::sample::Index>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            text in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let whole = bounded(SAMPLE).expect("a pattern").section;
            prop_assert!(Layout::check(&whole[..cut.index(whole.len())]).is_err());
            let mut flipped = whole.clone();
            for (at, byte) in &flips {
                *at.get_mut(&mut flipped) = *byte;
            }
            if let Ok(automaton) = Automaton::parse(&flipped) {
                let _ = automaton.accepts_all_of(&text);
                automaton.first_bytes().count();
            }
            // A layout with bytes that it was not made of finds nothing, and does not panic.
            let layout = Layout::check(&whole).expect("a section");
            let other = layout.view(&flipped[..cut.index(flipped.len())]);
            let _ = other.accepts_all_of(&text);
        }

        #[test]
        fn it_accepts_what_the_pattern_was_made_for(text in "[A-Z]{2}[0-9]{2,5}(-[a-z]{1,3})?") {
            prop_assert!(accepts(SAMPLE, &text));
        }
    }
}
