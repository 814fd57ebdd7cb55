//! Who may let a policy run, and a grant hold: never one person alone.
//!
//! ```text
//!  host's settings --pin--> root 1 --> root 2 --> ..          keys, holders, roles, quorums
//!                                        |
//!      envelope: exact bytes, signatures --> who signed --> release  (this blob may run)
//!                                                       --> request, approval  (a grant)
//!                                                       --> freshness  (current, revoked)
//! ```
//!
//! Bytes are verified before anything in them is read, signatures are counted by holder and not by
//! key, and one verifier ([`verify`]) and one question about time ([`Period::is_active`]) serve the
//! filter and the command alike. Sans-IO: the time, what the host's settings say and what is
//! remembered are arguments. It signs nothing, and holds no private key.

mod base64;
mod envelope;
mod file;
mod freshness;
mod grant;
mod json;
mod key;
pub mod limits;
mod narrower;
mod proven;
mod quorum;
mod reason;
mod release;
mod review;
mod root;
mod sshsig;
mod time;
mod verify;

pub use envelope::{Envelope, PayloadType, Signature, Signed, Signers, signed_bytes};
pub use file::BundleFile;
pub use freshness::Freshness;
pub use grant::{Approval, Grant, GrantEnvelopes, Request, Use, never_in_an_emergency};
pub use json::{digest, is_name};
pub use key::{Key, Kind, PublicKey, Role};
pub use narrower::is_narrower;
pub use proven::Proven;
pub use quorum::{Act, Quorum};
pub use reason::Reason;
pub use release::{Change, EngineVersion, Release};
pub use review::Review;
pub use root::{Chain, Root};
pub use sshsig::{NAMESPACE, public as ssh_public, signer as ssh_signer};
pub use time::{Period, Standing, Time};
pub use verify::{Host, Memory, Seen, Trusted, verify, verify_but_grants};
