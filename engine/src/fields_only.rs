//! Which parts of a body cross, where a policy names the only fields that may.
//! Knows places, never a name or a value.

use crate::body::Media;
use crate::model::FieldId;
use crate::path::{FieldSet, Paths, Spot, bit};

/// The only fields of a body that cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldsOnly {
    fields: FieldSet,
    /// The steps of their paths, as bits of [`Paths`].
    steps: u128,
}

/// What a value is to the fields that cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// One of them, or within one.
    Field,
    /// An object or array that may hold one.
    Holder,
    /// Neither.
    Other,
}

/// What kind of value stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    Array,
    /// A value that holds no others.
    Leaf,
}

impl FieldsOnly {
    pub(crate) fn new(paths: &Paths, fields: &[FieldId]) -> Self {
        let fields = fields.iter().fold(0, |fields, field| fields | bit(field.0));
        Self { fields, steps: paths.steps_of(fields) }
    }

    /// What a value at this place is.
    pub(crate) fn part(&self, paths: &Paths, spot: Spot, shape: Shape) -> Part {
        if spot.fields & self.fields != 0 {
            return Part::Field;
        }
        let holds = match shape {
            Shape::Object => paths.goes_on(spot, self.steps, false),
            Shape::Array => paths.goes_on(spot, self.steps, true),
            Shape::Leaf => false,
        };
        if holds { Part::Holder } else { Part::Other }
    }

    /// Whether names and values without anything below them can be among the fields.
    pub(crate) fn has_names(&self, paths: &Paths) -> bool {
        paths.ends_at_key(paths.root(), self.steps)
    }
}

/// Whether a body has fields at all. What its first bytes are like decides for one without a type,
/// and for records, which may be of another kind: one whose type says that it is text is not read as
/// fields, whatever it looks like.
pub(crate) fn has_fields(media: Media, like_json: bool, is_other: bool) -> bool {
    match media {
        Media::Json | Media::JsonLines | Media::Form => true,
        // What begins like something else is read as such, and its columns are not known.
        Media::Csv | Media::Tsv => !is_other,
        Media::Unsaid => like_json,
        _ => false,
    }
}

/// Whether a body of this type may have fields, as far as its type says.
pub(crate) fn may_have_fields(media: Media) -> bool {
    has_fields(media, true, true) || has_fields(media, false, false)
}
