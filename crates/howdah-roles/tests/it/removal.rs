//! Roles that are to be gone.

use std::time::Duration;

use howdah_ident::DatabaseName;
use howdah_roles::{Mode, Passwords, Plan, Wanted, lock, plan_cluster, plan_database, unlock};
use howdah_testkit::connect;
use serde_json::json;
use sqlx::postgres::PgConnection;

use crate::by::By;
use crate::support::{Result, connect_as, own_server, passwords, run, unique, wanted};

/// Two databases, in both of which the role `old` owns a table and holds privileges.
struct Scene {
    by: By,
    databases: [String; 2],
    owner: String,
    old: String,
}

impl Scene {
    async fn new(by: By) -> Result<Self> {
        let name = unique("going");
        let scene = Self {
            by,
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
            let by = &scene.by;
            by.apply(&wanted, database, &passwords, Mode::Additive)
                .await?;
            let mut inside = By::Superuser.connect(database).await?;
            let old = &scene.old;
            let make = format!(
                "create schema s authorization {old}; create table s.kept (id int); insert into s.kept values (1); \
                 alter table s.kept owner to {old}; grant connect on database {database} to {old}; \
                 create table public.other (); alter table public.other owner to {}; grant select on public.other to {old}; \
                 alter default privileges for role {old} grant select on tables to {}",
                scene.owner, scene.owner
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
        self.by.connect("postgres").await
    }
}

async fn plan_server(cluster: &mut PgConnection, wanted: &Wanted) -> Result<Plan> {
    Ok(plan_cluster(cluster, wanted, &Passwords::default(), Mode::Additive).await?)
}

#[tokio::test]
async fn what_depends_on_a_role_is_listed_before_anything_is_changed() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        is_listed(by).await?;
    }
    Ok(())
}

async fn is_listed(by: By) -> Result {
    let scene = Scene::new(by).await?;
    let session = connect_as(&scene.old, &scene.databases[0]).await?;
    let mut cluster = scene.cluster().await?;
    let wanted = scene.wanted(&json!({}))?;
    let plan = plan_server(&mut cluster, &wanted).await?;
    let Err(error) = plan.apply(&mut cluster).await else {
        return Err("somebody depends on it, and it is gone".into());
    };
    let error = error.to_string();
    for database in &scene.databases {
        assert!(
            error.contains(&format!("object(s) in database {database}")),
            "{error}"
        );
    }
    assert!(error.contains("the end of the session of"), "{error}");
    let mut inside = scene.by.connect(&scene.databases[0]).await?;
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
    goes_to_its_successor(By::Superuser).await
}

#[tokio::test]
async fn an_administrator_gives_what_a_role_owned_to_its_successor() -> Result {
    goes_to_its_successor(By::administrator().await?).await
}

async fn goes_to_its_successor(by: By) -> Result {
    let scene = Scene::new(by).await?;
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
        let mut inside = scene.by.connect(database).await?;
        let plan = plan_database(&mut inside, &wanted, Mode::Additive).await?;
        plan.apply(&mut inside).await?;
        let mut inside = By::Superuser.connect(database).await?;
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

#[tokio::test]
async fn a_privilege_on_what_is_a_superusers_is_said_to_be_a_superusers_to_take() -> Result {
    let scene = Scene::new(By::administrator().await?).await?;
    let database = &scene.databases[0];
    let mut superuser = By::Superuser.connect(database).await?;
    let foreign = format!(
        "create table public.foreign_one (); grant select on public.foreign_one to {}",
        scene.old
    );
    run(&mut superuser, &foreign).await?;
    let wanted = scene.wanted(&json!({ "successor": scene.owner }))?;
    let mut cluster = scene.cluster().await?;
    lock(&mut cluster, Duration::from_mins(1)).await?;
    plan_server(&mut cluster, &wanted)
        .await?
        .apply(&mut cluster)
        .await?;
    unlock(&mut cluster).await?;
    let mut inside = scene.by.connect(database).await?;
    let plan = plan_database(&mut inside, &wanted, Mode::Additive).await?;
    let error = plan.apply(&mut inside).await.unwrap_err().to_string();
    assert!(
        error.contains("nothing was changed") && error.contains("in role \"postgres\""),
        "{error}"
    );
    // Who may, does.
    let plan = plan_database(&mut superuser, &wanted, Mode::Additive).await?;
    plan.apply(&mut superuser).await?;
    Ok(())
}

/// Item 66: a role that is to be there, and not to log in any more.
#[tokio::test]
async fn whoever_goes_on_as_a_role_that_cannot_log_in_any_more_is_named() -> Result {
    for by in [By::Superuser, By::administrator().await?] {
        let d = unique("disabled");
        let (owner, old) = (format!("{d}_o"), format!("{d}_old"));
        let manifest = |login: bool| {
            wanted(json!({
                "roles": { &owner: {}, &old: { "login": login } },
                "databases": { &d: { "owner": &owner, "grants": { &old: ["connect"] } } },
            }))
        };
        by.apply(&manifest(true)?, &d, &passwords(&[&old])?, Mode::Additive)
            .await?;
        let mut session = connect_as(&old, &d).await?;
        let pid = crate::server_log::pid(&mut session).await?;
        let named = format!("its session {pid} ");
        let none = Passwords::default();
        let [plan, _] = by
            .apply(&manifest(false)?, &d, &none, Mode::Additive)
            .await?;
        assert!(
            plan.warnings().iter().any(|line| line.contains(&named)),
            "{plan}"
        );
        let mut cluster = by.connect("postgres").await?;
        let again = plan_server(&mut cluster, &manifest(false)?).await?;
        assert!(again.is_empty(), "{again}");
        assert!(
            again.warnings().iter().any(|line| line.contains(&named)),
            "{again}"
        );
        run(&mut session, "select 1").await?;
    }
    Ok(())
}

/// On a server of its own: what stands in `template1` is in every database that is made.
#[tokio::test]
async fn what_a_role_left_in_template1_is_taken_there_too() -> Result {
    let server = own_server().await?;
    let mut cluster = connect(&server.superuser("postgres".parse()?)).await?;
    run(&mut cluster, "create role old; create role successor").await?;
    let template = server.superuser(DatabaseName::template1());
    let left = "create table left_behind (); alter table left_behind owner to old";
    run(&mut connect(&template).await?, left).await?;
    let wanted = Wanted::removal(&"old".parse()?, Some(&"successor".parse()?), false);
    let plan = plan_server(&mut cluster, &wanted).await?;
    plan.apply(&mut cluster).await?;
    let databases = howdah_roles::databases(&mut cluster, &wanted).await?;
    assert_eq!(databases, [DatabaseName::template1()]);
    let mut inside = connect(&template).await?;
    plan_database(&mut inside, &wanted, Mode::Additive)
        .await?
        .apply(&mut inside)
        .await?;
    plan_server(&mut cluster, &wanted)
        .await?
        .apply(&mut cluster)
        .await?;
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_roles where rolname = 'old')")
            .fetch_one(&mut cluster)
            .await?;
    assert!(!there);
    Ok(())
}
