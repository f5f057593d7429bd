//! Rust code outside a transaction, batch by batch.

use std::sync::atomic::{AtomicU32, Ordering};

use expect_test::expect;
use howdah_migrate::{Act, Back, BatchMigration, CodeError, Migrator, State};
use serde_json::{Value, json};
use sqlx::migrate::{MigrateError, Migrator as Stock};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::support::{Files, TestDb, chain, database, execute, ignore, number, text};

const A: (&str, &str) = (
    "0001_a.sql",
    "create table a (id int primary key, times int not null default 0); \
     insert into a select generate_series(1, 10);",
);
const COUNT: (&str, &str) = (
    "0002_count.up.sql",
    "-- no-transaction\n-- howdah: code count\n",
);
const BACK: (&str, &str) = (
    "0002_count.down.sql",
    "-- no-transaction\n-- howdah: code count_back\n",
);
const B: (&str, &str) = ("0003_b.sql", "create table b ();");

/// Counts four rows a batch, and fails, or waits for ever, at the given one.
#[derive(Default)]
struct Count {
    step: i32,
    batches: AtomicU32,
    fails_at: Option<u32>,
    hangs_at: Option<u32>,
}

impl Count {
    fn by(step: i32) -> Self {
        Self {
            step,
            ..Self::default()
        }
    }
}

impl BatchMigration for Count {
    async fn batch(
        &self,
        conn: &mut PgConnection,
        last: Option<Value>,
    ) -> Result<Option<Value>, CodeError> {
        let last = last.map_or(0, |last| last["id"].as_i64().unwrap());
        let ids: Vec<i32> = sqlx::query_scalar(
            "update a set times = times + $2 where id > $1 and id <= $1 + 4 returning id",
        )
        .bind(i32::try_from(last)?)
        .bind(self.step)
        .fetch_all(&mut *conn)
        .await?;
        let batch = self.batches.fetch_add(1, Ordering::Relaxed) + 1;
        if self.fails_at == Some(batch) {
            conn.execute("select 1 / 0").await?;
        }
        if self.hangs_at == Some(batch) {
            conn.execute("select pg_sleep(600)").await?;
        }
        Ok(ids.iter().max().map(|id| json!({ "id": id })))
    }
}

fn migrator(db: &TestDb, files: &Files, count: Count) -> Migrator {
    let migrations = files.migrations().with_batches("count", count).unwrap();
    Migrator::new(migrations, db.options())
}

async fn counted(conn: &mut PgConnection) -> String {
    text(
        conn,
        "select string_agg(times::text, '' order by id) from app.a",
    )
    .await
}

#[tokio::test]
async fn each_batch_has_its_effect_once_there_and_back() {
    let db = database().await;
    let files = Files::new(&[A, COUNT, BACK]);
    let migrations = files
        .migrations()
        .with_batches("count", Count::by(1))
        .unwrap();
    let migrations = migrations
        .with_batches("count_back", Count::by(-1))
        .unwrap();
    let migrator = Migrator::new(migrations, db.options());
    let report = migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    assert_eq!(report.applied.len(), 2);
    let mut conn = db.connect().await;
    assert_eq!(counted(&mut conn).await, "1111111111");
    let login = db.connect_login().await;
    migrator
        .revert(login, Back::Count(1), ignore)
        .await
        .unwrap();
    assert_eq!(counted(&mut conn).await, "0000000000");
    let history = migrator.history(&mut conn).await.unwrap();
    let checkpoints = history
        .iter()
        .filter(|entry| entry.act == Some(Act::Checkpoint));
    let messages: Vec<&str> = checkpoints
        .filter_map(|entry| entry.message.as_deref())
        .collect();
    assert_eq!(
        messages[..3],
        [r#"{"id":4}"#, r#"{"id":8}"#, r#"{"id":10}"#]
    );
    assert_eq!(messages.len(), 6);
    let login = db.connect_login().await;
    let again = migrator.apply(login, ignore).await.unwrap();
    assert_eq!(again.applied.len(), 1);
    assert_eq!(counted(&mut conn).await, "1111111111");
}

#[tokio::test]
async fn a_failed_batch_is_done_again_and_those_before_it_are_not() {
    let db = database().await;
    let files = Files::new(&[A, COUNT, B]);
    let mut failing = Count::by(1);
    failing.fails_at = Some(2);
    let login = db.connect_login().await;
    let error = migrator(&db, &files, failing)
        .apply(login, ignore)
        .await
        .unwrap_err();
    expect![[r"
        the migration 0002_count.up.sql failed
        0002_count.up.sql: code count: division by zero (SQLSTATE 22012)
        next: nothing of this batch was kept: correct the code and run again, it goes on behind the last checkpoint"]]
    .assert_eq(&files.strip(&chain(&error)));
    let mut conn = db.connect().await;
    assert_eq!(counted(&mut conn).await, "1111000000");
    // sqlx keeps its lock when it refuses, as long as its session lasts.
    let mut theirs = db.connect().await;
    execute(&mut theirs, "set search_path to app").await;
    let stock = Stock::new(files.path()).await.unwrap();
    assert!(matches!(
        stock.run(&mut theirs).await,
        Err(MigrateError::Dirty(2))
    ));
    theirs.close().await.unwrap();
    let mended = migrator(&db, &files, Count::by(1));
    let plan = mended.plan(&mut conn).await.unwrap();
    assert_eq!(plan.pending()[0].state, State::Unfinished);
    mended
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    assert_eq!(counted(&mut conn).await, "1111111111");
    execute(&mut conn, "set search_path to app").await;
    stock.run(&mut conn).await.unwrap();
}

#[tokio::test]
async fn when_the_first_batch_fails_nothing_has_begun() {
    let db = database().await;
    let files = Files::new(&[A, COUNT]);
    let mut failing = Count::by(1);
    failing.fails_at = Some(1);
    let login = db.connect_login().await;
    migrator(&db, &files, failing)
        .apply(login, ignore)
        .await
        .unwrap_err();
    let mut conn = db.connect().await;
    let rows = "select count(*) from app._sqlx_migrations";
    assert_eq!(number(&mut conn, rows).await, 1);
    let mended = migrator(&db, &files, Count::by(1));
    mended
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    assert_eq!(counted(&mut conn).await, "1111111111");
}

#[tokio::test]
async fn a_run_that_was_killed_goes_on_behind_the_last_checkpoint() {
    for hangs_at in 1..=4 {
        let db = database().await;
        let files = Files::new(&[A, COUNT]);
        let mut hanging = Count::by(1);
        hanging.hangs_at = Some(hangs_at);
        let migrator_that_hangs = migrator(&db, &files, hanging);
        let login = db.connect_login().await;
        let run = tokio::spawn(async move { migrator_that_hangs.apply(login, ignore).await });
        let mut conn = db.connect().await;
        let sleeps = "select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' \
             and pid <> pg_backend_pid() and datname = current_database()";
        crate::support::eventually(&mut conn, sleeps, 1).await;
        run.abort();
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
             where pid <> pg_backend_pid() and datname = current_database()";
        number(&mut conn, end).await;
        let login = db.connect_login().await;
        migrator(&db, &files, Count::by(1))
            .apply(login, ignore)
            .await
            .unwrap();
        assert_eq!(counted(&mut conn).await, "1111111111", "{hangs_at}");
    }
}

#[tokio::test]
async fn a_batch_that_commits_is_found() {
    struct Commits;

    impl BatchMigration for Commits {
        async fn batch(
            &self,
            conn: &mut PgConnection,
            _last: Option<Value>,
        ) -> Result<Option<Value>, CodeError> {
            conn.execute("update a set times = 9; commit").await?;
            Ok(None)
        }
    }

    let db = database().await;
    let files = Files::new(&[A, COUNT]);
    let migrations = files.migrations().with_batches("count", Commits).unwrap();
    let login = db.connect_login().await;
    let error = Migrator::new(migrations, db.options())
        .apply(login, ignore)
        .await
        .unwrap_err();
    assert!(
        chain(&error).contains("it committed the transaction"),
        "{error:?}"
    );
    let mut conn = db.connect().await;
    let unfinished = "select count(*) from app._sqlx_migrations where version = 2";
    assert_eq!(number(&mut conn, unfinished).await, 0);
}

#[tokio::test]
async fn batches_that_stand_still_are_an_error() {
    struct Still;

    impl BatchMigration for Still {
        async fn batch(
            &self,
            _conn: &mut PgConnection,
            _last: Option<Value>,
        ) -> Result<Option<Value>, CodeError> {
            Ok(Some(json!(1)))
        }
    }

    let db = database().await;
    let files = Files::new(&[A, COUNT]);
    let migrations = files.migrations().with_batches("count", Still).unwrap();
    let login = db.connect_login().await;
    let error = Migrator::new(migrations, db.options())
        .apply(login, ignore)
        .await
        .unwrap_err();
    assert!(
        chain(&error).contains("returned the checkpoint that it was given"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_way_back_that_was_interrupted_is_gone_to_its_end() {
    let db = database().await;
    let files = Files::new(&[A, COUNT, BACK]);
    let migrator = |fails_at| {
        let migrations = files
            .migrations()
            .with_batches("count", Count::by(1))
            .unwrap();
        let mut back = Count::by(-1);
        back.fails_at = fails_at;
        let migrations = migrations.with_batches("count_back", back).unwrap();
        Migrator::new(migrations, db.options())
    };
    let login = db.connect_login().await;
    migrator(None).apply(login, ignore).await.unwrap();
    let login = db.connect_login().await;
    let one = Back::Count(1);
    let failed = migrator(Some(2)).revert(login, one, ignore).await;
    failed.unwrap_err();
    let mut conn = db.connect().await;
    assert_eq!(counted(&mut conn).await, "0000111111");
    let refused = migrator(None).plan(&mut conn).await.unwrap_err();
    assert!(
        refused.to_string().contains("its way back began"),
        "{refused}"
    );
    let login = db.connect_login().await;
    migrator(None).revert(login, one, ignore).await.unwrap();
    assert_eq!(counted(&mut conn).await, "0000000000");
}

/// Sleeps in its first batch, and ends with its second one, or fails there.
struct Sleepy {
    fails: bool,
}

impl BatchMigration for Sleepy {
    async fn batch(
        &self,
        conn: &mut PgConnection,
        last: Option<Value>,
    ) -> Result<Option<Value>, CodeError> {
        if last.is_none() {
            conn.execute("select pg_sleep(0.3)").await?;
            return Ok(Some(json!(1)));
        }
        if self.fails {
            conn.execute("select 1 / 0").await?;
        }
        Ok(None)
    }
}

#[tokio::test]
async fn how_long_batches_took_is_the_sum_of_those_that_ended_in_each_run() {
    let db = database().await;
    let files = Files::new(&[A, COUNT]);
    let migrator = |fails| {
        let migrations = files.migrations();
        let migrations = migrations.with_batches("count", Sleepy { fails }).unwrap();
        Migrator::new(migrations, db.options())
    };
    let login = db.connect_login().await;
    migrator(true).apply(login, ignore).await.unwrap_err();
    let login = db.connect_login().await;
    let report = migrator(false).apply(login, ignore).await.unwrap();
    let elapsed = report.applied[0].elapsed;
    assert!(elapsed.as_millis() >= 300, "{elapsed:?}");
    let sql = "select execution_time from app._sqlx_migrations where version = 2";
    let written = number(&mut db.connect().await, sql).await;
    assert!(written >= 300_000_000, "{written}");
}
