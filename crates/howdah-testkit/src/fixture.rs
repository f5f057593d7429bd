use howdah_roles::Layout;

use crate::Error;
use crate::admin::{Admin, execute};
use crate::blueprint::{Blueprint, Fixture};
use crate::setup::Roles;

/// Runs a fixture as the owner, all of it or nothing.
pub(crate) async fn run(
    admin: &Admin,
    blueprint: &Blueprint,
    layout: &Layout,
    fixture: &Fixture,
) -> Result<(), Error> {
    let mut connection = admin.connect_to(layout.database()).await?;
    let role = match blueprint.roles {
        Roles::Off => String::new(),
        Roles::Shared | Roles::Own => format!("set local role {}; ", layout.owner()),
    };
    let begin = format!("begin; {role}set local search_path = {}", blueprint.schema);
    execute(&mut connection, &begin).await?;
    execute(&mut connection, &fixture.sql)
        .await
        .map_err(|error| Error::Step {
            step: "running a fixture",
            source: Box::new(Error::Setup {
                what: describe(fixture, &error),
            }),
        })?;
    execute(&mut connection, "commit").await
}

/// The file, and the line of the error if the server says where it is.
fn describe(fixture: &Fixture, error: &Error) -> String {
    let Error::Step { source, .. } = error else {
        return format!("{}: {error}", fixture.path.display());
    };
    let database = source
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>());
    let Some(database) = database else {
        return format!("{}: {source}", fixture.path.display());
    };
    let line = match database.position() {
        Some(sqlx::postgres::PgErrorPosition::Original(position)) => {
            let before = fixture.sql.chars().take(position.saturating_sub(1));
            format!(
                ":{}",
                before.filter(|character| *character == '\n').count() + 1
            )
        }
        _ => String::new(),
    };
    let for_psql =
        database.code() == "42601" && fixture.sql.to_ascii_lowercase().contains("from stdin");
    let hint = if for_psql {
        "; `copy ... from stdin` needs psql: write the rows as `insert` (pg_dump --inserts)"
    } else {
        ""
    };
    format!(
        "{}{line}: {} (SQLSTATE {}){hint}",
        fixture.path.display(),
        database.message(),
        database.code()
    )
}
