use std::time::Duration;

use howdah_config::Loaded;
use howdah_ident::{DatabaseName, RoleName};
use howdah_secrets::Secret;
use howdah_server::{Choice, DirectoryLock, Event, PortWish, Request, Server, ServerTls};

use super::args::{Backend, UpArgs};
use super::certificates::{self, ServerCertificate};
use super::project::Project;
use super::wishes::Wishes;
use crate::{Error, Output, process_environment};

/// How long to wait for another run on the same project.
pub(crate) const LOCK_DEADLINE: Duration = Duration::from_mins(2);

/// Keeps every other run on the same project out until it is dropped.
pub(crate) async fn lock(project: &Project) -> Result<DirectoryLock, Error> {
    howdah_server::lock(&project.state(), LOCK_DEADLINE)
        .await
        .map_err(Error::step("locking the project"))
}

/// The superuser of every server that is made here.
pub(crate) fn superuser() -> Result<RoleName, Error> {
    RoleName::new("postgres").map_err(|error| Error::Usage(error.to_string()))
}

/// The database that administrators connect to, which every server has.
pub(crate) fn maintenance_database() -> Result<DatabaseName, Error> {
    DatabaseName::new("postgres").map_err(|error| Error::Usage(error.to_string()))
}

/// The server's own superuser and database are not the project's to lay out, or to drop.
pub(crate) fn check_names(loaded: &Loaded) -> Result<(), Error> {
    let roles = &loaded.database.roles;
    let taken = [
        ("database.name", loaded.database.name.as_str()),
        ("database.roles.owner", roles.owner.as_str()),
        ("database.roles.migrator", roles.migrator.as_str()),
        ("database.roles.app", roles.app.as_str()),
        ("database.roles.read_only", roles.read_only.as_str()),
    ]
    .into_iter()
    .find(|(_, name)| *name == "postgres");
    taken.map_or(Ok(()), |(key, name)| {
        Err(Error::Usage(format!(
            "{key} = {name} ({}) is the server's own; choose another name",
            loaded.origin(key)
        )))
    })
}

/// Gets a server that answers.
pub(crate) async fn start(
    request: &Request,
    superuser: &Secret,
    lock: &DirectoryLock,
    output: &mut Output,
) -> Result<Server, Error> {
    output.begin("getting a server");
    let mut show = |event: Event<'_>| show(&event, output);
    let server = howdah_server::start(lock, request, superuser, &mut show)
        .await
        .map_err(Error::step("getting a server"))?;
    let how = if server.started() {
        "started"
    } else {
        "was running"
    };
    output.done(format_args!(
        "PostgreSQL {} ({}) {how} on {}:{}",
        server.version(),
        server.backend(),
        server.host(),
        server.port()
    ));
    Ok(server)
}

/// What has to be known stays, the rest is a step.
pub(crate) fn show(event: &Event<'_>, output: &mut Output) {
    match event {
        Event::PortTaken { .. }
        | Event::Restarted { .. }
        | Event::Tried { .. }
        | Event::DataElsewhere { .. } => output.note(event),
        event => output.step(event),
    }
}

/// The certificate, if TLS is wished for.
pub(crate) fn certificate(
    project: &Project,
    wishes: &Wishes,
    output: &mut Output,
) -> Result<Option<ServerCertificate>, Error> {
    let ensure = || certificates::ensure(project, output);
    wishes.tls.then(ensure).transpose()
}

/// What the server library is asked for.
pub(crate) fn request(
    args: &UpArgs,
    loaded: &Loaded,
    wishes: &Wishes,
    certificate: Option<&ServerCertificate>,
) -> Request {
    let mut request = Request::new(process_environment());
    request.choice = match args.backend {
        Backend::Auto => Choice::Auto,
        Backend::Container => Choice::Container,
        Backend::Local => Choice::Local,
    };
    request.version = args.pg;
    request.image.clone_from(&args.image);
    request.port = match args.port {
        Some(port) => PortWish::Exactly(port),
        None if loaded.is_default("database.port") => PortWish::Any,
        None => {
            let first = loaded.database.hosts.first();
            first.map_or(PortWish::Any, |host| PortWish::Preferred(host.port))
        }
    };
    request.install = !args.no_install;
    request.deadline = args.timeout;
    request.settings.clone_from(&wishes.settings);
    request.config_file.clone_from(&wishes.config_file);
    request.hba_file.clone_from(&wishes.hba_file);
    request.tls = certificate.map(|found| ServerTls::new(&found.certificate, &found.key));
    request
}
