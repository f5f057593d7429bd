use std::time::Duration;

use howdah_ident::DatabaseName;
use howdah_roles::{
    Error as RolesError, Mode, Passwords, Plan, Wanted, databases, lock, plan_cluster,
    plan_database, unlock,
};
use sqlx::PgConnection;

use super::admin::Admin;
use super::parts::{Part, Parts};
use crate::Error;

const PLANNING: &str = "comparing the roles";
const APPLYING: &str = "laying out the roles";
const LOCK_DEADLINE: Duration = Duration::from_secs(30);

/// What is to be there, and who sees to it.
pub(super) struct Work {
    pub(super) admin: Admin,
    pub(super) wanted: Wanted,
    pub(super) passwords: Passwords,
    pub(super) mode: Mode,
    pub(super) is_production: bool,
}

impl Work {
    /// Reads only: the server, then each database that is there.
    pub(super) async fn plan(&self) -> Result<Parts, Error> {
        let mut cluster = self.admin.cluster().await?;
        let mut parts = Parts::default();
        parts.add(Part::server(self.plan_server(&mut cluster).await?));
        for name in self.databases(&mut cluster).await? {
            let plan = match self.admin.database(&name).await? {
                Some(mut connection) => Some(self.plan_inside(&mut connection).await?),
                None => None,
            };
            parts.add(Part::database(name, plan));
        }
        Ok(parts)
    }

    /// The server, then each database, and what is done is what the plans say.
    pub(super) async fn apply(&self, yes: bool) -> Result<Parts, Error> {
        let mut cluster = self.admin.cluster().await?;
        lock(&mut cluster, LOCK_DEADLINE)
            .await
            .map_err(Error::step(APPLYING))?;
        // Whether anybody has to agree is known before anything is changed.
        self.agree(&self.plan().await?, yes)?;
        let mut parts = Parts::default();
        let plan = self.plan_server(&mut cluster).await?;
        apply(&plan, &mut cluster).await?;
        parts.add(Part::server(plan));
        for name in self.databases(&mut cluster).await? {
            let plan = self.apply_inside(&name).await?;
            parts.add(Part::database(name, Some(plan)));
        }
        parts.finish(self.finish(&mut cluster).await?);
        unlock(&mut cluster).await.map_err(Error::step(APPLYING))?;
        Ok(parts)
    }

    /// A role that is to be gone goes last, when no database holds anything of it.
    async fn finish(&self, cluster: &mut PgConnection) -> Result<Plan, Error> {
        // Who may not read what is stored sends each password that is given, and has done so.
        let none = Passwords::default();
        let plan = plan_cluster(cluster, &self.wanted, &none, self.mode)
            .await
            .map_err(Error::step(PLANNING))?;
        apply(&plan, cluster).await?;
        Ok(plan)
    }

    async fn apply_inside(&self, name: &DatabaseName) -> Result<Plan, Error> {
        let Some(mut connection) = self.admin.database(name).await? else {
            return Err(Error::NotConfirmed(format!(
                "database {:?} has gone meanwhile: the same again makes it",
                name.as_str()
            )));
        };
        let plan = self.plan_inside(&mut connection).await?;
        apply(&plan, &mut connection).await?;
        Ok(plan)
    }

    async fn plan_server(&self, cluster: &mut PgConnection) -> Result<Plan, Error> {
        plan_cluster(cluster, &self.wanted, &self.passwords, self.mode)
            .await
            .map_err(Error::step(PLANNING))
    }

    async fn plan_inside(&self, connection: &mut PgConnection) -> Result<Plan, Error> {
        plan_database(connection, &self.wanted, self.mode)
            .await
            .map_err(Error::step(PLANNING))
    }

    async fn databases(&self, cluster: &mut PgConnection) -> Result<Vec<DatabaseName>, Error> {
        databases(cluster, &self.wanted)
            .await
            .map_err(Error::step(PLANNING))
    }

    /// Where somebody may depend on what is taken away, somebody has to want it.
    fn agree(&self, parts: &Parts, yes: bool) -> Result<(), Error> {
        let taken = parts.taken_away();
        if yes || !self.is_production || taken.is_empty() {
            return Ok(());
        }
        Err(Error::NotConfirmed(format!(
            "this is production, and this would be taken away: give --yes\n  {}",
            taken.join("\n  ")
        )))
    }
}

async fn apply(plan: &Plan, connection: &mut PgConnection) -> Result<(), Error> {
    plan.apply(connection).await.map_err(Error::step(APPLYING))
}

/// What a plan ends with that could not be applied.
pub(super) fn lacking(parts: &Parts) -> Option<Error> {
    let lacking = parts.lacking();
    (!lacking.is_empty()).then(|| Error::step(PLANNING)(RolesError::Lacking { lacking }))
}
