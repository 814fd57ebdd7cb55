//! What is a key, byte by byte.

use cofferdam_engine::trust::{Kind, PublicKey, Reason};

/// A number at or above the field's prime is another spelling of a smaller one: a key that had two
/// would have two ids, and its holder would be two people.
#[test]
fn a_key_has_one_spelling() {
    for low in 0xed..=0xff_u8 {
        for sign in [0, 0x80] {
            let mut bytes = [0xff; 32];
            bytes[0] = low;
            bytes[31] = 0x7f | sign;
            for kind in [Kind::Ed25519, Kind::Ssh] {
                let key = PublicKey::new(kind, &bytes);
                assert_eq!(key.err(), Some(Reason::WeakKey), "{low:x} {sign:x}");
            }
        }
    }
}
