//! Where in a structured body a value stands: which declared fields it belongs to, and which
//! context its keys give. Keeps bits, never the keys.

use crate::detect::ContextSets;
use crate::model::{Field, FieldStep};
use alloc::vec::Vec;

/// Declared fields as one bit each, by [`crate::model::FieldId`].
pub(crate) type FieldSet = u128;

/// The bit of a declared field.
pub(crate) fn bit(field: u16) -> FieldSet {
    1u128.checked_shl(field.into()).unwrap_or(0)
}

/// All declared field paths, as one automaton over path steps.
/// Bit n of a live set: step n of the concatenated steps is the next to fit.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    steps: Vec<(FieldStep, Next)>,
    start: u128,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Step,
    Field(u8),
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    live: u128,
    /// The fields that this value, or one that holds it, is.
    pub(crate) fields: FieldSet,
    /// The context that the keys on the way here give.
    pub(crate) context: ContextSets,
}

impl Spot {
    /// The same, of a value that holds no others.
    pub(crate) fn leaf(self) -> Self {
        Self { live: 0, ..self }
    }

    /// A value that stands in two places.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            live: self.live | other.live,
            fields: self.fields | other.fields,
            context: self.context | other.context,
        }
    }

    /// A value with a context, that no path leads to.
    pub(crate) fn unnamed(self, context: ContextSets) -> Self {
        Self { live: 0, fields: 0, context }
    }
}

impl Paths {
    /// Builds the automaton; `None` when there are more fields or steps than bits.
    pub(crate) fn new(fields: &[Field]) -> Option<Self> {
        let mut paths = Self::default();
        for (n, field) in fields.iter().enumerate() {
            let n = u8::try_from(n).ok().filter(|n| *n < 128)?;
            for (at, step) in field.steps.iter().enumerate() {
                if at == 0 {
                    paths.start |= 1u128.checked_shl(u32::try_from(paths.steps.len()).ok()?)?;
                }
                let last = at + 1 == field.steps.len();
                paths.steps.push((step.clone(), if last { Next::Field(n) } else { Next::Step }));
            }
        }
        (paths.steps.len() <= 128).then_some(paths)
    }

    /// The root of a body.
    pub(crate) fn root(&self) -> Spot {
        Spot { live: self.start, fields: 0, context: 0 }
    }

    /// The steps on the way to these fields, as bits.
    pub(crate) fn steps_of(&self, fields: FieldSet) -> u128 {
        let (mut steps, mut way) = (0, 0);
        for (n, (_, next)) in (0..).zip(&self.steps) {
            way |= 1u128.checked_shl(n).unwrap_or(0);
            if let Next::Field(field) = next {
                steps |= if fields & bit((*field).into()) != 0 { way } else { 0 };
                way = 0;
            }
        }
        steps
    }

    /// Whether one of `steps` may lead on from an array here, or else from an object.
    pub(crate) fn goes_on(&self, spot: Spot, steps: u128, array: bool) -> bool {
        self.any(spot.live & steps, |step, _| match step {
            FieldStep::Key(_) | FieldStep::AnyKey => !array,
            FieldStep::AnyIndex | FieldStep::Index(_) => array,
            FieldStep::Descend(_) | FieldStep::Named(_) => true,
        })
    }

    /// Whether a key here may be the end of a path, by one of `steps`.
    pub(crate) fn ends_at_key(&self, spot: Spot, steps: u128) -> bool {
        self.any(spot.live & steps, |step, next| match step {
            FieldStep::AnyIndex | FieldStep::Index(_) => false,
            FieldStep::Key(_) | FieldStep::AnyKey | FieldStep::Descend(_) | FieldStep::Named(_) => {
                matches!(next, Next::Field(_))
            }
        })
    }

    fn any(&self, steps: u128, fits: impl Fn(&FieldStep, Next) -> bool) -> bool {
        let mut at = (0..).zip(&self.steps);
        at.any(|(n, (step, next))| {
            steps & 1u128.checked_shl(n).unwrap_or(0) != 0 && fits(step, *next)
        })
    }

    /// The value under a key; `context` is what the key itself gives.
    #[inline]
    pub(crate) fn key(&self, spot: Spot, key: &[u8], context: ContextSets) -> Spot {
        // PERF: no path goes on from most places.
        if spot.live == 0 {
            return Spot { context: spot.context | context, ..spot };
        }
        self.key_on_path(spot, key, context)
    }

    fn key_on_path(&self, spot: Spot, key: &[u8], context: ContextSets) -> Spot {
        let mut below = self.step(spot, |step| match step {
            FieldStep::Key(name) => name.as_bytes() == key,
            FieldStep::Descend(name) => name.as_bytes() == key,
            FieldStep::AnyKey => true,
            FieldStep::Named(set) => context.checked_shr((*set).into()).unwrap_or(0) & 1 == 1,
            FieldStep::AnyIndex | FieldStep::Index(_) => false,
        });
        below.context |= context;
        below
    }

    /// The value at an index of an array.
    pub(crate) fn index(&self, spot: Spot, index: u32) -> Spot {
        self.step(spot, |step| match step {
            FieldStep::AnyIndex => true,
            FieldStep::Index(wanted) => *wanted == index,
            FieldStep::Key(_) | FieldStep::AnyKey | FieldStep::Descend(_) | FieldStep::Named(_) => {
                false
            }
        })
    }

    fn step(&self, spot: Spot, fits: impl Fn(&FieldStep) -> bool) -> Spot {
        let mut below = Spot { live: 0, ..spot };
        let mut live = spot.live;
        while live != 0 {
            let n = live.trailing_zeros();
            live &= live - 1;
            let Some((step, next)) = usize::try_from(n).ok().and_then(|n| self.steps.get(n)) else {
                continue;
            };
            if matches!(step, FieldStep::Descend(_) | FieldStep::Named(_)) {
                below.live |= 1 << n;
            }
            if fits(step) {
                match next {
                    Next::Step => below.live |= 1u128.checked_shl(n + 1).unwrap_or(0),
                    Next::Field(field) => below.fields |= 1 << field,
                }
            }
        }
        below
    }
}
