//! Seed files: run once, in order, whole or not at all.

use serde_json::Value;

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[tokio::test]
    async fn seed_files_run_once_in_the_order_of_their_names() -> Result {
        super::scenario("local").await
    }

    #[tokio::test]
    async fn a_seed_file_that_fails_names_the_place_and_leaves_nothing() -> Result {
        super::failures("local").await
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[tokio::test]
    async fn seed_files_run_once_in_the_order_of_their_names() -> Result {
        super::scenario("container").await
    }
}

const TENANT: &str = "insert into tenants (slug, name) values ('acme', 'Acme');\n";
/// Needs the tenant of the file before it, and makes a table of its own.
const MEMBERS: &str = "insert into members (tenant_id, user_name) select id, 'ada' from tenants;\n\
                       create table demo (id bigint generated always as identity primary key);\n";

async fn scenario(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    seed(&project, "10_members.sql", MEMBERS)?;
    seed(&project, "01_tenants.sql", TENANT)?;
    seed(&project, "notes.md", "not a seed file")?;

    let without = up(&project, &["--no-seed"])?;
    assert_seeds(&without, 0, 2);
    assert_eq!(count(&project, &without, "tenants").await?, 0);

    let first = up(&project, &[])?;
    assert_seeds(&first, 2, 0);
    assert_eq!(count(&project, &first, "tenants").await?, 1);
    assert_eq!(count(&project, &first, "members").await?, 1);
    assert_eq!(count(&project, &first, "demo").await?, 0);

    let again = up(&project, &[])?;
    assert_seeds(&again, 0, 2);
    assert_eq!(again["roles"]["changes"], 0, "{again}");

    seed(
        &project,
        "20_later.sql",
        "insert into demo default values;\r\n",
    )?;
    seed(&project, "01_tenants.sql", &TENANT.replace("acme", "moon"))?;
    let output = project.run(&project.up_args())?;
    let said = words(&output);
    assert!(
        said.contains("01_tenants.sql has changed since it ran") && said.contains("--seed"),
        "{said}"
    );
    assert_seeds(&serde_json::from_slice(&output.stdout)?, 1, 2);
    assert_eq!(count(&project, &first, "tenants").await?, 1);

    assert_seeds(&up(&project, &["--seed"])?, 1, 2);
    assert_eq!(count(&project, &first, "tenants").await?, 2);
    assert_seeds(&up(&project, &["--seed"])?, 0, 3);

    let mut reset = vec!["db-reset", "--confirm", "appdb"];
    reset.extend(project.up_args().into_iter().skip(1));
    let reset = project.json(&reset)?;
    assert_seeds(&reset, 3, 0);
    assert_eq!(count(&project, &reset, "tenants").await?, 1);
    seeds_wait_for_migrations(&project)
}

fn seeds_wait_for_migrations(project: &Project) -> Result {
    project.write(
        "migrations/20270101000001_create_later.sql",
        "create table later (id int);\n",
    )?;
    seed(project, "30_later.sql", "insert into later values (1);\n")?;
    let checked = project
        .command(&project.up_args())
        .env("HOWDAH__DATABASE__MIGRATIONS__MODE", "check")
        .output()?;
    let said = words(&checked);
    assert_eq!(checked.status.code(), Some(3), "{said}");
    assert!(said.contains("the seeds wait for the pending"), "{said}");
    assert_seeds(&up(project, &[])?, 1, 3);
    Ok(())
}

async fn failures(backend: &'static str) -> Result {
    let project = Project::new(backend)?;
    let report = project.up()?;
    for (text, place, message) in [
        (
            format!("{TENANT}-- ä\ninsert into tenants (slug, nom) values ('b', 'B');\n"),
            "bad.sql:3:28: ",
            "column \"nom\"",
        ),
        (
            format!("{TENANT}{TENANT}"),
            "bad.sql:2: ",
            "Key (slug)=(acme) already exists",
        ),
        (
            format!("{TENANT}commit;\n"),
            "bad.sql: ",
            "ends the transaction that it runs in",
        ),
        (
            "copy tenants (slug, name) from stdin;\nmoon\tMoon\n\\.\n".to_owned(),
            "bad.sql",
            "",
        ),
    ] {
        seed(&project, "bad.sql", &text)?;
        let output = project.run(&project.up_args())?;
        let said = words(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("error: seeding failed"), "{said}");
        assert!(said.contains(place) && said.contains(message), "{said}");
        let kept = u64::from(text.contains("commit"));
        let tenants = count(&project, &report, "tenants").await?;
        assert_eq!(tenants, kept, "{text}: {said}");
        if kept > 0 {
            execute(&project, &report, "delete from tenants").await?;
        }
    }
    seed(&project, "bad.sql", TENANT)?;
    assert_seeds(&up(&project, &[])?, 1, 0);
    Ok(())
}

fn seed(project: &Project, name: &str, text: &str) -> Result {
    std::fs::create_dir_all(project.path().join("migrations/seeds"))?;
    project.write(&format!("migrations/seeds/{name}"), text)
}

fn up(project: &Project, options: &[&str]) -> Result<Value> {
    let mut args = project.up_args();
    args.extend(options);
    project.json(&args)
}

#[track_caller]
fn assert_seeds(report: &Value, applied: u64, skipped: u64) {
    let expected = serde_json::json!({ "applied": applied, "skipped": skipped });
    assert_eq!(report["seeds"], expected, "{report}");
}

/// As the app, which must be able to read what a seed file made.
async fn count(project: &Project, report: &Value, table: &str) -> Result<u64> {
    let port = report["port"].as_u64().ok_or("no port")?;
    let mut app = project
        .connect("appuser", "postgres_app_user_pw", port)
        .await?;
    let sql = format!("select count(*) from {table}");
    let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .fetch_one(&mut app)
        .await?;
    Ok(count.try_into()?)
}

async fn execute(project: &Project, report: &Value, sql: &'static str) -> Result {
    let port = report["port"].as_u64().ok_or("no port")?;
    let mut app = project
        .connect("appuser", "postgres_app_user_pw", port)
        .await?;
    sqlx::query(sql).execute(&mut app).await?;
    Ok(())
}
