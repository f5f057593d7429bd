use howdah_pool::connect;
use sqlx::{AssertSqlSafe, Executor};

use super::args::ResetArgs;
use super::confirm::confirm;
use super::logins::Logins;
use super::migrate;
use super::project::Project;
use super::secrets::{Missing, Secrets};
use super::up::{bring_up, refuse_production};
use super::verified::Mark;
use super::wishes::Wishes;
use super::{seeds, server};
use crate::settings::Sources;
use crate::{Error, Exit, Output, settings};

const STEP: &str = "dropping the database";

/// `db-reset`.
pub(crate) async fn reset(
    project: &Project,
    args: &ResetArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let loaded = settings::load(project.root(), Sources::default(), output)?;
    refuse_production(&loaded, "db-reset")?;
    let name = &loaded.database.name;
    let question =
        format!("This drops the database {name} of the development server, with everything in it.");
    confirm(&question, name.as_str(), args.confirm.as_deref(), output)?;

    // Found before anything is dropped.
    migrate::migrator(&loaded, &settings::layout(&loaded)?)?;
    seeds::read(&loaded)?;
    let lock = server::lock(project).await?;
    let secrets = Secrets::resolve(project, &loaded, Missing::Generate, output)?;
    let wishes = Wishes::of(project, &args.up.server)?;
    let certificate = server::certificate(project, &wishes, output)?;
    let request = server::request(&args.up, &loaded, &wishes, certificate.as_ref());
    let server = server::start(&request, &secrets.superuser, &lock, output).await?;
    let logins = Logins::new(&server, &loaded, &secrets)?;
    output.begin(STEP);
    Mark::of(project).clear()?;
    let mut connection = connect(&logins.cluster).await.map_err(Error::step(STEP))?;
    let statement = format!("drop database if exists {name} with (force)");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await
        .map_err(Error::step(STEP))?;
    output.done(format_args!("database {} dropped", name.as_str()));
    drop(connection);
    drop(lock);

    let report = Box::pin(bring_up(project, &args.up, output)).await?;
    output
        .result(&report, &report)
        .map_err(Error::step("printing the result"))?;
    Ok(report.exit())
}
