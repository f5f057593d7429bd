//! Written by `cargo xtask bench testkit`: what both attributes are measured with.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, SystemTime};

use sqlx::PgPool;

thread_local! {
    static BODY: Cell<u128> = const { Cell::new(0) };
}

/// Runs a test that an attribute has made, and writes down when it began, when its body did, and when it ended.
pub fn timed(test: fn()) {
    // Other work between two tests, such as a developer's.
    if let Ok(pause) = std::env::var("BENCH_PAUSE_MS") {
        std::thread::sleep(Duration::from_millis(pause.parse().expect("milliseconds")));
    }
    let began = now();
    test();
    let line = format!("{began} {} {}\n", BODY.get(), now());
    let path = std::env::var("BENCH_TIMES").expect("BENCH_TIMES");
    let mut file = File::options().create(true).append(true).open(path).expect("a file for times");
    // One write: many threads share the file.
    file.write_all(line.as_bytes()).expect("writing times");
}

/// Both attributes poll a test's body on the test's own thread.
pub async fn body(pool: PgPool) {
    BODY.set(now());
    sqlx::query("insert into t0 (name) values ('one')").execute(&pool).await.expect("inserting");
    let rows: i64 = sqlx::query_scalar("select count(*) from t0").fetch_one(&pool).await.expect("counting");
    assert_eq!(rows, 1);
}

fn now() -> u128 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.expect("a clock after 1970").as_micros()
}
