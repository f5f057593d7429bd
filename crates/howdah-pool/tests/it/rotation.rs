//! New passwords and new logins without a restart.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use howdah_pool::{Credentials, Pool, PoolOptions, Timing};
use howdah_secrets::{Rotating, Rules, Secret, SecretRef};
use howdah_testkit::fault::SecretMount;
use howdah_testkit::{As, TestDatabase};
use sqlx::AssertSqlSafe;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{LONG, Result, backends, database, one, size, until};

fn quick() -> Timing {
    let mut timing = Timing::default();
    timing.reread_every = Duration::from_millis(50);
    timing.retire_within = Duration::from_millis(100);
    timing
}

async fn set_password(database: &TestDatabase, secret: &str) -> Result {
    let mut superuser = database.connect(As::Superuser).await?;
    let user = database.login(As::App).user;
    let sql = format!("alter role {user} password '{secret}'");
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut superuser)
        .await?;
    Ok(())
}

fn rotating(database: &TestDatabase, mount: &SecretMount) -> Result<Pool> {
    let login = database.login(As::App);
    let reference = SecretRef::default().with_file(mount.file("password"));
    let password = Rotating::new(reference, BTreeMap::new(), Rules::Development)?;
    let credentials = Credentials::rotating(login.user.clone(), Arc::new(password));
    Ok(PoolOptions::new(&login, &size(4))
        .credentials(credentials)
        .timing(quick())
        .lazy()?)
}

#[tokio::test]
async fn a_new_password_is_read_when_the_old_one_is_refused() -> Result {
    let database = database().await?;
    let old = database.login(As::App).password;
    let mut mount = SecretMount::new(&[("password", &old)])?;
    let pool = rotating(&database, &mount)?;
    let held = pool.acquire().await?;
    let new = Secret::new("a-new-password-of-some-length");
    set_password(&database, new.expose()).await?;
    mount.swap(&[("password", &new)])?;
    let second = timeout(LONG, pool.acquire()).await??;
    let name = sqlx::query_scalar::<_, String>("show application_name");
    let mut second = second;
    assert!(name.fetch_one(&mut *second).await?.ends_with(" gen=2"));
    drop(held);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_query_fails_while_the_password_changes_under_load() -> Result {
    let database = database().await?;
    let old = database.login(As::App).password;
    let mut mount = SecretMount::new(&[("password", &old)])?;
    let pool = rotating(&database, &mount)?;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let pool = pool.clone();
        tasks.spawn(async move {
            while pool.status().closed.rotated < 8 {
                one(&pool).await?;
            }
            Ok::<_, sqlx::Error>(())
        });
    }
    for number in 0..2 {
        let new = Secret::new(format!("another-password-of-some-length-{number}"));
        until(&pool, "connections in use", |status| status.usage.open == 4).await?;
        // Between these two, one of them is refused, whichever comes first.
        if number == 0 {
            mount.swap(&[("password", &new)])?;
            set_password(&database, new.expose()).await?;
        } else {
            set_password(&database, new.expose()).await?;
            mount.swap(&[("password", &new)])?;
        }
        let rotated = 4 * (number + 1);
        until(&pool, "connections replaced", |status| {
            status.closed.rotated >= rotated
        })
        .await?;
    }
    while let Some(done) = timeout(LONG, tasks.join_next()).await? {
        done??;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_query_fails_while_another_login_of_the_group_takes_over() -> Result {
    let database = database().await?;
    let login = database.login(As::App);
    let other = Secret::new("the-password-of-the-other-login");
    let other_name = format!("{}_b", login.user.as_str());
    let mut superuser = database.connect(As::Superuser).await?;
    let create = format!(
        "create role {other_name} login password '{}' in role {}",
        other.expose(),
        login.user
    );
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut superuser)
        .await?;
    let first_name = Secret::new(login.user.as_str());
    let mut mount = SecretMount::new(&[("username", &first_name), ("password", &login.password)])?;
    let credentials = Credentials::files(
        mount.file("username"),
        mount.file("password"),
        Rules::Development,
    )?;
    let pool = PoolOptions::new(&login, &size(4))
        .credentials(credentials)
        .timing(quick())
        .lazy()?;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let pool = pool.clone();
        tasks.spawn(async move {
            while pool.status().closed.rotated < 4 {
                one(&pool).await?;
            }
            for _ in 0..20 {
                one(&pool).await?;
            }
            Ok::<_, sqlx::Error>(())
        });
    }
    until(&pool, "connections in use", |status| status.usage.open == 4).await?;
    mount.swap(&[
        ("username", &Secret::new(&*other_name)),
        ("password", &other),
    ])?;
    backends(&database).wait_for(0).await?;
    let disable = format!("alter role {} nologin", login.user);
    sqlx::raw_sql(AssertSqlSafe(disable))
        .execute(&mut superuser)
        .await?;
    while let Some(done) = timeout(LONG, tasks.join_next()).await? {
        done??;
    }
    let user: String = sqlx::query_scalar("select current_user::text")
        .fetch_one(&pool)
        .await?;
    assert_eq!(user, other_name);
    pool.close().await?;
    let drop_role = format!("drop role {other_name}");
    sqlx::raw_sql(AssertSqlSafe(drop_role))
        .execute(&mut superuser)
        .await?;
    Ok(())
}
