//! A throw-away certificate authority: its own certificate, and peers' certificates by SPIFFE id.
//! For tests and trials only: it forgets its key when it is dropped, and keeps none on disk.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

/// Why a certificate could not be made: a name that no certificate can hold, in practice.
pub type CertificateError = rcgen::Error;

/// An authority, for as long as it lives.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A peer's certificate and key, in PEM.
pub struct Peer {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl Authority {
    /// A new authority with a new key.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new() -> Result<Self, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "cofferdam throw-away authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem })
    }

    /// The authority's certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for both sides of a connection: these URIs, and loopback as address.
    ///
    /// # Errors
    /// When a URI is none that a certificate can hold.
    pub fn peer(&self, name: &str, uris: &[&str]) -> Result<Peer, CertificateError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        for uri in uris {
            params.subject_alt_names.push(SanType::URI((*uri).try_into()?));
        }
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Peer { certificate, key: key.serialize_pem() })
    }
}

impl Peer {
    /// Writes `NAME.pem` and `NAME.key`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> io::Result<()> {
        fs::write(folder.join(format!("{name}.pem")), &self.certificate)?;
        fs::write(folder.join(format!("{name}.key")), &self.key)
    }
}
