use howdah_config::TlsMode;
use howdah_pool::{Login, connect};

use super::certificates::ServerCertificate;
use super::env_file;
use super::logins::Logins;
use crate::{Error, Output};

/// Variables of the env file, with the login each stands for.
pub(crate) type Links = Vec<(&'static str, Login)>;

/// What the env file says.
pub(crate) fn of(
    logins: &Logins,
    replica: Option<&Login>,
    pooled: Option<&Login>,
    certificate: Option<&ServerCertificate>,
) -> Links {
    let mut links = vec![
        ("DATABASE_URL", logins.app.clone()),
        ("DATABASE_READ_ONLY_URL", logins.read_only.clone()),
        ("DATABASE_MIGRATION_URL", logins.migrator.clone()),
    ];
    links.extend(replica.map(|login| ("DATABASE_REPLICA_URL", login.clone())));
    if let Some(certificate) = certificate {
        for (_, login) in &mut links {
            encrypt(login, certificate);
        }
    }
    // It listens to this machine only, and offers no TLS.
    links.extend(pooled.map(|login| ("DATABASE_POOLED_URL", login.clone())));
    links
}

/// For people: without the passwords.
pub(crate) fn hidden(links: &Links) -> Vec<(&'static str, String)> {
    let hidden = |(variable, login): &(&'static str, Login)| (*variable, env_file::hidden(login));
    links.iter().map(hidden).collect()
}

/// Logs in as a client with the first of the URLs would, so that what they promise is true. Needs the feature `tls`.
pub(crate) async fn check(links: &Links, output: &mut Output) -> Result<(), Error> {
    const STEP: &str = "connecting with TLS";
    let Some((_, login)) = links.first().filter(|_| cfg!(feature = "tls")) else {
        return Ok(());
    };
    if login.tls.mode != TlsMode::VerifyFull {
        return Ok(());
    }
    output.begin(STEP);
    connect(login).await.map_err(Error::step(STEP))?;
    output.done("TLS: the server's certificate is verified");
    Ok(())
}

/// As a client should: it wants the server's own certificate, and no other.
fn encrypt(login: &mut Login, certificate: &ServerCertificate) {
    login.tls.mode = TlsMode::VerifyFull;
    login.tls.root_cert = Some(certificate.authority.clone());
}
