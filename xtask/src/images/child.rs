use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};

/// How a command ended that was run for its output.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Captured {
    /// Exit code 0; its standard output.
    Done(String),
    /// Another end; its standard error.
    Failed(String),
    /// There is no such program for this user; a directory on the path that is closed to them looks like that too.
    Missing,
}

/// A command, with a deadline to come.
#[expect(
    clippy::disallowed_methods,
    reason = "every way to run it, below, has a deadline"
)]
pub(super) fn command<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command for its output.
pub(super) fn capture(mut command: Command, deadline: Duration) -> anyhow::Result<Captured> {
    let line = line(&command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::PermissionDenied
            ) =>
        {
            return Ok(Captured::Missing);
        }
        other => other.with_context(|| format!("cannot start `{line}`"))?,
    };
    // Both pipes are read while the command runs: one that is full would stop it for ever.
    let (stdout, stderr) = (read(child.stdout.take()), read(child.stderr.take()));
    let status = wait(&mut child, &format!("`{line}`"), deadline)?;
    let joined = |text: thread::JoinHandle<std::io::Result<String>>| {
        let text = text
            .join()
            .map_err(|_panic| anyhow!("cannot read from `{line}`"))?;
        text.with_context(|| format!("cannot read from `{line}`"))
    };
    let (stdout, stderr) = (joined(stdout)?, joined(stderr)?);
    Ok(if status.success() {
        Captured::Done(stdout)
    } else {
        Captured::Failed(stderr)
    })
}

/// Runs a command whose words go to the file `log`; quotes the last of them if it fails. Errors call it `name`.
pub(super) fn run(
    command: &mut Command,
    name: &str,
    log: &Path,
    deadline: Duration,
) -> anyhow::Result<()> {
    let words = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    command.stdout(words.try_clone()?).stderr(words);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let status = wait(&mut child, name, deadline)?;
    if !status.success() {
        bail!(
            "{name} failed ({status}); the end of {}:\n{}",
            log.display(),
            tail(log)?
        );
    }
    Ok(())
}

fn wait(child: &mut Child, name: &str, deadline: Duration) -> anyhow::Result<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            bail!("{name} did not end within {} s", deadline.as_secs());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn read(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<std::io::Result<String>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes)?;
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    })
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn tail(log: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().collect();
    let start = lines.len().saturating_sub(15);
    Ok(lines.get(start..).unwrap_or_default().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[test]
    fn output_failure_and_absence_are_told_apart() {
        let shell = |script| capture(command("sh", ["-c", script]), SOON).unwrap();
        assert_eq!(
            shell("echo yes; echo no >&2"),
            Captured::Done("yes\n".into())
        );
        assert_eq!(
            shell("echo yes; echo no >&2; exit 3"),
            Captured::Failed("no\n".into())
        );
        assert_eq!(
            capture(command("no-such-program", []), SOON).unwrap(),
            Captured::Missing
        );
    }

    #[test]
    fn much_output_does_not_stop_the_command() {
        let many = capture(
            command("sh", ["-c", "head -c 300000 /dev/zero | tr '\\0' x"]),
            SOON,
        )
        .unwrap();
        assert_eq!(many, Captured::Done("x".repeat(300_000)));
    }

    #[test]
    fn a_command_that_hangs_is_ended_and_named() {
        let error = capture(command("sleep", ["60"]), Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.to_string(), "`sleep 60` did not end within 0 s");
    }
}
