use howdah_migrate::{Failure, run_script};
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
    let file = fixture.path.display().to_string();
    run_script(&mut connection, &file, &fixture.sql)
        .await
        .map_err(|failure| Error::Step {
            step: "running a fixture",
            source: Box::new(Error::Setup {
                what: describe(fixture, &failure),
            }),
        })?;
    execute(&mut connection, "commit").await
}

/// What psql would have done is said.
fn describe(fixture: &Fixture, failure: &Failure) -> String {
    let is_syntax = failure.sqlstate.as_deref() == Some("42601");
    if is_syntax && fixture.sql.to_ascii_lowercase().contains("from stdin") {
        return format!(
            "{failure}; `copy ... from stdin` needs psql: write the rows as `insert` (pg_dump --inserts)"
        );
    }
    failure.to_string()
}
