//! What is measured of a history is what was done in it: computed a second time here, from what the
//! seed did and not from documents, and ten figures by hand.

use super::refuses;
use super::seeded::{ANN_AGAIN, Granted, HOUR, KEYS, MAX, NOW, SECOND_ROOT, START, Seeded, public};
use crate::process::{Ran, run};
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{Role, Time};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const SEED: u64 = 22;
/// The first entry was written then, and the last one an hour before the report is of.
const FIRST_ENTRY: u64 = 5 * DAY;

/// The entries of a filter, as its log has them.
fn entries(seeded: &Seeded) -> String {
    let mut out = String::from("[info] something else of the proxy\n");
    let mut entry = |at: u64, rules: &[&str], grants: &[String], policy: &str| {
        let line = json!({
            "time": (START + at) * 1000, "crossing": "0a", "message": "request",
            "from": "a", "to": "b", "boundary": "ab", "mode": "enforce", "rules": rules,
            "findings": [], "verdict": "forward", "policy": policy, "grants": grants,
        });
        out.push_str(&format!("[info] wasm log: cofferdam: {line}\n"));
    };
    entry(FIRST_ENTRY, &[], &[], "of before");
    for grant in &seeded.grants {
        if let Some(at) = grant.used {
            entry(at, &[], &[grant.id.to_string()[..12].to_owned()], "of before");
        }
    }
    let (blob, now) = (seeded.blob.to_string(), NOW - START);
    entry(now - 9 * DAY, &["ab#1"], &[], &blob);
    entry(now - 3 * DAY, &["ab#2"], &[], &blob);
    entry(now - HOUR, &[], &[], &blob);
    out
}

fn report(seeded: &Seeded, more: &[&str]) -> Ran {
    let at = Time(NOW).to_string();
    let trust = seeded.trust();
    run(&[&["trust", "report", &trust, "--at", &at], more].concat())
}

fn of(lengths: Vec<u64>) -> Value {
    let mut all = lengths;
    all.sort_unstable();
    let n = all.len();
    assert!(n > 0);
    let median = if n % 2 == 1 { all[n / 2] } else { (all[n / 2 - 1] + all[n / 2]) / 2 };
    json!({ "count": n, "median": median, "max": all[n - 1] })
}

fn holds(grant: &Granted) -> bool {
    grant.approved.is_some() && !grant.alone
}

/// Seconds since the start at which it ended, by itself or by being taken back.
fn end(grant: &Granted) -> u64 {
    let end = grant.approved.expect("it is approved") + grant.seconds;
    grant.revoked.map_or(end, |revoked| revoked.min(end))
}

fn id(grant: &Granted) -> String {
    grant.id.to_string()[..16].to_owned()
}

#[test]
fn every_figure_is_what_was_done() {
    let seeded = Seeded::new("figures", SEED);
    let log = seeded.folder.file("envoy.log", entries(&seeded).as_bytes());
    let ran = report(&seeded, &["--format", "json", "--entries", &log, "--days", "7"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let told: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    print_listing(&seeded);
    releases_and_grants(&seeded, &told);
    emergencies(&seeded, &told);
    people(&seeded, &told);
    keys(&seeded, &told);
    ends(&seeded, &told);
    // Of four rules one was met within the week, one before it, and two never.
    let rules = &told["rules"];
    assert_eq!(rules["covered"], true);
    assert_eq!(rules["count"], 4);
    assert_eq!(rules["unmet"], json!(["ab#1", "ab#otherwise", "proxy#otherwise"]));
    by_hand(&told);
    // The same folder gives the same bytes.
    let again = report(&seeded, &["--format", "json", "--entries", &log, "--days", "7"]);
    assert_eq!(again.stdout, ran.stdout);
}

/// Counted in the listing by a person, so that no mistake is made twice.
fn by_hand(told: &Value) {
    // All but 7, 8, 9, 14, 32, 38 and 39, of which the last two have not ended.
    assert_eq!(told["releases"]["approved"], 33);
    assert_eq!(told["releases"]["waiting"], 2);
    // Of the 33 nothing says that 2, 29 or 35 is current; 28 took 9714667 - 9498380 seconds.
    assert_eq!(told["releases"]["latency_seconds"]["count"], 30);
    assert_eq!(told["releases"]["latency_seconds"]["max"], 216_287);
    // Releases 3, 8, 10, 11, 20, 25, and ten grants.
    assert_eq!(told["self_approvals"].as_array().map(Vec::len), Some(16));
    let emergencies = &told["break_glass"];
    assert_eq!(emergencies["count"], 17);
    // a2e7, a0e0, 9d52, 52ca, b922, 831c.
    assert_eq!(emergencies["reviewed_late"], 6);
    // a0e0, 348f, b922.
    assert_eq!(emergencies["unjustified"], 3);
    // 70c7, 2226, c11a, b304, 88eb, 62a0, 47ca.
    assert_eq!(emergencies["overdue"], 7);
    // Ann approved 2, 12, 15, 19 and 40 of bob, and he 31, 33, 35 and 36 of hers.
    let pair = json!({
        "first": "ann", "second": "bob", "approved_by_first": 5, "approved_by_second": 4,
    });
    assert_eq!(told["reciprocal"][0], pair);
}

/// What was done, for who computes it by hand: `cargo test .. -- --nocapture`.
fn print_listing(seeded: &Seeded) {
    for one in &seeded.releases {
        eprintln!(
            "release {:>2} at {:>8} by {} approved {:?} enough {} twice {} current {:?}",
            one.version,
            one.issued,
            KEYS[one.author].0,
            one.approvers.iter().map(|key| KEYS[*key].0).collect::<Vec<_>>(),
            one.enough,
            one.twice,
            one.current
        );
    }
    for one in &seeded.grants {
        eprintln!(
            "grant {} by {} at {:>8} {} approved {:?} by {} for {} alone {} revoked {:?} back {} \
             review {:?} used {:?}",
            id(one),
            KEYS[one.requester].0,
            one.requested,
            if one.emergency { "EMERGENCY" } else { "usual" },
            one.approved,
            KEYS[one.approver].0,
            one.seconds,
            one.alone,
            one.revoked,
            one.taken_back,
            one.review,
            one.used
        );
    }
}

fn releases_and_grants(seeded: &Seeded, told: &Value) {
    let now = NOW - START;
    let (releases, grants) = (&seeded.releases, &seeded.grants);
    let of_releases = &told["releases"];
    let latency = releases.iter().filter_map(|one| Some(one.current? - one.issued));
    assert_eq!(of_releases["latency_seconds"], of(latency.collect()));
    assert_eq!(of_releases["proposed"], releases.len());
    assert_eq!(of_releases["approved"], releases.iter().filter(|one| one.enough).count());
    let waiting = releases.iter().filter(|one| !one.enough && now < one.issued + 30 * DAY);
    assert_eq!(of_releases["waiting"], waiting.count());
    assert_eq!(of_releases["current"], seeded.current);

    let told = &told["grants"];
    let approved: Vec<_> = grants.iter().filter(|one| holds(one)).collect();
    assert_eq!(told["asked"], 160);
    assert_eq!(told["approved"], approved.len());
    let waiting = grants.iter().filter(|one| !holds(one) && !one.taken_back);
    assert_eq!(told["waiting"], waiting.count());
    let start = |one: &Granted| one.approved.expect("it is approved");
    let open = |one: &&&Granted| start(one) <= now && now < end(one);
    assert_eq!(told["open"], approved.iter().filter(open).count());
    assert_eq!(told["revoked"], grants.iter().filter(|one| one.revoked.is_some()).count());
    let latency = approved.iter().map(|one| start(one) - one.requested);
    assert_eq!(told["latency_seconds"], of(latency.collect()));
    let life = approved.iter().map(|one| end(one) - start(one));
    assert_eq!(told["life_seconds"], of(life.collect()));

    let covered = |one: &&Granted| FIRST_ENTRY <= start(one) && end(one) <= now - HOUR;
    let unused: Vec<_> = approved.iter().copied().filter(|one| one.used.is_none()).collect();
    let ended = |one: &&&Granted| end(one) <= now;
    let never: BTreeSet<_> = unused.iter().copied().filter(covered).map(id).collect();
    let named: BTreeSet<_> = told["use"]["never"]
        .as_array()
        .expect("ids")
        .iter()
        .map(|id| id.as_str().expect("an id").to_owned())
        .collect();
    assert!(!never.is_empty() && named == never, "{named:?}");
    assert_eq!(told["use"]["used"], approved.len() - unused.len());
    assert_eq!(told["use"]["open"], unused.iter().filter(|one| end(one) > now).count());
    let ended = unused.iter().filter(ended).count();
    assert_eq!(told["use"]["unknown"], ended - never.len());
    assert!(ended > never.len(), "some lived before the first entry");
}

fn emergencies(seeded: &Seeded, told: &Value) {
    // One that somebody signed alone besides was open all the same.
    let opened = |one: &&Granted| one.emergency && one.approved.is_some();
    let all: Vec<_> = seeded.grants.iter().filter(opened).collect();
    let valid = |one: &Granted| one.review.filter(|(_, _, may)| *may);
    let (mut in_time, mut late, mut due, mut overdue, mut unjustified) = (0, 0, 0, 0, 0);
    for one in &all {
        let end = one.approved.expect("it is approved") + DAY;
        match valid(one) {
            Some((at, justified, _)) => {
                unjustified += usize::from(!justified);
                *(if at <= end { &mut in_time } else { &mut late }) += 1;
            }
            None if end <= NOW - START => overdue += 1,
            None => due += 1,
        }
    }
    let told = &told["break_glass"];
    for (key, count) in [
        ("count", all.len()),
        ("reviewed", in_time + late),
        ("reviewed_late", late),
        ("unjustified", unjustified),
        ("due", due),
        ("overdue", overdue),
    ] {
        assert_eq!(told[key], count, "{key}");
    }
    assert!(in_time > 0 && late > 0 && overdue > 0 && unjustified > 0, "the seed has them all");
    assert_eq!(told["grants"].as_array().expect("a list").len(), all.len());
}

fn people(seeded: &Seeded, told: &Value) {
    let mut attempts: Vec<_> = seeded
        .releases
        .iter()
        .filter(|one| one.twice)
        .map(|one| json!(["release", one.version.to_string(), "ann", 1]))
        .collect();
    let mut alone: Vec<_> = seeded.grants.iter().filter(|one| one.alone).collect();
    alone.sort_by_key(|one| one.requested);
    let grant = |one: &&Granted| json!(["grant", id(one), KEYS[one.requester].0, 1]);
    attempts.extend(alone.iter().map(grant));
    let named = |one: &Value| json!([one["what"], one["name"], one["holder"], one["signatures"]]);
    let told_attempts = told["self_approvals"].as_array().expect("a list");
    assert_eq!(told_attempts.iter().map(named).collect::<Vec<_>>(), attempts);

    let mut by_of: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for one in seeded.releases.iter().filter(|one| one.enough) {
        for approver in &one.approvers {
            *by_of.entry((KEYS[*approver].0, KEYS[one.author].0)).or_default() += 1;
        }
    }
    for one in seeded.grants.iter().filter(|one| holds(one)) {
        *by_of.entry((KEYS[one.approver].0, KEYS[one.requester].0)).or_default() += 1;
    }
    let mut pairs = Vec::new();
    for ((by, of), count) in &by_of {
        if let Some(back) = by_of.get(&(of, by)).filter(|_| by < of) {
            pairs.push(json!({
                "first": by, "second": of, "approved_by_first": count, "approved_by_second": back,
            }));
        }
    }
    assert!(pairs.len() >= 2, "the seed has some");
    assert_eq!(told["reciprocal"], json!(pairs));
}

fn keys(seeded: &Seeded, told: &Value) {
    let now = NOW - START;
    let told_keys = told["keys"].as_array().expect("a list");
    let current: Vec<_> = (0..KEYS.len()).filter(|key| KEYS[*key].1).collect();
    assert_eq!(told_keys.len(), current.len());
    for key in &current {
        let id = public(*key).id().to_string();
        let (holder, _, renewed, _) = KEYS[*key];
        let found = told_keys.iter().find(|told| told["id"] == id).expect("the key");
        let named = if renewed { SECOND_ROOT - START } else { 0 };
        let used = seeded.uses.get(key).copied().unwrap_or(0).max(named);
        let state = match *key {
            ANN_AGAIN => "revoked",
            MAX => "suspended",
            _ => "signs",
        };
        for (name, value) in [
            ("holder", json!(holder)),
            ("age_days", json!(now / DAY)),
            ("idle_days", json!((now - used) / DAY)),
            ("state", json!(state)),
            ("until", json!(Time(START + named + 180 * DAY).to_string())),
        ] {
            assert_eq!(found[name], value, "{name} of {holder}");
        }
    }
    for role in Role::ALL {
        let signing = current.iter().filter(|key| ![ANN_AGAIN, MAX].contains(key));
        let with = signing.filter(|key| KEYS[**key].3.contains(&role));
        let holders: BTreeSet<_> = with.map(|key| KEYS[*key].0).collect();
        assert_eq!(told["holders_by_role"][role.name()], holders.len(), "{}", role.name());
    }
}

fn ends(seeded: &Seeded, told: &Value) {
    let now = NOW - START;
    let last = seeded.last_statement - START;
    let mut all = vec![("root", SECOND_ROOT - START + 365 * DAY), ("freshness", last)];
    for (_, stays, renewed, _) in KEYS {
        let from = if renewed { SECOND_ROOT - START } else { 0 };
        all.extend(stays.then_some(("key", from + 180 * DAY)));
    }
    let from_current = seeded.releases.iter().filter(|one| one.version >= seeded.current);
    all.extend(from_current.map(|one| ("release", one.issued + 30 * DAY)));
    let open = seeded.grants.iter().filter(|one| holds(one));
    let open = open.filter(|one| one.approved.is_some_and(|at| at <= now) && now < end(one));
    all.extend(open.map(|one| ("grant", end(one))));
    let mut expected: Vec<_> = all
        .into_iter()
        .map(|(what, until)| {
            let left = (until as i64 - now as i64).div_euclid(DAY as i64);
            (until, what, left)
        })
        .collect();
    expected.sort_unstable();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(until, what, left)| json!([what, Time(START + until).to_string(), left]))
        .collect();
    let told = told["ends"].as_array().expect("a list");
    let told: Vec<_> =
        told.iter().map(|end| json!([end["what"], end["until"], end["days_left"]])).collect();
    assert_eq!(told, expected);
}

#[test]
fn text_and_page_show_it_to_people() {
    let seeded = Seeded::new("pages", SEED);
    let text = report(&seeded, &[]);
    assert_eq!(text.status, 0, "{}", text.stderr);
    for told in [
        "at 2026-06-20T05:00:00Z",
        "  Not measured: no entries were given.",
        "Who approve each other's",
        "Attempts at self-approval",
    ] {
        assert!(text.text().contains(told), "`{told}` is not in: {}", text.text());
    }
    let page = report(&seeded, &["--format", "html"]).text();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{page}");
    for other in ["<script", "http:", "https:", "src=", "onload"] {
        assert!(!page.contains(other), "`{other}` is in: {page}");
    }
}

/// Whoever can push names files and folders, and what is broken is told and counts for nothing.
#[test]
fn what_is_broken_is_told_and_does_not_count() {
    let seeded = Seeded::new("broken", SEED);
    let hostile = seeded.folder.0.join("<script>\u{202e}::error::\"");
    fs::rename(seeded.trust(), &hostile).expect("a folder");
    let id = id(seeded.grants.iter().find(|one| holds(one)).expect("a grant"));
    let approval = hostile.join("grants").join(&id).join("approval.json");
    let text = fs::read_to_string(&approval).expect("an approval");
    fs::write(&approval, text.replace("\"uses\": 5", "\"uses\": 6")).expect("an approval");
    fs::write(hostile.join("releases/7/release.json"), "{").expect("a release");
    fs::write(hostile.join("freshness/1/robot.x.sig"), "\u{1b}[2J").expect("a signature");
    let path = hostile.to_string_lossy();
    let at = Time(NOW).to_string();
    let show = |format| run(&["trust", "report", &path, "--at", &at, "--format", format]);
    let told: Value = serde_json::from_slice(&show("json").stdout).expect("JSON");
    let whys: Vec<_> = told["not_counted"].as_array().expect("a list").iter().collect();
    let why = |part: &str| {
        let of = whys.iter().find(|one| one["place"].as_str().is_some_and(|p| p.contains(part)));
        of.and_then(|one| one["why"].as_str()).unwrap_or_default().to_owned()
    };
    assert!(why(&format!("{id}/approval.json")).starts_with("signature_wrong"), "{whys:?}");
    assert!(why("releases/7/").starts_with("signature_wrong"), "{whys:?}");
    assert!(why("freshness/1/robot.x.sig").starts_with("this is no signature"), "{whys:?}");
    let before: Value = serde_json::from_slice(&show("json").stdout).expect("JSON");
    assert_eq!(before["releases"]["proposed"], 39);
    for shown in [show("text").text(), show("html").text()] {
        assert!(!shown.contains("\u{202e}") && !shown.contains('\u{1b}'), "{shown}");
    }
    assert!(!show("html").text().contains("<script>"));
}

#[test]
fn what_nobody_can_measure_is_refused() {
    let seeded = Seeded::new("refused", SEED);
    let empty = seeded.folder.file("empty.log", b"nothing\n{\"a\":1}\n");
    refuses(&report(&seeded, &["--entries", &empty]), 1, &["empty.log: there is no entry in it"]);
    refuses(&report(&seeded, &["--entries", "missing"]), 2, &["missing: "]);
    refuses(&run(&["trust", "report", "nowhere"]), 1, &["nowhere: there is no root here"]);
    let trust = seeded.trust();
    refuses(&run(&["trust", "report", &trust, "--at", "noon"]), 2, &["this is no time"]);
    fs::write(format!("{trust}/root/1.json"), "{}").expect("a root");
    refuses(&report(&seeded, &[]), 1, &["root/1.json", "root show"]);
}
