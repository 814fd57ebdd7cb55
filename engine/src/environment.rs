//! The environment that a host grants, as settings.
//! What cannot be read is said and left at its strict default. Never prints a value: it may be a
//! key.

use crate::blob::Digest;
use crate::model::Tables;
use crate::sensitive::Sensitive;
use crate::settings::Settings;
use crate::token::setting_name;
use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const PREFIX: &[u8] = b"COFFERDAM_";
const KEY_PREFIX: &str = "KEY_";
const KEY_BYTES_MIN: usize = 32;

/// Settings, and what is to be said about them.
#[derive(Debug, Default)]
pub struct Read {
    /// The settings.
    pub settings: Settings,
    /// One line each; names of variables only.
    pub warnings: Vec<String>,
}

/// Reads `NAME=value` pairs. What does not begin with `COFFERDAM_` is not ours.
#[must_use]
pub fn read(environment: &[Vec<u8>]) -> Read {
    let mut read = Read::default();
    for variable in environment {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        let Some(at) = rest.iter().position(|byte| *byte == b'=') else { continue };
        let (Some(name), Some(value)) = (rest.get(..at), rest.get(at + 1..)) else { continue };
        match core::str::from_utf8(name) {
            Ok(name) => read.variable(name, value),
            Err(_) => read.warnings.push("a variable has a name that is not text".to_owned()),
        }
    }
    // The host may list variables in any order.
    read.settings.keys.sort_by(|(one, _), (other, _)| one.cmp(other));
    read.warnings.sort();
    read
}

/// What a policy needs of the settings and does not get, one line each.
#[must_use]
pub fn missing(settings: &Settings, tables: &Tables) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(zone) = &settings.own_zone
        && !tables.zones.iter().any(|known| known.name == *zone)
    {
        lines.push("COFFERDAM_SELF names no zone of the policy".to_owned());
    }
    for key in &tables.keys {
        let name = setting_name(key);
        if !settings.keys.iter().any(|(known, _)| *known == name) {
            lines.push(format!("COFFERDAM_KEY_{name} is missing: tokenize acts as redact"));
        }
    }
    lines
}

impl Read {
    fn variable(&mut self, name: &str, value: &[u8]) {
        match name {
            "SELF" => match core::str::from_utf8(value) {
                Ok("") | Err(_) => self.warn(name, "names no zone"),
                Ok(zone) => self.settings.own_zone = Some(zone.to_owned()),
            },
            "HOLD_HEADERS" => self.settings.hold_headers = self.flag(name, value),
            "DIRECT_ADDRESS" => self.settings.direct_address = self.flag(name, value),
            "NO_TIMERS" => self.settings.no_timers = self.flag(name, value),
            "NO_SHARED_DATA" => self.settings.no_shared_data = self.flag(name, value),
            "MEMORY_MIB" => self.settings.memory_mib = self.number(name, value),
            "ROOT" => self.settings.trust.root = self.digest(name, value),
            "MODULE" => self.settings.trust.module = self.digest(name, value),
            "AUDIENCE" => match core::str::from_utf8(value) {
                Ok("") | Err(_) => self.warn(name, "names no mesh"),
                Ok(mesh) => self.settings.trust.audience = Some(mesh.to_owned()),
            },
            "RELEASE_FLOOR" => self.settings.trust.floor = self.floor(name, value),
            "KEPT_KIB" => self.settings.kept_kib = self.number(name, value),
            _ => match name.strip_prefix(KEY_PREFIX) {
                Some(key) if !key.is_empty() => self.key(name, key, value),
                _ => self.warn(name, "is no setting that is known"),
            },
        }
    }

    fn flag(&mut self, name: &str, value: &[u8]) -> bool {
        match value {
            b"1" => true,
            b"0" | b"" => false,
            _ => {
                self.warn(name, "is neither `0` nor `1`, taken as `0`");
                false
            }
        }
    }

    /// What bounds something and is no number leaves no room at all.
    fn number(&mut self, name: &str, value: &[u8]) -> Option<u32> {
        if value.is_empty() {
            return None;
        }
        let number = core::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.warn(name, "is no number, taken as `0`");
        }
        number.or(Some(0))
    }

    fn digest(&mut self, name: &str, value: &[u8]) -> Option<Digest> {
        let digest = unhex(value).and_then(|bytes| Some(Digest(bytes.try_into().ok()?)));
        if digest.is_none() {
            self.warn(name, "is no digest: 64 hexadecimal digits");
        }
        digest
    }

    /// What is no number is above every version.
    fn floor(&mut self, name: &str, value: &[u8]) -> Option<u64> {
        if value.is_empty() {
            return None;
        }
        let number = core::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        if number.is_none() {
            self.warn(name, "is no number, and no release is above it");
        }
        number.or(Some(u64::MAX))
    }

    fn key(&mut self, name: &str, key: &str, value: &[u8]) {
        match unhex(value) {
            Some(bytes) if bytes.len() >= KEY_BYTES_MIN => {
                self.settings.keys.push((key.to_owned(), Sensitive::new(bytes)));
            }
            Some(_) => self.warn(name, "is shorter than 32 bytes, and is not used"),
            None => self.warn(name, "is not hexadecimal, and is not used"),
        }
    }

    fn warn(&mut self, name: &str, what: &str) {
        self.warnings.push(format!("COFFERDAM_{} {what}", name.escape_default()));
    }
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::blob::Digest;
    use crate::settings::Trust;
    use std::format;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    fn environment(variables: &[&str]) -> Vec<Vec<u8>> {
        variables.iter().map(|variable| variable.as_bytes().to_vec()).collect()
    }

    #[test]
    fn settings_come_from_their_variables() {
        let hex = "0f".repeat(32);
        let read = read(&environment(&[
            "PATH=/bin",
            "COFFERDAM_SELF=shop",
            "COFFERDAM_HOLD_HEADERS=1",
            "COFFERDAM_DIRECT_ADDRESS=0",
            "COFFERDAM_NO_TIMERS=1",
            "COFFERDAM_NO_SHARED_DATA=1",
            "COFFERDAM_MEMORY_MIB=16",
            "COFFERDAM_KEPT_KIB=",
            &format!("COFFERDAM_KEY_ORDERS_2={hex}"),
            &format!("COFFERDAM_ROOT={hex}"),
            &format!("COFFERDAM_MODULE={hex}"),
            "COFFERDAM_AUDIENCE=eu",
            "COFFERDAM_RELEASE_FLOOR=7",
        ]));
        assert_eq!(read.settings.own_zone.as_deref(), Some("shop"));
        assert!(read.settings.hold_headers);
        assert!(!read.settings.direct_address);
        assert!(read.settings.no_timers && read.settings.no_shared_data);
        assert_eq!((read.settings.memory_mib, read.settings.kept_kib), (Some(16), None));
        let digest = Some(Digest([15; 32]));
        let (audience, floor) = (Some("eu".into()), Some(7));
        let trust = Trust { root: digest, audience, floor, module: digest };
        assert_eq!(read.settings.trust, trust);
        let (name, key) = &read.settings.keys[0];
        assert_eq!((name.as_str(), key.expose()), ("ORDERS_2", &vec![15; 32]));
        assert_eq!(read.warnings, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_read_is_said_without_its_value() {
        let secret = "deadbeef";
        let read = read(&environment(&[
            "COFFERDAM_HOLD_HEADERS=yes",
            &format!("COFFERDAM_KEY_SHORT={secret}"),
            &format!("COFFERDAM_KEY_ODD={secret}z"),
            "COFFERDAM_SELF=",
            "COFFERDAM_KEY_=00",
            "COFFERDAM_TYPO=1",
            "COFFERDAM_MEMORY_MIB=16M",
            "COFFERDAM_RELEASE_FLOOR=7th",
            "COFFERDAM_AUDIENCE=",
            "COFFERDAM_ROOT=deadbeef",
        ]));
        assert!(!read.settings.hold_headers);
        assert!(read.settings.own_zone.is_none());
        assert!(read.settings.keys.is_empty());
        assert_eq!(read.settings.memory_mib, Some(0));
        let trust = Trust { floor: Some(u64::MAX), ..Trust::default() };
        assert_eq!(read.settings.trust, trust);
        assert_eq!(read.warnings.len(), 10);
        assert!(!read.warnings.concat().contains(secret));
    }
}
