//! Makes multiparts: heads with names and file names, and bodies of all types.

use crate::body::{form, json, records};
use crate::entropy::Entropy;
use crate::words;
use std::fmt::Write as _;

/// Some parts, and perhaps text around them.
pub(crate) fn generate(entropy: &mut Entropy<'_>, boundary: &str, depth: usize) -> String {
    let mut out = String::new();
    if entropy.once_in(6) {
        out.push_str(&words::text(entropy, 3));
        out.push_str("\r\n");
    }
    for _ in 0..entropy.below(4) {
        let _ = write!(out, "--{boundary}{}\r\n", entropy.pick(&["", "", "", " ", "\t "]));
        part(entropy, depth, &mut out);
    }
    let _ = write!(out, "--{boundary}--");
    if entropy.once_in(4) {
        out.push_str("\r\n");
        out.push_str(&words::text(entropy, 3));
    }
    out
}

fn part(entropy: &mut Entropy<'_>, depth: usize, out: &mut String) {
    let name = plain(&words::key(entropy));
    match entropy.below(6) {
        0 => {}
        1 => {
            let file = plain(&words::text(entropy, 3));
            let _ = write!(
                out,
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n"
            );
        }
        2 => {
            let mut file = String::new();
            words::text(entropy, 2).bytes().for_each(|byte| {
                let _ = write!(file, "%{byte:02X}");
            });
            let _ = write!(
                out,
                "content-disposition: form-data; name=\"{name}\"; filename*=UTF-8''{file}\r\n"
            );
        }
        3 => {
            let line = plain(&words::text(entropy, 3));
            let _ = write!(
                out,
                "content-disposition: form-data;\r\n name=\"{name}\"\r\nx-note: {line}\r\n"
            );
        }
        _ => {
            let _ = write!(out, "content-disposition: form-data; name=\"{name}\"\r\n");
        }
    }
    let (media, body) = match entropy.below(9) {
        0 => ("application/json", json(entropy)),
        1 => ("", json(entropy)),
        2 => ("text/csv", records(entropy, [",", ";", "|"])),
        3 => ("application/x-www-form-urlencoded", form(entropy)),
        4 => ("image/gif", format!("GIF89a{}", words::text(entropy, 3))),
        5 if depth > 1 => ("multipart/mixed; boundary=y8", generate(entropy, "y8", depth - 1)),
        6 => ("text/plain", words::text(entropy, 8)),
        _ => ("", words::text(entropy, 8)),
    };
    if !media.is_empty() {
        let _ = write!(out, "content-type: {media}\r\n");
    }
    let _ = write!(out, "\r\n{body}\r\n");
}

/// Text that stands in quotes and in one line.
fn plain(text: &str) -> String {
    text.replace(['\n', '\r', '"', '\\', '\0'], "_")
}
