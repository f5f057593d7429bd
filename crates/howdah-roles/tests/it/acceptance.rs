//! What each role may do and may not do, tried as the role itself, on a database that a superuser laid out and on one that
//! an administrator without superuser rights did. The numbers are those of the requirements.

mod cases;

use howdah_roles::{Layout, Mode, Wanted};
use sqlx::postgres::PgConnection;

use self::cases::{Case, Expected, Who};
use crate::by::By;
use crate::program::program;
use crate::support::{PASSWORD, Result, connect_as, run, server, sqlstate, unique};

const NO_LOGIN: [&str; 2] = ["28P01", "28000"];

#[tokio::test]
async fn every_role_can_do_what_it_is_there_for_and_nothing_else() -> Result {
    every_case(&By::Superuser).await
}

#[tokio::test]
async fn every_role_of_an_administrator_can_do_what_it_is_there_for_and_nothing_else() -> Result {
    every_case(&By::administrator().await?).await
}

async fn every_case(by: &By) -> Result {
    let layout = by.lay_out("accept", Mode::Additive).await?;
    let server = server().await?;
    let impossible = |case: &Case| {
        // Large objects are a superuser's to close, and on 13 and 14 the schema `public` is.
        !by.is_superuser() && (case.number == 37 || case.number == 20 && server.major() < 15)
    };
    let mut wrong = Vec::new();
    for who in [Who::App, Who::ReadOnly, Who::Migrator] {
        let mut connection = connect_as(who.name(&layout), layout.database().as_str()).await?;
        for case in cases::of(who, server.major()) {
            let statement = case.statement(&layout);
            let code = outcome(&mut connection, case, &statement).await?;
            let expected = match case.expected {
                Expected::Denied if impossible(case) => None,
                Expected::Denied => Some("42501"),
                Expected::Allowed => None,
            };
            if code.as_deref() != expected {
                wrong.push(format!("{} {who:?}: {statement}: {code:?}", case.number));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    Ok(())
}

async fn outcome(
    connection: &mut PgConnection,
    case: &Case,
    statement: &str,
) -> Result<Option<String>> {
    if !case.is_alone {
        return sqlstate(connection, statement).await;
    }
    let error = run(connection, statement).await.err();
    Ok(error.map(|error| code(&error)))
}

fn code(error: &sqlx::Error) -> String {
    let answer = error.as_database_error();
    answer
        .and_then(sqlx::error::DatabaseError::code)
        .map_or_else(|| error.to_string(), std::borrow::Cow::into_owned)
}

/// Items 1, 2 and 5, with passwords that would do if the roles could log in.
#[tokio::test]
async fn who_cannot_log_in_does_not_even_with_a_password() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = by.lay_out("nologin", Mode::Additive).await?;
        let mut superuser = By::Superuser.connect("postgres").await?;
        for role in [
            layout.owner(),
            layout.read_write_group(),
            layout.read_only_group(),
        ] {
            run(
                &mut superuser,
                &format!("alter role {role} password '{PASSWORD}'"),
            )
            .await?;
            let code = refused(role.as_str(), layout.database().as_str()).await?;
            assert!(NO_LOGIN.contains(&code.as_str()), "{role}: {code}");
        }
        let stranger = unique("x");
        let create = format!("create role {stranger} login password '{PASSWORD}'");
        run(&mut superuser, &create).await?;
        let code = refused(&stranger, layout.database().as_str()).await?;
        assert_eq!(code, "42501");
    }
    Ok(())
}

/// The SQLSTATE with which a login fails.
async fn refused(role: &str, database: &str) -> Result<String> {
    let login = server().await?.superuser(database.parse()?);
    let login = login.with_user(role.parse()?, howdah_secrets::Secret::new(PASSWORD));
    match howdah_testkit::connect(&login).await {
        Ok(_) => Err(format!("{role} logs in").into()),
        Err(error) => Ok(error.sqlstate().unwrap_or_else(|| error.to_string())),
    }
}

/// Item 34: `vacuum` by somebody else than the owner only warns.
#[tokio::test]
async fn the_apps_vacuum_has_no_effect() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = by.lay_out("vacuum", Mode::Additive).await?;
        let database = layout.database().as_str();
        let mut app = connect_as(layout.app().as_str(), database).await?;
        run(&mut app, "insert into with_serial (name) values ('a')").await?;
        let before = tuples(&mut app).await?;
        for statement in ["vacuum with_serial", "analyze with_serial"] {
            run(&mut app, statement).await?;
            assert!(
                (tuples(&mut app).await? - before).abs() < 0.5,
                "{statement}"
            );
        }
        let mut migrator = connect_as(layout.migrator().as_str(), database).await?;
        run(&mut migrator, &format!("set role {}", layout.owner())).await?;
        run(&mut migrator, "vacuum app.with_serial").await?;
        assert!(
            (tuples(&mut app).await? - 1.0).abs() < 0.5,
            "the owner's has one"
        );
    }
    Ok(())
}

async fn tuples(connection: &mut PgConnection) -> Result<f32> {
    let tuples =
        "select reltuples from pg_catalog.pg_class where oid = 'app.with_serial'::regclass";
    Ok(sqlx::query_scalar(tuples).fetch_one(connection).await?)
}

/// Items 46 and 38: with the program that backups are made with.
#[tokio::test]
async fn the_read_only_role_dumps_the_schema() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = by.lay_out("dump", Mode::Additive).await?;
        let database = layout.database().as_str();
        let mut app = connect_as(layout.app().as_str(), database).await?;
        run(
            &mut app,
            "insert into with_serial (name) values ('dumped'); insert into with_identity (name) values ('too')",
        )
        .await?;
        let reader = (layout.read_only().as_str(), PASSWORD);
        let dump = program("pg_dump", &["--schema=app"], reader, database).await?;
        let dump = dump.expect("pg_dump succeeds");
        for part in [
            "COPY app.with_serial ",
            "DUMPED",
            "COPY app.with_identity ",
            "too",
            "SEQUENCE NAME app.with_identity_id_seq",
            "'app.with_identity_id_seq', 1, true",
        ] {
            assert!(dump.contains(part), "{part} is missing in\n{dump}");
        }
        let copied = program(
            "psql",
            &["-Xtc", "copy app.with_serial to stdout"],
            reader,
            database,
        );
        assert!(copied.await?.is_ok_and(|rows| rows.contains("DUMPED")));
    }
    Ok(())
}

/// Item 48: what the migrator makes as the owner is the owner's.
#[tokio::test]
async fn everything_that_the_migrator_makes_is_the_owners() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let layout = by.lay_out("owned", Mode::Additive).await?;
        let mut superuser = By::Superuser.connect(layout.database().as_str()).await?;
        let owners: Vec<String> = sqlx::query_scalar(
            "select distinct pg_get_userbyid(relowner)::text from pg_catalog.pg_class \
             where relnamespace = 'app'::regnamespace",
        )
        .fetch_all(&mut superuser)
        .await?;
        assert_eq!(owners, [layout.owner().as_str()]);
    }
    Ok(())
}

/// Item 73, at the login that they are for.
#[tokio::test]
async fn settings_arrive_as_they_are_written() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let d = unique("settings");
        // Nobody else sets parameters that no module has defined.
        let (own, value) = if by.is_superuser() {
            ("my.text", "it's \"two\", \\ and more")
        } else {
            ("intervalstyle", "sql_standard")
        };
        let (owner, login) = (format!("{d}_o"), format!("{d}_l"));
        let wanted = crate::support::wanted(serde_json::json!({
            "roles": {
                &owner: {},
                &login: {
                    "login": true,
                    "settings": { "statement_timeout": "30s", "work_mem": "7MB", "timezone": "UTC", own: value },
                    "settings_in": { &d: { "search_path": ["We\"ird", "it's", "pg_temp"], "maintenance_work_mem": "9MB" } },
                },
            },
            "databases": { &d: { "owner": &owner, "grants": { &login: ["connect"] } } },
        }))?;
        let passwords = crate::support::passwords(&[&login])?;
        by.apply(&wanted, &d, &passwords, Mode::Additive).await?;
        let mut connection = connect_as(&login, &d).await?;
        // The driver sets the time zone of its sessions itself; that it is stored, the empty second plan says.
        for (name, value) in [
            ("statement_timeout", "30s"),
            ("work_mem", "7MB"),
            (own, value),
            ("search_path", "\"We\"\"ird\", \"it's\", pg_temp"),
            ("maintenance_work_mem", "9MB"),
        ] {
            let set: String = sqlx::query_scalar("select current_setting($1)")
                .bind(name)
                .fetch_one(&mut connection)
                .await?;
            assert_eq!(set, value, "{name}");
        }
    }
    Ok(())
}

/// Item 57: whoever only plans changes nothing, and can be somebody who may not.
#[tokio::test]
async fn a_plan_is_made_by_whoever_may_read() -> Result {
    let layout = By::Superuser.lay_out("reads", Mode::Additive).await?;
    let mut app = connect_as(layout.app().as_str(), layout.database().as_str()).await?;
    run(&mut app, "set default_transaction_read_only = on").await?;
    let wanted = Wanted::from(&layout);
    let plan = howdah_roles::plan_database(&mut app, &wanted, Mode::Enforce).await?;
    assert!(
        plan.changes().iter().all(|line| line.starts_with('+')),
        "{plan}"
    );
    Ok(())
}

impl Who {
    fn name(self, layout: &Layout) -> &str {
        match self {
            Self::App => layout.app().as_str(),
            Self::ReadOnly => layout.read_only().as_str(),
            Self::Migrator => layout.migrator().as_str(),
        }
    }
}

/// Item 6, on a server that is this database's alone.
#[tokio::test]
async fn the_service_stays_out_of_the_servers_own_databases_where_they_are_closed() -> Result {
    let server = crate::support::own_server().await?;
    let layout = crate::support::layout("alone", "app")?.alone_on_server();
    let wanted = Wanted::from(&layout);
    let logins = [layout.app(), layout.read_only()].map(howdah_ident::RoleName::as_str);
    let passwords = crate::support::passwords(&logins)?;
    let admin = server.superuser("postgres".parse()?);
    let mut cluster = howdah_testkit::connect(&admin).await?;
    let plan =
        howdah_roles::plan_cluster(&mut cluster, &wanted, &passwords, Mode::Additive).await?;
    plan.apply(&mut cluster).await?;
    let inside = admin.clone().with_database(layout.database().clone());
    let mut inside = howdah_testkit::connect(&inside).await?;
    let plan = howdah_roles::plan_database(&mut inside, &wanted, Mode::Additive).await?;
    plan.apply(&mut inside).await?;
    for role in [layout.app(), layout.read_only()] {
        let password = howdah_secrets::Secret::new(PASSWORD);
        let login = admin.clone().with_user(role.clone(), password);
        let own = login.clone().with_database(layout.database().clone());
        howdah_testkit::connect(&own).await?;
        for closed in ["postgres".parse()?, howdah_ident::DatabaseName::template1()] {
            let refused = howdah_testkit::connect(&login.clone().with_database(closed)).await;
            let code = refused.map(drop).unwrap_err().sqlstate();
            assert_eq!(code.as_deref(), Some("42501"), "{role}");
        }
    }
    Ok(())
}
