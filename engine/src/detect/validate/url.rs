//! Addresses of the web, and passwords in them (RFC 3986, 3.2.1; RFC 7617).
//! Never asks whether anything answers there.

use super::{jwt, secret};

/// What stands between a password and the host.
pub(super) const BEFORE_HOST: u8 = b'@';

/// Schemes of databases and brokers, as their clients read them.
const DATABASES: [&[u8]; 30] = [
    b"amqp",
    b"amqps",
    b"bolt",
    b"cassandra",
    b"clickhouse",
    b"clickhouses",
    b"cockroachdb",
    b"couchbase",
    b"couchbases",
    b"couchdb",
    b"db2",
    b"influxdb",
    b"mariadb",
    b"mongodb",
    b"mssql",
    b"mysql",
    b"mysqlx",
    b"neo4j",
    b"oracle",
    b"postgis",
    b"postgres",
    b"postgresql",
    b"redis",
    b"rediss",
    b"redshift",
    b"snowflake",
    b"sqlserver",
    b"tds",
    b"tidb",
    b"vertica",
];

/// Scheme, `://`, and a host with a dot, in brackets, or the own machine.
pub(super) fn accept(candidate: &[u8]) -> bool {
    let Some((_, rest)) = parts(candidate) else { return false };
    let authority = rest.get(..authority_bytes(rest)).unwrap_or_default();
    let user = authority.iter().rposition(|byte| *byte == BEFORE_HOST);
    let host = authority.get(user.map_or(0, |at| at + 1)..).unwrap_or_default();
    let dot = host.iter().position(|byte| *byte == b'.');
    dot.is_some_and(|at| at > 0) || host.starts_with(b"[") || host.starts_with(b"localhost")
}

/// From which length on all beginnings of a candidate that is refused are refused too.
pub(super) fn decided_bytes(candidate: &[u8]) -> usize {
    parts(candidate).map_or(candidate.len(), |(scheme, rest)| {
        let bytes = authority_bytes(rest);
        let authority = rest.get(..bytes).unwrap_or_default();
        // Without these no beginning of it has a dot in its host either.
        let may_fit = authority.iter().any(|byte| matches!(*byte, b'.' | BEFORE_HOST));
        scheme.len() + SEPARATOR.len() + if may_fit { bytes } else { 0 }
    })
}

/// How much of what stands behind the scheme names the host.
fn authority_bytes(rest: &[u8]) -> usize {
    rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len())
}

/// A user and a password before the host, of anything but a database.
pub(super) fn accept_credentials(candidate: &[u8]) -> bool {
    parts(candidate).is_some_and(|(scheme, rest)| !is_database(scheme) && has_password(rest))
}

/// The same, of a database.
pub(super) fn accept_database(candidate: &[u8]) -> bool {
    parts(candidate).is_some_and(|(scheme, rest)| is_database(scheme) && has_password(rest))
}

/// `mongodb+srv` and `postgresql+psycopg2` are of the first.
fn is_database(scheme: &[u8]) -> bool {
    let base = scheme.split(|byte| *byte == b'+').next().unwrap_or_default();
    DATABASES.iter().any(|known| base.eq_ignore_ascii_case(known))
}

fn has_password(rest: &[u8]) -> bool {
    let Some(at) = rest.iter().rposition(|byte| *byte == BEFORE_HOST) else { return false };
    let user = rest.get(..at).unwrap_or_default();
    let Some(colon) = user.iter().position(|byte| *byte == b':') else { return false };
    let password = user.get(colon + 1..).unwrap_or_default();
    !password.is_empty() && !secret::is_placeholder(password)
}

/// What stands behind the scheme.
const SEPARATOR: &[u8; 3] = b"://";

fn parts(candidate: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = candidate.windows(SEPARATOR.len()).position(|window| window == SEPARATOR)?;
    Some((candidate.get(..at)?, candidate.get(at + SEPARATOR.len()..)?))
}

/// `Basic`, and base64 of a user, a colon and a password.
pub(super) fn accept_basic(candidate: &[u8]) -> bool {
    let value = candidate.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let end = value.iter().position(|byte| *byte == b'=').unwrap_or(value.len());
    let Some(text) = value.get(..end).and_then(jwt::decode) else { return false };
    let colon = text.iter().position(|byte| *byte == b':');
    let printable = text.iter().all(|byte| *byte >= b' ' && *byte != 0x7F);
    printable && colon.is_some_and(|at| at > 0 && at + 1 < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_before_hosts() {
        assert!(accept_credentials(b"https://ann:Tr0ub4dor@example.com"));
        assert!(accept_database(b"mongodb+srv://app:p@ss1@c.example.net"));
        assert!(!accept_credentials(b"postgres://app:Tr0ub4dor@db"));
        assert!(
            !accept_database(b"postgres://app:password@db") && !accept_database(b"redis://a:@b")
        );
        assert!(accept(b"https://www.example.com/a") && accept(b"http://localhost:80"));
        assert!(!accept(b"http://a") && !accept(b"http://.a") && !accept(b"http://"));
        assert_eq!(decided_bytes(b"http://a?b/c#"), 7);
        assert_eq!(decided_bytes(b"http://.b?b/c#"), 9);
        assert_eq!(decided_bytes(b"http://a.b@c/d"), 12);
        // RFC 7617, 2.
        assert!(accept_basic(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(!accept_basic(b"Basic authentication") && !accept_basic(b"Basic YW5uYW5u"));
    }
}
