//! Tells whether two rules can speak of the same text.
//! Knows no category and no action.

use super::rules::Place;
use crate::language::field;
use cofferdam_engine::model::{FieldStep, PlaceSelector as Selector};

/// Whether there is a text that is in both.
pub(super) fn overlap(a: &Place, b: &Place) -> bool {
    match (a, b) {
        (Place::Field(a), Place::Field(b)) => field::overlap(&a.steps, &b.steps),
        // A declared field is one of the body, or of the query.
        (Place::Field(_), Place::At(Selector::Body | Selector::Query))
        | (Place::At(Selector::Body | Selector::Query), Place::Field(_)) => true,
        // The name of a header or cookie is a key like any other.
        (
            Place::Field(field),
            Place::At(Selector::Header(Some(name)) | Selector::Cookie(Some(name))),
        )
        | (
            Place::At(Selector::Header(Some(name)) | Selector::Cookie(Some(name))),
            Place::Field(field),
        ) => field::overlap(&field.steps, &[FieldStep::Key(name.clone())]),
        (Place::Field(_), Place::At(_)) | (Place::At(_), Place::Field(_)) => false,
        (Place::At(a), Place::At(b)) => selectors_overlap(a, b),
    }
}

fn selectors_overlap(a: &Selector, b: &Selector) -> bool {
    let names_meet = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => a == b,
        (None, _) | (_, None) => true,
    };
    match (a, b) {
        (Selector::Header(a), Selector::Header(b)) | (Selector::Cookie(a), Selector::Cookie(b)) => {
            names_meet(a, b)
        }
        _ => a == b,
    }
}
