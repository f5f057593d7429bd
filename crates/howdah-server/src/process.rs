//! Every child process of this crate: with a given environment, a deadline, and killed when nobody waits any more.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Error;
use crate::account::Account;

/// A program with its arguments, before it is started. Its arguments never hold a secret.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    args: Vec<String>,
    environment: BTreeMap<String, String>,
    account: Option<Account>,
    stdin: Option<File>,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(path: impl Into<PathBuf>, environment: &BTreeMap<String, String>) -> Self {
        Self {
            path: path.into(),
            args: Vec::new(),
            environment: environment.clone(),
            account: None,
            stdin: None,
        }
    }

    /// With no more of the environment than a server needs: what else is in it is none of its business.
    pub(crate) fn server(path: impl Into<PathBuf>, environment: &BTreeMap<String, String>) -> Self {
        let mut program = Self::new(path, environment);
        program
            .environment
            .retain(|name, _| matches!(name.as_str(), "PATH" | "TZ" | "LD_LIBRARY_PATH"));
        program
    }

    pub(crate) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(crate) fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn account(mut self, account: Option<&Account>) -> Self {
        self.account = account.cloned();
        self
    }

    pub(crate) fn stdin(mut self, file: File) -> Self {
        self.stdin = Some(file);
        self
    }

    /// Runs it to its end. A failure of the program is for the caller to judge.
    pub(crate) async fn output(mut self, limit: Duration) -> Result<Output, Error> {
        let command_line = self.command_line();
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(cannot_run(&command_line))?;
        let finished = timeout(limit, child.wait_with_output())
            .await
            .map_err(|_elapsed| too_slow(&command_line, limit))?;
        let output = finished.map_err(cannot_run(&command_line))?;
        Ok(Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs it to its end, which must be a good one.
    pub(crate) async fn succeed(self, limit: Duration) -> Result<Output, Error> {
        let command_line = self.command_line();
        let output = self.output(limit).await?;
        if output.status.success() {
            return Ok(output);
        }
        Err(failed(&command_line, output.status, output.last_words()))
    }

    /// Runs it to its end, which must be a good one, and hands on each line as it comes.
    pub(crate) async fn stream(
        mut self,
        limit: Duration,
        on_line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), Error> {
        let command_line = self.command_line();
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(cannot_run(&command_line))?;
        let (status, last) = timeout(limit, follow(child, on_line))
            .await
            .map_err(|_elapsed| too_slow(&command_line, limit))?
            .map_err(cannot_run(&command_line))?;
        if status.success() {
            return Ok(());
        }
        Err(failed(&command_line, status, last))
    }

    /// Starts it in a process group of its own, so that Ctrl-C does not reach it, and lets it outlive this process.
    pub(crate) fn detach(mut self, log: &File) -> Result<Child, Error> {
        let command_line = self.command_line();
        let fail = cannot_run(&command_line);
        let (out, err) = match (log.try_clone(), log.try_clone()) {
            (Ok(out), Ok(err)) => (out, err),
            (Err(source), _) | (_, Err(source)) => return Err(fail(source)),
        };
        let mut command = self.command();
        command
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .kill_on_drop(false);
        command.spawn().map_err(fail)
    }

    fn command(&mut self) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.args)
            .env_clear()
            .envs(&self.environment)
            .stdin(self.stdin.take().map_or_else(Stdio::null, Stdio::from))
            .kill_on_drop(true);
        if let Some(account) = &self.account {
            // The account may not be allowed to look into the current directory.
            command.uid(account.uid).gid(account.gid).current_dir("/");
        }
        command
    }

    fn command_line(&self) -> String {
        let mut line = self.path.display().to_string();
        for arg in &self.args {
            line.push(' ');
            line.push_str(arg);
        }
        line
    }
}

impl Output {
    /// The last lines it printed, errors first.
    pub(crate) fn last_words(&self) -> String {
        let text = if self.stderr.trim().is_empty() {
            &self.stdout
        } else {
            &self.stderr
        };
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let start = lines.len().saturating_sub(10);
        lines.get(start..).unwrap_or_default().join("\n")
    }
}

/// The first executable file of this name on the `PATH`.
pub(crate) fn which(name: &str, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    environment
        .get("PATH")?
        .split(':')
        .filter(|directory| !directory.is_empty())
        .map(|directory| Path::new(directory).join(name))
        .find(|path| is_executable(path))
}

pub(crate) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

async fn follow(
    mut child: Child,
    on_line: &mut (dyn FnMut(&str) + Send),
) -> io::Result<(ExitStatus, String)> {
    let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io::Error::other("its output is not connected"));
    };
    let mut out = BufReader::new(out).lines();
    let mut err = BufReader::new(err).lines();
    let mut last = Vec::new();
    let (mut out_open, mut err_open) = (true, true);
    while out_open || err_open {
        let line = tokio::select! {
            line = out.next_line(), if out_open => { let line = line?; out_open = line.is_some(); line }
            line = err.next_line(), if err_open => { let line = line?; err_open = line.is_some(); line }
        };
        let Some(line) = line else { continue };
        on_line(&line);
        last.push(line);
        if last.len() > 10 {
            last.remove(0);
        }
    }
    Ok((child.wait().await?, last.join("\n")))
}

fn cannot_run(command: &str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Command {
        command: command.to_owned(),
        problem: "cannot be run".to_owned(),
        source: Some(source),
    }
}

fn too_slow(command: &str, limit: Duration) -> Error {
    Error::Command {
        command: command.to_owned(),
        problem: format!("did not end within {limit:.1?}"),
        source: None,
    }
}

fn failed(command: &str, status: ExitStatus, last: impl Into<String>) -> Error {
    Error::Command {
        command: command.to_owned(),
        problem: format!("failed ({status}): {}", last.into()),
        source: None,
    }
}
