use howdah_config::TlsMode;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use crate::{Error, Login};

/// Makes one connection within `session.connect_timeout`: address look-up, TCP, TLS and login together.
///
/// # Errors
/// [`Error::Connect`] with the cause, [`Error::ConnectTimeout`], or [`Error::TlsNotCompiled`].
pub async fn connect(login: &Login) -> Result<PgConnection, Error> {
    check_tls(login)?;
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

/// Found before the first packet, and not by the driver as an I/O error.
pub(crate) fn check_tls(login: &Login) -> Result<(), Error> {
    if login.tls.mode >= TlsMode::Require && !cfg!(feature = "tls") {
        return Err(Error::TlsNotCompiled {
            target: login.target(),
        });
    }
    Ok(())
}
