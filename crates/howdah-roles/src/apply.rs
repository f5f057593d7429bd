use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::time::{Instant, sleep};

use crate::change::{Change, Phase};
use crate::difference::Difference;
use crate::error::{is_race, is_stale};
use crate::plan::Rendering;
use crate::{Error, Plan, blockers};

/// How often a change is begun anew because another session changed the same row of the catalog.
const RACES: u32 = 10;
/// How often what is still missing after a change is made up for.
const ROUNDS: u32 = 3;
/// How long a session that was told to end may take.
const DEADLINE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(25);

impl Plan {
    /// Carries the plan out in one transaction (`create database` goes before it, because no transaction takes it), so
    /// that a run that is stopped half way leaves all or nothing. Before the commit the catalog is read again inside of
    /// the transaction, and after it in a new snapshot: a `grant` by somebody without grant option succeeds with a
    /// warning, and only the catalog tells.
    ///
    /// Waits at most 5 s for each lock. Begins anew when another session changes the same rows of the catalog.
    ///
    /// # Errors
    /// [`Error::Lacking`] before anything is begun; [`Error::Statement`] with the statement that failed;
    /// [`Error::NotEffective`] when the server took the statements and did not do what they say; [`Error::Read`].
    pub async fn apply(&self, connection: &mut PgConnection) -> Result<(), Error> {
        self.check_rights()?;
        let mut plan = self.clone();
        let (mut races, mut rounds) = (0, 0);
        while !plan.is_empty() {
            plan.check_rights()?;
            match plan.apply_once(connection).await {
                Ok(()) => {
                    rounds += 1;
                    plan.settle(connection).await?;
                }
                Err(error) if races < RACES && (is_race(&error) || is_stale(&error)) => {
                    races += 1;
                    tracing::debug!(%error, "another session changed the same, once more");
                    sleep(PAUSE * races).await;
                }
                Err(error) => return Err(blockers::named(error, connection).await),
            }
            if rounds > ROUNDS {
                return Err(plan.not_effective());
            }
            let origin = if rounds == 0 {
                self.origin.clone()
            } else {
                plan.afterwards.clone()
            };
            plan = Self::new(connection, origin).await?;
        }
        Ok(())
    }

    fn check_rights(&self) -> Result<(), Error> {
        if self.lacking().is_empty() {
            return Ok(());
        }
        Err(Error::Lacking {
            lacking: self.lacking().to_vec(),
        })
    }

    fn not_effective(&self) -> Error {
        Error::NotEffective {
            left: self.found.changes.iter().map(Change::sentence).collect(),
        }
    }

    async fn apply_once(&self, connection: &mut PgConnection) -> Result<(), Error> {
        for change in of(&self.found, Phase::Before) {
            run_change(connection, change).await?;
        }
        self.apply_within(connection).await?;
        self.apply_after(connection).await
    }

    /// Who may end a session is who has the privileges of its role.
    async fn apply_after(&self, connection: &mut PgConnection) -> Result<(), Error> {
        if of(&self.found, Phase::After).next().is_none() {
            return Ok(());
        }
        let mut transaction = connection.begin().await.map_err(failed("begin"))?;
        prepare(&mut transaction, &self.rendering).await?;
        lend(&mut transaction, &self.rendering).await?;
        for change in of(&self.found, Phase::After) {
            run_change(&mut transaction, change).await?;
        }
        give_back(&mut transaction, &self.rendering).await?;
        transaction.commit().await.map_err(failed("commit"))?;
        for change in of(&self.found, Phase::After) {
            until_ended(connection, change).await?;
        }
        Ok(())
    }

    async fn apply_within(&self, connection: &mut PgConnection) -> Result<(), Error> {
        if of(&self.found, Phase::Within).next().is_none() {
            return Ok(());
        }
        let mut transaction = connection.begin().await.map_err(failed("begin"))?;
        prepare(&mut transaction, &self.rendering).await?;
        let mut found = self.found.clone();
        let mut rendering = self.rendering.clone();
        for _ in 0..ROUNDS {
            run_changes(&mut transaction, &found, &rendering).await?;
            let catalog = self.origin.read_in(&mut transaction).await?;
            found = self.afterwards.compare(&catalog)?;
            rendering = Rendering::new(&found, &catalog);
            if of(&found, Phase::Within).next().is_none() {
                return transaction.commit().await.map_err(failed("commit"));
            }
        }
        transaction.rollback().await.map_err(failed("rollback"))?;
        Err(Error::NotEffective {
            left: found.changes.iter().map(Change::sentence).collect(),
        })
    }
}

/// Signatures of functions mean the same as when they were read, and no lock is waited for without end.
async fn prepare(connection: &mut PgConnection, rendering: &Rendering) -> Result<(), Error> {
    execute(connection, &local_settings(rendering.superuser))
        .await
        .map_err(failed("set local lock_timeout"))
}

/// What holds for a transaction that changes roles.
pub(crate) fn local_settings(superuser: bool) -> String {
    let mut settings =
        "set local search_path = pg_catalog; set local lock_timeout = '5s'".to_owned();
    if superuser {
        // The verifiers in `alter role ... password` are as good as passwords to whoever reads the server's log. Only
        // a superuser may keep them out of it.
        settings.push_str(
            "; set local log_statement = 'none'; set local log_min_duration_statement = -1; \
             set local log_min_error_statement = 'panic'",
        );
    }
    settings
}

async fn run_changes(
    connection: &mut PgConnection,
    found: &Difference,
    rendering: &Rendering,
) -> Result<(), Error> {
    // A role has to be there before its membership is lent.
    let (roles, rest): (Vec<&Change>, Vec<&Change>) =
        of(found, Phase::Within).partition(|change| matches!(change, Change::CreateRole { .. }));
    for change in roles {
        run_change(connection, change).await?;
    }
    lend(connection, rendering).await?;
    for change in rest {
        run_change(connection, change).await?;
    }
    give_back(connection, rendering).await
}

async fn lend(connection: &mut PgConnection, rendering: &Rendering) -> Result<(), Error> {
    for statement in rendering.borrow_statements() {
        run(connection, &statement, &statement).await?;
    }
    Ok(())
}

async fn give_back(connection: &mut PgConnection, rendering: &Rendering) -> Result<(), Error> {
    for statement in rendering.return_statements() {
        run(connection, &statement, &statement).await?;
    }
    Ok(())
}

fn of(found: &Difference, phase: Phase) -> impl Iterator<Item = &Change> {
    let changes = found.changes.iter();
    changes.filter(move |change| change.phase() == phase)
}

/// A session that is told to end does so when it gets to it. One that does not is named by the next plan.
async fn until_ended(connection: &mut PgConnection, change: &Change) -> Result<(), Error> {
    let Change::EndSession { pid, .. } = change else {
        return Ok(());
    };
    let end = Instant::now() + DEADLINE;
    while Instant::now() < end {
        let there: bool = sqlx::query_scalar(
            "select exists (select from pg_catalog.pg_stat_activity where pid = $1)",
        )
        .bind(pid)
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::read("whether a session has ended"))?;
        if !there {
            break;
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

async fn run_change(connection: &mut PgConnection, change: &Change) -> Result<(), Error> {
    for (statement, shown) in change.sql().iter().zip(change.shown()) {
        run(connection, statement, &shown).await?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, statement: &str, shown: &str) -> Result<(), Error> {
    tracing::debug!(statement = shown, "changing roles");
    execute(connection, statement).await.map_err(failed(shown))
}

async fn execute(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await
        .map(drop)
}

fn failed(statement: &str) -> impl FnOnce(sqlx::Error) -> Error {
    let statement = statement.to_owned();
    move |source| Error::Statement {
        statement,
        blockers: Vec::new(),
        source,
    }
}
