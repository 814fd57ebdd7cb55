//! The built-in detectors, as data, and the builder that turns what a policy uses into tables.
//! Adding a detector is adding a row. Knows no policy text.

pub mod by_field;
mod list;
mod national;
mod own;
mod target;

use crate::automaton;
use by_field::ByField;
use cofferdam_engine::detect::automaton::Automaton;
use cofferdam_engine::detect::bunch;
use cofferdam_engine::detect::trigger::{self, Ask};
use cofferdam_engine::limits;
use cofferdam_engine::model::{
    Border, Category, CategoryId, ContextWord, Detector, FieldName, Strength, Triggers, Validator,
};
use own::wrong_near;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

pub use cofferdam_engine::detect::validate;
pub use own::{validator_named, validator_names};
pub use target::{Target, target};

/// One built-in detector.
#[derive(Debug)]
pub struct Builtin {
    /// Its name: the category, and what kind where there are several.
    pub name: &'static str,
    /// What it finds.
    pub category: &'static str,
    /// The category's group.
    pub group: &'static str,
    /// Whether the category counts without being named.
    pub on: bool,
    /// How sure an accepted candidate is.
    pub strength: Strength,
    /// What a candidate looks like.
    pub pattern: &'static str,
    /// What it looks like, in words.
    pub structure: &'static str,
    /// What must not stand before a candidate.
    pub left: Border,
    /// What must not stand behind a candidate.
    pub right: Border,
    /// The exact check.
    pub validator: Validator,
    /// Words of which one must stand near, if any are given.
    pub near: &'static [&'static str],
    /// A made-up or published value that is found. With context words, one of them is put before.
    pub example: &'static str,
    /// Shortest candidate.
    pub bytes_min: u16,
    /// Longest candidate.
    pub bytes_max: u16,
    /// Whether a longer one is swallowed to its end.
    pub commits: bool,
}

/// The built-in list, in the order in which ties are broken.
pub fn builtin() -> impl Iterator<Item = &'static Builtin> {
    list::PACKS.iter().copied().flatten()
}

/// The categories of built-in detectors that count only where they are named.
#[must_use]
pub fn named() -> BTreeSet<&'static str> {
    builtin().filter(|row| !row.on).map(|row| row.category).collect()
}

/// A policy in which nothing counts but the built-in detectors that are on, and these categories.
#[must_use]
pub fn policy_of(named: &BTreeSet<&str>) -> String {
    let named: Vec<_> = named.iter().copied().collect();
    let detect = match named.is_empty() {
        true => String::new(),
        false => format!("detect: [{}]\n", named.join(", ")),
    };
    format!(
        "format: cofferdam/v1\n\
         policy: built-in\n\
         owner: built-in\n\
         review_by: 9999-12-31\n\
         {detect}\
         zones: {{ here: {{ sensitivity: internal }}, there: {{ sensitivity: internal }} }}\n\
         members: [{{ zone: there, cluster: there }}]\n\
         boundaries:\n\
         - {{ id: scan, from: here, to: there, purpose: scan, reply: status_only }}\n"
    )
}

/// A detector of a policy.
#[derive(Clone, Debug)]
pub struct Own {
    /// What it finds: one of the categories that go with it.
    pub category: String,
    /// What it looks for.
    pub sought: Sought,
    /// Words of which one must stand near, if any are given.
    pub near: Vec<String>,
    /// The exact check.
    pub validator: Validator,
}

/// See [`Own::sought`].
#[derive(Clone, Debug)]
pub enum Sought {
    /// A regular expression, of the subset that an automaton can say.
    Pattern(String),
    /// Whole words, whatever their case.
    Words(Vec<String>),
}

/// What goes into the tables of a blob.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The detectors, the built-in ones first.
    pub detectors: Vec<Detector>,
    /// Context words, sorted.
    pub words: Vec<ContextWord>,
    /// Names of fields, sorted.
    pub names: Vec<FieldName>,
    /// The categories that names of fields tell, and the set of each.
    pub by_field: Vec<(CategoryId, u8)>,
    /// Sections.
    pub automata: Vec<Vec<u8>>,
}

/// Why a pattern of a policy was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnError {
    /// Index of the detector.
    pub own: usize,
    /// Whether a context word is wrong, and not what is sought.
    pub in_near: bool,
    /// Where in the pattern, in bytes; for a word, its index and the one after.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do instead.
    pub help: Option<String>,
}

/// Compiles the built-in detectors of these categories, sorted by name, and a policy's own.
///
/// # Errors
/// Everything that is wrong with the policy's own patterns.
pub fn compile(categories: &[Category], own: &[Own]) -> Result<Compiled, Vec<OwnError>> {
    compile_at_least(categories, own, &BTreeMap::new())
}

/// The same, without the built-in detectors that are less sure than their category is asked to be.
///
/// # Errors
/// As [`compile`].
pub fn compile_at_least(
    categories: &[Category],
    own: &[Own],
    least: &BTreeMap<String, Strength>,
) -> Result<Compiled, Vec<OwnError>> {
    let mut builder = Builder::default();
    let sure =
        |category: &str, strength| least.get(category).is_none_or(|least| strength >= *least);
    for row in builtin().filter(|row| sure(row.category, row.strength)) {
        if let Some(category) = category_id(categories, row.category) {
            builder.builtin(row, category);
        }
    }
    for row in by_field::BY_FIELD {
        if let Some(category) = category_id(categories, row.category) {
            builder.by_field(row, category);
        }
    }
    let mut errors = Vec::new();
    for (n, row) in own.iter().enumerate() {
        if let Err(found) = builder.own(n, row, categories) {
            errors.extend(found);
        }
    }
    if errors.is_empty() { Ok(builder.finish()) } else { Err(errors) }
}

/// How sure a policy's own detector is: what needs words beside it is nothing by itself.
pub(crate) fn own_strength<W>(near: &[W]) -> Strength {
    if near.is_empty() { Strength::Likely } else { Strength::Weak }
}

/// What is said of the categories that names of fields tell.
const BY_FIELD_STRUCTURE: &str = "the whole value of a field of such a name";
const BY_FIELD_VALIDATOR: &str = "none beside the name";

/// The list as a person reads it.
#[must_use]
pub fn text() -> String {
    let mut text = String::new();
    for row in builtin() {
        let counts = if row.on { "on" } else { "named" };
        let _ = writeln!(text, "{}  [{}, {counts}, {}]", row.name, row.group, certainty(row));
        let _ = writeln!(text, "  structure  {}", row.structure);
        let _ = writeln!(text, "  validator  {}", validator(row.validator));
        if !row.near.is_empty() {
            let _ = writeln!(text, "  near       {}", row.near.join(", "));
        }
        let _ = writeln!(text, "  example    {}", row.example.replace('\n', "\\n"));
    }
    for row in by_field::BY_FIELD {
        let _ = writeln!(text, "{}  [{}, named, certain]", row.category, by_field::GROUP);
        let _ = writeln!(text, "  structure  {BY_FIELD_STRUCTURE}");
        let _ = writeln!(text, "  validator  {BY_FIELD_VALIDATOR}");
        let _ = writeln!(text, "  names      {}", [row.words, row.names].concat().join(", "));
        let _ = writeln!(text, "  example    {}", row.example);
    }
    text
}

/// The list as a program reads it: one object a detector.
#[must_use]
pub fn json() -> String {
    let quoted = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("\"{escaped}\"")
    };
    let rows = builtin().map(|row| {
        let near: Vec<_> = row.near.iter().map(|word| quoted(word)).collect();
        let fields = [
            ("detector", quoted(row.name)),
            ("category", quoted(row.category)),
            ("group", quoted(row.group)),
            ("on", row.on.to_string()),
            ("strength", quoted(certainty(row))),
            ("structure", quoted(row.structure)),
            ("validator", quoted(validator(row.validator))),
            ("near", format!("[{}]", near.join(","))),
            ("example", quoted(row.example)),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", fields.join(","))
    });
    let by_field = by_field::BY_FIELD.iter().map(|row| {
        let names: Vec<_> =
            [row.words, row.names].concat().iter().map(|word| quoted(word)).collect();
        let fields = [
            ("detector", quoted(row.category)),
            ("category", quoted(row.category)),
            ("group", quoted(by_field::GROUP)),
            ("on", "false".to_owned()),
            ("strength", quoted("certain")),
            ("structure", quoted(BY_FIELD_STRUCTURE)),
            ("validator", quoted(BY_FIELD_VALIDATOR)),
            ("near", "[]".to_owned()),
            ("names", format!("[{}]", names.join(","))),
            ("example", quoted(row.example)),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", fields.join(","))
    });
    format!("[{}]\n", rows.chain(by_field).collect::<Vec<_>>().join(",\n "))
}

fn certainty(row: &Builtin) -> &'static str {
    match row.strength {
        Strength::Certain => "certain",
        Strength::Likely => "likely",
        Strength::Weak => "weak",
    }
}

fn validator(validator: Validator) -> &'static str {
    match validator {
        Validator::Structure => "none beside the structure",
        Validator::Email => "lengths of RFC 5321 and labels of RFC 1035",
        Validator::CreditCard => "Luhn, ranges of the issuers",
        Validator::UsSsn => "area, group and serial that are given out",
        Validator::Iban => "mod 97, length and characters by country",
        Validator::PhoneE164 => "country code, length by country",
        Validator::PhoneNanp => "area and exchange of the North American plan, not 555-01xx",
        Validator::Ipv4 => "octets to 255, not after `v` or `version`",
        Validator::Ipv6 => "the text forms of RFC 4291",
        Validator::Jwt => "the header decodes to JSON with `alg`",
        Validator::AwsAccessKey => "no example of the documentation",
        Validator::PrivateKey => "a body of 64 characters or more",
        Validator::AmericanId(id) => national::american(id),
        Validator::WestEuropeanId(id) => national::west_european(id),
        Validator::SouthEuropeanId(id) => national::south_european(id),
        Validator::EastEuropeanId(id) => national::east_european(id),
        Validator::AsianId(id) => national::asian(id),
        Validator::SouthernId(id) => national::southern(id),
        Validator::PassportMrz => "every check digit, weights 7-3-1 mod 10",
        Validator::SwiftBic => "length, country of ISO 3166",
        Validator::UsAba => "weights 3, 7, 1; districts that exist",
        Validator::BankAccount => "no date, no clock, not one digit over and over",
        Validator::CardTrack => "Luhn on the card number, month",
        Validator::CardExpiry => "month 01 to 12, year",
        Validator::Named => "fills a field or stands behind a word",
        Validator::BtcBase58 => "base58check",
        Validator::BtcBech32 => "bech32 or bech32m by version",
        Validator::EthAddress => "ERC-55 where the case is mixed",
        Validator::XmrAddress => "network byte, Keccak",
        Validator::UsMbi => "letters and digits by place",
        Validator::UsNpi => "Luhn over 80840 and the number",
        Validator::UsDea => "kind of registrant, check digit modulo 10",
        Validator::UkNhs => "weights 10 to 2 modulo 11",
        Validator::DeKvnr => "weights 1 and 2 modulo 10 with the letter as digits",
        Validator::DeLanr => "weights 4 and 9 modulo 10",
        Validator::DeBsnr => "region, not one digit over and over",
        Validator::Imei => "Luhn",
        Validator::Iccid => "Luhn from 89",
        Validator::Imsi => "country code",
        Validator::Vin => "weights modulo 11 with X",
        Validator::Mac => "not nobody's and not everybody's",
        Validator::Date => "calendar",
        Validator::BirthDate => "calendar",
        Validator::WrittenDate => "calendar, months in eight languages",
        Validator::GpsPair => "bounds of latitude and longitude",
        Validator::GpsDegrees => "bounds of longitude",
        Validator::Url => "scheme, host with a dot",
        Validator::UrlCredentials => "a password before the host, no placeholder",
        Validator::DatabaseUrl => "scheme of a database, a password, no placeholder",
        Validator::BasicAuth => "decodes to user, colon, password",
        Validator::Password => "name, kinds of characters, no placeholder and no code",
        Validator::Secret => "name, entropy, no placeholder and no code",
        Validator::SessionCookie => "name, entropy, no UUID",
        Validator::ServiceKey => "prefix, alphabet, length, entropy; CRC-32 of GitHub and npm",
        Validator::NamedKey => "entropy, no placeholder",
        Validator::DiscordToken => "the first part decodes to a number, entropy",
        Validator::BareKey => "a body of 64 characters or more",
        Validator::AgeKey => "bech32",
        Validator::Luhn => "Luhn",
        Validator::Verhoeff => "Verhoeff",
        Validator::Mod1110 => "ISO 7064 mod 11,10",
        Validator::Mod9710 => "ISO 7064 mod 97-10",
    }
}

fn category_id(categories: &[Category], name: &str) -> Option<CategoryId> {
    let at = categories.binary_search_by(|category| category.name.as_str().cmp(name)).ok()?;
    u16::try_from(at).ok().map(CategoryId)
}

#[derive(Default)]
struct Builder {
    compiled: Compiled,
    /// Sets by their words, so that equal ones share a bit.
    sets: BTreeMap<Vec<String>, u8>,
    names: BTreeMap<String, u128>,
}

impl Builder {
    fn builtin(&mut self, row: &Builtin, category: CategoryId) {
        let made = automaton::unbounded(row.pattern)
            .unwrap_or_else(|errors| panic!("built-in `{}`: {errors:?}", row.name));
        let near: Vec<_> = row.near.iter().map(|word| plain(word)).collect();
        let context = self.set(near).unwrap_or_else(|| panic!("too many built-in context sets"));
        let triggers = triggers(
            &made.section,
            Ask { left: row.left, validator: row.validator, bytes_min: row.bytes_min },
        );
        let automaton = self.section(made.section);
        self.compiled.detectors.push(Detector {
            name: row.name.to_owned(),
            category,
            strength: row.strength,
            automaton,
            left: row.left,
            right: row.right,
            validator: row.validator,
            context,
            triggers,
            bunch: 0,
            bytes_min: row.bytes_min,
            bytes_max: row.bytes_max,
            commits: row.commits,
        });
    }

    fn by_field(&mut self, row: &ByField, category: CategoryId) {
        let spelled = |words: &[&str]| -> Vec<String> {
            words.iter().flat_map(|word| by_field::spellings(&plain(word))).collect()
        };
        let set = self.set(spelled(row.words)).flatten();
        let set = set.unwrap_or_else(|| panic!("too many built-in context sets"));
        for name in spelled(row.names) {
            *self.names.entry(name).or_default() |= 1 << set;
        }
        self.compiled.by_field.push((category, set));
    }

    fn own(&mut self, n: usize, row: &Own, categories: &[Category]) -> Result<(), Vec<OwnError>> {
        let Some(category) = category_id(categories, &row.category) else { return Ok(()) };
        let mut errors = wrong_near(n, &row.near);
        let made = row.sought.made().map_err(|found| {
            errors.extend(found.into_iter().map(|error| OwnError { own: n, ..error }));
        });
        let Ok(made) = made else { return Err(errors) };
        let of = |in_near: bool, message: String, help: &str| OwnError {
            own: n,
            in_near,
            at: 0..1,
            message,
            help: Some(help.to_owned()),
        };
        if self.compiled.automata.len() + made.len() > limits::AUTOMATA_MAX {
            let message = format!("the policy has more than {} patterns", limits::AUTOMATA_MAX);
            errors.push(of(false, message, "join those of one category with `|`"));
        }
        let context = self.set(row.near.iter().map(|word| plain(word)).collect());
        if context.is_none() {
            let message = format!("the policy has more than {} lists of `near`", limits::SETS_MAX);
            errors.push(of(true, message, "give the same words to several categories"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        for made in made {
            let automaton = self.section(made.section);
            self.compiled.detectors.push(Detector {
                name: row.category.clone(),
                category,
                strength: own_strength(&row.near),
                automaton,
                left: made.left,
                right: made.right,
                validator: row.validator,
                context: context.flatten(),
                triggers: made.triggers,
                bunch: 0,
                bytes_min: 1,
                bytes_max: made.bytes_max,
                commits: false,
            });
        }
        Ok(())
    }

    /// The index of a section; equal ones are written once.
    fn section(&mut self, section: Vec<u8>) -> u16 {
        let automata = &mut self.compiled.automata;
        let known = automata.iter().position(|known| *known == section);
        let at = known.unwrap_or_else(|| {
            automata.push(section);
            automata.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// The bit of a set of words: `Some(None)` without words, `None` when all bits are taken.
    fn set(&mut self, mut words: Vec<String>) -> Option<Option<u8>> {
        words.sort();
        words.dedup();
        if words.is_empty() {
            return Some(None);
        }
        let fresh =
            u8::try_from(self.sets.len()).ok().filter(|n| usize::from(*n) < limits::SETS_MAX);
        match self.sets.get(&words) {
            Some(set) => Some(Some(*set)),
            None => {
                self.sets.insert(words, fresh?);
                Some(fresh)
            }
        }
    }

    fn finish(mut self) -> Compiled {
        let mut words: BTreeMap<String, u128> = BTreeMap::new();
        for (list, set) in self.sets {
            for word in list {
                *words.entry(word).or_default() |= 1 << set;
            }
        }
        self.compiled.words =
            words.into_iter().map(|(text, sets)| ContextWord { text, sets }).collect();
        self.compiled.names =
            self.names.into_iter().map(|(text, sets)| FieldName { text, sets }).collect();
        let Compiled { detectors, automata, .. } = &mut self.compiled;
        let automaton = |detector: &Detector| {
            let section = automata.get(usize::from(detector.automaton));
            section.and_then(|section| Automaton::parse(section).ok())
        };
        let sought: Option<Vec<_>> =
            detectors.iter().map(|detector| Some((detector, automaton(detector)?))).collect();
        let bunches = bunch::bunches(&sought.unwrap_or_default());
        detectors.iter_mut().zip(bunches).for_each(|(detector, bunch)| detector.bunch = bunch);
        self.compiled
    }
}

fn triggers(section: &[u8], ask: Ask) -> Triggers {
    Automaton::parse(section).map(|automaton| trigger::triggers(automaton, ask)).unwrap_or_default()
}

/// A context word as it is compared: letters only, lower case. Digits part words, so a number in
/// a phrase goes the way of a space.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}
