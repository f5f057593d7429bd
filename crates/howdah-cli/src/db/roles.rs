use std::time::Duration;

use howdah_pool::{Login, connect};
use howdah_roles::{
    Depth, Finding, Layout, Mode, Passwords, Plan, Wanted, lock, plan_cluster, plan_database,
    unlock, verify_app, verify_read_only,
};
use sqlx::postgres::PgConnection;

use super::verified::Mark;
use crate::Error;

const STEP: &str = "laying out the roles";
const LOCK_DEADLINE: Duration = Duration::from_secs(30);

/// Brings roles, database, schema and privileges to the layout, and says how many changes that took.
pub(crate) async fn apply(
    cluster: &Login,
    database: &Login,
    layout: &Layout,
    passwords: &Passwords,
    mark: &Mark,
) -> Result<usize, Error> {
    let mut cluster = connect(cluster).await.map_err(Error::step(STEP))?;
    lock(&mut cluster, LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let plan = plan_cluster(&mut cluster, &Wanted::from(layout), passwords, Mode::Guard)
        .await
        .map_err(Error::step(STEP))?;
    apply_plan(&plan, &mut cluster, mark).await?;
    let in_database = apply_in_database(database, layout, mark).await?;
    unlock(&mut cluster).await.map_err(Error::step(STEP))?;
    Ok(plan.len() + in_database)
}

/// The part inside of the database; also after migrations, for what they made.
pub(crate) async fn apply_in_database(
    database: &Login,
    layout: &Layout,
    mark: &Mark,
) -> Result<usize, Error> {
    let mut connection = connect(database).await.map_err(Error::step(STEP))?;
    let plan = plan_database(&mut connection, &Wanted::from(layout), Mode::Guard)
        .await
        .map_err(Error::step(STEP))?;
    apply_plan(&plan, &mut connection, mark).await?;
    Ok(plan.len())
}

async fn apply_plan(plan: &Plan, connection: &mut PgConnection, mark: &Mark) -> Result<(), Error> {
    if plan.is_empty() {
        return Ok(());
    }
    mark.clear()?;
    plan.apply(connection).await.map_err(Error::step(STEP))
}

/// Connects as the app and as the read-only role, and checks what each can and cannot do.
pub(crate) async fn verify(
    app: &Login,
    read_only: &Login,
    layout: &Layout,
    depth: Depth,
) -> Result<(), Error> {
    const STEP: &str = "verifying the roles";
    let mut connection = connect(app).await.map_err(Error::step(STEP))?;
    let mut findings = verify_app(&mut connection, layout, depth)
        .await
        .map_err(Error::step(STEP))?;
    let mut connection = connect(read_only).await.map_err(Error::step(STEP))?;
    let more = verify_read_only(&mut connection, layout, depth)
        .await
        .map_err(Error::step(STEP))?;
    findings.extend(more);
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::Verification {
        findings: findings.iter().map(Finding::to_string).collect(),
    })
}
