use std::future::Future;
use std::pin::pin;

use howdah_config::Tls;
use howdah_ident::{DatabaseName, RoleName};
use howdah_pool::Login;
use sqlx::Connection;
use tokio::time::timeout;

use crate::context::Call;
use crate::deadline::{Deadline, Pause};
use crate::{Error, Version};

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What the server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) version: Version,
    pub(crate) data_directory: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Unready {
    /// The server ended; how.
    Ended(String),
    /// Nothing but failures until the deadline.
    Late { last: Option<Cause> },
    /// An answer that waiting does not change.
    Refused(Cause),
    /// The password is not the one the data was created with.
    Password(Cause),
}

/// Asks over TCP, as the superuser, until there is an answer. Neither a log line nor `pg_isready` would do: both are
/// there too early. As long as `may_ask` is false, nobody is asked.
pub(crate) async fn wait(
    port: u16,
    call: &Call<'_>,
    ended: impl Future<Output = String> + Send,
    may_ask: impl Fn() -> bool + Send,
) -> Result<Answer, Unready> {
    let deadline = &call.deadline;
    let login = superuser(port, call).map_err(Unready::Refused)?;
    let mut ended = pin!(ended);
    let mut pause = Pause::new();
    let mut last = None;
    loop {
        let asking = may_ask();
        let attempt = timeout(deadline.remaining(), async {
            if asking {
                Some(ask(&login).await)
            } else {
                None
            }
        });
        let answer = tokio::select! {
            biased;
            how = &mut ended => return Err(Unready::Ended(how)),
            answer = attempt => answer,
        };
        match answer {
            Ok(Some(Ok(answer))) => return Ok(answer),
            Ok(Some(Err(error))) => last = Some(keep_trying(error)?),
            Ok(None) => {}
            Err(_elapsed) => return Err(Unready::Late { last }),
        }
        if deadline.has_passed() {
            return Err(Unready::Late { last });
        }
        pause.wait().await;
    }
}

impl Unready {
    /// The error for the caller, with the last lines of the log.
    pub(crate) fn into_error(self, deadline: &Deadline, log: Vec<String>) -> Error {
        let (why, source) = match self {
            Self::Password(source) => return Error::Password { source },
            Self::Ended(how) => (how, None),
            Self::Late { last } => ("does not answer".to_owned(), last),
            Self::Refused(source) => ("refuses the login".to_owned(), Some(source)),
        };
        Error::NotReady {
            why,
            waited: deadline.elapsed(),
            log,
            source,
        }
    }
}

pub(crate) fn superuser(port: u16, call: &Call<'_>) -> Result<Login, Cause> {
    let mut login = Login::local(
        port,
        DatabaseName::new("postgres")?,
        RoleName::new("postgres")?,
        call.password.clone(),
    );
    if call.files.has_tls() {
        // Encrypted, if that is compiled in: a `pg_hba.conf` may ask for it.
        login.tls = Tls::default();
    }
    Ok(login)
}

async fn ask(login: &Login) -> Result<Answer, howdah_pool::Error> {
    let mut connection = howdah_pool::connect(login).await?;
    let answer: Result<(String, String), _> = sqlx::query_as(
        "select current_setting('server_version_num'), current_setting('data_directory')",
    )
    .persistent(false)
    .fetch_one(&mut connection)
    .await;
    let closed = connection.close().await;
    tracing::trace!(?closed, "asked the server");
    let (number, data_directory) =
        answer.map_err(|source| howdah_pool::Error::connect(login, source))?;
    let version = Version::from_number(&number).ok_or_else(|| {
        let problem = format!("server_version_num is {number:?}");
        howdah_pool::Error::connect(login, sqlx::Error::Protocol(problem))
    })?;
    Ok(Answer {
        version,
        data_directory,
    })
}

/// A server that is starting refuses connections, breaks them or says so. What it says otherwise, it means.
fn keep_trying(error: howdah_pool::Error) -> Result<Cause, Unready> {
    match error.sqlstate().as_deref() {
        Some("28P01") => Err(Unready::Password(Box::new(error))),
        Some(_) if !error.is_retryable() => Err(Unready::Refused(Box::new(error))),
        _ => Ok(Box::new(error)),
    }
}
