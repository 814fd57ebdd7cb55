//! What a compiled policy decides, cell by cell: a direction of a boundary, a category, a place.
//! Speaks in names, so that two policies can be compared. Reads no message and alters nothing.
//!
//! ```
//! # let text = "format: cofferdam/v1\npolicy: p\nowner: me\nreview_by: 2036-12-31\n\
//! # zones: { a: { sensitivity: high }, b: { sensitivity: low } }\n\
//! # members: [{ zone: a, cluster: a }]\n\
//! # boundaries: [{ id: ab, from: a, to: b, purpose: x, reply: status_only }]\n";
//! use cofferdam_policy_compiler::cells::{Cells, Place, Strictness};
//! let compiled = cofferdam_policy_compiler::compile(text, "p.yaml").unwrap();
//! let cells = Cells::new(&compiled.tables);
//! let request = cells.sides().next().unwrap();
//! let decided = request.decide("email", &Place::Body);
//! assert_eq!(decided.strictness(), Strictness::Redact);
//! assert_eq!(decided.rule(), Some("ab#otherwise"));
//! ```

mod place;

pub use place::Place;
pub(crate) use place::quoted;

use crate::language::field;
use cofferdam_engine::model::{
    Action, Boundary, CategoryId, FieldId, FieldStep, Floor, Grants, Ignored, Mode, PlaceSelector,
    PlacedRule, Reply, Rules, Tables, UNPLACED, Zone, ZoneId,
};

/// The group of what has places made for it.
const CREDENTIAL: &str = "credential";

/// All cells of a compiled policy.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'t> {
    tables: &'t Tables,
}

/// Which of the two messages of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The request, from the boundary's `from` to its `to`.
    Request,
    /// The reply, which goes back.
    Reply,
}

impl Direction {
    /// The word in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
        }
    }
}

/// One direction of a boundary: all cells of its messages.
#[derive(Clone, Copy, Debug)]
pub struct Side<'t> {
    tables: &'t Tables,
    boundary: &'t Boundary,
    direction: Direction,
}

/// One cell.
#[derive(Clone, Debug)]
pub struct Cell<'t> {
    /// Whose messages.
    pub side: Side<'t>,
    /// What is found.
    pub category: &'t str,
    /// Where it is found.
    pub place: Place,
    /// What becomes of it.
    pub decided: Decided<'t>,
    /// The least that becomes of it with a grant, where one may change that.
    pub granted: Option<Strictness>,
}

/// What becomes of a finding, and whether that is done or only told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided<'t> {
    /// What is decided.
    pub outcome: Outcome<'t>,
    /// With [`Mode::Observe`] it is only told, and nothing is altered.
    pub mode: Mode,
}

/// What is decided for a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'t> {
    /// The category does not count here: what is of it passes unseen.
    Unseen,
    /// A credential in the place made for credentials is no finding, and passes.
    AtHome,
    /// An opening of `ignore` lets everything of the category pass in this field.
    Ignore,
    /// A rule says so.
    Act {
        /// What is done.
        action: &'t Action,
        /// Which line says so, as entries call it: `orders#2`, `orders#reply.otherwise`.
        rule: &'t str,
    },
    /// What stands here is dropped: it is none of the only fields that cross.
    Drop,
    /// Nothing crosses: no boundary joins the zones, or only the status comes back.
    Nothing,
}

/// How little of a finding crosses, from everything to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strictness {
    /// Passes, and nobody is told.
    Unseen,
    /// Passes, and is counted.
    Keep,
    /// Passes, and is told.
    Observe,
    /// Some letters of it pass.
    Mask,
    /// A token passes.
    Tokenize,
    /// The name of its category passes.
    Redact,
    /// It is left out together with what is beside it.
    Drop,
    /// The message stops.
    Block,
    /// Nothing crosses here at all.
    Nothing,
}

impl Strictness {
    /// The word in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Keep => "keep",
            Self::Observe => "observe",
            Self::Mask => "mask",
            Self::Tokenize => "tokenize",
            Self::Redact => "redact",
            Self::Drop => "drop",
            Self::Block => "block",
            Self::Nothing => "nothing crosses",
        }
    }

    /// How strict an action is.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        match action {
            Action::Keep => Self::Keep,
            Action::Observe => Self::Observe,
            Action::Mask(_) => Self::Mask,
            Action::Tokenize(_) => Self::Tokenize,
            Action::Redact => Self::Redact,
            Action::Block => Self::Block,
        }
    }
}

impl From<Floor> for Strictness {
    fn from(floor: Floor) -> Self {
        match floor {
            Floor::Keep => Self::Keep,
            Floor::Observe => Self::Observe,
            Floor::Mask => Self::Mask,
            Floor::Tokenize => Self::Tokenize,
            Floor::Redact => Self::Redact,
        }
    }
}

impl<'t> Decided<'t> {
    /// How little crosses in the end: where it is only told, everything does.
    #[must_use]
    pub fn strictness(&self) -> Strictness {
        let decided = match self.outcome {
            Outcome::Unseen | Outcome::AtHome | Outcome::Ignore => Strictness::Unseen,
            Outcome::Act { action, .. } => Strictness::of(action),
            Outcome::Drop => Strictness::Drop,
            Outcome::Nothing => Strictness::Nothing,
        };
        match self.mode {
            Mode::Enforce => decided,
            Mode::Observe => decided.min(Strictness::Observe),
        }
    }

    /// The rule that says so, where it is one.
    #[must_use]
    pub fn rule(&self) -> Option<&'t str> {
        match self.outcome {
            Outcome::Act { rule, .. } => Some(rule),
            Outcome::Unseen
            | Outcome::AtHome
            | Outcome::Ignore
            | Outcome::Drop
            | Outcome::Nothing => None,
        }
    }

    /// What is done, where a rule says so.
    #[must_use]
    pub fn action(&self) -> Option<&'t Action> {
        match self.outcome {
            Outcome::Act { action, .. } => Some(action),
            Outcome::Unseen
            | Outcome::AtHome
            | Outcome::Ignore
            | Outcome::Drop
            | Outcome::Nothing => None,
        }
    }
}

impl<'t> Cells<'t> {
    /// The cells of these tables.
    #[must_use]
    pub fn new(tables: &'t Tables) -> Self {
        Self { tables }
    }

    /// Both directions of every boundary, in the order of the policy.
    pub fn sides(&self) -> impl Iterator<Item = Side<'t>> + use<'t> {
        let tables = self.tables;
        tables.boundaries.iter().flat_map(move |boundary| {
            [Direction::Request, Direction::Reply].map(|direction| Side {
                tables,
                boundary,
                direction,
            })
        })
    }

    /// One direction of a boundary.
    #[must_use]
    pub fn side(&self, boundary: &str, direction: Direction) -> Option<Side<'t>> {
        self.sides().find(|side| side.boundary() == boundary && side.direction == direction)
    }

    /// The categories that count somewhere, or are the policy's own. No other one counts.
    pub fn categories(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.tables.categories.iter().map(|category| category.name.as_str())
    }

    /// The zones, `unplaced` first.
    #[must_use]
    pub fn zones(&self) -> &'t [Zone] {
        &self.tables.zones
    }

    /// What becomes of messages between two zones that no boundary joins.
    #[must_use]
    pub fn absent(&self) -> Decided<'t> {
        Decided { outcome: Outcome::Nothing, mode: self.tables.mode }
    }

    /// Every cell of every boundary: each category in each place that its rules tell apart.
    pub fn all(&self) -> impl Iterator<Item = Cell<'t>> + use<'t> {
        let tables = self.tables;
        self.sides().flat_map(move |side| {
            tables.categories.iter().flat_map(move |category| {
                let category = category.name.as_str();
                side.places(category).into_iter().map(move |place| {
                    let decided = side.decide(category, &place);
                    let granted = side.granted(category, decided);
                    Cell { side, category, place, decided, granted }
                })
            })
        })
    }
}

impl<'t> Side<'t> {
    /// The boundary's id.
    #[must_use]
    pub fn boundary(&self) -> &'t str {
        &self.boundary.id
    }

    /// Request or reply.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The zone that the message leaves: of a reply, the callee's.
    #[must_use]
    pub fn from(&self) -> &'t Zone {
        self.ends().0
    }

    /// The zone that the message enters.
    #[must_use]
    pub fn to(&self) -> &'t Zone {
        self.ends().1
    }

    /// The rules of this direction; none where only the status comes back.
    #[must_use]
    pub fn rules(&self) -> Option<&'t Rules> {
        match (self.direction, &self.boundary.reply) {
            (Direction::Request, _) => Some(&self.boundary.request),
            (Direction::Reply, Reply::Inspect(rules)) => Some(rules),
            (Direction::Reply, Reply::StatusOnly) => None,
        }
    }

    /// The places that must be looked at so that no cell of a category is missed: those that every
    /// message of the direction has, and those that its rules tell apart.
    #[must_use]
    pub fn places(&self, category: &str) -> Vec<Place> {
        let mut places = vec![Place::Body, Place::Trailer, Place::AnyHeader, Place::AnyCookie];
        if self.direction == Direction::Request {
            places.extend([Place::Path, Place::Query]);
        }
        let Some(rules) = self.rules() else { return places };
        let Some(id) = self.category(category) else { return places };
        if self.is_credential(id) && !rules.inspect_credentials_in_place {
            let home = ["authorization", "proxy-authorization"].into_iter();
            let listed = self.tables.credential_headers.iter().map(String::as_str);
            places.extend(home.chain(listed).map(|name| Place::Header(name.to_owned())));
        }
        let placed = rules.placed.iter().filter(|placed| placed.category == id);
        places.extend(placed.map(|placed| self.place(&placed.place)));
        let fields = rules.ignore.iter().filter(|ignore| ignore.category == id);
        let fields = fields.filter_map(|ignore| match &ignore.what {
            Ignored::Field(field) => Some(*field),
            Ignored::Value(_)
            | Ignored::Prefix(..)
            | Ignored::Range(..)
            | Ignored::Addresses(_) => None,
        });
        let only = rules.fields_only.iter().flatten().copied();
        places.extend(fields.chain(only).map(|field| Place::field(self.steps(field))));
        places.sort();
        places.dedup();
        places
    }

    /// What becomes of a finding of this category in this place. The place may be one that only
    /// another policy tells apart.
    #[must_use]
    pub fn decide(&self, category: &str, place: &Place) -> Decided<'t> {
        let Some(rules) = self.rules() else {
            // The status alone goes on even where all else is only observed.
            return Decided { outcome: Outcome::Nothing, mode: Mode::Enforce };
        };
        let steps = place.steps();
        let outcome = if self.drops(rules, place, &steps) {
            Outcome::Drop
        } else {
            match self.category(category) {
                Some(id) => self.judge(rules, id, place, &steps),
                None => Outcome::Unseen,
            }
        };
        Decided { outcome, mode: rules.mode }
    }

    /// What grants over the boundary may ask for: the same for both of its directions.
    #[must_use]
    pub fn grants(&self) -> Option<&'t Grants> {
        self.boundary.grants.as_ref()
    }

    /// The least that a finding may come to with a grant. None where no grant lowers it: only what
    /// a rule does to findings can be lowered.
    #[must_use]
    pub fn granted(&self, category: &str, decided: Decided<'_>) -> Option<Strictness> {
        let grants = self.grants()?;
        let floor = Strictness::from(grants.floor);
        let named = grants.categories.contains(&self.category(category)?);
        let lowers = decided.rule().is_some() && decided.strictness() > floor;
        (named && lowers).then_some(floor)
    }

    /// The zones that the message leaves and enters.
    pub(crate) fn zone_ids(&self) -> (ZoneId, ZoneId) {
        let Boundary { from, to, .. } = *self.boundary;
        match self.direction {
            Direction::Request => (from, to),
            Direction::Reply => (to, from),
        }
    }

    /// Whether the same becomes of a category in every place.
    pub(crate) fn is_alike_everywhere(&self, category: &str) -> bool {
        let Some(rules) = self.rules() else { return true };
        let Some(id) = self.category(category) else { return rules.fields_only.is_none() };
        rules.fields_only.is_none()
            && (rules.inspect_credentials_in_place || !self.is_credential(id))
            && !rules.placed.iter().any(|placed| placed.category == id)
            && !rules.ignore.iter().any(|ignore| ignore.category == id)
    }

    fn ends(&self) -> (&'t Zone, &'t Zone) {
        let zone = |id: ZoneId| self.tables.zones.get(id.index());
        let unplaced = &self.tables.zones[UNPLACED.index()];
        let (from, to) = self.zone_ids();
        (zone(from).unwrap_or(unplaced), zone(to).unwrap_or(unplaced))
    }

    fn category(&self, name: &str) -> Option<CategoryId> {
        let categories = &self.tables.categories;
        let at = categories.binary_search_by(|category| category.name.as_str().cmp(name)).ok()?;
        u16::try_from(at).ok().map(CategoryId)
    }

    fn is_credential(&self, category: CategoryId) -> bool {
        let found = self.tables.categories.get(category.index());
        found.is_some_and(|category| category.group == CREDENTIAL)
    }

    fn steps(&self, field: FieldId) -> &'t [FieldStep] {
        self.tables.fields.get(field.index()).map_or(&[], |field| &field.steps)
    }

    fn place(&self, selector: &PlaceSelector) -> Place {
        match selector {
            PlaceSelector::Path => Place::Path,
            PlaceSelector::Query => Place::Query,
            PlaceSelector::Body => Place::Body,
            PlaceSelector::Trailer => Place::Trailer,
            PlaceSelector::Header(None) => Place::AnyHeader,
            PlaceSelector::Header(Some(name)) => Place::Header(name.clone()),
            PlaceSelector::Cookie(None) => Place::AnyCookie,
            PlaceSelector::Cookie(Some(name)) => Place::Cookie(name.clone()),
            PlaceSelector::Field(field) => Place::field(self.steps(*field)),
        }
    }

    /// Whether what stands here is none of the only fields that cross. A field of which a part may
    /// cross is taken to cross.
    fn drops(&self, rules: &Rules, place: &Place, steps: &[FieldStep]) -> bool {
        let Some(only) = &rules.fields_only else { return false };
        match place {
            Place::Body => true,
            Place::Field(_) => !only.iter().any(|field| field::meets(self.steps(*field), steps)),
            Place::Path
            | Place::Query
            | Place::Trailer
            | Place::AnyHeader
            | Place::Header(_)
            | Place::AnyCookie
            | Place::Cookie(_) => false,
        }
    }

    /// The order of `Judge::judge` and `Law::decide` in the engine.
    fn judge(
        &self,
        rules: &'t Rules,
        category: CategoryId,
        place: &Place,
        steps: &[FieldStep],
    ) -> Outcome<'t> {
        let holds = |field: FieldId| field::covers(self.steps(field), steps);
        let here =
            |placed: &&PlacedRule| placed.category == category && place.fits(&placed.place, holds);
        let placed = rules.placed.iter().filter(here).max_by_key(|placed| match &placed.place {
            PlaceSelector::Field(_) => 2,
            PlaceSelector::Header(Some(_)) | PlaceSelector::Cookie(Some(_)) => 1,
            PlaceSelector::Header(None)
            | PlaceSelector::Cookie(None)
            | PlaceSelector::Path
            | PlaceSelector::Query
            | PlaceSelector::Body
            | PlaceSelector::Trailer => 0,
        });
        let by_category = || rules.by_category.get(category.index()).copied().flatten();
        let Some(decision) = placed.map(|placed| placed.decision).or_else(by_category) else {
            return Outcome::Unseen;
        };
        if self.is_credential(category)
            && !rules.inspect_credentials_in_place
            && self.is_home(place)
        {
            return Outcome::AtHome;
        }
        let ignored = rules.ignore.iter().any(|ignore| {
            let field = match &ignore.what {
                Ignored::Field(field) => Some(*field),
                Ignored::Value(_)
                | Ignored::Prefix(..)
                | Ignored::Range(..)
                | Ignored::Addresses(_) => None,
            };
            ignore.category == category && field.is_some_and(holds)
        });
        if ignored {
            return Outcome::Ignore;
        }
        let action = self.tables.actions.get(decision.action.index());
        let rule = self.tables.rules.get(decision.rule.index());
        match (action, rule) {
            (Some(action), Some(rule)) => Outcome::Act { action, rule },
            // The engine takes a decision that it cannot look up for no finding.
            (None, _) | (_, None) => Outcome::Unseen,
        }
    }

    /// Whether credentials are at home here.
    fn is_home(&self, place: &Place) -> bool {
        match place {
            Place::AnyCookie | Place::Cookie(_) => true,
            Place::Header(name) => {
                ["authorization", "proxy-authorization", "cookie", "set-cookie"]
                    .contains(&name.as_str())
                    || self.tables.credential_headers.iter().any(|header| header == name)
            }
            Place::Path
            | Place::Query
            | Place::Body
            | Place::Trailer
            | Place::AnyHeader
            | Place::Field(_) => false,
        }
    }
}
