//! What a service does when it starts.

use std::time::Duration;

use howdah_migrate::{Connector, Error, Migrator, Mode, OnFailure, Started, Startup};
use sqlx::ConnectOptions as _;

use crate::support::{Files, TestDb, database, execute, ignore, number};

const A: (&str, &str) = ("0001_a.sql", "create table a (id int);");
const WRONG: (&str, &str) = ("0002_b.sql", "select 1 / 0;");

fn startup(mode: Mode, on_failure: OnFailure) -> Startup {
    let mut startup = Startup::default();
    (startup.mode, startup.on_failure) = (mode, on_failure);
    startup
}

async fn start(db: &TestDb, files: &Files, startup: &Startup) -> Result<Started, Error> {
    let connector = Connector::from(db.login_options());
    db.migrator(files)
        .run_at_startup(&connector, startup, ignore)
        .await
}

#[tokio::test]
async fn a_service_migrates_or_only_looks_as_it_is_told() {
    let db = database().await;
    let files = Files::new(&[A]);
    let off = startup(Mode::Off, OnFailure::Abort);
    assert!(matches!(
        start(&db, &files, &off).await.unwrap(),
        Started::Off
    ));
    let check = startup(Mode::Check, OnFailure::Abort);
    let error = start(&db, &files, &check).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 migration is pending in the schema \"app\", and this program may not apply it: apply them first \
         (`howdah migrate up`)\n  pending  1  a"
    );
    assert!(error.is_retryable());
    let schemas = "select count(*) from pg_namespace where nspname = 'app'";
    assert_eq!(number(&mut db.connect().await, schemas).await, 0);

    let auto = startup(Mode::Auto, OnFailure::Abort);
    let applied = start(&db, &files, &auto).await.unwrap();
    assert!(matches!(&applied, Started::Applied(report) if report.applied.len() == 1));
    for startup in [&auto, &check] {
        let started = start(&db, &files, startup).await.unwrap();
        assert!(matches!(started, Started::UpToDate), "{started:?}");
    }
}

#[tokio::test]
async fn a_service_that_may_go_on_is_degraded_and_says_what_is_pending() {
    let db = database().await;
    let files = Files::new(&[A, WRONG]);
    let abort = startup(Mode::Auto, OnFailure::Abort);
    start(&db, &files, &abort).await.unwrap_err();
    for mode in [Mode::Auto, Mode::Check] {
        let going = startup(mode, OnFailure::Continue);
        let started = start(&db, &files, &going).await.unwrap();
        assert!(started.is_degraded());
        let Started::Degraded { pending, .. } = started else {
            panic!("{started:?}");
        };
        assert_eq!(pending.len(), 1);
        assert_eq!(
            pending[0].file,
            files.path().join(WRONG.0).display().to_string()
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_waited_for() {
    let db = database().await;
    let files = Files::new(&[A]);
    let full = format!("alter role {} connection limit 0", db.login);
    execute(&mut db.connect().await, &full).await;
    let mut impatient = Startup::default();
    impatient.patience = Duration::from_millis(1);
    let error = start(&db, &files, &impatient).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");

    let (migrator, options) = (db.migrator(&files), db.login_options());
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let connector = Connector::new(move || {
        let (options, tell) = (options.clone(), tell.clone());
        async move {
            let connected = options.connect().await;
            // Nobody listens any more once it works.
            let _is_heard = tell.send(connected.is_ok());
            connected
        }
    });
    let service = tokio::spawn(async move {
        let startup = Startup::default();
        migrator.run_at_startup(&connector, &startup, ignore).await
    });
    assert_eq!(told.recv().await, Some(false));
    let open = format!("alter role {} connection limit 5", db.login);
    execute(&mut db.connect().await, &open).await;
    let started = service.await.unwrap().unwrap();
    assert!(matches!(started, Started::Applied(_)), "{started:?}");
}

#[tokio::test]
async fn a_schema_is_made_only_where_that_is_allowed_and_it_is_missing() {
    let db = database().await;
    let files = Files::new(&[A]);
    let mut options = db.options();
    options.create_schema = false;
    let migrator = Migrator::new(files.migrations(), options);
    let error = migrator.apply(db.connect_login().await, ignore).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("schema \"app\": it is not there, and these settings do not create one"),
        "{error}"
    );
    let schema = format!("create schema app authorization {}", db.owner);
    let revoke = format!("revoke create on database {} from {}", db.name(), db.owner);
    execute(&mut db.connect().await, &schema).await;
    execute(&mut db.connect().await, &revoke).await;
    // It is there: nobody needs the right to create one.
    db.apply(&files).await.unwrap();
}

#[tokio::test]
async fn a_schema_that_may_not_be_used_is_told_before_anything_runs() {
    let db = database().await;
    let files = Files::new(&[A]);
    execute(&mut db.connect().await, "create schema app").await;
    let error = db.apply(&files).await.unwrap_err().to_string();
    assert!(error.contains("app"), "{error}");
    let grant = format!(
        "create table app._sqlx_migrations (version bigint primary key, description text not null, \
         installed_on timestamptz not null default now(), success boolean not null, \
         checksum bytea not null, execution_time bigint not null); \
         create table app._sqlx_migrations_log (); alter schema app owner to {owner}; \
         revoke all on schema app from {owner}; grant all on app._sqlx_migrations to {owner}",
        owner = db.owner
    );
    execute(&mut db.connect().await, &grant).await;
    let error = db.apply(&files).await.unwrap_err().to_string();
    assert!(error.contains("usage"), "{error}");
}
