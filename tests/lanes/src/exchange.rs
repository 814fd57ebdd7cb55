//! A request with a JSON body through the whole engine: keys, paths, escapes, spans in the raw
//! bytes, rules and entries. The policy observes, so nothing is rewritten.
//! Knows no host: zones are given, as in tests of a policy.

use crate::{Scan, Span};
use cofferdam_engine::Bundle;
use cofferdam_engine::ends::Ends;
use cofferdam_engine::exchange::{BodyPlan, Exchange, HeadStep, Step};
use cofferdam_engine::model::{UNPLACED, ZoneId};
use cofferdam_engine::settings::Settings;
use std::rc::Rc;

const HEAD: &[(&str, &str)] = &[
    (":method", "POST"),
    (":path", "/orders"),
    (":scheme", "https"),
    (":authority", "shop.example.com"),
    ("content-type", "application/json"),
];

/// The boundary that a policy of the benchmark has.
pub(crate) struct Crossing {
    bundle: Rc<Bundle>,
    settings: Rc<Settings>,
    zones: (ZoneId, ZoneId),
    exchange: Option<Exchange>,
    out: Vec<u8>,
    found: u64,
}

impl Crossing {
    pub(crate) fn load(blob: &[u8]) -> Result<Self, String> {
        let bundle = Bundle::parse(blob.to_vec()).map_err(|error| error.to_string())?;
        let boundary = bundle.tables().boundaries.first().ok_or("the policy has no boundary")?;
        let zones = (boundary.from, boundary.to);
        if zones.0 == UNPLACED || zones.1 == UNPLACED {
            return Err("the boundary's zones are not placed".to_owned());
        }
        Ok(Self {
            zones,
            bundle: Rc::new(bundle),
            settings: Rc::new(Settings::default()),
            exchange: None,
            out: Vec::new(),
            found: 0,
        })
    }
}

impl Scan for Crossing {
    fn begin(&mut self) {
        self.found = 0;
        let (bundle, settings) = (Rc::clone(&self.bundle), Rc::clone(&self.settings));
        let exchange = Exchange::new(bundle, settings, [7; 16], 0);
        let mut exchange = exchange.with_zones(self.zones.0, self.zones.1);
        let head =
            HEAD.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()));
        let step = exchange.request_head(&Ends::default(), &head.collect(), false);
        assert!(
            matches!(step, HeadStep::Forward(_, BodyPlan::Inspect)),
            "the body is not looked at: {step:?}"
        );
        self.exchange = Some(exchange);
    }

    fn push(&mut self, chunk: &[u8], end: bool) {
        let Some(exchange) = &mut self.exchange else { return };
        self.out.clear();
        let step = exchange.request_body(chunk, end, &mut self.out);
        assert!(!matches!(step, Step::Block(_)), "the body is blocked: {step:?}");
        if end {
            let entries = exchange.close(0);
            let found = entries.iter().flat_map(|entry| &entry.findings);
            self.found = found.map(|(_, _, count)| count).sum();
        }
    }

    fn count(&self) -> u64 {
        self.found
    }

    fn spans(&self) -> &[Span] {
        &[]
    }
}
