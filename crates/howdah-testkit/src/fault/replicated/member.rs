use std::net::TcpStream;
use std::path::{Path, PathBuf};

use howdah_secrets::Secret;
use howdah_server::{Request, Server};

use crate::fault::Error;
use crate::fault::backends::{Frozen, Processes};
use crate::fault::home::{Home, START, environment};
use crate::fault::wait::{DEADLINE, Look, until};

const STEP: &str = "starting a replicated server";
/// One that was frozen ends, too.
const END: &str = "pid=$(head -n 1 \"$1/data/postmaster.pid\"); kill -QUIT $pid; kill -CONT $pid";

/// A server and its directory.
#[derive(Debug)]
pub(crate) struct Node {
    home: Home,
    server: Server,
}

impl Node {
    /// With `primary`, one that follows the server in this directory.
    pub(crate) async fn start(password: &Secret, primary: Option<&Path>) -> Result<Self, Error> {
        let home = Home::new(END).map_err(Error::step(STEP))?;
        let server = start(&home, password, primary.map(Path::to_owned)).await?;
        Ok(Self { home, server })
    }

    pub(crate) fn directory(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) async fn restart(&mut self, password: &Secret) -> Result<(), Error> {
        self.server = start(&self.home, password, None).await?;
        Ok(())
    }

    pub(crate) async fn stop(&self) -> Result<(), Error> {
        let lock = self.home.lock().await?;
        howdah_server::stop(&lock, &environment(), false, DEADLINE)
            .await
            .map_err(Error::step("stopping a replicated server"))?;
        Ok(())
    }

    pub(crate) async fn kill(&self) -> Result<(), Error> {
        self.processes()?;
        let address = (self.server.host(), self.server.port());
        until("the server to be gone", DEADLINE, || async {
            // Again and again: a process that was being started is one more.
            if let Ok(processes) = self.processes() {
                processes.kill()?;
                return Ok(Look::NotYet("a process that is still there".to_owned()));
            }
            Ok(match TcpStream::connect(address) {
                Ok(_open) => Look::NotYet("an open port".to_owned()),
                Err(_refused) => Look::There(()),
            })
        })
        .await
    }

    pub(crate) fn freeze(&self) -> Result<Frozen, Error> {
        let mut frozen = self.processes()?.freeze()?;
        loop {
            // What was being started while the others were stopped.
            let now = self.processes()?;
            if now == *frozen.processes() {
                return Ok(frozen);
            }
            frozen = now.freeze()?.instead_of(frozen);
        }
    }

    fn processes(&self) -> Result<Processes, Error> {
        Processes::in_directory(&self.home.path().join("data"))
    }
}

async fn start(home: &Home, password: &Secret, primary: Option<PathBuf>) -> Result<Server, Error> {
    let lock = home.lock().await?;
    let mut request = Request::throwaway(environment());
    request.primary = primary;
    // A commit is in the log when it is acknowledged: what of it the standby has is the test's question.
    let settings = &mut request.settings;
    settings.insert("synchronous_commit".to_owned(), "on".to_owned());
    request.deadline = START;
    howdah_server::start(&lock, &request, password, &mut |_event| {})
        .await
        .map_err(Error::step(STEP))
}
