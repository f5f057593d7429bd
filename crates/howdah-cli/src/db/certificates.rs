use std::path::PathBuf;

use super::project::Project;
use crate::{Error, Output};

/// What the server shows, and what its clients trust.
#[derive(Debug, Clone)]
pub(crate) struct ServerCertificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) authority: PathBuf,
}

/// Those of `howdah secrets generate --certificates` in `.howdah/secrets`: what is missing is made, what is there stays.
#[cfg(feature = "certificates")]
pub(crate) fn ensure(project: &Project, output: &mut Output) -> Result<ServerCertificate, Error> {
    use std::time::Duration;

    use howdah_secrets::{Certificates, Existing, check_certificate};

    use crate::clock;

    const STEP: &str = "making the certificates";
    /// Enough to notice, with a `db-up` now and then.
    const SOON: Duration = Duration::from_hours(30 * 24);

    output.begin(STEP);
    let certificates = Certificates::open(project.secrets()).map_err(Error::step(STEP))?;
    let written = certificates
        .generate(&[], Existing::Keep, clock::now())
        .map_err(Error::step(STEP))?;
    let found = ServerCertificate {
        certificate: certificates.server_certificate(),
        key: certificates.server_key(),
        authority: certificates.ca_certificate(),
    };
    for finding in check_certificate(&found.certificate, clock::now(), SOON) {
        output.note(format_args!(
            "{finding}; `rm {}` and `db-up --tls` make a new one",
            found.certificate.display()
        ));
    }
    if written.made.is_empty() {
        output.done("certificates are there");
    } else {
        output.done("certificates made in .howdah/secrets");
    }
    Ok(found)
}

/// Without the feature, only those that are there.
#[cfg(not(feature = "certificates"))]
pub(crate) fn ensure(project: &Project, _output: &mut Output) -> Result<ServerCertificate, Error> {
    let directory = project.secrets();
    let found = ServerCertificate {
        certificate: directory.join("server.crt"),
        key: directory.join("server.key"),
        authority: directory.join("ca.crt"),
    };
    for file in [&found.certificate, &found.key, &found.authority] {
        if !file.exists() {
            return Err(Error::Usage(format!(
                "there is no {}; `db-up --tls` makes it, in a program with the feature `certificates` of howdah-cli",
                file.display()
            )));
        }
    }
    Ok(found)
}
