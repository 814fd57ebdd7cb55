//! Keys, tokens and other secrets.

use super::{Builtin, ROW};
use cofferdam_engine::model::{Border, Strength, Validator};

/// Names of a password.
const PASSWORD: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "passwort",
    "kennwort",
    "mot de passe",
    "mdp",
    "contraseña",
    "contrasena",
    "senha",
    "wachtwoord",
    "hasło",
    "haslo",
    "dbpassword",
    "userpassword",
];

/// Names of a secret.
const SECRET: &[&str] = &[
    "secret",
    "secret key",
    "client secret",
    "app secret",
    "consumer secret",
    "api key",
    "api secret",
    "api token",
    "access key",
    "access token",
    "auth token",
    "bearer token",
    "refresh token",
    "private token",
    "secret token",
    "encryption key",
    "signing key",
];

/// Names of a session's cookie.
const SESSION: &[&str] =
    &["session", "session id", "sid", "sessid", "jsessionid", "phpsessid", "connect sid"];

const CREDENTIAL: Builtin = Builtin { group: "credential", strength: Strength::Certain, ..ROW };

/// What an operator puts after a name.
const VALUE: Builtin = Builtin {
    group: "credential",
    strength: Strength::Likely,
    left: Border::Assigned,
    right: Border::Assigned,
    bytes_max: 256,
    ..ROW
};

/// What fills a field of a name.
const WHOLE: Builtin = Builtin { left: Border::Whole, right: Border::Whole, ..VALUE };

/// Scheme, user, password, and a host by name or in brackets.
const LOGIN: &str = concat!(
    r#"[A-Za-z][A-Za-z0-9]{0,11}(?:\+[A-Za-z0-9]{1,8})?://[^\s/:@"'<>`\\]*:[^\s/"'<>`\\]+@"#,
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?",
);

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
        name: "private_key.bare",
        category: "private_key",
        pattern: concat!(
            r"(?:MII|LS0t)[A-Za-z0-9+/]{13}",
            r"(?:[A-Za-z0-9+/=]|\\{1,2}[rn]|[\r\n])*[A-Za-z0-9+/=]",
        ),
        structure: "base64 of PKCS #1, #8 or #12, or of a PEM block",
        // What goes on in other signs is the next line of a message, and no part of it.
        right: Border::Assigned,
        validator: Validator::BareKey,
        example: concat!(
            "MIIEvQIBADANRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBM",
            "RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBM",
        ),
        bytes_max: 384,
        commits: true,
        ..CREDENTIAL
    },
    Builtin {
        name: "private_key.putty",
        category: "private_key",
        pattern: r"Private-[A-Za-z]+: ?[0-9]+(?:[A-Za-z0-9+/=]|\\{1,2}[rn]|[\r\n])*[A-Za-z0-9+/=]",
        structure: "the private lines of a key file of PuTTY",
        // What goes on in other signs is the next line of a message, and no part of it.
        right: Border::Assigned,
        validator: Validator::BareKey,
        example: concat!(
            "Private-Lines: 2\n",
            "RVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBMRUVYQU1QTEVFWEFNUExFRVhBTVBM\n",
            "RVhBTVBMRUVYQU1QTEU=",
        ),
        bytes_max: 384,
        commits: true,
        ..CREDENTIAL
    },
    Builtin {
        name: "private_key.age",
        category: "private_key",
        pattern: "AGE-[A-Z0-9-]+",
        structure: "AGE-SECRET-KEY-1 and 58 characters of bech32",
        right: Border::None,
        validator: Validator::AgeKey,
        example: "AGE-SECRET-KEY-19N07LYEF9LJUEU6GWYCFN4DEH7S3UWAD3L56S87SGQN7U56FR08SY4HJES",
        bytes_min: 74,
        bytes_max: 74,
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
    Builtin {
        name: "url_credentials",
        category: "url_credentials",
        pattern: LOGIN,
        structure: "scheme, user and password, host",
        left: Border::Key,
        validator: Validator::UrlCredentials,
        example: "https://ann:Tr0ub4dor@example.com",
        bytes_max: 384,
        ..CREDENTIAL
    },
    Builtin {
        name: "database_url",
        category: "database_url",
        pattern: LOGIN,
        structure: "scheme of a database, user and password, host",
        left: Border::Key,
        validator: Validator::DatabaseUrl,
        example: "postgresql://app:Tr0ub4dor@db.example.com:5432",
        bytes_max: 384,
        ..CREDENTIAL
    },
    Builtin {
        name: "basic_auth",
        category: "basic_auth",
        pattern: "[Bb](?:asic|ASIC) +[A-Za-z0-9+/_-]+={0,2}",
        structure: "Basic, and base64 of user, colon, password",
        validator: Validator::BasicAuth,
        example: "Basic YW5uOlRyMHViNGRvcg==",
        bytes_max: 384,
        ..CREDENTIAL
    },
    Builtin {
        name: "password_field",
        category: "password_field",
        // A full stop behind it is the sentence's.
        pattern: r"[!#-%*+\-./0-9?-Z^_a-z~]*[!#-%*+\-/0-9?-Z^_a-z~]={0,2}",
        validator: Validator::Password,
        structure: "the value of what is called a password: 6 characters or more, of two kinds",
        near: PASSWORD,
        example: "hunter2",
        bytes_min: 6,
        bytes_max: 128,
        ..VALUE
    },
    Builtin {
        name: "password_field.whole",
        category: "password_field",
        // A full stop behind it is the sentence's.
        pattern: r"[!#-%*+\-./0-9?-Z^_a-z~]*[!#-%*+\-/0-9?-Z^_a-z~]={0,2}",
        validator: Validator::Password,
        structure: "the whole value of a field that is called a password: 6 characters or more, of two kinds",
        near: PASSWORD,
        example: "hunter2",
        bytes_min: 6,
        bytes_max: 128,
        ..WHOLE
    },
    Builtin {
        name: "session_cookie",
        category: "session_cookie",
        pattern: "[A-Za-z0-9_+/.%~-]+={0,2}",
        structure: "the value of what is called a session: 16 characters or more",
        validator: Validator::SessionCookie,
        near: SESSION,
        example: "8HybqLlmLfJRapuY0thUOo0kZwNS34Ph",
        bytes_min: 16,
        ..VALUE
    },
    Builtin {
        name: "session_cookie.whole",
        category: "session_cookie",
        pattern: "[A-Za-z0-9_+/.%~-]+={0,2}",
        structure: "the whole value of a field that is called a session: 16 characters or more",
        validator: Validator::SessionCookie,
        near: SESSION,
        example: "8HybqLlmLfJRapuY0thUOo0kZwNS34Ph",
        bytes_min: 16,
        ..WHOLE
    },
    Builtin {
        name: "generic_secret",
        category: "generic_secret",
        pattern: "[A-Za-z0-9_+/.%~-]+={0,2}",
        structure: "the value of what is called a secret: 16 characters or more",
        validator: Validator::Secret,
        near: SECRET,
        example: "R4ndbqLlmLfJRapuY0thUOo0kZwNS34Ph",
        bytes_min: 16,
        ..VALUE
    },
    Builtin {
        name: "generic_secret.whole",
        category: "generic_secret",
        pattern: "[A-Za-z0-9_+/.%~-]+={0,2}",
        structure: "the whole value of a field that is called a secret: 16 characters or more",
        validator: Validator::Secret,
        near: SECRET,
        example: "R4ndbqLlmLfJRapuY0thUOo0kZwNS34Ph",
        bytes_min: 16,
        ..WHOLE
    },
];
