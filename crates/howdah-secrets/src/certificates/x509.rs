//! Reading certificates. A certificate that cannot be read has no property.

use std::net::IpAddr;
use std::time::Duration;

use x509_parser::prelude::{FromDer, GeneralName, Pem, X509Certificate};

/// The first certificate of a PEM file, as DER.
pub(super) fn first_in_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = Pem::iter_from_buffer(bytes).next()?.ok()?;
    (first.label == "CERTIFICATE" && parse(&first.contents).is_some()).then_some(first.contents)
}

pub(super) fn has_public_key(certificate: &[u8], public_key_info: &[u8]) -> bool {
    parse(certificate).is_some_and(|found| found.public_key().raw == public_key_info)
}

pub(super) fn is_signed_by(certificate: &[u8], authority: &[u8]) -> bool {
    let (Some(certificate), Some(authority)) = (parse(certificate), parse(authority)) else {
        return false;
    };
    authority.is_ca()
        && certificate.issuer() == authority.subject()
        && certificate
            .verify_signature(Some(authority.public_key()))
            .is_ok()
}

/// Whether this host name or IP address is one of its alternative names.
pub(super) fn holds(certificate: &[u8], name: &str) -> bool {
    let Some(certificate) = parse(certificate) else {
        return false;
    };
    let Ok(Some(names)) = certificate.subject_alternative_name() else {
        return false;
    };
    let address = name.parse().ok().map(octets);
    names.value.general_names.iter().any(|known| match known {
        GeneralName::DNSName(known) => address.is_none() && known.eq_ignore_ascii_case(name),
        GeneralName::IPAddress(known) => address.as_deref() == Some(*known),
        _ => false,
    })
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The end of its validity, since 1970.
pub(super) fn end(certificate: &[u8]) -> Option<Duration> {
    let seconds = parse(certificate)?.validity().not_after.timestamp();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der)
        .ok()
        .map(|(_rest, certificate)| certificate)
}
