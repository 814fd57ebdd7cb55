//! The configuration's bytes: a blob as it is, or JSON `{"blob": "<base64>"}` for hosts that pass
//! JSON only, with a `candidate` where another policy is to decide beside it. A pure function of the bytes, so that every VM comes to the same answer.
//! Never reads what is in the blob.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cofferdam_engine::limits::BLOB_BYTES_MAX;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// Longest configuration: two blobs in base64, and what JSON and line ends put around them.
pub const CONFIG_BYTES_MAX: usize = 2 * (BLOB_BYTES_MAX / 3 * 4) + 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'c> {
    #[serde(borrow)]
    blob: Cow<'c, str>,
    #[serde(borrow, default)]
    candidate: Option<Cow<'c, str>>,
}

/// What a configuration holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The policy that is to be in force.
    pub blob: Vec<u8>,
    /// One that is to decide beside it and alter nothing.
    pub candidate: Option<Vec<u8>>,
}

/// Why a configuration holds no blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    kind: ConfigErrorKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConfigErrorKind {
    Absent,
    Oversize,
    Json(usize, usize),
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
                "the configuration is not `{{\"blob\": \"<base64>\"}}`, with a `candidate` or without: \
                 line {line} column {column}"
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

/// The bytes of the blobs in a configuration. Whether they are any is for the engine to say.
///
/// # Errors
/// When the bytes begin like JSON and are not what is expected there.
pub fn parse(config: Vec<u8>) -> Result<Config, ConfigError> {
    check_length(config.len())?;
    if config.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Ok(Config { blob: config, candidate: None });
    }
    let wrapped: Wrapped<'_> = serde_json::from_slice(&config)
        .map_err(|error| ConfigErrorKind::Json(error.line(), error.column()))?;
    let decoded = |key, text: &str| {
        STANDARD
            .decode(text.as_bytes())
            .map_err(|_| ConfigError::from(ConfigErrorKind::Base64(key)))
    };
    let candidate = wrapped.candidate.map(|text| decoded("candidate", &text)).transpose()?;
    Ok(Config { blob: decoded("blob", &wrapped.blob)?, candidate })
}

#[cfg(test)]
mod tests {
    use super::{CONFIG_BYTES_MAX, Config, ConfigError, check_length, parse};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    fn blob(config: Vec<u8>) -> Result<Vec<u8>, ConfigError> {
        parse(config).map(|config| config.blob)
    }

    #[test]
    fn a_candidate_comes_with_its_blob() {
        let (blob, candidate) = (b"CFDM1".to_vec(), Some(b"CFDM2".to_vec()));
        let [one, other] = [&b"CFDM1"[..], b"CFDM2"].map(|bytes| STANDARD.encode(bytes));
        let json = format!("{{\"blob\":\"{one}\",\"candidate\":\"{other}\"}}");
        assert_eq!(parse(json.into_bytes()), Ok(Config { blob, candidate }));
        let json = format!("{{\"blob\":\"{one}\",\"candidate\":\"-\"}}");
        let error = parse(json.into_bytes()).expect_err("no base64").to_string();
        assert_eq!(error, "the configuration's `candidate` is not base64");
        let json = format!("{{\"candidate\":\"{other}\"}}");
        assert!(parse(json.into_bytes()).is_err(), "nothing would be in force");
    }

    #[test]
    fn both_spellings_give_the_same_blob() {
        let bytes = b"CFDM\x01\x00{\"x\":1}".to_vec();
        let json = format!(" {{\"blob\": \"{}\"}}\n", STANDARD.encode(&bytes));
        assert_eq!(blob(bytes.clone()), Ok(bytes.clone()));
        assert_eq!(blob(json.into_bytes()), Ok(bytes));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let reason = |config: &str| blob(config.into()).expect_err("wrong").to_string();
        assert_eq!(reason(""), "the configuration is empty");
        assert_eq!(reason("{\"blob\": \"%\"}"), "the configuration's `blob` is not base64");
        for json in ["{", "{}", "{\"blob\":1}", "{\"blob\":\"\",\"more\":1}", "{\"blob\":\"\"}x"] {
            assert!(reason(json).contains("is not `{\"blob\""), "{json}");
        }
        assert!(check_length(CONFIG_BYTES_MAX + 1).is_err());
        assert!(check_length(CONFIG_BYTES_MAX).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_survive_either_spelling(bytes in any::<Vec<u8>>()) {
            let json = format!("{{\"blob\":\"{}\"}}", STANDARD.encode(&bytes));
            prop_assert_eq!(blob(json.into_bytes()), Ok(bytes));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in any::<Vec<u8>>()) {
            let _ = blob(bytes);
        }
    }
}
