//! Runs a policy's own `tests:` on the engine, each under many chunkings, and says what they would
//! not notice. Talks to no host and reads no clock: the same policy gives the same results.

mod coverage;
pub(crate) mod exchange;
mod expected;
mod host;
mod mutant;
mod mutation;
pub(crate) mod plan;
pub(crate) mod suite;

use crate::diagnostic::{Diagnostics, Source, Span};
use crate::language::CaseForm;
use exchange::{Message, Output};
use host::{Hosted, Place};
use suite::{Subject, Suite};

pub use coverage::{Coverage, Met, Part};
pub use host::{Came, Host, Loaded, Sent};
pub use mutation::{Mutation, Tried};

/// The key that tests make tokens with. It is published, and protects nothing.
pub const TEST_KEY: [u8; 32] = *b"cofferdam-test-key-not-a-secret!";

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The test's name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Ways in which the body was cut into chunks.
    pub plans: usize,
    /// What was not as expected; none when it passed.
    pub failures: Vec<String>,
    /// Whether a host's module was sent the same, where there is one.
    pub hosted: Option<InModule>,
}

/// Whether a test went through a host's module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InModule {
    /// In every chunking.
    Sent,
    /// No proxy can be placed so; why.
    Not(String),
}

/// What is asked beside whether tests pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What of the policy a passing test met.
    pub coverage: bool,
    /// Which changes of a rule a test would notice.
    pub mutation: bool,
}

/// What came of the tests of one policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// The tests, in the order of the policy.
    pub cases: Vec<CaseResult>,
    /// Where it was asked for.
    pub coverage: Option<Coverage>,
    /// Where it was asked for.
    pub mutation: Option<Mutation>,
}

/// Runs all tests of a policy.
///
/// # Errors
/// Everything that is wrong with the policy.
pub fn run(source: &Source) -> Result<Vec<CaseResult>, Diagnostics> {
    examine(source, Asked::default()).map(|examined| examined.cases)
}

/// Runs all tests of a policy, and says what they leave untested.
///
/// # Errors
/// Everything that is wrong with the policy.
pub fn examine(source: &Source, asked: Asked) -> Result<Examined, Diagnostics> {
    examine_with(source, asked, None)
}

/// The same, with each message sent through a host's module too: what comes out must be the same.
///
/// # Errors
/// Everything that is wrong with the policy.
pub fn examine_in(
    source: &Source,
    asked: Asked,
    host: &mut dyn Host,
) -> Result<Examined, Diagnostics> {
    examine_with(source, asked, Some(host))
}

fn examine_with(
    source: &Source,
    asked: Asked,
    host: Option<&mut dyn Host>,
) -> Result<Examined, Diagnostics> {
    let suite = Suite::new(source)?;
    let mut hosted = host.map(|host| Hosted::new(host, &suite.blob));
    let forms = &suite.policy.cases;
    let cases: Vec<_> =
        forms.iter().map(|case| run_case(case, &suite.subject, hosted.as_mut())).collect();
    let passed: Vec<_> = forms
        .iter()
        .zip(&cases)
        .filter(|(_, result)| result.failures.is_empty())
        .map(|(case, _)| case)
        .collect();
    let coverage = asked.coverage.then(|| coverage::measure(&suite, &passed));
    let mutation = asked.mutation.then(|| mutation::measure(&suite, &passed));
    Ok(Examined { coverage, mutation, cases })
}

fn run_case(case: &CaseForm, subject: &Subject, mut hosted: Option<&mut Hosted<'_>>) -> CaseResult {
    let Subject { bundle, settings } = subject;
    let plans = plan::plans(case.body.value.len());
    let mut result = CaseResult {
        name: case.name.clone(),
        span: case.span,
        plans: plans.len(),
        failures: Vec::new(),
        hosted: None,
    };
    let message = Message::of(case);
    let mut first: Option<Output> = None;
    let place = Place::of(case, subject);
    if hosted.is_some() {
        result.hosted = Some(
            place.as_ref().map_or_else(|| InModule::Not(host::nowhere(case)), |_| InModule::Sent),
        );
    }
    for plan in &plans {
        let output = match exchange::run(case, &message, plan, subject) {
            Ok(output) => output,
            Err(why) => {
                result.failures.push(why);
                return result;
            }
        };
        if let (Some(hosted), Some(place)) = (&mut hosted, &place)
            && let Err(why) = hosted.compare(place, case, (&message, plan), &output)
        {
            let chunks = plan.len() + 1;
            result.failures.push(format!("in the module, cut into {chunks} chunks: {why}"));
            return result;
        }
        match &first {
            None => {
                result.failures = expected::compare(case, &output, bundle, settings);
                result.failures.extend(second_pass(case, &output, subject));
                first = Some(output);
            }
            Some(whole) => {
                if let Some(why) = output.differs(whole) {
                    let chunks = plan.len() + 1;
                    result.failures.push(format!("cut into {chunks} chunks, {why}"));
                    return result;
                }
            }
        }
    }
    result
}

/// Two proxies on the way run the same policy twice: the second one must find nothing to do.
fn second_pass(case: &CaseForm, output: &Output, subject: &Subject) -> Option<String> {
    if output.entry.verdict != "rewrite" || output.entry.mode != "enforce" {
        return None;
    }
    let (message, whole) = (Message::from(output), Vec::new());
    let again = exchange::run(case, &message, &whole, subject);
    let same = again.is_ok_and(|again| {
        again.entry.verdict == "forward"
            && again.body == output.body
            && again.headers == output.headers
    });
    (!same).then(|| "a second pass over what came out alters it again".to_owned())
}
