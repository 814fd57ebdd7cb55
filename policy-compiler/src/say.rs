//! How parts of a compiled policy are said in a few words, wherever a person reads them.
//! What comes out may hold hidden characters, where a blob of somebody else has some.

use crate::cells::Strictness;
use cofferdam_engine::model::{
    Action, AddressBlock, CategoryId, Grants, Ignored, Member, PlaceSelector, Require, Tables,
};
use std::net::Ipv6Addr;

/// What a member line asks for: `cluster shop, host api.example.com`.
#[must_use]
pub fn conditions(member: &Member) -> String {
    let source = member.source.map(addresses);
    let port = member.listener_port.map(|port| port.to_string());
    let all = [
        ("spiffe", &member.spiffe),
        ("cluster", &member.cluster),
        ("route", &member.route),
        ("virtual_host", &member.virtual_host),
        ("host", &member.host),
        ("listener_port", &port),
        ("source", &source),
        ("node_id", &member.node_id),
        ("node_cluster", &member.node_cluster),
    ];
    let there = all.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    there.collect::<Vec<_>>().join(", ")
}

/// What connections must prove: `mutual TLS 1.2 or newer`. None where it is nothing.
#[must_use]
pub fn requirement(require: Require) -> Option<String> {
    let tls = if require.mtls { "mutual TLS" } else { "TLS" };
    match require.tls_min {
        Some(version) => Some(format!("{tls} {} or newer", version.name())),
        None => require.mtls.then(|| tls.to_owned()),
    }
}

/// What a grant may do: `lower email, iban to tokenize for 4 hours at most`.
#[must_use]
pub fn grants(tables: &Tables, grants: &Grants) -> String {
    let floor = Strictness::from(grants.floor).name();
    let categories: Vec<_> = categories(tables, &grants.categories).collect();
    let time = time(grants.ttl_seconds_max);
    format!("lower {} to {floor}, for {time} at most", categories.join(", "))
}

/// Categories by name.
pub(crate) fn categories<'t>(
    tables: &'t Tables,
    ids: &'t [CategoryId],
) -> impl Iterator<Item = &'t str> {
    let found = ids.iter().filter_map(|id| tables.categories.get(id.index()));
    found.map(|category| category.name.as_str())
}

/// A time in the largest unit that it is a whole number of.
#[must_use]
pub fn time(seconds: u32) -> String {
    let units = [(24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute"), (1, "second")];
    let fits = |(unit, _): &&(u32, &str)| seconds.is_multiple_of(*unit);
    let (unit, name) = units.iter().find(fits).copied().unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    }
}

/// A block of addresses: `192.0.2.0/24`.
#[must_use]
pub fn addresses(block: AddressBlock) -> String {
    let address = Ipv6Addr::from(block.address);
    match address.to_ipv4_mapped().zip(block.bits.checked_sub(96)) {
        Some((v4, bits)) => format!("{v4}/{bits}"),
        None => format!("{address}/{}", block.bits),
    }
}

/// Where a rule holds: `header x-card`, `$.lines[*].sku`.
#[must_use]
pub fn place(tables: &Tables, place: &PlaceSelector) -> String {
    let named = |what: &str, name: &Option<String>| match name {
        Some(name) => format!("{what} {name}"),
        None => what.to_owned(),
    };
    match place {
        PlaceSelector::Path => "path".to_owned(),
        PlaceSelector::Query => "query".to_owned(),
        PlaceSelector::Body => "body".to_owned(),
        PlaceSelector::Trailer => "trailer".to_owned(),
        PlaceSelector::Header(name) => named("header", name),
        PlaceSelector::Cookie(name) => named("cookie", name),
        PlaceSelector::Field(field) => {
            tables.fields.get(field.index()).map_or_else(String::new, |field| field.text.clone())
        }
    }
}

/// What an opening lets through. Values stand in a blob as digests only.
#[must_use]
pub fn ignored(tables: &Tables, what: &Ignored) -> String {
    match what {
        Ignored::Field(field) => {
            tables.fields.get(field.index()).map_or_else(String::new, |field| field.text.clone())
        }
        Ignored::Value(_) => "one value".to_owned(),
        Ignored::Prefix(length, _) => format!("values with a prefix of {length} bytes"),
        Ignored::Range(from, to) => format!("{from} to {to}"),
        Ignored::Addresses(block) => addresses(*block),
    }
}

/// What is done: `mask, last 4 stay`.
#[must_use]
pub fn action(tables: &Tables, action: &Action) -> String {
    match action {
        Action::Keep => "keep".to_owned(),
        Action::Observe => "observe".to_owned(),
        Action::Mask(mask) => format!("mask, last {} stay", mask.keep_last),
        Action::Tokenize(tokenize) => {
            let key = tables.keys.get(tokenize.key.index()).map_or("?", String::as_str);
            format!("tokenize with `{key}` for {}", tokenize.scope)
        }
        Action::Redact => "redact".to_owned(),
        Action::Block => "block".to_owned(),
    }
}
