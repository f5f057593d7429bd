use std::time::Instant;

use howdah_config::{Environment, Loaded};
use howdah_ident::RoleName;
use howdah_pool::Login;
use howdah_roles::{Depth, Layout};
use howdah_secrets::Secret;
use howdah_server::Server;

use super::args::UpArgs;
use super::env_file::{self, hidden};
use super::migrate::{self, Outcome};
use super::project::Project;
use super::report::{Migrations, RoleChanges, UpReport};
use super::secrets::{Missing, Secrets};
use super::verified::Mark;
use super::{roles, server};
use crate::settings::Sources;
use crate::{Error, Exit, Output, settings};

/// `db-up`.
pub(crate) async fn up(
    project: &Project,
    args: &UpArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let report = bring_up(project, args, output).await?;
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
    let server = server::start(args, &loaded, &secrets.superuser, &lock, output).await?;
    let logins = Logins::new(&server, &loaded, &secrets)?;
    let mark = Mark::of(project);

    let changes = lay_out_roles(&logins, &layout, &secrets, &mark, output).await?;
    let (outcome, later_changes) = run_migrations(&logins, &loaded, &layout, &mark, output).await?;
    verify(&logins, &layout, &mark, outcome.total, output).await?;
    let urls = [
        ("DATABASE_URL", &logins.app),
        ("DATABASE_READ_ONLY_URL", &logins.read_only),
        ("DATABASE_MIGRATION_URL", &logins.migrator),
    ];
    env_file::write(&project.env_file(), &urls)?;
    Ok(UpReport {
        backend: server.backend().to_string(),
        version: server.version().to_string(),
        host: server.host().to_owned(),
        port: server.port(),
        database: layout.database().as_str().to_owned(),
        schema: layout.schema().as_str().to_owned(),
        migrations: Migrations {
            applied: outcome.applied,
            pending: outcome.pending,
            total: outcome.total,
        },
        roles: RoleChanges {
            changes: changes + later_changes,
        },
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        env_file: project.env_file(),
        urls: urls
            .map(|(variable, login)| (variable, hidden(login)))
            .to_vec(),
    })
}

/// The connections of a run.
pub(crate) struct Logins {
    /// The superuser, in the database that administrators connect to.
    pub(crate) cluster: Login,
    /// The superuser, in the project's database.
    pub(crate) admin: Login,
    pub(crate) migrator: Login,
    pub(crate) app: Login,
    pub(crate) read_only: Login,
}

impl Logins {
    pub(crate) fn new(running: &Server, loaded: &Loaded, secrets: &Secrets) -> Result<Self, Error> {
        let database = &loaded.database;
        let login = |user: &RoleName, password: &Secret| {
            let mut login = running.login(database.name.clone(), user.clone(), password.clone());
            login.session = database.session.clone();
            login
        };
        let admin = login(&server::superuser()?, &secrets.superuser);
        Ok(Self {
            cluster: admin.clone().with_database(server::maintenance_database()?),
            migrator: login(&database.roles.migrator, &secrets.migrator),
            app: login(&database.roles.app, &secrets.app),
            read_only: login(&database.roles.read_only, &secrets.read_only),
            admin,
        })
    }
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

async fn lay_out_roles(
    logins: &Logins,
    layout: &Layout,
    secrets: &Secrets,
    mark: &Mark,
    output: &mut Output,
) -> Result<usize, Error> {
    output.begin("laying out the roles");
    let passwords = secrets.passwords();
    let changes = roles::apply(&logins.cluster, &logins.admin, layout, &passwords, mark).await?;
    output.done(format_args!("roles and privileges: {changes} change(s)"));
    Ok(changes)
}

/// Migrations, and the privileges on what they made.
async fn run_migrations(
    logins: &Logins,
    loaded: &Loaded,
    layout: &Layout,
    mark: &Mark,
    output: &mut Output,
) -> Result<(Outcome, usize), Error> {
    output.begin("migrating");
    let outcome = migrate::up(&logins.migrator, loaded, layout, mark, output).await?;
    output.done(format_args!(
        "migrations: {} applied, {} in all",
        outcome.applied, outcome.total
    ));
    if outcome.applied == 0 {
        return Ok((outcome, 0));
    }
    let changes = roles::apply_in_database(&logins.admin, layout, mark).await?;
    Ok((outcome, changes))
}

async fn verify(
    logins: &Logins,
    layout: &Layout,
    mark: &Mark,
    migrations: usize,
    output: &mut Output,
) -> Result<(), Error> {
    let subject = format!("{layout:?}, {migrations} migrations");
    let (depth, how) = if mark.is_set(&subject) {
        (Depth::Rights, "asked")
    } else {
        (Depth::Attempts, "tried")
    };
    output.begin("verifying the roles");
    roles::verify(&logins.app, &logins.read_only, layout, depth).await?;
    if depth == Depth::Attempts {
        mark.set(&subject)?;
    }
    output.done(format_args!(
        "{} and {} can do what they should and nothing else ({how})",
        layout.app().as_str(),
        layout.read_only().as_str()
    ));
    Ok(())
}
