//! What the server's log shows: no password, and of a run that has nothing to do, no statement that changes anything.

use std::time::Duration;

use howdah_roles::{Mode, Passwords, Wanted, lock, unlock};
use howdah_secrets::Secret;
use howdah_testkit::connect;

use crate::by::By;
use crate::server_log::{pid, read, statements};
use crate::support::{Result, run, server, unique};

/// What a statement begins with that changes nothing.
const READING: [&str; 6] = ["select", "set", "begin", "commit", "rollback", "with"];

/// Every statement of whoever lays out the roles is logged from now on.
async fn talkative(by: &By) -> Result {
    if let By::Administrator(name) = by {
        let mut superuser = By::Superuser.connect("postgres").await?;
        run(
            &mut superuser,
            &format!("alter role {name} set log_statement = 'all'"),
        )
        .await?;
    }
    Ok(())
}

/// Items 9 and 67, of a password that is set.
#[tokio::test]
async fn a_password_that_is_set_is_in_no_log_and_in_no_statement() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        talkative(&by).await?;
        let layout = by.lay_out("quiet", Mode::Additive).await?;
        let password = unique("geheim");
        let passwords = Passwords::default().with(layout.app(), Secret::new(password.as_str()));
        let mut cluster = by.connect("postgres").await?;
        if by.is_superuser() {
            let all = "set log_statement = 'all'; set log_min_duration_statement = 0";
            run(&mut cluster, all).await?;
        }
        let wanted = Wanted::from(&layout);
        lock(&mut cluster, Duration::from_mins(1)).await?;
        let plan =
            howdah_roles::plan_cluster(&mut cluster, &wanted, &passwords, Mode::Additive).await?;
        plan.apply(&mut cluster).await?;
        unlock(&mut cluster).await?;
        let shown = format!("{plan} {plan:?} {}", plan.statements().join(";"));
        assert!(plan.len() == 1 && !shown.contains(&password), "{shown}");

        let mut superuser = By::Superuser.connect("postgres").await?;
        let (stored, last): (String, String) = sqlx::query_as(
            "select (select rolpassword from pg_catalog.pg_authid where rolname = $1), \
             coalesce((select query from pg_catalog.pg_stat_activity where pid = $2), '')",
        )
        .bind(layout.app().as_str())
        .bind(pid(&mut cluster).await?)
        .fetch_one(&mut superuser)
        .await?;
        assert!(stored.starts_with("SCRAM-SHA-256$4096:"), "{stored}");
        assert!(!last.contains(&password));
        let log = read().await?;
        assert!(!log.contains(&password), "the password is in the log");
        let said = statements(pid(&mut cluster).await?).await?;
        assert!(said.len() > 5, "{said:?}");
        // A verifier is no password, but as good as one to whoever wants to guess it. Only a superuser can hide it.
        assert_eq!(log.contains(&stored), !by.is_superuser());
    }
    Ok(())
}

/// Item 9, of a password that is wrong.
#[tokio::test]
async fn a_wrong_password_is_in_no_log() -> Result {
    let layout = By::Superuser.lay_out("wrong", Mode::Additive).await?;
    let wrong = unique("geheim");
    let login = server().await?.superuser(layout.database().clone());
    let login = login.with_user(layout.app().clone(), Secret::new(wrong.as_str()));
    let error = connect(&login).await.map(drop).unwrap_err();
    assert_eq!(error.sqlstate().as_deref(), Some("28P01"));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(&wrong), "{shown}");
    let log = read().await?;
    let refused = format!(
        "password authentication failed for user \"{}\"",
        layout.app().as_str()
    );
    assert!(log.contains(&refused), "the log has no line of the refusal");
    assert!(!log.contains(&wrong), "the password is in the log");
    Ok(())
}

/// Items 56 and 57, in the log.
#[tokio::test]
async fn a_run_that_has_nothing_to_do_only_reads() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        talkative(&by).await?;
        let layout = by.lay_out("second", Mode::Enforce).await?;
        let wanted = Wanted::from(&layout);
        let database = layout.database().as_str();
        // What was made later is granted to those who may only read.
        by.apply(&wanted, database, &Passwords::default(), Mode::Enforce)
            .await?;

        let mut cluster = by.connect("postgres").await?;
        let mut inside = by.connect(database).await?;
        if by.is_superuser() {
            for connection in [&mut cluster, &mut inside] {
                run(connection, "set log_statement = 'all'").await?;
            }
        }
        lock(&mut cluster, Duration::from_mins(1)).await?;
        let none = Passwords::default();
        let plan = howdah_roles::plan_cluster(&mut cluster, &wanted, &none, Mode::Enforce).await?;
        plan.apply(&mut cluster).await?;
        unlock(&mut cluster).await?;
        let plan = howdah_roles::plan_database(&mut inside, &wanted, Mode::Enforce).await?;
        plan.apply(&mut inside).await?;
        for connection in [&mut cluster, &mut inside] {
            let said = statements(pid(connection).await?).await?;
            assert!(said.len() > 8, "{said:?}");
            assert_eq!(changing(&said), Vec::<&str>::new());
        }

        // The log shows a change: as a plan it is none, applied it is.
        let group = layout.read_write_group();
        let owner = layout.owner();
        let mut superuser = By::Superuser.connect(database).await?;
        let revoke = format!("set role {owner}; revoke delete on app.with_serial from {group}");
        run(&mut superuser, &revoke).await?;
        let plan = howdah_roles::plan_database(&mut inside, &wanted, Mode::Enforce).await?;
        assert_eq!(plan.len(), 1, "{plan}");
        let pid = pid(&mut inside).await?;
        assert_eq!(changing(&statements(pid).await?), Vec::<&str>::new());
        plan.apply(&mut inside).await?;
        let granted = changing(&statements(pid).await?).contains(&"grant");
        // A superuser keeps the statements of a change out of the log.
        assert_eq!(granted, !by.is_superuser());
    }
    Ok(())
}

/// The first words of the statements that do more than read.
fn changing(statements: &[String]) -> Vec<&str> {
    let first = |statement| {
        let statement: &String = statement;
        let lines = statement.lines().map(str::trim);
        let code = lines.filter(|line| !line.is_empty() && !line.starts_with("--"));
        let first = code.flat_map(str::split_whitespace).next();
        first.unwrap_or_default().trim_end_matches(';')
    };
    let words = statements.iter().map(first);
    words
        .filter(|word| !READING.iter().any(|known| known.eq_ignore_ascii_case(word)))
        .collect()
}
