//! Many tests of one insert each, as a test harness would run them: `swarm TESTS THREADS [panic|rollback]`. With `panic`,
//! every second one fails; with `rollback`, each is a transaction in a shared database. Prints how many passed.

use std::io::{Write, stdout};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use howdah_testkit::macros::{Parts, Test};
use howdah_testkit::{Argument, As, Error, Migrations, Roles};
use sqlx::{PgConnection, PgPool};

static NEXT: AtomicUsize = AtomicUsize::new(0);
static PASSED: AtomicUsize = AtomicUsize::new(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tests, threads, rest @ ..] = arguments.as_slice() else {
        return Err("swarm TESTS THREADS [panic]".into());
    };
    let (tests, threads): (usize, usize) = (tests.parse()?, threads.parse()?);
    let fail = rest.iter().any(|word| word == "panic");
    let roll_back = rest.iter().any(|word| word == "rollback");
    thread::scope(|scope| {
        for _thread in 0..threads {
            scope.spawn(|| work(tests, fail, roll_back));
        }
    });
    writeln!(stdout(), "{} passed", PASSED.load(Ordering::Relaxed))?;
    Ok(())
}

fn work(tests: usize, fail: bool, roll_back: bool) {
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        if number >= tests {
            return;
        }
        if catch_unwind(|| one_insert(fail && number.is_multiple_of(2), roll_back)).is_ok() {
            PASSED.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What `#[howdah_testkit::test]` makes of a test.
fn one_insert(fail: bool, roll_back: bool) {
    let test = Test {
        name: "swarm::one_insert",
        setup: Parts {
            package: env!("CARGO_MANIFEST_DIR"),
            migrations: Migrations::Directory("tests/data/migrations".into()),
            fixtures: &[],
            roles: Roles::Shared,
            schema: None,
            version: None,
            image: None,
        },
        min_pg: None,
        max_pg: None,
        worker_threads: None,
    };
    if roll_back {
        test.run_rolled_back(insert_in_a_transaction);
        return;
    }
    test.run(async |database| {
        let pool = PgPool::take(&database, As::App).await?;
        Ok::<_, Error>(insert(pool, fail))
    });
}

#[expect(clippy::unwrap_used, reason = "it stands for a test")]
async fn insert(pool: PgPool, fail: bool) {
    let insert = sqlx::query("insert into items (name) values ('one')");
    insert.execute(&pool).await.unwrap();
    let count = sqlx::query_scalar("select count(*) from items");
    let count: i64 = count.fetch_one(&pool).await.unwrap();
    assert_eq!(count, 1, "the database is this test's alone");
    assert!(!fail, "on purpose");
}

#[expect(clippy::unwrap_used, reason = "it stands for a test")]
async fn insert_in_a_transaction(mut connection: PgConnection) {
    let insert = sqlx::query("insert into items (name) values ('one')");
    insert.execute(&mut connection).await.unwrap();
}
