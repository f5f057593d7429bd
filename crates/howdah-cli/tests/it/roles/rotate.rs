//! A new password for a service that goes on running.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use howdah_pool::{Credentials, Pool, PoolOptions, Timing};
use howdah_secrets::{Rules, read_file};
use howdah_testkit::{Login, connect};
use tokio::task::JoinSet;

use super::{PASSWORD, Scene};

/// The app's role is the group of two logins; `username` says that the first one has its turn.
async fn pair() -> Scene {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let create = format!(
        "create role @_a_a login password '{PASSWORD}' in role @_a; create role @_a_b nologin in role @_a"
    );
    scene.sql(&create).await;
    let directory = scene.place.path().join("secret");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("username"), format!("{}_a_a", scene.name)).unwrap();
    std::fs::write(directory.join("password"), PASSWORD).unwrap();
    scene
}

fn login(scene: &Scene, directory: &Path) -> Login {
    let read = |file: &str| {
        read_file(&directory.join(file), Rules::Development)
            .unwrap()
            .0
    };
    let login = scene
        .admin
        .clone()
        .with_database(scene.name.parse().unwrap());
    login.with_user(read("username").expose().parse().unwrap(), read("password"))
}

fn pool(scene: &Scene) -> Pool {
    let directory = scene.place.path().join("secret");
    let credentials = Credentials::files(
        directory.join("username"),
        directory.join("password"),
        Rules::Development,
    );
    let mut timing = Timing::default();
    timing.reread_every = Duration::from_millis(100);
    timing.retire_within = Duration::from_millis(200);
    let mut settings = howdah_config::Pool::default();
    settings.size = 5;
    PoolOptions::new(&login(scene, &directory), &settings)
        .credentials(credentials.unwrap())
        .timing(timing)
        .lazy()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_tasks_notice_nothing_of_two_rotations() {
    let scene = pair().await;
    let pool = pool(&scene);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (pool, stopped) = (pool.clone(), stopped.clone());
        tasks.spawn(async move {
            let mut users = BTreeSet::new();
            while !*stopped.borrow() {
                let user = sqlx::query_scalar::<_, String>("select session_user::text");
                users.insert(user.fetch_one(&pool).await?);
            }
            Ok::<_, sqlx::Error>(users)
        });
    }
    let group = format!("{}_a", scene.name);
    let (first, second) = (format!("{group}_a"), format!("{group}_b"));
    let rotate = ["rotate", &group, "--secret", "secret"];
    tokio::task::block_in_place(|| {
        let now = format!("{second} is the login of now\n{first} is switched off\n");
        scene.ends(0, &rotate, &[&now, "no session of before is left"]);
        let now = format!("{first} is the login of now\n{second} is switched off\n");
        scene.ends(0, &rotate, &[&now]);
    });
    stop.send(true).unwrap();
    while let Some(users) = tasks.join_next().await {
        let users = users.unwrap().expect("no query fails");
        assert!(
            users.contains(&first) && users.contains(&second),
            "{users:?}"
        );
    }
    pool.close().await.unwrap();
}

#[tokio::test]
async fn the_old_login_is_off_and_its_password_gone() {
    let scene = pair().await;
    let directory = scene.place.path().join("secret");
    let old = login(&scene, &directory);
    let group = format!("{}_a", scene.name);
    let done = scene.ends(0, &["rotate", &group, "--secret", "secret", "--json"], &[]);
    let value = done.json();
    assert_eq!(value["login"], format!("{group}_b"), "{value}");
    assert_eq!(value["switched_off"], true, "{value}");
    assert_eq!(
        connect(&old).await.unwrap_err().sqlstate().as_deref(),
        Some("28P01")
    );
    connect(&login(&scene, &directory)).await.unwrap();
}

#[tokio::test]
async fn who_stays_on_the_old_login_keeps_it_on_until_it_is_ended() {
    let scene = pair().await;
    let old = login(&scene, &scene.place.path().join("secret"));
    let held = connect(&old).await.unwrap();
    let group = format!("{}_a", scene.name);
    let rotate = ["rotate", &group, "--secret", "secret", "--wait", "1"];
    let on = format!("{group}_a is still on\nleft: pid ");
    scene.ends(
        3,
        &rotate,
        &[&on, "1 session(s) of before are left", "--finish"],
    );
    connect(&old).await.unwrap();
    // Another turn would not know whose session it is.
    scene.ends(1, &rotate, &["still has 1 session(s) from its last turn"]);
    let finish = [&rotate[..], &["--finish", "--end-sessions"]].concat();
    let off = format!("{group}_a is switched off\n");
    scene.ends(0, &finish, &[&off]);
    assert!(connect(&old).await.is_err());
    drop(held);
    let now = format!("{group}_a is the login of now\n");
    scene.ends(0, &rotate, &[&now]);
}

#[tokio::test]
async fn a_single_login_is_told_of_its_window() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let app = format!("{}_a", scene.name);
    let rotate = ["rotate", &app, "--secret", "secret", "--single"];
    scene.ends(
        0,
        &rotate,
        &["new connections with the old one are refused"],
    );
    connect(&login(&scene, &scene.place.path().join("secret")))
        .await
        .unwrap();
}

#[tokio::test]
async fn logins_that_are_missing_are_told_with_what_declares_them() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let app = format!("{}_a", scene.name);
    let rotate = ["rotate", &app, "--secret", "secret"];
    for end in ["a", "b"] {
        let line = format!("`{app}_{end}: {{ login: rotation, member_of: {{ {app}: {{}} }} }}`");
        scene.ends(1, &rotate, &[&line]);
    }
    assert!(
        !scene.place.path().join("secret").exists(),
        "nothing was written"
    );
}

#[tokio::test]
async fn logins_that_a_manifest_declares_take_turns_without_a_difference() {
    let scene = Scene::new().await.administered();
    scene.ends(0, &["apply"], &[]);
    let app = format!("{}_a", scene.name);
    let manifest = format!(
        "roles:\n  {app}: {{ login: true, member_of: {{ {owner}_rw: {{}} }}, password: unmanaged }}\n\
         \x20 {app}_a: {{ login: rotation, member_of: {{ {app}: {{}} }} }}\n\
         \x20 {app}_b: {{ login: rotation, member_of: {{ {app}: {{}} }} }}\n  {owner}_rw: {{}}\n",
        owner = format!("{}_o", scene.name),
    );
    scene.place.write("roles.yaml", &manifest);
    let with = ["--manifest", "roles.yaml"];
    let role = format!("+ role {app}_a: nologin\n");
    scene.ends(0, &[&["apply"], &with[..]].concat(), &[&role]);
    let rotate = ["rotate", &app, "--secret", "secret"];
    for login in ["a", "b", "a"] {
        let now = format!("{app}_{login} is the login of now\n");
        scene.ends(0, &rotate, &[&now]);
        connect(&login_of(&scene)).await.unwrap();
        scene.ends(0, &[&["apply"], &with[..]].concat(), &["0 change(s) made"]);
    }
    scene
        .place
        .write("roles.yaml", &manifest.replace("rotation", "turn"));
    scene.ends(
        2,
        &[&["plan"], &with[..]].concat(),
        &["login is true, false or rotation"],
    );
}

fn login_of(scene: &Scene) -> Login {
    login(scene, &scene.place.path().join("secret"))
}

#[tokio::test]
async fn a_directory_that_no_service_reads_is_refused_before_anything_is_changed() {
    let scene = pair().await;
    let old = login_of(&scene);
    let group = format!("{}_a", scene.name);
    let elsewhere = ["rotate", &group, "--secret", "elsewhere"];
    let turn = format!("has no file `username`, and {group}_a has its turn");
    scene.ends(1, &elsewhere, &[&turn]);
    assert!(!scene.place.path().join("elsewhere").exists());
    scene.place.write("a_file", "");
    scene.sql("alter role @_a_a nologin").await;
    let file = ["rotate", &group, "--secret", "a_file"];
    scene.ends(1, &file, &["a_file"]);
    let on: bool =
        sqlx::query_scalar("select bool_or(rolcanlogin) from pg_roles where rolname like $1")
            .bind(format!("{group}\\__"))
            .fetch_one(&mut connect(&scene.admin).await.unwrap())
            .await
            .unwrap();
    assert!(!on, "nobody was given a turn");
    drop(old);
}

#[tokio::test]
async fn nobody_takes_his_own_password_away() {
    let scene = Scene::new().await.administered();
    let own = scene.admin.user.as_str();
    let rotate = ["rotate", own, "--secret", "secret", "--single"];
    scene.ends(
        1,
        &rotate,
        &["makes this change, and would take its own password away"],
    );
}
