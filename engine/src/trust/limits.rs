//! Every bound of signed documents, in one place. Past one a document is refused, never cut.

/// Longest payload of an envelope, in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;
/// Longest envelope: its payload in base64, and its signatures.
pub const ENVELOPE_BYTES_MAX: usize = 160 * 1024;
/// Most signatures of an envelope.
pub const SIGNATURES_MAX: usize = 32;
/// Longest signature, in bytes: one of SSH tells its key and how it was made.
pub const SIGNATURE_BYTES_MAX: usize = 512;
/// Most values of a JSON document, keys not counted.
pub const VALUES_MAX: usize = 8 * 1024;
/// Deepest nesting of a JSON document.
pub const DEPTH_MAX: usize = 8;
/// Most keys of a root.
pub const KEYS_MAX: usize = 256;
/// Most holders that an act may ask for.
pub const SLOTS_MAX: usize = 16;
/// Most roots from the pinned one to the last.
pub const ROOTS_MAX: usize = 64;
/// Most grants of a bundle.
pub const GRANTS_MAX: usize = 1024;
/// Most entries of any other list: paths, categories, modules.
pub const LIST_MAX: usize = 64;
/// Most keys and grants that a freshness statement takes back.
pub const REVOKED_MAX: usize = 256;
/// Longest name: of a holder, a boundary, a category.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest text: why something is asked for, a path, a SPIFFE id.
pub const TEXT_BYTES_MAX: usize = 512;
/// Most signatures that are remembered to hold: those of a few of the largest bundles.
pub const PROVEN_MAX: usize = 8 * 1024;
/// Longest bundle: the longest blob, and all that stands beside it.
pub const BUNDLE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Seconds of a day.
pub const DAY: u64 = 24 * 60 * 60;
/// How long a key may be used.
pub const KEY_SECONDS_MAX: u64 = 180 * DAY;
/// How long a root holds.
pub const ROOT_SECONDS_MAX: u64 = 366 * DAY;
/// How long a release holds.
pub const RELEASE_SECONDS_MAX: u64 = 90 * DAY;
/// How long a release that only tightens holds, until those have signed who let one open.
pub const UNCONFIRMED_SECONDS: u64 = 3 * DAY;
/// How long a release that has ended goes on deciding where it is in force, without grants.
pub const RELEASE_GRACE_SECONDS: u64 = 14 * DAY;
/// How long a freshness statement holds.
pub const FRESHNESS_SECONDS_MAX: u64 = DAY;
/// How long a grant holds, whatever a policy says.
pub const GRANT_SECONDS_MAX: u64 = 30 * DAY;
/// How long one holds that was made in an emergency.
pub const BREAK_GLASS_SECONDS_MAX: u64 = 30 * 60;
/// Most uses that a grant may name.
pub const USES_MAX: u64 = 1_000_000;
/// How far a version may be from the one before it. So nobody poisons a floor: the highest version
/// that can be named is never out of reach of the next releases.
pub const VERSION_STEP_MAX: u64 = 1000;
/// How far a clock may go back before it is doubted.
pub const CLOCK_BACK_SECONDS: u64 = 5 * 60;
