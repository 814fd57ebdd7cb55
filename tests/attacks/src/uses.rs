//! Attacks with grants: wider than was asked for, longer, for others, elsewhere.

use crate::{Attack, NOW, attack};
use cofferdam_engine::blob::Digest;
use cofferdam_engine::trust::limits::DAY;
use cofferdam_engine::trust::{Reason, Time};

const HOUR: u64 = 60 * 60;

pub(crate) const ATTACKS: &[Attack] = &[
    attack("a revoked grant", Reason::GrantRevoked, |world| {
        let request = world.run().expect("an honest world").grants.remove(0).id;
        world.the_freshness().document.revoked_grants.push(request);
    }),
    attack("a grant longer than its request", Reason::GrantWider, |world| {
        world.approval().document.seconds += 1;
    }),
    attack("a grant for more uses than its request", Reason::GrantWider, |world| {
        world.approval().document.uses += 1;
    }),
    attack("a grant for more categories than its request", Reason::GrantWider, |world| {
        world.approval().document.categories.push("jwt".to_owned());
    }),
    attack("a grant for more paths than its request", Reason::GrantWider, |world| {
        world.approval().document.paths.push("/accounts/*".to_owned());
    }),
    attack("a grant approved before it was asked for", Reason::GrantWider, |world| {
        world.approval().document.approved_at = Time(NOW.0 - 3 * HOUR);
    }),
    attack("an approval of another request", Reason::OtherRequest, |world| {
        world.approval().document.request = Digest::of(b"another request");
    }),
    attack("a grant on a boundary that forbids it", Reason::GrantForbidden, |world| {
        world.request().document.boundary = "desk-shop".to_owned();
    }),
    attack("a grant on a boundary that is not there", Reason::GrantForbidden, |world| {
        world.request().document.boundary = "shop-moon".to_owned();
    }),
    attack(
        "a grant for a category that the policy keeps from grants",
        Reason::GrantForbidden,
        |world| {
            world.request().document.categories = vec!["credit_card".to_owned()];
            world.approval().document.categories = vec!["credit_card".to_owned()];
        },
    ),
    attack(
        "a grant for an action that the policy does not have",
        Reason::GrantForbidden,
        |world| {
            world.request().document.action = "block".to_owned();
        },
    ),
    attack("a grant for a whole group", Reason::BadValue, |world| {
        world.request().document.categories = vec!["@contact".to_owned()];
    }),
    attack("a grant for every caller", Reason::BadValue, |world| {
        world.request().document.subject = "spiffe://acme.example/ns/*".to_owned();
    }),
    attack("a grant for a caller who proves nothing", Reason::BadValue, |world| {
        world.request().document.subject = "desk".to_owned();
    }),
    attack("a grant for every path", Reason::BadValue, |world| {
        world.request().document.paths = vec!["/**".to_owned()];
    }),
    attack("a grant for a month and a day", Reason::BadValue, |world| {
        world.request().document.seconds = 31 * DAY;
    }),
    attack("an emergency of an hour", Reason::BadValue, |world| {
        world.request().document.break_glass = true;
        world.request().document.seconds = HOUR;
    }),
    attack("credentials in an emergency", Reason::GrantForbidden, |world| {
        let request = &mut world.request().document;
        request.break_glass = true;
        request.seconds = 30 * 60;
        request.categories = vec!["jwt".to_owned()];
        let approval = world.approval();
        approval.document.seconds = 30 * 60;
        approval.document.categories = vec!["jwt".to_owned()];
        approval.document.approved_at = NOW;
        approval.signed_by(&["dan"]);
    }),
    attack("a grant of another mesh", Reason::OtherAudience, |world| {
        world.request().document.audience = "us".to_owned();
    }),
    attack("a grant of another policy", Reason::OtherPolicy, |world| {
        world.request().document.policy = "clinic".to_owned();
    }),
    attack("a grant that has ended", Reason::GrantEnded, |world| {
        world.approval().document.seconds = HOUR;
    }),
    attack("a grant that the policy's time ends", Reason::GrantEnded, |world| {
        world.request().document.requested = Time(NOW.0 - 6 * HOUR);
        world.request().document.seconds = 8 * HOUR;
        world.approval().document.approved_at = Time(NOW.0 - 4 * HOUR);
        world.approval().document.seconds = 8 * HOUR;
    }),
    attack("a grant of a time to come", Reason::GrantNotYet, |world| {
        world.approval().document.approved_at = Time(NOW.0 + 1);
    }),
    attack("a stream opened just before the end", Reason::GrantEnded, |world| {
        let end = Time(NOW.0 + HOUR);
        world.asked.at = vec![Time(end.0 - 1), end];
    }),
    attack("a stream that outlives what is fresh", Reason::FreshnessExpired, |world| {
        world.the_freshness().document.period.until = Time(NOW.0 + 60);
        world.asked.at = vec![Time(NOW.0 + 59), Time(NOW.0 + 60)];
    }),
    attack("a stream that outlives the release", Reason::ReleaseExpired, |world| {
        world.the_release().document.period.until = Time(NOW.0 + 60);
        world.asked.at = vec![Time(NOW.0 + 59), Time(NOW.0 + 60)];
    }),
    attack("a stream that outlives a signer's key", Reason::GrantEnded, |world| {
        let keys = &mut world.last_root().document.keys;
        let pat = keys.iter_mut().find(|key| key.holder == "pat").expect("a key");
        pat.period.until = Time(NOW.0 + 60);
        world.asked.at = vec![Time(NOW.0 + 59), Time(NOW.0 + 60)];
    }),
    attack("the same grant twice", Reason::GrantTwice, |world| {
        let again = world.grants.first().cloned();
        world.grants.extend(again);
    }),
    attack("grants that together are open for too long", Reason::GrantTotal, |world| {
        for n in 1..=12 {
            let mut more = world.grants.first().cloned().expect("a grant");
            more.0.document.ticket = format!("INC-{n}");
            world.grants.push(more);
        }
    }),
    attack("a colleague uses a grant", Reason::OtherSubject, |world| {
        world.asked.subject = "spiffe://acme.example/ns/support/sa/desk2";
    }),
    attack("a caller without a certificate uses a grant", Reason::OtherSubject, |world| {
        world.asked.subject = "";
    }),
    attack("another path uses a grant", Reason::OtherPath, |world| {
        world.asked.path = "/accounts/7";
    }),
    attack("a deeper path uses a grant", Reason::OtherPath, |world| {
        world.asked.path = "/orders/1001/card";
    }),
    attack("another category uses a grant", Reason::OtherCategory, |world| {
        world.asked.category = "jwt";
    }),
    attack("uses used up", Reason::UsesSpent, |world| world.asked.used = 100),
];
