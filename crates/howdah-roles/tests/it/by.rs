//! Who lays everything out: a superuser, or an administrator as managed servers have.

use std::time::Duration;

use howdah_ident::RoleName;
use howdah_roles::{Layout, Mode, Passwords, Plan, Wanted, lock, unlock};
use howdah_testkit::connect;
use sqlx::postgres::PgConnection;

use crate::support::{PASSWORD, Result, connect_as, layout, passwords, run, server, unique};

/// One that makes roles and databases.
#[derive(Debug, Clone)]
pub(crate) enum By {
    Superuser,
    /// With CREATEROLE and CREATEDB, and nothing else.
    Administrator(RoleName),
}

impl By {
    pub(crate) async fn administrator() -> Result<Self> {
        let name: RoleName = unique("admin").parse()?;
        let create = format!("create role {name} login createrole createdb password '{PASSWORD}'");
        run(&mut Self::Superuser.connect("postgres").await?, &create).await?;
        Ok(Self::Administrator(name))
    }

    /// As it stands in a statement.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Superuser => "current_user".to_owned(),
            Self::Administrator(name) => name.to_string(),
        }
    }

    pub(crate) fn is_superuser(&self) -> bool {
        matches!(self, Self::Superuser)
    }

    pub(crate) async fn connect(&self, database: &str) -> Result<PgConnection> {
        match self {
            Self::Superuser => Ok(connect(&server().await?.superuser(database.parse()?)).await?),
            Self::Administrator(name) => connect_as(name.as_str(), database).await,
        }
    }

    /// The server, then the database; afterwards nothing is left to do.
    pub(crate) async fn apply(
        &self,
        wanted: &Wanted,
        database: &str,
        passwords: &Passwords,
        mode: Mode,
    ) -> Result<[Plan; 2]> {
        let mut cluster = self.connect("postgres").await?;
        lock(&mut cluster, Duration::from_mins(1)).await?;
        let outside = howdah_roles::plan_cluster(&mut cluster, wanted, passwords, mode).await?;
        outside.apply(&mut cluster).await?;
        let none = Passwords::default();
        let again = howdah_roles::plan_cluster(&mut cluster, wanted, &none, mode).await?;
        assert!(again.is_empty(), "{again}");
        unlock(&mut cluster).await?;
        let mut inside = self.connect(database).await?;
        let plan = howdah_roles::plan_database(&mut inside, wanted, mode).await?;
        plan.apply(&mut inside).await?;
        let again = howdah_roles::plan_database(&mut inside, wanted, mode).await?;
        assert!(again.is_empty(), "{again}");
        Ok([outside, plan])
    }

    /// A layout with objects that the migrator made later, all sound.
    pub(crate) async fn lay_out(&self, part: &str, mode: Mode) -> Result<Layout> {
        let layout = layout(part, "app")?;
        let logins = [layout.migrator(), layout.app(), layout.read_only()];
        let passwords = passwords(&logins.map(RoleName::as_str))?;
        let database = layout.database().as_str();
        let wanted = Wanted::from(&layout);
        self.apply(&wanted, database, &passwords, mode).await?;
        let mut migrator = connect_as(layout.migrator().as_str(), database).await?;
        let later = include_str!("../data/later.sql");
        let make = format!(
            "set role {}; set search_path = app; {later}",
            layout.owner()
        );
        run(&mut migrator, &make).await?;
        Ok(layout)
    }
}
