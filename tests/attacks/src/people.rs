//! Attacks of people: who signs, with which key, for whom else.

use crate::keys::{SSH, Signer, Style, public};
use crate::world::key;
use crate::{Attack, HonestWay, STRICTER, attack, blob};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::{Change, Reason, Role, Seen};

pub(crate) const ATTACKS: &[Attack] = &[
    attack("unsigned", Reason::Unsigned, |world| world.the_release().signed_by(&[])),
    attack("signed by strangers only", Reason::Unsigned, |world| {
        world.the_release().signed_by(&["eve", "mallory", "trudy"]);
    }),
    attack("stripped of its release", Reason::ReleaseMissing, |world| world.release = None),
    attack("stripped of its roots", Reason::RootMissing, |world| {
        world.pin = Some(world.pin());
        world.roots.clear();
    }),
    attack("one signature short", Reason::QuorumShort, |world| {
        world.the_release().signed_by(&["ann", "pat"]);
    }),
    attack("approved, and by nobody for privacy", Reason::QuorumShort, |world| {
        world.the_release().signed_by(&["ann", "bob-ssh", "dan"]);
    }),
    attack("approved, and written by nobody", Reason::QuorumShort, |world| {
        world.the_release().signed_by(&["bob-ssh", "dan", "pat"]);
    }),
    attack("written by somebody else than it says", Reason::QuorumShort, |world| {
        world.the_release().document.author = "bob".to_owned();
    }),
    attack("one signature, twice", Reason::QuorumShort, |world| {
        world.the_release().signed_by(&["ann", "pat", "pat"]);
    }),
    attack("two keys of one holder", Reason::HolderTwice, |world| {
        world.the_release().signed_by(&["ann", "bob-ssh", "bob-laptop"]);
    }),
    attack("the author approves", Reason::AuthorApproves, |world| {
        world.the_release().signed_by(&["ann", "ann-laptop", "bob-ssh"]);
    }),
    attack("the author alone, with a key of every role", Reason::QuorumShort, |world| {
        world.the_release().signed_by(&["ann-laptop"]);
    }),
    attack("a signature of a key that was revoked", Reason::KeyRevoked, |world| {
        world.the_freshness().document.revoked_keys.push(public("bob-ssh").id());
    }),
    attack("a signature of a key that was suspended", Reason::KeyRevoked, |world| {
        world.the_freshness().document.suspended_keys.push(public("pat").id());
    }),
    attack("a key that was revoked, and freshness withheld", Reason::KeyRevoked, |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.revoked_keys.push(public("pat").id());
        world.seen_freshness = Some(seen);
        world.freshness = None;
    }),
    attack("un-revoked by the online key", Reason::Unrevoked, |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.number -= 1;
        seen.revoked_grants.push(Digest::of(b"another grant"));
        world.seen_freshness = Some(seen);
    }),
    attack("a key un-revoked by the online key", Reason::Unrevoked, |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.number -= 1;
        seen.revoked_keys.push(public("stolen").id());
        world.seen_freshness = Some(seen);
    }),
    attack("freshness by an online key that was revoked", Reason::KeyRevoked, |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.number -= 1;
        seen.revoked_keys.push(public("robot").id());
        world.the_freshness().document.revoked_keys.push(public("robot").id());
        world.seen_freshness = Some(seen);
    }),
    attack("freshness by somebody who approves", Reason::QuorumShort, |world| {
        world.the_freshness().signed_by(&["bob-ssh"]);
    }),
    attack("one key under two holders", Reason::KeyShared, |world| {
        let twin = key("mia", "pat", &[Role::Approver]);
        world.last_root().document.keys.push(twin);
    }),
    attack("one key twice", Reason::KeyTwice, |world| {
        let twin = key("pat", "pat", &[Role::Approver]);
        world.last_root().document.keys.push(twin);
    }),
    attack("a key whose signatures anybody can make", Reason::WeakKey, |world| {
        world.last_root().edit = |text| {
            let weak = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
            let (before, behind) = text.split_once("\"public\": \"").expect("a key");
            let (_, behind) = behind.split_once('"').expect("its end");
            format!("{before}\"public\": \"{weak}\"{behind}").into_bytes()
        };
    }),
    attack("an online key that approves", Reason::OnlineKey, |world| {
        let robot = key("robot", "another robot", &[Role::Online, Role::Approver]);
        world.last_root().document.keys.push(robot);
    }),
    attack("a quorum that a machine is enough for", Reason::OnlineKey, |world| {
        world.last_root().edit =
            |text| text.replace("\"privacy\": 1\n", "\"privacy\": 1, \"online\": 1\n").into();
    }),
    attack("a threshold of 0", Reason::ThresholdZero, |world| {
        world.last_root().edit = |text| text.replacen("\"privacy\": 1", "\"privacy\": 0", 1).into();
    }),
    attack("a quorum of nobody", Reason::ThresholdZero, |world| {
        world.last_root().edit = |text| text.replace("\"online\": 1", "").into();
    }),
    attack("a threshold that nobody can meet", Reason::ThresholdUnmet, |world| {
        world.last_root().edit = |text| text.replacen("\"privacy\": 1", "\"privacy\": 5", 1).into();
    }),
    attack("a huge threshold", Reason::ThresholdUnmet, |world| {
        world.last_root().edit =
            |text| text.replacen("\"privacy\": 1", "\"privacy\": 18446744073709551615", 1).into();
    }),
    attack("a root that lets one person open something", Reason::OnePerson, |world| {
        world.last_root().edit = |text| text.replace("\"root\": 3", "\"root\": 1").into();
    }),
    attack("a root that needs no author", Reason::NoAuthor, |world| {
        world.last_root().edit = |text| text.replace("\"author\": 1", "\"root\": 1").into();
    }),
    attack("another first root than the host's settings name", Reason::RootPin, |world| {
        world.pin = Some(Digest::of(b"another root"));
    }),
    attack("a root that its predecessor did not sign", Reason::RootQuorumShort, |world| {
        world.last_root().document.keys.push(key("eve", "eve", &[Role::Root]));
        world.last_root().signed_by(&["eve", "dan", "pat"]);
    }),
    attack("a root that it did not sign itself", Reason::RootQuorumShort, |world| {
        let keys = &mut world.last_root().document.keys;
        keys.retain(|key| key.holder != "dan");
        keys.push(key("eve", "eve", &[Role::Root, Role::Approver]));
    }),
    attack("a first root that nobody signed", Reason::RootQuorumShort, |world| {
        world.pin = Some(world.pin());
        world.roots.truncate(1);
        world.the_freshness().document.root = 1;
        world.last_root().signed_by(&[]);
    }),
    attack("a root of one person's keys", Reason::HolderTwice, |world| {
        world.last_root().document.keys.push(key("bob", "bob-work", &[Role::Root]));
        let first = world.roots.first_mut().expect("a root");
        first.document.keys.push(key("bob", "bob-work", &[Role::Root]));
        first.document.keys.push(key("lee", "lee", &[Role::Root]));
        first.signed_by(&["lee", "dan", "pat"]);
        world.last_root().signed_by(&["bob-ssh", "bob-work", "dan", "pat", "lee"]);
        world
            .last_root()
            .document
            .keys
            .retain(|key| key.holder != "pat" || key.public != public("pat"));
        world.last_root().document.keys.push(key("pat", "pat-new", &[Role::Root, Role::Privacy]));
    }),
    attack("a root jump", Reason::RootJump, |world| world.last_root().document.version = 3),
    attack("a root of a version that was", Reason::RootJump, |world| {
        world.last_root().document.version = 1;
    }),
    attack("an older root than was seen", Reason::RootOlder, |world| {
        world.seen_root = Some(Seen { version: 3, digest: Digest::of(b"the third root") });
    }),
    attack("an older root than freshness knows", Reason::RootOlder, |world| {
        world.the_freshness().document.root = 3;
    }),
    attack("another root of a version that was seen", Reason::RootFork, |world| {
        world.seen_root = Some(Seen { version: 2, digest: Digest::of(b"another second root") });
    }),
    attack("an SSH signature that was made for git", Reason::Namespace, |world| {
        let style = Style::Ssh { namespace: "git", hash: "sha512" };
        let signers = &mut world.the_release().signers;
        signers.retain(|signer| signer.key != "bob-ssh");
        signers.push(Signer { key: "bob-ssh", style });
    }),
    attack("an SSH signature that names another's key", Reason::SignatureWrong, |world| {
        let signers = &mut world.the_release().signers;
        signers.retain(|signer| signer.key != "bob-ssh");
        signers.push(Signer { key: "bob-ssh", style: Style::Naming("eve-ssh") });
    }),
    attack("an SSH signature over a hash that is broken", Reason::SignatureForm, |world| {
        let style = Style::Ssh { namespace: "cofferdam", hash: "sha1" };
        let signers = &mut world.the_release().signers;
        signers.retain(|signer| signer.key != "bob-ssh");
        signers.push(Signer { key: "bob-ssh", style });
    }),
    attack("a plain signature of a key for SSH", Reason::SignatureForm, |world| {
        let signers = &mut world.the_release().signers;
        signers.retain(|signer| signer.key != "bob-ssh");
        signers.push(Signer { key: "bob-ssh", style: Style::Plain });
    }),
    attack("an SSH signature of a plain key", Reason::SignatureForm, |world| {
        let signers = &mut world.the_release().signers;
        signers.retain(|signer| signer.key != "pat");
        signers.push(Signer { key: "pat", style: SSH });
    }),
    attack("false `tightens`", Reason::FalseTightens, |world| {
        world.the_release().document.change = Change::Tightens;
        world.the_release().signed_by(&["ann", "bob-ssh"]);
    }),
    attack("false `tightens`, and enough have signed", Reason::FalseTightens, |world| {
        world.the_release().document.change = Change::Tightens;
    }),
    attack("`tightens` of the first release", Reason::FalseTightens, |world| {
        world.the_release().document.change = Change::Tightens;
        world.the_release().document.previous = None;
        world.seen_release = None;
        world.active = None;
    }),
    attack("`tightens` where no policy is in force", Reason::FalseTightens, |world| {
        world.release_policy(STRICTER.as_str());
        world.the_release().document.change = Change::Tightens;
        world.the_release().signed_by(&["ann", "bob-ssh"]);
        world.active = None;
    }),
    attack("what tightens, signed by its author alone", Reason::QuorumShort, |world| {
        world.release_policy(STRICTER.as_str());
        world.the_release().document.change = Change::Tightens;
        world.the_release().signed_by(&["ann"]);
    }),
    attack("the requester approves", Reason::RequesterApproves, |world| {
        world.approval().signed_by(&["sue-laptop"]);
    }),
    attack("the requester approves beside another", Reason::RequesterApproves, |world| {
        world.approval().signed_by(&["sue-laptop", "pat"]);
    }),
    attack("a grant that nobody for privacy approved", Reason::QuorumShort, |world| {
        world.approval().signed_by(&["dan"]);
    }),
    attack("a grant that nobody asked for", Reason::Unsigned, |world| {
        world.request().signed_by(&[]);
    }),
    attack("a grant that another asked for in a name", Reason::OtherRequest, |world| {
        world.request().signed_by(&["ann-laptop"]);
    }),
    attack("a grant asked for by who may not ask", Reason::QuorumShort, |world| {
        world.request().document.requester = "dan".to_owned();
        world.request().signed_by(&["dan"]);
    }),
    attack("an emergency that one person declares", Reason::Unsigned, |world| {
        world.request().document.break_glass = true;
        world.request().document.seconds = 30 * 60;
        world.approval().document.seconds = 30 * 60;
        world.approval().signed_by(&[]);
    }),
];

pub(crate) const HONEST: &[HonestWay] = &[
    ("nothing is bent", |_| {}),
    ("SSH with the other hash", |world| {
        let style = Style::Ssh { namespace: "cofferdam", hash: "sha256" };
        let signers = &mut world.the_release().signers;
        signers.retain(|signer| signer.key != "bob-ssh");
        signers.push(Signer { key: "bob-ssh", style });
    }),
    ("a stranger's signature beside", |world| {
        world.the_release().signed_by(&["eve", "ann", "bob-ssh", "pat"]);
    }),
    ("somebody who has both roles takes the place that is free", |world| {
        world.the_release().signed_by(&["ann", "bob-laptop", "dan"]);
    }),
    ("what tightens, by two, where it is proven", |world| {
        world.release_policy(STRICTER.as_str());
        world.the_release().document.change = Change::Tightens;
        world.the_release().signed_by(&["ann", "bob-ssh"]);
    }),
    ("what tightens, confirmed, where no policy is in force", |world| {
        world.release_policy(STRICTER.as_str());
        world.the_release().document.change = Change::Tightens;
        world.active = None;
    }),
    ("un-revoked by those who sign roots", |world| {
        let mut seen = world.the_freshness().document.clone();
        seen.number -= 1;
        seen.revoked_keys.push(public("found again").id());
        world.seen_freshness = Some(seen);
        world.the_freshness().signed_by(&["bob-ssh", "dan", "pat"]);
    }),
    ("a root with other people, signed by the old and the new", |world| {
        let document = &mut world.last_root().document;
        document.keys.push(key("lee", "lee", &[Role::Root]));
        document.keys.retain(|key| key.public != public("dan"));
        world.last_root().signed_by(&["bob-ssh", "pat", "dan", "lee"]);
    }),
    ("an emergency that two declare", |world| {
        world.request().document.break_glass = true;
        world.request().document.seconds = 30 * 60;
        world.approval().document.seconds = 30 * 60;
        world.approval().document.approved_at = crate::NOW;
        world.approval().signed_by(&["dan"]);
    }),
    ("the same release again", |world| {
        world.active = Some(world.policy);
        let digest = Digest::of(&blob(world.policy));
        world.seen_release = Some(Seen { version: 7, digest });
    }),
];
