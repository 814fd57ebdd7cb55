//! A policy that compiles, and what its tests run on: the engine, and a key that is published.
//! Reads no clock: the same policy gives the same results.

use super::exchange::{self, Message, Output};
use super::{TEST_KEY, expected};
use crate::diagnostic::{Diagnostics, Source};
use crate::language::{self, CaseForm, PolicyForm};
use cofferdam_engine::model::{Tables, ZoneId};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::token::setting_name;
use cofferdam_engine::{Bundle, Sensitive, blob};
use std::rc::Rc;

/// What a message is sent through.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) bundle: Rc<Bundle>,
    pub(crate) settings: Rc<Settings>,
}

impl Subject {
    /// The engine with these tables.
    pub(crate) fn of(tables: &Tables, automata: &[Vec<u8>]) -> Option<Self> {
        Bundle::parse(blob::seal(tables, automata).ok()?).ok().map(Self::with)
    }

    /// The zone of this name.
    pub(crate) fn zone(&self, name: &str) -> Option<ZoneId> {
        let found = self.bundle.tables().zones.iter().position(|zone| zone.name == name);
        found.and_then(|at| u16::try_from(at).ok()).map(ZoneId)
    }

    /// The same automata with other tables.
    pub(crate) fn altered(&self, alter: impl FnOnce(&mut Tables)) -> Option<Self> {
        let mut tables = self.bundle.tables().clone();
        alter(&mut tables);
        let section = |n| self.bundle.blob().automaton(n).map(<[u8]>::to_vec);
        let automata: Vec<_> = (0..).map_while(section).collect();
        Self::of(&tables, &automata)
    }

    pub(crate) fn with(bundle: Bundle) -> Self {
        let keys = bundle.tables().keys.iter();
        let key = |name: &String| (setting_name(name), Sensitive::new(TEST_KEY.to_vec()));
        let settings =
            Settings { hold_headers: true, keys: keys.map(key).collect(), ..Settings::default() };
        Self { bundle: Rc::new(bundle), settings: Rc::new(settings) }
    }

    /// Sends the message of a test in one chunk. An error says why there is nothing to compare.
    pub(super) fn run(&self, case: &CaseForm) -> Result<Output, String> {
        let whole = Vec::new();
        exchange::run(case, &Message::of(case), &whole, self)
    }

    /// Whether what comes out of one chunk is what the test expects.
    pub(super) fn passes(&self, case: &CaseForm) -> bool {
        self.run(case).is_ok_and(|output| {
            expected::compare(case, &output, &self.bundle, &self.settings).is_empty()
        })
    }
}

/// A policy that compiles, as it is written.
pub(crate) struct Suite<'s> {
    pub(crate) source: &'s Source,
    pub(crate) policy: PolicyForm,
    pub(crate) subject: Subject,
    /// What hosts load.
    pub(crate) blob: Vec<u8>,
}

impl<'s> Suite<'s> {
    /// Compiles a policy.
    pub(crate) fn new(source: &'s Source) -> Result<Self, Diagnostics> {
        let compiled = crate::compile_source(source)?;
        let mut diagnostics = Diagnostics::default();
        let policy = language::read(source, &mut diagnostics);
        let (Some(policy), Ok(bundle)) = (policy, Bundle::parse(compiled.blob.clone())) else {
            return Err(diagnostics);
        };
        Ok(Self { source, policy, subject: Subject::with(bundle), blob: compiled.blob })
    }
}
