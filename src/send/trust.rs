//! Which certificates are believed, for receivers and mail servers alike.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// The certificate authorities that this process trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: Arc<RootCertStore>,
}

impl Trust {
    /// The system's authorities; the environment's `SSL_CERT_FILE` and `SSL_CERT_DIR` take their place.
    /// A machine without any still starts: plain http works, and https says why it does not.
    #[must_use]
    pub fn system() -> Self {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!("some certificate authorities of the system cannot be read: {error}");
        }
        let trust = Self::only(found.certs);
        if trust.roots.is_empty() {
            tracing::warn!(
                "no certificate authority was found, so every https receiver and TLS mail server is refused: \
                 install the system's CA certificates, or set SSL_CERT_FILE"
            );
        }
        trust
    }

    /// Exactly these authorities; one that cannot be read is left out.
    #[must_use]
    pub fn only(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(authorities);
        Self { roots: Arc::new(roots) }
    }

    /// These beside them.
    #[must_use]
    pub(crate) fn and(self, authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let mut roots = RootCertStore::clone(&self.roots);
        roots.add_parsable_certificates(authorities);
        Self { roots: Arc::new(roots) }
    }

    /// TLS 1.2 and 1.3 on ring, offering the given ALPN protocols.
    pub(super) fn client_config(
        &self,
        alpn: &[&str],
        resumption: Resumption,
    ) -> Result<ClientConfig, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(Arc::clone(&self.roots))
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config.resumption = resumption;
        Ok(config)
    }
}
