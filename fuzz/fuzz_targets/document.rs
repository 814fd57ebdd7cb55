//! Signed documents, one file for all kinds of them; the target's name says which. What reads, is
//! written and reads as the same; no bytes but those that were signed pass for signed; and a short
//! input takes little memory.

#![no_main]

mod edits;
mod memory;

use cofferdam_attacks::{NOW, Signer, World, honest, public};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{
    Approval, BundleFile, Envelope, Freshness, Kind, PayloadType, PublicKey, Reason, Release,
    Request, Root, Signature, signed_bytes, ssh_public, ssh_signer,
};
use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;
use std::sync::LazyLock;

const TARGET: &str = env!("CARGO_BIN_NAME");
/// Whoever reads a document has so much for it, and so much more for each of its bytes.
const READING_BYTES: usize = 64 * 1024;
const READING_TIMES: usize = 128;

static WORLD: LazyLock<World> = LazyLock::new(honest);
static BUNDLE: LazyLock<BundleFile> =
    LazyLock::new(|| BundleFile::parse(&WORLD.bundle()).expect("a bundle"));

// The first byte: odd ones edit what is good, even ones write all by themselves.
fuzz_target!(|data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else { return };
    let bytes = |good: &[u8]| match mode % 2 {
        0 => rest.to_vec(),
        _ => edits::edited(good, rest),
    };
    match TARGET {
        "trust-root" => {
            let good = BUNDLE.roots.last().expect("a root");
            document(PayloadType::Root, good, &bytes, Root::parse, Root::write);
        }
        "trust-release" => {
            let good = BUNDLE.release.as_ref().expect("a release");
            document(PayloadType::Release, good, &bytes, Release::parse, Release::write);
        }
        "trust-freshness" => {
            let good = BUNDLE.freshness.as_ref().expect("a statement");
            document(PayloadType::Freshness, good, &bytes, Freshness::parse, Freshness::write);
        }
        "trust-request" => {
            let good = &BUNDLE.grants.first().expect("a grant").request;
            document(PayloadType::Request, good, &bytes, Request::parse, Request::write);
        }
        "trust-approval" => {
            let good = &BUNDLE.grants.first().expect("a grant").approval;
            document(PayloadType::Approval, good, &bytes, Approval::parse, Approval::write);
        }
        "trust-envelope" => envelope(&bytes),
        "trust-ssh-signature" => ssh_signature(&bytes),
        "trust-ssh-key" => ssh_key(&bytes),
        other => panic!("nothing here is called {other}"),
    }
});

/// A payload: how it reads, and that its signatures are of one of them only.
fn document<T: PartialEq + Debug>(
    payload_type: PayloadType,
    good: &Envelope,
    bytes: &dyn Fn(&[u8]) -> Vec<u8>,
    parse: fn(&[u8]) -> Result<T, Reason>,
    write: fn(&T) -> String,
) {
    let payload = bytes(good.unverified());
    if let Ok(read) = little(&payload, parse) {
        let text = write(&read);
        let again = parse(text.as_bytes()).expect("what is written reads");
        assert_eq!(again, read, "it reads as something else than was written");
        assert_eq!(write(&again), text, "it is written in two ways");
    }
    let is_good = payload == good.unverified();
    let forged = Envelope::new(payload_type, payload, good.signatures().to_vec());
    let root = &WORLD.roots.last().expect("a root").document;
    let taken = forged.verify(root, NOW, &|_| false);
    assert_eq!(taken.is_ok(), is_good, "what nobody signed was taken");
    assert_eq!(forged.signed_at_some_time(root).is_ok(), is_good, "what nobody signed was read");
}

fn little<T>(bytes: &[u8], parse: impl FnOnce(&[u8]) -> T) -> T {
    let (read, most) = memory::most(|| parse(bytes));
    let enough = READING_BYTES + READING_TIMES * bytes.len();
    assert!(most <= enough, "{} bytes took {most} to read", bytes.len());
    read
}

/// An envelope as JSON, of which only the payload, its type and who signed mean anything.
fn envelope(bytes: &dyn Fn(&[u8]) -> Vec<u8>) {
    let good = BUNDLE.release.as_ref().expect("a release");
    let text = bytes(good.write().as_bytes());
    let parse = |text: &[u8]| Envelope::parse(text, PayloadType::Release);
    let Ok(read) = little(&text, parse) else { return };
    assert_eq!(parse(read.write().as_bytes()).as_ref(), Ok(&read), "it reads as another one");
    let root = &WORLD.roots.last().expect("a root").document;
    let holders = |envelope: &Envelope| -> Result<Vec<String>, Reason> {
        let signed = envelope.verify(root, NOW, &|_| false)?;
        assert_eq!(signed.payload, good.unverified(), "what nobody signed was taken");
        Ok(signed.signers.keys().iter().map(|key| key.holder.clone()).collect())
    };
    let signed = holders(good).expect("a good envelope");
    for holder in holders(&read).into_iter().flatten() {
        assert!(signed.contains(&holder), "{holder} signed nothing");
    }
}

/// One message, one key: one signature.
fn ssh_signature(bytes: &dyn Fn(&[u8]) -> Vec<u8>) {
    let message = signed_bytes(PayloadType::Release, b"a payload");
    let key = public("bob-ssh");
    let signer = Signer::from("bob-ssh");
    let good: Signature = signer.sign(PayloadType::Release, b"a payload");
    let altered = bytes(&good.bytes);
    let signed = little(&altered, |altered| key.verify(&message, altered));
    assert_eq!(signed.is_ok(), altered == good.bytes, "{signed:?}");
    if let Ok(named) = ssh_signer(&altered) {
        assert!(altered.windows(named.len().max(1)).any(|part| part == named) || named.is_empty());
    }
}

/// One key, one spelling.
fn ssh_key(bytes: &dyn Fn(&[u8]) -> Vec<u8>) {
    let string = |text: &[u8]| {
        let length = u32::try_from(text.len()).expect("short");
        [&length.to_be_bytes(), text].concat()
    };
    let spelled = |key: &[u8]| [string(b"ssh-ed25519"), string(key)].concat();
    let altered = bytes(&spelled(public("bob-ssh").bytes()));
    let Ok(key) = little(&altered, |altered| ssh_public(altered).map(<[u8]>::to_vec)) else {
        return;
    };
    assert_eq!(spelled(&key), altered, "a key has two spellings");
    let Ok(public) = PublicKey::new(Kind::Ssh, &key) else { return };
    assert_eq!((public.bytes().as_slice(), public.id()), (key.as_slice(), Digest::of(&key)));
    let plain = PublicKey::new(Kind::Ed25519, &key).expect("it is the same key");
    assert_eq!(plain.id(), public.id(), "a key has two ids");
    let signed = plain.verify(b"a message", &[0; 64]);
    assert!(signed.is_err(), "anybody signs with this key");
}
