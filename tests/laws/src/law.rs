//! The laws themselves: one generated message, its chunk plans, and what must hold of them.
//! Each law is asked alone, so that one that fails hides no other.

use crate::body::Body;
use crate::entropy::Entropy;
use crate::plan::Plan;
use crate::policies::Policies;
use crate::replaced::only_replaced;
use crate::run::{Outcome, Way, run};
use crate::words::VALUES;
use cofferdam_engine::Bundle;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::limits::CARRY_BYTES_MAX;
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::Verdict;
use std::rc::Rc;

/// A law that a generated message can show to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Any chunking gives the same.
    Split,
    /// Released bytes are final, and after a block nothing is released.
    NoTakeBack,
    /// What is kept is bounded.
    Bound,
    /// A second pass rewrites nothing.
    Fixpoint,
    /// No run of four bytes of a value in an entry.
    NoEcho,
    /// The same inputs give the same outputs.
    Purity,
    /// What is no finding stays as it is.
    Untouched,
    /// Rewritten JSON still parses.
    StillParses,
}

impl Law {
    /// All laws.
    pub const ALL: &[Self] = &[
        Self::Split,
        Self::NoTakeBack,
        Self::Bound,
        Self::Fixpoint,
        Self::NoEcho,
        Self::Purity,
        Self::Untouched,
        Self::StillParses,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::NoTakeBack => "no_take_back",
            Self::Bound => "bound",
            Self::Fixpoint => "fixpoint",
            Self::NoEcho => "no_echo",
            Self::Purity => "purity",
            Self::Untouched => "untouched",
            Self::StillParses => "still_parses",
        }
    }
}

/// A generated message under a policy.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which policy of [`Policies`].
    pub policy: usize,
    /// Which way it goes.
    pub way: Way,
    /// Its body.
    pub body: Body,
    /// Plans beside the whole.
    pub plans: Vec<Plan>,
}

/// Bytewise runs of longer bodies take long and show nothing that shorter ones do not.
const BYTEWISE_BYTES_MAX: usize = 1500;
/// Bytes of entropy that choose policy, way and plans.
const PLAN_BYTES: usize = 24;

impl Case {
    /// A case out of bytes.
    #[must_use]
    pub fn generate(bytes: &[u8]) -> Self {
        let mut entropy = Entropy::new(bytes);
        let policy = entropy.below(crate::policies::COUNT);
        let way = if entropy.below(2) == 0 { Way::Response } else { Way::Request };
        let mut choices = entropy.split(PLAN_BYTES);
        let body = Body::generate(&mut entropy);
        let mut plans = vec![
            Plan::generate(&mut choices),
            Plan::halves(choices.below(body.bytes.len() + 1)),
            Plan::halves(body.bytes.len().saturating_sub(1 + choices.below(12))),
        ];
        if body.bytes.len() <= BYTEWISE_BYTES_MAX {
            plans.push(Plan::bytewise());
        }
        Self { policy, way, body, plans }
    }
}

/// What a case came to under every plan.
pub struct Runs<'p> {
    case: &'p Case,
    bundle: &'p Rc<Bundle>,
    settings: &'p Rc<Settings>,
    whole: Outcome,
    cut: Vec<Outcome>,
}

impl<'p> Runs<'p> {
    /// Runs a case in one chunk and by all its plans.
    #[must_use]
    pub fn new(policies: &'p Policies, case: &'p Case) -> Self {
        let (bundle, settings) = (&policies.bundles[case.policy], &policies.settings);
        let go = |plan: &Plan| run(bundle, settings, case.way, &case.body, plan);
        let cut = case.plans.iter().map(go).collect();
        Self { case, bundle, settings, whole: go(&Plan::whole()), cut }
    }

    /// What the message came to in one chunk.
    #[must_use]
    pub fn whole(&self) -> &Outcome {
        &self.whole
    }

    /// Asks one law; what breaks it, in words. Shows generated text, which is made up.
    ///
    /// # Errors
    /// When it is broken.
    pub fn ask(&self, law: Law) -> Result<(), String> {
        match law {
            Law::Split => self.split(),
            Law::NoTakeBack => self.no_take_back(),
            Law::Bound => self.bound(),
            Law::Fixpoint => self.fixpoint(),
            Law::NoEcho => self.no_echo(),
            Law::Purity => self.purity(),
            Law::Untouched => self.untouched(),
            Law::StillParses => self.still_parses(),
        }
    }

    fn split(&self) -> Result<(), String> {
        for (plan, cut) in self.case.plans.iter().zip(&self.cut) {
            let differ = |what: &str, whole: &str, cut: &str| {
                Err(format!("{what} differs under {plan:?}\n  whole: {whole}\n  cut:   {cut}"))
            };
            if cut.verdict != self.whole.verdict {
                let (whole, cut) = (self.whole.verdict, cut.verdict);
                return differ("verdict", &format!("{whole:?}"), &format!("{cut:?}"));
            }
            let (whole, other) = (told(&self.whole), told(cut));
            if whole != other {
                return differ("entry", &format!("{whole:?}"), &format!("{other:?}"));
            }
            let same = match cut.verdict {
                Ok(_) => cut.left == self.whole.left,
                Err(_) => self.cut.iter().all(|other| prefix(&cut.left, &other.left)),
            };
            if !same {
                return differ("what left", &show(&self.whole.left), &show(&cut.left));
            }
        }
        Ok(())
    }

    fn no_take_back(&self) -> Result<(), String> {
        let all = self.cut.iter().chain([&self.whole]);
        match all.filter_map(|outcome| outcome.wrong).next() {
            Some(wrong) => Err(wrong.into()),
            None => Ok(()),
        }
    }

    fn bound(&self) -> Result<(), String> {
        let kept = self.cut.iter().chain([&self.whole]).map(|outcome| outcome.kept_max).max();
        match kept {
            Some(kept) if kept > CARRY_BYTES_MAX => Err(format!("{kept} bytes were kept")),
            _ => Ok(()),
        }
    }

    fn fixpoint(&self) -> Result<(), String> {
        if self.whole.verdict.is_err() {
            return Ok(());
        }
        let body = Body { media: self.case.body.media, bytes: self.whole.left.clone() };
        let again = run(self.bundle, self.settings, self.case.way, &body, &Plan::whole());
        if again.verdict == Ok(Verdict::Forward) && again.left == body.bytes {
            return Ok(());
        }
        let (first, second) = (show(&body.bytes), show(&again.left));
        Err(format!("second pass: {:?}\n  first:  {first}\n  second: {second}", again.verdict))
    }

    fn no_echo(&self) -> Result<(), String> {
        let Some(mut entry) = told(&self.whole) else { return Ok(()) };
        // Numbers of findings are no echo, whatever their digits.
        entry.findings.iter_mut().for_each(|(_, _, count)| *count = 0);
        entry.took_ms = 0;
        let printed = format!("{entry:?}");
        for value in VALUES {
            let runs = value.as_bytes().windows(4);
            for run in runs.filter_map(|run| std::str::from_utf8(run).ok()) {
                if printed.contains(run) {
                    return Err(format!("`{run}` stands in {printed}"));
                }
            }
        }
        Ok(())
    }

    fn purity(&self) -> Result<(), String> {
        let again = run(self.bundle, self.settings, self.case.way, &self.case.body, &Plan::whole());
        match again == self.whole {
            true => Ok(()),
            false => Err(format!("once {:?}\n  then {again:?}", self.whole)),
        }
    }

    fn untouched(&self) -> Result<(), String> {
        let (before, after) = (&self.case.body.bytes, &self.whole.left);
        let fine = match self.whole.verdict {
            Ok(Verdict::Forward) => before == after,
            Ok(_) => before != after && only_replaced(before, after),
            Err(_) => true,
        };
        match fine {
            true => Ok(()),
            false => Err(format!("{:?}\n  after: {}", self.whole.verdict, show(after))),
        }
    }

    fn still_parses(&self) -> Result<(), String> {
        let json = self.case.body.media.is_some_and(|media| media.contains("json"));
        if !json || self.whole.verdict.is_err() {
            return Ok(());
        }
        let lines = self.case.body.media.is_some_and(|media| media.contains("ndjson"));
        let parses = |bytes: &[u8]| if lines { values(bytes) } else { one_value(bytes) };
        match !parses(&self.case.body.bytes) || parses(&self.whole.left) {
            true => Ok(()),
            false => Err(format!("no JSON any more: {}", show(&self.whole.left))),
        }
    }
}

/// What of an entry must not depend on chunks.
fn told(outcome: &Outcome) -> Option<Entry> {
    let mut entry = outcome.entry.clone()?;
    (entry.chunks, entry.time) = (0, 0);
    (entry.bytes_in, entry.bytes_out) = (0, 0);
    (entry.policy, entry.crossing) = (String::new(), String::new());
    Some(entry)
}

fn prefix(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}

fn one_value(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes).is_ok()
}

fn values(bytes: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
    values.all(|value| value.is_ok())
}

fn show(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let short: String = text.chars().take(1200).collect();
    format!("{short:?}")
}
