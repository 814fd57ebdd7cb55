//! Keys of what sends messages, takes money and keeps documents, as their makers describe them.

use crate::labelled::kind::{Kind, Make, Spoil, Value, kind};
use crate::random::Random;
use crate::shape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use Make::{Shape, Text};
use Spoil::{Fewer, More};

const KEY: &[&str] = &["token", "key", "credential"];

pub(super) const KINDS: &[Kind] = &[
    kind("slack_token", KEY, Shape("xox<=b|p|a|s>-<N1><n11>-<N1><n11>-<c24>"))
        .open()
        .spoils(&[Spoil::Shape("xoxb-<n6>"), Spoil::Shape("xoxq-<n12>-<n12>-<c24>")]),
    kind("slack_token", KEY, Shape("xapp-1-A<k10>-<N1><n12>-<h64>"))
        .open()
        .spoils(&[Spoil::Shape("xapp-1-<c12>")]),
    kind("slack_webhook", &["webhook"], Make::Value(slack_webhook)).open(),
    kind("stripe_key", KEY, Shape("<=sk|rk>_<=live|test>_<c24>"))
        .open()
        .spoils(&[Spoil::Shape("sk_live_<c8>"), Spoil::Shape("pk_live_<c24>")]),
    kind("stripe_key", KEY, Shape("whsec_<c32>")).open().spoils(&[Spoil::Shape("whsec_<c12>")]),
    kind("square_key", KEY, Shape("sq0atp-<w21><c1>")).spoils(&[More, Fewer]),
    kind("square_key", KEY, Shape("EAAA<w59><c1>")).spoils(&[More, Fewer]),
    kind("paypal_key", KEY, Shape("access_token$production$<s16>$<h32>")).spoils(&[Fewer]),
    kind("paypal_key", &["PAYPAL_KEY", "paypal"], Shape("A<c20><w58><c1>"))
        .assigned()
        .spoils(&[More, Fewer]),
    kind("twilio_key", KEY, Shape("SK<h32>")).spoils(&[More, Fewer]),
    kind("twilio_key", &["TWILIO_KEY", "twilio"], Shape("<h32>")).assigned().spoils(&[More, Fewer]),
    kind("sendgrid_key", KEY, Shape("SG.<w22>.<w42><c1>")).spoils(&[More, Fewer]),
    kind("mailchimp_key", KEY, Shape("<h32>-us<N1>")).spoils(&[Spoil::Shape("<h31>-us<N1>")]),
    kind("mailgun_key", KEY, Shape("key-<h32>")).spoils(&[More, Fewer]),
    kind("mailgun_key", KEY, Shape("<h32>-<h8>-<h8>")).spoils(&[Fewer]),
    kind("onepassword_key", KEY, Shape("A3-<k6>-<k11>-<k5>-<k5>-<k5>"))
        .open()
        .spoils(&[More, Fewer]),
    kind("onepassword_key", KEY, Shape("ops_eyJ<b200>"))
        .open()
        .spoils(&[Spoil::Shape("ops_eyJ<b20>")]),
    kind("atlassian_token", KEY, Shape("ATATT3xFfGF0<w170>=<H8>"))
        .open()
        .spoils(&[Spoil::Shape("ATATT3<c20>")]),
    kind("atlassian_token", KEY, Shape("ATBB<c32>")).open().spoils(&[More, Fewer]),
    kind("linear_key", KEY, Shape("lin_api_<c40>")).spoils(&[More, Fewer]),
    kind("notion_token", KEY, Shape("ntn_<N1><n10><c35>")).spoils(&[More, Fewer]),
    kind("notion_token", KEY, Shape("secret_<c43>")).spoils(&[More, Fewer]),
    kind("airtable_token", KEY, Shape("pat<c14>.<h64>")).spoils(&[More, Fewer]),
    kind("asana_token", KEY, Shape("1/1<n15>:<h32>")).spoils(&[More, Fewer]),
    kind("shopify_token", KEY, Shape("shp<=at|ca|pa|ss>_<h32>")).spoils(&[More, Fewer]),
    kind("telegram_token", KEY, Shape("<N1><n8-9>:AA<w32><c1>")).spoils(&[More, Fewer]),
    kind("discord_token", KEY, Text(discord))
        .open()
        .spoils(&[Spoil::Shape("N<c23>.<c6>.<c38>"), Spoil::Shape("M<l6>.<l5>.<l8>")]),
    kind("discord_webhook", &["webhook"], Make::Value(discord_webhook)).open(),
    kind("facebook_token", KEY, Shape("EAA<=B|C|D|G|I|J|M|N|O|P|Z><c150>"))
        .open()
        .spoils(&[Spoil::Shape("EAA<a1><c30>")]),
    kind("facebook_token", KEY, Shape("<N1><n14>|<w26><c1>")).open().spoils(&[More, Fewer]),
    kind("twitter_token", KEY, Shape("AAAAAAAAAAAAAAAAAAAAA<c40>%2F<c40>%3D<c8>"))
        .open()
        .spoils(&[Spoil::Shape("AAAAAAAAAAAAAAAAAAAAA<c20>")]),
    kind("linkedin_secret", KEY, Shape("WPL_AP1.<c16>.<b6>==")).open(),
    kind("linkedin_secret", &["LINKEDIN_KEY", "linkedin"], Shape("<c16>"))
        .open()
        .assigned()
        .spoils(&[More, Fewer]),
    kind("dropbox_token", KEY, Shape("sl.<w139><c1>")).open().spoils(&[Spoil::Shape("sl.<c30>")]),
    kind("dropbox_token", &["DROPBOX_KEY", "dropbox"], Shape("<s15>"))
        .open()
        .assigned()
        .spoils(&[More, Fewer]),
];

/// An address is one by itself too.
fn address(text: String) -> Value {
    Value::plain(text.clone()).with("url", &text)
}

fn slack_webhook(random: &mut Random) -> Value {
    address(shape::text(random, "https://hooks.slack.com/services/T<k10>/B<k10>/<c24>"))
}

fn discord_webhook(random: &mut Random) -> Value {
    address(shape::text(random, "https://discord.com/api/webhooks/<N1><n18>/<w67><c1>"))
}

/// The number of a bot in base64, a time, a signature.
fn discord(random: &mut Random) -> String {
    let number = shape::text(random, "<N1><n17>");
    let rest = shape::text(random, ".<c6>.<w37><c1>");
    STANDARD_NO_PAD.encode(number) + &rest
}
