use howdah_migrate::{Migrations, Migrator};
use sqlx::PgConnection;

use crate::support::{TestDb, database, execute, ignore, number, text};

/// The schema that `db-up` applies.
fn migrations() -> Migrations {
    Migrations::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations")).unwrap()
}

/// The reference schema, with an app role that has DML and a read-only one, both by default privileges.
async fn applied() -> (TestDb, PgConnection) {
    let db = database().await;
    let mut conn = db.connect().await;
    let (app, reader) = roles(&db);
    execute(
        &mut conn,
        &format!(
            "create schema app authorization {owner};
             create role {app};
             create role {reader};
             grant usage on schema app to {app}, {reader};
             alter default privileges for role {owner} revoke execute on functions from public;
             alter default privileges for role {owner} in schema app
               grant select, insert, update, delete on tables to {app};
             alter default privileges for role {owner} in schema app grant usage on sequences to {app};
             alter default privileges for role {owner} in schema app grant execute on functions to {app};
             alter default privileges for role {owner} in schema app grant select on tables to {reader};",
            owner = db.owner,
        ),
    )
    .await;
    let report = Migrator::new(migrations(), db.options())
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    assert_eq!(report.applied.len(), migrations().len());
    execute(&mut conn, "set search_path to app").await;
    (db, conn)
}

fn roles(db: &TestDb) -> (String, String) {
    let name = db.login.as_str();
    (format!("{name}_app"), format!("{name}_reader"))
}

/// Only the required columns, as a service writes them.
const ROWS: &str = "
    insert into tenants (slug, name) values ('acme', 'Acme');
    insert into members (tenant_id, user_name) values (1, 'ada');
    insert into entries (tenant_id, key) values (1, 'greeting');
    insert into projects (tenant_id, name) values (1, 'Elephants');
    insert into images (project_id, file_name) values (1, 'howdah.png');
    insert into image_tags (image_id, tag) values (1, 'seat');
    insert into audit_log (action) values ('upload');
";

async fn drop_roles(db: &TestDb, conn: &mut PgConnection) {
    let (app, reader) = roles(db);
    execute(
        conn,
        &format!("reset role; drop owned by {app}, {reader}; drop role {app}, {reader}"),
    )
    .await;
}

#[tokio::test]
async fn the_app_role_writes_every_table_and_the_reader_reads_every_one() {
    let (db, mut conn) = applied().await;
    let (app, reader) = roles(&db);
    execute(&mut conn, &format!("set role {app}")).await;
    execute(&mut conn, ROWS).await;
    execute(&mut conn, &format!("reset role; set role {reader}")).await;
    for table in [
        "tenants",
        "members",
        "entries",
        "projects",
        "images",
        "image_tags",
        "audit_log",
    ] {
        let sql = format!("select count(*) from {table}");
        assert_eq!(number(&mut conn, &sql).await, 1, "{table}");
    }
    assert_eq!(
        number(&mut conn, "select images from project_overview").await,
        1
    );
    assert_eq!(
        number(&mut conn, "select count(*) from tenant_usage").await,
        0
    );
    let tables = "select count(*) from pg_class where relnamespace = 'app'::regnamespace \
         and relkind in ('r', 'p', 'v', 'm') and not has_table_privilege(oid, 'select')";
    assert_eq!(number(&mut conn, tables).await, 0);
    drop_roles(&db, &mut conn).await;
}

#[tokio::test]
async fn entries_of_the_audit_log_go_to_their_month_or_wait_in_the_default() {
    let (db, mut conn) = applied().await;
    execute(
        &mut conn,
        "insert into audit_log (occurred_at, action) values
           ('2026-02-28 23:59:59+00', 'a'),
           ('2026-03-01 00:00:00+00', 'b'),
           ('2031-05-31 23:59:59+00', 'c'),
           ('2031-06-01 00:00:00+00', 'd')",
    )
    .await;
    let placed = "select string_agg(action || ' ' || tableoid::regclass::text, ', ' order by action) from audit_log";
    assert_eq!(
        text(&mut conn, placed).await,
        "a audit_log_2026_02, b audit_log_2026_03, c audit_log_default, d audit_log_default"
    );
    execute(
        &mut conn,
        &format!("set role {}; set timezone to 'Asia/Tokyo'", db.owner),
    )
    .await;
    let made = "select add_audit_month('2031-05-31')";
    assert_eq!(text(&mut conn, made).await, "audit_log_2031_05");
    assert_eq!(text(&mut conn, made).await, "audit_log_2031_05");
    assert_eq!(
        text(&mut conn, placed).await,
        "a audit_log_2026_02, b audit_log_2026_03, c audit_log_2031_05, d audit_log_default"
    );
    execute(&mut conn, "insert into audit_log (action) values ('e')").await;
    drop_roles(&db, &mut conn).await;
}

#[tokio::test]
async fn an_update_moves_updated_at() {
    let (db, mut conn) = applied().await;
    execute(&mut conn, ROWS).await;
    for table in ["tenants", "members", "entries", "projects", "images"] {
        let column = if table == "entries" {
            "key"
        } else {
            "updated_at"
        };
        execute(
            &mut conn,
            &format!("update {table} set {column} = {column}"),
        )
        .await;
        let sql = format!("select count(*) from {table} where updated_at > created_at");
        assert_eq!(number(&mut conn, &sql).await, 1, "{table}");
    }
    drop_roles(&db, &mut conn).await;
}

#[tokio::test]
async fn a_deleted_project_frees_its_name_and_partial_indexes_serve_the_living() {
    let (db, mut conn) = applied().await;
    execute(&mut conn, ROWS).await;
    execute(&mut conn, "update projects set deleted_at = now()").await;
    execute(
        &mut conn,
        "insert into projects (tenant_id, name) values (1, 'ELEPHANTS')",
    )
    .await;
    assert_eq!(
        number(
            &mut conn,
            "select count(*) from projects where key like 'prj\\_%'"
        )
        .await,
        2
    );
    assert_eq!(
        number(&mut conn, "select count(*) from project_overview").await,
        1
    );
    execute(
        &mut conn,
        "set enable_seqscan to off; set enable_sort to off",
    )
    .await;
    let plan = "explain select id from images where project_id = 1 and deleted_at is null order by created_at desc";
    assert!(text(&mut conn, plan).await.contains("images_live_idx"));
    assert_eq!(
        number(
            &mut conn,
            "select count(*) from pg_index where not indisvalid"
        )
        .await,
        0
    );
    let refresh = format!(
        "set role {}; refresh materialized view concurrently tenant_usage",
        db.owner
    );
    execute(&mut conn, &refresh).await;
    assert_eq!(
        number(&mut conn, "select projects from tenant_usage").await,
        1
    );
    drop_roles(&db, &mut conn).await;
}

#[tokio::test]
async fn two_instances_in_one_database_do_not_see_each_other() {
    let (db, mut conn) = applied().await;
    let mut options = db.options();
    options.schema = "second".parse().unwrap();
    Migrator::new(migrations(), options)
        .apply(db.connect_login().await, ignore)
        .await
        .unwrap();
    execute(&mut conn, &format!("set search_path to second; {ROWS}")).await;
    assert_eq!(
        number(&mut conn, "select count(*) from app.tenants").await,
        0
    );
    let made = "select add_audit_month('2031-05-01')";
    execute(&mut conn, "set search_path to app").await;
    execute(&mut conn, &made.replace("add_", "second.add_")).await;
    let sql = "select count(*) from pg_class where relname = 'audit_log_2031_05' and relnamespace = 'second'::regnamespace";
    assert_eq!(number(&mut conn, sql).await, 1);
    drop_roles(&db, &mut conn).await;
}
