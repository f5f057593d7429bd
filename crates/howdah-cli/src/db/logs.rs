use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use howdah_secrets::Secret;

use super::args::LogsArgs;
use super::project::Project;
use super::replica;
use super::secrets::{Missing, Secrets};
use crate::settings::Sources;
use crate::{Error, Exit, Output, process_environment, settings};

const STEP: &str = "reading the log";

/// `db-logs`: the server's own lines, without the project's passwords.
pub(crate) async fn logs(project: &Project, args: &LogsArgs) -> Result<Exit, Error> {
    let passwords = passwords(project);
    // `| head` has read what it wanted: nobody waits for another line.
    let is_read = AtomicBool::new(true);
    let mut show = |line: &str| {
        if write_line(&without(&passwords, line)).is_err() {
            is_read.store(false, Ordering::Relaxed);
        }
    };
    let directory = if args.replica {
        replica::directory(project)
    } else {
        project.state()
    };
    let environment = process_environment();
    let reading = howdah_server::logs(&directory, &environment, args.lines, args.follow, &mut show);
    let mut reading = pin!(reading);
    let done = poll_fn(|context| match reading.as_mut().poll(context) {
        Poll::Pending if !is_read.load(Ordering::Relaxed) => Poll::Ready(Ok(())),
        polled => polled,
    });
    done.await.map_err(Error::step(STEP))?;
    Ok(Exit::Ok)
}

/// As far as they are to be had: a log is wanted most when something is wrong.
fn passwords(project: &Project) -> Vec<Secret> {
    let output = &mut Output::silent();
    let secrets = settings::load(project.root(), Sources::default(), output)
        .and_then(|loaded| Secrets::resolve(project, &loaded, Missing::Refuse, output));
    secrets.map_or_else(
        |_unknown| Vec::new(),
        |secrets| {
            let all = [
                secrets.superuser,
                secrets.migrator,
                secrets.app,
                secrets.read_only,
            ];
            all.to_vec()
        },
    )
}

/// A server logs the statements that fail, and a statement may hold a password.
fn without(passwords: &[Secret], line: &str) -> String {
    let named = passwords
        .iter()
        .map(Secret::expose)
        .filter(|password| !password.is_empty());
    named.fold(line.to_owned(), |line, password| {
        line.replace(password, "[REDACTED]")
    })
}

fn write_line(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
