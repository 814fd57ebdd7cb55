//! Envelopes: ours verified by other libraries, and theirs by us.

use crate::company::{Company, refuses};
use crate::documents::{
    FRESHNESS, RELEASE, ROOT, altered, approve, export, grant, import, issue, policy, request,
    succeeds, text,
};
use crate::standards::{self, KeyId, Verdict};
use cofferdam_engine::trust::{BundleFile, Envelope, PayloadType};
use std::fs;

fn keys(company: &Company, people: &[&str]) -> Vec<String> {
    people.iter().map(|person| format!("{}.pub", text(&company.key(person)))).collect()
}

#[test]
fn other_libraries_verify_every_document_of_ours_and_refuse_it_altered() {
    let company = Company::with_root("dsse-ours");
    company.release(&policy());
    issue(&company);
    approve(&company, "pat", &request(&company));
    let [asked, approved] = grant(&company);
    let documents: [(&str, &[&str]); 5] = [
        (ROOT, &["ann", "bob", "pat"]),
        (RELEASE, &["ann", "bob", "pat"]),
        (FRESHNESS, &["robot"]),
        (&asked, &["sue"]),
        (&approved, &["pat"]),
    ];
    for (document, people) in documents {
        let keys = keys(&company, people);
        let envelope = export(&company, document);
        assert_eq!(standards::verify(&envelope, &keys), Verdict::Holds, "{document}");
        for field in ["payload", "sig"] {
            let altered = altered(&envelope, field);
            assert_eq!(standards::verify(&altered, &keys), Verdict::Refused, "{document} {field}");
        }
        let other = fs::read_to_string(&envelope).expect("an envelope").replace("+json", "+jsom");
        let other = company.file("other.json", other.as_bytes());
        assert_eq!(standards::verify(&other, &keys), Verdict::Refused, "{document}: its type");
        let robot = self::keys(&company, &[if people == ["robot"] { "ann" } else { "robot" }]);
        assert_eq!(standards::verify(&envelope, &robot), Verdict::Refused, "{document}: a key");
    }
}

#[test]
fn in_toto_reads_a_release_as_a_statement_and_verifies_it() {
    let company = Company::with_root("dsse-in-toto");
    company.release(&policy());
    let envelope = export(&company, RELEASE);
    for key in keys(&company, &["ann", "bob", "pat"]) {
        assert_eq!(standards::verify_in_toto(&envelope, &key), Verdict::Holds);
    }
    let altered = altered(&envelope, "payload");
    for key in keys(&company, &["ann", "bob", "pat"]) {
        assert_eq!(standards::verify_in_toto(&altered, &key), Verdict::Refused);
    }
    let release = fs::read(company.path(RELEASE)).expect("a release");
    let release = cofferdam_engine::trust::Release::parse(&release).expect("a release");
    let told = standards::statement(&envelope);
    let told: Vec<&str> = told.split_whitespace().collect();
    let [name, digest, kind, version] = told[..] else { panic!("{told:?}") };
    assert_eq!((name, digest), ("shop", release.blob.to_string().as_str()));
    assert_eq!((kind, version), ("urn:cofferdam:release:v1", "1"));
}

/// A company in which nobody but the author has a key that `cofferdam` made.
fn theirs(name: &str) -> Company {
    let company = Company::new(name);
    for person in ["bob", "pat", "robot"] {
        standards::new_key(&text(&company.key(person)), person);
    }
    company.init_root();
    company.sign_root("ann", 1);
    company
}

/// Lets somebody sign a document with `securesystemslib`, and takes that in.
fn signs(company: &Company, person: &str, document: &str) {
    let (envelope, key) = (export(company, document), text(&company.key(person)));
    let signed = text(&company.path("signed.json"));
    standards::sign(&envelope, &key, &signed, KeyId::Own);
    for field in ["payload", "sig"] {
        let forged = import(company, document, &altered(&signed, field));
        refuses(&forged, 1, &["signed.json.altered", "help: "]);
    }
    let imported = import(company, document, &signed);
    succeeds(&imported);
    assert!(imported.stderr.contains(&format!("signed by {person}")), "{}", imported.stderr);
    let again = import(company, document, &signed);
    succeeds(&again);
    assert!(again.stderr.contains(&format!("signed by {person} before")), "{}", again.stderr);
}

#[test]
fn what_securesystemslib_signs_with_its_own_keys_counts() {
    let company = theirs("dsse-theirs");
    signs(&company, "bob", ROOT);
    let early = company.run("ann", &["release", "verify"]);
    assert_ne!(early.status, 0, "two of three have signed the root");
    signs(&company, "pat", ROOT);
    succeeds(&company.propose(&policy()));
    signs(&company, "bob", RELEASE);
    refuses(&company.run("ann", &["release", "verify"]), 1, &["quorum_short"]);
    signs(&company, "pat", RELEASE);
    succeeds(&company.run("ann", &["release", "verify"]));
    issue(&company);
    succeeds(&company.run("ann", &["bundle", "-o", "shop.bundle"]));
    // Past the import: the file of a signature, altered by hand.
    let files = fs::read_dir(company.path("trust/releases/1")).expect("a folder").flatten();
    let mut paths = files.map(|file| file.path());
    let bob = paths.find(|path| text(path).contains("/bob.")).expect("a signature");
    let line = fs::read_to_string(&bob).expect("a signature");
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let letter = if words[2].starts_with('A') { "B" } else { "A" };
    words[2].replace_range(..1, letter);
    fs::write(&bob, words.join(" ")).expect("a file");
    refuses(&company.run("ann", &["bundle", "-o", "shop.bundle"]), 1, &["signature_wrong"]);
}

#[test]
fn an_envelope_that_securesystemslib_wrote_is_read_in_a_bundle_as_it_is() {
    let company = theirs("dsse-verbatim");
    signs(&company, "bob", ROOT);
    signs(&company, "pat", ROOT);
    succeeds(&company.propose(&policy()));
    let envelope = export(&company, RELEASE);
    for person in ["bob", "pat"] {
        standards::sign(&envelope, &text(&company.key(person)), &envelope, KeyId::Raw);
    }
    succeeds(&import(&company, RELEASE, &envelope));
    succeeds(&company.run("ann", &["bundle", "-o", "shop.bundle"]));
    let ours = fs::read(company.path("shop.bundle")).expect("a bundle");
    let pin = cofferdam_engine::blob::Digest::of(&fs::read(company.path(ROOT)).expect("a root"));
    let judge = |envelope: &[u8]| {
        let path = company.file("theirs.bundle", &with_release(&ours, envelope));
        let pin = pin.to_string();
        company.run("sue", &["release", "verify", "--bundle", &path, "--pin", &pin])
    };
    let theirs = fs::read(&envelope).expect("an envelope");
    let own = BundleFile::parse(&ours).expect("a bundle").release.expect("a release").write();
    assert_ne!(theirs, own.as_bytes(), "the library writes it in another way");
    let read = Envelope::parse(&theirs, PayloadType::Release).expect("an envelope");
    assert_eq!(read.signatures().len(), 3);
    let taken = judge(&theirs);
    succeeds(&taken);
    assert!(taken.text().contains("signed by ann, bob, pat"), "{}", taken.text());
    // What the payload reads as, once altered, may be told before who signed it.
    for (field, reason) in [("payload", "no host would take it"), ("sig", "signature_wrong")] {
        let altered = fs::read(altered(&envelope, field)).expect("an envelope");
        refuses(&judge(&altered), 1, &[reason]);
    }
}

/// A bundle with another envelope of the release, whatever bytes it has: section by section.
fn with_release(bundle: &[u8], envelope: &[u8]) -> Vec<u8> {
    const RELEASE: u8 = 3;
    let (head, mut rest) = bundle.split_at(8);
    let mut out = head.to_vec();
    while let Some(([kind, length @ ..], behind)) = rest.split_first_chunk::<5>() {
        let length = usize::try_from(u32::from_le_bytes(*length)).expect("a length");
        let (section, behind) = behind.split_at(length);
        let section = if *kind == RELEASE { envelope } else { section };
        out.push(*kind);
        out.extend(u32::try_from(section.len()).expect("a length").to_le_bytes());
        out.extend(section);
        rest = behind;
    }
    out
}
