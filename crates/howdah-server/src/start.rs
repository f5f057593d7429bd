use std::path::Path;

use howdah_secrets::Secret;

use crate::binaries::Binaries;
use crate::cluster::Cluster;
use crate::container::Container;
use crate::context::{Call, Context};
use crate::deadline::Deadline;
use crate::decide::{Way, decide};
use crate::files::Files;
use crate::name::project_name;
use crate::probe::probe;
use crate::record::{Place, Record};
use crate::{
    Backend, Choice, DirectoryLock, Error, Event, Request, Server, Tried, container, hba, install,
    local, replica, seed,
};

/// Makes a server run, whatever state it is in: nothing there yet, running, stopped, killed, or interrupted while it
/// was created. The first start decides what kind of server it is; the later ones start that one again.
///
/// The superuser is the role `postgres`; its password is set when the data is created.
///
/// # Errors
/// - [`Error::NotFound`]: nothing on this computer can run a server; what was tried, and what mends it.
/// - [`Error::Record`]: the request contradicts what is there.
/// - [`Error::PortTaken`], [`Error::Password`], [`Error::NotReady`], [`Error::Command`], [`Error::File`],
///   [`Error::Busy`].
pub async fn start(
    lock: &DirectoryLock,
    request: &Request,
    superuser_password: &Secret,
    on_event: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<Server, Error> {
    let mut files = Files::read(request)?;
    let mut call = Call {
        directory: lock.directory(),
        request,
        password: superuser_password,
        files: &Files::default(),
        upstream: None,
        deadline: Deadline::new(request.deadline),
    };
    let record = recorded(&call)?;
    let upstream = replica::settle(&call, record.as_ref()).await?;
    if upstream.is_some() {
        files.add_passfile(call.directory)?;
    }
    call.files = &files;
    call.upstream = upstream.as_ref();
    let mut cx = Context { call, on_event };
    let server = match (record, &upstream) {
        (Some(record), _) => again(&mut cx, record).await?,
        (None, Some(upstream)) => {
            let place = replica::place(upstream, &cx)?;
            begin(&mut cx, place).await?
        }
        (None, None) => first(&mut cx).await?,
    };
    if server.created() && upstream.is_some() {
        replica::streams(&cx, server.port()).await?;
    }
    if server.started()
        && let Some(hba) = files.hba()
        && let Err(error) = hba::check(&cx, server.port(), hba).await
    {
        server.stop(&cx).await?;
        return Err(error);
    }
    if server.started() {
        let elapsed = cx.deadline.elapsed();
        cx.tell(Event::Ready { elapsed });
    }
    Ok(server)
}

/// What to do when data and server differ in their major version.
///
/// One line for a shell, whose parts are not done when one before them failed: the data must not be removed without a
/// complete dump.
pub(crate) fn other_version(directory: &Path, record: &Record, found: u16, wanted: u16) -> String {
    let secret = directory.join("secrets").join("postgres_superuser_pw");
    let password = format!("PGPASSWORD=\"$(cat '{}')\"", secret.display());
    // The dump must be made by the old version or a newer one: in a container, its own is at hand.
    let dump = match &record.place {
        Place::Container { engine, name, .. } => format!(
            "{password} {engine} exec --env PGPASSWORD {name} pg_dumpall --username=postgres >all.sql"
        ),
        Place::Local { .. } => {
            let port = record
                .port
                .map_or_else(|| "PORT".to_owned(), |port| port.to_string());
            format!(
                "{password} pg_dumpall --host=127.0.0.1 --port={port} --username=postgres --file=all.sql"
            )
        }
    };
    format!(
        "ask for version {found}; or move the data: `cargo xtask db-up --pg {found} && {dump} && \
         cargo xtask db-down --volumes && cargo xtask db-up --pg {wanted} --no-seed && \
         cargo xtask db-psql --role superuser -- --file=all.sql` (roles that are there already are said, and no harm)"
    )
}

/// The record, if it describes something and fits the request.
fn recorded(call: &Call<'_>) -> Result<Option<Record>, Error> {
    let Some(record) = Record::load(call.directory)? else {
        return Ok(None);
    };
    let Some((problem, mend)) = contradiction(call.directory, call.request, &record) else {
        return Ok(Some(record));
    };
    // A local record without data is the trace of a first start that was interrupted: nothing is lost with it.
    if record.backend() == Backend::Local && !Cluster::locate(call.directory)?.exists() {
        return Ok(None);
    }
    Err(Error::Record {
        path: Record::path(call.directory),
        problem,
        mend,
        source: None,
    })
}

/// In what the request differs from the record, and what to do.
fn contradiction(directory: &Path, request: &Request, record: &Record) -> Option<(String, String)> {
    let backend = record.backend();
    let start_over = crate::error::START_OVER;
    match (request.choice, backend) {
        (Choice::Container, Backend::Local) | (Choice::Local, Backend::Container) => {
            let problem = format!("describes a {backend} server, and the other kind is asked for");
            return Some((
                problem,
                format!("ask for the {backend} backend, or {start_over}"),
            ));
        }
        _ => {}
    }
    if let (Some(wanted), Some(found)) = (request.version, record.major())
        && wanted != found
    {
        let problem =
            format!("describes a server of version {found}, and version {wanted} is asked for");
        return Some((problem, other_version(directory, record, found, wanted)));
    }
    match (&request.image, &record.place) {
        (Some(wanted), Place::Container { image, .. }) if wanted != image => {
            let problem = format!("describes a container of {image}, and {wanted} is asked for");
            Some((problem, format!("ask for {image}, or {start_over}")))
        }
        _ => None,
    }
}

/// A server that was decided on before: nobody else is asked.
async fn again(cx: &mut Context<'_>, mut record: Record) -> Result<Server, Error> {
    match &mut record.place {
        Place::Container { .. } => container::start(cx, record).await,
        Place::Local { major, binaries } => {
            if !binaries.join("postgres").exists() {
                *binaries = replacement(cx, *major).await?;
            }
            local::start(cx, record).await
        }
    }
}

/// The binaries have moved, or were removed.
async fn replacement(call: &Call<'_>, major: u16) -> Result<std::path::PathBuf, Error> {
    let found = Binaries::find(&call.request.environment).await;
    let fitting = found.into_iter().find(|binaries| binaries.major == major);
    fitting
        .map(|binaries| binaries.directory)
        .ok_or_else(|| Error::NotFound {
            wanted: "server binaries for the recorded data",
            tried: vec![Tried::new(
                format!("PostgreSQL {major}"),
                "it was here when the data was created, and is gone",
                format!(
                    "`sudo apt-get install postgresql-{major}`, or {}",
                    crate::error::START_OVER
                ),
            )],
        })
}

/// A server where none was: the first way that leads to one.
async fn first(cx: &mut Context<'_>) -> Result<Server, Error> {
    let implied = implied(cx)?;
    let request = implied.as_ref().unwrap_or(cx.request);
    let decision = decide(request, probe(request).await);
    let mut tried = decision.closed;
    for Tried { what, why, .. } in &tried {
        cx.tell(Event::Tried { what, why });
    }
    for way in decision.ways {
        match prepare(cx, way).await {
            Ok(place) => {
                // What a download took is not the server's.
                cx.call.deadline = Deadline::new(cx.request.deadline);
                return begin(cx, place).await;
            }
            Err(closed) => {
                let Tried { what, why, .. } = &closed;
                cx.tell(Event::Tried { what, why });
                tried.push(closed);
            }
        }
    }
    tried.extend(decision.no_install);
    Err(Error::NotFound {
        wanted: "way to run PostgreSQL",
        tried,
    })
}

/// The request with what data that is there says of the server: data without a record (somebody removed it) decides as
/// the record would have, and so does a seed.
fn implied(call: &Call<'_>) -> Result<Option<Request>, Error> {
    let cluster = Cluster::locate(call.directory)?;
    let major = match (cluster.major(), &call.request.seed) {
        (None, None) => return Ok(None),
        (Some(major), _) => major,
        (None, Some(seed)) => seed::check(call.request, seed, call.request.version)?,
    };
    let mut request = call.request.clone();
    request.version = request.version.or(Some(major));
    if request.choice == Choice::Auto {
        request.choice = Choice::Local;
    }
    Ok(Some(request))
}

/// Everything that may fail without having made anything of the server.
async fn prepare(cx: &mut Context<'_>, way: Way) -> Result<Place, Tried> {
    match way {
        Way::Local(binaries) => Ok(place(binaries)),
        Way::Install => match install::install(cx).await {
            Ok(binaries) => Ok(place(binaries)),
            Err(error) => Err(install::failed(cx.request, &error)),
        },
        Way::Container {
            engine,
            image,
            pull,
        } => {
            let name = format!("howdah-{}", project_name(cx.directory));
            let asked = cx.request.image.is_some() || cx.request.version.is_some();
            let left = Container::new(engine.clone(), &name, &image);
            let (image, pull) = match left.existing_image().await {
                Some(existing) if !asked => (existing, false),
                _ => (image, pull),
            };
            if pull {
                container::pull(cx, &engine, &image).await?;
            }
            Ok(Place::Container {
                engine: engine.name().to_owned(),
                address: engine.address().map(ToOwned::to_owned),
                name,
                image,
            })
        }
    }
}

fn place(binaries: Binaries) -> Place {
    Place::Local {
        major: binaries.major,
        binaries: binaries.directory,
    }
}

async fn begin(cx: &mut Context<'_>, place: Place) -> Result<Server, Error> {
    let mut record = Record::new(place);
    record.settings.clone_from(&cx.request.settings);
    record.throwaway = cx.request.throwaway;
    record.upstream = cx.upstream.cloned();
    if let Some((problem, mend)) = contradiction(cx.directory, cx.request, &record) {
        return Err(Error::Record {
            path: Record::path(cx.directory),
            problem,
            mend,
            source: None,
        });
    }
    let backend = record.backend();
    match &record.place {
        Place::Local { binaries, .. } => {
            let source = binaries.display().to_string();
            cx.tell(Event::Backend {
                backend,
                source: &source,
            });
            local::start(cx, record).await
        }
        Place::Container { image, .. } => {
            let source = image.clone();
            cx.tell(Event::Backend {
                backend,
                source: &source,
            });
            container::start(cx, record).await
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn local(major: u16) -> Record {
        Record::new(Place::Local {
            major,
            binaries: "/bin".into(),
        })
    }

    #[test]
    fn a_request_that_fits_the_record_is_no_contradiction() {
        let mut request = Request::new(BTreeMap::new());
        assert_eq!(
            contradiction(Path::new("/p/.howdah"), &request, &local(15)),
            None
        );
        request.choice = Choice::Local;
        request.version = Some(15);
        assert_eq!(
            contradiction(Path::new("/p/.howdah"), &request, &local(15)),
            None
        );
    }

    #[test]
    fn another_backend_or_version_is_refused_with_what_to_do() {
        let mut request = Request::new(BTreeMap::new());
        request.version = Some(17);
        let (problem, mend) = contradiction(Path::new("/p/.howdah"), &request, &local(15)).unwrap();
        assert_eq!(
            problem,
            "describes a server of version 15, and version 17 is asked for"
        );
        assert!(
            mend.contains("--file=all.sql && cargo xtask db-down --volumes"),
            "{mend}"
        );
        request.choice = Choice::Container;
        let (problem, mend) = contradiction(Path::new("/p/.howdah"), &request, &local(17)).unwrap();
        assert!(problem.contains("describes a local server"), "{problem}");
        assert!(mend.contains("db-down --volumes"), "{mend}");
    }
}
