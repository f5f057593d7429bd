use std::fmt;

use howdah_migrate::{Migration, Problem};
use sqlx::PgConnection;

use super::place::Place;
use crate::{Error, Output};

/// What a scratch run would do to the whole server: a database is soon made and dropped, a server is not.
#[derive(Debug, Default, thiserror::Error)]
#[error(
    "nothing was executed: a scratch database shares with the real one what belongs to the whole server. Give \
     --shadow-url, or set HOWDAH_SHADOW_URL, with a login on a throwaway server of the same major version. What is not \
     applied yet can be written such that it may run again, `do $$ begin if not exists (...) then ...; end if; end $$`, \
     or go to `howdah roles`:{}",
    List(.0)
)]
pub(super) struct ServerWide(Vec<Problem>);

struct List<'a>(&'a [Problem]);

impl ServerWide {
    /// Of these, if they ran.
    pub(super) fn of<'a>(migrations: impl Iterator<Item = &'a Migration>) -> Self {
        Self(migrations.flat_map(Migration::server_changes).collect())
    }

    /// Refuses them on the server of the place. On another server it says what will stay there.
    ///
    /// `elsewhere` is a connection by a login of its own.
    pub(super) async fn refuse(
        self,
        place: &Place,
        elsewhere: Option<&mut PgConnection>,
        output: &mut Output,
    ) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let is_elsewhere = match elsewhere {
            Some(admin) => !is_server_of(place, admin, output).await,
            None => false,
        };
        if !is_elsewhere {
            return Err(Error::step("preparing the scratch run")(self));
        }
        for problem in &self.0 {
            output.note(format_args!(
                "{problem} of the scratch database, and stays so there"
            ));
        }
        Ok(())
    }
}

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|one| write!(f, "\n  {one}"))
    }
}

/// Whether this is the server of the place, also by another name. If nobody says so, it is taken for it; a place that
/// cannot be reached is out of danger.
async fn is_server_of(place: &Place, admin: &mut PgConnection, output: &mut Output) -> bool {
    let Ok(mut real) = place.connect(output).await else {
        return false;
    };
    let (here, there) = (started_at(&mut real).await, started_at(admin).await);
    here.is_none() || there.is_none() || here == there
}

/// To the microsecond, which tells servers apart. The identifier of their data does not: a copy of the data has it, too.
async fn started_at(conn: &mut PgConnection) -> Option<String> {
    let sql = "select extract(epoch from pg_catalog.pg_postmaster_start_time())::text";
    sqlx::query_scalar(sql).fetch_one(conn).await.ok()
}
