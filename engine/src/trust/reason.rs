//! Why something signed is refused: a closed set of words that hold nothing of what was read.

use core::fmt;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal,)+) => {
        /// Why something is refused, or what is to be looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word that commands, metrics and entries have for it. Words stay as they are.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc,)+).trim_ascii(),)+
                }
            }
        }
    };
}

reasons! {
    /// it is longer than anything that is signed here
    Oversize => "oversize",
    /// it is no UTF-8
    NotUtf8 => "not_utf8",
    /// it is no JSON, or holds numbers that nothing here has
    NotJson => "not_json",
    /// it nests deeper, or holds more values, than anything that is signed here
    TooMany => "too_many",
    /// a key stands twice in one object
    DuplicateKey => "duplicate_key",
    /// an object has a key that nobody knows here
    UnknownKey => "unknown_key",
    /// an object lacks a key
    MissingKey => "missing_key",
    /// a value is of another type than is wanted
    WrongType => "wrong_type",
    /// a value is of the right type, and not one that is allowed
    BadValue => "bad_value",
    /// a time is not written as `2027-06-30T12:00:00Z`
    BadTime => "bad_time",
    /// something is no base64, or not the one spelling of it
    BadBase64 => "bad_base64",
    /// the document is of another format or version than is wanted
    OtherFormat => "other_format",
    /// the bundle is no bundle, or broken
    NotABundle => "not_a_bundle",
    /// the blob is none that this engine reads
    NotABlob => "not_a_blob",

    /// the envelope says that it holds another kind of document
    PayloadType => "payload_type",
    /// nothing in the envelope is signed by a key of the root
    Unsigned => "unsigned",
    /// a signature has another form than its key makes
    SignatureForm => "signature_form",
    /// a signature of a known key is not over these bytes
    SignatureWrong => "signature_wrong",
    /// an SSH signature was made for another purpose: its namespace is not `cofferdam`
    Namespace => "namespace",
    /// a signature is of a key whose time has ended
    KeyExpired => "key_expired",
    /// a signature is of a key whose time has not begun
    KeyNotYet => "key_not_yet",
    /// a signature is of a key that is revoked or suspended
    KeyRevoked => "key_revoked",
    /// several signatures are of one holder, who counts once
    HolderTwice => "holder_twice",
    /// who wrote it signed as an approver too
    AuthorApproves => "author_approves",
    /// who asked for it signed as an approver too
    RequesterApproves => "requester_approves",
    /// holders are missing who must sign
    QuorumShort => "quorum_short",

    /// there is no root
    RootMissing => "root_missing",
    /// the first root is not the one that the host's settings name
    RootPin => "root_pin",
    /// a root does not follow the one before it: its version is not the next one
    RootJump => "root_jump",
    /// a root lacks signatures that the one before it, or it itself, asks for
    RootQuorumShort => "root_quorum_short",
    /// the root has ended
    RootExpired => "root_expired",
    /// a root is of a time to come, or of before the root that it follows
    RootNotYet => "root_not_yet",
    /// a root would hold for more than a year
    RootLife => "root_life",
    /// the root is older than one that was seen before
    RootOlder => "root_older",
    /// there is another root of the same version
    RootFork => "root_fork",
    /// an act asks for no holder of a role that it names
    ThresholdZero => "threshold_zero",
    /// an act asks for more holders than there are
    ThresholdUnmet => "threshold_unmet",
    /// one holder alone could do what takes two
    OnePerson => "one_person",
    /// an act does not ask for exactly one who wrote it, or who asked for it
    NoAuthor => "no_author",
    /// a key stands twice in the root
    KeyTwice => "key_twice",
    /// two holders have the same key
    KeyShared => "key_shared",
    /// a key is none that signs safely
    WeakKey => "weak_key",
    /// a key would hold for more than 180 days
    KeyLife => "key_life",
    /// a key that is online has another role too
    OnlineKey => "online_key",

    /// there is no release
    ReleaseMissing => "release_missing",
    /// the release would hold for more than 90 days
    ReleaseLife => "release_life",
    /// the time of the release has not begun
    ReleaseNotYet => "release_not_yet",
    /// the release has ended
    ReleaseExpired => "release_expired",
    /// the release only tightens, and nobody confirmed it within three days
    Unconfirmed => "unconfirmed",
    /// the release is for another mesh
    OtherAudience => "other_audience",
    /// the release is for another blob
    OtherBlob => "other_blob",
    /// the release is for a policy of another name
    OtherPolicy => "other_policy",
    /// the release needs a newer engine
    EngineOld => "engine_old",
    /// the release is not for this module of the filter, or it is not known which one this is
    OtherModule => "other_module",
    /// the version is below one that was in force, or below the least that is allowed
    OlderVersion => "older_version",
    /// the version is too far from the one before it
    VersionJump => "version_jump",
    /// there is another release of the same version
    Fork => "fork",
    /// the release says that it only tightens, and that is not proven
    FalseTightens => "false_tightens",
    /// a floor is so high that no release could reach it
    FloorPoisoned => "floor_poisoned",
    /// the clock went back
    ClockBack => "clock_back",

    /// nothing says that this release is still the current one
    FreshnessMissing => "freshness_missing",
    /// what says so has ended
    FreshnessExpired => "freshness_expired",
    /// what says so is of a time to come
    FreshnessNotYet => "freshness_not_yet",
    /// a freshness statement would hold for more than a day
    FreshnessLife => "freshness_life",
    /// a freshness statement is older than one that was seen before
    FreshnessOlder => "freshness_older",
    /// nothing has said for so long that this release is current, that nothing may cross
    FreshnessLong => "freshness_long",
    /// a freshness statement leaves out what was revoked before
    Unrevoked => "unrevoked",

    /// the approval is of another request
    OtherRequest => "other_request",
    /// the approval gives more than was asked for
    GrantWider => "grant_wider",
    /// the policy allows no such grant over this boundary
    GrantForbidden => "grant_forbidden",
    /// the time of the grant has not begun
    GrantNotYet => "grant_not_yet",
    /// the grant has ended
    GrantEnded => "grant_ended",
    /// the grant is revoked
    GrantRevoked => "grant_revoked",
    /// all grants over this boundary together are open for longer than the root allows
    GrantTotal => "grant_total",
    /// who signed a grant is still to be checked here, which takes seconds where there are many
    GrantWaiting => "grant_waiting",
    /// the same grant is there twice
    GrantTwice => "grant_twice",
    /// who calls is not the one that the grant is for
    OtherSubject => "other_subject",
    /// the grant is for other paths
    OtherPath => "other_path",
    /// the grant is for other categories, or another boundary
    OtherCategory => "other_category",
    /// the grant has been used as often as it may be
    UsesSpent => "uses_spent",
    /// a grant was made in an emergency, and must be reviewed
    BreakGlass => "break_glass",
}

impl Reason {
    /// Whether time alone may end it.
    #[must_use]
    pub fn is_early(self) -> bool {
        use Reason::{FreshnessNotYet, KeyNotYet, ReleaseNotYet, RootNotYet};
        matches!(self, FreshnessNotYet | KeyNotYet | ReleaseNotYet | RootNotYet)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Reason {}
