//! The program of sqlx on our ledger, and we on its own: `cargo xtask interop` installs it and runs this.

#[cfg(test)]
#[path = "it/support.rs"]
#[expect(dead_code, reason = "what the other tests need")]
mod support;

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use howdah_migrate::Back;
    use sqlx::migrate::Migrator as Stock;
    use sqlx::{
        AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, Row as _, raw_sql,
    };

    use crate::support::{Files, TestDb, database, execute, ignore};

    const FILES: [(&str, &str); 6] = [
        ("0001_a.up.sql", "create table a (id int);\n"),
        (
            "0002_b.up.sql",
            "create table b ();\r\ninsert into a values (1);\r\n",
        ),
        (
            "0003_i.up.sql",
            "-- no-transaction\ncreate index concurrently a_idx on a (id);\n",
        ),
        ("0004_c.up.sql", "create table c (\u{e9} text);\n"),
        ("0005_d.up.sql", "alter table a add column d int;"),
        ("0006_e.up.sql", "create view e as select * from a;\n"),
    ];
    const DOWN: [(&str, &str); 6] = [
        ("0001_a.down.sql", "drop table a;\n"),
        ("0002_b.down.sql", "drop table b;\n"),
        ("0003_i.down.sql", "drop index a_idx;\n"),
        ("0004_c.down.sql", "drop table c;\n"),
        ("0005_d.down.sql", "alter table a drop column d;\n"),
        ("0006_e.down.sql", "drop view e;\n"),
    ];

    /// Who goes on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Who {
        Ours,
        Library,
        Program,
    }

    const ALL: [Who; 3] = [Who::Ours, Who::Library, Who::Program];

    #[expect(
        clippy::disallowed_methods,
        reason = "the program of another project, which ends by itself"
    )]
    fn sqlx(db: &TestDb, files: &Files, args: &[&str]) -> Output {
        let program = std::env::var("SQLX_CLI").expect("`cargo xtask interop` says where sqlx is");
        let options = format!("-c search_path=app -c role={}", db.owner.as_str());
        let url = db.login_options().to_url_lossy();
        let mut command = Command::new(program);
        command.arg("migrate").args(args);
        command.arg("--source").arg(files.path());
        command
            .env("DATABASE_URL", url.as_str())
            .env("PGOPTIONS", options);
        command.output().unwrap()
    }

    fn run_sqlx(db: &TestDb, files: &Files, args: &[&str]) -> String {
        let output = sqlx(db, files, args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    async fn go_on(who: Who, db: &TestDb, files: &Files) {
        match who {
            Who::Ours => drop(db.apply(files).await.unwrap()),
            Who::Library => {
                let mut conn = db.connect_login().await;
                let session = format!("set role {}; set search_path to app", db.owner);
                execute(&mut conn, &session).await;
                let stock = Stock::new(files.path()).await.unwrap();
                stock.run(&mut conn).await.unwrap();
            }
            Who::Program => drop(run_sqlx(db, files, &["run"])),
        }
    }

    async fn new_database() -> TestDb {
        let db = database().await;
        let schema = format!("create schema app authorization {}", db.owner);
        execute(&mut db.connect().await, &schema).await;
        db
    }

    /// Every row but its times.
    async fn ledger(conn: &mut PgConnection) -> Vec<String> {
        let sql = "select version || ' ' || description || ' ' || success || ' ' || encode(checksum, 'hex') \
             from app._sqlx_migrations order by version";
        let rows = conn.fetch_all(raw_sql(AssertSqlSafe(sql))).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The same on every machine.
    fn choices(seed: usize) -> impl Iterator<Item = Who> {
        let mut state = seed.wrapping_mul(0x9e37_79b9).wrapping_add(7);
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345) % (1 << 31);
            ALL[(state >> 16) % ALL.len()]
        })
    }

    #[tokio::test]
    async fn whoever_goes_on_the_ledger_is_the_same() {
        let alone = new_database().await;
        let all = Files::new(&FILES);
        go_on(Who::Program, &alone, &all).await;
        let expected = ledger(&mut alone.connect().await).await;
        assert_eq!(expected.len(), FILES.len());
        for seed in 0..12 {
            let db = new_database().await;
            let files = Files::new(&[]);
            let mut who = choices(seed);
            let mut told = Vec::new();
            for ((name, sql), (down, back)) in FILES.into_iter().zip(DOWN) {
                files.write(name, sql);
                files.write(down, back);
                let next = who.next().unwrap();
                told.push(next);
                go_on(next, &db, &files).await;
            }
            assert_eq!(ledger(&mut db.connect().await).await, expected, "{told:?}");
            for who in ALL {
                go_on(who, &db, &files).await;
            }
            assert_eq!(ledger(&mut db.connect().await).await, expected, "{told:?}");
            let info = run_sqlx(&db, &files, &["info"]);
            assert_eq!(info.matches("/installed").count(), FILES.len(), "{info}");
        }
    }

    #[tokio::test]
    async fn each_takes_back_what_the_other_applied() {
        let db = new_database().await;
        let files = Files::new(&FILES);
        for (name, sql) in DOWN {
            files.write(name, sql);
        }
        go_on(Who::Ours, &db, &files).await;
        run_sqlx(&db, &files, &["revert"]);
        assert_eq!(ledger(&mut db.connect().await).await.len(), FILES.len() - 1);
        go_on(Who::Program, &db, &files).await;
        let back = db.migrator(&files);
        let back = back
            .revert(db.connect_login().await, Back::All, ignore)
            .await;
        assert_eq!(back.unwrap().reverted.len(), FILES.len());
        assert!(run_sqlx(&db, &files, &["info"]).contains("1/pending"));
        go_on(Who::Program, &db, &files).await;
        assert_eq!(db.apply(&files).await.unwrap().applied.len(), 0);
    }

    #[tokio::test]
    async fn the_program_refuses_what_we_left_unfinished() {
        let db = new_database().await;
        let files = Files::new(&[FILES[0]]);
        go_on(Who::Ours, &db, &files).await;
        files.write(
            "0002_v.up.sql",
            "-- no-transaction\ninsert into a values (1);\nvacuum nowhere;\n",
        );
        db.apply(&files).await.unwrap_err();
        let refused = sqlx(&db, &files, &["run"]);
        assert!(!refused.status.success(), "{refused:?}");
        // It says what is wrong on standard output.
        let words = String::from_utf8_lossy(&refused.stdout).into_owned();
        assert!(words.contains("partially applied"), "{words}");
    }
}
