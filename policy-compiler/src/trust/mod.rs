//! What can be measured of who lets what cross: how long approvals take, what grants are used for,
//! which keys rest, what nobody has reviewed. From signed documents, and from entries of filters.
//!
//! Reads no folder and no clock. What is counted is signed by those who had to sign it when it was
//! made; what is not is told beside it, and counts for nothing.

mod figures;
mod history;
mod html;
mod json;
mod sections;
mod text;
mod usage;

pub use figures::{
    Emergencies, Emergency, EmergencyState, End, Figures, GrantUse, Grants, KeyFigures, KeyState,
    Lengths, Reciprocal, Releases, RuleUse, SelfApproval,
};
pub use history::{
    Documents, GrantFacts, GrantPapers, History, IDLE_SECONDS, Omitted, Paper, REVIEW_SECONDS,
    REVIEWERS, ReleaseFacts, Signer,
};
pub use html::html;
pub use json::json;
pub use text::text;
pub use usage::{MeasuredRules, Usage};
