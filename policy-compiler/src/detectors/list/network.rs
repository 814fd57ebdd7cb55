//! Where a device is.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Validator};

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "ip_address.v4",
        category: "ip_address",
        group: "network",
        on: false,
        pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?",
        structure: "dotted quad, perhaps with a prefix length",
        left: Border::Dotted,
        right: Border::Dotted,
        validator: Validator::Ipv4,
        example: "198.51.100.7",
        bytes_max: 18,
        ..ROW
    },
    Builtin {
        name: "ip_address.v6",
        category: "ip_address",
        group: "network",
        on: false,
        pattern: concat!(
            r"(?:[0-9A-Fa-f]{1,4}:|::)(?:[0-9A-Fa-f]{0,4}:)*",
            r"(?:[0-9A-Fa-f]{0,4}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
            r"(?:%[A-Za-z0-9_.-]*[A-Za-z0-9])?(?:/[0-9]{1,3})?",
        ),
        structure: "groups of hex digits with colons, perhaps a dotted tail, zone, prefix length",
        left: Border::Colon,
        right: Border::Colon,
        validator: Validator::Ipv6,
        example: "2001:db8::7",
        bytes_max: 64,
        ..ROW
    },
    Builtin {
        name: "mac_address",
        category: "mac_address",
        group: "network",
        on: false,
        pattern: concat!(
            "[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5}",
            r"|[0-9A-Fa-f]{2}(?:\.[0-9A-Fa-f]{4}){2})",
        ),
        structure: "six pairs of hex digits with colons or dashes, or three groups of four",
        left: Border::Joined,
        right: Border::Joined,
        validator: Validator::Mac,
        example: "00:1b:44:11:3a:b7",
        bytes_max: 17,
        ..ROW
    },
    Builtin {
        name: "url",
        category: "url",
        group: "network",
        on: false,
        pattern: concat!(
            r"(?:[Hh][Tt][Tt][Pp]|[Ff][Tt][Pp]|[Ww][Ss])[Ss]?://",
            r"(?-u:[!#-&(-;=?-\[\]_a-z~\x80-\xFF]*[#-&+\-/-9=@-Z_a-z~\x80-\xFF])",
        ),
        structure: "scheme, host, and what follows without white space",
        right: Border::None,
        validator: Validator::Url,
        example: "https://www.example.com/a?b=c",
        bytes_max: 512,
        ..ROW
    },
];
