use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use super::pair::Pair;
use super::x509;
use crate::Error;

const DAY: Duration = Duration::from_hours(24);
const AUTHORITY_DAYS: u32 = 3650;
const SERVER_DAYS: u32 = 365;
/// Certificates cannot name a year of five digits.
const LAST_SECOND: Duration = Duration::from_secs(253_402_300_799);
const ALWAYS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate in PEM form with its key.
pub(super) struct Made {
    pub(super) certificate: String,
    pub(super) key: KeyPair,
}

/// A certificate authority that signs itself.
pub(super) fn authority(key: KeyPair, now: SystemTime) -> Result<Made, Error> {
    let mut params = CertificateParams::default();
    name(&mut params, "howdah development CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let start = since_epoch(now);
    validity(
        &mut params,
        start,
        start.saturating_add(DAY.saturating_mul(AUTHORITY_DAYS)),
    );
    let certificate = params.self_signed(&key).map_err(|error| refused(&error))?;
    Ok(Made {
        certificate: certificate.pem(),
        key,
    })
}

/// What a server's certificate says, without its validity.
pub(super) fn server_request(names: &[&str]) -> Result<CertificateParams, Error> {
    let mut all: Vec<String> = Vec::new();
    for name in names.iter().chain(&ALWAYS) {
        let is_wrong = |c: char| !c.is_ascii_graphic() || c == '/';
        if name.is_empty() || name.starts_with('-') || name.contains(is_wrong) {
            return Err(unusable_name(name));
        }
        if !all.iter().any(|known| known == name) {
            all.push((*name).to_owned());
        }
    }
    let first = all.first().cloned().unwrap_or_default();
    let mut params = CertificateParams::new(all).map_err(|_foreign| unusable_name(&first))?;
    name(&mut params, &first);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    Ok(params)
}

/// A server's certificate, signed by the authority.
pub(super) fn server(
    mut params: CertificateParams,
    key: KeyPair,
    authority: &Pair<'_>,
    now: SystemTime,
) -> Result<Made, Error> {
    let certificate = authority.certificate()?;
    let start = since_epoch(now);
    let last = x509::end(&certificate).unwrap_or(LAST_SECOND);
    if last <= start {
        return Err(authority.unusable("has expired"));
    }
    let wanted = start.saturating_add(DAY.saturating_mul(SERVER_DAYS));
    validity(&mut params, start, wanted.min(last));
    authority.check_key()?;
    let issuer = Issuer::from_ca_cert_der(&certificate.into(), authority.key()?)
        .map_err(|error| refused(&error))?;
    let certificate = params
        .signed_by(&key, &issuer)
        .map_err(|error| refused(&error))?;
    Ok(Made {
        certificate: certificate.pem(),
        key,
    })
}

/// `CN=<text>`, cut at the 64 characters that X.520 allows; clients look at the alternative names anyway.
fn name(params: &mut CertificateParams, text: &str) {
    let text: String = text.chars().take(64).collect();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, text);
}

fn validity(params: &mut CertificateParams, start: Duration, end: Duration) {
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + start.min(LAST_SECOND);
    params.not_after = epoch + end.min(LAST_SECOND);
}

/// In whole seconds, as a certificate says it.
fn since_epoch(time: SystemTime) -> Duration {
    let elapsed = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Duration::from_secs(elapsed.as_secs())
}

fn unusable_name(name: &str) -> Error {
    Error::Unusable {
        what: format!("the server name {name:?}"),
        why: "fits into no certificate; use a host name in ASCII or an IP address".to_owned(),
    }
}

fn refused(error: &rcgen::Error) -> Error {
    Error::Unusable {
        what: "the certificate".to_owned(),
        why: format!("cannot be made: {error}"),
    }
}
