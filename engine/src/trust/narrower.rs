//! Proves that a policy lets nothing cross that the one before it did not.
//! What is not proven opens: everything must be the same, but for what is listed here.

use crate::Bundle;
use crate::model::{
    Action, Boundary, Decision, Delivery, Entries, GrantAction, Grants, Ignore, Ignored, Limits,
    Mode, Reply, Require, Rules, Tables,
};

/// Whether nothing crosses with the new policy that did not cross with the old one.
#[must_use]
pub fn is_narrower(old: &Bundle, new: &Bundle) -> bool {
    let automata = |bundle: &Bundle| bundle.blob().automata_len();
    let same = |n| old.blob().automaton(n) == new.blob().automaton(n);
    let pair = Pair { old: old.tables(), new: new.tables() };
    automata(old) == automata(new)
        && (0..automata(old)).all(same)
        && pair.same_around()
        && pair.boundaries()
        && pair.rules(&pair.old.proxy_reply, &pair.new.proxy_reply)
}

#[derive(Clone, Copy)]
struct Pair<'t> {
    old: &'t Tables,
    new: &'t Tables,
}

impl Pair<'_> {
    /// What says who is where, what is found and how messages are read.
    fn same_around(self) -> bool {
        // Every field by name: a new one does not compile before somebody has thought of it.
        let Tables {
            policy,
            compiler,
            mode,
            limits,
            zones,
            members,
            categories,
            detectors,
            words,
            names,
            fields,
            actions: _,
            keys,
            rules: _,
            boundaries: _,
            proxy_reply: _,
            credential_headers,
            ignore_salt: _,
            schema,
        } = self.new;
        *policy == self.old.policy
            && *compiler == self.old.compiler
            && enforces(self.old.mode, *mode)
            && same_limits(&self.old.limits, limits)
            && *zones == self.old.zones
            && *members == self.old.members
            && *categories == self.old.categories
            && *detectors == self.old.detectors
            && *words == self.old.words
            && *names == self.old.names
            && *fields == self.old.fields
            && *keys == self.old.keys
            && *credential_headers == self.old.credential_headers
            && *schema == self.old.schema
    }

    /// Those that are left stand in their order. One that is gone has none behind it that would
    /// take its messages.
    fn boundaries(self) -> bool {
        let mut left = self.new.boundaries.iter().peekable();
        for was in &self.old.boundaries {
            match left.next_if(|is| is.id == was.id) {
                Some(is) if self.boundary(was, is) => {}
                Some(_) => return false,
                None => {
                    let takes = |is: &&Boundary| is.from == was.from && is.to == was.to;
                    if left.clone().any(|is| takes(&is)) {
                        return false;
                    }
                }
            }
        }
        left.next().is_none()
    }

    fn boundary(self, was: &Boundary, is: &Boundary) -> bool {
        let Boundary { id: _, from, to, when, upgrades, require, grants, request, reply } = is;
        let reply = match (&was.reply, reply) {
            (_, Reply::StatusOnly) => true,
            (Reply::StatusOnly, Reply::Inspect(_)) => false,
            (Reply::Inspect(was), Reply::Inspect(is)) => self.rules(was, is),
        };
        *from == was.from
            && *to == was.to
            && *when == was.when
            && upgrades.iter().all(|upgrade| was.upgrades.contains(upgrade))
            && requires(was.require, *require)
            && self.grants(was.grants.as_ref(), grants.as_ref())
            && self.rules(&was.request, request)
            && reply
    }

    fn grants(self, was: Option<&Grants>, is: Option<&Grants>) -> bool {
        let Some(Grants { floor, ttl_seconds_max, categories, actions }) = is else { return true };
        let Some(was) = was else { return false };
        let known = |action: &GrantAction| {
            let is = self.new.actions.get(action.action.index());
            let mut same = was.actions.iter().filter(|other| other.name == action.name);
            same.any(|other| self.old.actions.get(other.action.index()) == is)
        };
        *floor >= was.floor
            && *ttl_seconds_max <= was.ttl_seconds_max
            && categories.iter().all(|category| was.categories.contains(category))
            && actions.iter().all(known)
    }

    fn rules(self, was: &Rules, is: &Rules) -> bool {
        let Rules {
            mode,
            delivery,
            entries,
            inspect_credentials_in_place,
            by_category,
            placed,
            ignore,
            fields_only,
        } = is;
        let only = match (&was.fields_only, fields_only) {
            (None, None) => true,
            (Some(was), Some(is)) => is.iter().all(|field| was.contains(field)),
            // What was a finding is dropped now, and what is dropped blocks no message any more.
            (None, Some(_)) | (Some(_), None) => false,
        };
        let same_places = placed.len() == was.placed.len()
            && placed.iter().zip(&was.placed).all(|(is, was)| {
                let same = is.category == was.category && is.place == was.place;
                same && self.decision(was.decision, is.decision)
            });
        let categories = by_category.len() == was.by_category.len()
            && was.by_category.iter().zip(by_category).all(|(was, is)| match (was, is) {
                (None, None) => true,
                (Some(was), Some(is)) => self.decision(*was, *is),
                // What is found anew may take the place of what was found there before.
                (None, Some(_)) | (Some(_), None) => false,
            });
        enforces(was.mode, *mode)
            && holds(was.delivery) <= holds(*delivery)
            && (*entries == was.entries || *entries == Entries::All)
            && (*inspect_credentials_in_place || !was.inspect_credentials_in_place)
            && categories
            && same_places
            && ignore.iter().all(|opening| self.ignores(was, opening))
            && only
    }

    fn ignores(self, was: &Rules, opening: &Ignore) -> bool {
        let comparable = match opening.what {
            Ignored::Value(_) | Ignored::Prefix(..) => self.old.ignore_salt == self.new.ignore_salt,
            Ignored::Field(_) | Ignored::Range(..) | Ignored::Addresses(_) => true,
        };
        comparable && was.ignore.contains(opening)
    }

    /// The same is done, or nothing of a value is left by it.
    fn decision(self, was: Decision, is: Decision) -> bool {
        let was = self.old.actions.get(was.action.index());
        let is = self.new.actions.get(is.action.index());
        match (was, is) {
            (Some(was), Some(is)) if was == is => true,
            (Some(_), Some(Action::Block)) => true,
            (Some(was), Some(Action::Redact)) => *was != Action::Block,
            _ => false,
        }
    }
}

fn same_limits(was: &Limits, is: &Limits) -> bool {
    let opaque = is.opaque_media.iter().all(|media| was.opaque_media.contains(media));
    opaque && *is == Limits { opaque_media: is.opaque_media.clone(), ..was.clone() }
}

fn requires(was: Require, is: Require) -> bool {
    (is.mtls || !was.mtls) && is.tls_min >= was.tls_min
}

fn enforces(was: Mode, is: Mode) -> bool {
    is == was || is == Mode::Enforce
}

fn holds(delivery: Delivery) -> u8 {
    match delivery {
        Delivery::Stream => 0,
        Delivery::WholeUnlessEvents => 1,
        Delivery::Whole => 2,
    }
}
