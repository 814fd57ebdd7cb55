//! Runs the policy's own detectors over the policy: a real value has no place in a text that many
//! people read. Values that are made up, or published for tests, are told from real ones.
//! Never repeats a value.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Span};
use crate::language::read::Name;
use crate::language::{CaseForm, IgnoredForm, PolicyForm};
use crate::published;
use cofferdam_engine::Bundle;
use cofferdam_engine::detect::validate;
use cofferdam_engine::detect::{DetectorSet, Memory, NoTokens, Text};
use cofferdam_engine::model::{DetectorId, Validator};

/// Domains that RFC 2606 and RFC 6761 keep for examples and tests.
const DOMAINS: [&str; 7] =
    ["example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"];

/// Reports every real value in `ignore` and in what tests send.
pub(crate) fn check(policy: &PolicyForm, bundle: &Bundle, diagnostics: &mut Diagnostics) {
    let ignored = ignored(policy).map(|text| (text.value.as_str(), text.span));
    for (text, span) in ignored.chain(policy.cases.iter().flat_map(sent)) {
        if let Some(category) = real(text.as_bytes(), bundle) {
            let message =
                format!("a value of `{category}` in this text is not known to be made up");
            diagnostics.push(Diagnostic::new(Code::RealValue, span, message).help(
                "use example.com and published test numbers; to let real values through, name \
                     `fields`, or what they begin with under `prefixes`",
            ));
        }
    }
}

fn ignored(policy: &PolicyForm) -> impl Iterator<Item = &Name> {
    let forms = policy.boundaries.iter().flat_map(|boundary| boundary.directions());
    forms.flat_map(|form| form.ignore.iter()).flat_map(|ignore| &ignore.what).filter_map(|what| {
        match what {
            IgnoredForm::Value(value) | IgnoredForm::Prefix(value) => Some(value),
            // A range is too wide to tell of anybody.
            IgnoredForm::Field(_)
            | IgnoredForm::Range(_)
            | IgnoredForm::Addresses(_)
            | IgnoredForm::PublishedTestValues => None,
        }
    })
}

/// Every text that a test sends.
fn sent(case: &CaseForm) -> impl Iterator<Item = (&str, Span)> {
    let body = (case.body.value.as_str(), case.body.span);
    let path = (case.message.path.as_str(), case.span);
    let headers = case.headers.iter().map(|(_, value)| (value.as_str(), case.span));
    [body, path].into_iter().chain(headers)
}

/// The category of the first real value.
fn real<'b>(text: &[u8], bundle: &'b Bundle) -> Option<&'b str> {
    let tables = bundle.tables();
    let every: DetectorSet =
        (0..tables.detectors.len()).filter_map(|n| u16::try_from(n).ok().map(DetectorId)).collect();
    let value = Text { bytes: text, from: 0, ended: true, place_context: u128::MAX };
    let mut found = Vec::new();
    bundle.detection().scan(&value, &every, &NoTokens, &mut Memory::default(), &mut found);
    found.iter().find_map(|candidate| {
        let detector = tables.detectors.get(candidate.detector.index())?;
        let mut canonical = Vec::new();
        validate::canonical(
            detector.validator,
            text.get(candidate.start..candidate.end)?,
            &mut canonical,
        );
        if is_made_up(detector.validator, &String::from_utf8_lossy(&canonical)) {
            return None;
        }
        tables.categories.get(detector.category.index()).map(|category| category.name.as_str())
    })
}

fn is_made_up(validator: Validator, canonical: &str) -> bool {
    match validator {
        Validator::Email => {
            let domain = canonical.rsplit('@').next().unwrap_or("");
            DOMAINS.iter().any(|kept| {
                domain.strip_suffix(kept).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        }
        Validator::CreditCard => published::has("credit_card", canonical),
        Validator::Iban => published::has("iban", canonical),
        Validator::UsSsn => published::has("us_ssn", canonical),
        // Nothing tells a made-up one from a real one here, and tests need them.
        Validator::Structure
        | Validator::PhoneE164
        | Validator::PhoneNanp
        | Validator::Ipv4
        | Validator::Ipv6
        | Validator::Jwt
        | Validator::AwsAccessKey
        | Validator::PrivateKey
        | Validator::AmericanId(_)
        | Validator::WestEuropeanId(_)
        | Validator::SouthEuropeanId(_)
        | Validator::EastEuropeanId(_)
        | Validator::AsianId(_)
        | Validator::SouthernId(_)
        | Validator::PassportMrz
        | Validator::SwiftBic
        | Validator::UsAba
        | Validator::BankAccount
        | Validator::CardTrack
        | Validator::CardExpiry
        | Validator::Named
        | Validator::BtcBase58
        | Validator::BtcBech32
        | Validator::EthAddress
        | Validator::XmrAddress
        | Validator::UsMbi
        | Validator::UsNpi
        | Validator::UsDea
        | Validator::UkNhs
        | Validator::DeKvnr
        | Validator::DeLanr
        | Validator::DeBsnr
        | Validator::Imei
        | Validator::Iccid
        | Validator::Imsi
        | Validator::Vin
        | Validator::Mac
        | Validator::Date
        | Validator::BirthDate
        | Validator::WrittenDate
        | Validator::GpsPair
        | Validator::GpsDegrees
        | Validator::Url
        | Validator::UrlCredentials
        | Validator::DatabaseUrl
        | Validator::BasicAuth
        | Validator::Password
        | Validator::Secret
        | Validator::SessionCookie
        | Validator::ServiceKey
        | Validator::NamedKey
        | Validator::DiscordToken
        | Validator::BareKey
        | Validator::AgeKey
        | Validator::Luhn
        | Validator::Verhoeff
        | Validator::Mod1110
        | Validator::Mod9710 => true,
    }
}
