//! The log is shown whatever the files are like.

use howdah_testkit::As;
use sqlx::Executor as _;

use super::{FIRST, FIRST_DOWN, database, migrate};
use crate::support::Place;

#[tokio::test]
async fn history_is_shown_though_a_file_has_no_version_or_there_are_no_files() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    place.write("migrations/x_users.sql", "select 1;\n");
    migrate(&place, &database, &["status"])
        .refused(1, &["x_users.sql: the name must start with a version"]);
    for place in [place, Place::empty()] {
        let history = migrate(&place, &database, &["history"]);
        assert_eq!(history.code, 0, "{history:?}");
        assert!(
            history.stdout.contains("  applied  1  a  by "),
            "{history:?}"
        );
    }
}

#[tokio::test]
async fn who_may_not_read_the_log_is_told_which_grant_is_missing() {
    let database = database().await;
    let place = Place::new(&[FIRST, FIRST_DOWN]);
    assert_eq!(migrate(&place, &database, &["up"]).code, 0);
    let mut conn = database.connect(As::Superuser).await.unwrap();
    let reader = format!("reader_{}", std::process::id());
    let make = format!(
        "create role {reader} login password 'x'; grant usage on schema public to {reader}; \
         grant select on _sqlx_migrations to {reader}"
    );
    conn.execute(sqlx::AssertSqlSafe(make)).await.unwrap();
    let mut login = database.login(As::Superuser);
    login.user = reader.parse().unwrap();
    login.password = howdah_secrets::Secret::new("x");
    let url = super::url(&login);
    let status = place.run(&["migrate", "status", "--url", &url]);
    let history = place.run(&["migrate", "history", "--url", &url, "--json"]);
    let drop = format!("drop owned by {reader}; drop role {reader}");
    conn.execute(sqlx::AssertSqlSafe(drop)).await.unwrap();
    assert_eq!(status.stdout, "applied  1  a\n", "{status:?}");
    let grant = format!("`grant select on \"public\".\"_sqlx_migrations_log\" to \"{reader}\"`");
    history.refused(1, &[&grant, "(SQLSTATE 42501)"]);
    assert_eq!(history.json()["error"]["sqlstate"], "42501");
}
