//! Compares what boundaries require of connections. What is not met is blocked and goes over no
//! other boundary, so that asking for more never opens anything.

use super::{Change, Mark};
use cofferdam_engine::model::{Require, TlsVersion};

pub(super) fn changes(was: Require, is: Require) -> Vec<Change> {
    let mut list = Vec::new();
    match (was.mtls, is.mtls) {
        (false, true) => {
            let what = "both ends of a connection must show a certificate now";
            list.push(Change::new(Mark::Tightens, what));
        }
        (true, false) => {
            let what = "messages may now come over connections on which only one end, or none, \
                        shows a certificate";
            list.push(Change::new(Mark::Opens, what));
        }
        (false, false) | (true, true) => {}
    }
    let said = |version: Option<TlsVersion>, none: &str| match version {
        Some(version) => format!("TLS {} or newer", version.name()),
        None => none.to_owned(),
    };
    let mark = match was.tls_min.cmp(&is.tls_min) {
        std::cmp::Ordering::Less => Mark::Tightens,
        std::cmp::Ordering::Equal => return list,
        std::cmp::Ordering::Greater => Mark::Opens,
    };
    let before = said(was.tls_min, "any version of TLS, or none,");
    let now = said(is.tls_min, "any or none");
    list.push(Change::new(mark, format!("{before} was enough for a connection, and now {now} is")));
    list
}
