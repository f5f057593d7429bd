//! The whole spine, the same on every backend.

use std::fs;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[tokio::test]
    async fn from_nothing_to_a_least_privilege_database_and_again() -> Result {
        super::scenario("local").await
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[tokio::test]
    async fn from_nothing_to_a_least_privilege_database_and_again() -> Result {
        super::scenario("container").await
    }
}

async fn scenario(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    let first = project.up()?;
    assert_eq!(first["backend"], backend);
    assert_eq!(first["host"], "127.0.0.1");
    assert_eq!(
        (&first["database"], &first["schema"]),
        (&"appdb".into(), &"app".into())
    );
    assert_eq!(first["migrations"]["pending"], 0);
    assert!(
        first["migrations"]["applied"].as_u64() >= Some(10),
        "{first}"
    );
    assert!(first["roles"]["changes"].as_u64() > Some(0), "{first}");
    let port = first["port"].as_u64().ok_or("no port")?;

    files_are_private(&project)?;
    urls_lead_to_the_roles(&project, port).await?;
    app_inserts_into_every_table(&project, port).await?;
    roles_are_bounded(&project, port).await?;
    second_run_changes_nothing(&project, port).await?;
    later_tables_are_covered(&project, port).await?;
    no_password_is_logged(&project, port).await?;
    status_tells_pending_and_stopped(&project)
}

fn files_are_private(project: &Project) -> Result {
    use std::os::unix::fs::PermissionsExt;
    let mut files = vec![project.state("env")];
    for name in [
        "postgres_superuser_pw",
        "postgres_migrator_pw",
        "postgres_app_user_pw",
        "postgres_app_ro_pw",
    ] {
        files.push(project.state("secrets").join(name));
    }
    for file in files {
        let mode = fs::metadata(&file)?.permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
    assert_eq!(fs::read_to_string(project.state(".gitignore"))?, "*\n");
    Ok(())
}

async fn urls_lead_to_the_roles(project: &Project, port: u64) -> Result {
    let urls = project.urls()?;
    for (variable, role) in [
        ("DATABASE_URL", "appuser"),
        ("DATABASE_READ_ONLY_URL", "backupuser"),
        ("DATABASE_MIGRATION_URL", "appmigrator"),
    ] {
        let url = urls.get(variable).ok_or(variable)?;
        assert!(
            url.contains(&format!("@127.0.0.1:{port}/appdb")),
            "{variable}"
        );
        let mut connection = PgConnection::connect(url).await?;
        let who: (String, String) =
            sqlx::query_as("select current_user::text, current_setting('search_path')")
                .fetch_one(&mut connection)
                .await?;
        assert_eq!(
            who,
            (role.to_owned(), "app, pg_temp".to_owned()),
            "{variable}"
        );
    }
    Ok(())
}

/// One row in each table, with nothing but the columns that have no default.
async fn app_inserts_into_every_table(project: &Project, port: u64) -> Result {
    let mut app = project
        .connect("appuser", "postgres_app_user_pw", port)
        .await?;
    execute(&mut app, include_str!("../data/insert_one_of_each.sql")).await?;
    let empty: Vec<String> = sqlx::query_scalar(include_str!("../data/empty_tables.sql"))
        .fetch_all(&mut app)
        .await?;
    assert_eq!(empty, Vec::<String>::new(), "tables without a row");
    Ok(())
}

async fn roles_are_bounded(project: &Project, port: u64) -> Result {
    let structure = [
        "create table t (id int)",
        "create table public.t (id int)",
        "create temporary table t (id int)",
        "create schema s",
        "truncate tenants cascade",
        "set role appowner",
        "set role appmigrator",
    ];
    let mut app = project
        .connect("appuser", "postgres_app_user_pw", port)
        .await?;
    assert_denied(&mut app, &structure).await?;
    let mut reader = project
        .connect("backupuser", "postgres_app_ro_pw", port)
        .await?;
    assert_denied(&mut reader, &structure).await?;
    assert_denied(
        &mut reader,
        &[
            "delete from tenants",
            "update tenants set name = 'x'",
            "select lo_create(0)",
        ],
    )
    .await?;
    for (role, secret) in [
        ("appuser", "postgres_app_user_pw"),
        ("backupuser", "postgres_app_ro_pw"),
    ] {
        for database in ["postgres", "template1"] {
            let refused = project.connect_to(database, role, secret, port).await;
            assert!(refused.is_err(), "{role} must not connect to {database}");
        }
    }
    let relations: Vec<String> = sqlx::query_scalar(
        "select format('%I', relname) from pg_catalog.pg_class \
         where relnamespace = 'app'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')",
    )
    .fetch_all(&mut reader)
    .await?;
    assert!(relations.len() > 10, "{relations:?}");
    for relation in relations {
        execute(&mut reader, &format!("select * from {relation}")).await?;
    }
    let before: i64 = sqlx::query_scalar("select count(*) from tenants")
        .fetch_one(&mut reader)
        .await?;
    assert_eq!(before, 1, "nothing that was denied had an effect");
    Ok(())
}

async fn second_run_changes_nothing(project: &Project, port: u64) -> Result {
    let mut superuser = project.superuser(port).await?;
    log_statements(&mut superuser, "all").await?;
    let logged = project.server_log()?.len();
    let env = fs::read_to_string(project.state("env"))?;
    let again = project.up()?;
    assert_eq!(again["roles"]["changes"], 0, "{again}");
    assert_eq!(again["migrations"]["applied"], 0, "{again}");
    assert_eq!(again["port"].as_u64(), Some(port), "{again}");
    assert_eq!(fs::read_to_string(project.state("env"))?, env);
    let log = project.server_log()?;
    let statements = log.get(logged..).unwrap_or_default().to_lowercase();
    assert!(
        statements.contains("pg_auth_members"),
        "the log must show what ran"
    );
    for word in [
        "create ",
        "alter ",
        "grant ",
        "revoke ",
        "drop ",
        "insert into",
    ] {
        let ran = statements
            .lines()
            .filter(|line| line.contains("statement:") || line.contains("execute"))
            .find(|line| {
                line.split(": ")
                    .last()
                    .is_some_and(|sql| sql.trim_start().starts_with(word))
            });
        assert_eq!(ran, None, "the second run must change nothing");
    }
    Ok(())
}

async fn later_tables_are_covered(project: &Project, port: u64) -> Result {
    project.write(
        "migrations/20270101000001_create_later.sql",
        "create table later (id serial primary key, at timestamptz not null default now());\n",
    )?;
    let pending = project.run(&["db-status", "--json"])?;
    assert_eq!(pending.status.code(), Some(3), "{}", words(&pending));
    let checked = project
        .command(&project.up_args())
        .env("HOWDAH__DATABASE__MIGRATIONS__MODE", "check")
        .output()?;
    assert_eq!(checked.status.code(), Some(3), "{}", words(&checked));
    let report = project.up()?;
    assert_eq!(report["migrations"]["applied"], 1, "{report}");
    let mut app = project
        .connect("appuser", "postgres_app_user_pw", port)
        .await?;
    execute(&mut app, "insert into later default values").await?;
    let mut reader = project
        .connect("backupuser", "postgres_app_ro_pw", port)
        .await?;
    let rows: i64 = sqlx::query_scalar("select count(*) from later")
        .fetch_one(&mut reader)
        .await?;
    assert_eq!(rows, 1);
    assert_denied(&mut reader, &["insert into later default values"]).await
}

/// With all statements logged, while every password is new.
async fn no_password_is_logged(project: &Project, port: u64) -> Result {
    for name in [
        "postgres_app_user_pw",
        "postgres_app_ro_pw",
        "postgres_migrator_pw",
    ] {
        fs::remove_file(project.state("secrets").join(name))?;
    }
    let report = project.up()?;
    assert_eq!(report["roles"]["changes"], 3, "{report}");
    let mut superuser = project.superuser(port).await?;
    log_statements(&mut superuser, "none").await?;
    let log = project.server_log()?;
    assert!(
        !log.contains("SCRAM-SHA-256$4096"),
        "a verifier is as good as a password"
    );
    for name in [
        "postgres_superuser_pw",
        "postgres_app_user_pw",
        "postgres_app_ro_pw",
        "postgres_migrator_pw",
    ] {
        assert!(
            !log.contains(project.secret(name)?.expose()),
            "{name} is in the server's log"
        );
    }
    Ok(())
}

fn status_tells_pending_and_stopped(project: &Project) -> Result {
    let up = project.run(&["db-status"])?;
    assert_eq!(up.status.code(), Some(0), "{}", words(&up));
    project.json(&["db-down", "--json"])?;
    let down = project.run(&["db-status"])?;
    assert_eq!(down.status.code(), Some(1), "{}", words(&down));
    let again = project.up()?;
    assert_eq!(again["roles"]["changes"], 0, "the data stays: {again}");
    let secret = project.state("secrets").join("postgres_migrator_pw");
    fs::remove_file(&secret)?;
    let status = project.run(&["db-status"])?;
    assert_eq!(status.status.code(), Some(1), "{}", words(&status));
    assert!(!secret.exists(), "a status changes nothing");
    let reset = project.run(&["db-reset", "--confirm", "other"])?;
    assert_eq!(reset.status.code(), Some(1), "{}", words(&reset));
    Ok(())
}

async fn log_statements(superuser: &mut PgConnection, which: &str) -> Result {
    execute(
        superuser,
        &format!("alter system set log_statement = '{which}'"),
    )
    .await?;
    execute(superuser, "select pg_reload_conf()").await?;
    // The reload is a signal: wait until a new statement of this session sees it.
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let now: String = sqlx::query_scalar("select current_setting('log_statement')")
            .fetch_one(&mut *superuser)
            .await?;
        if now == which {
            return Ok(());
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "the setting does not arrive"
        );
    }
}

async fn execute(connection: &mut PgConnection, sql: &str) -> Result {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await?;
    Ok(())
}

async fn assert_denied(connection: &mut PgConnection, statements: &[&str]) -> Result {
    for statement in statements {
        let error = connection
            .execute(sqlx::raw_sql(AssertSqlSafe(*statement)))
            .await
            .map(drop)
            .expect_err(statement);
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
    Ok(())
}
