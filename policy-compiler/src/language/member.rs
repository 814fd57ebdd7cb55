//! Reads one line of `members`: a zone, and what the host must prove.
//! Refuses lines that prove nothing, or that nothing could fit.

use super::read::{Fields, Name, Reader, Vocabulary};
use super::yaml::{Node, escape};
use crate::diagnostic::{Code, Diagnostic, Span};
use cofferdam_engine::model::{AddressBlock, Member};
use std::net::IpAddr;

pub(crate) const MEMBER: Vocabulary = Vocabulary {
    what: "a member line",
    keys: &[
        "zone",
        "spiffe",
        "cluster",
        "route",
        "virtual_host",
        "host",
        "listener_port",
        "source",
        "node_id",
        "node_cluster",
    ],
    later: &["metadata", "listener_name", "service_account"],
};

/// Conditions that can hold together: they speak of the same end, proven in the same way.
const KINDS: [(&str, &[&str]); 4] = [
    ("the certificate", &["spiffe"]),
    ("the callee", &["cluster", "route", "virtual_host", "host"]),
    ("the caller", &["listener_port", "source"]),
    ("the proxy's own end", &["node_id", "node_cluster"]),
];

/// One line of `members`. The zone's index is not known yet.
#[derive(Debug)]
pub(crate) struct MemberForm {
    pub(crate) zone: Name,
    pub(crate) member: Member,
    pub(crate) span: Span,
}

/// Reads a member line.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<MemberForm> {
    let fields = reader.fields(node, MEMBER)?;
    let zone = reader.need(fields, "zone").and_then(|node| reader.name(node, "a zone"));
    check_conditions(reader, fields);
    let mut text = |key| fields.get(key).and_then(|node| read_glob(reader, node, key));
    let mut member = Member {
        cluster: text("cluster"),
        route: text("route"),
        virtual_host: text("virtual_host"),
        host: text("host").map(|host| host.to_ascii_lowercase()),
        node_id: text("node_id"),
        node_cluster: text("node_cluster"),
        ..Member::default()
    };
    member.spiffe = fields.get("spiffe").and_then(|node| read_spiffe(reader, node));
    if let Some(node) = fields.get("listener_port") {
        let port = reader.number(node, u64::from(u16::MAX));
        member.listener_port = port.and_then(|port| u16::try_from(port).ok());
    }
    member.source = fields.get("source").and_then(|node| read_source(reader, node));
    // A condition that cannot be read must not become one that is not there.
    let read = [
        member.cluster.is_some(),
        member.route.is_some(),
        member.virtual_host.is_some(),
        member.host.is_some(),
        member.node_id.is_some(),
        member.node_cluster.is_some(),
        member.spiffe.is_some(),
        member.listener_port.is_some(),
        member.source.is_some(),
    ];
    let read = read.into_iter().filter(|there| *there).count();
    let given = KINDS.iter().flat_map(|(_, keys)| keys.iter());
    let given = given.filter(|key| fields.get(key).is_some()).count();
    let form = MemberForm { zone: zone?, member, span: node.span };
    (read == given).then_some(form)
}

fn check_conditions(reader: &mut Reader<'_>, fields: Fields<'_>) {
    let kinds: Vec<_> = KINDS
        .iter()
        .filter(|(_, keys)| keys.iter().any(|key| fields.get(key).is_some()))
        .map(|(kind, _)| *kind)
        .collect();
    if let [first, second, ..] = *kinds {
        let message = format!("a line about {first} says nothing about {second}");
        reader.diagnostics.push(
            Diagnostic::new(Code::Member, fields.span, message)
                .help("no end fits both: write two lines"),
        );
    }
    if kinds.is_empty() {
        let message = "this line fits everything: it has no condition";
        let help = "what fits no line is in zone `unplaced`, which a boundary may name";
        reader.diagnostics.push(Diagnostic::new(Code::Member, fields.span, message).help(help));
    }
    if let Some(span) = fields.key_span("host")
        && fields.get("cluster").is_none()
    {
        let message = "`host` counts only together with `cluster`";
        let help = "the authority is what the peer writes: add the cluster that it is routed to";
        reader.diagnostics.push(Diagnostic::new(Code::Member, span, message).help(help));
    }
}

/// `*` stands for any run of characters.
fn read_glob(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<String> {
    let text = reader.text(node, what)?;
    let printable = text.value.bytes().all(|b| b.is_ascii_graphic());
    if text.value.is_empty() || !printable {
        let message = format!("`{}` cannot be a {what}", escape(&text.value));
        let help = "write the name that the proxy has for it: ASCII, without spaces";
        reader.refuse(Code::Value, text.span, message, help);
        return None;
    }
    if text.value.bytes().all(|b| b == b'*') {
        let message = format!("`{}` fits every {what}", text.value);
        reader.diagnostics.push(
            Diagnostic::new(Code::Member, text.span, message)
                .help("name what belongs to the zone; the rest is `unplaced`"),
        );
        return None;
    }
    Some(text.value)
}

fn read_spiffe(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node, "a SPIFFE id")?;
    let rest = text.value.strip_prefix("spiffe://");
    let (domain, path) = rest.map_or(("", ""), |rest| rest.split_once('/').unwrap_or((rest, "")));
    let domain_fits = !domain.is_empty()
        && domain.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_')
        });
    let segment = |part: &str| {
        part == "*"
            || part == "**"
            || (!part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)))
    };
    if domain_fits && !path.is_empty() && path.split('/').all(segment) {
        return Some(text.value);
    }
    let message = format!("`{}` is no SPIFFE id", escape(&text.value));
    let help = "write `spiffe://trust.domain/path`; `*` is one whole segment of the path, `**` \
                several; the trust domain is written out";
    reader.diagnostics.push(Diagnostic::new(Code::Member, text.span, message).help(help));
    None
}

fn read_source(reader: &mut Reader<'_>, node: &Node) -> Option<AddressBlock> {
    let text = reader.text(node, "an address block")?;
    let block = parse_block(&text.value);
    if block.is_none() {
        let message = format!("`{}` is no address block", escape(&text.value));
        reader.diagnostics.push(
            Diagnostic::new(Code::Member, text.span, message)
                .help("write network and length, `10.0.0.0/8`, with no bit set behind the length"),
        );
    }
    block
}

/// A network and its length, or a single address.
pub(crate) fn parse_block(text: &str) -> Option<AddressBlock> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) if bits.bytes().all(|b| b.is_ascii_digit()) => {
            (address, Some(bits.parse::<u8>().ok()?))
        }
        Some(_) => return None,
        None => (text, None),
    };
    let (address, bits) = match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(v4) => {
            let bits = Some(bits.unwrap_or(32)).filter(|&bits| bits <= 32)?;
            (v4.to_ipv6_mapped(), bits + 96)
        }
        IpAddr::V6(v6) => (v6, Some(bits.unwrap_or(128)).filter(|&bits| bits <= 128)?),
    };
    let behind = u128::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
    let clean = u128::from_be_bytes(address.octets()) & behind == 0;
    clean.then_some(AddressBlock { address: address.octets(), bits })
}

#[cfg(test)]
mod tests {
    use super::parse_block;

    #[test]
    fn address_blocks_are_whole() {
        let bits = |text| parse_block(text).map(|block| block.bits);
        assert_eq!(bits("10.0.0.0/8"), Some(104));
        assert_eq!(bits("192.0.2.7"), Some(128));
        assert_eq!(bits("0.0.0.0/0"), Some(96));
        assert_eq!(bits("2001:db8::/32"), Some(32));
        assert_eq!(bits("2001:db8::1"), Some(128));
        assert_eq!(bits("::/0"), Some(0));
        for text in ["10.0.0.1/8", "10.0.0.0/33", "2001:db8::/129", "10.0.0.0/", "x", "10.0.0.0/+8"]
        {
            assert_eq!(bits(text), None, "{text}");
        }
    }
}
