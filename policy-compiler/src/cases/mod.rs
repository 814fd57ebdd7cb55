//! Runs a policy's own `tests:` on the engine, each under many chunkings.
//! Talks to no host and reads no clock: the same policy gives the same results.

mod exchange;
mod expected;
mod plan;

use crate::diagnostic::{Diagnostics, Source, Span};
use crate::language::{self, CaseForm};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::token::setting_name;
use cofferdam_engine::{Bundle, Sensitive};
use exchange::{Message, Output};
use std::rc::Rc;

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
}

/// Runs all tests of a policy.
///
/// # Errors
/// Everything that is wrong with the policy.
pub fn run(source: &Source) -> Result<Vec<CaseResult>, Diagnostics> {
    let compiled = crate::compile_source(source)?;
    let mut diagnostics = Diagnostics::default();
    let policy = language::read(source, &mut diagnostics);
    let (Some(policy), Ok(bundle)) = (policy, Bundle::parse(compiled.blob)) else {
        return Err(diagnostics);
    };
    let keys = bundle.tables().keys.iter();
    let keys = keys.map(|key| (setting_name(key), Sensitive::new(TEST_KEY.to_vec()))).collect();
    let settings = Settings { hold_headers: true, keys, ..Settings::default() };
    let (bundle, settings) = (Rc::new(bundle), Rc::new(settings));
    Ok(policy.cases.iter().map(|case| run_case(case, &bundle, &settings)).collect())
}

fn run_case(case: &CaseForm, bundle: &Rc<Bundle>, settings: &Rc<Settings>) -> CaseResult {
    let plans = plan::plans(case.body.value.len());
    let mut result = CaseResult {
        name: case.name.clone(),
        span: case.span,
        plans: plans.len(),
        failures: Vec::new(),
    };
    let message = Message::of(case);
    let mut first: Option<Output> = None;
    for plan in &plans {
        let output = match exchange::run(case, &message, plan, bundle, settings) {
            Ok(output) => output,
            Err(why) => {
                result.failures.push(why);
                return result;
            }
        };
        match &first {
            None => {
                result.failures = expected::compare(case, &output, bundle, settings);
                result.failures.extend(second_pass(case, &output, bundle, settings));
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
fn second_pass(
    case: &CaseForm,
    output: &Output,
    bundle: &Rc<Bundle>,
    settings: &Rc<Settings>,
) -> Option<String> {
    if output.entry.verdict != "rewrite" || output.entry.mode != "enforce" {
        return None;
    }
    let again = exchange::run(case, &Message::from(output), &Vec::new(), bundle, settings);
    let same = again.is_ok_and(|again| {
        again.entry.verdict == "forward"
            && again.body == output.body
            && again.headers == output.headers
    });
    (!same).then(|| "a second pass over what came out alters it again".to_owned())
}
