//! A certificate authority of the tests, and the certificates that it signs.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use ringpost::send::trust::Trust;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        // rcgen gives every certificate the same name; a self-signed one must not look like ours.
        params.distinguished_name.push(DnType::CommonName, "Authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// What a client needs to believe the certificates below.
    pub fn trust(&self) -> Trust {
        Trust::only([self.0.as_ref().der().clone()])
    }

    /// The authority's own certificate, as a file for `SSL_CERT_FILE` holds it.
    pub fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// A server with a good certificate for these names and addresses.
    pub fn serves(&self, names: &[&str]) -> TlsAcceptor {
        self.signed(&params(names))
    }

    /// A certificate for these names and its key, as files for other programs hold them.
    pub fn pair(&self, names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names).signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// The same, until this day.
    pub fn serves_until(&self, names: &[&str], (year, month, day): (i32, u8, u8)) -> TlsAcceptor {
        let mut params = params(names);
        params.not_after = date_time_ymd(year, month, day);
        self.signed(&params)
    }

    /// A server whose certificate has ended.
    pub fn served_until_2001(&self, names: &[&str]) -> TlsAcceptor {
        let mut params = params(names);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
        self.signed(&params)
    }

    fn signed(&self, params: &CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        acceptor(certificate.der().clone(), &key)
    }
}

/// A server that vouches for itself.
pub fn self_signed(names: &[&str]) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let certificate = params(names).self_signed(&key).unwrap();
    acceptor(certificate.der().clone(), &key)
}

/// A server that vouches for itself with an authority's certificate, as `openssl req -x509` makes it.
pub fn self_signed_authority(names: &[&str]) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let mut params = params(names);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    acceptor(certificate.der().clone(), &key)
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap()
}

/// Offers HTTP/2 first, so that a client that would speak it gives itself away.
fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
