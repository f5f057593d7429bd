use std::path::Path;

use sqlx::Connection;
use tokio::time::timeout;

use crate::Error;
use crate::context::Call;
use crate::ready::{Cause, superuser};

/// Asks the server which lines of its `pg_hba.conf` it does not use. One that cannot be read keeps it from starting; one
/// that can never match does not, and its writer would wait for it to match.
pub(crate) async fn check(call: &Call<'_>, port: u16, origin: &Path) -> Result<(), Error> {
    let answer = match timeout(call.deadline.remaining(), problems(call, port)).await {
        Ok(answer) => answer,
        Err(elapsed) => Err(elapsed.into()),
    };
    let problems = answer.map_err(|source| Error::NotReady {
        why: "does not say whether its pg_hba.conf is right".to_owned(),
        waited: call.deadline.elapsed(),
        log: Vec::new(),
        source: Some(source),
    })?;
    if problems.is_empty() {
        return Ok(());
    }
    let path = origin.display();
    let places = problems
        .iter()
        .map(|(line, words)| format!("{path}:{line}: {words}"));
    Err(Error::Record {
        path: origin.to_owned(),
        problem: format!(
            "has lines that the server does not use: {}",
            places.collect::<Vec<_>>().join("; ")
        ),
        mend: "correct them; `hostssl` needs a certificate for the server".to_owned(),
        source: None,
    })
}

async fn problems(call: &Call<'_>, port: u16) -> Result<Vec<(i32, String)>, Cause> {
    let mut connection = howdah_pool::connect(&superuser(port, call)?).await?;
    let problems = sqlx::query_as(
        "select line_number, error from pg_catalog.pg_hba_file_rules \
         where error is not null order by line_number",
    )
    .persistent(false)
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    Ok(problems)
}
