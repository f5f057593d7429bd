use sqlx::PgConnection;

use crate::{Catalog, Error, Migrator, ObjectKind, ObjectName, Problem};

/// The state that the migrations describe: applies them all in an empty scratch database and reads what is there.
///
/// Both connections lead to that database, as the role that migrates; the first is closed, because an `apply` closes
/// its connection. See [`Shadow`](crate::Shadow) for how to make one. What the migrations need and do not make
/// themselves must be there before: extensions that an administrator creates, and roles, which all databases of a
/// server share. Grants that another tool gives are not in the result: compare
/// [`Catalog::without_privileges`] then.
///
/// ```no_run
/// # use howdah_migrate::{Catalog, Error, Migrator, expected};
/// # use sqlx::PgConnection;
/// # async fn example(
/// #     migrator: &Migrator, scratch: PgConnection, mut reader: PgConnection, mut target: PgConnection,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let wanted = expected(migrator, scratch, &mut reader).await?;
/// let there = Catalog::read(&mut target, &"app".parse()?).await?;
/// for difference in wanted.diff(&there) {
///     println!("{difference}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Error::Refused`] if the schema is not empty: then it is no scratch database. Those of [`Migrator::apply`] and
/// [`Catalog::read`].
pub async fn expected(
    migrator: &Migrator,
    apply: PgConnection,
    read: &mut PgConnection,
) -> Result<Catalog, Error> {
    refuse_used(migrator, read).await?;
    migrator.apply(apply, |_| ()).await?;
    Catalog::read_beside(read, &migrator.options.schema, &migrator.options.ledger).await
}

/// What is applied there, or made by hand, would be mistaken for what migrations make, or be lost.
pub(crate) async fn refuse_used(migrator: &Migrator, conn: &mut PgConnection) -> Result<(), Error> {
    let (schema, ledger) = (&migrator.options.schema, &migrator.options.ledger);
    let before = Catalog::read_beside(conn, schema, ledger).await?;
    let plan = migrator.plan(conn).await?;
    let example = before.names().find(|name| !is_prepared(name));
    if example.is_none() && plan.applied().is_empty() {
        return Ok(());
    }
    let example = example.map_or_else(|| "migrations are applied".to_owned(), ToString::to_string);
    let problem = Problem::new(
        "the scratch database",
        format!(
            "the schema {schema} is not empty (for example: {example}), so it may be one that is in use: \
             give a database that was made for this"
        ),
    );
    Err(Error::Refused {
        problems: vec![problem],
    })
}

/// What an administrator may have made in advance.
fn is_prepared(name: &ObjectName) -> bool {
    matches!(
        name.kind,
        ObjectKind::Schema | ObjectKind::DefaultPrivileges | ObjectKind::Extension
    )
}
