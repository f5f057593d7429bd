//! `howdah roles apply`, ended by a signal that nobody can catch.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use howdah_testkit::connect;

use super::Scene;

const ROUNDS: u32 = 8;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_run_that_is_killed_leaves_all_or_nothing_and_the_next_one_does_the_rest() {
    for attributes in ["superuser", "createrole createdb"] {
        let (scene, _) = Scene::new().await.administered_by(attributes).await;
        let begin = Instant::now();
        scene.ends(0, &["apply"], &[]);
        let whole = begin.elapsed();
        for round in 0..ROUNDS {
            let (scene, _) = Scene::new().await.administered_by(attributes).await;
            let mut child = scene.place.start(&["roles", "apply"]);
            tokio::time::sleep(somewhere(whole)).await;
            child.kill().unwrap();
            child.wait().unwrap();
            until_gone(&scene).await;
            let roles = roles(&scene).await;
            assert!(
                [0, 6].contains(&roles),
                "round {round}: {roles} of 6 roles are there"
            );
            scene.ends(0, &["apply"], &[]);
            scene.ends(0, &["plan"], &["nothing to change"]);
            scene.ends(0, &["apply"], &["0 change(s) made"]);
        }
    }
}

/// Some moment of a run.
fn somewhere(whole: Duration) -> Duration {
    let random = RandomState::new().hash_one(0);
    whole.mul_f64(f64::from(u32::try_from(random >> 32).unwrap()) / f64::from(u32::MAX))
}

/// Until the server has noticed that the administrator has gone.
async fn until_gone(scene: &Scene) {
    let mut superuser = connect(&scene.admin).await.unwrap();
    let end = Instant::now() + PATIENCE;
    loop {
        let there: bool = sqlx::query_scalar(
            "select exists (select from pg_catalog.pg_stat_activity where usename = $1)",
        )
        .bind(format!("{}_admin", scene.name))
        .fetch_one(&mut superuser)
        .await
        .unwrap();
        if !there {
            return;
        }
        assert!(Instant::now() < end, "the administrator is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many of the layout's roles there are.
async fn roles(scene: &Scene) -> i64 {
    let names = ["o", "o_rw", "o_ro", "m", "a", "r"].map(|part| format!("{}_{part}", scene.name));
    let mut superuser = connect(&scene.admin).await.unwrap();
    sqlx::query_scalar("select count(*) from pg_catalog.pg_roles where rolname = any ($1)")
        .bind(names.to_vec())
        .fetch_one(&mut superuser)
        .await
        .unwrap()
}
