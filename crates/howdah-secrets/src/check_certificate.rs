use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::prelude::{Pem, X509Certificate};

use crate::secret_file::SecretFile;
use crate::{Finding, Severity};

/// Checks every certificate of a PEM file: whether it is valid at `now`, and for `warn_before` longer; and the mode of
/// its key, if there is a file of the same name that ends in `.key`.
pub fn check_certificate(path: &Path, now: SystemTime, warn_before: Duration) -> Vec<Finding> {
    let mut findings = check_validity(path, now, warn_before);
    findings.extend(check_key(&path.with_extension("key")));
    findings
}

fn check_validity(path: &Path, now: SystemTime, warn_before: Duration) -> Vec<Finding> {
    let error = |message: &str| vec![Finding::new(path, Severity::Error, message)];
    let bytes = match SecretFile::at(path).read_public() {
        Ok(bytes) => bytes,
        Err(problem) => return error(&problem.in_full()),
    };
    let mut findings = Vec::new();
    let mut count = 0_u32;
    for block in Pem::iter_from_buffer(&bytes) {
        let block = block.ok();
        let Some(certificate) = block.as_ref().and_then(|block| block.parse_x509().ok()) else {
            return error("it holds something that is no certificate in PEM form; make it anew");
        };
        count = count.saturating_add(1);
        findings.extend(
            judge(&certificate, now, warn_before).map(|(severity, message)| {
                Finding::new(
                    path,
                    severity,
                    format!("{message} ({})", certificate.subject()),
                )
            }),
        );
    }
    if count == 0 {
        return error("it holds no certificate in PEM form; make it anew");
    }
    findings
}

fn judge(
    certificate: &X509Certificate<'_>,
    now: SystemTime,
    warn_before: Duration,
) -> Option<(Severity, String)> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let seconds = |timestamp: i64| Duration::from_secs(u64::try_from(timestamp).unwrap_or(0));
    let start = seconds(certificate.validity().not_before.timestamp());
    let end = seconds(certificate.validity().not_after.timestamp());
    if now < start {
        let message = "the certificate is not yet valid; check the clock, or make it anew";
        return Some((Severity::Error, message.to_owned()));
    }
    // Valid up to and with its last second (RFC 5280, 4.1.2.5).
    if now.as_secs() > end.as_secs() {
        return Some((
            Severity::Error,
            "the certificate has expired; make it anew".to_owned(),
        ));
    }
    let left = end.saturating_sub(now);
    (left <= warn_before).then(|| {
        let days = left.as_secs() / 86_400;
        (
            Severity::Warning,
            format!("the certificate expires in {days} days; make it anew"),
        )
    })
}

/// PostgreSQL does not start with a key that others may read, unless it is root's and only its group may
/// (<https://www.postgresql.org/docs/current/ssl-tcp.html>).
#[cfg(unix)]
fn check_key(path: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt;
    let found = path.metadata().ok()?;
    let mode = found.mode() & 0o7777;
    let allowed = if found.uid() == 0 { 0o740 } else { 0o700 };
    (mode & 0o777 & !allowed != 0).then(|| {
        let message = format!("mode {mode:04o} lets others use the key; run `chmod 600` on it");
        Finding::new(path, Severity::Error, message)
    })
}

#[cfg(not(unix))]
fn check_key(_path: &Path) -> Option<Finding> {
    None
}
