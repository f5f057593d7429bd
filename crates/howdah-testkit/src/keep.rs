use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use howdah_ident::DatabaseName;
use howdah_pool::Login;

use crate::Error;
use crate::admin::Admin;
use crate::shared::place::target;
use crate::shared::write_private;
use crate::variables::{self, Keep};

/// How long a kept database holds its server, and is left alone by later runs.
pub(crate) const FOR: Duration = Duration::from_hours(1);
/// Who reads the first sixty failures does not need the next.
pub(crate) const MOST: i64 = 60;
const STEP: &str = "keeping a test database";

/// Whether a database stays after its test.
pub(crate) fn wanted(failed: bool) -> Result<bool, Error> {
    Ok(match variables::keep()? {
        Keep::Always => true,
        Keep::Failure => failed,
        Keep::Never => false,
    })
}

/// A database that is kept, or not: so many are kept already.
#[derive(Debug)]
pub(crate) enum Kept {
    Yes(String),
    No(String),
}

/// Keeps a database; what the person at the test is to be told comes back.
pub(crate) async fn keep(
    admin: &Admin,
    name: &DatabaseName,
    login: &Login,
    test: Option<&str>,
) -> Result<Kept, Error> {
    let owner = admin.owner().await?;
    let mut connection = admin.acquire().await?;
    let kept = sqlx::query(include_str!("../sql/keep.sql"))
        .bind(name.as_str())
        .bind(owner)
        .bind(MOST)
        .execute(&mut *connection)
        .await
        .map_err(Error::step(STEP))?
        .rows_affected()
        == 1;
    let test = test.map(|test| format!(" of {test}")).unwrap_or_default();
    if !kept {
        return Ok(Kept::No(format!(
            "howdah-testkit: the database{test} is not kept: {MOST} others of this run are"
        )));
    }
    if let Some(membership) = admin.membership() {
        membership.hold_for_kept()?;
    }
    let psql = match pass_file(admin, login) {
        Ok(Some(path)) => format!("PGPASSFILE={} {}", path.display(), psql(login)),
        Ok(None) | Err(_) => psql(login),
    };
    Ok(Kept::Yes(format!(
        "howdah-testkit: the database{test} is kept for an hour, as {}:\n  {psql}",
        name.as_str()
    )))
}

/// Without a password: it stands in the file that `PGPASSFILE` names.
fn psql(login: &Login) -> String {
    format!(
        "psql --host={} --port={} --username={} --dbname={}",
        login.host.host,
        login.host.port,
        login.user.as_str(),
        login.database.as_str()
    )
}

/// A password file for this login (<https://www.postgresql.org/docs/current/libpq-pgpass.html>), beside what else the
/// server has. `None`: nobody would remove it.
fn pass_file(admin: &Admin, login: &Login) -> io::Result<Option<PathBuf>> {
    let directory = match (admin.membership(), target()) {
        (Some(membership), _) => membership.directory().to_owned(),
        (None, Some(target)) => target.join("howdah-testkit"),
        (None, None) => return Ok(None),
    };
    fs::create_dir_all(&directory)?;
    let path = directory.join(format!("{}.pgpass", login.user.as_str()));
    let escape = |text: &str| text.replace('\\', "\\\\").replace(':', "\\:");
    let line = format!(
        "{}:{}:*:{}:{}\n",
        escape(&login.host.host),
        login.host.port,
        escape(login.user.as_str()),
        escape(login.password.expose())
    );
    write_private(&path, &line)?;
    Ok(Some(path))
}

/// On the test's own thread, whose output the test harness shows beside the failure.
#[expect(
    clippy::print_stderr,
    reason = "the person at the failed test has no other channel"
)]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
