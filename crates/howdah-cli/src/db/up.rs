use std::time::Instant;

use howdah_config::{Environment, Loaded};

use super::args::UpArgs;
use super::fill::{Database, fill};
use super::logins::Logins;
use super::project::Project;
use super::report::{PgBouncerReport, ReplicaReport, UpReport};
use super::secrets::{Missing, Secrets};
use super::verified::Mark;
use super::wishes::Wishes;
use super::{env_file, links, pooler, replica, server};
use crate::settings::Sources;
use crate::{Error, Exit, Output, settings};

/// `db-up`.
pub(crate) async fn up(
    project: &Project,
    args: &UpArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let report = Box::pin(bring_up(project, args, output)).await?;
    output
        .result(&report, &report)
        .map_err(Error::step("printing the result"))?;
    Ok(report.exit())
}

/// From nothing, or from whatever an earlier run left, to a running, migrated, least-privilege database.
pub(crate) async fn bring_up(
    project: &Project,
    args: &UpArgs,
    output: &mut Output,
) -> Result<UpReport, Error> {
    let start = Instant::now();
    let loaded = settings::load(project.root(), Sources::default(), output)?;
    refuse_production(&loaded, "db-up")?;
    note_other_host(&loaded, output);
    let layout = settings::layout(&loaded)?;
    server::check_names(&loaded)?;
    let lock = server::lock(project).await?;
    let secrets = resolve_secrets(project, &loaded, output)?;
    let wishes = Wishes::of(project, &args.server)?;
    let certificate = server::certificate(project, &wishes, output)?;
    let request = server::request(args, &loaded, &wishes, certificate.as_ref());
    let server = server::start(&request, &secrets.superuser, &lock, output).await?;
    let logins = Logins::new(&server, &loaded, &secrets)?;
    let database = Database {
        loaded: &loaded,
        layout: &layout,
        secrets: &secrets,
        logins: &logins,
    };
    let filled = fill(database, &args.seeds, &Mark::of(project), output).await?;
    let replica = replica::bring_up(project, &wishes, &request, &logins, output).await?;
    let pooled = pooler::bring_up(project, &wishes, &request, &logins, output).await?;
    let links = links::of(
        &logins,
        replica.as_ref(),
        pooled.as_ref(),
        certificate.as_ref(),
    );
    links::check(&links, output).await?;
    wishes.remember(project)?;
    env_file::write(&project.env_file(), &links)?;
    Ok(UpReport {
        tls: wishes.tls,
        replica: replica.map(|login| ReplicaReport::new(&login)),
        pgbouncer: pooled
            .zip(wishes.pgbouncer)
            .map(|(login, mode)| PgBouncerReport::new(&login, mode)),
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        env_file: project.env_file(),
        urls: links::hidden(&links),
        ..UpReport::new(&server, &layout, filled)
    })
}

/// A development server has no TLS, a generated superuser and no backup: it never stands in for production.
pub(crate) fn refuse_production(loaded: &Loaded, command: &str) -> Result<(), Error> {
    if loaded.database.environment == Environment::Production {
        return Err(Error::Usage(format!(
            "{command} is for development and testing, and database.environment is production ({})",
            loaded.origin("database.environment")
        )));
    }
    Ok(())
}

fn note_other_host(loaded: &Loaded, output: &mut Output) {
    let hosts = loaded.database.hosts.iter().map(|host| host.host.as_str());
    let is_local =
        |host: &str| ["localhost", "127.0.0.1", "::1"].contains(&host) || host.starts_with('/');
    if let Some(host) = hosts.into_iter().find(|host| !is_local(host)) {
        output.note(format_args!(
            "database.host is {host} ({}); db-up makes a server on this machine all the same, the env file has its address",
            loaded.origin("database.host")
        ));
    }
}

fn resolve_secrets(
    project: &Project,
    loaded: &Loaded,
    output: &mut Output,
) -> Result<Secrets, Error> {
    output.begin("resolving the secrets");
    let secrets = Secrets::resolve(project, loaded, Missing::Generate, output)?;
    match secrets.generated {
        0 => output.done("secrets are there"),
        count => output.done(format_args!("{count} secrets generated in .howdah/secrets")),
    }
    Ok(secrets)
}
