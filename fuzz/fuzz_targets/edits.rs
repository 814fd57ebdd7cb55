//! Edits of something good: what the fuzzer writes is where and how, so that what comes out is good
//! but for a few places.

/// Words that documents are made of, and some that they must not be.
const WORDS: &[&str] = &[
    r#"" { } [ ] , : null true 0 1 -1 1e9 \u0000 \u0041 18446744073709551615 18446744073709551616"#,
    r#""ann" "pat" "online" "root" "privacy" "keyid" "sig" "payload" "previous":null "tightens""#,
    "9999-12-31T23:59:59Z 1970-01-01T00:00:00Z spiffe:// /** @contact \u{202e} = == \n",
    "ssh-ed25519 SSHSIG cofferdam sha256 \0\0\0\x0b CFBN",
];

/// Bytes of an edit: two say where, one how, two more with what.
const EDIT: usize = 5;

/// The good bytes with edits.
pub(crate) fn edited(good: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits.as_chunks::<EDIT>().0 {
        let [low, high, how, with, other] = *edit;
        let at = usize::from(u16::from_le_bytes([low, high])) % (bytes.len() + 1);
        let run = (at + usize::from(with)).min(bytes.len());
        match how % 8 {
            0 if at < bytes.len() => bytes[at] = with,
            1 if at < bytes.len() => bytes[at] ^= 1 << (with % 8),
            2 => bytes.insert(at, with),
            3 => drop(bytes.drain(at..run)),
            4 => {
                let to = bytes.len() * usize::from(other) / 256;
                let copied = bytes[at..run].to_vec();
                drop(bytes.splice(to..to, copied));
            }
            5 | 6 => {
                let words = || WORDS.iter().flat_map(|line| line.split(' '));
                let word = words().nth(usize::from(with) % words().count()).expect("a word");
                let end = (at + usize::from(other % 32)).min(bytes.len());
                let end = if how % 8 == 5 { at } else { end };
                drop(bytes.splice(at..end, word.bytes()));
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}
