use sqlx::migrate::{MigrateError, Migrator as Stock};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _, raw_sql};

use crate::support::{Files, TestDb, database, execute, number};

const A: (&str, &str) = ("0001_create_a.sql", "create table a (id int);\n");
const B: (&str, &str) = ("0002_create_b.up.sql", "create table b ();\r\n");
const B_DOWN: (&str, &str) = ("0002_create_b.down.sql", "drop table b;\n");
const C: (&str, &str) = (
    "0003_index_a.sql",
    "-- no-transaction\ncreate index concurrently a_idx on a (id);\n",
);
const D: (&str, &str) = ("0004_create_d.sql", "create table d ();\n");

/// sqlx's own migrator on the same schema, as a service that has not moved yet would run it.
pub(crate) async fn stock(db: &TestDb, files: &Files) -> Result<(), MigrateError> {
    let mut conn = db.connect_login().await;
    execute(&mut conn, &format!("set role {}", db.owner)).await;
    let there = "select count(*) from pg_namespace where nspname = 'app'";
    if number(&mut conn, there).await == 0 {
        execute(&mut conn, "create schema app").await;
    }
    execute(&mut conn, "set search_path to app").await;
    let migrator = Stock::new(files.path()).await.unwrap();
    migrator.run(&mut conn).await
}

/// Every row but its times.
pub(crate) async fn ledger(conn: &mut PgConnection) -> Vec<String> {
    let sql = "select version || ' ' || description || ' ' || success || ' ' || encode(checksum, 'hex') \
         from app._sqlx_migrations where execution_time > 0 order by version";
    let rows = conn.fetch_all(raw_sql(AssertSqlSafe(sql))).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn table(conn: &mut PgConnection) -> Vec<String> {
    let sql = "select concat_ws(' ', column_name, data_type, is_nullable, column_default) \
         from information_schema.columns where table_name = '_sqlx_migrations' order by ordinal_position";
    let rows = conn.fetch_all(raw_sql(AssertSqlSafe(sql))).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_ledger_is_the_one_that_sqlx_writes() {
    let files = Files::new(&[A, B, B_DOWN, C]);
    let (ours, theirs) = (database().await, database().await);
    ours.apply(&files).await.unwrap();
    stock(&theirs, &files).await.unwrap();
    let (mut ours, mut theirs) = (ours.connect().await, theirs.connect().await);
    assert_eq!(ledger(&mut ours).await, ledger(&mut theirs).await);
    assert_eq!(ledger(&mut ours).await.len(), 3);
    assert_eq!(table(&mut ours).await, table(&mut theirs).await);
}

#[tokio::test]
async fn both_migrators_go_on_where_the_other_one_stopped() {
    for stock_first in [true, false] {
        let db = database().await;
        let files = Files::new(&[]);
        let mut by_stock = stock_first;
        for (name, sql) in [A, B, C, D] {
            files.write(name, sql);
            if by_stock {
                stock(&db, &files).await.unwrap();
            } else {
                assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
            }
            by_stock = !by_stock;
        }
        stock(&db, &files).await.unwrap();
        assert_eq!(db.apply(&files).await.unwrap().applied.len(), 0);
        assert_eq!(ledger(&mut db.connect().await).await.len(), 4);
    }
}

#[tokio::test]
async fn sqlx_does_not_go_on_past_an_unfinished_migration() {
    let db = database().await;
    let files = Files::new(&[A, C]);
    db.apply(&files).await.unwrap();
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "update app._sqlx_migrations set success = false where version = 3",
    )
    .await;
    files.write(D.0, D.1);
    assert!(matches!(
        stock(&db, &files).await,
        Err(MigrateError::Dirty(3))
    ));
}

#[tokio::test]
async fn sqlx_and_this_exclude_each_other() {
    use sqlx::migrate::Migrate as _;

    let db = database().await;
    let files = Files::new(&[A]);
    let mut holder = db.connect().await;
    holder.lock().await.unwrap();
    let mut options = db.options();
    options.lock_deadline = std::time::Duration::from_millis(100);
    let migrator = howdah_migrate::Migrator::new(files.migrations(), options);
    let error = migrator
        .apply(db.connect_login().await, |_| {})
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            howdah_migrate::Error::LockTimeout {
                holder: Some(_),
                ..
            }
        ),
        "{error}"
    );
    holder.unlock().await.unwrap();
    db.apply(&files).await.unwrap();
}
