use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::PortOwner;

/// How to begin anew, in every message that has to say it.
pub(crate) const START_OVER: &str =
    "`cargo xtask db-down --volumes` starts over with an empty server";

/// Why there is no server, or why it cannot be stopped. No variant holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process holds the directory, or the server does not stop.
    #[error("{who} {what}, still after {waited:.0?}: {mend}", who = process(*.pid))]
    Busy {
        /// The process, if it is known.
        pid: Option<u32>,
        /// What it does.
        what: String,
        /// How long it was waited for.
        waited: Duration,
        /// What to do.
        mend: String,
    },
    /// A file or directory cannot be used.
    #[error("cannot {doing} {}", .path.display())]
    File {
        /// What was tried: "read", "write".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What is recorded or stored cannot be read, or contradicts the request.
    #[error("{} {problem}: {mend}", .path.display())]
    Record {
        /// The record, or the data.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What to do, with exact commands.
        mend: String,
        /// Why it cannot be read.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Nothing on this computer can do it; everything that was tried is listed.
    #[error("no {wanted} was found{}", list(.tried))]
    NotFound {
        /// What was looked for.
        wanted: &'static str,
        /// Where, why not there, and what would mend it.
        tried: Vec<Tried>,
    },
    /// The port that was asked for belongs to somebody else.
    #[error("port {port} is taken by {owner}: free it, or ask for another port")]
    PortTaken {
        /// The port.
        port: u16,
        /// Who listens on it.
        owner: PortOwner,
    },
    /// A program failed.
    #[error("`{command}` {problem}")]
    Command {
        /// The program and its arguments.
        command: String,
        /// How it ended, and its last words.
        problem: String,
        /// What the system says.
        #[source]
        source: Option<io::Error>,
    },
    /// The server was started and does not answer.
    #[error("the server {why} after {waited:.1?}{}", tail(.log))]
    NotReady {
        /// What it did instead of answering.
        why: String,
        /// How long it was waited for.
        waited: Duration,
        /// The last lines of its log.
        log: Vec<String>,
        /// The last answer.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The data was created with another superuser password.
    #[error(
        "the server refuses the password of role postgres, so its data was created with another one: \
         restore the secret file, or {START_OVER}"
    )]
    Password {
        /// The answer.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A way to a server that did not lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// What was tried.
    pub what: String,
    /// Why it does not do.
    pub why: String,
    /// The command that mends it.
    pub mend: String,
}

impl Tried {
    pub(crate) fn new(
        what: impl Into<String>,
        why: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            mend: mend.into(),
        }
    }
}

impl Error {
    /// For `map_err`: what was done to which file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}

fn list(tried: &[Tried]) -> String {
    let mut text = String::new();
    for Tried { what, why, mend } in tried {
        // Writing to a String cannot fail.
        let _infallible = write!(text, "\n  {what}: {why}\n    -> {mend}");
    }
    text
}

fn tail(log: &[String]) -> String {
    if log.is_empty() {
        return "; its log is empty".to_owned();
    }
    format!("; the last lines of its log:\n  {}", log.join("\n  "))
}
