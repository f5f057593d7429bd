//! A fixture that fails says where.

use std::error::Error as StdError;
use std::fs;

use howdah_testkit::{Migrations, Setup};

use crate::support::Result;

/// The error and its causes.
async fn failing(sql: &str) -> Result<String> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("rows.sql");
    fs::write(&file, sql)?;
    let setup = Setup::new().migrations(Migrations::None).fixture(&file);
    let error = setup.database().await.map(drop).unwrap_err();
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    Ok(said)
}

#[tokio::test]
async fn a_fixture_that_fails_is_shown_with_its_line_also_where_the_server_names_none() -> Result {
    let said =
        failing("create table a (id int check (id > 0));\n\ninsert into a values (0);\n").await?;
    for part in [
        "running a fixture",
        "rows.sql:3: ",
        "(SQLSTATE 23514)",
        "insert into a values (0);",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let said = failing("select 1;\nselect nonsense;\n").await?;
    assert!(said.contains("rows.sql:2:8: "), "{said}");
    Ok(())
}

#[tokio::test]
async fn rows_for_psql_alone_are_advised_on() -> Result {
    let said = failing("create table a (id int);\ncopy a from stdin;\n1\n\\.\n").await?;
    assert!(said.contains("write the rows as `insert`"), "{said}");
    Ok(())
}
