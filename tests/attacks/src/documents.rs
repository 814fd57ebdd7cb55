//! Attacks on bytes: what is broken, doubled, too long, or another thing than it says.

use crate::keys::Style;
use crate::world::World;
use crate::{Attack, STRICT, attack, blob};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{EngineVersion, PayloadType, Reason};

/// Alters the text of the release after it was signed.
fn forge(world: &mut World, tamper: fn(Vec<u8>) -> Vec<u8>) {
    world.tamper = tamper;
}

/// Where a text begins in a bundle.
fn find(bundle: &[u8], text: &str) -> usize {
    let mut windows = bundle.windows(text.len());
    windows.position(|window| window == text.as_bytes()).expect("it is there")
}

/// Puts another text in the place of one, of the same length.
fn swap(mut bundle: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "lengths stay");
    let at = find(&bundle, from);
    bundle[at..at + to.len()].copy_from_slice(to.as_bytes());
    bundle
}

/// Alters a byte behind a text.
fn nudge(mut bundle: Vec<u8>, text: &str, behind: usize) -> Vec<u8> {
    let at = find(&bundle, text) + text.len() + behind;
    bundle[at] = if bundle[at] == b'A' { b'B' } else { b'A' };
    bundle
}

pub(crate) const ATTACKS: &[Attack] = &[
    attack("an envelope without signatures", Reason::MissingKey, |world| {
        forge(world, |bundle| {
            let at = find(&bundle, "\"signatures\"");
            let end = at + find(&bundle[at..], "]");
            let cut = at - 1..=end;
            let mut bundle = bundle;
            bundle[cut].fill(b' ');
            bundle
        });
    }),
    attack("a release altered after it was signed", Reason::SignatureWrong, |world| {
        forge(world, |bundle| nudge(bundle, "\"payload\":\"ewogICJfdHlwZSI6", 40));
    }),
    attack("a release whose signature was altered", Reason::SignatureWrong, |world| {
        forge(world, |bundle| {
            let release = find(&bundle, "vnd.in-toto+json");
            let sig = release + find(&bundle[release..], "\"sig\":\"") + 17;
            let mut bundle = bundle;
            bundle[sig] = if bundle[sig] == b'A' { b'B' } else { b'A' };
            bundle
        });
    }),
    attack("a signature over another payload type", Reason::SignatureWrong, |world| {
        world.the_release().signed_as = PayloadType::Root;
    }),
    attack("a freshness statement that is called a release", Reason::PayloadType, |world| {
        world.the_release().named = PayloadType::Freshness;
    }),
    attack("an approval signed as a request", Reason::SignatureWrong, |world| {
        world.approval().signed_as = PayloadType::Request;
    }),
    attack("an in-toto statement of another kind", Reason::OtherFormat, |world| {
        world.the_release().edit = |text| {
            text.replace("urn:cofferdam:release:v1", "https://slsa.dev/provenance/v1").into()
        };
    }),
    attack("a statement of another version", Reason::OtherFormat, |world| {
        world.the_release().edit = |text| text.replace("Statement/v1", "Statement/v0.1").into();
    }),
    attack("a root of another format", Reason::OtherFormat, |world| {
        world.last_root().edit =
            |text| text.replace("cofferdam/root/v1", "cofferdam/root/v2").into();
    }),
    attack("a freshness statement of another format", Reason::OtherFormat, |world| {
        world.the_freshness().edit =
            |text| text.replace("cofferdam/freshness/v1", "cofferdam/root/v1").into();
    }),
    attack("broken base64", Reason::BadBase64, |world| {
        forge(world, |bundle| swap(bundle, "\"payload\":\"ew", "\"payload\":\"!w"));
    }),
    attack("base64 in another spelling", Reason::BadBase64, |world| {
        world.the_release().edit =
            |text| format!("{text}{}", " ".repeat(3 - text.len() % 3 + 1)).into();
        forge(world, |bundle| {
            let release = find(&bundle, "\"payload\":\"ewogICJfdHlwZSI6");
            let end = release + find(&bundle[release..], "==\"");
            let mut bundle = bundle;
            bundle[end - 1] += 1;
            bundle
        });
    }),
    attack("broken JSON", Reason::NotJson, |world| {
        world.the_release().edit = |text| text.replacen('{', "[", 1).into();
    }),
    attack("JSON with a fraction", Reason::NotJson, |world| {
        world.the_release().edit = |text| text.replace("\"version\": 7", "\"version\": 7.5").into();
    }),
    attack("two documents in one", Reason::NotJson, |world| {
        world.the_release().edit = |text| format!("{text}{text}").into();
    }),
    attack("broken UTF-8", Reason::NotUtf8, |world| {
        world.the_release().edit = |text| {
            let mut bytes = text.into_bytes();
            let at = bytes.windows(4).position(|window| window == b"shop").expect("a name");
            bytes[at] = 0xff;
            bytes
        };
    }),
    attack("oversized", Reason::Oversize, |world| {
        world.the_release().edit = |text| format!("{text}{}", " ".repeat(64 * 1024)).into();
    }),
    attack("an oversized signature", Reason::Oversize, |world| {
        let mut long = world.the_release().signers.clone();
        long[0].style = Style::Long;
        world.the_release().signers = long;
    }),
    attack("an oversized envelope", Reason::Oversize, |world| {
        forge(world, |bundle| {
            let at = find(&bundle, "{\"payload\"");
            let length = u32::from_le_bytes(bundle[at - 4..at].try_into().expect("four"));
            let spaces = vec![b' '; 160 * 1024];
            let longer = (length + 160 * 1024).to_le_bytes();
            [&bundle[..at - 4], longer.as_slice(), &spaces, &bundle[at..]].concat()
        });
    }),
    attack("broken JSON that nobody has signed", Reason::Unsigned, |world| {
        world.the_release().edit = |_| b"[".to_vec();
        world.the_release().signed_by(&["eve"]);
    }),
    attack("a broken root that nobody has signed", Reason::RootQuorumShort, |world| {
        world.last_root().edit = |_| b"[".to_vec();
        world.last_root().signed_by(&["eve"]);
    }),
    attack("a broken root that one person has signed", Reason::RootQuorumShort, |world| {
        world.last_root().edit = |_| b"[".to_vec();
        world.last_root().signed_by(&["dan"]);
    }),
    attack("nested too deep", Reason::TooMany, |world| {
        world.the_release().edit = |text| {
            let deep = format!("{}{}", "[".repeat(9), "]".repeat(9));
            text.replacen("\"version\": 7", &format!("\"version\": {deep}"), 1).into()
        };
    }),
    attack("more values than anything has", Reason::TooMany, |world| {
        world.the_release().edit = |text| {
            let many = format!("[{}0]", "0,".repeat(10_000));
            text.replacen("\"version\": 7", &format!("\"version\": {many}"), 1).into()
        };
    }),
    attack("more modules than anybody has", Reason::TooMany, |world| {
        let modules = &mut world.the_release().document.modules;
        modules.extend((0..64u8).map(|n| Digest([n; 32])));
    }),
    attack("a key twice in one object", Reason::DuplicateKey, |world| {
        world.the_release().edit =
            |text| text.replace("\"version\": 7", "\"version\": 3,\n \"version\": 7").into();
    }),
    attack("a key twice, once in escapes", Reason::DuplicateKey, |world| {
        world.the_release().edit =
            |text| text.replace("\"version\": 7", "\"ver\\u0073ion\": 3, \"version\": 7").into();
    }),
    attack("a key that nobody knows", Reason::UnknownKey, |world| {
        world.the_release().edit =
            |text| text.replace("\"version\": 7", "\"version\": 7, \"skip\": true").into();
    }),
    attack("a key that is missing", Reason::MissingKey, |world| {
        world.the_release().edit = |text| text.replace("\"version\": 7,", "").into();
    }),
    attack("a number in quotes", Reason::WrongType, |world| {
        world.the_release().edit =
            |text| text.replace("\"version\": 7", "\"version\": \"7\"").into();
    }),
    attack("a list in the place of an object", Reason::WrongType, |world| {
        world.the_release().edit = |text| format!("[{text}]").into();
    }),
    attack("a version of 0", Reason::BadValue, |world| {
        world.the_release().document.version = 0;
    }),
    attack("a holder with a name that hides something", Reason::BadValue, |world| {
        world.the_release().document.author = "ann\u{202e}".to_owned();
    }),
    attack("a why that moves the cursor", Reason::BadValue, |world| {
        world.request().document.why = "fine\u{1b}[2J".to_owned();
    }),
    attack("a day that no calendar has", Reason::BadTime, |world| {
        world.the_release().edit = |text| {
            let at = text.find("\"expires\": \"").expect("an end") + "\"expires\": \"2027-".len();
            let mut text = text;
            text.replace_range(at..at + 5, "02-30");
            text.into()
        };
    }),
    attack("an end before its beginning", Reason::BadTime, |world| {
        let release = &mut world.the_release().document;
        release.period.until = release.period.from;
    }),
    attack("no bundle at all", Reason::NotABundle, |world| {
        forge(world, |_| b"CFDM is a blob".to_vec());
    }),
    attack("a bundle cut short", Reason::NotABundle, |world| {
        forge(world, |mut bundle| {
            bundle.pop();
            bundle
        });
    }),
    attack("a bundle with something behind it", Reason::NotABundle, |world| {
        forge(world, |mut bundle| {
            bundle.push(0);
            bundle
        });
    }),
    attack("a bundle of a later format", Reason::OtherFormat, |world| {
        forge(world, |mut bundle| {
            bundle[4] = 2;
            bundle
        });
    }),
    attack("another blob", Reason::OtherBlob, |world| world.policy = STRICT),
    attack("one bit of the blob", Reason::OtherBlob, |world| {
        forge(world, |mut bundle| {
            if let Some(last) = bundle.last_mut() {
                *last ^= 1;
            }
            bundle
        });
    }),
    attack("a release of what is no blob", Reason::NotABlob, |world| {
        let cut = blob(world.policy).len() - 1;
        let digest = Digest::of(&blob(world.policy)[..cut]);
        world.the_release().document.blob = digest;
        world.the_freshness().document.release.digest = digest;
        forge(world, |mut bundle| {
            // The blob is the last section: one byte less of it, and its length says so.
            bundle.pop();
            let at = find(&bundle, "CFDM") - 4;
            let length = u32::from_le_bytes(bundle[at..at + 4].try_into().expect("four"));
            bundle[at..at + 4].copy_from_slice(&(length - 1).to_le_bytes());
            bundle
        });
    }),
    attack("a release of another policy's name", Reason::OtherPolicy, |world| {
        world.grants.clear();
        world.the_release().document.policy = "clinic".to_owned();
    }),
    attack("other mesh", Reason::OtherAudience, |world| world.audience = "us"),
    attack("a release for a newer engine", Reason::EngineOld, |world| {
        world.the_release().document.engine_min = EngineVersion([0, 2, 0]);
    }),
    attack("a release for another module", Reason::OtherModule, |world| {
        world.module = Some(Digest::of(b"another module"));
    }),
    attack("a host that does not know its module", Reason::OtherModule, |world| {
        world.module = None;
    }),
];
