//! The laws themselves: one generated message, its chunk plans, and what must hold of them.
//! Each law is asked alone, so that one that fails hides no other.

use crate::body::Body;
use crate::entropy::Entropy;
use crate::head;
use crate::kept::is_kept;
use crate::markup;
use crate::messages;
use crate::plan::Plan;
use crate::policies::{Policies, Twins};
use crate::replaced::{only_replaced, only_taken_out, used, used_within};
use crate::run::{Message, Outcome, Way, run};
use crate::trailers;
use crate::words::{NOTHING, VALUES};
use cofferdam_engine::Bundle;
use cofferdam_engine::beside::Difference;
use cofferdam_engine::entry::Entry;
use cofferdam_engine::exchange::Headers;
use cofferdam_engine::limits::{CARRY_BYTES_MAX, LAYERS_BYTES_MAX};
use cofferdam_engine::settings::Settings;
use cofferdam_engine::verdict::{Reason, Verdict};
use std::rc::Rc;

/// A law that a generated message can show to be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Any chunking gives the same.
    Split,
    /// Released bytes are final, and after a block nothing is released.
    NoTakeBack,
    /// What is kept is bounded.
    Bound,
    /// A second pass rewrites nothing.
    Fixpoint,
    /// No run of four bytes of a value in an entry.
    NoEcho,
    /// The same inputs give the same outputs.
    Purity,
    /// What is no finding stays as it is.
    Untouched,
    /// Rewritten JSON still parses.
    StillParses,
    /// What is read as nothing hides nothing.
    Hiding,
    /// The same policy, observing, decides the same and alters nothing.
    Observed,
}

impl Law {
    /// All laws.
    pub const ALL: &[Self] = &[
        Self::Split,
        Self::NoTakeBack,
        Self::Bound,
        Self::Fixpoint,
        Self::NoEcho,
        Self::Purity,
        Self::Untouched,
        Self::StillParses,
        Self::Hiding,
        Self::Observed,
    ];

    /// What is asked of policies that look through encodings. What stands beside a replacement may
    /// decode to something else than it did, so a second pass may rewrite more.
    pub const THROUGH: &[Self] = &[
        Self::Split,
        Self::NoTakeBack,
        Self::Bound,
        Self::NoEcho,
        Self::Purity,
        Self::Untouched,
        Self::StillParses,
        Self::Hiding,
        Self::Observed,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::NoTakeBack => "no_take_back",
            Self::Bound => "bound",
            Self::Fixpoint => "fixpoint",
            Self::NoEcho => "no_echo",
            Self::Purity => "purity",
            Self::Untouched => "untouched",
            Self::StillParses => "still_parses",
            Self::Hiding => "hiding",
            Self::Observed => "observed",
        }
    }
}

/// A generated message under a policy.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which policy of [`Policies`].
    pub policy: usize,
    /// What is sent.
    pub message: Message,
    /// Plans beside the whole.
    pub plans: Vec<Plan>,
}

/// Bytewise runs of longer bodies take long and show nothing that shorter ones do not.
const BYTEWISE_BYTES_MAX: usize = 1500;
/// Streams of events up to this long are followed to their end.
const FOLLOWED_BYTES_MAX: usize = 320;
/// Bytes of entropy that choose policy, way and plans.
const PLAN_BYTES: usize = 24;
/// Bytes of entropy that make trailers, where there are some.
const TRAILER_BYTES: usize = 48;

impl Case {
    /// A case out of bytes.
    #[must_use]
    pub fn generate(bytes: &[u8]) -> Self {
        Self::with(bytes, Body::generate)
    }

    /// A case out of bytes, with a body as one asks for.
    #[must_use]
    pub fn with(bytes: &[u8], body: impl FnOnce(&mut Entropy<'_>) -> Body) -> Self {
        let mut entropy = Entropy::new(bytes);
        let policy = entropy.below(crate::policies::COUNT);
        let way = if entropy.below(2) == 0 { Way::Response } else { Way::Request };
        let mut choices = entropy.split(PLAN_BYTES);
        let ended = choices.once_in(3);
        let trailers = ended.then(|| trailers::generate(&mut entropy.split(TRAILER_BYTES)));
        let body = body(&mut entropy);
        let length = body.wire().len();
        let mut plans = vec![
            Plan::generate(&mut choices),
            Plan::halves(choices.below(length + 1)),
            Plan::halves(length.saturating_sub(1 + choices.below(12))),
        ];
        if length <= BYTEWISE_BYTES_MAX {
            plans.push(Plan::bytewise());
        }
        Self { policy, message: Message { way, body, trailers }, plans }
    }
}

/// What a case came to under every plan.
pub struct Runs<'p> {
    case: &'p Case,
    bundle: &'p Rc<Bundle>,
    settings: &'p Rc<Settings>,
    twins: Option<&'p Twins>,
    keeping: Option<&'p Rc<Bundle>>,
    observing: &'p Rc<Bundle>,
    whole: Outcome,
    cut: Vec<Outcome>,
}

impl<'p> Runs<'p> {
    /// Runs a case in one chunk and by all its plans.
    #[must_use]
    pub fn new(policies: &'p Policies, case: &'p Case) -> Self {
        let (bundle, settings) = (&policies.bundles[case.policy], &policies.settings);
        let go = |plan: &Plan| run(bundle, settings, &case.message, plan);
        let cut = case.plans.iter().map(go).collect();
        let twins = policies.twins[case.policy].as_ref();
        let keeping = policies.keeping[case.policy].as_ref();
        let observing = &policies.observing[case.policy];
        let whole = go(&Plan::whole());
        Self { case, bundle, settings, twins, keeping, observing, whole, cut }
    }

    /// What the message came to in one chunk.
    #[must_use]
    pub fn whole(&self) -> &Outcome {
        &self.whole
    }

    /// Asks one law; what breaks it, in words. Shows generated text, which is made up.
    ///
    /// # Errors
    /// When it is broken.
    pub fn ask(&self, law: Law) -> Result<(), String> {
        match law {
            Law::Split => self.split(),
            Law::NoTakeBack => self.no_take_back(),
            Law::Bound => self.bound(),
            Law::Fixpoint => self.fixpoint(),
            Law::NoEcho => self.no_echo(),
            Law::Purity => self.purity(),
            Law::Untouched => self.untouched(),
            Law::StillParses => self.still_parses(),
            Law::Hiding => self.hiding(),
            Law::Observed => self.observed(),
        }
    }

    fn split(&self) -> Result<(), String> {
        for (plan, cut) in self.case.plans.iter().zip(&self.cut) {
            let differ = |what: &str, whole: &str, cut: &str| {
                Err(format!("{what} differs under {plan:?}\n  whole: {whole}\n  cut:   {cut}"))
            };
            if cut.verdict != self.whole.verdict {
                let (whole, cut) = (self.whole.verdict, cut.verdict);
                return differ("verdict", &format!("{whole:?}"), &format!("{cut:?}"));
            }
            let (whole, other) = (told(&self.whole), told(cut));
            if whole != other {
                return differ("entry", &format!("{whole:?}"), &format!("{other:?}"));
            }
            let same = match cut.verdict {
                Ok(_) => cut.left == self.whole.left,
                Err(_) => self.cut.iter().all(|other| prefix(&cut.left, &other.left)),
            };
            if !same {
                return differ("what left", &show(&self.whole.left), &show(&cut.left));
            }
            if cut.trailers != self.whole.trailers {
                let (whole, cut) = (&self.whole.trailers, &cut.trailers);
                return differ("what ended it", &format!("{whole:?}"), &format!("{cut:?}"));
            }
        }
        self.ends_before_what_blocks()
    }

    /// What left before a block is the beginning of one stream, and nothing of what blocks, nor
    /// what would stand in its place, is in it.
    fn ends_before_what_blocks(&self) -> Result<(), String> {
        let (Some(twins), Err(_)) = (self.twins, self.whole.verdict) else { return Ok(()) };
        // How much of it markup has used up cannot be told: tags stay where text is taken out.
        if markup::may_be(&self.case.message.body) {
            return Ok(());
        }
        let stream = self.twin(&twins.unblocked);
        let end = self.blocking_at();
        let sent = &self.case.message.body.bytes;
        for (plan, cut) in self.case.plans.iter().zip(&self.cut) {
            let wrong = |what: &str| {
                let (left, stream) = (show(&cut.left), show(&stream));
                Err(format!("{what} under {plan:?}\n  left:   {left}\n  stream: {stream}"))
            };
            if !prefix(&cut.left, &stream) {
                return wrong("what left before the block is not the beginning of the stream");
            }
            let Some(end) = end.filter(|_| !self.is_framed()) else { continue };
            let used = if self.goes_on() { used_within } else { used };
            match used(sent, &cut.left) {
                Some(used) if used <= end => {}
                Some(_) => return wrong(&format!("something of the finding at {end} left")),
                None => return wrong("what left before the block was not made of what was sent"),
            }
        }
        Ok(())
    }

    /// Where the finding begins that a policy blocks first, in the body as it was sent. What
    /// overlaps it is part of it. None where it is not known: in trailers, or inside of a longer
    /// finding that would be kept.
    #[must_use]
    pub fn blocking_at(&self) -> Option<usize> {
        let twins = self.twins.filter(|_| self.whole.verdict == Err(Reason::Finding))?;
        // Lengths change before a finding does.
        if self.is_framed() {
            return None;
        }
        let (sent, told) = (&self.case.message.body.bytes, self.twin(&twins.telling));
        let at = sent.iter().zip(&told).position(|(sent, told)| sent != told)?;
        let form = self.case.message.body.media.is_some_and(|media| media.contains("urlencoded"));
        // A replacement in a form begins with `%5B`, and what it replaces may begin so, too.
        let escape = (1..3).find(|back| at.checked_sub(*back).is_some_and(|at| sent[at] == b'%'));
        Some(at - escape.filter(|_| form).unwrap_or(0))
    }

    fn is_framed(&self) -> bool {
        messages::is_framed(self.case.message.body.media)
    }

    /// Whether a finding may be in pieces, which all but the first are written as nothing.
    fn goes_on(&self) -> bool {
        self.case.message.body.media.is_some_and(|media| media.contains("event"))
    }

    /// Whether something had left by some plan when the message was blocked.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.whole.verdict.is_err() && self.cut.iter().any(|cut| !cut.left.is_empty())
    }

    /// The most that ever leaves by another policy.
    fn twin(&self, bundle: &Rc<Bundle>) -> Vec<u8> {
        run(bundle, self.settings, &self.case.message, &Plan::bytewise()).left
    }

    fn no_take_back(&self) -> Result<(), String> {
        let all = self.cut.iter().chain([&self.whole]);
        match all.filter_map(|outcome| outcome.wrong).next() {
            Some(wrong) => Err(wrong.into()),
            None => Ok(()),
        }
    }

    fn bound(&self) -> Result<(), String> {
        let kept = self.cut.iter().chain([&self.whole]).map(|outcome| outcome.kept_max).max();
        match kept {
            // A message is kept whole: lengths stand before what they measure.
            Some(kept) if kept > CARRY_BYTES_MAX + self.message_bytes() + self.layers_bytes() => {
                Err(format!("{kept} bytes were kept"))
            }
            _ => Ok(()),
        }
    }

    fn message_bytes(&self) -> usize {
        if self.is_framed() { self.case.message.body.bytes.len() } else { 0 }
    }

    fn layers_bytes(&self) -> usize {
        if has_long_run(&self.case.message.body.bytes) { LAYERS_BYTES_MAX } else { 0 }
    }

    fn fixpoint(&self) -> Result<(), String> {
        if self.whole.verdict.is_err() {
            return Ok(());
        }
        // Text that goes on is followed within bounds, and after a rewrite they reach further.
        if self.goes_on() && self.case.message.body.bytes.len() > FOLLOWED_BYTES_MAX {
            return Ok(());
        }
        let again = self.pass(&self.whole);
        if is_settled(&self.whole, &again) {
            return Ok(());
        }
        // Text of markup goes on over references and tags, and that of events over events; both are
        // read as they stand besides: what takes the place of a finding of the one reading may part
        // a word of the other, in which nothing was found before.
        // In events each pass may part the next of a row of words.
        let passes = match (self.goes_on(), markup::may_be(&self.case.message.body)) {
            (true, _) => PASSES_MAX,
            (false, true) => 2,
            (false, false) => 1,
        };
        let mut last = again.clone();
        for _ in 1..passes {
            if last.verdict != Ok(Verdict::Rewrite) {
                break;
            }
            let next = self.pass(&last);
            if is_settled(&last, &next) {
                return Ok(());
            }
            last = next;
        }
        // A mask in the name of a tag makes text of the tag, in which a long gap may hide more of a
        // value: a second pass blocks it, and nothing crosses that had not.
        if markup::may_be(&self.case.message.body) && last.verdict == Err(Reason::HiddenText) {
            return Ok(());
        }
        let (first, second) = (shown(&self.whole), shown(&again));
        Err(format!("second pass: {:?}\n  first:  {first}\n  second: {second}", again.verdict))
    }

    /// What becomes of what left, sent on as the message was.
    fn pass(&self, outcome: &Outcome) -> Outcome {
        let body = Body { bytes: outcome.left.clone(), ..self.case.message.body.clone() };
        let trailers = outcome.trailers.clone();
        let message = Message { way: self.case.message.way, body, trailers };
        run(self.bundle, self.settings, &message, &Plan::whole())
    }

    fn no_echo(&self) -> Result<(), String> {
        let Some(mut entry) = told(&self.whole) else { return Ok(()) };
        // Numbers of findings are no echo, whatever their digits.
        entry.findings.iter_mut().for_each(|(_, _, count)| *count = 0);
        entry.took_ms = 0;
        let refusal = self.whole.refusal.as_deref().unwrap_or_default();
        let printed = format!("{entry:?} {refusal}");
        for value in VALUES {
            let runs = value.as_bytes().windows(4);
            for run in runs.filter_map(|run| std::str::from_utf8(run).ok()) {
                if printed.contains(run) {
                    return Err(format!("`{run}` stands in {printed}"));
                }
            }
        }
        Ok(())
    }

    fn purity(&self) -> Result<(), String> {
        let again = run(self.bundle, self.settings, &self.case.message, &Plan::whole());
        match again == self.whole {
            true => Ok(()),
            false => Err(format!("once {:?}\n  then {again:?}", self.whole)),
        }
    }

    fn untouched(&self) -> Result<(), String> {
        let sent = &self.case.message;
        let kept = self.kept()?;
        let (before, after) = (kept.as_ref().unwrap_or(&sent.body.bytes), &self.whole.left);
        let (ends, ended) = (sent.trailers.as_ref(), self.whole.trailers.as_ref());
        let fine = match self.whole.verdict {
            Ok(Verdict::Forward) => sent.body.bytes == *after && ends == ended,
            Ok(_) => {
                // Tags stay where the text around them goes.
                let markup = markup::may_be(&sent.body);
                let replaced = |before, after| match sent.body.media.filter(|_| self.is_framed()) {
                    Some(media) => messages::same_but_replaced(media, before, after),
                    None if self.goes_on() && used_within(before, after).is_some() => true,
                    None => only_replaced(before, after) || markup && only_taken_out(before, after),
                };
                let body = before == after || replaced(before, after);
                let both = ends.into_iter().flatten().zip(ended.into_iter().flatten());
                let named = |headers: Option<&Headers>| headers.map(|headers| headers.len());
                let mut values = both.map(|((name, before), (other, after))| {
                    name == other && (before == after || only_replaced(before, after))
                });
                let changed = sent.body.bytes != *after || ends != ended;
                body && changed && named(ends) == named(ended) && values.all(|fine| fine)
            }
            Err(_) => ended.is_none(),
        };
        match fine {
            true => Ok(()),
            false => Err(format!("{:?}\n  after: {}", self.whole.verdict, shown(&self.whole))),
        }
    }

    /// The body that is left with all findings kept, where only some fields cross: nothing is to be
    /// touched in that.
    fn kept(&self) -> Result<Option<Vec<u8>>, String> {
        let Some(bundle) = self.keeping.filter(|_| self.whole.verdict.is_ok()) else {
            return Ok(None);
        };
        let sent = &self.case.message;
        let kept = run(bundle, self.settings, sent, &Plan::whole());
        let media = sent.body.media.unwrap_or_default();
        match kept.verdict.is_ok() && is_kept(media, &sent.body.bytes, &kept.left) {
            true => Ok(Some(kept.left)),
            false => Err(format!("{:?}: left of fields: {}", kept.verdict, show(&kept.left))),
        }
    }

    /// Without what is read as nothing the same is found, or so much of it was there that the
    /// message was blocked for that.
    fn hiding(&self) -> Result<(), String> {
        let sent = &self.case.message;
        let Some(body) = bare(&sent.body) else { return Ok(()) };
        // What is left out makes a coded body another one, which may be a bomb or none.
        if matches!(self.whole.verdict, Err(Reason::HiddenText | Reason::Bomb)) {
            return Ok(());
        }
        // Events that are left with nothing in them end a text that goes on.
        if self.goes_on() && lines_of_nothing(&body.bytes) != lines_of_nothing(&sent.body.bytes) {
            return Ok(());
        }
        let message = Message { way: sent.way, body, trailers: sent.trailers.clone() };
        let bare = run(self.bundle, self.settings, &message, &Plan::whole());
        // A long run in an encoding is replaced in pieces, and where they are cut depends on raw bytes.
        let by_piece = has_long_run(&message.body.bytes);
        let findings = |outcome: &Outcome| {
            let mut all = told(outcome).map(|entry| entry.findings)?;
            all.iter_mut().filter(|_| by_piece).for_each(|(.., count)| *count = 1);
            Some(all)
        };
        let (with, without) = (findings(&self.whole), findings(&bare));
        match bare.verdict == self.whole.verdict && with == without {
            true => Ok(()),
            false => Err(format!(
                "{:?} {with:?}, but {:?} {without:?} without what is read as nothing",
                self.whole.verdict, bare.verdict
            )),
        }
    }

    /// What a candidate is told by: the same policy beside itself differs in nothing.
    fn observed(&self) -> Result<(), String> {
        let message = &self.case.message;
        let observed = run(self.observing, self.settings, message, &Plan::whole());
        let came = message.body.read(message.body.wire());
        if observed.left != came || observed.trailers != message.trailers {
            return Err(format!("altered while observed: {}", show(&observed.left)));
        }
        let (Some(active), Some(candidate)) = (&self.whole.entry, &observed.entry) else {
            return Err("a message without an entry".to_owned());
        };
        match Difference::between(active, candidate) {
            Difference::Same => Ok(()),
            // Of a value that goes on from message to message, what was replaced in the first is
            // not found again with the next; and what mended lengths spell, nobody sees who mends
            // none.
            Difference::Other if self.is_framed() || self.goes_on() => Ok(()),
            Difference::Looser if self.is_framed() => Ok(()),
            // A payload that is a message and text both: what the message's reading has replaced,
            // the text's does not find.
            Difference::Stricter if self.is_framed() && active.verdict == "rewrite" => Ok(()),
            // A message that only its replacements make too long.
            Difference::Looser if active.reason == Some(Reason::Oversize.name()) => Ok(()),
            other => Err(format!("observed it is {}: {active:?}, {candidate:?}", other.name())),
        }
    }

    fn still_parses(&self) -> Result<(), String> {
        let body = &self.case.message.body;
        if let Some(media) = body.media.filter(|_| self.is_framed()) {
            let fine = self.whole.verdict.is_err() || messages::parses(media, &self.whole.left);
            return match fine {
                true => Ok(()),
                false => Err(format!("no {media} any more: {}", show(&self.whole.left))),
            };
        }
        if self.whole.verdict.is_ok()
            && body.media.is_some_and(|media| media.contains("xml"))
            && markup::is_well_formed(&body.bytes)
            && !markup::is_well_formed(&self.whole.left)
        {
            return Err(format!("no XML any more: {}", show(&self.whole.left)));
        }
        let json = self.case.message.body.media.is_some_and(|media| media.contains("json"));
        if self.whole.verdict.is_err() {
            return Ok(());
        }
        let (before, after) = (&self.case.message.body.bytes, &self.whole.left);
        let multipart = self.case.message.body.media.is_some_and(|m| m.contains("multipart"));
        if multipart && delimiters(before) != delimiters(after) {
            return Err(format!("other parts than before: {}", show(after)));
        }
        if self.goes_on() && payloads(before) > payloads(after) {
            return Err(format!("no payloads of JSON any more: {}", show(after)));
        }
        if !json {
            return Ok(());
        }
        let lines = self.case.message.body.media.is_some_and(|media| media.contains("ndjson"));
        let parses = |bytes: &[u8]| if lines { values(bytes) } else { one_value(bytes) };
        match !parses(&self.case.message.body.bytes) || parses(&self.whole.left) {
            true => Ok(()),
            false => Err(format!("no JSON any more: {}", show(&self.whole.left))),
        }
    }
}

/// Passes in which text that goes on over events must settle.
const PASSES_MAX: usize = 8;

/// Whether a pass changed nothing of what the one before it left.
fn is_settled(before: &Outcome, again: &Outcome) -> bool {
    let same = again.left == before.left && again.trailers == before.trailers;
    again.verdict == Ok(Verdict::Forward) && same
}

/// Whether letters that may be base64 go on for longer than what is replaced as one.
fn has_long_run(bytes: &[u8]) -> bool {
    const PIECE_BYTES: usize = 1000;
    let in_run = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=\r\n".contains(byte);
    bytes.split(|byte| !in_run(byte)).any(|run| run.len() > PIECE_BYTES)
}

/// Text without what is read as nothing; none where there is no such thing, where it is no plain
/// text, or where it may be read as something else without. What is cut off while it is coded would
/// end elsewhere.
fn bare(body: &Body) -> Option<Body> {
    if body.lost > 0 {
        return None;
    }
    // Names of columns are compared as they stand.
    let records = ["text/csv", "text/tab-separated-values"];
    let text = body.media.is_some_and(|m| m.starts_with("text/") && !records.contains(&m));
    let mut bytes = body.bytes.clone();
    for nothing in NOTHING {
        let nothing = nothing.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at..].starts_with(nothing) {
                true => bytes.drain(at..at + nothing.len()).for_each(drop),
                false => at += 1,
            }
        }
    }
    let events = body.media.is_some_and(|media| media.contains("event"));
    let json = match events {
        true => bytes.iter().any(|byte| b"{[\"".contains(byte)),
        false => matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')),
    };
    (text && !json && bytes != body.bytes).then_some(Body { bytes, ..body.clone() })
}

/// What of an entry must not depend on chunks.
fn told(outcome: &Outcome) -> Option<Entry> {
    let mut entry = outcome.entry.clone()?;
    (entry.chunks, entry.time) = (0, 0);
    (entry.bytes_in, entry.bytes_out) = (0, 0);
    (entry.policy, entry.crossing) = (String::new(), String::new());
    Some(entry)
}

fn prefix(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other)
}

/// How many delimiters there are.
fn delimiters(bytes: &[u8]) -> usize {
    bytes.windows(4).filter(|window| *window == b"--x7").count()
}

/// How many events have payloads that are JSON with a structure.
fn payloads(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let payload = |event: &str| {
        let data = event.lines().filter_map(|line| line.strip_prefix("data:"));
        let data: Vec<_> = data.map(|data| data.strip_prefix(' ').unwrap_or(data)).collect();
        data.join("\n").into_bytes()
    };
    let structured = |payload: &Vec<u8>| matches!(payload.first(), Some(b'{' | b'['));
    let payloads = text.split("\n\n").map(payload).filter(structured);
    payloads.filter(|payload| one_value(payload)).count()
}

/// Lines of an event stream that have a name and no text.
fn lines_of_nothing(bytes: &[u8]) -> usize {
    let lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).map(<[u8]>::trim_ascii_end);
    lines.filter(|line| line.ends_with(b":")).count()
}

fn one_value(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes).is_ok()
}

fn values(bytes: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>();
    values.all(|value| value.is_ok())
}

fn shown(outcome: &Outcome) -> String {
    let body = show(&outcome.left);
    match &outcome.trailers {
        Some(trailers) => format!("{body} and {}", head::show(trailers)),
        None => body,
    }
}

fn show(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let short: String = text.chars().take(1200).collect();
    format!("{short:?}")
}
