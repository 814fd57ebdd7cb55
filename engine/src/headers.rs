//! Headers in order, as the host hands them over: looked up, removed, set.
//! Knows no meaning but that of a content type.

use alloc::string::String;
use alloc::vec::Vec;

/// Headers or trailers in order, pseudo-headers first, names lower case, values as raw bytes.
pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// The value of a header, if it is there once.
pub(crate) fn header<'h>(headers: &'h Headers, name: &[u8]) -> Option<&'h [u8]> {
    headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_slice())
}

/// The media type, lower case, without parameters; and the charset.
pub(crate) fn content_type(headers: &Headers) -> (Option<String>, Option<String>) {
    let Some(value) = header(headers, b"content-type") else { return (None, None) };
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let mut parts = text.split(';');
    let media = parts.next().unwrap_or_default().trim();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (name.trim() == "charset").then(|| String::from(value.trim().trim_matches('"')))
    });
    ((!media.is_empty()).then(|| media.into()), charset)
}

/// Removes headers by name.
pub(crate) fn remove(headers: &mut Headers, names: &[&[u8]]) -> bool {
    let before = headers.len();
    headers.retain(|(name, _)| !names.contains(&name.as_slice()));
    before != headers.len()
}

/// Sets a header, in place of all of its name.
pub(crate) fn set(headers: &mut Headers, name: &[u8], value: &[u8]) {
    let at = headers.iter().position(|(found, _)| found == name);
    remove(headers, &[name]);
    let at = at.unwrap_or(headers.len()).min(headers.len());
    headers.insert(at, (Vec::from(name), Vec::from(value)));
}
