use howdah_ident::RoleName;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{FromRow, Row};

use crate::{Error, Layout};

/// Memberships have `inherit` and `set` options of their own since this version.
const MEMBERSHIP_OPTIONS: i32 = 160_000;

/// What the server has of the layout outside of the database.
#[derive(Debug)]
pub(crate) struct ClusterState {
    pub(crate) membership_options: bool,
    pub(crate) roles: Vec<RoleRow>,
    pub(crate) memberships: Vec<MembershipRow>,
    /// The owner of the database, if it is there.
    pub(crate) database_owner: Option<String>,
    /// Databases of the server itself that PUBLIC may use.
    pub(crate) open_databases: Vec<String>,
    /// Login roles that are there and lack the search path.
    pub(crate) without_search_path: Vec<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "the columns of pg_roles")]
pub(crate) struct RoleRow {
    pub(crate) name: String,
    pub(crate) superuser: bool,
    pub(crate) create_role: bool,
    pub(crate) create_database: bool,
    pub(crate) replication: bool,
    pub(crate) bypass_rls: bool,
    pub(crate) login: bool,
    pub(crate) inherit: bool,
    pub(crate) verifier: Option<String>,
}

impl FromRow<'_, PgRow> for RoleRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            superuser: row.try_get("superuser")?,
            create_role: row.try_get("create_role")?,
            create_database: row.try_get("create_database")?,
            replication: row.try_get("replication")?,
            bypass_rls: row.try_get("bypass_rls")?,
            login: row.try_get("login")?,
            inherit: row.try_get("inherit")?,
            verifier: row.try_get("verifier")?,
        })
    }
}

impl FromRow<'_, PgRow> for MembershipRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            role: row.try_get("role")?,
            member: row.try_get("member")?,
            admin: row.try_get("admin")?,
            inherit: row.try_get("inherit")?,
            set_role: row.try_get("set_role")?,
        })
    }
}

/// The name only: a verifier is as good as a password.
impl std::fmt::Debug for RoleRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

#[derive(Debug)]
pub(crate) struct MembershipRow {
    pub(crate) role: String,
    pub(crate) member: String,
    pub(crate) admin: bool,
    pub(crate) inherit: Option<bool>,
    pub(crate) set_role: Option<bool>,
}

impl ClusterState {
    pub(crate) async fn read(
        connection: &mut PgConnection,
        layout: &Layout,
    ) -> Result<Self, Error> {
        let names = names(&layout.roles());
        let version = check_superuser(connection).await?;
        Ok(Self {
            membership_options: version >= MEMBERSHIP_OPTIONS,
            roles: sqlx::query_as(include_str!("../sql/roles.sql"))
                .bind(&names)
                .fetch_all(&mut *connection)
                .await
                .map_err(Error::read("the roles"))?,
            memberships: sqlx::query_as(include_str!("../sql/memberships.sql"))
                .bind(&names)
                .fetch_all(&mut *connection)
                .await
                .map_err(Error::read("the memberships"))?,
            database_owner: sqlx::query_scalar(include_str!("../sql/database.sql"))
                .bind(layout.database().as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(Error::read("the database's owner"))?,
            open_databases: sqlx::query_scalar(include_str!("../sql/open_databases.sql"))
                .fetch_all(&mut *connection)
                .await
                .map_err(Error::read("the server's own databases"))?,
            without_search_path: sqlx::query_scalar(include_str!("../sql/search_paths.sql"))
                .bind(self::names(&layout.logins()))
                .bind(layout.database().as_str())
                .bind(layout.schema().as_str())
                .fetch_all(connection)
                .await
                .map_err(Error::read("the settings of the roles"))?,
        })
    }

    pub(crate) fn role(&self, name: &RoleName) -> Option<&RoleRow> {
        self.roles.iter().find(|row| row.name == name.as_str())
    }

    pub(crate) fn membership(&self, role: &RoleName, member: &RoleName) -> Option<&MembershipRow> {
        self.memberships
            .iter()
            .find(|row| row.role == role.as_str() && row.member == member.as_str())
    }
}

/// The server's version number, for a superuser.
pub(crate) async fn check_superuser(connection: &mut PgConnection) -> Result<i32, Error> {
    let (user, superuser, version): (String, bool, i32) =
        sqlx::query_as(include_str!("../sql/session.sql"))
            .fetch_one(connection)
            .await
            .map_err(Error::read("who is connected"))?;
    if superuser {
        Ok(version)
    } else {
        Err(Error::NotPrivileged { user })
    }
}

fn names(roles: &[&RoleName]) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}
