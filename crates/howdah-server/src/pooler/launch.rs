use std::fs::File;
use std::future::Future;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use howdah_ident::DatabaseName;
use howdah_pool::Login;
use sqlx::Connection;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::config::Config;
use super::home::{self, Home};
use super::install::PgBouncer;
use super::process::Process;
use super::{Pooler, PoolerRequest};
use crate::context::{Call, Context};
use crate::deadline::Pause;
use crate::process::Program;
use crate::ready::Cause;
use crate::{Error, Event, PortOwner, PortWish, log_tail, port};

/// A server that is there takes a connection at once.
const REACH: Duration = Duration::from_secs(5);
const PORTS: usize = 5;
const LOG_LINES: usize = 20;

pub(super) async fn start(
    cx: &mut Context<'_>,
    request: &PoolerRequest,
    home: &Home,
    program: &PgBouncer,
) -> Result<Pooler, Error> {
    let before = Config::port_in(home);
    let wanted = match request.port {
        PortWish::Any => before,
        wish => wish.port(),
    };
    let pooler = |port, pid, started| Pooler {
        port,
        pid,
        started,
        version: program.words.clone(),
    };
    if let Some(running) = Process::find(home) {
        if let Some(port) = before.filter(|port| suits(request.port, *port))
            && Config::new(request, home, port, program.version)?.is_written(home)
        {
            wait(cx, request, port, ended(&running)).await?;
            cx.tell(Event::PoolerRunning { port });
            return Ok(pooler(port, running.pid, false));
        }
        let why = "its settings, its users or its server changed";
        cx.tell(Event::PoolerRestarted { why });
        running.stop(cx.deadline.remaining()).await?;
    } else if home.pid().exists() {
        let why = "it ended without shutting down; it was killed, or the computer stopped";
        cx.tell(Event::PoolerRestarted { why });
    }
    reach_server(cx, request).await?;
    let mut port = port::claim(cx, wanted).await?;
    for _attempt in 0..PORTS {
        cx.tell(Event::PoolerStarting { port });
        Config::new(request, home, port, program.version)?.write(home)?;
        match attempt(cx, request, home, (program, port)).await {
            Ok(pid) => return Ok(pooler(port, pid, true)),
            Err(error) if port::is_free(port) || Process::find(home).is_some() => {
                return Err(error);
            }
            Err(_port_taken) => port = port::replace(cx, port).await?,
        }
    }
    let owner = PortOwner::find(port, &cx.request.environment).await;
    Err(Error::PortTaken { port, owner })
}

/// A pooler would try for long, and then not say what is wrong.
async fn reach_server(call: &Call<'_>, request: &PoolerRequest) -> Result<(), Error> {
    let address = (request.host.as_str(), request.server_port);
    let limit = REACH.min(call.deadline.remaining());
    let source: Cause = match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(_reached)) => return Ok(()),
        Ok(Err(error)) => error.into(),
        Err(elapsed) => elapsed.into(),
    };
    Err(Error::NotReady {
        why: format!(
            "at {}:{} cannot be reached",
            request.host, request.server_port
        ),
        waited: call.deadline.elapsed(),
        log: Vec::new(),
        source: Some(source),
    })
}

/// One start, which is undone if it does not lead to an answer.
async fn attempt(
    call: &Call<'_>,
    request: &PoolerRequest,
    home: &Home,
    (program, port): (&PgBouncer, u16),
) -> Result<u32, Error> {
    let log = open_log(&home::log(call.directory))?;
    // One that was killed leaves its pid file, and the next one would refuse to start.
    match std::fs::remove_file(home.pid()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::file("remove", &home.pid())(error));
        }
        _ => {}
    }
    let mut child = Program::server(&program.path, &call.request.environment)
        .arg(home.settings().display().to_string())
        .account(home.account())
        .detach(&log)?;
    let pid = child.id().unwrap_or_default();
    let ended = async {
        match child.wait().await {
            Ok(status) => format!("ended ({status})"),
            Err(error) => format!("ended ({error})"),
        }
    };
    if let Err(error) = wait(call, request, port, ended).await {
        if let Some(process) = Process::find(home) {
            process.stop(call.deadline.remaining()).await?;
        }
        return Err(error);
    }
    Ok(pid)
}

/// Waits for an answer to a query through it.
async fn wait(
    call: &Call<'_>,
    request: &PoolerRequest,
    port: u16,
    ended: impl Future<Output = String> + Send,
) -> Result<(), Error> {
    let log = home::log(call.directory);
    let failed = |why: String, source: Option<Cause>| {
        let secrets = request.users.values();
        let lines = log_tail::of_file(&log, 0, LOG_LINES);
        Error::NotReady {
            why: format!("behind the pooler {why}"),
            waited: call.deadline.elapsed(),
            log: secrets.fold(lines, |lines, secret| {
                log_tail::without(secret.expose(), lines)
            }),
            source,
        }
    };
    let Some(login) = login(request, port) else {
        return Err(failed("has no user to be asked by".to_owned(), None));
    };
    let mut ended = pin!(ended);
    let mut pause = Pause::new();
    loop {
        let answer = tokio::select! {
            biased;
            how = &mut ended => return Err(failed(how, None)),
            answer = timeout(call.deadline.remaining(), ask(&login)) => answer,
        };
        let source = match answer {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(Asked::Refused(source))) => {
                return Err(failed("refuses the query".to_owned(), Some(source)));
            }
            Ok(Err(Asked::NotYet(source))) => Some(source),
            Err(_elapsed) => None,
        };
        if call.deadline.has_passed() {
            return Err(failed("does not answer".to_owned(), source));
        }
        pause.wait().await;
    }
}

enum Asked {
    NotYet(Cause),
    Refused(Cause),
}

async fn ask(login: &Login) -> Result<(), Asked> {
    let mut connection = howdah_pool::connect(login).await.map_err(|error| {
        // Whoever has a code is there; a server that is starting says so.
        match error.sqlstate().as_deref() {
            None | Some("57P03") => Asked::NotYet(error.into()),
            Some(_) => Asked::Refused(error.into()),
        }
    })?;
    let answer = sqlx::raw_sql("select 1").execute(&mut connection).await;
    let closed = connection.close().await;
    tracing::trace!(?closed, "asked through the pooler");
    answer
        .map(drop)
        .map_err(|error| Asked::Refused(error.into()))
}

fn login(request: &PoolerRequest, port: u16) -> Option<Login> {
    let (user, password) = request.users.first_key_value()?;
    let database = match &request.database {
        Some(database) => database.clone(),
        None => DatabaseName::new("postgres").ok()?,
    };
    Some(Login::local(port, database, user.clone(), password.clone()))
}

fn suits(wish: PortWish, port: u16) -> bool {
    match wish {
        PortWish::Any => true,
        PortWish::Exactly(wanted) => wanted == port,
        PortWish::Preferred(wanted) => wanted == port || !port::is_free(wanted),
    }
}

async fn ended(running: &Process) -> String {
    let mut pause = Pause::new();
    while running.is_alive() {
        pause.wait().await;
    }
    "ended".to_owned()
}

/// Begun anew with each start, so that it does not grow for ever.
fn open_log(path: &Path) -> Result<File, Error> {
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("open", path))
}
