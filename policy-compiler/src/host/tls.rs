//! Transport sockets: whose certificate is looked at, and what copies what they carry.

use super::tree::Node;
use super::{Code, Findings, View};

const SOURCES: [&str; 3] =
    ["validation_context", "combined_validation_context", "validation_context_sds_secret_config"];

impl View<'_> {
    /// Whether the policy places callers by certificates.
    fn wants_certificates(&self) -> bool {
        self.tables.is_some_and(|tables| {
            tables.members.iter().any(|member| member.spiffe.is_some() && member.cluster.is_none())
        })
    }

    pub(super) fn downstream(&self, socket: &Node, findings: &mut Findings) {
        let Some(typed) = socket.get("typed_config") else { return };
        let (kind, body) = typed.typed();
        if is_tap(kind) {
            tapped(typed, findings);
        }
        if let Some(inner) = body.get("transport_socket") {
            self.downstream(inner, findings);
        }
        if let Some(inner) = body.get("downstream_tls_context") {
            self.client(inner, findings);
        }
        if kind.ends_with(".DownstreamTlsContext") {
            self.client(body, findings);
        }
    }

    fn client(&self, context: &Node, findings: &mut Findings) {
        let required = context.is_set("require_client_certificate");
        if !required && self.wants_certificates() {
            findings.tell_key(
                context,
                "require_client_certificate",
                Code::HostIdentity,
                "callers are placed by certificates, and need show none",
                "write `require_client_certificate: true`",
            );
        }
        if required || self.wants_certificates() {
            verified(context, "a caller's certificate", findings);
        }
    }

    pub(super) fn upstream(&self, socket: &Node, findings: &mut Findings) {
        let Some(typed) = socket.get("typed_config") else { return };
        let (kind, body) = typed.typed();
        if is_tap(kind) {
            tapped(typed, findings);
        }
        if let Some(inner) = body.get("transport_socket") {
            self.upstream(inner, findings);
        }
        if let Some(inner) = body.get("upstream_tls_context") {
            verified(inner, "the upstream's certificate", findings);
        }
        if kind.ends_with(".UpstreamTlsContext") {
            verified(body, "the upstream's certificate", findings);
        }
    }
}

fn is_tap(kind: &str) -> bool {
    kind.contains(".transport_sockets.tap.")
}

fn tapped(typed: &Node, findings: &mut Findings) {
    let message = "a tap copies what the connection carries";
    findings.tell(typed, Code::HostCopy, message, "take the tap out, and keep what is in it");
}

/// Whether anybody looks at a certificate.
fn verified(context: &Node, whose: &str, findings: &mut Findings) {
    let common = context.get("common_tls_context").unwrap_or(context);
    let source = SOURCES.iter().find_map(|key| Some((*key, common.get(key)?)));
    let Some((key, source)) = source else {
        findings.tell_key(
            context,
            "common_tls_context",
            Code::HostIdentity,
            format!("nobody verifies {whose}"),
            "give `common_tls_context` a `validation_context` with `trusted_ca`",
        );
        return;
    };
    let plain = match key {
        "validation_context" => Some(source),
        "combined_validation_context" => source.get("default_validation_context"),
        _ => None,
    };
    let Some(plain) = plain else { return };
    let elsewhere = key != "validation_context"
        || plain.get("custom_validator_config").is_some()
        || plain.get("ca_certificate_provider_instance").is_some();
    if !elsewhere && plain.get("trusted_ca").is_none() {
        findings.tell_key(
            common,
            key,
            Code::HostIdentity,
            format!("no authority is named that {whose} must be from"),
            "name it as `trusted_ca`",
        );
    }
    if matches!(plain.text_at("trust_chain_verification"), Some("ACCEPT_UNTRUSTED" | "1")) {
        findings.tell_key(
            plain,
            "trust_chain_verification",
            Code::HostIdentity,
            format!("{whose} counts though nobody vouches for it"),
            "take it out",
        );
    }
    if plain.is_set("allow_expired_certificate") {
        findings.tell_key(
            plain,
            "allow_expired_certificate",
            Code::HostIdentity,
            format!("{whose} counts though its time is over"),
            "take it out",
        );
    }
}
