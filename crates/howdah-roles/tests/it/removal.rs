//! Roles that are to be gone.

use std::time::Duration;

use howdah_roles::{Mode, Passwords, Plan, Wanted, lock, plan_cluster, plan_database, unlock};
use howdah_testkit::connect;
use serde_json::json;
use sqlx::postgres::PgConnection;

use crate::support::{Result, apply, connect_as, passwords, run, server, unique, wanted};

/// Two databases, in both of which the role `old` owns a table and holds privileges.
struct Scene {
    databases: [String; 2],
    owner: String,
    old: String,
}

impl Scene {
    async fn new() -> Result<Self> {
        let name = unique("going");
        let scene = Self {
            databases: [format!("{name}_1"), format!("{name}_2")],
            owner: format!("{name}_o"),
            old: format!("{name}_old"),
        };
        let manifest = json!({
            "roles": { &scene.owner: {}, &scene.old: { "login": true } },
            "databases": scene.databases(),
        });
        let (wanted, passwords) = (wanted(manifest)?, passwords(&[&scene.old])?);
        for database in &scene.databases {
            apply(&wanted, database, &passwords, Mode::Additive).await?;
            let mut inside = connect(&server().await?.superuser(database.parse()?)).await?;
            let old = &scene.old;
            let make = format!(
                "create schema s authorization {old}; create table s.kept (id int); insert into s.kept values (1); \
                 alter table s.kept owner to {old}; grant connect on database {database} to {old}; \
                 create table public.other (); grant select on public.other to {old}; \
                 alter default privileges for role {old} grant select on tables to {}",
                scene.owner
            );
            run(&mut inside, &make).await?;
        }
        Ok(scene)
    }

    fn databases(&self) -> serde_json::Value {
        let one = json!({ "owner": self.owner });
        json!({ &self.databases[0]: one, &self.databases[1]: one })
    }

    /// Without the old role.
    fn wanted(&self, removed: &serde_json::Value) -> Result<Wanted> {
        wanted(json!({
            "roles": { &self.owner: {} },
            "databases": self.databases(),
            "removed": { &self.old: removed },
        }))
    }

    async fn cluster(&self) -> Result<PgConnection> {
        Ok(connect(&server().await?.superuser("postgres".parse()?)).await?)
    }
}

async fn plan_server(cluster: &mut PgConnection, wanted: &Wanted) -> Result<Plan> {
    Ok(plan_cluster(cluster, wanted, &Passwords::default(), Mode::Additive).await?)
}

#[tokio::test]
async fn what_depends_on_a_role_is_listed_before_anything_is_changed() -> Result {
    let scene = Scene::new().await?;
    let session = connect_as(&scene.old, &scene.databases[0]).await?;
    let mut cluster = scene.cluster().await?;
    let wanted = scene.wanted(&json!({}))?;
    let plan = plan_server(&mut cluster, &wanted).await?;
    let error = plan.apply(&mut cluster).await.unwrap_err().to_string();
    for database in &scene.databases {
        assert!(
            error.contains(&format!("object(s) in database {database}")),
            "{error}"
        );
    }
    assert!(error.contains("the end of the session of"), "{error}");
    let mut inside = connect(&server().await?.superuser(scene.databases[0].parse()?)).await?;
    let plan = plan_database(&mut inside, &wanted, Mode::Additive).await?;
    assert!(
        plan.lacking()
            .iter()
            .any(|line| line.contains("table s.kept")),
        "{plan}"
    );
    assert!(
        plan.lacking()
            .iter()
            .any(|line| line.contains("the server first")),
        "{plan}"
    );
    drop(session);
    Ok(())
}

#[tokio::test]
async fn what_a_role_owned_goes_to_its_successor_in_every_database() -> Result {
    let scene = Scene::new().await?;
    let mut session = connect_as(&scene.old, &scene.databases[0]).await?;
    let mut cluster = scene.cluster().await?;
    let wanted = scene.wanted(&json!({ "successor": scene.owner, "end_sessions": true }))?;
    lock(&mut cluster, Duration::from_mins(1)).await?;
    let plan = plan_server(&mut cluster, &wanted).await?;
    assert!(plan.drift().len() >= 2, "{plan}");
    plan.apply(&mut cluster).await?;
    assert!(
        run(&mut session, "select 1").await.is_err(),
        "the session is ended"
    );
    for database in &scene.databases {
        let mut inside = connect(&server().await?.superuser(database.parse()?)).await?;
        let plan = plan_database(&mut inside, &wanted, Mode::Additive).await?;
        plan.apply(&mut inside).await?;
        let (owner, rows): (String, i64) = sqlx::query_as(
            "select pg_get_userbyid(relowner)::text, (select count(*) from s.kept) \
             from pg_catalog.pg_class where oid = 's.kept'::regclass",
        )
        .fetch_one(&mut inside)
        .await?;
        assert_eq!((owner, rows), (scene.owner.clone(), 1));
    }
    let plan = plan_server(&mut cluster, &wanted).await?;
    assert_eq!(
        plan.statements(),
        [format!("drop role \"{}\"", scene.old)],
        "{plan}"
    );
    plan.apply(&mut cluster).await?;
    let left = plan_server(&mut cluster, &wanted).await?;
    unlock(&mut cluster).await?;
    assert!(left.is_empty() && left.drift().is_empty(), "{left}");
    Ok(())
}
