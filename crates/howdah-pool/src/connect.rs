use howdah_config::{TargetSessionAttrs, TlsMode};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use crate::{Error, Login};

/// Makes one connection within `session.connect_timeout`: address look-up, TCP, TLS and login together.
///
/// # Errors
/// [`Error::Connect`] with the cause, [`Error::ConnectTimeout`], [`Error::TlsNotCompiled`], or [`Error::Unsupported`].
pub async fn connect(login: &Login) -> Result<PgConnection, Error> {
    check_supported(login)?;
    let limit = login.session.connect_timeout;
    match timeout(limit, login.options().connect()).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(source)) => Err(Error::connect(login, source)),
        Err(_elapsed) => Err(Error::ConnectTimeout {
            target: login.target(),
            limit,
        }),
    }
}

/// Found before the first packet, and not by the driver as an I/O error, or not at all.
pub(crate) fn check_supported(login: &Login) -> Result<(), Error> {
    let target = login.target();
    if login.tls.mode >= TlsMode::Require && !cfg!(feature = "tls") {
        return Err(Error::TlsNotCompiled { target });
    }
    match unsupported(login) {
        Some(what) => Err(Error::Unsupported { what, target }),
        None => Ok(()),
    }
}

/// What the settings can say and the driver cannot do.
fn unsupported(login: &Login) -> Option<&'static str> {
    let has_address = login.host.hostaddr.is_some();
    if !login.other_hosts.is_empty() {
        Some("several hosts; name one")
    } else if login.target_session_attrs != TargetSessionAttrs::Any {
        Some("target_session_attrs; name the server that is meant, and leave it at any")
    } else if has_address && login.tls.mode == TlsMode::VerifyFull {
        Some(
            "hostaddr together with verify-full: the driver would compare the certificate with the address; leave hostaddr out",
        )
    } else {
        None
    }
}
