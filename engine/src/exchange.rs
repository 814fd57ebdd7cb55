//! One HTTP exchange: a request crossing and the crossing of its reply.
//! The one face that adapters use. Sans-IO: time, randomness and keys are arguments.
//! Knows no host; what it says must be carried out to the letter.

use crate::blob::Digest;
use crate::body;
use crate::bundle::{Bundle, Found, RulesOf};
use crate::codec::{self, Codec};
use crate::crossing::{Crossing, Outcome, State};
use crate::ends::{self, Ends, Placed, PlacedBy, Placement};
use crate::entry::Entry;
use crate::fields_only;
use crate::granted::{Granted, Grants};
use crate::head::{self, Part};
use crate::headers;
use crate::judge::Law;
use crate::model::{BoundaryId, Mode, Rules, Tables, UNPLACED, ZoneId};
use crate::negotiate;
use crate::report::{self, Message};
use crate::request_path;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::verdict::{Reason, Verdict};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

pub use crate::headers::Headers;

/// Milliseconds since the Unix epoch.
pub type UnixMillis = u64;

/// What to do with a head.
#[derive(Debug)]
pub enum HeadStep {
    /// Let it on, with these headers instead where there are some. `body` says what is to come.
    Forward(Option<Headers>, BodyPlan),
    /// Keep it back until the body's [`Step::Close`] (the host must be able to hold headers).
    /// The headers are to be set at once, but leave only then.
    Hold(Option<Headers>),
    /// Reply with this and let nothing on.
    Block(Refusal),
}

/// What to do with the body that follows a head that was let on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyPlan {
    /// Nothing of it is looked at: no need to call for its chunks.
    Ignore,
    /// Every chunk goes through [`Exchange::request_body`] or [`Exchange::response_body`].
    Inspect,
}

/// What to do with a chunk. `out` has been appended to where bytes are named.
#[derive(Debug)]
pub enum Step {
    /// The bytes in `out` (perhaps none), and everything stashed before, may enter the other zone;
    /// the rest is kept back.
    Release,
    /// The bytes in `out` (perhaps none) are decided but must be held by the host's adapter until
    /// `Release` or `Close`: the delivery is whole.
    Stash,
    /// Done. The bytes in `out` and everything stashed before may leave.
    Close(Verdict),
    /// Stopped: what is stashed is dropped, `out` is as it was, nothing more is sent.
    Block(Refusal),
}

/// What a blocked sender gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// HTTP status.
    pub status: u16,
    /// gRPC status.
    pub grpc_status: u8,
    /// The caller speaks gRPC-Web, whose status no host writes by itself.
    pub grpc_web: bool,
    /// JSON: `{"blocked": reason, "crossing": id}`.
    pub body: String,
    /// Headers to put in place of the request's before replying, so that access logs hold nothing.
    pub scrubbed: Option<Headers>,
}

/// One HTTP exchange.
pub struct Exchange {
    bundle: Rc<Bundle>,
    settings: Rc<Settings>,
    id: [u8; 16],
    began: UnixMillis,
    given: Option<Placement>,
    placement: Option<Placement>,
    /// What the policy says for this exchange; `None` before the request's head.
    way: Option<Way>,
    request: Option<Crossing>,
    response: Option<Crossing>,
    /// What to show in access logs in place of the request's head, if it is blocked later.
    scrubbed: Option<Headers>,
    /// Types of the messages of request and response, where the policy describes the method.
    shapes: Option<(u16, u16)>,
    /// The request says that it is gRPC-Web.
    grpc_web: bool,
    /// The request says that its sender reads gzip.
    reads_gzip: bool,
    /// What grants let findings come to.
    grants: Grants,
}

/// What the policy says for an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Both ends are in one zone.
    SameZone,
    /// The proxy itself answers.
    Proxy,
    Boundary(usize),
    /// Nothing crosses, but nothing may be altered either: the whole policy observes.
    Observe,
    Closed,
}

impl Exchange {
    /// Begins an exchange. `id` is the crossing's id: 16 bytes, unique in the host.
    #[must_use]
    pub fn new(bundle: Rc<Bundle>, settings: Rc<Settings>, id: [u8; 16], now: UnixMillis) -> Self {
        Self {
            bundle,
            settings,
            id,
            began: now,
            given: None,
            placement: None,
            way: None,
            request: None,
            response: None,
            scrubbed: None,
            shapes: None,
            grpc_web: false,
            reads_gzip: false,
            grants: Grants::default(),
        }
    }

    /// The same with both ends already placed: for tests of a policy, where zones are given.
    #[must_use]
    pub fn with_zones(mut self, from: ZoneId, to: ZoneId) -> Self {
        let placed = |zone| Placed { zone, by: PlacedBy::Setting };
        self.given = Some(Placement { caller: placed(from), callee: placed(to) });
        self
    }

    /// The request's head. `end` says that no body and no trailers follow.
    pub fn request_head(&mut self, ends: &Ends, head: &Headers, end: bool) -> HeadStep {
        self.request_head_granted(ends, head, end, &mut |_, _| Vec::new())
    }

    /// The same where grants may hold: `grants` is asked once, when the boundary is known, with it
    /// and the request's path without its query. It answers for what holds now, and says with
    /// [`Self::end_grants`] when something does no more.
    pub fn request_head_granted(
        &mut self,
        ends: &Ends,
        head: &Headers,
        end: bool,
        grants: &mut dyn FnMut(BoundaryId, &[u8]) -> Vec<Granted>,
    ) -> HeadStep {
        let bundle = Rc::clone(&self.bundle);
        let settings = Rc::clone(&self.settings);
        let place = || ends::place(bundle.tables(), &settings, ends);
        let placement = self.given.unwrap_or_else(place);
        self.placement = Some(placement);
        let (media, _) = headers::content_type(head);
        self.reads_gzip = codec::accepts_gzip(head);
        self.grpc_web = media.is_some_and(|media| media.starts_with("application/grpc-web"));
        let mut tally = Tally::default();
        match self.route(&bundle, placement, head, end, &mut tally) {
            Err(reason) => self.refuse_request(&bundle, &settings, head, tally, reason),
            Ok(way @ (Way::SameZone | Way::Proxy | Way::Observe)) => {
                self.way = Some(way);
                self.request = Some(Crossing::pass(tally));
                HeadStep::Forward(None, BodyPlan::Ignore)
            }
            Ok(Way::Closed) => {
                self.refuse_request(&bundle, &settings, head, tally, Reason::Internal)
            }
            Ok(Way::Boundary(n)) => {
                self.way = Some(Way::Boundary(n));
                let Some(law) = bundle.law(&settings, RulesOf::Request(n)) else {
                    return self.refuse_request(&bundle, &settings, head, tally, Reason::Internal);
                };
                let target = headers::header(head, b":path").unwrap_or_default();
                let path = request_path::path(target);
                self.grants = Grants::over(bundle.tables(), n, |n| grants(n, path));
                let granted = self.grants.list();
                let law = Law { granted: &granted, ..law };
                let met = self.check_caller(&bundle, law, n, ends, &mut tally);
                let step =
                    met.and_then(|()| self.open_request(&bundle, law, n, head, end, &mut tally));
                step.unwrap_or_else(|reason| {
                    self.refuse_request(&bundle, &settings, head, tally, reason)
                })
            }
        }
    }

    /// A chunk of the request's body; `end` with the last one, which may be empty.
    pub fn request_body(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        self.body(Message::Request, chunk, end, out)
    }

    /// The request's trailers, which end its body: `out` gets what was kept back. The headers are
    /// the trailers to send instead, where something in them was replaced.
    pub fn request_trailers(
        &mut self,
        trailers: &Headers,
        out: &mut Vec<u8>,
    ) -> (Step, Option<Headers>) {
        self.trailers(Message::Request, trailers, out)
    }

    /// The response's head. `ends` as far as they are known now.
    pub fn response_head(&mut self, ends: &Ends, head: &Headers, end: bool) -> HeadStep {
        let bundle = Rc::clone(&self.bundle);
        let settings = Rc::clone(&self.settings);
        let mut tally = Tally::default();
        // An answer to a request that the filter has not seen is the proxy's own.
        let way = self.way.unwrap_or(Way::Proxy);
        if way == Way::Closed {
            return self.refuse_response(tally, Reason::Internal);
        }
        if self.has_moved(&bundle, &settings, ends, way) {
            tally.block(Reason::ZoneChanged);
            if self.mode(Message::Response) == Mode::Enforce {
                return self.refuse_response(tally, Reason::ZoneChanged);
            }
        }
        if !self.callee_meets(&bundle, ends) {
            tally.block(Reason::RequirementUnmet);
            if self.mode(Message::Response) == Mode::Enforce {
                return self.refuse_response(tally, Reason::RequirementUnmet);
            }
        }
        let of = match way {
            Way::SameZone | Way::Observe => {
                self.response = Some(Crossing::pass(tally));
                return HeadStep::Forward(None, BodyPlan::Ignore);
            }
            Way::Boundary(n) => RulesOf::Reply(n),
            Way::Proxy | Way::Closed => RulesOf::Proxy,
        };
        let Some(law) = bundle.law(&settings, of) else {
            return self.status_only(head, end, tally);
        };
        let granted = self.granted_here();
        let law = Law { granted: &granted, ..law };
        let step = self.open_response(law, head, end, &mut tally);
        step.unwrap_or_else(|reason| self.refuse_response(tally, reason))
    }

    /// A chunk of the response's body; `end` with the last one, which may be empty.
    pub fn response_body(&mut self, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        self.body(Message::Response, chunk, end, out)
    }

    /// The response's trailers; see [`Self::request_trailers`].
    pub fn response_trailers(
        &mut self,
        trailers: &Headers,
        out: &mut Vec<u8>,
    ) -> (Step, Option<Headers>) {
        self.trailers(Message::Response, trailers, out)
    }

    /// Bytes kept in this exchange now, beside what adapters stash.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        let crossings = self.request.iter().chain(&self.response);
        crossings.map(Crossing::kept_bytes).sum()
    }

    /// Bytes that decoders of content codings have set aside, beside those.
    #[must_use]
    pub fn decoder_bytes(&self) -> usize {
        let crossings = self.request.iter().chain(&self.response);
        crossings.map(Crossing::decoder_bytes).sum()
    }

    /// Whether something of the request's body is kept back, and so comes out at its end at the
    /// latest: a host that takes no more bytes then must be told to wait now.
    #[must_use]
    pub fn request_keeps_back(&self) -> bool {
        self.request.as_ref().is_some_and(Crossing::keeps_back)
    }

    /// The same for the response's body.
    #[must_use]
    pub fn response_keeps_back(&self) -> bool {
        self.response.as_ref().is_some_and(Crossing::keeps_back)
    }

    /// Grants of this exchange that do not hold any more: what comes from now on is judged without
    /// them, and what is in the middle of a value that one let pass is stopped.
    pub fn end_grants(&mut self, has_ended: impl Fn(&Digest) -> bool) {
        self.grants.end(has_ended);
    }

    /// Grants that a finding of this exchange met, so far.
    pub fn grants_met(&self) -> impl Iterator<Item = &Digest> {
        let crossings = self.request.iter().chain(&self.response);
        let met = crossings.fold(0, |met, crossing| met | crossing.tally.granted);
        self.grants.met(met)
    }

    /// Ends the exchange, however far it came: the entries of its crossings, at most two.
    pub fn close(&mut self, now: UnixMillis) -> Vec<Entry> {
        let granted = self.grants.list();
        let context = report::Context {
            tables: self.bundle.tables(),
            digest: self.bundle.digest_text(),
            id: &self.id,
            began: self.began,
            took: now.saturating_sub(self.began),
            placement: self.placement,
            boundary: self.boundary(),
            proxy: matches!(self.way, None | Some(Way::Proxy)),
            granted: &granted,
        };
        let request = self.request.take().map(|crossing| (Message::Request, crossing));
        let response = self.response.take().map(|crossing| (Message::Response, crossing));
        let crossings = request.into_iter().chain(response);
        crossings.map(|(message, crossing)| report::entry(&context, message, &crossing)).collect()
    }

    /// Where a request may go.
    fn route(
        &self,
        bundle: &Bundle,
        placement: Placement,
        head: &Headers,
        end: bool,
        tally: &mut Tally,
    ) -> Result<Way, Reason> {
        let tables = bundle.tables();
        let Placement { caller, callee } = placement;
        if caller.zone == callee.zone && caller.zone != UNPLACED {
            return Ok(Way::SameZone);
        }
        let lenient = |reason: Reason, tally: &mut Tally| {
            tally.block(reason);
            if tables.mode == Mode::Observe { Ok(Way::Observe) } else { Err(reason) }
        };
        let target = headers::header(head, b":path").unwrap_or_default();
        let method = headers::header(head, b":method").unwrap_or_default();
        let upgrades = method == b"CONNECT"
            || head.iter().any(|(name, _)| name == b"upgrade" || name == b":protocol");
        if upgrades {
            return lenient(Reason::Upgrade, tally);
        }
        if !request_path::is_normal(target) {
            return lenient(Reason::AmbiguousPath, tally);
        }
        if callee.by == PlacedBy::Proxy {
            return Ok(Way::Proxy);
        }
        let (media, _) = headers::content_type(head);
        let media = if end { None } else { Some(media.unwrap_or_default()) };
        let path = request_path::path(target);
        match bundle.boundary(caller.zone, callee.zone, method, path, media.as_deref()) {
            Found::Boundary(n) => Ok(Way::Boundary(n)),
            Found::NotPermitted => lenient(Reason::NotPermitted, tally),
            Found::NoBoundary => lenient(Reason::NoBoundary, tally),
        }
    }

    /// Blocks what comes over a connection that does not prove what the boundary requires.
    fn check_caller(
        &self,
        bundle: &Bundle,
        law: Law<'_>,
        n: usize,
        ends: &Ends,
        tally: &mut Tally,
    ) -> Result<(), Reason> {
        let boundary = bundle.tables().boundaries.get(n).ok_or(Reason::Internal)?;
        match ends::caller_meets(boundary.require, ends) {
            true => Ok(()),
            false => head::refuse(law, tally, Reason::RequirementUnmet),
        }
    }

    /// The same of the connection to the callee, of which nothing is known before it answers.
    fn callee_meets(&self, bundle: &Bundle, ends: &Ends) -> bool {
        let boundary = self.boundary().and_then(|n| bundle.tables().boundaries.get(n));
        let (Some(boundary), Some(placement)) = (boundary, self.placement) else { return true };
        ends::callee_meets(boundary.require, ends, placement.callee)
    }

    fn open_request(
        &mut self,
        bundle: &Bundle,
        law: Law<'_>,
        n: usize,
        head: &Headers,
        end: bool,
        tally: &mut Tally,
    ) -> Result<HeadStep, Reason> {
        let mut edited = head::inspect(law, tally, head, Part::Head)?;
        let reply = bundle.law(law.settings, RulesOf::Reply(n));
        if let Some(reply) = reply.filter(|reply| reply.rules.mode == Mode::Enforce) {
            negotiate::ask_for_all(reply, edited.get_or_insert_with(|| head.clone()));
        }
        // A request that has ended is not blocked later.
        if law.rules.mode == Mode::Enforce && !end {
            self.scrubbed = head::scrub(law, edited.as_ref().unwrap_or(head));
        }
        let target = headers::header(head, b":path").unwrap_or_default();
        let method = law.tables.schema.method(request_path::path(target));
        self.shapes = method.map(|method| (method.request, method.response));
        let (mut crossing, step) =
            self.open_body(law, head, edited, end, core::mem::take(tally))?;
        crossing.shape = self.shapes.map(|(request, _)| request);
        self.request = Some(crossing);
        Ok(step)
    }

    fn open_response(
        &mut self,
        law: Law<'_>,
        head: &Headers,
        end: bool,
        tally: &mut Tally,
    ) -> Result<HeadStep, Reason> {
        let status = headers::header(head, b":status").unwrap_or_default();
        if status == b"101" {
            head::refuse(law, tally, Reason::Upgrade)?;
        }
        if status == b"206" {
            head::refuse(law, tally, Reason::PartialContent)?;
        }
        let mut edited = head::inspect(law, tally, head, Part::Head)?;
        if let Some(edited) = &mut edited {
            negotiate::keep_from_caches(edited);
        }
        let (mut crossing, step) =
            self.open_body(law, head, edited, end, core::mem::take(tally))?;
        crossing.shape = self.shapes.map(|(_, response)| response);
        self.response = Some(crossing);
        Ok(step)
    }

    /// Chooses how a body is read, and makes the head fit for a body that may change.
    fn open_body(
        &self,
        law: Law<'_>,
        head: &Headers,
        mut edited: Option<Headers>,
        end: bool,
        mut tally: Tally,
    ) -> Result<(Crossing, HeadStep), Reason> {
        if end {
            return Ok((Crossing::pass(tally), HeadStep::Forward(edited, BodyPlan::Ignore)));
        }
        let media = body::media(head, &law.tables.limits);
        let (media, codec) = match media.and_then(|media| Ok((media, Codec::of(head, media)?))) {
            Ok(read) => read,
            Err(reason) => {
                // The head's findings stay told; the body passes only where nothing is altered.
                head::refuse(law, &mut tally, reason)?;
                return Ok((Crossing::pass(tally), HeadStep::Forward(edited, BodyPlan::Ignore)));
            }
        };
        let again = negotiate::recompresses(law, head, media, self.reads_gzip);
        let codec = codec.map(|codec| if again { codec.in_gzip() } else { codec });
        let decodes = codec.as_ref().is_some_and(Codec::decodes);
        let again = codec.as_ref().is_some_and(|codec| codec.again.is_on());
        if law.fields_only.is_some() && !fields_only::may_have_fields(media) {
            head::refuse(law, &mut tally, Reason::NoFields)?;
            return Ok((Crossing::pass(tally), HeadStep::Forward(edited, BodyPlan::Ignore)));
        }
        let crossing = Crossing::reading(law, tally, media, body::is_events(head));
        let crossing = crossing.coded(law, codec);
        if law.rules.mode == Mode::Observe {
            return Ok((crossing, HeadStep::Forward(edited, BodyPlan::Inspect)));
        }
        let rewrites = law.rewrites() && !matches!(media, body::Media::Opaque(_));
        if rewrites || decodes {
            let edited = edited.get_or_insert_with(|| head.clone());
            negotiate::unfix(edited, decodes);
            if again {
                headers::set(edited, b"content-encoding", b"gzip");
            }
        }
        if rewrites || !law.granted.is_empty() {
            negotiate::keep_none(edited.get_or_insert_with(|| head.clone()));
        }
        if crossing.is_whole() && self.settings.hold_headers {
            return Ok((crossing, HeadStep::Hold(edited)));
        }
        Ok((crossing, HeadStep::Forward(edited, BodyPlan::Inspect)))
    }

    fn status_only(&mut self, head: &Headers, end: bool, mut tally: Tally) -> HeadStep {
        let mut kept = head.clone();
        kept.retain(|(name, _)| match name.as_slice() {
            b":status" | b"date" => true,
            // What says that there is no body, or how long one would be.
            b"content-length" => end,
            _ => false,
        });
        tally.rewritten = kept.len() != head.len();
        if end {
            self.response = Some(Crossing::pass(tally));
            return HeadStep::Forward(Some(kept), BodyPlan::Ignore);
        }
        self.response = Some(Crossing::dropping(tally));
        HeadStep::Forward(Some(kept), BodyPlan::Inspect)
    }

    fn has_moved(&self, bundle: &Bundle, settings: &Settings, ends: &Ends, way: Way) -> bool {
        match (way, self.placement) {
            (Way::Boundary(_) | Way::SameZone, Some(placement)) if self.given.is_none() => {
                ends::moved(bundle.tables(), settings, ends, placement.callee)
            }
            // The proxy was to answer by itself, and now there is an upstream.
            (Way::Proxy, Some(_)) => ends.cluster.is_some() && self.given.is_none(),
            _ => false,
        }
    }

    fn body(&mut self, message: Message, chunk: &[u8], end: bool, out: &mut Vec<u8>) -> Step {
        let bundle = Rc::clone(&self.bundle);
        let settings = Rc::clone(&self.settings);
        let granted = self.granted_here();
        let law = Law { granted: &granted, ..self.law(&bundle, &settings, message) };
        let outlived = self.grants.have_ended();
        let Some(crossing) = self.crossing(message) else {
            return self.refuse(message, Reason::Internal);
        };
        if outlived && crossing.is_in_granted() {
            crossing.stop_for(Reason::Finding);
            return self.refuse(message, Reason::Finding);
        }
        match crossing.push(law, chunk, end, out) {
            Outcome::Release => Step::Release,
            Outcome::Stash => Step::Stash,
            Outcome::End => Step::Close(crossing.tally.verdict()),
            Outcome::Block(reason) => self.refuse(message, reason),
        }
    }

    fn trailers(
        &mut self,
        message: Message,
        trailers: &Headers,
        out: &mut Vec<u8>,
    ) -> (Step, Option<Headers>) {
        let bundle = Rc::clone(&self.bundle);
        let settings = Rc::clone(&self.settings);
        let granted = self.granted_here();
        let law = Law { granted: &granted, ..self.law(&bundle, &settings, message) };
        let before = out.len();
        let Some(crossing) = self.crossing(message) else {
            return (self.refuse(message, Reason::Internal), None);
        };
        let left = crossing.bytes_out;
        match crossing.state {
            State::Pass if crossing.chunks == 0 => {
                return (Step::Close(crossing.tally.verdict()), None);
            }
            State::Drop => {
                crossing.tally.rewritten = true;
                crossing.state = State::End;
                return (Step::Close(crossing.tally.verdict()), Some(Vec::new()));
            }
            State::End => {}
            State::Pass | State::Sniff(_) | State::Read | State::Frames | State::Block(_) => {
                // The trailers are no chunk of the body: they only end it.
                let chunks = crossing.chunks;
                let outcome = crossing.push(law, &[], true, out);
                crossing.chunks = chunks;
                if let Outcome::Block(reason) = outcome {
                    return (self.refuse(message, reason), None);
                }
            }
        }
        match head::inspect(law, &mut crossing.tally, trailers, Part::Trailers) {
            Ok(edited) => (Step::Close(crossing.tally.verdict()), edited),
            Err(reason) => {
                // The body's end was decided, but stays behind with what ends it.
                out.truncate(before);
                crossing.bytes_out = left;
                crossing.state = State::Block(reason);
                crossing.tally.block(reason);
                (self.refuse(message, reason), None)
            }
        }
    }

    /// Grants are over the boundary that the request takes, and over nothing else.
    fn granted_here(&self) -> Rc<[Granted]> {
        match self.way {
            Some(Way::Boundary(_)) => self.grants.list(),
            _ => Rc::new([]),
        }
    }

    /// The rules of a crossing; the proxy's own where there are none, which are strict.
    fn law<'p>(&self, bundle: &'p Bundle, settings: &'p Settings, message: Message) -> Law<'p> {
        let of = match (self.way, message) {
            (Some(Way::Boundary(n)), Message::Request) => RulesOf::Request(n),
            (Some(Way::Boundary(n)), Message::Response) => RulesOf::Reply(n),
            _ => RulesOf::Proxy,
        };
        bundle.law(settings, of).unwrap_or_else(|| bundle.proxy_law(settings))
    }

    fn crossing(&mut self, message: Message) -> Option<&mut Crossing> {
        match message {
            Message::Request => self.request.as_mut(),
            Message::Response => self.response.as_mut(),
        }
    }

    fn boundary(&self) -> Option<usize> {
        match self.way {
            Some(Way::Boundary(n)) => Some(n),
            Some(Way::SameZone | Way::Proxy | Way::Observe | Way::Closed) | None => None,
        }
    }

    fn mode(&self, message: Message) -> Mode {
        let tables: &Tables = self.bundle.tables();
        let boundary = self.boundary().and_then(|n| tables.boundaries.get(n));
        report::rules(boundary, message).map_or(tables.mode, |rules: &Rules| rules.mode)
    }

    fn refuse_request(
        &mut self,
        bundle: &Bundle,
        settings: &Settings,
        head: &Headers,
        mut tally: Tally,
        reason: Reason,
    ) -> HeadStep {
        tally.block(reason);
        self.scrubbed = head::scrub(self.law(bundle, settings, Message::Request), head);
        if self.boundary().is_none() {
            self.way = Some(Way::Closed);
        }
        self.request = Some(Crossing::blocked(tally, reason));
        HeadStep::Block(self.refusal(Message::Request, reason))
    }

    fn refuse_response(&mut self, mut tally: Tally, reason: Reason) -> HeadStep {
        tally.block(reason);
        self.response = Some(Crossing::blocked(tally, reason));
        HeadStep::Block(self.refusal(Message::Response, reason))
    }

    fn refuse(&mut self, message: Message, reason: Reason) -> Step {
        Step::Block(self.refusal(message, reason))
    }

    fn refusal(&mut self, message: Message, reason: Reason) -> Refusal {
        let status = match message {
            Message::Request => reason.request_status(),
            Message::Response => reason.response_status(),
        };
        let crossing = report::hex(&self.id);
        let body = alloc::format!("{{\"blocked\":\"{reason}\",\"crossing\":\"{crossing}\"}}\n");
        let grpc_status = match message {
            Message::Request => reason.grpc_status(),
            Message::Response => 14,
        };
        let (grpc_web, scrubbed) = (self.grpc_web, self.scrubbed.take());
        Refusal { reason, status, grpc_status, grpc_web, body, scrubbed }
    }
}
