//! Keys without a prefix, found where the name of their service stands.

use super::super::Builtin;
use super::{NAMED, whole};

const ASSIGNED: [Builtin; 17] = [
    Builtin {
        name: "aws_secret_key",
        category: "aws_secret_key",
        pattern: "[A-Za-z0-9+/]{40}",
        structure: "40 characters of base64",
        near: &[
            "aws",
            "aws secret",
            "aws secret access key",
            "secret access key",
            "secretaccesskey",
        ],
        example: "KTmLajp9BUsOthsPgc+jsqVNaUJPg3otqdC1e8UY",
        bytes_max: 40,
        ..NAMED
    },
    Builtin {
        name: "google_service_account",
        category: "google_service_account",
        pattern: "[0-9a-f]{40}",
        structure: "40 hex digits",
        near: &["private key id"],
        example: "a979e6aadb59c3d6d45988daf241ed235b482261",
        bytes_max: 40,
        ..NAMED
    },
    Builtin {
        name: "paypal_key.secret",
        category: "paypal_key",
        pattern: "[AE][A-Za-z0-9_-]{79}",
        structure: "A or E and 79 characters",
        near: &["paypal", "paypal secret", "paypal client secret"],
        example: "ExLlrPjMio4wtCaZzC1mtrQvY9HFzlAIAgNWEhUZukO5pBEXWcclOy7OMuj2oSHdr8bASW25wksZOvAa",
        bytes_max: 80,
        ..NAMED
    },
    Builtin {
        name: "twilio_key.auth",
        category: "twilio_key",
        pattern: "[0-9a-f]{32}",
        structure: "32 hex digits",
        near: &["twilio", "twilio auth token"],
        example: "ca584b4a694f46e485db35c013567328",
        bytes_max: 32,
        ..NAMED
    },
    Builtin {
        name: "datadog_key",
        category: "datadog_key",
        pattern: "[0-9a-f]{32}(?:[0-9a-f]{8})?",
        structure: "32 or 40 hex digits",
        near: &["datadog", "dd api key", "dd app key", "dd application key"],
        example: "ca584b4a694f46e485db35c013567328",
        bytes_max: 40,
        ..NAMED
    },
    Builtin {
        name: "cohere_key",
        category: "cohere_key",
        pattern: "[A-Za-z0-9]{40}",
        structure: "40 letters and digits",
        near: &["cohere", "co api key"],
        example: "WaoLrHNNjDDCWrXJma7MFwHCJ54HspUWktWfYUjW",
        bytes_max: 40,
        ..NAMED
    },
    Builtin {
        name: "cloudflare_key.token",
        category: "cloudflare_key",
        pattern: "[A-Za-z0-9_-]{37}(?:[A-Za-z0-9_-]{3})?",
        structure: "37 or 40 characters",
        near: &["cloudflare", "cf api token", "cf api key"],
        example: "WaoLrHNNjDDCWrXJma7MFwHCJ54HspUWktWfYUjW",
        bytes_max: 40,
        ..NAMED
    },
    Builtin {
        name: "fastly_key",
        category: "fastly_key",
        pattern: "[A-Za-z0-9_-]{32}",
        structure: "32 characters",
        near: &["fastly"],
        example: "8HybqLlmLfJRapuY0thUOo0kZwNS34Ph",
        bytes_max: 32,
        ..NAMED
    },
    Builtin {
        name: "vercel_token.old",
        category: "vercel_token",
        pattern: "[A-Za-z0-9]{24}",
        structure: "24 letters and digits",
        near: &["vercel"],
        example: "6ovL0CpvErkmz4iqHrRWZ0Fk",
        bytes_max: 24,
        ..NAMED
    },
    Builtin {
        name: "heroku_key.old",
        category: "heroku_key",
        pattern: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        structure: "UUID",
        near: &["heroku"],
        example: "b7b18599-188e-4ecb-a54f-d8b631d840f2",
        bytes_max: 36,
        ..NAMED
    },
    Builtin {
        name: "snyk_token",
        category: "snyk_token",
        pattern: "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        structure: "UUID",
        near: &["snyk"],
        example: "b7b18599-188e-4ecb-a54f-d8b631d840f2",
        bytes_max: 36,
        ..NAMED
    },
    Builtin {
        name: "okta_token",
        category: "okta_token",
        pattern: "00[A-Za-z0-9_-]{40}",
        structure: "00 and 40 characters",
        near: &["okta", "ssws"],
        example: "00oDGEpajVX0wI6u7DKQNLfW2STaN4qdsfvTJM1FaY",
        bytes_max: 42,
        ..NAMED
    },
    Builtin {
        name: "auth0_secret",
        category: "auth0_secret",
        pattern: "[A-Za-z0-9_-]{64}",
        structure: "64 characters",
        near: &["client secret"],
        example: "RJ91tGBcUmWNnZx5UgULvpCJpVYEcm5UG0RJmNWwWzdBegKi3DuTiSB7hpE1kLex",
        bytes_max: 64,
        ..NAMED
    },
    Builtin {
        name: "twitter_secret",
        category: "twitter_secret",
        pattern: "[A-Za-z0-9]{45,50}",
        structure: "45 to 50 letters and digits",
        near: &["twitter", "consumer secret"],
        example: "2SzCiJI6iRlAv3PhIem9ALtkjcA1HRJqvYol3lpE70GrniaeXa",
        bytes_max: 50,
        ..NAMED
    },
    Builtin {
        name: "linkedin_secret.old",
        category: "linkedin_secret",
        pattern: "[A-Za-z0-9]{16}",
        structure: "16 letters and digits",
        near: &["linkedin"],
        example: "k6IJLOE4eDq3Vdl8",
        bytes_max: 16,
        ..NAMED
    },
    Builtin {
        name: "dropbox_token.app",
        category: "dropbox_token",
        pattern: "[a-z0-9]{15}",
        structure: "15 small letters and digits",
        near: &["dropbox"],
        example: "nohq9wkr1r4fio0",
        bytes_max: 15,
        ..NAMED
    },
    Builtin {
        name: "kubernetes_secret",
        category: "kubernetes_secret",
        pattern: r"[a-z0-9]{6}\.[a-z0-9]{16}",
        structure: "6 and 16 small letters and digits with a dot between",
        near: &[
            "bootstrap token",
            "kubeadm",
            "kubeadm token",
            "kubernetes token",
            "discovery token",
        ],
        example: "jn9l6j.nohq9wkr1r4fio06",
        bytes_max: 23,
        ..NAMED
    },
];

/// Behind an operator, and as the whole of a field.
pub(in super::super) const ROWS: &[Builtin] = &{
    let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16] = ASSIGNED;
    [
        whole(&r0, "aws_secret_key.whole"),
        whole(&r1, "google_service_account.whole"),
        whole(&r2, "paypal_key.secret.whole"),
        whole(&r3, "twilio_key.auth.whole"),
        whole(&r4, "datadog_key.whole"),
        whole(&r5, "cohere_key.whole"),
        whole(&r6, "cloudflare_key.token.whole"),
        whole(&r7, "fastly_key.whole"),
        whole(&r8, "vercel_token.old.whole"),
        whole(&r9, "heroku_key.old.whole"),
        whole(&r10, "snyk_token.whole"),
        whole(&r11, "okta_token.whole"),
        whole(&r12, "auth0_secret.whole"),
        whole(&r13, "twitter_secret.whole"),
        whole(&r14, "linkedin_secret.old.whole"),
        whole(&r15, "dropbox_token.app.whole"),
        whole(&r16, "kubernetes_secret.whole"),
        r0,
        r1,
        r2,
        r3,
        r4,
        r5,
        r6,
        r7,
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
        r16,
    ]
};
