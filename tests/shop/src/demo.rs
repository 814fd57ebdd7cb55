//! The demo's script: an ordinary visit, pages that say too much, a request that may not cross, and
//! a thousand customers, each before and after the filter.
//! Knows no proxy: whoever runs it brings one. Fails when something comes through that must not, or
//! when an ordinary step stops working. Shows made-up values only.

use crate::entry::Entry;
use crate::message::{Request, Response};
use crate::show::{Screen, Tone, thousands};
use crate::synthetic::{self, Customer};
use crate::{app, server};
use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

/// Customers of the last part, and how many are on a page.
pub const CUSTOMERS: usize = 1000;
const PER_PAGE: usize = 50;
const SEED: u64 = 1;
/// How often all pages are read when time is taken.
const ROUNDS: u32 = 5;

/// Both ways to the shop.
pub trait Proxy {
    /// Straight to the service: before.
    ///
    /// # Errors
    /// When the service does not answer.
    fn direct(&mut self, request: &Request) -> io::Result<Response>;

    /// Through the filter: after.
    ///
    /// # Errors
    /// When the proxy does not answer.
    fn through(&mut self, request: &Request) -> io::Result<Response>;

    /// Entries written since the last call; waits a moment for as many as are expected.
    fn entries(&mut self, expected: usize) -> Vec<Entry>;

    /// Metrics that are ours, one line each.
    fn metrics(&mut self) -> Vec<String>;
}

/// The shop, with its pages of customers made beforehand, so that timing times the way, not them.
#[must_use]
pub fn shop() -> impl server::Handler {
    let pages: BTreeMap<String, String> = (0..CUSTOMERS / PER_PAGE)
        .map(|page| (page_target(page), synthetic::page(page as u64, &page_customers(page))))
        .collect();
    move |request: &Request| match pages.get(&request.target) {
        Some(page) => server::Answer::new(200, "application/json", page.as_str()),
        None => app::shop(request),
    }
}

fn page_target(page: usize) -> String {
    format!("/orders?page={page}&per_page={PER_PAGE}&seed={SEED}")
}

fn page_customers(page: usize) -> Vec<Customer> {
    synthetic::customers(SEED, (page * PER_PAGE) as u64).take(PER_PAGE).collect()
}

/// Runs the script; gives what went wrong, in words.
///
/// # Errors
/// When the screen or one of the ways fails.
pub fn run(proxy: &mut dyn Proxy, screen: &mut Screen<'_>) -> io::Result<Vec<String>> {
    let mut demo = Demo { proxy, screen, wrong: Vec::new(), findings: BTreeMap::new() };
    let session = demo.visit()?;
    demo.pages(&session)?;
    demo.refused()?;
    demo.told()?;
    demo.customers()?;
    Ok(demo.wrong)
}

struct Demo<'d, 'w> {
    proxy: &'d mut dyn Proxy,
    screen: &'d mut Screen<'w>,
    wrong: Vec<String>,
    findings: BTreeMap<(String, String), u64>,
}

/// What an ordinary step must come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Must {
    /// Every byte, and what a browser acts upon, as the shop sent it.
    Stay,
    /// The same, but for what is personal.
    Change,
    /// Each event on its own.
    Flow,
}

const STEPS: &[(&str, &str, u16, Must)] = &[
    ("start page", "/", 302, Must::Stay),
    ("account without session", "/account", 302, Must::Stay),
    ("login form", "/login", 200, Must::Stay),
    ("log in", "POST /login", 303, Must::Stay),
    ("account with session", "/account", 200, Must::Change),
    ("image", "/logo.png", 200, Must::Stay),
    ("style sheet", "/shop.css", 200, Must::Stay),
    ("moved page", "/old-account", 301, Must::Stay),
    ("health check", "/healthz", 200, Must::Stay),
    ("missing page", "/nothing-here", 404, Must::Stay),
    ("error page", "/broken", 500, Must::Change),
    ("event stream", "/events", 200, Must::Flow),
    ("log out", "/logout", 303, Must::Stay),
];

impl Demo<'_, '_> {
    /// The steps of an ordinary visit. Gives the session that the login brought.
    fn visit(&mut self) -> io::Result<String> {
        self.screen.heading("1. An ordinary visit goes on working")?;
        let titles = ["step", "request", "status", "direct", "filtered", "bytes", ""];
        let widths = [26, 16, 8, 10, 10, 9, 12];
        let cells: Vec<_> =
            titles.iter().zip(widths).map(|(title, width)| (*title, width, Tone::Quiet)).collect();
        self.screen.row(&cells)?;
        let mut session = String::new();
        for (what, target, status, must) in STEPS {
            let mut request = match target.strip_prefix("POST ") {
                Some(target) => Request::post(
                    target,
                    "application/x-www-form-urlencoded",
                    b"mail=ann.reed%40example.com&password=correct+horse",
                ),
                None => Request::get(target),
            };
            if !session.is_empty() {
                request = request.with("cookie", &session);
            }
            let (before, direct) = timed(|| self.proxy.direct(&request))?;
            let (after, filtered) = timed(|| self.proxy.through(&request))?;
            if let Some(cookie) = after.header("set-cookie").filter(|_| *what == "log in") {
                session = cookie.split(';').next().unwrap_or_default().to_owned();
            }
            let wrong = broken(&before, &after, *status, *must);
            let (word, tone) =
                if wrong.is_none() { ("ok", Tone::Good) } else { ("BROKEN", Tone::Bad) };
            self.wrong.extend(wrong.map(|wrong| format!("{what}: {wrong}")));
            let bytes = if before.body == after.body { "same" } else { "changed" };
            self.screen.row(&[
                (what, widths[0], Tone::Plain),
                (target, widths[1], Tone::Plain),
                (&after.status.to_string(), widths[2], Tone::Plain),
                (&milliseconds(direct), widths[3], Tone::Plain),
                (&milliseconds(filtered), widths[4], Tone::Plain),
                (bytes, widths[5], Tone::Plain),
                (word, widths[6], tone),
            ])?;
        }
        self.proxy.entries(2 * STEPS.len());
        Ok(session)
    }

    /// Pages that say too much, before and after.
    fn pages(&mut self, session: &str) -> io::Result<()> {
        let pages = [
            ("2. An order, as JSON", "/orders/1001"),
            ("3. A receipt, as text", "/receipts/1001"),
            ("4. The account page, as HTML (the lines that change)", "/account"),
            ("5. An event stream (the lines that change)", "/events"),
            ("6. An error page with a stack trace (the lines that change)", "/broken"),
        ];
        for (title, target) in pages {
            let request = Request::get(target).with("cookie", session);
            self.screen.heading(&format!("{title:<70} GET {target}"))?;
            let (before, direct) = timed(|| self.proxy.direct(&request))?;
            let (after, filtered) = timed(|| self.proxy.through(&request))?;
            let (left, right) = match title.contains("lines that change") {
                true => changed(&before.text(), &after.text()),
                false => (before.text(), after.text()),
            };
            self.screen.beside(("what the shop sends", "what the visitor gets"), &left, &right)?;
            let times =
                format!("{} direct, {} filtered", milliseconds(direct), milliseconds(filtered));
            self.explain(&times)?;
            for value in [app::CARD, app::CARD_BARE, app::SSN, app::IBAN] {
                if after.text().contains(value) {
                    self.wrong.push(format!("{target}: `{value}` came through"));
                }
            }
        }
        Ok(())
    }

    /// What the entries of the last exchange say: what was found, and why.
    fn explain(&mut self, times: &str) -> io::Result<()> {
        let entries = self.proxy.entries(2);
        let (mut found, mut rules) = (Vec::new(), Vec::new());
        for entry in &entries {
            let findings = entry.findings.iter();
            found.extend(findings.map(|(what, action, count)| format!("{count} {what}: {action}")));
            rules.extend(entry.rules.iter().cloned());
        }
        if found.is_empty() {
            self.wrong.push("no entry says what was found".into());
        }
        self.screen.fact("found", &found.join(", "))?;
        self.screen.fact("by rule", &rules.join(", "))?;
        self.screen.fact("took", times)
    }

    /// A visitor asks for the customer database: there is no boundary from public to vault.
    fn refused(&mut self) -> io::Result<()> {
        let request = Request::get("/customers/7");
        self.screen.heading("7. A visitor asks for the customer database: nothing crosses")?;
        let (after, filtered) = timed(|| self.proxy.through(&request))?;
        self.screen
            .fact("asked", "GET /customers/7, routed to the cluster `customers` in zone `vault`")?;
        self.screen.fact("answered", &format!("{} {}", after.status, after.text().trim_end()))?;
        self.screen.fact("took", &milliseconds(filtered))?;
        if after.status != 403 || !after.text().contains("no_boundary") {
            self.wrong.push(format!("/customers/7: answered {}, not refused", after.status));
        }
        self.proxy.entries(1);
        Ok(())
    }

    /// An entry and the metrics, as an auditor finds them.
    fn told(&mut self) -> io::Result<()> {
        self.screen.heading("8. What is told about it: an entry in the log, and metrics")?;
        self.proxy.through(&Request::get("/receipts/1001"))?;
        let entries = self.proxy.entries(2);
        let Some(entry) = entries.iter().find(|entry| entry.message == "response") else {
            self.wrong.push("no entry for a response".into());
            return Ok(());
        };
        for value in [app::CARD, app::CARD_BARE, app::SSN, app::IBAN, app::MAIL] {
            if entries.iter().any(|entry| entry.line.contains(value)) {
                self.wrong.push("an entry holds a value".into());
            }
        }
        self.screen.fact("entry", &entry.line)?;
        let metrics = self.proxy.metrics();
        for metric in metrics.iter().filter(|metric| metric.contains("findings")).take(4) {
            self.screen.fact("metric", metric)?;
        }
        if metrics.is_empty() {
            self.wrong.push("there are no metrics".into());
        }
        self.screen.fact("policy", &entry.policy)
    }

    /// A thousand made-up customers with orders: how many values leave the shop, and how many
    /// arrive.
    fn customers(&mut self) -> io::Result<()> {
        self.screen.heading(&format!(
            "9. {} made-up customers with orders, as {} JSON pages",
            thousands(CUSTOMERS as u64),
            CUSTOMERS / PER_PAGE
        ))?;
        // By category: planted, there before, there after.
        let mut counts: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
        for page in 0..CUSTOMERS / PER_PAGE {
            let request = Request::get(&page_target(page));
            let (before, after) = (self.proxy.direct(&request)?, self.proxy.through(&request)?);
            let (before, after) = (before.text(), after.text());
            if serde_json::from_str::<serde_json::Value>(&after).is_err() {
                self.wrong.push(format!("page {page} is no JSON any more"));
            }
            for canary in page_customers(page).iter().flat_map(|customer| &customer.canaries) {
                let count = counts.entry(canary.category).or_default();
                count.0 += 1;
                count.1 += u64::from(before.contains(&canary.text));
                count.2 += u64::from(after.contains(&canary.text));
            }
            for entry in self.proxy.entries(2) {
                for (category, action, count) in entry.findings {
                    *self.findings.entry((category, action)).or_default() += count;
                }
            }
        }
        self.counts(&counts)?;
        self.speed()
    }

    fn counts(&mut self, counts: &BTreeMap<&str, (u64, u64, u64)>) -> io::Result<()> {
        let titles = ["category", "planted", "sent by shop", "arrived", "found", "action", ""];
        let widths = [16, 10, 14, 10, 10, 12, 13];
        let cells: Vec<_> =
            titles.iter().zip(widths).map(|(title, width)| (*title, width, Tone::Quiet)).collect();
        self.screen.row(&cells)?;
        for (category, (planted, before, after)) in counts {
            let told = self.findings.iter().filter(|((own, _), _)| own == category);
            let (mut found, mut actions) = (0, Vec::new());
            for ((_, action), count) in told {
                found += count;
                actions.push(action.as_str());
            }
            let kept = actions == ["keep"];
            let fine =
                before == planted && found >= *planted && *after == if kept { *planted } else { 0 };
            let (word, tone) = match (fine, kept) {
                (true, true) => ("ok, kept", Tone::Good),
                (true, false) => ("ok, none left", Tone::Good),
                (false, _) => ("WRONG", Tone::Bad),
            };
            if !fine {
                self.wrong.push(format!("{category}: {after} of {planted} arrived, {found} found"));
            }
            self.screen.row(&[
                (category, widths[0], Tone::Plain),
                (&thousands(*planted), widths[1], Tone::Plain),
                (&thousands(*before), widths[2], Tone::Plain),
                (&thousands(*after), widths[3], Tone::Plain),
                (&thousands(found), widths[4], Tone::Plain),
                (&actions.join(", "), widths[5], Tone::Plain),
                (word, widths[6], tone),
            ])?;
        }
        Ok(())
    }

    /// The same pages again, for time.
    fn speed(&mut self) -> io::Result<()> {
        let (mut bytes, mut direct, mut filtered) = (0, Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUNDS {
            for page in 0..CUSTOMERS / PER_PAGE {
                let request = Request::get(&page_target(page));
                let (before, took) = timed(|| self.proxy.direct(&request))?;
                direct += took;
                bytes += before.body.len();
                filtered += timed(|| self.proxy.through(&request))?.1;
            }
        }
        let rate = |took: Duration| bytes as f64 / 1e6 / took.as_secs_f64().max(1e-9);
        let text = format!(
            "{:.1} MB one page after another: {:.0} MB/s direct, {:.0} MB/s filtered; {} more a \
             page of {} KB",
            bytes as f64 / 1e6,
            rate(direct),
            rate(filtered),
            milliseconds(
                filtered.saturating_sub(direct) / (ROUNDS * (CUSTOMERS / PER_PAGE) as u32)
            ),
            bytes / (ROUNDS as usize) / (CUSTOMERS / PER_PAGE) / 1000,
        );
        self.screen.fact("speed", &text)
    }
}

fn timed<T>(work: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Duration)> {
    let begun = Instant::now();
    let done = work()?;
    Ok((done, begun.elapsed()))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// What a step broke, in words.
fn broken(before: &Response, after: &Response, status: u16, must: Must) -> Option<String> {
    if before.status != status || after.status != status {
        return Some(format!("status {} became {}", before.status, after.status));
    }
    for name in ["location", "set-cookie", "content-type"] {
        if before.header(name) != after.header(name) {
            return Some(format!("header `{name}` changed"));
        }
    }
    let secret = [app::CARD, app::CARD_BARE, app::SSN];
    match must {
        Must::Stay => (before.body != after.body).then(|| "the body changed".into()),
        Must::Change | Must::Flow if before.body == after.body => Some("nothing changed".into()),
        Must::Change | Must::Flow if secret.iter().any(|value| after.text().contains(value)) => {
            Some("a value came through".into())
        }
        Must::Change => None,
        Must::Flow => {
            let span = |response: &Response| {
                let times = response.pieces.iter().map(|(time, _)| *time);
                times.clone().max().unwrap_or_default() - times.min().unwrap_or_default()
            };
            // Events that were held up arrive together at the end.
            (span(after) * 2 < span(before)).then(|| "the events came late".into())
        }
    }
}

/// Only the lines that differ.
fn changed(before: &str, after: &str) -> (String, String) {
    let pairs = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    let (before, after): (Vec<&str>, Vec<&str>) = pairs.unzip();
    (before.join("\n"), after.join("\n"))
}
