use std::fmt;

use howdah_ident::RoleName;
use howdah_secrets::Secret;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::{Error, Verifier};

/// A new password for a service that goes on running.
///
/// Two logins, `app_a` and `app_b`, in one group `app` take turns: the one whose turn it is not gets a new password, the
/// service is told, and when no session of the other one is left, that one is switched off. At every moment there is a
/// login that works. A single login has no such overlap: between [`prepare`](Self::prepare) and the moment when the
/// service has read the new password, new connections with the old one are refused; sessions that are open go on.
///
/// The steps are apart, because what is between them is not the server's: writing the secret, and waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    next: RoleName,
    old: Option<RoleName>,
    is_pair: bool,
}

/// A session that still uses the old password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldSession {
    /// The server's process.
    pub pid: i32,
    /// What the session calls itself.
    pub application_name: String,
    /// The client's address, or `local`.
    pub client: String,
    /// The database.
    pub database: Option<String>,
}

#[derive(Debug)]
struct Known {
    name: String,
    logs_in: bool,
    is_member: bool,
    is_used: bool,
}

impl Rotation {
    /// Of the logins `GROUP_a` and `GROUP_b`, which are members of the group. `active` is the one that the service was
    /// told last, where that is known; else it is the one that can log in, or the one with sessions.
    ///
    /// # Errors
    /// [`Error::Layout`] when the logins are not there, are no members, or `active` is none of them; [`Error::Read`].
    pub async fn pair(
        connection: &mut PgConnection,
        group: &RoleName,
        active: Option<&RoleName>,
    ) -> Result<Self, Error> {
        let names = pair_of(group)?;
        let known = known(connection, group, &names).await?;
        let problems = problems(group, &names, &known, active);
        if !problems.is_empty() {
            return Err(Error::Layout {
                why: problems.join("; "),
            });
        }
        let [first, second] = names;
        let is = |name: &RoleName, of: fn(&Known) -> bool| {
            known.iter().any(|one| one.name == name.as_str() && of(one))
        };
        let weight = |name: &RoleName| (is(name, |one| one.logs_in), is(name, |one| one.is_used));
        let second_is_old = match active {
            Some(active) => *active == second,
            None => weight(&second) > weight(&first),
        };
        let (next, old) = if second_is_old {
            (first, second)
        } else {
            (second, first)
        };
        if active.is_none() && weight(&old) == (false, false) {
            // Nobody has had a turn yet.
            return Ok(Self {
                next: old,
                old: None,
                is_pair: true,
            });
        }
        Ok(Self {
            next,
            old: Some(old),
            is_pair: true,
        })
    }

    /// Of one login, with a window in which new connections may fail.
    ///
    /// # Errors
    /// [`Error::Layout`] when there is no such login; [`Error::Read`].
    pub async fn single(connection: &mut PgConnection, login: &RoleName) -> Result<Self, Error> {
        let known = known(connection, login, std::slice::from_ref(login)).await?;
        if !known.iter().any(|one| one.logs_in) {
            return Err(Error::Layout {
                why: format!("there is no role {} that can log in", login.as_str()),
            });
        }
        Ok(Self {
            next: login.clone(),
            old: Some(login.clone()),
            is_pair: false,
        })
    }

    /// The turn before this one, to finish it: its old login is the one that would be next now.
    #[must_use]
    pub fn last_turn(self) -> Self {
        match self.old {
            Some(old) if self.is_pair => Self {
                next: old,
                old: Some(self.next),
                is_pair: true,
            },
            _ => self,
        }
    }

    /// Who gets the new password.
    pub fn next(&self) -> &RoleName {
        &self.next
    }

    /// Whose sessions are to go; `None` when nobody had a password before.
    pub fn old(&self) -> Option<&RoleName> {
        self.old.as_ref()
    }

    /// Whether two logins take turns.
    pub fn is_pair(&self) -> bool {
        self.is_pair
    }

    /// Sessions of the login that is to get the new password, from an earlier turn. Before they are gone, a new turn
    /// must not begin: its end would take them for those that have moved.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub async fn left_over(&self, connection: &mut PgConnection) -> Result<Vec<OldSession>, Error> {
        if !self.is_pair {
            return Ok(Vec::new());
        }
        sessions(connection, &self.next).await
    }

    /// Gives the next login its password, as a verifier, and lets it log in; returns the sessions that use the old one
    /// at this moment.
    ///
    /// # Errors
    /// [`Error::Password`] before anything is sent, [`Error::Statement`], [`Error::Read`].
    pub async fn prepare(
        &self,
        connection: &mut PgConnection,
        password: &Secret,
    ) -> Result<Vec<OldSession>, Error> {
        let verifier = Verifier::new(password).map_err(|why| Error::Password {
            role: self.next.as_str().to_owned(),
            why,
        })?;
        // Letters, digits and `$:+/=`: nothing to quote.
        let sql = format!("alter role {} login password '{verifier}'", self.next);
        let shown = format!("alter role {} login password '…'", self.next);
        run(connection, &sql, &shown).await?;
        self.old_sessions(connection).await
    }

    /// Sessions of the old login. With a single login, all of its sessions: compare them with those that
    /// [`prepare`](Self::prepare) returned.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub async fn old_sessions(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Vec<OldSession>, Error> {
        match &self.old {
            Some(old) => sessions(connection, old).await,
            None => Ok(Vec::new()),
        }
    }

    /// Ends these sessions.
    ///
    /// # Errors
    /// [`Error::Statement`].
    pub async fn end(
        &self,
        connection: &mut PgConnection,
        sessions: &[OldSession],
    ) -> Result<(), Error> {
        let pids: Vec<i32> = sessions.iter().map(|session| session.pid).collect();
        sqlx::query("select pg_catalog.pg_terminate_backend(pid) from unnest($1::int[]) as pid")
            .bind(pids)
            .execute(connection)
            .await
            .map(drop)
            .map_err(|source| Error::Statement {
                statement: "select pg_terminate_backend(…)".to_owned(),
                blockers: Vec::new(),
                source,
            })
    }

    /// Switches the old login off: it cannot log in any more, and its password is gone. Nothing to do for a single one.
    ///
    /// # Errors
    /// [`Error::Statement`].
    pub async fn retire(&self, connection: &mut PgConnection) -> Result<(), Error> {
        match &self.old {
            Some(old) if self.is_pair => {
                let sql = format!("alter role {old} nologin password null");
                run(connection, &sql, &sql).await
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for OldSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pid {} ({:?} from {}, database {})",
            self.pid,
            self.application_name,
            self.client,
            self.database.as_deref().unwrap_or("none")
        )
    }
}

fn pair_of(group: &RoleName) -> Result<[RoleName; 2], Error> {
    let name = |end: &str| {
        RoleName::new(format!("{}_{end}", group.as_str())).map_err(|error| Error::Layout {
            why: format!(
                "the logins of {} cannot be called so: {error}",
                group.as_str()
            ),
        })
    };
    Ok([name("a")?, name("b")?])
}

async fn known(
    connection: &mut PgConnection,
    group: &RoleName,
    names: &[RoleName],
) -> Result<Vec<Known>, Error> {
    let names: Vec<&str> = names.iter().map(RoleName::as_str).collect();
    let rows: Vec<(String, bool, bool, bool)> =
        sqlx::query_as(include_str!("../sql/rotation_logins.sql"))
            .bind(group.as_str())
            .bind(names)
            .fetch_all(connection)
            .await
            .map_err(Error::read("the logins that take turns"))?;
    let known = rows
        .into_iter()
        .map(|(name, logs_in, is_member, is_used)| Known {
            name,
            logs_in,
            is_member,
            is_used,
        });
    Ok(known.collect())
}

fn problems(
    group: &RoleName,
    names: &[RoleName; 2],
    known: &[Known],
    active: Option<&RoleName>,
) -> Vec<String> {
    let group = group.as_str();
    let mut problems = Vec::new();
    for name in names.iter().map(RoleName::as_str) {
        match known.iter().find(|one| one.name == name) {
            None => problems.push(format!(
                "there is no role {name}: declare `{name}: {{ login: rotation, member_of: {{ {group}: {{}} }} }}` in the manifest"
            )),
            Some(one) if !one.is_member => problems.push(format!("{name} is no member of {group}")),
            Some(_) => {}
        }
    }
    if let Some(active) = active.filter(|active| !names.contains(active)) {
        problems.push(format!(
            "the service uses {}, which is none of the two logins of {group}",
            active.as_str()
        ));
    }
    problems
}

async fn sessions(
    connection: &mut PgConnection,
    login: &RoleName,
) -> Result<Vec<OldSession>, Error> {
    let rows: Vec<(i32, String, String, Option<String>)> =
        sqlx::query_as(include_str!("../sql/rotation_sessions.sql"))
            .bind(login.as_str())
            .fetch_all(connection)
            .await
            .map_err(Error::read("the sessions of a login"))?;
    let sessions = rows
        .into_iter()
        .map(|(pid, application_name, client, database)| OldSession {
            pid,
            application_name,
            client,
            database,
        });
    Ok(sessions.collect())
}

/// In a transaction, so that a superuser's settings against logging a verifier hold for it alone.
async fn run(connection: &mut PgConnection, sql: &str, shown: &str) -> Result<(), Error> {
    let failed = |source| Error::Statement {
        statement: shown.to_owned(),
        blockers: Vec::new(),
        source,
    };
    let superuser: String = sqlx::query_scalar("select current_setting('is_superuser')")
        .fetch_one(&mut *connection)
        .await
        .map_err(Error::read("who makes the changes"))?;
    let mut transaction = connection.begin().await.map_err(failed)?;
    let settings = crate::apply::local_settings(superuser == "on");
    for sql in [settings.as_str(), sql] {
        transaction
            .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
            .await
            .map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}
