use howdah_pool::{Error as PoolError, Login, connect};
use sqlx::PgConnection;

const WRONG_PASSWORD: &str = "28P01";

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// Whoever lets everybody else in wants more of this login.
    #[error(
        "the server asks {who} for a password, and there is none: name the file that holds it in the settings \
         (database.secrets.app) or in HOWDAH__DATABASE__SECRETS__APP__FILE, or put it into the URL (--url, --shadow-url)"
    )]
    Asked {
        who: String,
        #[source]
        source: PoolError,
    },
    #[error(transparent)]
    Other(PoolError),
}

/// Connects; a login without a password is told where one can be given, if it needs one.
pub(super) async fn open(login: &Login) -> Result<PgConnection, OpenError> {
    let is_without = login.password.expose().is_empty();
    connect(login).await.map_err(|source| {
        if is_without && source.sqlstate().as_deref() == Some(WRONG_PASSWORD) {
            let who = login.target();
            return OpenError::Asked { who, source };
        }
        OpenError::Other(source)
    })
}
