//! The TLS of a probe: who may vouch for the listener, and what is shown to it.

use super::super::{Failure, files};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// How connections are made.
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// Files in PEM.
pub(super) struct Files<'f> {
    pub(super) authority: &'f Path,
    /// Own certificate chain and its key, for a listener that asks.
    pub(super) own: Option<(&'f Path, &'f Path)>,
}

impl Tls {
    /// For a listener of this name.
    pub(super) fn new(name: &str, files: &Files<'_>) -> Result<Self, Failure> {
        let fail = |option: &str, why: &dyn std::fmt::Display| {
            Failure::misuse(format!("error: --{option}: {why}"))
        };
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| Failure::misuse("error: the URL's host is no name of a certificate"))?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates("ca", files.authority)? {
            roots.add(certificate).map_err(|error| fail("ca", &error))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| fail("ca", &error))?
            .with_root_certificates(roots);
        let config = match files.own {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let chain = certificates("cert", chain)?;
                let path = files::name(key);
                let key = PrivateKeyDer::from_pem_slice(&files::read(key)?)
                    .map_err(|_| fail("key", &format!("{path}: this holds no private key")))?;
                builder.with_client_auth_cert(chain, key).map_err(|error| fail("key", &error))?
            }
        };
        Ok(Self { config: Arc::new(config), name })
    }

    /// A connection on which both sides have proven what they must.
    pub(super) fn wrap<S: Read + Write>(
        &self,
        stream: S,
    ) -> io::Result<StreamOwned<ClientConnection, S>> {
        let connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone())
            .map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        stream.conn.complete_io(&mut stream.sock)?;
        Ok(stream)
    }
}

fn certificates(option: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let bytes = files::read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(Failure::misuse(format!(
            "error: --{option}: {}: this holds no certificate",
            files::name(path)
        ))),
    }
}
