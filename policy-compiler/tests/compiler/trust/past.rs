//! What was signed days ago, made today: a root, and an emergency, with the keys of a company.

use super::Company;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{
    Act, Approval, Key, Kind, PayloadType, Period, PublicKey, Quorum, Request, Role, Root, Time,
    signed_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs())
}

pub(crate) fn ago(seconds: u64) -> Time {
    Time(now().0 - seconds)
}

fn secret(company: &Company, person: &str) -> SigningKey {
    let text = fs::read_to_string(company.key(person)).expect("a key");
    let letters: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(letters).expect("base64");
    let (_, secret) = der.split_last_chunk::<32>().expect("a key ends with its bytes");
    SigningKey::from_bytes(secret)
}

/// Writes a document into the folder that everybody works in, and signs it.
pub(crate) fn sign(company: &Company, place: &str, of: PayloadType, text: &str, people: &[&str]) {
    company.file(&format!("trust/{place}.json"), text.as_bytes());
    for person in people {
        let secret = secret(company, person);
        let id = Digest::of(secret.verifying_key().as_bytes()).to_string();
        let signature = STANDARD.encode(secret.sign(&signed_bytes(of, text.as_bytes())).to_bytes());
        let line = format!("ed25519 {id} {signature}\n");
        company.file(&format!("trust/{place}/{person}.{}.sig", &id[..8]), line.as_bytes());
    }
}

/// A company whose root was made days ago.
pub(crate) fn company(name: &str, days: u64) -> Company {
    let company = Company::new(name);
    let from = ago(days * DAY);
    let key = |person: &str, roles: &[Role]| {
        let public = *secret(&company, person).verifying_key().as_bytes();
        Key {
            holder: person.to_owned(),
            public: PublicKey::new(Kind::Ed25519, &public).expect("a key"),
            roles: roles.to_vec(),
            period: Period { from, until: from.after(180 * DAY) },
        }
    };
    let keys = vec![
        key("ann", &[Role::Author, Role::Root]),
        key("bob", &[Role::Approver, Role::Root]),
        key("pat", &[Role::Privacy, Role::Root]),
        key("sue", &[Role::Requester]),
        key("robot", &[Role::Online]),
    ];
    let quorum = |act, roles: &[(Role, u64)]| Quorum::new(act, roles).expect("a quorum");
    let quorums = [
        quorum(Act::Open, &[(Role::Author, 1), (Role::Approver, 1), (Role::Privacy, 1)]),
        quorum(Act::Tighten, &[(Role::Author, 1), (Role::Approver, 1)]),
        quorum(Act::Grant, &[(Role::Requester, 1), (Role::Privacy, 1)]),
        quorum(Act::BreakGlass, &[(Role::Requester, 1), (Role::Approver, 1)]),
        quorum(Act::Root, &[(Role::Root, 3)]),
        quorum(Act::Freshness, &[(Role::Online, 1)]),
    ];
    let period = Period { from, until: from.after(365 * DAY) };
    let root = Root::new(1, period, keys, quorums).expect("a root");
    sign(&company, "root/1", PayloadType::Root, &root.write(), &["ann", "bob", "pat"]);
    company
}

/// An emergency of some time ago, asked for by sue and approved by bob. Its id.
pub(crate) fn emergency(company: &Company, seconds: u64) -> String {
    let request = Request {
        requester: "sue".to_owned(),
        audience: "eu".to_owned(),
        policy: "shop".to_owned(),
        boundary: "ab".to_owned(),
        categories: vec!["email".to_owned()],
        action: "keep".to_owned(),
        why: "the customer waits".to_owned(),
        ticket: "INC-1".to_owned(),
        seconds: 1800,
        subject: "spiffe://acme.example/ns/support/sa/desk".to_owned(),
        paths: vec!["/orders/*".to_owned()],
        uses: 10,
        requested: ago(seconds + 60),
        break_glass: true,
    };
    let text = request.write();
    let digest = Digest::of(text.as_bytes());
    let id = digest.to_string()[..16].to_owned();
    sign(company, &format!("grants/{id}/request"), PayloadType::Request, &text, &["sue"]);
    let approval = Approval {
        request: digest,
        approved_at: ago(seconds),
        seconds: 1800,
        categories: request.categories,
        paths: request.paths,
        uses: 10,
    };
    let place = format!("grants/{id}/approval");
    sign(company, &place, PayloadType::Approval, &approval.write(), &["bob"]);
    id
}
