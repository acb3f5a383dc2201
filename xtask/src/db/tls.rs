//! TLS by rustls, with libpq's `sslmode`: <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS>.

use super::url::{Url, UrlError};
use anyhow::Context;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;
use tokio_postgres::config::SslMode;

/// How much of the server's certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Nothing,
    Chain,
    ChainAndName,
}

/// What `sslmode` says, in the client's words.
pub(super) fn mode(url: &Url) -> Result<SslMode, UrlError> {
    match url.get("sslmode").unwrap_or("prefer") {
        "disable" => Ok(SslMode::Disable),
        "allow" | "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        _ => Err(UrlError {
            message: "sslmode is none of disable, allow, prefer, require, verify-ca, verify-full".to_owned(),
            hint: "write `sslmode=verify-full` to be safe, `sslmode=disable` on this machine".to_owned(),
        }),
    }
}

/// The client's side of TLS for `url`.
pub(super) fn client_config(url: &Url) -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let check = match (url.get("sslmode"), url.get("sslrootcert")) {
        (Some("verify-full"), _) | (_, Some("system")) => Check::ChainAndName,
        (Some("verify-ca"), _) | (Some("require"), Some(_)) => Check::Chain,
        _ => Check::Nothing,
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let verifier = Verifier::new(check, url.get("sslrootcert"), provider)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    match (url.get("sslcert"), url.get("sslkey")) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("failed to read sslkey `{key}`"))?;
            Ok(builder.with_client_auth_cert(chain, key)?)
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn certificates(path: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    read().with_context(|| format!("failed to read certificates from `{path}`"))
}

/// The certificates that are trusted: the file's, or the system's where no file is named.
fn roots(path: Option<&str>) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match path {
        Some(path) if path != "system" => {
            for certificate in certificates(path)? {
                roots.add(certificate).with_context(|| format!("failed to use a certificate of `{path}`"))?;
            }
        }
        _ => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    anyhow::ensure!(!roots.is_empty(), "no root certificate to check the server's against; name one with `sslrootcert`");
    Ok(roots)
}

/// Checks as much as `sslmode` asks for; signatures are checked always.
#[derive(Debug)]
struct Verifier {
    check: Check,
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of `sslrootcert`, one of which may be the server's own.
    pinned: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(check: Check, root_file: Option<&str>, provider: Arc<CryptoProvider>) -> anyhow::Result<Verifier> {
        let chain = match check {
            Check::Nothing => None,
            _ => Some(WebPkiServerVerifier::builder_with_provider(Arc::new(roots(root_file)?), Arc::clone(&provider)).build()?),
        };
        let pinned = match root_file {
            Some(path) if check != Check::Nothing && path != "system" => certificates(path)?,
            _ => Vec::new(),
        };
        Ok(Verifier { check, chain, pinned, provider })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        // A server's self-signed certificate, made as PostgreSQL's manual shows, is one of an authority too, which is refused as a server's.
        // Where the user names the very certificate, nothing but the host's name is left to check.
        if self.pinned.iter().any(|it| it == end_entity) {
            if self.check == Check::ChainAndName {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp, now) {
            // The name is checked after the chain, so a wrong name means that the chain is right.
            Err(Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }))
                if self.check == Check::Chain =>
            {
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
