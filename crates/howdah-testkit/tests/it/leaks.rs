//! What a run leaves behind: nothing.

use std::process::Command;

use howdah_testkit::{TestServer, connect};
use sqlx::postgres::PgConnection;

use crate::support::{Checkout, Result, eventually, output};

/// As many as a big service has.
const TESTS: &str = "1000";

#[test]
fn a_thousand_tests_on_eight_threads_leave_nothing() {
    let checkout = Checkout::new();
    swarm(
        checkout.example("swarm", "auto").args([TESTS, "8"]),
        "1000 passed\n",
    );
    eventually("no file is left", || checkout.left().is_empty());
}

#[test]
fn a_thousand_tests_of_which_half_panic_leave_nothing() {
    let checkout = Checkout::new();
    let mut command = checkout.example("swarm", "auto");
    command
        .args([TESTS, "8", "panic"])
        .env("HOWDAH_TEST_KEEP", "never");
    swarm(&mut command, "500 passed\n");
    eventually("no file is left", || checkout.left().is_empty());
}

mod on_local_binaries {
    use howdah_testkit::TestServer;

    use super::{TESTS, databases, swarm};
    use crate::support::{Checkout, Result, eventually};

    #[test]
    fn a_run_that_is_killed_half_way_and_started_again_leaves_nothing() {
        let checkout = Checkout::new();
        let mut killed = checkout
            .example("swarm", "local")
            .args([TESTS, "8"])
            .spawn()
            .unwrap();
        eventually("there is a database", || databases(&checkout) > 6);
        killed.kill().unwrap();
        killed.wait().unwrap();
        swarm(
            checkout.example("swarm", "local").args(["20", "8"]),
            "20 passed\n",
        );
        eventually("no file is left", || checkout.left().is_empty());
    }

    #[tokio::test]
    async fn a_named_server_is_left_with_a_template_and_nothing_else() -> Result {
        super::named(&TestServer::local().await?).await
    }
}

mod in_a_container {
    use howdah_testkit::TestServer;

    use crate::support::Result;

    #[tokio::test]
    async fn a_named_server_is_left_with_a_template_and_nothing_else() -> Result {
        super::named(&TestServer::container().await?).await
    }
}

/// On somebody else's server there is no end of the server that takes everything with it.
async fn named(server: &TestServer) -> Result {
    let checkout = Checkout::new();
    let login = server.superuser("postgres".parse()?);
    let mut superuser = connect(&login).await?;
    for arguments in [["500", "8", "panic"], ["500", "8", ""]] {
        let mut killed = checkout.named("swarm", &login).args(arguments).spawn()?;
        while names(&mut superuser, TESTED).await?.len() < 3 {
            assert!(
                killed.try_wait()?.is_none(),
                "it ended before it was killed"
            );
        }
        killed.kill()?;
        killed.wait()?;
    }
    swarm(
        checkout.named("swarm", &login).args(["20", "8"]),
        "20 passed\n",
    );
    assert_eq!(names(&mut superuser, TESTED).await?, Vec::<String>::new());
    let roles = "select rolname::text from pg_roles where rolname like 'howdah%'";
    let roles = names(&mut superuser, roles).await?;
    assert_eq!(roles.len(), 6, "those of the one template: {roles:?}");
    Ok(())
}

const TESTED: &str =
    "select datname::text from pg_database where datname like 'howdah%' and not datistemplate";

async fn names(connection: &mut PgConnection, query: &'static str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(query).fetch_all(connection).await?)
}

fn swarm(command: &mut Command, said: &str) {
    let ended = output(command);
    let words = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(String::from_utf8_lossy(&ended.stdout), said, "{words}");
}

/// How many databases the one server has, its own three included.
fn databases(checkout: &Checkout) -> usize {
    let bases = checkout
        .left()
        .into_iter()
        .map(|path| path.join("data/base"));
    let counts = bases.filter_map(|base| Some(std::fs::read_dir(base).ok()?.count()));
    counts.max().unwrap_or(0)
}
