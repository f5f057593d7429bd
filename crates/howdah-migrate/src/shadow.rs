use std::fmt;

use howdah_ident::{DatabaseName, RoleName};
use sqlx::{Connection as _, PgConnection, postgres::PgRow};

use crate::crc32::crc32;
use crate::ledger::literal;
use crate::simple_query::{column, is_true, rows, run};
use crate::{Catalog, Error, Migrator, expected};

/// The first half of the advisory lock that says that a shadow is in use: "howd".
const LOCK_CLASS: i32 = 0x686f_7764;

/// An empty database beside the real one, in which migrations can show what they make.
///
/// It has the encoding and the locale of the real one, and comes from `template0`: what a database of the server gets
/// by `template1`, by `alter database ... set` or by an administrator is not in it. It bears a mark, a comment on the
/// database, which says whose shadow it is, and is in use as long as its `admin` connection is open. What a process
/// that was killed left is dropped by the next [`Shadow::create`] beside the same database. A database without the mark
/// never is, but for one that nobody could connect to yet, with a name that begins as [`Shadow::create`] advises.
pub struct Shadow {
    admin: PgConnection,
    name: DatabaseName,
    rights: Rights,
}

/// What the login of the administrator's connection may only do after `set role`.
#[derive(Debug, Clone, Default)]
struct Rights {
    /// The owner, if it alone may create databases: that right is never inherited.
    creates: Option<RoleName>,
    /// The owner, if the login does not inherit from it (NOINHERIT), so that the database is not the login's.
    owns: Option<RoleName>,
}

impl Shadow {
    /// Creates it under a name that nobody else uses, and drops what earlier runs left.
    ///
    /// `admin` is connected to the real database, directly, as a role that may create databases, or become one that may.
    /// `owner` is the role that migrates, which `admin` must be or be a member of, also without inheriting from it;
    /// `None`: the role of `admin`. A name that begins with the
    /// first 30 characters of that of the real database and `_shadow_` is found again even if the process is killed
    /// while the server makes the database.
    ///
    /// # Errors
    /// [`Error::Database`], for example if a database of that name exists.
    pub async fn create(
        mut admin: PgConnection,
        name: DatabaseName,
        owner: Option<&RoleName>,
    ) -> Result<Self, Error> {
        let (target, settings) = target(&mut admin).await?;
        let mark = literal(&format!("howdah shadow of {target}"));
        let rights = Rights::of(&mut admin, owner).await?;
        drop_leftovers(&mut admin, &mark, &rights).await?;
        lock(&mut admin, &name).await?;
        let owner = owner.map_or_else(String::new, |owner| format!(" owner {owner}"));
        let doing = Error::doing(format!("create the shadow database {name}"));
        let create = format!(
            "create database {name} template template0{owner}{settings} allow_connections false"
        );
        run_as(&mut admin, rights.creates.as_ref(), create)
            .await
            .map_err(doing)?;
        let mut shadow = Self {
            admin,
            name,
            rights,
        };
        let name = &shadow.name;
        // One message is one transaction: who can connect to it can see whose it is.
        let open = format!(
            "comment on database {name} is {mark};\nalter database {name} allow_connections true"
        );
        match run_as(&mut shadow.admin, shadow.rights.owns.as_ref(), open).await {
            Ok(()) => Ok(shadow),
            Err(error) => {
                let doing = Error::doing(format!("mark the shadow database {}", shadow.name));
                shadow.discard().await?;
                Err(doing(error))
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> &DatabaseName {
        &self.name
    }

    /// The state that the migrations describe, as [`expected`] does it; drops the database afterwards, also after an
    /// error. Both connections lead to it, as the role that migrates. If they cannot be made, call
    /// [`Shadow::discard`].
    ///
    /// # Errors
    /// Those of [`expected`] and [`Shadow::discard`].
    pub async fn expected(
        self,
        migrator: &Migrator,
        apply: PgConnection,
        mut read: PgConnection,
    ) -> Result<Catalog, Error> {
        let wanted = expected(migrator, apply, &mut read).await;
        drop(read);
        let discarded = self.discard().await;
        let wanted = wanted?;
        discarded.map(|()| wanted)
    }

    /// Drops the database, whoever is connected to it, and closes the connection.
    ///
    /// # Errors
    /// [`Error::Database`]; the next [`Shadow::create`] then drops it.
    pub async fn discard(mut self) -> Result<(), Error> {
        drop_database(&mut self.admin, &self.name, &self.rights).await?;
        let doing = Error::doing("close the connection that made the shadow database");
        self.admin.close().await.map_err(doing)
    }
}

impl fmt::Debug for Shadow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The name of the database, and what `create database` needs for one like it.
async fn target(admin: &mut PgConnection) -> Result<(String, String), Error> {
    let doing = || Error::doing("read the locale of the database");
    let read = rows(admin, include_str!("../sql/shadow_target.sql"))
        .await
        .map_err(doing())?;
    let row = read
        .first()
        .ok_or(sqlx::Error::RowNotFound)
        .map_err(doing())?;
    let name = column(row, "name").map_err(doing())?;
    Ok((name, settings(row).map_err(doing())?))
}

fn settings(row: &PgRow) -> Result<String, sqlx::Error> {
    let quoted =
        |name| column::<Option<String>>(row, name).map(|text| text.map(|text| literal(&text)));
    let provider: Option<String> = column(row, "provider")?;
    let (provider, locale) = match provider.as_deref() {
        Some("i") => (Some("icu"), "icu_locale"),
        Some("b") => (Some("builtin"), "builtin_locale"),
        Some(_) => (Some("libc"), "locale"),
        None => (None, "locale"),
    };
    let own_locale = quoted("locale")?.filter(|_| locale != "locale");
    let options = [
        ("encoding", quoted("encoding")?),
        ("lc_collate", quoted("collate")?),
        ("lc_ctype", quoted("ctype")?),
        ("locale_provider", provider.map(str::to_owned)),
        (locale, own_locale),
        ("icu_rules", quoted("rules")?),
    ];
    let text = |(name, value): (&str, Option<String>)| Some(format!(" {name} {}", value?));
    Ok(options.into_iter().filter_map(text).collect())
}

/// Those of the same database whose maker is gone.
async fn drop_leftovers(
    admin: &mut PgConnection,
    mark: &str,
    rights: &Rights,
) -> Result<(), Error> {
    let doing = || Error::doing("look for shadow databases of earlier runs");
    let marked = include_str!("../sql/shadow_marked.sql").replace("{mark}", mark);
    for row in rows(admin, marked).await.map_err(doing())? {
        let name: String = column(&row, "name").map_err(doing())?;
        let Ok(name) = DatabaseName::new(name) else {
            continue;
        };
        if is_free(admin, &name).await? {
            drop_database(admin, &name, rights).await?;
            let unlock = format!("select pg_catalog.pg_advisory_unlock({})", key(&name));
            run(admin, unlock).await.map_err(doing())?;
            tracing::info!(
                database = name.as_str(),
                "dropped a shadow database that was left"
            );
        }
    }
    Ok(())
}

async fn lock(admin: &mut PgConnection, name: &DatabaseName) -> Result<(), Error> {
    if is_free(admin, name).await? {
        return Ok(());
    }
    let source = sqlx::Error::Protocol("another session uses it; take another name".to_owned());
    Err(Error::doing(format!("create the shadow database {name}"))(
        source,
    ))
}

/// Whether no other session uses it; if so, this one does from now on.
async fn is_free(admin: &mut PgConnection, name: &DatabaseName) -> Result<bool, Error> {
    let sql = format!("select pg_catalog.pg_try_advisory_lock({})", key(name));
    let doing = Error::doing(format!("ask who uses the shadow database {name}"));
    is_true(admin, sql).await.map_err(doing)
}

fn key(name: &DatabaseName) -> String {
    let hash = i32::from_ne_bytes(crc32(name.as_str().as_bytes()).to_ne_bytes());
    format!("{LOCK_CLASS}, {hash}")
}

async fn drop_database(
    admin: &mut PgConnection,
    name: &DatabaseName,
    rights: &Rights,
) -> Result<(), Error> {
    let doing = || Error::doing(format!("drop the shadow database {name}"));
    let Some(owner) = &rights.owns else {
        let drop = format!("drop database if exists {name} with (force)");
        return run(admin, drop).await.map_err(doing());
    };
    // The owner may not end sessions of the login, and the login may not drop the database. The server waits for
    // sessions that are about to end.
    let end = format!(
        "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity \
         where datname = {} and usename = session_user",
        literal(name.as_str())
    );
    run(admin, end).await.map_err(doing())?;
    let drop = format!("drop database if exists {name}");
    run_as(admin, Some(owner), drop).await.map_err(doing())
}

/// One statement that takes no transaction block may be in it, so the roles are set in messages of their own.
async fn run_as(
    admin: &mut PgConnection,
    role: Option<&RoleName>,
    sql: String,
) -> Result<(), sqlx::Error> {
    let Some(role) = role else {
        return run(admin, sql).await;
    };
    run(admin, format!("set role {role}")).await?;
    let done = run(admin, sql).await;
    run(admin, "reset role").await?;
    done
}

impl Rights {
    async fn of(admin: &mut PgConnection, owner: Option<&RoleName>) -> Result<Self, Error> {
        let Some(owner) = owner else {
            return Ok(Self::default());
        };
        let doing = || Error::doing(format!("ask what {owner} may do"));
        let sql = include_str!("../sql/shadow_rights.sql");
        let sql = sql.replace("{owner}", &literal(owner.as_str()));
        let found = rows(admin, sql).await.map_err(doing())?;
        // Without such a role, the server says so.
        let Some(row) = found.first() else {
            return Ok(Self::default());
        };
        let may_create: bool = column(row, "may_create").map_err(doing())?;
        let inherits: bool = column(row, "inherits").map_err(doing())?;
        Ok(Self {
            creates: (!may_create).then(|| owner.clone()),
            owns: (!inherits).then(|| owner.clone()),
        })
    }
}
