//! The scan that looks where something may begin finds what the plain one finds that looks
//! everywhere, on texts of every category.

use cofferdam_corpora::{labelled, measure};
use cofferdam_engine::detect::{Candidate, DetectorSet, Memory, NoTokens, Text};
use cofferdam_engine::model::DetectorId;
use cofferdam_policy_compiler::detectors;

const SEED: u64 = 2;
const EACH: usize = 10;

#[test]
fn the_marked_scan_finds_what_the_plain_one_finds() {
    let bundle = measure::bundle(&detectors::named()).expect("the built-in list");
    let detection = bundle.detection();
    let count = u16::try_from(bundle.tables().detectors.len()).expect("few");
    let active: DetectorSet = (0..count).map(DetectorId).collect();
    let mut found = 0;
    for record in labelled::records(SEED, EACH) {
        let bytes = record.text.as_bytes();
        let text = Text { bytes, from: 0, ended: true, place_context: 0 };
        let (mut marked, mut plain): (Vec<Candidate>, Vec<Candidate>) = (Vec::new(), Vec::new());
        detection.scan(&text, &active, &NoTokens, &mut Memory::default(), &mut marked);
        detection.scan_plainly(&text, &active, &NoTokens, &mut Memory::default(), &mut plain);
        assert_eq!(marked, plain, "{}", record.id);
        found += plain.len();
    }
    assert!(found > usize::from(count), "{found} candidates");
}
