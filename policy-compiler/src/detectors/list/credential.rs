//! Keys, tokens and other secrets.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

const CREDENTIAL: Builtin = Builtin { group: "credential", strength: Strength::Certain, ..ROW };

pub(super) const ROWS: &[Builtin] = &[
    Builtin {
        name: "private_key",
        category: "private_key",
        // The validator reads the label, so that it need not be spelled out in states.
        pattern: concat!(
            r"-----BEGIN [A-Z0-9 ]+-----(?:\\{1,2}[rn]|\s)*",
            r"(?:[A-Z][A-Za-z-]*: [ -\[\]-~]*(?:\\{1,2}[rn]|[\r\n])+)*",
            r"(?:[A-Za-z0-9+/=]|\\{1,2}[rn]|\s)+-----END [A-Z0-9 ]+-----",
        ),
        structure: "PEM block of a private key, also with written-out line ends",
        left: Border::None,
        right: Border::None,
        validator: Validator::PrivateKey,
        example: concat!(
            "-----BEGIN PRIVATE KEY-----\n",
            "RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBM\n",
            "RVhBTVBMRUVYQU1QTEU=\n",
            "-----END PRIVATE KEY-----",
        ),
        bytes_max: 384,
        commits: true,
        ..CREDENTIAL
    },
    Builtin {
        name: "jwt",
        category: "jwt",
        pattern: concat!(
            // No header with `alg` in it is shorter.
            r"e(?:yJ|yA|wo|w0|wk)[A-Za-z0-9_-]{13,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*",
            r"(?:\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*)?",
        ),
        structure: "three or five parts of base64url with dots between",
        validator: Validator::Jwt,
        example: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJleGFtcGxlIn0.ZXhhbXBsZS1zaWduYXR1cmU",
        bytes_max: 768,
        commits: true,
        ..CREDENTIAL
    },
    Builtin {
        name: "aws_access_key",
        category: "aws_access_key",
        pattern: r"A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}",
        structure: "AKIA, ASIA, ABIA or ACCA, and 16 capitals or digits",
        validator: Validator::AwsAccessKey,
        example: "AKIAMADEUPKEY4TESTS7",
        bytes_max: 20,
        ..CREDENTIAL
    },
];
