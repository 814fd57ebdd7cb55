//! The compiled policy: the tables that a blob carries.
//! Everything a person wrote is resolved here (specificity, defaults, delivery); nothing is looked
//! up by name on the path of a message. Knows no policy text and no bytes of a message.

mod check;
mod grants;
mod ignore;
mod national;
mod require;
mod schema;

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

pub use check::{Border, Validator};
pub use grants::{Floor, GrantAction, Grants};
pub use ignore::{Ignore, Ignored};
pub use national::{
    AmericanId, AsianId, EastEuropeanId, SouthEuropeanId, SouthernId, WestEuropeanId,
};
pub use require::{Require, TlsVersion};
pub use schema::{FieldKind, MessageField, MessageType, Method, NumberKind, Schema};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u16);

        impl $name {
            /// The index into its table.
            #[must_use]
            pub fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    };
}

index!(
    /// Index into [`Tables::zones`]. Zone 0 is always `unplaced`.
    ZoneId
);
index!(
    /// Index into [`Tables::categories`].
    CategoryId
);
index!(
    /// Index into [`Tables::detectors`].
    DetectorId
);
index!(
    /// Index into [`Tables::boundaries`].
    BoundaryId
);
index!(
    /// Index into [`Tables::rules`].
    RuleId
);
index!(
    /// Index into [`Tables::actions`].
    ActionId
);
index!(
    /// Index into [`Tables::fields`].
    FieldId
);
index!(
    /// Index into [`Tables::keys`].
    KeyId
);

/// The zone of whatever no member line fits.
pub const UNPLACED: ZoneId = ZoneId(0);

/// The compiled policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tables {
    /// The policy's name.
    pub policy: String,
    /// Who compiled it: the compiler's version. Part of the digest on purpose.
    pub compiler: String,
    /// `Observe` here covers missing boundaries, unplaced ends and limits too.
    pub mode: Mode,
    /// What happens to what cannot be read.
    pub limits: Limits,
    /// Zone 0 is `unplaced`.
    pub zones: Vec<Zone>,
    /// The first line that fits wins.
    pub members: Vec<Member>,
    /// Built-in categories that the policy uses, and its own. Sorted by name.
    pub categories: Vec<Category>,
    /// In the order in which ties are broken.
    pub detectors: Vec<Detector>,
    /// Context words, sorted by `text`.
    pub words: Vec<ContextWord>,
    /// Names that fields have as a whole, sorted by `text`.
    pub names: Vec<FieldName>,
    /// Declared field paths, for categories by place, for rules and for `ignore`.
    pub fields: Vec<Field>,
    /// Distinct actions.
    pub actions: Vec<Action>,
    /// Names of the keys that tokens are made with. Never the keys.
    pub keys: Vec<String>,
    /// What entries call a rule: the boundary's id, with `#n`, `#otherwise`, `#reply.n`.
    pub rules: Vec<String>,
    /// In the order of the policy: of several that fit, the first.
    pub boundaries: Vec<Boundary>,
    /// For answers that the proxy itself gives (redirect, direct response, 404): every category
    /// that is on is redacted.
    pub proxy_reply: Rules,
    /// Headers beside the standard ones in which credentials are at home, lower case.
    pub credential_headers: Vec<String>,
    /// Mixed into the digests of ignored values, so that they cannot be looked up.
    pub ignore_salt: [u8; 16],
    /// Types of protobuf messages, where the policy has some.
    pub schema: Schema,
}

/// Decide and act, or decide and only tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Act on what is decided.
    Enforce,
    /// Decide everything, alter nothing.
    Observe,
}

/// The policy's `limits`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes that may be held where a verdict is needed before anything leaves.
    pub inspect_bytes_max: u64,
    /// What happens to a message that is longer and was to be held whole.
    pub on_oversize: OnOversize,
    /// What happens to a body that is not what it says.
    pub on_unparsable: OnUnparsable,
    /// Layers of encoding within a value that are looked through, at most
    /// [`crate::limits::UNWRAP_MAX`].
    pub unwrap: u8,
    /// How a body goes on that came in a content coding.
    pub recompress: Recompress,
    /// Media types that pass unread, as globs (`image/*`), lower case.
    pub opaque_media: Vec<String>,
}

/// See [`Limits::on_oversize`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnOversize {
    /// Block.
    Block,
    /// Go on as a stream: a later block is a cut.
    Stream,
}

/// See [`Limits::recompress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recompress {
    /// As it is.
    Never,
    /// In gzip, where it is known that this is read, and nobody waits for parts of it.
    Gzip,
}

/// See [`Limits::on_unparsable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnUnparsable {
    /// Block.
    Block,
    /// Read the rest as plain text.
    ScanRaw,
}

/// A place with one trust level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// The policy's word for it: `public`, `internal`, `high`.
    pub sensitivity: String,
    /// Belongs to somebody else.
    pub third_party: bool,
}

/// One line of `members`. Every condition that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Index of the zone, as in [`ZoneId`].
    pub zone: u16,
    /// SPIFFE id; `*` is one path segment, `**` several.
    pub spiffe: Option<String>,
    /// Upstream cluster, a glob.
    pub cluster: Option<String>,
    /// Route name, a glob.
    pub route: Option<String>,
    /// Virtual host name, a glob.
    pub virtual_host: Option<String>,
    /// Authority. The compiler refuses it without `cluster`.
    pub host: Option<String>,
    /// Port of the listener; places callers only.
    pub listener_port: Option<u16>,
    /// Address block of the peer; places callers only.
    pub source: Option<AddressBlock>,
    /// The proxy's own node id, a glob; places the own end only.
    pub node_id: Option<String>,
    /// The proxy's own node cluster, a glob; places the own end only.
    pub node_cluster: Option<String>,
}

/// A CIDR block. Version 4 addresses are mapped into version 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressBlock {
    /// Network address, big endian.
    pub address: [u8; 16],
    /// Leading bits that count, of 128.
    pub bits: u8,
}

/// A kind of personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its name, as it stands in `[name]`.
    pub name: String,
    /// Its group: `financial`, `contact`.
    pub group: String,
}

/// What finds one category in text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detector {
    /// Its name: `us_ssn.bare`.
    pub name: String,
    /// What it finds.
    pub category: CategoryId,
    /// How sure an accepted candidate is.
    pub strength: Strength,
    /// Index of the automaton section.
    pub automaton: u16,
    /// What must not stand right before a candidate.
    pub left: Border,
    /// What must not stand right after a candidate.
    pub right: Border,
    /// The exact check.
    pub validator: Validator,
    /// Index of the context set that a candidate needs, as set bit of [`ContextWord::sets`].
    pub context: Option<u8>,
    /// Where a candidate may begin.
    pub triggers: Triggers,
    /// With which others it is looked for together: a number below 64, of those that ask for
    /// context or of those that do not.
    pub bunch: u8,
    /// Shortest candidate, in bytes of scan text. A shorter one is none.
    pub bytes_min: u16,
    /// Longest candidate, in bytes of scan text. A longer one is none, unless it may be committed.
    pub bytes_max: u16,
    /// Whether a candidate that reaches `bytes_max` alive, and whose beginning the validator
    /// accepts, is a finding that is swallowed to its end.
    pub commits: bool,
}

/// Where candidates of a detector may begin, by their first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triggers {
    /// A digit.
    pub digit: Trigger,
    /// An ASCII letter.
    pub letter: Trigger,
    /// Anything else.
    pub other: Trigger,
}

/// What must be true of the text from a position on, for a candidate to begin there. But for
/// `Anywhere`, the position is none within a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trigger {
    /// No candidate begins with such a byte.
    #[default]
    Never,
    /// A digit is the first byte or among the first five, or a capital is the first byte and a digit
    /// among the first 12.
    Digit,
    /// The first 16 bytes are ASCII letters, digits and ``! # $ % & * + , - . / : ; < = > ? @ ^ _ ~``.
    Long,
    /// The first 5 bytes are capitals, digits, `<` and spaces, the first of all a capital.
    Capitals,
    /// Nothing else.
    Begin,
    /// What [`Border::Assigned`] asks for stands before, and the first 6 bytes are as in `Long`.
    Assigned,
    /// Nothing.
    Anywhere,
    /// `::`, or a sixth `:` with at most 4 bytes before each, as an address of IPv6 has.
    Groups,
    /// `:` `-` or `.` at the places 2, 5 and 8, or `.` at 4 and 9, as an address of IEEE 802 has.
    Pairs,
    /// A `~` among the first 8 bytes.
    Tilde,
    /// `://` begins among the first 24 bytes, and before it are only ASCII letters, digits and
    /// `+ - .`
    Scheme,
    /// An `@` further on, and before it only what the local part of an address is made of: ASCII
    /// letters, digits and `_ % + ' - .`
    Address,
    /// The first 5 bytes are `-`.
    Dashes,
    /// The value begins here.
    Whole,
}

impl Trigger {
    /// All that are looked for over a text: those that hold in most texts first.
    pub const ALL: [Self; 12] = [
        Self::Digit,
        Self::Long,
        Self::Capitals,
        Self::Begin,
        Self::Assigned,
        Self::Anywhere,
        Self::Groups,
        Self::Pairs,
        Self::Tilde,
        Self::Scheme,
        Self::Address,
        Self::Dashes,
    ];

    /// How many of them hold in most texts.
    pub const OFTEN: usize = 5;

    /// Its place among all; `None` of what is not looked for.
    #[must_use]
    pub fn index(self) -> Option<usize> {
        Some(match self {
            Self::Digit => 0,
            Self::Long => 1,
            Self::Capitals => 2,
            Self::Begin => 3,
            Self::Assigned => 4,
            Self::Anywhere => 5,
            Self::Groups => 6,
            Self::Pairs => 7,
            Self::Tilde => 8,
            Self::Scheme => 9,
            Self::Address => 10,
            Self::Dashes => 11,
            Self::Never | Self::Whole => return None,
        })
    }
}

/// How sure a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strength {
    /// A bare number: counts only with context.
    Weak,
    /// Strict structure.
    Likely,
    /// A checksum, or an unmistakable prefix.
    Certain,
}

/// One context word or phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextWord {
    /// Lower case, letters and digits only: `socialsecurity`.
    pub text: String,
    /// Bit n: the word belongs to context set n.
    pub sets: u128,
}

/// A name of fields that says what their values are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldName {
    /// Lower case, letters only: `postaladdress`.
    pub text: String,
    /// Bit n: the name belongs to set n. Sets are shared with [`ContextWord::sets`].
    pub sets: u128,
}

/// One declared field path: `$.customer.name`, `$..dob`, `$.lines[*].sku`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// As written, for entries and explanations.
    pub text: String,
    /// Steps below the root.
    pub steps: Vec<FieldStep>,
    /// The category that everything at this path is, if the path says so by itself.
    pub category: Option<CategoryId>,
}

/// One step of a field path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldStep {
    /// `.name`; also the name of a form or query field.
    Key(String),
    /// `.*`
    AnyKey,
    /// `[*]`
    AnyIndex,
    /// `[7]`
    Index(u32),
    /// `..name`: the key at any depth below.
    Descend(String),
    /// A key at any depth below that gives this set: by [`ContextWord::sets`] of a word in it, or by
    /// [`FieldName::sets`].
    Named(u8),
}

/// What is done to one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Counted, nothing else.
    Keep,
    /// Written into the entry.
    Observe,
    /// A fixed run of stars, then what may stay.
    Mask(Mask),
    /// A keyed token.
    Tokenize(Tokenize),
    /// `[category]`
    Redact,
    /// The whole message stops.
    Block,
}

/// See [`Action::Mask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    /// Letters and digits at the end that stay, at most 8.
    pub keep_last: u8,
    /// Keep the shape: one star a character, separators as they are.
    pub keep_separators: bool,
}

/// See [`Action::Tokenize`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenize {
    /// The key.
    pub key: KeyId,
    /// What a token begins with: `[a-z0-9_]`, at most 16.
    pub prefix: String,
    /// What the key is derived for: the boundary's id, or the sorted ids that share it.
    pub scope: String,
}

/// What a policy says for a category, or a category in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is done.
    pub action: ActionId,
    /// Which line says so.
    pub rule: RuleId,
}

/// The rules of one direction of a boundary, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Enforce or observe.
    pub mode: Mode,
    /// Resolved from `delivery`.
    pub delivery: Delivery,
    /// Which crossings get an entry.
    pub entries: Entries,
    /// `credentials_in_place: inspect`.
    pub inspect_credentials_in_place: bool,
    /// By [`CategoryId`]; `None` where the category does not count.
    pub by_category: Vec<Option<Decision>>,
    /// More specific than `by_category`: a category in a place. At most one fits.
    pub placed: Vec<PlacedRule>,
    /// Openings.
    pub ignore: Vec<Ignore>,
    /// The only fields of a body that cross, where there are such.
    pub fields_only: Option<Vec<FieldId>>,
}

/// How a message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// As soon as it is safe; a block is a cut.
    Stream,
    /// Held until the verdict, always.
    Whole,
    /// Held until the verdict, but an event stream is not (`auto` where a rule can block).
    WholeUnlessEvents,
}

/// Which crossings get an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entries {
    /// Every one.
    All,
    /// Those with a finding, or with another verdict than forward.
    Findings,
}

/// One rule that holds for a category in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedRule {
    /// The category.
    pub category: CategoryId,
    /// The place.
    pub place: PlaceSelector,
    /// What is done.
    pub decision: Decision,
}

/// Where a rule holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaceSelector {
    /// Path segments.
    Path,
    /// Query names and values.
    Query,
    /// The body.
    Body,
    /// Trailers.
    Trailer,
    /// Every header, or the one of this name (lower case).
    Header(Option<String>),
    /// Every cookie, or the one of this name.
    Cookie(Option<String>),
    /// A declared field of the body or the query.
    Field(FieldId),
}

/// What requests may go from one zone to another, and what their replies may bring back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// Its id.
    pub id: String,
    /// Zone of the caller.
    pub from: ZoneId,
    /// Zone of the callee.
    pub to: ZoneId,
    /// Which requests.
    pub when: When,
    /// Upgrades that the boundary names (`websocket`), lower case. None can be read yet.
    pub upgrades: Vec<String>,
    /// What the connections must prove that its messages go over.
    pub require: Require,
    /// What grants may ask for; none where nothing may be granted.
    pub grants: Option<Grants>,
    /// Rules for requests, `from -> to`.
    pub request: Rules,
    /// Rules for the replies, `to -> from`.
    pub reply: Reply,
}

/// What replies may bring back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// Status and framing headers, no body.
    StatusOnly,
    /// By these rules.
    Inspect(Rules),
}

/// Which requests a boundary speaks of. An empty list is any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// Upper case.
    pub methods: Vec<String>,
    /// Path globs: `*` within a segment, `**` across.
    pub paths: Vec<String>,
    /// Media types, `application/*` allowed, lower case.
    pub media: Vec<String>,
}
