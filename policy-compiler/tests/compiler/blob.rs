//! The same policy gives the same bytes, and no other bytes are read.

use crate::policies;
use cofferdam_engine::Bundle;
use cofferdam_policy_compiler::compile;

#[test]
fn the_name_and_the_line_ends_do_not_matter() {
    for (name, text) in policies::all() {
        let blob = |name: &str, text: &str| compile(text, name).expect("it compiles").blob;
        let first = blob(&name, &text);
        assert_eq!(first, blob("/another/folder/other.yaml", &text), "{name}");
        assert_eq!(first, blob(&name, &text.replace('\n', "\r\n")), "{name}");
    }
}

#[test]
fn every_cut_is_refused() {
    let blob = small();
    for length in 0..blob.len() {
        let cut = blob.get(..length).expect("inside").to_vec();
        assert!(Bundle::parse(cut).is_err(), "cut to {length} of {}", blob.len());
    }
    assert!(Bundle::parse(blob).is_ok());
}

#[test]
fn every_flipped_byte_is_refused() {
    let blob = small();
    for at in 0..blob.len() {
        // The header is read before the checksum is, so every bit of it counts.
        let masks: &[u8] = if at < 64 { &[1, 2, 4, 8, 16, 32, 64, 128, 255] } else { &[1] };
        for mask in masks {
            let mut flipped = blob.clone();
            flipped[at] ^= mask;
            assert!(Bundle::parse(flipped).is_err(), "byte {at} ^ {mask:#x} of {}", blob.len());
        }
    }
}

#[test]
fn what_is_no_blob_is_refused() {
    let mut longer = small();
    longer.push(0);
    assert!(Bundle::parse(longer).is_err());
    assert!(Bundle::parse(Vec::new()).is_err());
    assert!(Bundle::parse(vec![0; 64 << 20]).is_err());
    let mut newer = small();
    newer[4] = 9;
    let error = Bundle::parse(newer).expect_err("another format");
    assert!(error.to_string().contains("format 9"), "{error}");
}

fn small() -> Vec<u8> {
    let (name, text) = policies::all().into_iter().next().expect("a policy");
    compile(&text, &name).expect("it compiles").blob
}
