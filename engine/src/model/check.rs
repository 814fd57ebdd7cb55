//! What is asked of a candidate: what may stand beside it, and which exact check it must pass.
//! Holds no check itself.

use super::national::{
    AmericanId, AsianId, EastEuropeanId, SouthEuropeanId, SouthernId, WestEuropeanId,
};
use serde::{Deserialize, Serialize};

/// What beside a candidate makes it part of something longer. A joiner counts only when the byte
/// beyond it continues the run, so that the full stop after a sentence disqualifies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Border {
    /// Nothing disqualifies.
    None,
    /// ASCII letters and digits.
    Word,
    /// `Word`, and `.` or `-` with a digit beyond; on the right not `.0` alone.
    Number,
    /// `Word`, and `.` with a letter or digit beyond, or `-` with a digit before.
    Dotted,
    /// `Word`, `:`, and `.` with a letter or digit beyond.
    Colon,
    /// `Word`, `_`, and what joins the local part of an address: `. - + % '`.
    Address,
    /// `Word`, and on the left `_ - . +` with a letter or digit beyond.
    Key,
    /// `Word`, and `. - / :` with a digit beyond; on the right with a letter too.
    Joined,
    /// On the left `=`, `:` or `>`, with quotes and spaces between. On the right what ends a
    /// value: white space, quotes, `& , ; < |` and what closes a bracket.
    Assigned,
    /// The beginning and the end of the text of a field.
    Whole,
    /// `Word`, and letters of scripts that part words by spaces: Latin with marks, Greek, Cyrillic,
    /// Armenian, Georgian.
    Letters,
    /// `Number`, and on the right a comma or semicolon with one more number behind it.
    List,
}

/// The exact check of a candidate. Never reordered: the number is the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Validator {
    /// The automaton says it all.
    Structure,
    /// RFC 5321 lengths, RFC 1035 labels.
    Email,
    /// Luhn (ISO/IEC 7812-1 annex B) and issuer ranges.
    CreditCard,
    /// Social Security Administration: area, group, serial.
    UsSsn,
    /// ISO 13616: mod 97, country length, BBAN classes.
    Iban,
    /// ITU-T E.164: country code and length.
    PhoneE164,
    /// North American Numbering Plan: area and exchange.
    PhoneNanp,
    /// Dotted quad, not a version number.
    Ipv4,
    /// RFC 4291 text forms.
    Ipv6,
    /// RFC 7519: the header decodes to JSON with `alg`.
    Jwt,
    /// AWS access key id: not a documentation example.
    AwsAccessKey,
    /// PEM (RFC 7468), 64 characters of body or more.
    PrivateKey,
    // Numbers that states give.
    /// Of North and South America.
    AmericanId(AmericanId),
    /// Of the British Isles, Germany, Austria, France and the Low Countries.
    WestEuropeanId(WestEuropeanId),
    /// Of Spain, Portugal, Italy and Greece.
    SouthEuropeanId(SouthEuropeanId),
    /// Of the east and north of Europe.
    EastEuropeanId(EastEuropeanId),
    /// Of Asia.
    AsianId(AsianId),
    /// Of Africa and Oceania.
    SouthernId(SouthernId),
    /// ICAO Doc 9303: machine readable zone, every check digit.
    PassportMrz,
    // Accounts, health, devices, dates, networks and credentials.
    /// ISO 9362: length and country.
    SwiftBic,
    /// American Bankers Association: weights 3, 7, 1 and districts.
    UsAba,
    /// No check digit: not one digit over and over, no date, no clock.
    BankAccount,
    /// ISO/IEC 7813: Luhn and month.
    CardTrack,
    /// A month and a year.
    CardExpiry,
    /// Digits that fill a field or stand behind a word.
    Named,
    /// Base58check: version and double SHA-256.
    BtcBase58,
    /// BIP 173 and BIP 350: checksum by version.
    BtcBech32,
    /// ERC-55 where the case is mixed.
    EthAddress,
    /// Monero: network byte and Keccak.
    XmrAddress,
    /// Centers for Medicare and Medicaid Services: the automaton says it all.
    UsMbi,
    /// 45 CFR 162.406: Luhn behind 80840.
    UsNpi,
    /// Drug Enforcement Administration: registrant and check digit.
    UsDea,
    /// NHS Data Dictionary: weights modulo 11.
    UkNhs,
    /// Section 290 SGB V: weights modulo 10.
    DeKvnr,
    /// Kassenärztliche Bundesvereinigung: weights modulo 10.
    DeLanr,
    /// A region and no check digit.
    DeBsnr,
    /// 3GPP TS 23.003: Luhn.
    Imei,
    /// ITU-T E.118: Luhn from 89.
    Iccid,
    /// ITU-T E.212: country code.
    Imsi,
    /// 49 CFR 565.15: weights modulo 11.
    Vin,
    /// IEEE 802: six bytes, not all alike.
    Mac,
    /// A day of the calendar, the year with four digits.
    Date,
    /// A day of the calendar, however the year is written.
    BirthDate,
    /// A day of the calendar, the month in words.
    WrittenDate,
    /// Latitude and longitude.
    GpsPair,
    /// One of the two.
    GpsDegrees,
    /// RFC 3986: scheme and host.
    Url,
    /// RFC 3986, 3.2.1: user and password.
    UrlCredentials,
    /// The same, of a database.
    DatabaseUrl,
    /// RFC 7617: base64 of user and password.
    BasicAuth,
    /// A value that is called a password.
    Password,
    /// A value that is called a secret.
    Secret,
    /// A value that is called a session.
    SessionCookie,
    /// Prefix, alphabet and length of the service; CRC-32 where it has one.
    ServiceKey,
    /// Entropy alone: context names the service.
    NamedKey,
    /// Discord: the first part decodes to a number.
    DiscordToken,
    /// A private key without armor, 64 characters or more.
    BareKey,
    /// age: bech32.
    AgeKey,
    // Check digits alone, for a policy's own numbers.
    /// ISO/IEC 7812-1 annex B.
    Luhn,
    /// J. Verhoeff, 1969.
    Verhoeff,
    /// ISO/IEC 7064, MOD 11,10.
    Mod1110,
    /// ISO/IEC 7064, MOD 97-10.
    Mod9710,
}
