//! The certificate of the fixed answers, and the files with the roots that the functions trust.

use std::{fs, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// The roots of Debian and of Amazon Linux. A function parses all of them in Init.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// A certificate for `localhost`, and its issuer.
pub(crate) struct Certificates {
    pub(crate) acceptor: TlsAcceptor,
    /// A PEM file with the issuer alone.
    pub(crate) issuer: PathBuf,
    /// A PEM file with the issuer and the roots of this machine.
    pub(crate) roots: PathBuf,
    _directory: TempDir,
}

impl Certificates {
    pub(crate) fn generate() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "the issuer of the cold start");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();

        let directory = TempDir::new().unwrap();
        let issuer_file = directory.path().join("issuer.pem");
        fs::write(&issuer_file, issuer.pem()).unwrap();
        let system = SYSTEM_ROOTS.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_else(|| {
            println!("This machine has no file of roots, so Init parses fewer than on Lambda.\n");
            String::new()
        });
        let roots = directory.path().join("roots.pem");
        fs::write(&roots, system + "\n" + &issuer.pem()).unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), issuer: issuer_file, roots, _directory: directory }
    }
}
