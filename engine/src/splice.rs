//! Keeps raw bytes back until they are decided, and puts replacements where findings are.
//! Works on raw offsets alone: what it does depends on what was found, never on when it was told.
//! Nothing leaves before everything that could still change it is known.

use crate::action::Applied;
use crate::finding::{self, BLOCK, Finding, Kind, Long, Style};
use crate::kept::{Hold, Kept};
use crate::path::FieldSet;
use crate::proto::carved::Carved;
use crate::room;
use crate::tally::Tally;
use crate::verdict::Reason;
use alloc::vec::Vec;

/// Most raw bytes of findings that are carried out as one because each overlaps the next, beside
/// the first of them.
const CLUSTER_RAW_BYTES_MAX: u64 = 2048;

/// The undecided part of a message, and what was found in it.
#[derive(Clone, Default)]
pub(crate) struct Splice {
    raw: Vec<u8>,
    /// How many of these bytes have left.
    // PERF: they are dropped once for all findings, since all that follows them moves then.
    gone: usize,
    base: u64,
    findings: Vec<Finding>,
    longs: Vec<Long>,
    /// In order. None overlaps a finding.
    dropped: Vec<Dropped>,
    kept: Kept,
    /// Where values begin to stand in other declared fields than before.
    places: Vec<(u64, FieldSet)>,
    inside: bool,
    /// Whether anything may be altered; not in observe mode.
    observe: bool,
    /// What was told, for who asks for it.
    carved: Option<Vec<Carved>>,
}

/// Raw bytes that do not cross, whatever is in them: they are no finding.
#[derive(Clone, Copy)]
struct Dropped {
    start: u64,
    end: Option<u64>,
    /// What stands in their place.
    with: &'static [u8],
}

/// Some findings that overlap, from the first byte of one to the last of another.
struct Cluster {
    start: u64,
    end: u64,
    /// Where its findings end: the same, unless a long finding takes the rest.
    reach: u64,
    /// Index of the finding whose action the whole gets.
    lead: usize,
}

/// A finding within markup that another one goes over.
struct Within {
    start: u64,
    end: u64,
    text: Vec<u8>,
    style: Style,
}

impl Splice {
    pub(crate) fn new(observe: bool) -> Self {
        Self { observe, ..Self::default() }
    }

    /// The same from a raw offset on; keeps where findings were and what was put there.
    pub(crate) fn carving(base: u64, observe: bool) -> Self {
        Self { base, carved: Some(Vec::new()), ..Self::new(observe) }
    }

    /// What was found so far, in order.
    pub(crate) fn into_carved(self) -> Vec<Carved> {
        self.carved.unwrap_or_default()
    }

    /// The strictest of the findings that begin before a raw offset and end behind it.
    pub(crate) fn reaching_over(&mut self, at: u64) -> Option<Finding> {
        let position = self.position();
        let longs = self.longs.drain(..).map(|long| {
            let Long { start, end, kind, applying, .. } = long;
            Finding::new(start, end.unwrap_or(position), kind, applying.finish())
        });
        let all = self.findings.drain(..).chain(longs);
        let over = all.filter(|finding| finding.start < at && finding.end > at);
        over.max_by_key(|finding| (finding.kind.severity, finding.end))
    }

    /// Raw offset of the next byte to come.
    pub(crate) fn position(&self) -> u64 {
        self.base.saturating_add(u64::try_from(self.raw().len()).unwrap_or(u64::MAX))
    }

    /// Bytes kept.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.raw().len()
            + self.findings.len() * size_of::<Finding>()
            + self.dropped.len() * size_of::<Dropped>()
            + self.kept.kept_bytes()
            + self.places.len() * size_of::<(u64, FieldSet)>()
    }

    /// Gives back room, before a wait.
    pub(crate) fn trim(&mut self) {
        room::trim(&mut self.raw);
        room::trim(&mut self.findings);
        room::trim(&mut self.longs);
        room::trim(&mut self.dropped);
        room::trim(&mut self.places);
        self.kept.trim();
    }

    /// Whether nothing would come out if the message ended now.
    pub(crate) fn is_empty(&self) -> bool {
        self.raw().is_empty() && self.findings.is_empty() && self.longs.is_empty()
    }

    /// Raw offset of the first byte that is kept: all before have been let on or replaced.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// Where the findings begin whose ends are not known or not come to.
    pub(crate) fn long_starts(&self) -> impl Iterator<Item = u64> {
        self.longs.iter().map(|long| long.start)
    }

    /// More raw bytes.
    pub(crate) fn push(&mut self, raw: &[u8]) {
        self.raw.extend_from_slice(raw);
    }

    /// A copy of what is kept from raw offset `at` on.
    pub(crate) fn pending(&self, at: u64) -> Vec<u8> {
        self.raw().get(self.upto(at)..).unwrap_or_default().to_vec()
    }

    /// All that is kept, given up: nothing of it is a finding any more.
    pub(crate) fn take_rest(&mut self) -> Vec<u8> {
        self.findings = Vec::new();
        self.longs = Vec::new();
        self.dropped = Vec::new();
        self.kept = Kept::default();
        self.inside = false;
        self.drop_gone();
        let rest = core::mem::take(&mut self.raw);
        self.base = self.base.saturating_add(u64::try_from(rest.len()).unwrap_or(0));
        rest
    }

    /// Raw bytes that stay where a finding goes over them, as tags within a text do.
    pub(crate) fn keep(&mut self, start: u64, end: u64, hold: Hold) {
        self.kept.add(start.max(self.base), end, hold);
    }

    /// From raw offset `at` on, values stand in these declared fields, whoever reads them.
    pub(crate) fn stands(&mut self, at: u64, fields: FieldSet) {
        if self.places.last().map_or(0, |(_, last)| *last) != fields {
            self.places.push((at, fields));
        }
    }

    /// The declared fields that a value at raw offset `at` is told to stand in.
    pub(crate) fn fields_at(&self, at: u64) -> FieldSet {
        let behind = self.places.partition_point(|(from, _)| *from <= at);
        let place = behind.checked_sub(1).and_then(|last| self.places.get(last));
        place.map_or(0, |(_, fields)| *fields)
    }

    /// A finding with both ends. Readings of the same bytes may each tell of it: it counts once.
    pub(crate) fn find(&mut self, finding: Finding) {
        let key = |f: &Finding| (f.start, core::cmp::Reverse(f.end));
        let at = self.findings.partition_point(|other| key(other) <= key(&finding));
        let before = self.findings.get_mut(..at).unwrap_or_default().iter_mut().rev();
        let mut like = before.take_while(|other| key(other) == key(&finding));
        if let Some(known) = like.find(|other| finding::same(&finding, other)) {
            if finding::tells_more(&finding, known) {
                *known = finding;
            }
            return;
        }
        self.findings.insert(at, finding);
    }

    /// The findings with both ends, given up.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        core::mem::take(&mut self.findings)
    }

    /// Whether a grant lets a finding pass whose end is not known.
    pub(crate) fn is_in_granted(&self) -> bool {
        self.longs.iter().any(|long| long.end.is_none() && long.kind.granted.is_some())
    }

    /// The findings whose ends were not known, given up.
    pub(crate) fn take_longs(&mut self) -> Vec<Long> {
        core::mem::take(&mut self.longs)
    }

    /// A finding whose end is not known. A value that is one by its place goes before what begins
    /// with it, whichever was known first.
    pub(crate) fn open(&mut self, long: Long) {
        let key = |long: &Long| (long.start, long.kind.field.is_none());
        let at = self.longs.partition_point(|other| key(other) <= key(&long));
        self.longs.insert(at, long);
    }

    /// The finding that is open in a reading: for more of its text, or its end.
    pub(crate) fn open_mut(&mut self, reading: u8) -> Option<&mut Long> {
        let mut longs = self.longs.iter_mut().rev();
        longs.find(|long| long.end.is_none() && long.reading == reading)
    }

    /// Every finding that is open ends at `at`.
    pub(crate) fn close_all(&mut self, at: u64) {
        let open = self.longs.iter_mut().filter(|long| long.end.is_none());
        open.for_each(|long| long.end = Some(at.max(long.start)));
    }

    /// From `start` on nothing crosses until [`Self::drop_to`], but `with` in its place. What was
    /// found there is no finding. INVARIANT: `start` has not been decided, and no finding that
    /// began before it is open.
    pub(crate) fn drop_from(&mut self, start: u64, with: &'static [u8]) {
        self.findings.retain(|finding| finding.start < start);
        self.longs.retain(|long| long.start < start);
        self.dropped.push(Dropped { start, end: None, with });
    }

    /// One byte that no finding holds does not cross.
    pub(crate) fn drop_byte(&mut self, at: u64) {
        let end = Some(at.saturating_add(1));
        self.dropped.push(Dropped { start: at, end, with: b"" });
    }

    /// What is being dropped ends.
    pub(crate) fn drop_to(&mut self, end: u64) {
        if let Some(dropped) = self.dropped.last_mut() {
            dropped.end = Some(end.max(dropped.start));
        }
    }

    /// Everything before `decided` is known: lets on what may leave.
    pub(crate) fn advance(
        &mut self,
        decided: u64,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Reason> {
        let advanced = self.advance_to(decided, out, tally);
        self.drop_gone();
        advanced
    }

    fn advance_to(
        &mut self,
        decided: u64,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Reason> {
        let decided = decided.min(self.position());
        // PERF: once for all. What is carried out leaves nothing inside of anything that was not so
        // before, and no finding reaches over what is dropped.
        let mut parted = false;
        let mut done = 0;
        while let Some(dropped) = self.dropped.get(done)
            && dropped.start <= decided
        {
            let Dropped { start, end, with } = *dropped;
            self.advance_found(start, &mut parted, out, tally)?;
            let to = end.unwrap_or(decided).min(decided);
            tally.rewritten |= end != Some(start);
            if self.observe {
                self.forward(to, out)
            } else {
                self.consume(self.upto(to))
            }
            if end != Some(to) {
                break;
            }
            if !self.observe {
                out.extend_from_slice(with);
            }
            done += 1;
        }
        self.dropped.drain(..done);
        self.advance_found(decided, &mut parted, out, tally)
    }

    /// The same where nothing is dropped before `decided` but what has been.
    fn advance_found(
        &mut self,
        decided: u64,
        parted: &mut bool,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Reason> {
        loop {
            let more = if self.inside {
                self.advance_inside(decided, out, tally)?
            } else {
                if !core::mem::replace(parted, true) {
                    self.drop_contained();
                }
                self.advance_outside(decided, out, tally)?
            };
            if !more {
                return Ok(());
            }
        }
    }

    /// Outside of every long finding. Whether there is more to do.
    fn advance_outside(
        &mut self,
        decided: u64,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<bool, Reason> {
        let stop = self.longs.first().map_or(u64::MAX, |long| long.start);
        let Some(mut cluster) = self.cluster() else {
            return self.walk_to(stop, decided, out, tally);
        };
        if cluster.start >= stop {
            return self.walk_to(stop, decided, out, tally);
        }
        if cluster.end > decided {
            self.forward(cluster.start.min(decided), out);
            return Ok(false);
        }
        if cluster.end > stop {
            self.split(&mut cluster, stop);
        }
        self.settle(&cluster, out, tally)?;
        Ok(true)
    }

    /// A cluster and a long finding cross: every byte gets the stricter of the two.
    fn split(&mut self, cluster: &mut Cluster, stop: u64) {
        let severity = self.findings.get(cluster.lead).map_or(0, |lead| lead.kind.severity);
        let Some(long) = self.longs.first_mut() else { return };
        if severity > long.kind.severity {
            long.start = cluster.end;
        } else {
            cluster.end = stop;
        }
    }

    fn walk_to(
        &mut self,
        stop: u64,
        decided: u64,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<bool, Reason> {
        self.forward(stop.min(decided), out);
        // At `decided` itself another finding may still begin that goes before this one.
        self.inside = stop < decided;
        if let (true, Some(long)) = (self.inside, self.longs.first())
            && long.kind.severity == BLOCK
        {
            tally.find(&long.kind, long.start, long.start);
            self.block(long.kind, tally)?;
        }
        Ok(self.inside)
    }

    /// Inside the first long finding. Whether there is more to do.
    fn advance_inside(
        &mut self,
        decided: u64,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<bool, Reason> {
        let Some(long) = self.longs.first() else { return Err(Reason::Internal) };
        let (from, end, kind) = (long.start, long.end, long.kind);
        let mut limit = end.map_or(decided, |end| end.min(decided));
        let passes = self.observe || kind.severity <= 1;
        let mut within = Vec::new();
        if passes && !self.observe {
            if end != Some(limit) {
                limit = self.before_within(from, limit);
            }
            within = self.tell_within(from, limit, tally);
        }
        self.block_inside(limit, tally)?;
        if passes {
            self.forward_but(&within, limit, out)
        } else {
            self.swallow_long(from, limit, out);
        }
        if end != Some(limit) {
            return Ok(false);
        }
        let long = self.longs.remove(0);
        self.inside = false;
        if kind.severity != BLOCK {
            tally.find(&kind, long.start, limit);
        }
        let before = out.len();
        match long.applying.finish() {
            Applied::Replace(text) if !passes => {
                // A reading of the text alone ends between marks, never in one.
                if long.reading == 0 && self.kept.splits(limit) {
                    return Err(Reason::ProtectedPlace);
                }
                finding::write(&text, kind.style, out);
            }
            Applied::Replace(_) | Applied::Keep | Applied::Block => {}
        }
        self.carve(long.start, limit, if passes { None } else { out.get(before..) });
        self.clip(limit);
        Ok(true)
    }

    /// What blocks does so inside a long finding too; all else that ends in it is part of it.
    /// The first to be known stands, in whatever chunks the bytes came.
    fn block_inside(&mut self, limit: u64, tally: &mut Tally) -> Result<(), Reason> {
        loop {
            let blocks = |kind: &Kind, at: u64| kind.severity == BLOCK && at <= limit;
            let finding = (0..).zip(&self.findings).filter(|(_, f)| blocks(&f.kind, f.end));
            let finding = finding.min_by_key(|(_, f)| (f.end, f.start)).map(|(n, f)| (f.end, n));
            let begun = |long: &Long| long.start.saturating_add(1);
            let mut longs = (0..).zip(&self.longs).skip(1);
            let long = longs.find(|(_, long)| blocks(&long.kind, begun(long)));
            let long = long.map(|(n, long)| (begun(long), n));
            let told = |finding: Finding| (finding.kind, finding.from, finding.end);
            let (kind, start, end) = match (finding, long) {
                (None, None) => break,
                (Some((at, n)), other) if other.is_none_or(|(begun, _)| at <= begun) => {
                    told(self.findings.remove(n))
                }
                (_, Some((at, n))) => (self.longs.remove(n).kind, at, at),
                (Some((_, n)), None) => told(self.findings.remove(n)),
            };
            tally.find(&kind, start, end);
            self.block(kind, tally)?;
        }
        self.findings.retain(|finding| finding.end > limit);
        let mut first = true;
        self.longs
            .retain(|long| core::mem::take(&mut first) || long.end.is_none_or(|end| end > limit));
        Ok(())
    }

    /// Everything up to here is carried out: what reaches out of it begins behind it.
    fn clip(&mut self, end: u64) {
        self.findings.iter_mut().for_each(|finding| finding.start = finding.start.max(end));
        self.findings.retain(|finding| finding.start < finding.end);
        self.findings.sort_by_key(|finding| (finding.start, core::cmp::Reverse(finding.end)));
        self.clip_longs(end);
    }

    fn clip_longs(&mut self, end: u64) {
        self.longs.iter_mut().for_each(|long| long.start = long.start.max(end));
        self.longs.retain(|long| long.end.is_none_or(|end| long.start < end));
    }

    /// A finding inside a longer one of equal or greater strength is no finding of its own; nor is
    /// one that was found behind an encoding and again without it. What is hidden by an encoding is
    /// still one where the longer one stays.
    fn drop_contained(&mut self) {
        // PERF: most findings stand apart, and then none is compared with all others.
        let mut end = 0;
        let apart = |finding: &Finding| {
            let apart = finding.from >= end && finding.from < finding.end;
            end = finding.end.max(end);
            apart
        };
        if self.findings.iter().all(apart) {
            return;
        }
        let kept = &self.kept;
        let spans: Vec<_> = self.findings.iter().map(|f| (f.from, f.end, f.kind)).collect();
        self.findings.retain(|f| {
            let around = |(from, end, _): &&(u64, u64, Kind)| {
                *from <= f.from && *end >= f.end && !kept.is_within(f.start, f.end, *from)
            };
            let again = |(_, _, kind): &(u64, u64, Kind)| {
                kind.depth < f.kind.depth
                    && (kind.category, kind.severity) == (f.kind.category, f.kind.severity)
            };
            let holds = |(from, end, kind): &(u64, u64, Kind)| {
                (end - from > f.end - f.from || kind.depth < f.kind.depth)
                    && kind.strength >= f.kind.strength
                    && (f.kind.depth == 0
                        || kind.field.is_some()
                        || kind.severity >= f.kind.severity)
                    && !f.kind.insists()
            };
            f.further || !spans.iter().filter(around).any(|span| again(span) || holds(span))
        });
    }

    /// The findings that overlap with the first, one after another. A chain of them may go on for
    /// ever, so it is cut where it gets long: what reaches out of it is the next one's too.
    fn cluster(&self) -> Option<Cluster> {
        let first = self.findings.first()?;
        let (start, mut end, mut lead) = (first.start, first.end, 0);
        for (n, finding) in self.findings.iter().enumerate().skip(1) {
            if finding.start >= end {
                break;
            }
            if finding.end.saturating_sub(start) <= CLUSTER_RAW_BYTES_MAX {
                end = end.max(finding.end);
            }
            let apart = finding.kind.severity != BLOCK
                && self.kept.is_within(finding.start, finding.end, start);
            if !apart && self.findings.get(lead).is_some_and(|lead| finding::leads(finding, lead)) {
                lead = n;
            }
        }
        Some(Cluster { start, end, reach: end, lead })
    }

    /// Carries a complete cluster out.
    fn settle(
        &mut self,
        cluster: &Cluster,
        out: &mut Vec<u8>,
        tally: &mut Tally,
    ) -> Result<(), Reason> {
        self.forward(cluster.start, out);
        let lead = self.findings.get(cluster.lead).map(|lead| (lead.kind, lead.applied.clone()));
        let Some((kind, applied)) = lead else { return Err(Reason::Internal) };
        let reaches_out = |finding: &Finding| finding.end > cluster.reach;
        // PERF: what begins behind the cluster is neither in it nor cut by it.
        let limit = cluster.reach.max(cluster.end);
        let count = self.findings.partition_point(|finding| finding.start < limit);
        let near = self.findings.get(..count).unwrap_or_default();
        let within = near.iter().filter(|finding| !finding.further && !reaches_out(finding));
        within.for_each(|finding| tally.find(&finding.kind, finding.from, finding.end));
        let within = self.within(cluster, count);
        // What blocks may reach out of the cluster, and is told all the same.
        if applied == Applied::Block && self.findings.get(cluster.lead).is_some_and(reaches_out) {
            tally.find(&kind, cluster.start, cluster.end);
        }
        if near.iter().any(reaches_out) {
            self.findings.retain(reaches_out);
            self.clip(cluster.end);
        } else {
            self.findings.drain(..count);
            self.clip_longs(cluster.end);
        }
        match applied {
            Applied::Block => {
                self.block(kind, tally)?;
                self.forward(cluster.end, out);
            }
            Applied::Replace(text) => {
                let protected = self.kept.holds_all(cluster.start, cluster.end);
                if protected {
                    tally.block(Reason::ProtectedPlace);
                }
                match (self.observe, protected) {
                    (true, _) => self.forward(cluster.end, out),
                    (false, true) => return Err(Reason::ProtectedPlace),
                    (false, false) => {
                        let before = out.len();
                        let written = Some((&text[..], kind.style));
                        self.swallow(cluster, written, &within, out);
                        self.carve(cluster.start, cluster.end, out.get(before..));
                        return Ok(());
                    }
                }
            }
            Applied::Keep if self.observe => self.forward(cluster.end, out),
            Applied::Keep => self.forward_but(&within, cluster.end, out),
        }
        self.carve(cluster.start, cluster.end, None);
        Ok(())
    }

    fn block(&self, kind: Kind, tally: &mut Tally) -> Result<(), Reason> {
        tally.block(kind.reason());
        if self.observe { Ok(()) } else { Err(kind.reason()) }
    }

    fn carve(&mut self, start: u64, end: u64, text: Option<&[u8]>) {
        if let Some(carved) = &mut self.carved {
            let offset = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let text = text.map(<[u8]>::to_vec);
            let (start, end) = (offset(start), offset(end));
            carved.push(Carved { start, end, text, number: false });
        }
    }

    fn forward(&mut self, to: u64, out: &mut Vec<u8>) {
        let count = self.upto(to);
        out.extend_from_slice(self.raw().get(..count).unwrap_or_default());
        self.consume(count);
    }

    /// Lets on what comes before `to`, but for what was found within markup.
    fn forward_but(&mut self, within: &[Within], to: u64, out: &mut Vec<u8>) {
        for inner in within {
            self.forward(inner.start, out);
            self.consume(self.upto(inner.end));
            finding::write(&inner.text, inner.style, out);
        }
        self.forward(to, out);
    }

    /// How far what is kept may leave: not into a finding within markup that is not decided.
    fn before_within(&self, from: u64, limit: u64) -> u64 {
        let cut = |f: &&Finding| f.start < limit && limit < f.end;
        let within = self.findings.iter().filter(cut);
        let within = within.filter(|f| self.kept.is_within(f.start, f.end, from));
        within.map(|f| f.start).min().unwrap_or(limit).max(self.base)
    }

    /// Findings within markup that a long finding goes over, up to `limit`: that stays, and they
    /// are told and carried out by themselves.
    fn tell_within(&self, from: u64, limit: u64, tally: &mut Tally) -> Vec<Within> {
        let ended = |f: &&Finding| {
            f.end <= limit && f.kind.severity != BLOCK && self.kept.is_within(f.start, f.end, from)
        };
        for finding in self.findings.iter().filter(ended).filter(|finding| !finding.further) {
            tally.find(&finding.kind, finding.from, finding.end);
        }
        self.replaced_within(self.findings.iter().filter(ended), from)
    }

    /// Findings of a cluster within markup that it goes over: what they stand in stays, so each is
    /// carried out by itself.
    fn within(&self, cluster: &Cluster, count: usize) -> Vec<Within> {
        if self.kept.is_empty() {
            return Vec::new();
        }
        self.replaced_within(self.findings.get(..count).unwrap_or_default().iter(), cluster.start)
    }

    fn replaced_within<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding>,
        from: u64,
    ) -> Vec<Within> {
        let mut all: Vec<Within> = Vec::new();
        for finding in findings {
            if !self.kept.is_within(finding.start, finding.end, from) {
                continue;
            }
            let Applied::Replace(text) = &finding.applied else { continue };
            match all.last_mut() {
                Some(last) if finding.start < last.end => last.end = last.end.max(finding.end),
                _ => {
                    let Finding { start, end, .. } = *finding;
                    all.push(Within { start, end, text: text.clone(), style: finding.kind.style });
                }
            }
        }
        all
    }

    /// Takes a cluster out, but what stays; the first byte that does not makes room for what is
    /// written.
    fn swallow(
        &mut self,
        cluster: &Cluster,
        mut written: Option<(&[u8], Style)>,
        within: &[Within],
        out: &mut Vec<u8>,
    ) {
        let Cluster { start: from, end: to, .. } = *cluster;
        let mut write = |out: &mut Vec<u8>| {
            if let Some((text, style)) = written.take() {
                finding::write(text, style, out);
            }
        };
        // PERF: hardly any finding goes over such bytes.
        while let Some((start, end)) = self.kept.next(from, self.base, to) {
            if start > self.base {
                self.consume(self.upto(start));
                write(out);
            }
            for inner in within.iter().filter(|inner| start <= inner.start && inner.end <= end) {
                self.forward(inner.start, out);
                self.consume(self.upto(inner.end));
                finding::write(&inner.text, inner.style, out);
            }
            self.forward(end, out);
            if self.base < end {
                break;
            }
        }
        if self.base < to {
            self.consume(self.upto(to));
        }
        write(out);
    }

    /// The same for a part of a long finding that begins at `from`. What stands within markup that
    /// it goes over is part of it.
    fn swallow_long(&mut self, from: u64, to: u64, out: &mut Vec<u8>) {
        while let Some((start, end)) = self.kept.next_mark(from, self.base, to) {
            self.consume(self.upto(start));
            self.forward(end, out);
            if self.base < end {
                break;
            }
        }
        self.consume(self.upto(to));
    }

    /// The bytes that are kept.
    fn raw(&self) -> &[u8] {
        self.raw.get(self.gone..).unwrap_or_default()
    }

    fn drop_gone(&mut self) {
        let gone = core::mem::take(&mut self.gone).min(self.raw.len());
        self.raw.drain(..gone);
    }

    fn upto(&self, to: u64) -> usize {
        let count = usize::try_from(to.saturating_sub(self.base)).unwrap_or(usize::MAX);
        count.min(self.raw().len())
    }

    fn consume(&mut self, count: usize) {
        self.gone += count;
        self.base = self.base.saturating_add(u64::try_from(count).unwrap_or(0));
        self.kept.pass(self.base);
        let passed = self.places.partition_point(|(from, _)| *from <= self.base);
        self.places.drain(..passed.saturating_sub(1));
    }
}
