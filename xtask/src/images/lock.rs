use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

const DEADLINE: Duration = Duration::from_mins(45);

/// One build at a time in a workspace: the second would remove the first one's work files. The kernel ends the lock
/// with the process that holds it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, after the build that holds it.
    pub(super) fn take(path: &Path, words: &mut dyn Write) -> anyhow::Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let start = Instant::now();
        let mut waiting = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
            if start.elapsed() > DEADLINE {
                bail!(
                    "another build has held {} for {} min",
                    path.display(),
                    DEADLINE.as_secs() / 60
                );
            }
            if !waiting {
                writeln!(
                    words,
                    "waiting for another build of images in this workspace"
                )?;
                waiting = true;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}
