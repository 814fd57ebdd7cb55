//! Who must sign for what: holders of roles, all of them different people.

use super::Reason;
use super::envelope::{Person, Signers};
use super::json::Value;
use super::key::Role;
use super::limits::SLOTS_MAX;
use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;

/// What people do together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A release that opens something.
    Open,
    /// A release that only tightens.
    Tighten,
    /// A grant.
    Grant,
    /// A grant in an emergency.
    BreakGlass,
    /// The next root, and what takes a revocation back.
    Root,
    /// A freshness statement.
    Freshness,
}

impl Act {
    /// All of them, in the order of documents.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Tighten, Self::Grant, Self::BreakGlass, Self::Root, Self::Freshness];

    /// The word in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Tighten => "tighten",
            Self::Grant => "grant",
            Self::BreakGlass => "break_glass",
            Self::Root => "root",
            Self::Freshness => "freshness",
        }
    }

    /// How many different holders it takes at the least, whatever a root says.
    const fn floor(self) -> usize {
        match self {
            Self::Open | Self::Tighten | Self::Grant | Self::BreakGlass | Self::Root => 2,
            Self::Freshness => 1,
        }
    }

    /// The role of the one who begins it, and of whom there is one.
    pub(super) const fn beginner(self) -> Option<Role> {
        match self {
            Self::Open | Self::Tighten => Some(Role::Author),
            Self::Grant | Self::BreakGlass => Some(Role::Requester),
            Self::Root | Self::Freshness => None,
        }
    }
}

/// A role for each holder who must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    slots: Vec<Role>,
}

impl Quorum {
    /// Takes how many holders of each role must sign for an act.
    ///
    /// # Errors
    /// When one of them is nobody, or all together are fewer than the act takes.
    pub fn new(act: Act, roles: &[(Role, u64)]) -> Result<Self, Reason> {
        let mut slots = Vec::new();
        for (role, holders) in roles {
            let holders = usize::try_from(*holders).unwrap_or(usize::MAX);
            if holders == 0 {
                return Err(Reason::ThresholdZero);
            }
            if holders > SLOTS_MAX - slots.len() {
                return Err(Reason::ThresholdUnmet);
            }
            slots.extend(core::iter::repeat_n(*role, holders));
        }
        slots.sort_unstable();
        if slots.is_empty() {
            return Err(Reason::ThresholdZero);
        }
        if slots.len() < act.floor() {
            return Err(Reason::OnePerson);
        }
        // A machine's key opens nothing.
        if act != Act::Freshness && slots.contains(&Role::Online) {
            return Err(Reason::OnlineKey);
        }
        if let Some(beginner) = act.beginner()
            && slots.iter().filter(|slot| **slot == beginner).count() != 1
        {
            return Err(Reason::NoAuthor);
        }
        Ok(Self { slots })
    }

    pub(super) fn read(act: Act, value: Value) -> Result<Self, Reason> {
        let mut roles = Vec::new();
        for (name, holders) in value.object()?.into_fields() {
            let role = Role::of(&name).ok_or(Reason::UnknownKey)?;
            let Value::Number(holders) = holders else { return Err(Reason::WrongType) };
            roles.push((role, holders));
        }
        Self::new(act, &roles)
    }

    pub(super) fn write(&self) -> Value {
        let fields = Role::ALL.into_iter().filter_map(|role| {
            let holders = self.slots.iter().filter(|slot| **slot == role).count();
            let holders = u64::try_from(holders).ok().filter(|holders| *holders > 0)?;
            Some((role.name().to_owned(), Value::Number(holders)))
        });
        Value::Object(fields.collect())
    }

    /// The roles that must sign, once for each holder.
    #[must_use]
    pub fn slots(&self) -> &[Role] {
        &self.slots
    }

    /// The places that none of those fills who signed, whoever began.
    #[must_use]
    pub fn missing(&self, signers: &Signers<'_>) -> Vec<Role> {
        open(&self.slots, &signers.persons())
    }

    /// The same where one holder begins, with a role of their own, and takes no other place.
    #[must_use]
    pub fn missing_begun(&self, signers: &Signers<'_>, beginner: &str, role: Role) -> Vec<Role> {
        let mut persons = signers.persons();
        persons.retain(|person| person.holder != beginner);
        let mut slots = self.slots.clone();
        if let Some(at) = slots.iter().position(|slot| *slot == role) {
            slots.remove(at);
        }
        // Nobody else of that role stands in for who begins.
        let begins = if signers.has(beginner, role) { None } else { Some(role) };
        begins.into_iter().chain(open(&slots, &persons)).collect()
    }

    /// Whether these people can fill it, each one place.
    pub(super) fn is_met_by(&self, persons: &[Person<'_>]) -> bool {
        fill(&self.slots, persons)
    }

    /// Whether who signed is enough, whoever began.
    pub(super) fn met(&self, signers: &Signers<'_>) -> Result<(), Reason> {
        if self.is_met_by(&signers.persons()) { Ok(()) } else { Err(signers.short()) }
    }

    /// Whether who signed is enough, where one holder began it and takes no other place.
    pub(super) fn met_begun(
        &self,
        signers: &Signers<'_>,
        beginner: &str,
        role: Role,
        approves: Reason,
    ) -> Result<(), Reason> {
        let mut persons = signers.persons();
        let mut slots = self.slots.clone();
        if let Some(at) = slots.iter().position(|slot| *slot == role) {
            slots.swap_remove(at);
        }
        persons.retain(|person| person.holder != beginner);
        if signers.has(beginner, role) && fill(&slots, &persons) {
            return Ok(());
        }
        match signers.count(beginner) {
            0 | 1 => Err(signers.short()),
            _ => Err(approves),
        }
    }
}

fn fill(slots: &[Role], persons: &[Person<'_>]) -> bool {
    open(slots, persons).is_empty()
}

/// Finds a different person for each place, by letting those who hold one move to another. What
/// comes out are the places for which there is nobody.
fn open(slots: &[Role], persons: &[Person<'_>]) -> Vec<Role> {
    let mut taken: Vec<Option<usize>> = alloc::vec![None; persons.len()];
    let is_open = |(slot, _): &(usize, &Role)| {
        let mut asked = alloc::vec![false; persons.len()];
        !place(*slot, slots, persons, &mut taken, &mut asked)
    };
    slots.iter().enumerate().filter(is_open).map(|(_, role)| *role).collect()
}

/// Goes as deep as there are places, which are [`SLOTS_MAX`] at the most.
fn place(
    slot: usize,
    slots: &[Role],
    persons: &[Person<'_>],
    taken: &mut [Option<usize>],
    asked: &mut [bool],
) -> bool {
    let Some(role) = slots.get(slot) else { return false };
    for (n, person) in persons.iter().enumerate() {
        let Some(was_asked) = asked.get_mut(n) else { return false };
        if *was_asked || !person.roles.contains(role) {
            continue;
        }
        *was_asked = true;
        let free = match taken.get(n).copied().flatten() {
            None => true,
            Some(other) => place(other, slots, persons, taken, asked),
        };
        if free && let Some(mine) = taken.get_mut(n) {
            *mine = Some(slot);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Person, Role, fill, open};
    use alloc::vec::Vec;

    #[test]
    fn everybody_takes_one_place_and_the_places_that_can_be_taken_are() {
        use Role::{Approver, Author, Privacy};
        let person = |roles: &[Role]| Person { holder: "", roles: roles.to_vec() };
        for (slots, persons, met) in [
            (&[Approver, Privacy][..], &[&[Approver, Privacy][..], &[Approver]][..], true),
            (&[Approver, Privacy], &[&[Approver], &[Approver, Privacy]], true),
            (&[Approver, Privacy], &[&[Approver, Privacy]], false),
            (&[Approver, Privacy], &[&[Approver], &[Approver]], false),
            (&[Approver, Approver], &[&[Approver], &[Privacy]], false),
            (&[Author, Approver, Privacy], &[&[Author, Approver], &[Author], &[Privacy]], true),
            (&[Author, Approver, Privacy], &[&[Author], &[Author, Privacy], &[Author]], false),
            (&[], &[], true),
        ] {
            let persons: Vec<_> = persons.iter().map(|roles| person(roles)).collect();
            assert_eq!(fill(slots, &persons), met, "{slots:?} {persons:?}");
        }
    }

    #[test]
    fn what_is_missing_is_what_nobody_can_move_to() {
        use Role::{Approver, Privacy};
        let person = |roles: &[Role]| Person { holder: "", roles: roles.to_vec() };
        let both = person(&[Approver, Privacy]);
        assert_eq!(open(&[Approver, Privacy], &[both]), [Privacy]);
        let both = person(&[Approver, Privacy]);
        assert!(open(&[Approver, Privacy], &[both, person(&[Approver])]).is_empty());
        assert_eq!(
            open(&[Approver, Approver, Privacy], &[person(&[Approver])]),
            [Approver, Privacy]
        );
    }
}
