//! From a good bundle, whatever is altered: it is refused, or comes to what the good one comes to,
//! or to less. Nothing of that takes more memory than the good one and its own length.

#![no_main]

mod edits;
mod memory;

use cofferdam_attacks::{World, honest, more_than};
use cofferdam_engine::trust::{BundleFile, Envelope, GrantEnvelopes, PayloadType, Proven, Trusted};
use libfuzzer_sys::fuzz_target;

/// A bundle altered is no dearer than the good one, but for its own bytes so many times.
const TIMES: usize = 64;
const HEAD_BYTES: usize = 8;
const SECTION_HEAD_BYTES: usize = 5;

struct Good {
    world: World,
    restarted: World,
    bytes: Vec<u8>,
    file: BundleFile,
    trusted: Trusted,
    most: usize,
}

impl Good {
    fn new() -> Self {
        let mut world = honest();
        world.pin = Some(world.pin());
        let restarted = World { seen_release: None, active: None, ..world.clone() };
        let bytes = world.bundle();
        let (trusted, most) = memory::most(|| world.judge(&bytes));
        let file = BundleFile::parse(&bytes).expect("a bundle");
        Self { trusted: trusted.expect("an honest world"), file, bytes, world, restarted, most }
    }
}

thread_local! {
    static GOOD: Good = Good::new();
    static PROVEN: Proven = Proven::default();
}

fuzz_target!(|data: &[u8]| GOOD.with(|good| look_at(good, data)));

fn look_at(good: &Good, data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    let bytes = match mode % 4 {
        0 => rest.to_vec(),
        1 => edits::edited(&good.bytes, rest),
        2 => of_sections(&good.bytes, rest),
        _ => payload(&good.file, rest),
    };
    if let Ok(file) = BundleFile::parse(&bytes) {
        let written = file.write().expect("what was in a file fits in one");
        assert_eq!(BundleFile::parse(&written).as_ref(), Ok(&file), "it reads as another one");
    }
    let judge = |world: &World, proven: &Proven| {
        let (judged, most) = memory::most(|| world.judge_knowing(&bytes, proven));
        assert!(most <= 2 * good.most + TIMES * bytes.len(), "{} took {most}", bytes.len());
        judged
    };
    // A filter remembers which signatures held, of whatever came.
    let Ok(trusted) = PROVEN.with(|proven| judge(&good.world, proven)) else { return };
    assert_eq!(more_than(&good.trusted, &trusted), None);
    // At a restart nothing is remembered, and less is taken.
    if let Ok(trusted) = judge(&good.restarted, &Proven::default()) {
        assert_eq!(more_than(&good.trusted, &trusted), None);
        assert!(trusted.freshness.is_some(), "nothing says that it is the current one");
    }
}

/// Sections taken out, put elsewhere, put in twice, called something else, and edited, in a file
/// that holds them all rightly. Four bytes each say which, what, and with which other one.
fn of_sections(good: &[u8], data: &[u8]) -> Vec<u8> {
    let mut sections = sections(good);
    let Some((count, rest)) = data.split_first() else { return good.to_vec() };
    let (moves, rest) = rest.split_at(rest.len().min(usize::from(count % 8) * 4));
    for [which, what, other, with] in moves.as_chunks::<4>().0 {
        if sections.is_empty() {
            break;
        }
        let (one, other) =
            (usize::from(*which) % sections.len(), usize::from(*other) % sections.len());
        match what % 5 {
            0 => drop(sections.remove(one)),
            1 => sections.swap(one, other),
            2 => sections.insert(other, sections[one].clone()),
            3 => sections[one].0 = with % 8,
            _ => {
                let length = rest.len().min(usize::from(*with));
                sections[one].1 = edits::edited(&sections[one].1, &rest[..length]);
            }
        }
    }
    let mut out = good[..HEAD_BYTES - 2].to_vec();
    out.extend(u16::try_from(sections.len()).expect("few").to_le_bytes());
    for (kind, bytes) in sections {
        out.push(kind);
        out.extend(u32::try_from(bytes.len()).expect("short").to_le_bytes());
        out.extend(bytes);
    }
    out
}

/// The kinds and bytes of a file that is known to be good.
fn sections(good: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut rest = &good[HEAD_BYTES..];
    let mut sections = Vec::new();
    while let Some(([kind, length @ ..], behind)) = rest.split_first_chunk::<SECTION_HEAD_BYTES>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).expect("short");
        let (bytes, behind) = behind.split_at(length);
        sections.push((*kind, bytes.to_vec()));
        rest = behind;
    }
    sections
}

/// One payload edited, under signatures that were good.
fn payload(good: &BundleFile, data: &[u8]) -> Vec<u8> {
    let Some((which, edits)) = data.split_first() else { return Vec::new() };
    let mut file = good.clone();
    let change = |payload_type, envelope: &mut Envelope| {
        let payload = edits::edited(envelope.unverified(), edits);
        *envelope = Envelope::new(payload_type, payload, envelope.signatures().to_vec());
    };
    let GrantEnvelopes { request, approval } = &mut file.grants[0];
    match which % 7 {
        0 => change(PayloadType::Root, &mut file.roots[0]),
        1 => change(PayloadType::Root, &mut file.roots[1]),
        2 => file.release.iter_mut().for_each(|one| change(PayloadType::Release, one)),
        3 => file.freshness.iter_mut().for_each(|one| change(PayloadType::Freshness, one)),
        4 => change(PayloadType::Request, request),
        5 => change(PayloadType::Approval, approval),
        _ => file.blob = edits::edited(&file.blob, edits),
    }
    file.write().expect("it fits")
}
