//! Roots, releases, approvals and bundles, as people type them: each with a home of their own, in
//! clones of one repository.

mod company;
mod emergency;
mod envelope;
mod grant;
mod idle;
mod nonsense;
mod past;
mod release;
mod report;
mod root;
mod seeded;
mod ssh;
mod status;
mod stolen;

pub(crate) use company::{Company, POLICY, refuses, seen, stricter, wider};
