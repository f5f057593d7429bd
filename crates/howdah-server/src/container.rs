//! A server in a container, through the engine's command.
//!
//! The data is in a named volume and not in a directory of the project: a rootless engine maps its users to numbers
//! that the project's owner cannot remove, and on a Mac a mounted directory is slow and knows no owners.

mod found;
mod launch;
mod network;
mod remove;

use std::time::Duration;

use self::found::Found;
use crate::context::{Call, Context};
use crate::engine::Engine;
use crate::ready::{self, Answer};
use crate::record::{Place, Record};
use crate::server::{Facts, Running};
use crate::{Error, Event, PortOwner, Server, Tried, log_tail, port};

/// For questions to the engine that need no work.
const PATIENCE: Duration = Duration::from_secs(20);
/// A download takes as long as the network needs; the deadline is for the server.
const PULL_LIMIT: Duration = Duration::from_mins(15);
const PORTS: usize = 5;
const LOG_LINES: usize = 20;
/// Where the volume is mounted: a place that no image declares as a volume of its own. The official images do that
/// with two different ones, and from version 18 on refuse the older one.
const MOUNT: &str = "/howdah";

/// A container by its name, whether it exists or not.
#[derive(Debug)]
pub(crate) struct Container {
    engine: Engine,
    name: String,
    image: String,
}

/// Makes it run, whatever state it is in. `record.place` is a container.
pub(crate) async fn start(cx: &mut Context<'_>, mut record: Record) -> Result<Server, Error> {
    let container = Container::recorded(&record, cx)?;
    if record.unfinished {
        let why = "its first start did not get to its end";
        cx.tell(Event::Restarted { why });
        container.wipe().await?;
    }
    let found = container.inspect().await?;
    let mut created = false;
    let kept = match found {
        Some(found) => container.keep(cx, &record, found).await?,
        None if record.version.is_some() && !record.unfinished => {
            let why = "its container is gone";
            cx.tell(Event::Restarted { why });
            None
        }
        None => None,
    };
    let (port, started) = if let Some(kept) = kept {
        kept
    } else {
        created = !container.has_volume().await?;
        record.unfinished = created;
        record.upstream = cx.upstream.cloned();
        if created && let Some(upstream) = cx.upstream {
            record.save(cx.directory)?;
            cx.tell(Event::CopyingPrimary {
                directory: &upstream.directory,
            });
            container.copy_primary(cx, upstream).await?;
        } else if created && cx.files.hba().is_some() {
            container.begin_without_hba(cx, &mut record).await?;
        }
        (container.run(cx, &mut record).await?, true)
    };
    let answer = container.wait(cx, port).await?;
    container.check_version(cx, &answer)?;
    if !started {
        cx.tell(Event::AlreadyRunning { port });
    }
    record.remember(cx.directory, cx.request, port, answer.version)?;
    let facts = Facts {
        version: answer.version,
        port,
        started,
        created,
        tls: cx.files.has_tls(),
    };
    Ok(Server::new(Running::Container(container), facts))
}

/// Fetches an image.
pub(crate) async fn pull(cx: &mut Context<'_>, engine: &Engine, image: &str) -> Result<(), Tried> {
    let name = engine.pull_name(image);
    cx.tell(Event::PullingImage {
        image,
        line: "asking the registry",
    });
    let call = cx.call;
    let on_event = &mut *cx.on_event;
    let mut on_line = |line: &str| on_event(Event::PullingImage { image, line });
    engine
        .program(["pull", &name])
        .stream(PULL_LIMIT, &mut on_line)
        .await
        .map_err(|error| {
            let pull = format!("`{} pull {name}` where there is a network", engine.name());
            let mend = match (&call.request.image, call.request.version) {
                (Some(_), _) => pull,
                (None, None) => format!("{pull}, or build one: `cargo xtask images build`"),
                (None, Some(major)) => {
                    format!("{pull}, or build one: `cargo xtask images build --pg {major}`")
                }
            };
            Tried::new(format!("the image {image}"), error.to_string(), mend)
        })
}

impl Container {
    pub(crate) fn new(engine: Engine, name: &str, image: &str) -> Self {
        Self {
            engine,
            name: name.to_owned(),
            image: image.to_owned(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn engine_name(&self) -> &str {
        self.engine.name()
    }

    pub(crate) async fn log_tail(&self, lines: usize) -> Vec<String> {
        let program = self
            .engine
            .program(["logs", "--tail", &lines.to_string(), &self.name]);
        match program.output(PATIENCE).await {
            Ok(output) => log_tail::of_text(&format!("{}{}", output.stdout, output.stderr), lines),
            Err(error) => {
                tracing::debug!("no log of {}: {error}", self.name);
                Vec::new()
            }
        }
    }

    /// Hands on its last lines and, with `follow`, each further one until it stops.
    pub(crate) async fn logs(
        &self,
        lines: usize,
        follow: bool,
        on_line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Error> {
        let mut program = self.engine.program(["logs", "--tail", &lines.to_string()]);
        if follow {
            program = program.arg("--follow");
        }
        let limit = if follow { Duration::MAX } else { PATIENCE };
        program.arg(&self.name).stream(limit, on_line).await
    }

    pub(crate) async fn is_running(&self) -> Result<bool, Error> {
        Ok(self
            .inspect()
            .await?
            .is_some_and(|found| found.status == "running"))
    }

    pub(crate) async fn exists(&self) -> Result<bool, Error> {
        Ok(self.inspect().await?.is_some() || self.has_volume().await?)
    }

    /// Stops it, if it runs.
    pub(crate) async fn stop(&self, limit: Duration) -> Result<bool, Error> {
        if !self
            .inspect()
            .await?
            .is_some_and(|found| found.has_process())
        {
            return Ok(false);
        }
        let seconds = limit.as_secs().to_string();
        self.engine
            .program(["stop", "--time", &seconds, &self.name])
            .succeed(limit + PATIENCE)
            .await?;
        Ok(true)
    }

    /// A name says nothing sure about what is in an image.
    fn check_version(&self, call: &Call<'_>, answer: &Answer) -> Result<(), Error> {
        let found = answer.version.major;
        let Some(wanted) = call.request.version.filter(|wanted| *wanted != found) else {
            return Ok(());
        };
        Err(Error::Record {
            path: Record::path(call.directory),
            problem: format!(
                "describes a container of {}, which is PostgreSQL {found}, and version {wanted} is asked for",
                self.image
            ),
            mend: "ask for an image of that version, or for none".to_owned(),
            source: None,
        })
    }

    fn recorded(record: &Record, call: &Call<'_>) -> Result<Self, Error> {
        let Place::Container {
            engine,
            address,
            name,
            image,
        } = &record.place
        else {
            return Err(Error::Record {
                path: Record::path(call.directory),
                problem: "does not describe a container".to_owned(),
                mend: crate::error::START_OVER.to_owned(),
                source: None,
            });
        };
        let engine = Engine::recorded(engine, address.as_deref(), &call.request.environment)?;
        Ok(Self::new(engine, name, image))
    }

    /// An existing container stays if it is what is wanted; otherwise it is removed, and `None` says to make another
    /// one on the same data. The flag says whether it was started here.
    async fn keep(
        &self,
        cx: &mut Context<'_>,
        record: &Record,
        found: Found,
    ) -> Result<Option<(u16, bool)>, Error> {
        // One that was only created may lack the files it was to be given.
        let complete = found.status != "created";
        let fitting = found.port.filter(|port| {
            complete
                && found.config == self.config(cx, *port)
                && port::suits(cx.request.port, record, *port)
        });
        let Some(port) = fitting else {
            if found.has_process() {
                let why = "its port, image, files or settings changed";
                cx.tell(Event::Restarted { why });
                self.stop(cx.deadline.remaining()).await?;
            }
            self.remove().await?;
            return Ok(None);
        };
        if found.status == "running" {
            return Ok(Some((port, false)));
        }
        if found.has_ended() && found.exit_code != 0 {
            let why = format!("its container ended with {}", found.exit_code);
            cx.tell(Event::Restarted { why: &why });
        }
        let verb = if found.status == "paused" {
            "unpause"
        } else {
            "start"
        };
        cx.tell(Event::Starting { port });
        match self.command([verb, &self.name]).await {
            Ok(()) => Ok(Some((port, true))),
            // Most likely the port; a new container gets another one, or says what is wrong.
            Err(error) => {
                tracing::debug!("{error}");
                self.remove().await?;
                Ok(None)
            }
        }
    }

    /// During the first start, entry points log in through the container's own socket. A `pg_hba.conf` of the caller's
    /// may not allow that, and so comes after it.
    async fn begin_without_hba(
        &self,
        cx: &mut Context<'_>,
        record: &mut Record,
    ) -> Result<(), Error> {
        let files = cx.files.without_hba();
        let call = Call {
            files: &files,
            ..cx.call
        };
        let mut first = Context {
            call,
            on_event: &mut *cx.on_event,
        };
        let port = self.run(&mut first, record).await?;
        self.wait(&first, port).await?;
        self.stop(first.deadline.remaining()).await?;
        self.remove().await
    }

    /// Makes the container; on another port if the chosen one is taken meanwhile.
    async fn run(&self, cx: &mut Context<'_>, record: &mut Record) -> Result<u16, Error> {
        let wanted = port::wanted(cx.request.port, record);
        let mut port = port::claim(cx, wanted).await?;
        for _attempt in 0..PORTS {
            record.port = Some(port);
            record.wished_port = cx.request.port.port();
            record.save(cx.directory)?;
            cx.tell(Event::Starting { port });
            let failure = match self.create(cx, port).await {
                Ok(()) => return Ok(port),
                Err(failure) => failure,
            };
            // The engine leaves a container that was created and could not be started.
            self.remove().await?;
            if port::is_free(port) && !is_about_port(&failure) {
                return Err(failure);
            }
            port = port::replace(cx, port).await?;
        }
        let owner = PortOwner::find(port, &cx.request.environment).await;
        Err(Error::PortTaken { port, owner })
    }

    async fn wait(&self, call: &Call<'_>, port: u16) -> Result<Answer, Error> {
        let ended = async {
            let output = self
                .engine
                .program(["wait", &self.name])
                .output(call.deadline.remaining())
                .await;
            match output {
                Ok(output) if output.status.success() => {
                    format!("ended ({})", output.stdout.trim())
                }
                // The engine not answering is not the server's end.
                _ => std::future::pending().await,
            }
        };
        match ready::wait(port, call, ended, || true).await {
            Ok(answer) => Ok(answer),
            Err(unready) => {
                let log = log_tail::without(call.password.expose(), self.log_tail(LOG_LINES).await);
                Err(unready.into_error(&call.deadline, Self::in_words(call, log)))
            }
        }
    }

    async fn command<const N: usize>(&self, args: [&str; N]) -> Result<(), Error> {
        self.engine.program(args).succeed(PATIENCE).await.map(drop)
    }

    fn volume(&self) -> String {
        format!("{}-data", self.name)
    }
}

fn is_about_port(failure: &Error) -> bool {
    let text = failure.to_string();
    text.contains("port is already allocated") || text.contains("address already in use")
}
