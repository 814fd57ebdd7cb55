//! The configuration's bytes: a bundle as it is, or JSON `{"bundle": "<base64>"}` for hosts that
//! pass JSON only, with a `candidate` where another policy is to decide beside it. A build for
//! trials (`unsigned`) has a blob where others have a bundle.
//! A pure function of the bytes, so that every VM comes to the same answer. Never reads what is in
//! the bundle.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cofferdam_engine::limits::BLOB_BYTES_MAX;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// What a bundle may have beside its blob.
const SIGNED_BYTES: usize = 4 * 1024 * 1024;
/// Longest configuration: two bundles in base64, and what JSON and line ends put around them.
pub const CONFIG_BYTES_MAX: usize = 2 * ((BLOB_BYTES_MAX + SIGNED_BYTES) / 3 * 4) + 64 * 1024;
/// The key that this build takes, and the one that it does not.
const KEYS: [&str; 2] =
    if cfg!(feature = "unsigned") { ["blob", "bundle"] } else { ["bundle", "blob"] };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'c> {
    #[serde(borrow, default)]
    bundle: Option<Cow<'c, str>>,
    #[serde(borrow, default)]
    blob: Option<Cow<'c, str>>,
    #[serde(borrow, default)]
    candidate: Option<Cow<'c, str>>,
}

/// What a configuration holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The policy that is to be in force: a bundle, or in a build for trials a blob.
    pub policy: Vec<u8>,
    /// One that is to decide beside it and alter nothing.
    pub candidate: Option<Vec<u8>>,
}

/// Why a configuration holds no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    kind: ConfigErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConfigErrorKind {
    Absent,
    Oversize,
    Json(usize, usize),
    /// There is none under the key of this build; whether there is one under the other.
    Missing(bool),
    Base64(&'static str),
}

impl From<ConfigErrorKind> for ConfigError {
    fn from(kind: ConfigErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ConfigErrorKind::Absent => f.write_str("the configuration is empty"),
            ConfigErrorKind::Oversize => {
                write!(f, "the configuration is longer than {CONFIG_BYTES_MAX} bytes")
            }
            ConfigErrorKind::Json(line, column) => write!(
                f,
                "the configuration is not `{{\"{}\": \"<base64>\"}}`, with a `candidate` or without: \
                 line {line} column {column}",
                KEYS[0]
            ),
            ConfigErrorKind::Missing(false) => write!(f, "the configuration has no `{}`", KEYS[0]),
            ConfigErrorKind::Missing(true) => write!(
                f,
                "the configuration has a `{}`, and this build of the filter takes a `{}`",
                KEYS[1], KEYS[0]
            ),
            ConfigErrorKind::Base64(key) => write!(f, "the configuration's `{key}` is not base64"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Whether so many bytes may be read at all.
///
/// # Errors
/// When there are none, or too many.
pub fn check_length(bytes: usize) -> Result<(), ConfigError> {
    match bytes {
        0 => Err(ConfigErrorKind::Absent.into()),
        1..=CONFIG_BYTES_MAX => Ok(()),
        _ => Err(ConfigErrorKind::Oversize.into()),
    }
}

/// The policies in a configuration. Whether they are any is for the engine to say.
///
/// # Errors
/// When the bytes begin like JSON and are not what is expected there.
pub fn parse(config: Vec<u8>) -> Result<Config, ConfigError> {
    check_length(config.len())?;
    if config.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Ok(Config { policy: config, candidate: None });
    }
    let wrapped: Wrapped<'_> = serde_json::from_slice(&config)
        .map_err(|error| ConfigErrorKind::Json(error.line(), error.column()))?;
    let decoded = |key, text: &str| {
        STANDARD
            .decode(text.as_bytes())
            .map_err(|_| ConfigError::from(ConfigErrorKind::Base64(key)))
    };
    let candidate = wrapped.candidate.map(|text| decoded("candidate", &text)).transpose()?;
    let (policy, other) = match cfg!(feature = "unsigned") {
        true => (wrapped.blob, wrapped.bundle),
        false => (wrapped.bundle, wrapped.blob),
    };
    match (policy, other) {
        (Some(policy), None) => Ok(Config { policy: decoded(KEYS[0], &policy)?, candidate }),
        (_, other) => Err(ConfigErrorKind::Missing(other.is_some()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CONFIG_BYTES_MAX, Config, ConfigError, KEYS, check_length, parse};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    fn policy(config: Vec<u8>) -> Result<Vec<u8>, ConfigError> {
        parse(config).map(|config| config.policy)
    }

    #[test]
    fn a_candidate_comes_with_what_it_is_beside() {
        let [key, other_key] = KEYS;
        let (policy, candidate) = (b"CFDM1".to_vec(), Some(b"CFDM2".to_vec()));
        let [one, other] = [&b"CFDM1"[..], b"CFDM2"].map(|bytes| STANDARD.encode(bytes));
        let json = format!("{{\"{key}\":\"{one}\",\"candidate\":\"{other}\"}}");
        assert_eq!(parse(json.into_bytes()), Ok(Config { policy, candidate }));
        let json = format!("{{\"{key}\":\"{one}\",\"candidate\":\"-\"}}");
        let error = parse(json.into_bytes()).expect_err("no base64").to_string();
        assert_eq!(error, "the configuration's `candidate` is not base64");
        let json = format!("{{\"candidate\":\"{other}\"}}");
        assert!(parse(json.into_bytes()).is_err(), "nothing would be in force");
        let json = format!("{{\"{other_key}\":\"{one}\"}}");
        let error = parse(json.into_bytes()).expect_err("another build's").to_string();
        assert!(error.ends_with(&format!("this build of the filter takes a `{key}`")), "{error}");
        let json = format!("{{\"{other_key}\":\"{one}\",\"{key}\":\"{one}\"}}");
        assert!(parse(json.into_bytes()).is_err(), "which of them?");
    }

    #[test]
    fn both_spellings_give_the_same_policy() {
        let bytes = b"CFDM\x01\x00{\"x\":1}".to_vec();
        let json = format!(" {{\"{}\": \"{}\"}}\n", KEYS[0], STANDARD.encode(&bytes));
        assert_eq!(policy(bytes.clone()), Ok(bytes.clone()));
        assert_eq!(policy(json.into_bytes()), Ok(bytes));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let key = KEYS[0];
        let reason = |config: &str| policy(config.into()).expect_err("wrong").to_string();
        assert_eq!(reason(""), "the configuration is empty");
        let broken = format!("{{\"{key}\": \"%\"}}");
        assert_eq!(reason(&broken), format!("the configuration's `{key}` is not base64"));
        assert_eq!(reason("{}"), format!("the configuration has no `{key}`"));
        for json in ["{", "{KEY:1}", "{KEY:\"\",\"more\":1}", "{KEY:\"\"}x"] {
            let json = json.replace("KEY", &format!("\"{key}\""));
            assert!(reason(&json).contains(&format!("is not `{{\"{key}\"")), "{json}");
        }
        assert!(check_length(CONFIG_BYTES_MAX + 1).is_err());
        assert!(check_length(CONFIG_BYTES_MAX).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_survive_either_spelling(bytes in any::<Vec<u8>>()) {
            let json = format!("{{\"{}\":\"{}\"}}", KEYS[0], STANDARD.encode(&bytes));
            prop_assert_eq!(policy(json.into_bytes()), Ok(bytes));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in any::<Vec<u8>>()) {
            let _ = policy(bytes);
        }
    }
}
