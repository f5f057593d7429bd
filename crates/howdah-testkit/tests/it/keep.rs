//! What happens to a database after its test.

use std::process::Command;

use howdah_testkit::{TestServer, connect};

use crate::support::{Checkout, Result, eventually, output};

#[test]
fn a_failed_tests_database_is_kept_with_a_line_for_psql_that_works() {
    let checkout = Checkout::new();
    // The server stays for what is kept.
    let failed = output(checkout.example("swarm", "auto").args(["2", "1", "panic"]));
    let words = String::from_utf8_lossy(&failed.stderr).into_owned();
    let line = words
        .lines()
        .find(|line| line.contains("psql --host"))
        .expect(&words);
    assert!(
        words.contains("the database of swarm::one_insert is kept for an hour"),
        "{words}"
    );

    let question = format!("{line} -Atc 'select name from items'");
    let answer = output(&mut shell(&question));
    assert_eq!(
        String::from_utf8_lossy(&answer.stdout),
        "one\n",
        "{answer:?}"
    );
    let pass_file = line
        .split("PGPASSFILE=")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let password = std::fs::read_to_string(pass_file).unwrap();
    let password = password.trim().rsplit(':').next().unwrap();
    assert!(!words.contains(password), "no password is printed");
    forget(&checkout);
}

#[tokio::test]
async fn the_same_test_that_fails_again_keeps_only_its_last_database() -> Result {
    let server = TestServer::shared().await?;
    let login = server.superuser("postgres".parse()?);
    let mut superuser = connect(&login).await?;
    let checkout = Checkout::new();
    let mut last = String::new();
    for _failure in 0..3 {
        let mut command = checkout.named("swarm", &login);
        let failed = output(
            command
                .args(["1", "1", "panic"])
                .env("HOWDAH_TEST_KEEP", "failure"),
        );
        let words = String::from_utf8(failed.stderr)?;
        let line = words
            .lines()
            .find(|line| line.contains("psql --host"))
            .expect(&words);
        line.rsplit("--dbname=")
            .next()
            .unwrap()
            .clone_into(&mut last);
    }
    let kept = "select name from howdah_testkit.databases where test = 'swarm::one_insert' and kept is not null";
    let kept: Vec<String> = sqlx::query_scalar(kept).fetch_all(&mut superuser).await?;
    assert_eq!(kept, [last]);
    let give_up =
        "update howdah_testkit.databases set kept = null where test = 'swarm::one_insert'";
    sqlx::query(give_up).execute(&mut superuser).await?;
    Ok(())
}

#[test]
fn nothing_is_kept_when_that_is_asked_for() {
    let checkout = Checkout::new();
    let mut command = checkout.example("swarm", "auto");
    let failed = output(
        command
            .args(["2", "1", "panic"])
            .env("HOWDAH_TEST_KEEP", "never"),
    );
    let words = String::from_utf8_lossy(&failed.stderr);
    assert!(!words.contains("psql"), "{words}");
    eventually("the server is gone with its files", || {
        checkout.left().is_empty()
    });
}

#[test]
fn everything_is_kept_when_that_is_asked_for() {
    let checkout = Checkout::new();
    let mut command = checkout.example("swarm", "auto");
    let passed = output(command.args(["2", "1"]).env("HOWDAH_TEST_KEEP", "always"));
    let words = String::from_utf8_lossy(&passed.stderr);
    assert_eq!(words.matches("psql --host").count(), 2, "{words}");
    forget(&checkout);
}

#[test]
fn a_word_that_the_variable_does_not_know_is_refused() {
    let checkout = Checkout::new();
    let mut command = checkout.example("swarm", "auto");
    let refused = output(
        command
            .args(["1", "1"])
            .env("HOWDAH_TEST_KEEP", "sometimes"),
    );
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(
        words.contains("HOWDAH_TEST_KEEP must be always, failure or never"),
        "{words}"
    );
    eventually("the server is gone with its files", || {
        checkout.left().is_empty()
    });
}

/// As a person would end what is kept: without the file that holds the server, it ends.
fn forget(checkout: &Checkout) {
    for path in checkout.left() {
        // Another file in the same directory may just be going.
        drop(std::fs::remove_file(path.join("kept")));
    }
    eventually("the server is gone with its files", || {
        checkout.left().is_empty()
    });
}

fn shell(line: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the line is for a shell")]
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .stdout(std::process::Stdio::piped());
    command
}
