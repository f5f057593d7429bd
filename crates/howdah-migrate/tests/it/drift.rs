//! The wanted state comes from a shadow database, which is gone afterwards whatever happened.

use expect_test::expect;
use howdah_ident::DatabaseName;
use howdah_migrate::{Catalog, Error, Migrator, Shadow, expected};
use howdah_testkit::TestServer;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use crate::support::{
    Files, LOCKS, TestDb, chain, database, eventually, execute, ignore, number, schema,
};

const USERS: (&str, &str) = (
    "0001_create_users.sql",
    "create table users (id bigint primary key, email varchar(255) not null);\n\
     create index users_email_idx on users (email);\n",
);
const ORDERS: (&str, &str) = (
    "0002_create_orders.sql",
    "create table orders (id bigint, user_id bigint references users (id));\n",
);
const INDEX: (&str, &str) = (
    "0003_index_orders.sql",
    "-- no-transaction\ncreate index concurrently orders_user_idx on orders (user_id);\n",
);

fn shadow_name(db: &TestDb) -> DatabaseName {
    format!("{}_shadow", db.name()).parse().unwrap()
}

fn in_shadow(db: &TestDb) -> PgConnectOptions {
    db.login_options().database(shadow_name(db).as_str())
}

async fn create(db: &TestDb) -> Result<Shadow, Error> {
    Shadow::create(db.connect().await, shadow_name(db), Some(&db.owner)).await
}

async fn wanted(db: &TestDb, files: &Files) -> Result<Catalog, Error> {
    let shadow = create(db).await?;
    let apply = in_shadow(db).connect().await.unwrap();
    let read = in_shadow(db).connect().await.unwrap();
    shadow.expected(&db.migrator(files), apply, read).await
}

fn shadows(db: &TestDb) -> String {
    let name = shadow_name(db);
    format!(
        "select count(*) from pg_database where datname = '{}'",
        name.as_str()
    )
}

async fn in_superuser(db: &TestDb) -> PgConnectOptions {
    let server = TestServer::shared().await.unwrap();
    let login = server.superuser("postgres".parse().unwrap());
    db.login_options()
        .username(login.user.as_str())
        .password(login.password.expose())
}

#[tokio::test]
async fn what_was_changed_by_hand_is_told_and_nothing_else() {
    let db = database().await;
    let files = Files::new(&[USERS, ORDERS, INDEX]);
    db.apply(&files).await.unwrap();
    let wanted = wanted(&db, &files).await.unwrap();
    let mut conn = db.connect().await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    assert_eq!(wanted.diff(&found), []);
    assert_eq!(wanted.fingerprint(), found.fingerprint());

    execute(
        &mut conn,
        "alter table app.users alter email type text;
         alter table app.users add by_hand integer default 1 not null;
         drop table app.orders;
         create table app.notes (id serial primary key)",
    )
    .await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    let told: Vec<String> = wanted
        .diff(&found)
        .iter()
        .map(ToString::to_string)
        .collect();
    expect![[r"
        table notes is unexpected
        table orders is missing
        table users: column by_hand is unexpected
        table users: column email: type is text, expected character varying(255)"]]
    .assert_eq(&told.join("\n"));
    assert_eq!(number(&mut conn, &shadows(&db)).await, 0);
}

#[tokio::test]
async fn the_schema_public_is_compared_as_any_other() {
    let db = database().await;
    let files = Files::new(&[USERS, ORDERS]);
    let mut options = db.options();
    options.schema = "public".parse().unwrap();
    let migrator = Migrator::new(files.migrations(), options);
    migrator
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    let shadow = create(&db).await.unwrap();
    let apply = in_shadow(&db).connect().await.unwrap();
    let read = in_shadow(&db).connect().await.unwrap();
    let wanted = shadow.expected(&migrator, apply, read).await.unwrap();
    let mut conn = db.connect().await;
    let found = Catalog::read(&mut conn, &"public".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(wanted.diff(&found), []);
    assert!(found.names().len() > 8);
}

#[tokio::test]
async fn columns_in_another_order_are_a_minor_difference() {
    let db = database().await;
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        "create schema app; create table app.t (a int, b int, c int)",
    )
    .await;
    let wanted = Catalog::read(&mut conn, &schema()).await.unwrap();
    execute(
        &mut conn,
        "alter table app.t drop a; alter table app.t add a int",
    )
    .await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    let told = wanted.diff(&found);
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].to_string(),
        "table t: column order is b, c, a, expected a, b, c"
    );
    assert!(told[0].is_minor());
    execute(
        &mut conn,
        "alter table app.t drop b; alter table app.t add d int",
    )
    .await;
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    let told = wanted.diff(&found);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told.iter().filter(|one| one.is_minor()).count(), 1);
}

#[tokio::test]
async fn a_shadow_has_the_encoding_and_locale_of_its_database() {
    let db = database().await;
    let mut conn = db.connect().await;
    let other = format!("{}_latin1", db.name());
    execute(
        &mut conn,
        &format!("create database {other} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"),
    )
    .await;
    let target = in_superuser(&db)
        .await
        .database(&other)
        .connect()
        .await
        .unwrap();
    let shadow = Shadow::create(target, shadow_name(&db), None)
        .await
        .unwrap();
    let kinds = "select count(*) from pg_database where encoding = pg_char_to_encoding('LATIN1') and datcollate = 'C' and datctype = 'C'";
    let ours = format!(
        "{kinds} and datname in ('{other}', '{}')",
        shadow.name().as_str()
    );
    assert_eq!(number(&mut conn, &ours).await, 2);
    shadow.discard().await.unwrap();
    execute(&mut conn, &format!("drop database {other} with (force)")).await;
}

#[tokio::test]
async fn a_shadow_has_the_locale_provider_of_its_database() {
    let db = database().await;
    let mut conn = db.connect().await;
    let version = number(
        &mut conn,
        "select current_setting('server_version_num')::int8",
    )
    .await;
    let providers = [
        (150_000, "locale_provider icu icu_locale 'de'"),
        (
            160_000,
            "locale_provider icu icu_locale 'de' icu_rules '&V << w'",
        ),
        (170_000, "locale_provider builtin builtin_locale 'C.UTF-8'"),
    ];
    let other = format!("{}_provider", db.name());
    for (_, provider) in providers.iter().filter(|(since, _)| version >= *since) {
        let sql = format!("create database {other} template template0 encoding 'UTF8' {provider}");
        execute(&mut conn, &sql).await;
        let target = in_superuser(&db)
            .await
            .database(&other)
            .connect()
            .await
            .unwrap();
        let shadow = Shadow::create(target, shadow_name(&db), None)
            .await
            .unwrap();
        let kinds = format!(
            "select count(distinct to_jsonb(d) - array['oid', 'datname', 'datfrozenxid', 'datminmxid', 'datcollversion'])
             from pg_database as d where datname in ('{other}', '{}')",
            shadow.name().as_str()
        );
        assert_eq!(number(&mut conn, &kinds).await, 1, "{provider}");
        shadow.discard().await.unwrap();
        execute(&mut conn, &format!("drop database {other} with (force)")).await;
    }
}

#[tokio::test]
async fn a_shadow_is_dropped_after_an_error_too() {
    let db = database().await;
    let files = Files::new(&[
        USERS,
        ("0002_wrong.sql", "create table orders (id nonsense);\n"),
    ]);
    let error = wanted(&db, &files).await.unwrap_err();
    assert!(matches!(error, Error::Migration { .. }), "{error}");
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, &shadows(&db)).await, 0);
}

#[tokio::test]
async fn what_a_killed_run_left_is_dropped_by_the_next_one() {
    let db = database().await;
    let mut conn = db.connect().await;
    let left = create(&db).await.unwrap();
    let kill = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and database = \
         (select oid from pg_database where datname = current_database())";
    assert_eq!(number(&mut conn, kill).await, 1);
    drop(left);
    eventually(&mut conn, LOCKS, 0).await;
    assert_eq!(number(&mut conn, &shadows(&db)).await, 1);

    let other: DatabaseName = format!("{}_other", db.name()).parse().unwrap();
    let shadow = Shadow::create(db.connect().await, other.clone(), None)
        .await
        .unwrap();
    assert_eq!(shadow.name(), &other);
    assert_eq!(number(&mut conn, &shadows(&db)).await, 0);
    shadow.discard().await.unwrap();
}

#[tokio::test]
async fn a_shadow_in_use_and_a_database_without_the_mark_are_left_alone() {
    let db = database().await;
    let shadow = create(&db).await.unwrap();
    let error = create(&db).await.unwrap_err();
    assert!(
        chain(&error).contains("another session uses it"),
        "{}",
        chain(&error)
    );
    let other: DatabaseName = format!("{}_other", db.name()).parse().unwrap();
    let second = Shadow::create(db.connect().await, other, None)
        .await
        .unwrap();
    let mut conn = db.connect().await;
    assert_eq!(number(&mut conn, &shadows(&db)).await, 1);
    second.discard().await.unwrap();
    shadow.discard().await.unwrap();

    execute(&mut conn, &format!("create database {}", shadow_name(&db))).await;
    let error = create(&db).await.unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("42P04"));
    assert_eq!(number(&mut conn, &shadows(&db)).await, 1);
    execute(&mut conn, &format!("drop database {}", shadow_name(&db))).await;
}

#[tokio::test]
async fn a_database_in_use_is_not_taken_for_a_scratch_database() {
    let db = database().await;
    let files = Files::new(&[USERS]);
    let mut conn = db.connect().await;
    execute(
        &mut conn,
        &format!(
            "create schema app authorization {}; create table app.theirs ()",
            db.owner
        ),
    )
    .await;
    let (apply, mut read) = (db.connect_login().await, db.connect_login().await);
    let error = expected(&db.migrator(&files), apply, &mut read)
        .await
        .unwrap_err();
    expect![[r#"
        1 problem before the first migration, nothing was executed
          the scratch database: the schema "app" is not empty (for example: table theirs), so it may be one that is in use: give a database that was made for this"#]]
    .assert_eq(&error.to_string());
    let tables = "select count(*) from pg_tables where schemaname = 'app'";
    assert_eq!(number(&mut conn, tables).await, 1);
}

#[tokio::test]
async fn what_was_killed_before_it_could_be_marked_is_dropped_too() {
    let db = database().await;
    let mut conn = db.connect().await;
    let prefix: String = db.name().chars().take(30).collect();
    let (ours, theirs) = (format!("{prefix}_shadow_1"), format!("{prefix}_other"));
    for name in [&ours, &theirs] {
        execute(
            &mut conn,
            &format!("create database {name} allow_connections false"),
        )
        .await;
    }
    create(&db).await.unwrap().discard().await.unwrap();
    let there = format!("select count(*) from pg_database where datname in ('{ours}', '{theirs}')");
    assert_eq!(number(&mut conn, &there).await, 1);
    execute(&mut conn, &format!("drop database {theirs}")).await;
}

#[tokio::test]
async fn what_is_pending_is_no_drift() {
    let db = database().await;
    let files = Files::new(&[USERS]);
    db.apply(&files).await.unwrap();
    files.write(ORDERS.0, ORDERS.1);
    let mut conn = db.connect().await;
    let migrator = db.migrator(&files);
    let plan = migrator.plan(&mut conn).await.unwrap();
    let applied = files.migrations().applied(&plan);
    assert_eq!((applied.len(), files.migrations().len()), (1, 2));
    let shadow = create(&db).await.unwrap();
    let apply = in_shadow(&db).connect().await.unwrap();
    let read = in_shadow(&db).connect().await.unwrap();
    let migrator = Migrator::new(applied, db.options());
    let wanted = shadow.expected(&migrator, apply, read).await.unwrap();
    let found = Catalog::read(&mut conn, &schema()).await.unwrap();
    assert_eq!(wanted.diff(&found), []);
}

#[tokio::test]
async fn a_login_that_does_not_inherit_makes_a_shadow_by_its_own_right_and_by_that_of_the_owner() {
    let db = database().await;
    let files = Files::new(&[USERS, ORDERS, INDEX]);
    let mut admin = db.connect().await;
    for (may, may_not) in [(&db.login, &db.owner), (&db.owner, &db.login)] {
        let rights = format!("alter role {may} createdb; alter role {may_not} nocreatedb");
        execute(&mut admin, &rights).await;
        let create = async || {
            let login = db.connect_login().await;
            Shadow::create(login, shadow_name(&db), Some(&db.owner)).await
        };
        let shadow = create().await.unwrap();
        let apply = in_shadow(&db).connect().await.unwrap();
        let read = in_shadow(&db).connect().await.unwrap();
        let migrator = db.migrator(&files);
        let wanted = shadow.expected(&migrator, apply, read).await.unwrap();
        assert!(wanted.names().len() > 3);
        assert_eq!(number(&mut admin, &shadows(&db)).await, 0);

        // One whose maker is gone, and somebody of the same login still looks into it.
        let killed = create().await.unwrap();
        let _looks = in_shadow(&db).connect().await.unwrap();
        drop(killed);
        eventually(&mut admin, LOCKS, 0).await;
        create().await.unwrap().discard().await.unwrap();
        assert_eq!(number(&mut admin, &shadows(&db)).await, 0);
    }
}
