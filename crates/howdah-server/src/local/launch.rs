use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tokio::process::Child;

use crate::cluster::Cluster;
use crate::context::{Call, Context};
use crate::deadline::Pause;
use crate::postmaster::Postmaster;
use crate::process::Program;
use crate::ready::{self, Answer, Unready};
use crate::record::Record;
use crate::{Error, Event, PortOwner, log_tail, port};

/// The longest an old log may get before it is put aside.
const LOG_LIMIT: u64 = 16 * 1024 * 1024;
/// How often a port may be taken by somebody else between its choice and the server's start.
const PORTS: usize = 5;
/// How much of the log an error shows.
const LOG_LINES: usize = 20;

/// How the server of one cluster is started and waited for.
pub(super) struct Launch<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) binaries: &'a Path,
    pub(super) log: PathBuf,
}

impl Launch<'_> {
    /// Starts it; on another port if the chosen one is taken meanwhile.
    pub(super) async fn launch(
        &mut self,
        cx: &mut Context<'_>,
        record: &mut Record,
    ) -> Result<(u16, Answer), Error> {
        if let Some(pid) = Postmaster::lost(self.cluster.data()) {
            let why = format!(
                "process {pid} ended without shutting down; it was killed, or the computer stopped"
            );
            cx.tell(Event::Restarted { why: &why });
        }
        self.install_files(cx)?;
        let wanted = port::wanted(cx.request.port, record);
        let mut port = port::claim(cx, wanted).await?;
        for _attempt in 0..PORTS {
            record.port = Some(port);
            record.wished_port = cx.request.port.port();
            record.settings.clone_from(&cx.request.settings);
            record.throwaway = cx.request.throwaway;
            record.files = cx.files.fingerprint();
            record.upstream = cx.upstream.cloned();
            record.save(cx.directory)?;
            cx.tell(Event::Starting { port });
            match self.attempt(cx, port).await? {
                Ok(answer) => return Ok((port, answer)),
                Err((Unready::Ended(_), _)) if !port::is_free(port) => {
                    port = port::replace(cx, port).await?;
                }
                Err((unready, log)) => return Err(unready.into_error(&cx.deadline, log)),
            }
        }
        let owner = PortOwner::find(port, &cx.request.environment).await;
        Err(Error::PortTaken { port, owner })
    }

    /// One start. After a kill, children of the dead server may use its memory for a moment longer: the new one
    /// refuses to start until they are gone.
    async fn attempt(
        &self,
        call: &Call<'_>,
        port: u16,
    ) -> Result<Result<Answer, (Unready, Vec<String>)>, Error> {
        let mut pause = Pause::new();
        loop {
            let file = open_log(&self.log)?;
            let from = file.metadata().map_or(0, |found| found.len());
            let mut child = self.spawn(call, port, &file)?;
            let ended = async {
                match child.wait().await {
                    Ok(status) => format!("ended ({status})"),
                    Err(error) => format!("ended ({error})"),
                }
            };
            let listens = || self.listens();
            let unready = match ready::wait(port, call, ended, listens).await {
                Ok(answer) => return self.check_identity(&answer, port).map(|()| Ok(answer)),
                Err(unready) => unready,
            };
            let log = log_tail::of_file(&self.log, from, LOG_LINES);
            let not_yet_gone = log.iter().any(|line| {
                line.contains("shared memory block")
                    || line.contains("lock file \"postmaster.pid\" already exists")
            });
            let again =
                not_yet_gone && matches!(unready, Unready::Ended(_)) && !call.deadline.has_passed();
            if !again {
                return Ok(Err((unready, self.readable(call, log))));
            }
            pause.wait().await;
            Postmaster::lost(self.cluster.data());
        }
    }

    /// Waits for a server that was there already: it may have been started a moment ago, by a call that was
    /// interrupted.
    pub(super) async fn adopt(
        &self,
        cx: &mut Context<'_>,
        running: &Postmaster,
        port: u16,
    ) -> Result<Answer, Error> {
        let ended = async {
            let mut pause = Pause::new();
            while running.is_alive() {
                pause.wait().await;
            }
            "ended".to_owned()
        };
        let listens = || self.listens();
        match ready::wait(port, cx, ended, listens).await {
            Ok(answer) => {
                self.check_identity(&answer, port)?;
                cx.tell(Event::AlreadyRunning { port });
                Ok(answer)
            }
            Err(unready) => {
                let log = log_tail::of_file(&self.log, 0, LOG_LINES);
                Err(unready.into_error(&cx.deadline, self.readable(cx, log)))
            }
        }
    }

    fn listens(&self) -> bool {
        Postmaster::find(self.cluster.data()).is_some_and(|postmaster| postmaster.listens)
    }

    fn spawn(&self, call: &Call<'_>, port: u16, log: &File) -> Result<Child, Error> {
        let mut program =
            Program::server(self.binaries.join("postgres"), &call.request.environment)
                .arg("-D")
                .arg(self.cluster.data().display().to_string());
        // What keeps the server closed to others stands on the command line, where no file and no `alter system`
        // overrules it. There is no socket file: its path could be too long, or its place somebody else's.
        for (name, value) in [
            ("listen_addresses", "127.0.0.1"),
            ("port", port.to_string().as_str()),
            ("unix_socket_directories", ""),
            ("password_encryption", "scram-sha-256"),
            ("log_destination", "stderr"),
            ("logging_collector", "off"),
            ("lc_messages", "C"),
        ] {
            program = program.arg("-c").arg(format!("{name}={value}"));
        }
        let files = call.files.settings(&self.place(), self.cluster.data());
        for (name, value) in &files {
            program = program.arg("-c").arg(format!("{name}={value}"));
        }
        let upstream = call.upstream.iter();
        for (name, value) in upstream.flat_map(|it| it.settings(&self.place(), call.request)) {
            program = program.arg("-c").arg(format!("{name}={value}"));
        }
        for (name, value) in &call.request.settings {
            program = program.arg("-c").arg(format!("{name}={value}"));
        }
        program.account(self.cluster.account()).detach(log)
    }

    /// Inside the data directory, which nobody but the server may enter. What an earlier start put there goes.
    fn install_files(&self, call: &Call<'_>) -> Result<(), Error> {
        let place = self.place();
        match fs::remove_dir_all(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::file("remove", &place)(error));
            }
            _ => {}
        }
        if call.files.is_empty() {
            return Ok(());
        }
        let made = fs::DirBuilder::new().mode(0o700).create(&place);
        made.map_err(Error::file("create", &place))?;
        self.give(&place)?;
        for (name, content) in call.files.contents(self.cluster.data()) {
            let path = place.join(name);
            let mut options = File::options();
            options.write(true).create_new(true).mode(0o600);
            options
                .open(&path)
                .and_then(|mut file| file.write_all(content.expose().as_bytes()))
                .map_err(Error::file("write", &path))?;
            self.give(&path)?;
        }
        Ok(())
    }

    fn place(&self) -> PathBuf {
        self.cluster.data().join("howdah")
    }

    fn give(&self, path: &Path) -> Result<(), Error> {
        self.cluster
            .account()
            .map_or(Ok(()), |account| account.own(path))
    }

    /// The server's words without the password, and with the caller's files named as the caller named them.
    fn readable(&self, call: &Call<'_>, log: Vec<String>) -> Vec<String> {
        let log = log_tail::without(call.password.expose(), log);
        call.files.in_words(&self.place(), log)
    }

    /// A login that succeeds proves the password, not the server: another one may hold the port.
    fn check_identity(&self, answer: &Answer, port: u16) -> Result<(), Error> {
        let told = Path::new(&answer.data_directory);
        if told == self.cluster.data()
            || fs::canonicalize(told).is_ok_and(|path| path == self.cluster.data())
        {
            return Ok(());
        }
        Err(Error::Record {
            path: self.cluster.data().to_owned(),
            problem: format!(
                "is not what the server on port {port} serves: that is {}",
                told.display()
            ),
            mend: "stop that server, or ask for another port".to_owned(),
            source: None,
        })
    }

    /// Makes a new data directory survive a power failure, while everybody already works with it.
    pub(super) fn write_through(&self, call: &Call<'_>) {
        let spawned = open_log(&self.log).and_then(|log| {
            Program::server(self.binaries.join("initdb"), &call.request.environment)
                .arg("--sync-only")
                .arg(format!("--pgdata={}", self.cluster.data().display()))
                .account(self.cluster.account())
                .detach(&log)
        });
        if let Err(error) = spawned {
            tracing::debug!("the new data is written to the disk when the system likes: {error}");
        }
    }
}

/// Opened by this process: the server's account needs no right to it.
fn open_log(path: &Path) -> Result<File, Error> {
    if fs::metadata(path).is_ok_and(|found| found.len() > LOG_LIMIT) {
        let old = path.with_extension("log.1");
        fs::rename(path, &old).map_err(Error::file("rename", path))?;
    }
    File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("open", path))
}
