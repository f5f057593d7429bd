mod answer;
mod reply;
mod script;
mod session;
mod way_in;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use howdah_pool::Login;
use howdah_secrets::Secret;

use super::background::Background;
use super::wait::DEADLINE;
use super::{Error, wait};
use answer::Turns;
use script::Script;
use session::Session;

pub use answer::{Answer, Cell, Greeting, Refusal, TlsAnswer};
pub use script::Seen;

/// A server that speaks PostgreSQL's protocol and has no database behind it: it says what it is told to say, and writes
/// down what its clients did. For everything that a real server does only once in a while.
///
/// At first, it lets everybody in and answers each statement with success and no rows. It runs on a thread of its own,
/// on a free port. Dropped, its port and its connections are gone.
pub struct FakeServer {
    port: u16,
    script: Arc<Script>,
    _background: Background,
}

impl FakeServer {
    /// On a free port of this machine.
    ///
    /// # Errors
    /// [`Error::Step`] if there is none.
    pub fn start() -> Result<Self, Error> {
        Self::listen().map_err(Error::step("starting a fake server"))
    }

    fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let script = Arc::new(Script::new());
        let shared = Arc::clone(&script);
        Ok(Self {
            port,
            script,
            _background: Background::run("howdah-fake", move || listen(listener, shared))?,
        })
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A login to it, as `fake` in the database `fake`; every other one will do, too.
    ///
    /// # Errors
    /// None: both names are good ones.
    pub fn login(&self) -> Result<Login, Error> {
        const STEP: &str = "naming the role of a fake server";
        let database = "fake".parse().map_err(Error::step(STEP))?;
        let user = "fake".parse().map_err(Error::step(STEP))?;
        Ok(Login::local(self.port, database, user, Secret::new("fake")))
    }

    /// What the next clients hear when they want in: the first one the first of these, and so on; when there is one
    /// left, all others hear that.
    pub fn greets(&self, with: impl IntoIterator<Item = Greeting>) {
        self.script.lock().greetings = Turns::new(with);
    }

    /// What the next clients hear when they ask for TLS.
    pub fn answers_tls(&self, with: TlsAnswer) {
        self.script.lock().tls = with;
    }

    /// A parameter that the next clients are told when they are let in: `in_hot_standby`, `server_version` and so on.
    pub fn reports(&self, parameter: &str, value: &str) {
        let mut state = self.script.lock();
        state
            .parameters
            .insert(parameter.to_owned(), value.to_owned());
    }

    /// What happens to statements whose text contains this; to the first one the first of these, and so on, and the last
    /// again and again. The rule that was given last wins. An empty text is contained in all.
    pub fn answers(&self, statement: &str, with: impl IntoIterator<Item = Answer>) {
        let mut state = self.script.lock();
        state.answers.push((statement.to_owned(), Turns::new(with)));
    }

    /// What its clients did, in the order in which they came.
    pub fn seen(&self) -> Vec<Seen> {
        self.script.lock().seen.clone()
    }

    /// Waits until its clients did something, for half a minute at most; `what` names it in the error.
    ///
    /// # Errors
    /// [`Error::Deadline`] with what they did until then.
    pub async fn wait_until(
        &self,
        what: &str,
        wanted: impl Fn(&[Seen]) -> bool + Send + Sync,
    ) -> Result<Vec<Seen>, Error> {
        self.wait_at_most(DEADLINE, what, wanted).await
    }

    /// The same with another deadline.
    ///
    /// # Errors
    /// [`Error::Deadline`] with what they did until then.
    pub async fn wait_at_most(
        &self,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&[Seen]) -> bool + Send + Sync,
    ) -> Result<Vec<Seen>, Error> {
        let mut changes = self.script.changes();
        wait::watching(what, limit, &mut changes, || {
            let seen = self.seen();
            if wanted(&seen) {
                return wait::Look::There(seen);
            }
            wait::Look::NotYet(format!("{seen:?}"))
        })
        .await
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeServer(127.0.0.1:{})", self.port)
    }
}

/// Every client has a task of its own.
async fn listen(listener: TcpListener, script: Arc<Script>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    loop {
        if let Ok((stream, _client)) = listener.accept().await {
            let session = Session::new(stream, Arc::clone(&script));
            tokio::spawn(session.serve());
        }
    }
}
