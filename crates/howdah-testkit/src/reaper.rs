use std::io;
use std::process::{Child, Command, Stdio};

/// A small process that waits for this one to end, and then runs a shell command.
///
/// The pipe to it closes when this process ends, however it ends: returning, panicking, or killed with signal 9, where
/// neither destructors nor signal handlers run. It has a process group of its own, so that Ctrl-C does not end it first.
#[derive(Debug)]
pub(crate) struct Reaper {
    _child: Child,
}

impl Reaper {
    /// `script` is run by `sh` with `arguments` as `$1`, `$2` and so on.
    pub(crate) fn spawn(script: &str, arguments: &[&str]) -> io::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one process that outlives this one"
        )]
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("cat >/dev/null; {script}"))
            .arg("howdah-testkit-reaper")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        Ok(Self {
            _child: command.spawn()?,
        })
    }
}
