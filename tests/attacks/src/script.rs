//! The honest and the bent world as a real host meets them: at another time, with settings in its
//! environment, and with a memory that something before has left.

use crate::world::{Paper, World, blob, honest};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{Period, Root, Seen, Time};

impl World {
    /// The same at another time: everything in it moves along.
    #[must_use]
    pub fn moved(mut self, now: Time) -> Self {
        let from = self.now;
        let to = |time: Time| match now.0 >= from.0 {
            true => time.after(now.0 - from.0),
            false => Time(time.0.saturating_sub(from.0 - now.0)),
        };
        let period = |period: Period| Period { from: to(period.from), until: to(period.until) };
        let requests = |world: &Self| -> Vec<Digest> {
            world
                .grants
                .iter()
                .map(|(request, _)| request.seal(request.document.write()).digest())
                .collect()
        };
        let (pinned, asked) = (self.is_pinned_to_the_honest_root(), requests(&self));
        for root in &mut self.roots {
            root.document.period = period(root.document.period);
            root.document.keys.iter_mut().for_each(|key| key.period = period(key.period));
        }
        if let Some(release) = &mut self.release {
            release.document.issued = to(release.document.issued);
            release.document.period = period(release.document.period);
        }
        for (request, approval) in &mut self.grants {
            request.document.requested = to(request.document.requested);
            approval.document.approved_at = to(approval.document.approved_at);
        }
        let statements = self.freshness.iter_mut().map(|freshness| &mut freshness.document);
        for freshness in statements.chain(&mut self.seen_freshness) {
            freshness.period = period(freshness.period);
        }
        self.seen_time = self.seen_time.map(to);
        self.asked.at.iter_mut().for_each(|time| *time = to(*time));
        (self.now, self.base) = (now, to(self.base));
        // What is named by its digest has another one now.
        let moved = requests(&self);
        for (before, after) in asked.iter().zip(moved) {
            let statements = self.freshness.iter_mut().map(|freshness| &mut freshness.document);
            for freshness in statements.chain(&mut self.seen_freshness) {
                let revoked = freshness.revoked_grants.iter_mut();
                revoked.filter(|id| *id == before).for_each(|id| *id = after);
            }
        }
        if pinned {
            self.pin = Some(honest().moved_roots(to).pin());
        }
        self
    }

    fn moved_roots(mut self, to: impl Fn(Time) -> Time) -> Self {
        let period = |period: Period| Period { from: to(period.from), until: to(period.until) };
        for root in &mut self.roots {
            root.document.period = period(root.document.period);
            root.document.keys.iter_mut().for_each(|key| key.period = period(key.period));
        }
        self
    }

    fn is_pinned_to_the_honest_root(&self) -> bool {
        self.pin.is_some_and(|pin| pin == honest().pin())
    }

    /// What the host's settings say, as variables of its environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let told = [
            ("ROOT", Some(self.pin().to_string())),
            ("AUDIENCE", Some(self.audience.to_owned())),
            ("RELEASE_FLOOR", self.floor.map(|floor| floor.to_string())),
            ("MODULE", self.module.map(|module| module.to_string())),
        ];
        let set = told.into_iter().filter_map(|(name, value)| Some((name, value?)));
        set.map(|(name, value)| (format!("COFFERDAM_{name}"), value)).collect()
    }

    /// What the host was given before, so that it remembers what it does here; none where it
    /// remembers nothing, or what nobody could have given it. At which time, is its `now`.
    #[must_use]
    pub fn before(&self) -> Option<World> {
        // What VMs share is both: what was in force, and how far it had come.
        if self.active.is_none() && self.seen_freshness.is_none() && self.seen_root.is_none() {
            return None;
        }
        let version = self.seen_release.map_or(6, |seen| seen.version);
        let mut before = honest().moved(self.base);
        let roots = before.roots.len();
        match self.seen_root {
            Some(seen) => before.remember_root(seen.version),
            // The first one is pinned; what comes behind it may be what is bent.
            None => before.roots.truncate(roots.min(1)),
        }
        if before.pin() != self.pin() || version == u64::MAX {
            return None;
        }
        let known = before.roots.len().try_into().unwrap_or(1);
        before.grants.clear();
        before.active = None;
        before.audience = self.audience;
        before.module = self.module.or(before.module);
        let (audience, module) = (self.audience.to_owned(), before.module);
        before.the_release().document.audience = audience;
        before.the_release().document.modules = module.into_iter().collect();
        // None of them is ever revoked here.
        before.the_release().signed_by(&["ann", "dan", "sue-laptop"]);
        before.engine = self.engine;
        before.floor = Some(1);
        before.now = self.seen_time.unwrap_or(self.base);
        let same = self
            .release
            .as_ref()
            .is_some_and(|release| self.seen_release == Some(release.document.seen()));
        let release = self.release.as_ref().map(|release| release.document.period.until);
        let ended = same && release.is_some_and(|until| until <= self.now);
        before.release_policy(if same {
            self.policy
        } else {
            self.active.unwrap_or(crate::STRICT)
        });
        let digest = Digest::of(&blob(before.policy));
        let (mut issued, mut period) = (None, None);
        if let Some(release) = self.release.as_ref().filter(|_| ended) {
            (issued, period) = (Some(release.document.issued), Some(release.document.period));
        }
        let long_ago = Time(self.base.0.saturating_sub(8 * DAY));
        let release = &mut before.the_release().document;
        (release.issued, release.period.from) = (long_ago, long_ago);
        release.version = version;
        release.previous = Some(Seen { version: version.saturating_sub(1).max(1), digest });
        release.issued = issued.unwrap_or(release.issued);
        release.period = period.unwrap_or(release.period);
        if period.is_some() {
            // It was in force while it held.
            before.now = Time(release_end(&before).saturating_sub(1));
            before.freshness = None;
        }
        if self.freshness.is_none() && self.seen_freshness.is_none() {
            before.freshness = None;
        }
        if let Some(freshness) = &mut before.freshness {
            // Whoever takes back the machine's own key is not that machine.
            let robot = crate::public("robot").id();
            if self.seen_freshness.as_ref().is_some_and(|seen| seen.revoked_keys.contains(&robot)) {
                freshness.signed_by(&["bob-ssh", "dan", "pat"]);
            }
            freshness.document.number = 30;
            // In force on a host whose clock is some hours behind, too.
            freshness.document.period.from = Time(self.base.0.saturating_sub(4 * 60 * 60));
            freshness.document.period.until = freshness.document.period.from.after(DAY);
            freshness.document.root = known;
            freshness.document.release = Seen { version, digest };
        }
        if let (Some(freshness), Some(seen)) = (&mut before.freshness, &self.seen_freshness) {
            freshness.document.clone_from(seen);
            freshness.document.root = known;
            freshness.document.release = Seen { version, digest };
        }
        Some(before)
    }

    fn remember_root(&mut self, version: u64) {
        let like = |root: &Paper<Root>, version: u64| {
            let mut document = root.document.clone();
            document.version = version;
            // A second more: it is another one.
            document.period.until = document.period.until.after(1);
            Paper { document, ..root.clone() }
        };
        let Some(last) = self.roots.last().cloned() else { return };
        self.roots.truncate(1);
        if version > 2 {
            self.roots.push(last.clone());
        }
        self.roots.push(like(&last, version));
    }
}

fn release_end(world: &World) -> u64 {
    world.release.as_ref().map_or(u64::MAX, |release| release.document.period.until.0)
}
