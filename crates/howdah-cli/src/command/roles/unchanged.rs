use howdah_ident::RoleName;
use howdah_pool::connect;
use howdah_roles::Passwords;
use howdah_secrets::{Secret, generate};
use sqlx::PgConnection;

use super::admin::Admin;
use crate::Error;

const STEP: &str = "looking which passwords the server has";
/// No such password, no such role, or one that cannot log in. Whatever else the server answers, such as that the role may
/// not connect to this database, it answers to whoever has the password.
const REFUSED: [&str; 2] = ["28P01", "28000"];

/// Without those that the server has already. Who is no superuser cannot read what is stored there: the roles
/// themselves find it out, by logging in.
pub(super) async fn without(
    passwords: Vec<(RoleName, Secret)>,
    admin: &Admin,
) -> Result<Passwords, Error> {
    let mut left = Passwords::default();
    if passwords.is_empty() {
        return Ok(left);
    }
    let reads = reads_what_is_stored(&mut admin.cluster().await?).await?;
    let mut is_asked_for = None;
    for (role, password) in passwords {
        let mut is_known = !reads && logs_in(admin, &role, &password).await?;
        if is_known {
            // A server that trusts this machine takes any.
            let asked = match is_asked_for {
                Some(asked) => asked,
                None => !logs_in(admin, &role, &wrong()?).await?,
            };
            is_asked_for = Some(asked);
            is_known = asked;
        }
        if !is_known {
            left = left.with(&role, password);
        }
    }
    Ok(left)
}

async fn reads_what_is_stored(cluster: &mut PgConnection) -> Result<bool, Error> {
    sqlx::query_scalar("select has_table_privilege('pg_catalog.pg_authid', 'select')")
        .fetch_one(cluster)
        .await
        .map_err(Error::step(STEP))
}

async fn logs_in(admin: &Admin, role: &RoleName, password: &Secret) -> Result<bool, Error> {
    match connect(&admin.login_of(role, password.clone())?).await {
        Ok(_) => Ok(true),
        Err(error) => match error.sqlstate() {
            Some(code) => Ok(!REFUSED.contains(&code.as_str())),
            None => Err(Error::step(STEP)(error)),
        },
    }
}

fn wrong() -> Result<Secret, Error> {
    generate().map_err(Error::step(STEP))
}
