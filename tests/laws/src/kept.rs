//! Tells from a body as it was sent what is left of it where only some fields cross: read into
//! trees here, which the engine never does, and compared as trees. Knows JSON, forms, and records
//! without quotes.

use cofferdam_engine::limits::KEY_BYTES_MAX;

use Step::{Any, Every, Key, Nth, Under};

/// One step of a path.
#[derive(Clone, Copy)]
enum Step {
    Key(&'static str),
    /// At any depth below.
    Under(&'static str),
    /// Any key.
    Every,
    /// Any index.
    Any,
    Nth(usize),
}

/// The fields that cross, as a policy writes them.
pub(crate) const FIELDS: &str = "[\"$..note\", \"$.customer\", \"$.name\", \"$.lines[*].sku\", \
                                 \"$[*].mail\", \"$.a[1]\", \"$.*.phone\", \"$[*][*].id\"]";

/// The same as steps.
const PATHS: &[&[Step]] = &[
    &[Under("note")],
    &[Key("customer")],
    &[Key("name")],
    &[Key("lines"), Any, Key("sku")],
    &[Any, Key("mail")],
    &[Key("a"), Nth(1)],
    &[Every, Key("phone")],
    &[Any, Any, Key("id")],
];

/// Whether `left` is what may cross of `sent`; also where that is not known here.
pub(crate) fn is_kept(media: &str, sent: &[u8], left: &[u8]) -> bool {
    if media.contains("form") {
        return left == form(sent);
    }
    if media.contains("csv") || media.contains("tab") {
        let plain = !sent.contains(&b'"') && std::str::from_utf8(sent).is_ok_and(|s| s.is_ascii());
        return !plain || cells(left) == records(sent, media.contains("tab"));
    }
    let (before, after) = (Tree::all(sent), Tree::all(left));
    let Some(before) = before else { return true };
    let root: Vec<&[Step]> = PATHS.to_vec();
    let kept: Option<Vec<Tree<'_>>> = before.iter().map(|tree| tree.kept(&root)).collect();
    kept.is_some() && kept == after
}

/// A JSON value: what stands for itself is compared byte for byte.
#[derive(Clone, Debug, PartialEq)]
enum Tree<'t> {
    Leaf(&'t [u8]),
    Object(Vec<(&'t [u8], Self)>),
    Array(Vec<Self>),
}

impl<'t> Tree<'t> {
    /// The values of a text, if it is JSON.
    fn all(mut text: &'t [u8]) -> Option<Vec<Self>> {
        let mut all = Vec::new();
        while !text.trim_ascii_start().is_empty() {
            all.push(Self::one(&mut text)?);
        }
        Some(all)
    }

    fn one(text: &mut &'t [u8]) -> Option<Self> {
        match peek(text)? {
            b'{' => {
                let mut members = Vec::new();
                while take(text, if members.is_empty() { b'{' } else { b',' })?
                    && peek(text)? != b'}'
                {
                    let Self::Leaf(name) = Self::one(text)? else { return None };
                    take(text, b':')?.then_some(())?;
                    members.push((name, Self::one(text)?));
                }
                take(text, b'}')?.then_some(Self::Object(members))
            }
            b'[' => {
                let mut elements = Vec::new();
                while take(text, if elements.is_empty() { b'[' } else { b',' })?
                    && peek(text)? != b']'
                {
                    elements.push(Self::one(text)?);
                }
                take(text, b']')?.then_some(Self::Array(elements))
            }
            first => {
                let (mut at, mut escaped) = (1, false);
                while let Some(byte) = text.get(at) {
                    let ends = match first {
                        b'"' => !escaped && *byte == b'"',
                        _ => b" \t\r\n,:]}".contains(byte),
                    };
                    escaped = first == b'"' && *byte == b'\\' && !escaped;
                    if ends {
                        break;
                    }
                    at += 1;
                }
                let (leaf, rest) = text.split_at_checked(at + usize::from(first == b'"'))?;
                *text = rest;
                Some(Self::Leaf(leaf))
            }
        }
    }

    /// What may cross of a value to which the rest of these paths leads; none if nothing may.
    fn kept(&self, paths: &[&'static [Step]]) -> Option<Self> {
        if paths.iter().any(|path| path.is_empty()) {
            return Some(self.clone());
        }
        match self {
            Self::Leaf(_) => None,
            Self::Object(members) => {
                let leads = |step: &Step| matches!(step, Key(_) | Under(_) | Every);
                paths.iter().any(|path| leads(&path[0])).then_some(())?;
                let kept = members.iter().filter_map(|(name, value)| {
                    let text: Option<String> = serde_json::from_slice(name).ok();
                    // A name that is too long is no field's, whatever a path says.
                    let long = |text: &String| text.len() > KEY_BYTES_MAX;
                    text.as_ref().is_none_or(|text| !long(text)).then_some(())?;
                    let named = |other: &str| text.as_deref() == Some(other);
                    Some((
                        *name,
                        value.kept(&below(paths, |step| match step {
                            Key(other) | Under(other) => named(other),
                            Every => true,
                            Any | Nth(_) => false,
                        }))?,
                    ))
                });
                Some(Self::Object(kept.collect()))
            }
            Self::Array(elements) => {
                let leads = |step: &Step| matches!(step, Any | Nth(_) | Under(_));
                paths.iter().any(|path| leads(&path[0])).then_some(())?;
                let kept = elements.iter().enumerate().map(|(n, element)| {
                    let paths = below(paths, |step| match step {
                        Nth(wanted) => *wanted == n,
                        Any => true,
                        Key(_) | Under(_) | Every => false,
                    });
                    element.kept(&paths).unwrap_or(Self::Leaf(b"null"))
                });
                Some(Self::Array(kept.collect()))
            }
        }
    }
}

fn below(paths: &[&'static [Step]], fits: impl Fn(&Step) -> bool) -> Vec<&'static [Step]> {
    let mut below = Vec::new();
    for path in paths {
        if matches!(path[0], Under(_)) {
            below.push(*path);
        }
        if fits(&path[0]) {
            below.push(&path[1..]);
        }
    }
    below
}

fn peek(text: &mut &[u8]) -> Option<u8> {
    *text = text.trim_ascii_start();
    text.first().copied()
}

/// Takes what comes if it is this.
fn take(text: &mut &[u8], byte: u8) -> Option<bool> {
    let there = peek(text)? == byte;
    *text = &text[usize::from(there)..];
    Some(there)
}

/// Whether a name without anything below it is a field.
fn is_field(name: &str) -> bool {
    PATHS.iter().any(|path| matches!(path, [Key(other) | Under(other)] if *other == name))
}

fn form(sent: &[u8]) -> Vec<u8> {
    let kept = sent.split(|byte| *byte == b'&').filter(|pair| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        is_field(&decoded(name))
    });
    kept.collect::<Vec<_>>().join(&b'&')
}

fn decoded(name: &[u8]) -> String {
    let (mut bytes, mut at) = (Vec::new(), 0);
    while at < name.len() {
        let hex = name.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let digits = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match (name[at], digits.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                at += 3;
            }
            (byte, _) => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The cells of each record that has some.
fn cells(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|line| !line.is_empty());
    lines.map(<[u8]>::to_vec).collect()
}

/// The records that may cross of some.
fn records(sent: &[u8], tabs: bool) -> Vec<Vec<u8>> {
    let lines = cells(sent);
    let Some(heading) = lines.first() else { return Vec::new() };
    let parts = |byte: &&u8| b",;\t|".contains(byte);
    let delimiter = if tabs { b'\t' } else { heading.iter().find(parts).copied().unwrap_or(b',') };
    let split = |line: &'_ Vec<u8>| -> Vec<Vec<u8>> {
        line.split(|byte| *byte == delimiter).map(<[u8]>::to_vec).collect()
    };
    let kept: Vec<bool> =
        split(heading).iter().map(|name| is_field(&String::from_utf8_lossy(name))).collect();
    let records = lines.iter().map(|line| {
        let cells = split(line).into_iter().zip(&kept).filter(|(_, kept)| **kept);
        cells.map(|(cell, _)| cell).collect::<Vec<_>>().join(&delimiter)
    });
    records.filter(|record| !record.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_kept;
    use crate::body::Body;
    use crate::plan::Plan;
    use crate::policies::Policies;
    use crate::run::{Message, Way, run};
    use cofferdam_engine::limits::CARRY_BYTES_MAX;
    use cofferdam_engine::verdict::Reason;

    const SAMPLES: &[(&str, &str)] = &[
        (
            "application/json",
            r#"{"customer":{"a":[1,{"b":null}]},"x":[{"note":"n\u00e9"},true],"lines":[{"sku":"k","y":-1.5e3},7],"a":[0,"b"]}"#,
        ),
        ("application/x-ndjson", "{\"name\":1,\"x\":2}\n[{\"mail\":3},[{\"id\":4,\"z\":5}]]\n"),
        ("application/x-www-form-urlencoded", "x=1&n%61me=caf%C3%A9+2&customer&y=%zz&name=3"),
        ("text/csv", "x,name,\"customer\"\r\n1,2,\"a\"\"b\"\r\n,\u{e9},\r\n\"4\",5\r\n"),
    ];

    #[test]
    fn what_is_cut_off_flipped_or_nested_has_a_verdict_and_is_bounded() {
        let policies = Policies::new();
        let mut verdicts = 0;
        for (media, sample) in SAMPLES {
            for bytes in spoiled(sample.as_bytes()) {
                let body = Body { media: Some(media), bytes, ..Body::default() };
                let message = Message { way: Way::Request, body, trailers: None };
                for bundle in policies.keeping.iter().flatten() {
                    let go = |plan: &Plan| run(bundle, &policies.settings, &message, plan);
                    let (whole, cut) = (go(&Plan::whole()), go(&Plan::bytewise()));
                    let sent = &message.body.bytes;
                    let shown = String::from_utf8_lossy(sent);
                    assert_eq!(whole.verdict, cut.verdict, "{shown}");
                    assert!(whole.kept_max.max(cut.kept_max) <= CARRY_BYTES_MAX, "{shown}");
                    match whole.verdict {
                        Ok(_) => {
                            assert_eq!(whole.left, cut.left, "{shown}");
                            assert!(is_kept(media, sent, &whole.left), "{shown}");
                        }
                        Err(reason) => {
                            let named = [
                                Reason::Unparsable,
                                Reason::NoFields,
                                Reason::UnknownEncoding,
                                Reason::NumberTooLong,
                            ];
                            assert!(named.contains(&reason), "{reason:?}: {shown}");
                        }
                    }
                    verdicts += 1;
                }
            }
        }
        assert!(verdicts > 4_000, "{verdicts}");
        nests(&policies);
    }

    fn nests(policies: &Policies) {
        let text = ["{\"customer\":", &"[".repeat(200_000)].concat();
        for (text, reason) in
            [(text.clone(), Reason::TooDeep), (text.replace("customer", "x"), Reason::TooDeep)]
        {
            let body = Body {
                media: Some("application/json"),
                bytes: text.into_bytes(),
                ..Body::default()
            };
            let message = Message { way: Way::Request, body, trailers: None };
            for bundle in policies.keeping.iter().flatten() {
                let outcome = run(bundle, &policies.settings, &message, &Plan::pieces(4096));
                assert_eq!(outcome.verdict, Err(reason));
                assert!(outcome.kept_max <= CARRY_BYTES_MAX);
            }
        }
    }

    /// The sample cut off at every byte, and with each bit of every byte flipped.
    fn spoiled(sample: &[u8]) -> Vec<Vec<u8>> {
        let mut spoiled: Vec<_> = (0..=sample.len()).map(|end| sample[..end].to_vec()).collect();
        for at in 0..sample.len() {
            for bit in 0..8 {
                let mut bytes = sample.to_vec();
                bytes[at] ^= 1 << bit;
                spoiled.push(bytes);
            }
        }
        spoiled
    }
}
