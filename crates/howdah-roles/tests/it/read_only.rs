use howdah_roles::{Depth, verify_read_only};
use howdah_testkit::As;

use crate::support::{
    Result, assert_allowed, assert_denied, database, plan_database, run, structure,
};

#[tokio::test]
async fn the_read_only_role_reads_tables_made_later() -> Result {
    let database = database().await?;
    let mut reader = database.connect(As::ReadOnly).await?;
    assert_allowed(
        &mut reader,
        &[
            "select * from with_serial",
            "select * from with_identity",
            "select * from parted",
            "select * from parted_2026",
            "select * from names",
            "select * from counts",
            "select last_value from with_serial_id_seq",
        ],
    )
    .await
}

#[tokio::test]
async fn the_read_only_role_writes_nothing() -> Result {
    let database = database().await?;
    let mut reader = database.connect(As::ReadOnly).await?;
    run(&mut reader, "set default_transaction_read_only = off").await?;
    let mut statements = structure(database.layout());
    statements.extend(
        [
            "insert into with_serial (name) values ('a')",
            "update with_serial set name = 'b'",
            "delete from with_identity",
            "select * from with_serial for update",
            "select nextval('with_serial_id_seq')",
            "select write_as_owner()",
            "call rename_all()",
        ]
        .map(str::to_owned),
    );
    assert_denied(&mut reader, &statements).await
}

#[tokio::test]
async fn the_next_plan_lets_the_read_only_role_call_functions_that_run_as_itself() -> Result {
    let database = database().await?;
    let mut superuser = database.connect(As::Superuser).await?;
    plan_database(&mut superuser, database.layout())
        .await?
        .apply(&mut superuser)
        .await?;
    let mut reader = database.connect(As::ReadOnly).await?;
    assert_allowed(&mut reader, &["select next_code()"]).await?;
    assert_denied(&mut reader, &["select write_as_owner()".to_owned()]).await
}

#[tokio::test]
async fn verification_finds_a_way_to_write_through_a_function() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let mut reader = database.connect(As::ReadOnly).await?;
    for depth in [Depth::Rights, Depth::Attempts] {
        assert_eq!(verify_read_only(&mut reader, layout, depth).await?, []);
    }
    let mut superuser = database.connect(As::Superuser).await?;
    let grant = format!(
        "grant execute on function app.write_as_owner() to {}",
        layout.read_only()
    );
    run(&mut superuser, &grant).await?;
    let findings = verify_read_only(&mut reader, layout, Depth::Rights).await?;
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].what.contains("may write through"),
        "{findings:?}"
    );
    Ok(())
}

#[tokio::test]
async fn verification_finds_columns_and_schemas_that_can_be_written() -> Result {
    let database = database().await?;
    let layout = database.layout();
    let mut superuser = database.connect(As::Superuser).await?;
    let wrong = format!(
        "grant update (name) on app.with_identity to {}; \
         create schema loose; grant usage, create on schema loose to public",
        layout.read_only()
    );
    run(&mut superuser, &wrong).await?;
    let mut reader = database.connect(As::ReadOnly).await?;
    let findings = verify_read_only(&mut reader, layout, Depth::Rights).await?;
    let text: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(text.len(), 2, "{text:?}");
    assert!(
        text[0].contains("may create objects in schema loose"),
        "{text:?}"
    );
    assert!(
        text[1].contains("may update columns of app.with_identity"),
        "{text:?}"
    );
    Ok(())
}
