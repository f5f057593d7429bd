//! Through PgBouncer in transaction mode: no session, so no session's lock, and nothing may be left in one.

use howdah_migrate::{Back, CodeError, CodeMigration, Connector, Error, Event, Migrator, Options};
use howdah_testkit::fault::{Cut, Moment, PgBouncer, PoolMode, Proxy};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;

use crate::support::{
    Files, LOCKS, TestDb, chain, database, eventually, every, execute, ignore, number, text,
};

/// What a transaction could leave in its session: a role, a setting, a temporary table.
const A: (&str, &str) = (
    "0001_a.up.sql",
    "create table a (id int primary key, other int references a (id) deferrable initially deferred);
set search_path to nowhere;
set work_mem = '8MB';
create temporary table shadow (id int);",
);
const A_DOWN: (&str, &str) = ("0001_a.down.sql", "set work_mem = '9MB'; drop table a;");
const B: (&str, &str) = (
    "0002_b.up.sql",
    "insert into a values (1, 2), (2, null);\ncreate table b (who text);\ninsert into b values (current_user);",
);
const B_DOWN: (&str, &str) = ("0002_b.down.sql", "drop table b; delete from a;");
const STATE: &str = "select concat_ws(' ', current_user = session_user, current_setting('search_path'), \
     current_setting('work_mem'), to_regclass('pg_temp.shadow') is null, \
     (select count(*) from pg_prepared_statements where from_sql), (select count(*) from pg_cursors), \
     (select count(*) from pg_listening_channels()))";
const CLEAN: &str = "t \"$user\", public 4MB t 0 0 0";
/// What outlives a transaction, and some of it also one that is rolled back.
const OUTLIVES: &str = "select pg_advisory_lock(42); select pg_advisory_lock_shared(43); \
     prepare \"Odd name\" as select 1; declare held cursor with hold for select 1; listen to_me; notify to_me;";

struct Pooled {
    db: TestDb,
    bouncer: PgBouncer,
}

impl Pooled {
    async fn new(size: u16) -> Self {
        Self::with(PoolMode::Transaction, size).await
    }

    async fn with(mode: PoolMode, size: u16) -> Self {
        let db = database().await;
        let login = db.login();
        let bouncer = PgBouncer::in_front_of(std::slice::from_ref(&login), mode, size)
            .await
            .unwrap();
        Self { db, bouncer }
    }

    fn options(&self) -> PgConnectOptions {
        let through = self.bouncer.login(&self.db.login());
        self.db
            .login_options()
            .host(&through.host.host)
            .port(through.host.port)
    }

    fn connector(&self) -> Connector {
        self.options().into()
    }

    /// Of every session that the pooler has with the server.
    async fn assert_nothing_is_left(&self, size: usize) {
        let mut held = Vec::new();
        for _ in 0..size {
            let mut conn = self.options().connect().await.unwrap();
            execute(&mut conn, "begin").await;
            assert_eq!(text(&mut conn, STATE).await, CLEAN);
            held.push(conn);
        }
        assert_eq!(self.db.advisory_locks().await, 0);
    }
}

async fn assert_all_is_done_once(db: &TestDb) {
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, "select count(*) from app.a").await, 2);
    let who = text(&mut conn, "select string_agg(who, ' ') from app.b").await;
    assert_eq!(who, db.owner.as_str());
    let done = "select count(*) from app._sqlx_migrations where success";
    assert_eq!(number(&mut conn, done).await, 2);
}

#[tokio::test]
async fn migrations_come_and_go_through_a_pooler_and_leave_nothing_in_its_sessions() {
    let pooled = Pooled::new(2).await;
    let files = Files::new(&[A, A_DOWN, B, B_DOWN]);
    let migrator = pooled.db.migrator(&files);
    let report = migrator.apply(&pooled.connector(), ignore).await.unwrap();
    assert_eq!(report.applied.len(), 2);
    assert_all_is_done_once(&pooled.db).await;
    pooled.assert_nothing_is_left(2).await;

    let again = migrator.apply(&pooled.connector(), ignore).await.unwrap();
    assert_eq!(again.applied.len(), 0);
    let back = migrator
        .revert(&pooled.connector(), Back::All, ignore)
        .await
        .unwrap();
    assert_eq!(back.reverted.len(), 2);
    let stamped = migrator.stamp(&pooled.connector(), "why not", ignore).await;
    assert_eq!(stamped.unwrap().stamped.len(), 2);
    files.write(B.0, "select 1;");
    let mended = pooled.db.migrator(&files);
    let mended = mended
        .repair(&pooled.connector(), "it is the same", ignore)
        .await;
    assert_eq!(mended.unwrap().repaired.len(), 1);
    let mut conn = pooled.options().connect().await.unwrap();
    assert_eq!(migrator.history(&mut conn).await.unwrap().len(), 7);
    pooled.assert_nothing_is_left(1).await;
}

#[tokio::test]
async fn what_outlives_a_transaction_does_not_outlive_a_run() {
    let pooled = Pooled::new(1).await;
    let mut other = pooled.options().connect().await.unwrap();
    execute(&mut other, "begin").await;
    sqlx::query("select $1")
        .bind(1)
        .execute(&mut other)
        .await
        .unwrap();
    execute(&mut other, "commit").await;
    let prepared = "select concat_ws(' ', pg_backend_pid(), \
         (select string_agg(name, ' ') from pg_prepared_statements where not from_sql))";
    let mine = text(&mut other, prepared).await;
    assert!(mine.contains("sqlx_s_"), "{mine}");
    let files = Files::new(&[]);

    let bad = format!("{OUTLIVES} select 1 / 0;");
    for (name, sql, code) in [
        ("0001_a.sql", OUTLIVES, None),
        ("0002_b.sql", &*bad, Some("22012")),
    ] {
        files.write(name, sql);
        let migrator = pooled.db.migrator(&files);
        let ended = migrator.apply(&pooled.connector(), ignore).await;
        let error = ended.err().and_then(|error| error.sqlstate());
        assert_eq!(error.as_deref(), code);
        // What another client's driver has prepared in the same session is still there.
        assert_eq!(text(&mut other, prepared).await, mine, "{name}");
        assert_eq!(text(&mut other, STATE).await, CLEAN, "{name}");
        assert_eq!(pooled.db.advisory_locks().await, 0, "{name}");
    }
}

#[tokio::test]
async fn six_processes_through_a_pooler_apply_each_migration_once() {
    for _ in 0..3 {
        let pooled = Pooled::new(3).await;
        let files = Files::new(&[A, B]);
        let racers: Vec<_> = (0..6)
            .map(|_| pooled.db.spawn_apply_on(&files, &pooled.options()))
            .collect();
        for racer in racers {
            let output = racer.wait_with_output().unwrap();
            let words = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{words}");
        }
        assert_all_is_done_once(&pooled.db).await;
        pooled.assert_nothing_is_left(3).await;
    }
}

#[tokio::test]
async fn a_pooler_is_noticed_also_while_others_use_it() {
    let pooled = Pooled::new(4).await;
    let mut others = JoinSet::new();
    for _ in 0..6 {
        let options = pooled.options();
        others.spawn(async move {
            let mut conn = options.connect().await.unwrap();
            loop {
                execute(&mut conn, "select 1").await;
            }
        });
    }
    let files = Files::new(&[("0001_a.sql", "-- no-transaction\nvacuum;")]);
    for _ in 0..20 {
        let migrator = pooled.db.migrator(&files);
        let error = migrator.apply(&pooled.connector(), ignore).await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::NeedsSession { .. }), "{error}");
    }
}

#[tokio::test]
async fn what_needs_a_session_is_refused_before_anything_runs() {
    let pooled = Pooled::new(2).await;
    let files = Files::new(&[
        A,
        ("0002_b.sql", "-- no-transaction\nvacuum a;"),
        (
            "0003_c.sql",
            "-- no-transaction\ncreate index concurrently i on a (id);",
        ),
    ]);
    let migrator = pooled.db.migrator(&files);
    let error = migrator.apply(&pooled.connector(), ignore).await;
    let words = files.strip(&error.unwrap_err());
    assert_eq!(
        words,
        "a pooler in transaction mode stands between here and the server, and what runs outside a transaction needs a \
         session of the server: connect directly (`database.direct_url`)\n  0002_b.sql\n  0003_c.sql"
    );
    let schemas = "select count(*) from pg_namespace where nspname = 'app'";
    assert_eq!(number(&mut pooled.db.connect().await, schemas).await, 0);
    pooled.assert_nothing_is_left(2).await;

    let direct = Connector::from(pooled.db.login_options());
    let report = migrator.apply(&direct, ignore).await.unwrap();
    assert_eq!(report.applied.len(), 3);
}

#[tokio::test]
async fn a_pooler_in_session_mode_is_as_good_as_none() {
    let pooled = Pooled::with(PoolMode::Session, 3).await;
    let files = Files::new(&[("0001_a.sql", "-- no-transaction\nvacuum;")]);
    // A session that another client had is as good as a new one.
    text(&mut pooled.options().connect().await.unwrap(), STATE).await;
    let migrator = pooled.db.migrator(&files);
    let report = migrator.apply(&pooled.connector(), ignore).await.unwrap();
    assert_eq!(report.applied.len(), 1);
}

#[tokio::test]
async fn a_login_that_may_have_one_connection_alone_needs_no_more() {
    let db = database().await;
    let limit = format!("alter role {} connection limit 1", db.login);
    execute(&mut db.connect().await, &limit).await;
    let files = Files::new(&[A, B]);
    let connector = Connector::from(db.login_options());
    db.migrator(&files).apply(&connector, ignore).await.unwrap();
    assert_all_is_done_once(&db).await;
}

#[tokio::test]
async fn a_failure_through_a_pooler_is_rolled_back_and_written_down() {
    let pooled = Pooled::new(2).await;
    let wrong = "create table b ();\nset role none;\nselect 1 / 0;";
    let files = Files::new(&[A, ("0002_b.sql", wrong)]);
    let migrator = pooled.db.migrator(&files);
    let error = migrator.apply(&pooled.connector(), ignore).await;
    let words = files.strip(&chain(&error.unwrap_err()));
    assert!(words.contains("0002_b.sql:3:"), "{words}");
    let mut conn = pooled.options().connect().await.unwrap();
    let history = migrator.history(&mut conn).await.unwrap();
    assert_eq!(history.len(), 2, "{history:?}");
    pooled.assert_nothing_is_left(1).await;

    let deferred = "insert into a values (1, 5);";
    files.write("0002_b.sql", deferred);
    let error = pooled.db.migrator(&files);
    let error = error.apply(&pooled.connector(), ignore).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("23503"));
    assert!(matches!(error, Error::Migration { .. }), "{error}");
    pooled.assert_nothing_is_left(1).await;
}

#[tokio::test]
async fn who_waits_for_the_lock_behind_a_pooler_is_told_who_has_it() {
    let pooled = Pooled::new(3).await;
    let slow = Files::new(&[("0001_a.sql", "select pg_sleep(600);")]);
    let (migrator, connector) = (pooled.db.migrator(&slow), pooled.connector());
    let holder = tokio::spawn(async move { migrator.apply(&connector, ignore).await });
    eventually(&mut pooled.db.connect().await, LOCKS, 2).await;
    let mut options: Options = pooled.db.options();
    options.lock_deadline = std::time::Duration::from_millis(200);
    let mut waits = 0;
    let error = Migrator::new(slow.migrations(), options)
        .apply(&pooled.connector(), |event| {
            waits += i32::from(matches!(
                event,
                Event::Waiting {
                    holder: Some(_),
                    ..
                }
            ));
        })
        .await
        .unwrap_err();
    assert!(matches!(error, Error::LockTimeout { .. }), "{error}");
    assert_eq!(waits, 1);
    holder.abort();
}

/// Applies with a connection to the pooler that ends at a statement, and goes on. `None`: there was no such statement.
async fn cut_at(nth: u32) -> Option<()> {
    let pooled = Pooled::new(2).await;
    let files = Files::new(&[A, B]);
    let proxy = Proxy::in_front_of(&pooled.bouncer.login(&pooled.db.login())).unwrap();
    let cut = if nth.is_multiple_of(2) {
        Cut::answer_to("").nth(nth)
    } else {
        Cut::before(Moment::Statement(String::new())).nth(nth)
    };
    let cut = proxy.arm(cut);
    let connector = Connector::from(pooled.options().host("127.0.0.1").port(proxy.port()));
    let migrator = pooled.db.migrator(&files);
    if migrator.apply(&connector, ignore).await.is_ok() {
        return None;
    }
    drop(cut);
    eventually(&mut pooled.db.connect().await, LOCKS, 0).await;
    migrator
        .apply(&pooled.connector(), ignore)
        .await
        .unwrap_or_else(|error| panic!("statement {nth}: {}", chain(&error)));
    assert_all_is_done_once(&pooled.db).await;
    pooled.assert_nothing_is_left(2).await;
    Some(())
}

#[test]
fn a_client_of_a_pooler_that_is_gone_at_any_statement_is_gone_on_from_there() {
    let count = every(cut_at);
    assert!(count > 20, "{count} statements");
}

/// With statements that the driver prepares.
struct Fill;

impl CodeMigration for Fill {
    async fn run(&self, conn: &mut sqlx::PgConnection) -> Result<(), CodeError> {
        for id in [1, 2_i32] {
            let insert = sqlx::query("insert into a (id) values ($1)").bind(id);
            insert.execute(&mut *conn).await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn code_runs_and_leaves_nothing_in_the_session() {
    let pooled = Pooled::new(1).await;
    let files = Files::new(&[A, ("0002_fill.sql", "-- howdah: code fill")]);
    let migrations = files.migrations().with_code("fill", Fill).unwrap();
    let migrator = Migrator::new(migrations, pooled.db.options());
    let report = migrator.apply(pooled.connector(), ignore).await.unwrap();
    assert_eq!(report.applied.len(), 2);
    pooled.assert_nothing_is_left(1).await;
    let mut admin = pooled.db.connect().await;
    assert_eq!(number(&mut admin, "select count(*) from app.a").await, 2);
}
