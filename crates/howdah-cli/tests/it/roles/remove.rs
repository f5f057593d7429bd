//! A role that is to be gone.

use howdah_secrets::Secret;
use howdah_testkit::connect;

use super::{PASSWORD, Scene};

#[tokio::test]
async fn a_role_is_removed_from_every_database_when_what_it_owns_has_a_successor() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let old = format!("{}_old", scene.name);
    let other = format!("{}_2", scene.name);
    scene.sql("create database @_2").await;
    let owned = "create table left (id int); alter table left owner to @_old";
    scene
        .sql(&format!(
            "create role @_old login; set search_path = app; {}",
            owned.replace("left", "kept")
        ))
        .await;
    scene.sql_in(&other, &owned.replace("left", "kept")).await;
    let needs = format!("a successor for \"{old}\", which owns 1 object(s) in database {other}");
    scene.ends(1, &["remove", &old], &[&needs]);
    let successor = format!("{}_o", scene.name);
    let remove = ["remove", &old, "--reassign-to", &successor];
    let dry = [&remove[..], &["--dry-run"]].concat();
    scene.ends(3, &dry, &[&format!("~ role {old}: nologin")]);
    let gone = format!("- role {old}");
    scene.ends(0, &remove, &[&gone, "is gone"]);
    scene.ends(0, &remove, &["there is no role"]);
    // Its table is the successor's, and the next run gives it away as every other one.
    let given = format!("+ {}_o_ro may SELECT on table app.kept\n", scene.name);
    scene.ends(0, &["apply"], &["2 change(s) made", &given]);
}

#[tokio::test]
async fn a_role_that_has_something_where_nobody_may_connect_is_not_said_to_be_gone() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let (old, closed) = (format!("{}_old", scene.name), format!("{}_2", scene.name));
    scene.sql("create database @_2").await;
    scene
        .sql_in(
            &closed,
            "create role @_old login; create table held (id int); grant select on held to @_old",
        )
        .await;
    scene
        .sql("alter database @_2 allow_connections false")
        .await;
    let left = format!("{old} holds privileges on 1 object(s) in database {closed}");
    for _ in 0..2 {
        scene.ends(1, &["remove", &old], &["removing the role failed", &left]);
    }
    scene.sql("alter database @_2 allow_connections true").await;
    scene.ends(0, &["remove", &old], &["is gone"]);
}

#[tokio::test]
async fn a_role_that_somebody_uses_is_removed_only_with_its_sessions() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let old = format!("{}_old", scene.name);
    scene
        .sql(&format!(
            "create role @_old login password '{PASSWORD}'; grant connect on database @ to @_old"
        ))
        .await;
    let login = scene
        .admin
        .clone()
        .with_database(scene.name.parse().unwrap());
    let login = login.with_user(old.parse().unwrap(), Secret::new(PASSWORD));
    let session = connect(&login).await.unwrap();
    scene.ends(1, &["remove", &old], &["end_sessions", &old]);
    scene.ends(0, &["remove", &old, "--end-sessions"], &["is gone"]);
    drop(session);
}

#[tokio::test]
async fn a_successor_who_is_not_there_is_found_before_the_role_is_touched() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    scene
        .sql("create role @_old login; create table owned (id int); alter table owned owner to @_old")
        .await;
    let old = format!("{}_old", scene.name);
    let remove = ["remove", &old, "--reassign-to", "nobody_x"];
    let missing = "the successor: there is no role \"nobody_x\"";
    scene.ends(1, &remove, &["nothing was changed", missing]);
    let dry = [&remove[..], &["--dry-run"]].concat();
    let done = scene.ends(1, &dry, &[missing]);
    assert!(!done.stdout.contains("nologin"), "{done:?}");
    let on: bool = sqlx::query_scalar("select rolcanlogin from pg_roles where rolname = $1")
        .bind(&old)
        .fetch_one(&mut connect(&scene.admin).await.unwrap())
        .await
        .unwrap();
    assert!(on);
}

#[tokio::test]
async fn a_manifest_that_is_not_there_is_wrong_usage() {
    let scene = Scene::new().await.administered();
    scene.ends(
        2,
        &["plan", "--manifest", "nowhere.yaml"],
        &["cannot read the manifest nowhere.yaml"],
    );
}
