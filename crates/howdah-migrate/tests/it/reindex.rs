//! What an interrupted `reindex concurrently` leaves is dropped by the next run, and what another one left is not.

use howdah_migrate::Event;
use sqlx::PgConnection;

use crate::support::{Files, LOCKS, TestDb, database, eventually, execute, ignore, number, text};

const TABLE: (&str, &str) = (
    "0001_a.sql",
    "create table a (id int, b int); create index a_id on a (id); create index a_b on a (b);
     insert into a select n, n from generate_series(1, 500) as n;",
);
const INVALID: &str = "select coalesce(string_agg(indexrelid::regclass::text, ' ' order by indexrelid), '') \
     from pg_index where not indisvalid";
const END: &str = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() \
     and query like 'reindex%' and pid <> pg_backend_pid()";

/// Ends what the task does in its middle: the new index is there, and waits for a transaction that writes to the table.
async fn interrupt(db: &TestDb, index: &str, reindex: impl Future<Output = bool> + Send + 'static) {
    let mut writer = db.connect().await;
    execute(&mut writer, "begin; insert into app.a values (0, 0)").await;
    let task = tokio::spawn(reindex);
    let mut admin = db.connect().await;
    let begun = format!("select count(*) from pg_class where relname = '{index}_ccnew'");
    eventually(&mut admin, &begun, 1).await;
    execute(&mut admin, END).await;
    assert!(!task.await.unwrap());
    execute(&mut writer, "commit").await;
    eventually(&mut admin, LOCKS, 0).await;
}

/// As somebody else does it.
async fn interrupt_by_hand(db: &TestDb, index: &str) {
    let mut conn = db.connect().await;
    let sql = format!("reindex index concurrently app.{index}");
    interrupt(db, index, async move { try_execute(&mut conn, sql).await }).await;
}

async fn try_execute(conn: &mut PgConnection, sql: String) -> bool {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
    sqlx::Executor::execute(conn, sql).await.is_ok()
}

#[tokio::test]
async fn a_killed_reindex_is_cleaned_up_and_another_ones_leftovers_stay() {
    for reindex in [
        "reindex index concurrently a_id",
        "reindex table concurrently a",
        "reindex schema concurrently app",
    ] {
        let db = database().await;
        let files = Files::new(&[TABLE]);
        db.apply(&files).await.unwrap();
        interrupt_by_hand(&db, "a_b").await;
        let mut conn = db.connect().await;
        assert_eq!(text(&mut conn, INVALID).await, "app.a_b_ccnew", "{reindex}");

        files.write("0002_b.sql", format!("-- no-transaction\n{reindex};"));
        let (migrator, login) = (db.migrator(&files), db.connect_login().await);
        interrupt(&db, "a_id", async move {
            migrator.apply(login, ignore).await.is_ok()
        })
        .await;
        let left = text(&mut conn, INVALID).await;
        assert!(left.contains("app.a_id_ccnew"), "{reindex}: {left}");

        let mut repairs = Vec::new();
        let told = |event: Event<'_>| {
            if let Event::Repaired { action, .. } = event {
                repairs.push(action.to_owned());
            }
        };
        let migrator = db.migrator(&files);
        let report = migrator.apply(db.connect_login().await, told).await;
        assert_eq!(report.unwrap().applied.len(), 1, "{reindex}");
        assert_eq!(text(&mut conn, INVALID).await, "app.a_b_ccnew", "{reindex}");
        assert_eq!(repairs.len(), left.split(' ').count() - 1, "{repairs:?}");
        assert_eq!(repairs[0], "dropped the invalid index app.a_id_ccnew");
        let valid =
            "select count(*) from pg_index where indisvalid and indrelid = 'app.a'::regclass";
        assert_eq!(number(&mut conn, valid).await, 2, "{reindex}");
    }
}

#[tokio::test]
async fn a_reindex_that_fails_leaves_nothing() {
    let db = database().await;
    let files = Files::new(&[
        TABLE,
        (
            "0002_b.sql",
            "-- no-transaction\nreindex index concurrently a_id;",
        ),
    ]);
    let mut options = db.options();
    options.statement_timeout = std::time::Duration::from_millis(500);
    let migrator = howdah_migrate::Migrator::new(files.migrations(), options);
    let one = Files::new(&[TABLE]);
    db.apply(&one).await.unwrap();
    let mut writer = db.connect().await;
    execute(&mut writer, "begin; insert into app.a values (0, 0)").await;
    let mut admin = db.connect().await;
    let login = db.connect_login().await;
    let run = tokio::spawn(async move { migrator.apply(login, ignore).await });
    // What it left is dropped, which waits for the writer, too.
    let dropping = "select count(*) from pg_stat_activity where datname = current_database() \
         and state = 'active' and query like 'drop index concurrently%'";
    eventually(&mut admin, dropping, 1).await;
    execute(&mut writer, "commit").await;
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("57014"), "{error}");
    assert_eq!(text(&mut admin, INVALID).await, "");
}
