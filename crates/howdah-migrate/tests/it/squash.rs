//! A file that replaces others: it runs on a new database, and only its row is written where they have run.

use expect_test::expect;
use howdah_migrate::{Back, Error, Migrations, Migrator, State};
use sqlx::Connection as _;

use crate::interop::stock;
use crate::support::{Files, TestDb, chain, database, every, execute, ignore, number, text};

const A: (&str, &str) = ("0001_a.sql", "create table a (id int);\n");
const B: (&str, &str) = ("0002_b.sql", "alter table a add b int;\n");
const C: (&str, &str) = ("0003_c.sql", "create table c ();\n");
const SQUASH: (&str, &str) = (
    "0004_squash.sql",
    "-- howdah: replaces 1..=3\ncreate table a (id int, b int);\ncreate table c ();\n",
);
const NEXT: (&str, &str) = ("0005_next.sql", "create table next ();\n");

/// The versions, in order.
const ROWS: &str = "select coalesce(string_agg(version::text, ' ' order by version), '') from app._sqlx_migrations";

/// What was done, in order; `began` and such are not in it.
const LOG: &str =
    "select string_agg(act || ' ' || version, ', ' order by id) from app._sqlx_migrations_log";

async fn rows(db: &TestDb) -> String {
    text(&mut db.connect().await, ROWS).await
}

/// Counts the commands that change a schema, which an event trigger sees.
const WATCH: &str = "create table public.seen (tag text);
     create function public.see() returns event_trigger language plpgsql security definer as
       $$ begin insert into public.seen values (tg_tag); end $$;
     create event trigger watch on ddl_command_end execute function public.see();
     create event trigger watch_drops on sql_drop execute function public.see()";

#[tokio::test]
async fn on_a_new_database_the_squash_runs_and_what_it_replaces_does_not() {
    for files in [
        Files::new(&[SQUASH, NEXT]),
        Files::new(&[A, B, C, SQUASH, NEXT]),
    ] {
        let db = database().await;
        let report = db.apply(&files).await.unwrap();
        let applied: Vec<i64> = report
            .applied
            .iter()
            .map(|done| done.version.as_i64())
            .collect();
        assert_eq!((applied, report.replaced.len()), (vec![4, 5], 0));
        let again = db.apply(&files).await.unwrap();
        assert_eq!(again, howdah_migrate::Report::default());
        stock(&db, &files).await.unwrap();
    }
}

#[tokio::test]
async fn where_all_are_applied_its_row_takes_their_place_without_any_ddl() {
    let db = database().await;
    let old = Files::new(&[A, B, C]);
    db.apply(&old).await.unwrap();
    let mut conn = db.connect().await;
    execute(&mut conn, WATCH).await;

    let new = Files::new(&[SQUASH]);
    let plan = db.migrator(&new).plan(&mut conn).await.unwrap();
    assert_eq!(plan.applied()[0].state, State::Unsettled);
    expect![[r#"
        schema "app": 1 applied, 0 pending
        applied  4  squash (as 3 older migration(s): the next `up` puts the ledger right, and runs nothing)"#]]
    .assert_eq(&plan.to_string());
    let report = db.apply(&new).await.unwrap();
    assert_eq!((report.applied.len(), report.replaced.len()), (0, 1));
    assert_eq!(
        number(&mut conn, "select count(*) from public.seen").await,
        0
    );
    assert_eq!(rows(&db).await, "4");
    assert_eq!(
        text(&mut conn, LOG).await,
        "applied 1, applied 2, applied 3, stamped 4, replaced 1, replaced 2, replaced 3"
    );
    let kept =
        "select message from app._sqlx_migrations_log where act = 'replaced' and version = 2";
    let message = text(&mut conn, kept).await;
    assert!(
        message.starts_with("4 stands for it; it was installed on 20")
            && message.contains("its checksum is "),
        "{message}"
    );
    assert!(
        db.migrator(&new)
            .plan(&mut conn)
            .await
            .unwrap()
            .is_up_to_date()
    );
    stock(&db, &new).await.unwrap();
    new.write(NEXT.0, NEXT.1);
    stock(&db, &new).await.unwrap();
    assert_eq!(rows(&db).await, "4 5");
}

/// First the squash comes, then the old files go: sqlx's own migrator runs after each step.
#[tokio::test]
async fn sqlx_runs_on_the_new_files_with_the_old_ones_beside_and_without() {
    for fresh in [false, true] {
        let db = database().await;
        if !fresh {
            stock(&db, &Files::new(&[A, B, C])).await.unwrap();
        }
        let both = Files::new(&[A, B, C, SQUASH]);
        db.apply(&both).await.unwrap();
        assert_eq!(rows(&db).await, "1 2 3 4");
        stock(&db, &both).await.unwrap();

        let squashed = Files::new(&[SQUASH]);
        assert!(stock(&db, &squashed).await.is_err(), "rows without files");
        assert_eq!(db.apply(&squashed).await.unwrap().replaced.len(), 1);
        assert_eq!(rows(&db).await, "4");
        stock(&db, &squashed).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_missing_runs_first_while_its_file_is_there() {
    let db = database().await;
    db.apply(&Files::new(&[A])).await.unwrap();
    let both = Files::new(&[A, B, C, SQUASH, NEXT]);
    let plan = db.migrator(&both).plan(&mut db.connect().await).await;
    assert_eq!(plan.unwrap().pending()[2].state, State::Replacing);
    let report = db.apply(&both).await.unwrap();
    let applied: Vec<i64> = report
        .applied
        .iter()
        .map(|done| done.version.as_i64())
        .collect();
    assert_eq!((applied, report.replaced.len()), (vec![2, 3, 5], 1));
    assert_eq!(rows(&db).await, "1 2 3 4 5");
    stock(&db, &both).await.unwrap();
}

#[tokio::test]
async fn what_is_missing_without_a_file_is_named_and_nothing_runs() {
    let db = database().await;
    db.apply(&Files::new(&[A, B])).await.unwrap();
    let files = Files::new(&[SQUASH, NEXT]);
    let error = db.apply(&files).await.unwrap_err();
    expect![[r"
        1 problem before the first migration, nothing was executed
          0004_squash.sql: it replaces 1..=3, of which 3 did not end here, and there are no files for that: apply what is missing first, with the release that still has the files"]]
    .assert_eq(&files.strip(&error));
    assert_eq!(rows(&db).await, "1 2");
}

#[tokio::test]
async fn files_that_cannot_be_meant_are_refused_with_their_place() {
    let files = Files::new(&[
        A,
        B,
        C,
        ("0004_one.sql", "-- howdah: replaces 1, 3\nselect 1;\n"),
        ("0005_two.sql", "-- howdah: replaces 4\nselect 1;\n"),
        (
            "0006_three.sql",
            "-- why\n-- howdah: replaces 2..6\nselect 1;\n",
        ),
    ]);
    let error = Migrations::read(files.path()).unwrap_err();
    expect![[r"
        3 problems in the migration files
          0002_b.sql: it stands among what 0004_one.sql replaces and is not replaced: on a new database it would run before that; let it be replaced too, or give it a newer version
          0005_two.sql: it replaces what 0004_one.sql replaces, or that squash itself: remove the older squash once every database has it, and let this one replace it
          0006_three.sql:2:21: `2..6` is no version: write `-- howdah: replaces 1..=41, 43`, as numbers or ranges of numbers"]]
    .assert_eq(&files.strip(&error));
}

#[tokio::test]
async fn a_squash_of_a_squash_takes_its_place() {
    let db = database().await;
    db.apply(&Files::new(&[A, B, C])).await.unwrap();
    db.apply(&Files::new(&[SQUASH, NEXT])).await.unwrap();
    let second = (
        "0006_all.sql",
        "-- howdah: replaces 4, 5\ncreate table a (id int, b int);\n",
    );
    let files = Files::new(&[second]);
    assert_eq!(db.apply(&files).await.unwrap().replaced.len(), 1);
    assert_eq!(rows(&db).await, "6");
    stock(&db, &files).await.unwrap();
}

#[tokio::test]
async fn it_is_stamped_and_taken_back_like_any_other() {
    let db = database().await;
    let files = Files::new(&[A, B, C, SQUASH]);
    let stamped = db
        .migrator(&files)
        .stamp(db.connect_login().await, "restored from a dump", ignore)
        .await
        .unwrap();
    assert_eq!(stamped.stamped.len(), 1);
    assert_eq!(rows(&db).await, "1 2 3 4");

    let up = ("0004_squash.up.sql", SQUASH.1);
    let down = ("0004_squash.down.sql", "drop table if exists a, c;\n");
    let revert = async |files: &Files| {
        let migrator = db.migrator(files);
        let conn = db.connect_login().await;
        migrator.revert(conn, Back::Count(1), ignore).await
    };
    let beside = Files::new(&[A, B, C, up, down]);
    let error = revert(&beside).await.unwrap_err();
    assert!(
        chain(&error).contains("the files that it replaces are still there"),
        "{error}"
    );
    let alone = Files::new(&[up, down]);
    assert_eq!(revert(&alone).await.unwrap().reverted.len(), 1);
    assert_eq!(rows(&db).await, "");

    let db = database().await;
    db.apply(&Files::new(&[A, B, C])).await.unwrap();
    db.apply(&alone).await.unwrap();
    let migrator = db.migrator(&alone);
    migrator
        .revert(db.connect_login().await, Back::All, ignore)
        .await
        .unwrap();
    assert_eq!(rows(&db).await, "");
    assert_eq!(db.apply(&alone).await.unwrap().applied.len(), 1);
}

/// Without a transaction too: a file that is interrupted goes on, and then gives the files beside it their rows.
#[tokio::test]
async fn a_squash_without_a_transaction_is_taken_up_where_it_was() {
    let db = database().await;
    let broken = "-- no-transaction\n-- howdah: replaces 1..=3\ncreate table a (id int, b int);\n\
                  create index concurrently a_idx on a (nothing);\n";
    let files = Files::new(&[A, B, C, ("0004_squash.sql", broken)]);
    db.apply(&files).await.unwrap_err();
    files.write("0004_squash.sql", broken.replace("nothing", "id"));
    assert_eq!(db.apply(&files).await.unwrap().applied.len(), 1);
    assert_eq!(rows(&db).await, "1 2 3 4");
    stock(&db, &files).await.unwrap();
}

/// A run whose connection ends at its nth message of writing, for every n, is repaired by the next one.
#[tokio::test]
async fn a_run_that_ends_anywhere_is_repaired_by_the_next() {
    for (first, then) in [
        (vec![A, B, C], vec![SQUASH, NEXT]),
        (vec![A], vec![A, B, C, SQUASH, NEXT]),
        (vec![], vec![A, B, C, SQUASH, NEXT]),
    ] {
        let (first, then) = (&first, &then);
        let cases = every(|nth| async move {
            let db = database().await;
            if !first.is_empty() {
                db.apply(&Files::new(first)).await.unwrap();
            }
            let files = Files::new(then);
            let ended = interrupted(&db, &files, nth).await;
            db.apply(&files).await.unwrap();
            let wanted = if then.len() == 2 { "4 5" } else { "1 2 3 4 5" };
            assert_eq!(rows(&db).await, wanted, "{nth}");
            stock(&db, &files).await.unwrap();
            ended.then_some(())
        });
        assert!(cases >= 2, "{cases}");
    }
}

/// Whether the run was ended before it was done: the server ends its session when it writes its nth entry of the log.
async fn interrupted(db: &TestDb, files: &Files, nth: u32) -> bool {
    let mut conn = db.connect().await;
    if number(
        &mut conn,
        "select count(*) from pg_namespace where nspname = 'app'",
    )
    .await
        == 0
    {
        let none = Files::new(&[("9999_none.sql", "select 1;\n")]);
        let mut options = db.options();
        options.target = howdah_migrate::Target::Count(1);
        let migrator = Migrator::new(none.migrations(), options);
        migrator
            .stamp(db.connect_login().await, "to have a log", ignore)
            .await
            .unwrap();
        execute(&mut conn, "truncate app._sqlx_migrations").await;
    }
    let trigger = format!(
        "create sequence public.nth; grant usage on sequence public.nth to public;
         create function public.interrupt() returns trigger language plpgsql security definer as $$ begin
           if nextval('public.nth') = {nth} then perform pg_terminate_backend(pg_backend_pid()); end if;
           return new; end $$;
         create trigger interrupt before insert on app._sqlx_migrations_log
           for each row execute function public.interrupt()"
    );
    execute(&mut conn, &trigger).await;
    let ended = db.apply(files).await;
    execute(
        &mut conn,
        "drop function public.interrupt cascade; drop sequence public.nth",
    )
    .await;
    conn.close().await.unwrap();
    match ended {
        Ok(_) => false,
        Err(Error::Database { .. }) => true,
        Err(error) => panic!("{}", chain(&error)),
    }
}

#[tokio::test]
async fn a_script_for_psql_holds_a_squash_only_without_the_files_beside_it() {
    let script = |files: &[(&str, &str)]| {
        let options = howdah_migrate::Options::new(crate::support::schema());
        Migrator::new(Files::new(files).migrations(), options).script(None)
    };
    assert_eq!(script(&[SQUASH, NEXT]).unwrap().steps().len(), 2);
    let error = script(&[A, B, C, SQUASH]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("files that it replaces are still there"),
        "{error}"
    );
}
