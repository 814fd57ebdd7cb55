//! Warns of member lines that some ends fit both of: which zone those are in is a matter of the
//! order of lines alone. Of lines that cover each other `dead` tells, or nobody must.

use super::dead::{holds, takes_all};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::{MemberForm, PolicyForm};
use cofferdam_engine::model::{AddressBlock, Member};

/// Lines are compared each with each, which of more of them takes long.
const MEMBERS_COMPARED_MAX: usize = 2000;
/// Pairs of places in two globs that are looked at in all.
const STEPS_MAX: usize = 4_000_000;

/// Looks at a policy that compiles.
pub(crate) fn check(policy: &PolicyForm, diagnostics: &mut Diagnostics) {
    let mut steps = STEPS_MAX;
    for (n, form) in policy.members.iter().take(MEMBERS_COMPARED_MAX).enumerate() {
        let beside = |earlier: &&MemberForm| {
            earlier.zone.value != form.zone.value
                && !takes_all(&earlier.member, &form.member)
                && !takes_all(&form.member, &earlier.member)
        };
        let mut earlier = policy.members[..n].iter().filter(beside);
        let found = earlier
            .find_map(|earlier| Some((earlier, both(&earlier.member, &form.member, &mut steps)?)));
        let Some((earlier, both)) = found else { continue };
        let message = format!(
            "ends that fit this line and an earlier one are in `{}`, not in `{}`",
            earlier.zone.value, form.zone.value
        );
        diagnostics.push(
            Diagnostic::new(Code::Overlap, form.span, message)
                .related(earlier.span, "the first line that fits wins")
                .help(format!("{both} fits both: narrow one, or say it in a line before them")),
        );
    }
}

/// Whether both ask for one thing: of lines about different things nobody knows whether some end
/// fits both.
fn asks_alike(a: &Member, b: &Member) -> bool {
    (a.spiffe.is_some() && b.spiffe.is_some())
        || (a.cluster.is_some() && b.cluster.is_some())
        || (a.route.is_some() && b.route.is_some())
        || (a.virtual_host.is_some() && b.virtual_host.is_some())
        || (a.listener_port.is_some() && b.listener_port.is_some())
        || (a.source.is_some() && b.source.is_some())
        || (a.node_id.is_some() && b.node_id.is_some())
        || (a.node_cluster.is_some() && b.node_cluster.is_some())
}

/// What fits both lines, as a line would say it. None where nothing does.
fn both(a: &Member, b: &Member, steps: &mut usize) -> Option<String> {
    if !asks_alike(a, b) {
        return None;
    }
    let mut said = Vec::new();
    let globs = [
        ("spiffe", &a.spiffe, &b.spiffe),
        ("cluster", &a.cluster, &b.cluster),
        ("route", &a.route, &b.route),
        ("virtual_host", &a.virtual_host, &b.virtual_host),
        ("host", &a.host, &b.host),
        ("node_id", &a.node_id, &b.node_id),
        ("node_cluster", &a.node_cluster, &b.node_cluster),
    ];
    for (key, a, b) in globs {
        let separator = (key == "spiffe").then_some(b'/');
        match (a, b) {
            (Some(a), Some(b)) => said.push(format!("{key}: {}", meet(a, b, separator, steps)?)),
            (Some(one), None) | (None, Some(one)) => said.push(format!("{key}: {one}")),
            (None, None) => {}
        }
    }
    match (a.listener_port, b.listener_port) {
        (Some(a), Some(b)) if a != b => return None,
        (Some(port), _) | (None, Some(port)) => said.push(format!("listener_port: {port}")),
        (None, None) => {}
    }
    match (a.source, b.source) {
        (Some(a), Some(b)) if holds(a, b) => said.push(block(b)),
        (Some(a), Some(b)) if holds(b, a) => said.push(block(a)),
        (Some(_), Some(_)) => return None,
        (Some(one), None) | (None, Some(one)) => said.push(block(one)),
        (None, None) => {}
    }
    Some(format!("`{}`", said.join(", ")))
}

fn block(block: AddressBlock) -> String {
    let address = std::net::Ipv6Addr::from(block.address);
    match address.to_ipv4_mapped() {
        Some(address) if block.bits >= 96 => format!("source: {address}/{}", block.bits - 96),
        Some(_) | None => format!("source: {address}/{}", block.bits),
    }
}

/// A part of a glob: a byte, or a run of bytes, which may stop at the separator.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Byte(u8),
    Within,
    Across,
}

fn parts(glob: &str, separator: Option<u8>) -> Vec<Part> {
    let mut list = Vec::new();
    let mut bytes = glob.bytes().peekable();
    while let Some(byte) = bytes.next() {
        list.push(match byte {
            b'*' if bytes.next_if_eq(&b'*').is_some() || separator.is_none() => Part::Across,
            b'*' => Part::Within,
            byte => Part::Byte(byte),
        });
    }
    list
}

/// A glob of which all that fits it fits both, the first that is come to. None where no text does.
fn meet(a: &str, b: &str, separator: Option<u8>, steps: &mut usize) -> Option<String> {
    let (a, b) = (parts(a, separator), parts(b, separator));
    let width = b.len() + 1;
    let mut came: Vec<Option<(usize, &'static str, u8)>> = vec![None; (a.len() + 1) * width];
    let mut open = vec![0];
    let run = |part: Option<&Part>| matches!(part, Some(Part::Within | Part::Across));
    while let Some(at) = open.pop() {
        *steps = steps.checked_sub(1)?;
        let (i, j) = (at / width, at % width);
        let (x, y) = (a.get(i), b.get(j));
        if (x, y) == (None, None) {
            return Some(written(&came, at));
        }
        let taken = |run: Option<&Part>, byte: u8| match run {
            Some(Part::Across) => true,
            Some(Part::Within) => Some(byte) != separator,
            Some(Part::Byte(other)) => *other == byte,
            None => false,
        };
        // What says most comes last, and is looked at first.
        let mut next = Vec::new();
        match (x, y) {
            _ if run(x) && run(y) => {
                let across = separator.is_some() && x == y && x == Some(&Part::Across);
                let said = if across { "**" } else { "*" };
                next.extend([(at + width, said, 0), (at + 1, said, 0)]);
            }
            (Some(Part::Byte(byte)), Some(Part::Byte(_))) if taken(y, *byte) => {
                next.push((at + width + 1, "b", *byte));
            }
            (byte, _) if run(y) => {
                next.push((at + 1, "", 0));
                if let Some(Part::Byte(byte)) = byte
                    && taken(y, *byte)
                {
                    next.push((at + width, "b", *byte));
                }
            }
            (_, byte) if run(x) => {
                next.push((at + width, "", 0));
                if let Some(Part::Byte(byte)) = byte
                    && taken(x, *byte)
                {
                    next.push((at + 1, "b", *byte));
                }
            }
            _ => {}
        }
        for (to, said, byte) in next {
            if to != 0 && came[to].is_none() {
                came[to] = Some((at, said, byte));
                open.push(to);
            }
        }
    }
    None
}

/// What was said on the way to a place, from the beginning.
fn written(came: &[Option<(usize, &'static str, u8)>], end: usize) -> String {
    let mut pieces = Vec::new();
    let mut at = end;
    while let Some((before, said, byte)) = came[at] {
        pieces.push(if said == "b" { char::from(byte).to_string() } else { said.to_owned() });
        at = before;
    }
    pieces.reverse();
    // Two runs beside each other are no other than one.
    pieces.dedup_by(|next, before| next.starts_with('*') && before.starts_with('*'));
    pieces.concat()
}

#[cfg(test)]
mod tests {
    use super::{STEPS_MAX, meet};
    use cofferdam_engine::glob;

    #[test]
    fn globs_meet_where_some_text_fits_both() {
        for (a, b, separator, wanted) in [
            ("pay-*", "*-db", None, true),
            ("*pay*", "*-db*", None, true),
            ("pay-*", "pay-db", None, true),
            ("a*b*c", "*b*", None, true),
            ("a*", "b*", None, false),
            ("*a", "*b", None, false),
            ("a", "ab", None, false),
            ("*", "**", None, true),
            ("s://a/ns/*/sa/x", "s://a/ns/y/sa/*", Some(b'/'), true),
            ("s://a/*/x", "s://a/b/c/x", Some(b'/'), false),
            ("s://a/**/x", "s://a/b/c/*", Some(b'/'), true),
            ("s://a/**", "s://b/**", Some(b'/'), false),
        ] {
            let found = meet(a, b, separator, &mut { STEPS_MAX });
            assert_eq!(found.is_some(), wanted, "{a} {b} {found:?}");
            let other = meet(b, a, separator, &mut { STEPS_MAX });
            assert_eq!(other.is_some(), wanted, "{b} {a}");
            // What is shown is true, with something short in place of each run.
            for text in found.iter().chain(&other) {
                let text = text.replace('*', "q");
                for glob in [a, b] {
                    assert!(glob::fits(glob, text.as_bytes(), separator), "{glob} {text}");
                }
            }
        }
    }
}
