use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::keep;

/// Starts the supervisor, unless one is alive: it holds the lock on the file that is its standard input, which it
/// inherits locked, so that there is no moment without.
pub(super) fn ensure(directory: &Path, linger: Duration) -> io::Result<()> {
    let alive = super::open(&directory.join("supervisor"))?;
    match alive.try_lock() {
        Ok(()) => spawn(directory, linger, alive),
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Shared, so that several processes can look at once.
pub(super) fn is_alive(directory: &Path) -> bool {
    super::open(&directory.join("supervisor"))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn spawn(directory: &Path, linger: Duration, alive: File) -> io::Result<()> {
    // A file, so that a list of processes shows a name.
    let script = directory.join("supervisor.sh");
    super::write_private(&script, include_str!("supervisor.sh"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "a process that outlives this one"
    )]
    let mut command = Command::new("/bin/sh");
    command
        .arg(script)
        .arg(directory)
        .arg(linger.as_secs().to_string())
        .arg((keep::FOR.as_secs() / 60).to_string())
        .current_dir("/")
        .stdin(Stdio::from(alive))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    {
        use std::os::unix::process::CommandExt;
        // Ctrl-C is for the tests; the supervisor ends after them.
        command.process_group(0);
    }
    // Nobody waits for it: it is init's when this process has ended.
    command.spawn().map(drop)
}
