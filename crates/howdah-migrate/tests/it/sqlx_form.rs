//! Files that stock sqlx takes and that are no good form: what it has applied is no obstacle, what is pending is.

use expect_test::expect;
use howdah_migrate::{Migrations, State};

use crate::interop::stock;
use crate::support::{Files, chain, database};

const EMPTY: (&str, &str) = ("0001_empty.sql", "");
const MARK: (&str, &str) = (
    "0002_mark.sql",
    "-- why\n-- no-transaction\ncreate table b (id int);\n",
);
const LATE: (&str, &str) = ("0003_late.sql", "\n-- No Transaction\nselect 1;\n");
/// sqlx sends the mark, which the server does not take.
const BOM: (&str, &str) = ("0003_bom.sql", "\u{feff}-- no-transaction\nselect 1;\n");
const LAST: (&str, &str) = ("0004_last.sql", "create table d (id int);\n");

#[tokio::test]
async fn what_sqlx_has_applied_is_judged_by_its_checksum_alone() {
    let db = database().await;
    let files = Files::new(&[EMPTY, MARK, LATE]);
    stock(&db, &files).await.unwrap();
    files.write(LAST.0, LAST.1);
    let mut conn = db.connect_login().await;
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    let states: Vec<State> = plan.applied().iter().map(|step| step.state).collect();
    assert_eq!(states, [State::Applied; 3]);
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    stock(&db, &files).await.unwrap();
}

#[tokio::test]
async fn what_is_pending_in_such_a_form_is_refused_and_shown() {
    let db = database().await;
    let files = Files::new(&[EMPTY, MARK, BOM, LAST]);
    let error = db.apply(&files).await.unwrap_err();
    expect![[r"
        3 problems before the first migration, nothing was executed
          0001_empty.sql: the file is empty
          0002_mark.sql:2: `-- no-transaction` counts only as the very first bytes of the file, written exactly so: move it there; where sqlx has run the file already, in a transaction, `howdah migrate repair` takes the new text
          0003_bom.sql:1: `-- no-transaction` counts only as the very first bytes of the file, written exactly so: move it there; where sqlx has run the file already, in a transaction, `howdah migrate repair` takes the new text"]]
    .assert_eq(&files.strip(&chain(&error)));
    let mut conn = db.connect_login().await;
    let plan = db.migrator(&files).examine(&mut conn).await.unwrap();
    assert_eq!((plan.pending().len(), plan.problems().len()), (4, 3));
}

#[tokio::test]
async fn a_scratch_database_runs_what_sqlx_has_applied() {
    let db = database().await;
    let files = Files::new(&[EMPTY, MARK, LATE]);
    stock(&db, &files).await.unwrap();
    let mut conn = db.connect_login().await;
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    let applied = files.migrations().applied(&plan);
    let again = database().await;
    let migrator = howdah_migrate::Migrator::new(applied, again.options());
    let report = migrator
        .apply(again.connect_login().await, |_| {})
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 3);
}

#[tokio::test]
async fn a_name_without_a_version_is_left_out_with_a_warning() {
    let db = database().await;
    let files = Files::new(&[
        LAST,
        ("README.sql", "no sql"),
        ("seed.sql", "insert into d values (1);"),
        ("20260101000001.sql", "select 1;"),
    ]);
    let mut conn = db.connect_login().await;
    let plan = db.migrator(&files).plan(&mut conn).await.unwrap();
    expect![[r#"
        schema "app": 0 applied, 1 pending (the schema does not exist yet)
        pending  4  last
        warning: 20260101000001.sql: left out, as sqlx does it: its name is not <VERSION>_<DESCRIPTION>.sql, for example 20260101000001_create_users.sql
        warning: README.sql: left out, as sqlx does it: its name is not <VERSION>_<DESCRIPTION>.sql, for example 20260101000001_create_users.sql
        warning: seed.sql: left out, as sqlx does it: its name is not <VERSION>_<DESCRIPTION>.sql, for example 20260101000001_create_users.sql"#]]
    .assert_eq(&files.strip(&plan));
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    stock(&db, &files).await.unwrap();
}

#[test]
fn a_name_whose_version_sqlx_cannot_read_is_refused() {
    let files = Files::new(&[
        ("x_users.sql", "select 1"),
        ("99999999999999999999_q.sql", "select 1"),
    ]);
    let error = Migrations::read(files.path()).unwrap_err();
    expect![[r"
        2 problems in the migration files
          99999999999999999999_q.sql: its version is too large: the largest is 9223372036854775807, and the UTC time is a good one, such as 20260101000001
          x_users.sql: the name must start with a version: a number above zero, such as the UTC time 20260101000001"]]
    .assert_eq(&files.strip(&error));
}
