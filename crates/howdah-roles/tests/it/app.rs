use howdah_roles::{Depth, verify_app};
use howdah_testkit::As;

use crate::support::{Result, assert_allowed, assert_denied, database, structure};

#[tokio::test]
async fn the_app_reads_and_writes_rows_of_tables_made_later() -> Result {
    let database = database().await?;
    let mut app = database.connect(As::App).await?;
    assert_allowed(
        &mut app,
        &[
            "insert into with_serial (name) values ('a')",
            "insert into with_identity (name) values ('a')",
            "insert into parted values ('2026-02-03', 'a')",
            "select * from parted_2026",
            "update with_serial set name = 'b'",
            "delete from with_identity",
            "select * from names",
            "select * from counts",
            "select next_code()",
            "call rename_all()",
            "select nextval('with_serial_id_seq')",
            "select last_value from with_serial_id_seq",
            "select pg_advisory_xact_lock(1)",
            "listen channel; notify channel",
        ],
    )
    .await
}

#[tokio::test]
async fn the_app_changes_no_structure_and_becomes_nobody() -> Result {
    let database = database().await?;
    let mut app = database.connect(As::App).await?;
    assert_denied(&mut app, &structure(database.layout())).await
}

#[tokio::test]
async fn a_grant_to_public_by_the_app_has_no_effect() -> Result {
    let database = database().await?;
    let mut app = database.connect(As::App).await?;
    crate::support::run(&mut app, "grant select on with_serial to public").await?;
    let acl: Option<String> = sqlx::query_scalar(
        "select relacl::text from pg_catalog.pg_class where relname = 'with_serial'",
    )
    .fetch_one(&mut app)
    .await?;
    assert!(
        !acl.unwrap_or_default().contains("{=r"),
        "PUBLIC must not read"
    );
    Ok(())
}

#[tokio::test]
async fn verification_finds_nothing_on_a_sound_database() -> Result {
    let database = database().await?;
    let mut app = database.connect(As::App).await?;
    for depth in [Depth::Rights, Depth::Attempts] {
        let findings = verify_app(&mut app, database.layout(), depth).await?;
        assert_eq!(findings, [], "{depth:?}");
    }
    Ok(())
}

#[tokio::test]
async fn verification_finds_what_the_app_should_not_have_and_what_it_lacks() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let mut superuser = database.connect(As::Superuser).await?;
    let (app, group) = (layout.app(), layout.read_write_group());
    let wrong = format!(
        "grant truncate on app.with_serial to {app}; grant create on schema app to {app}; \
         revoke update on app.with_identity from {group}; grant temporary on database {} to {app}",
        layout.database()
    );
    crate::support::run(&mut superuser, &wrong).await?;
    let mut connection = database.connect(As::App).await?;
    for depth in [Depth::Rights, Depth::Attempts] {
        let findings = verify_app(&mut connection, layout, depth).await?;
        let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let text = text.join("\n");
        for expected in [
            "may truncate app.with_serial",
            "may create objects in schema app",
            "may create temporary tables",
            "cannot update app.with_identity",
        ] {
            assert!(
                text.contains(expected),
                "{depth:?}: {expected} is missing in\n{text}"
            );
        }
    }
    Ok(())
}
