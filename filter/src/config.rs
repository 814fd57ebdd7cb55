//! The configuration's bytes: a blob as it is, or JSON `{"blob": "<base64>"}` for hosts that pass
//! JSON only. A pure function of the bytes, so that every VM comes to the same answer.
//! Never reads what is in the blob.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cofferdam_engine::limits::BLOB_BYTES_MAX;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

/// Longest configuration: a blob in base64, and what JSON and line ends put around it.
pub const CONFIG_BYTES_MAX: usize = BLOB_BYTES_MAX / 3 * 4 + 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'c> {
    #[serde(borrow)]
    blob: Cow<'c, str>,
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
    Base64,
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
                "the configuration is not `{{\"blob\": \"<base64>\"}}`: line {line} column {column}"
            ),
            ConfigErrorKind::Base64 => f.write_str("the configuration's `blob` is not base64"),
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

/// The bytes of the blob in a configuration. Whether they are one is for the engine to say.
///
/// # Errors
/// When the bytes begin like JSON and are not what is expected there.
pub fn blob(config: Vec<u8>) -> Result<Vec<u8>, ConfigError> {
    check_length(config.len())?;
    if config.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Ok(config);
    }
    let wrapped: Wrapped<'_> = serde_json::from_slice(&config)
        .map_err(|error| ConfigErrorKind::Json(error.line(), error.column()))?;
    STANDARD.decode(wrapped.blob.as_bytes()).map_err(|_| ConfigErrorKind::Base64.into())
}

#[cfg(test)]
mod tests {
    use super::{CONFIG_BYTES_MAX, blob, check_length};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

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
