use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use super::child::{self, command};
use super::install;
use super::lock::Lock;

/// `target/images`, held by this build alone: finished root file systems and logs, and below it a directory for
/// everything unfinished, which the next build clears.
#[derive(Debug)]
pub(super) struct Workshop {
    directory: PathBuf,
    _lock: Lock,
}

impl Workshop {
    /// Waits for other builds, then clears away what an interrupted one has left.
    pub(super) fn open(root: &Path, words: &mut dyn Write) -> anyhow::Result<Self> {
        let directory = root.join("target").join("images");
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        let lock = Lock::take(&directory.join("lock"), words)?;
        let workshop = Self {
            directory,
            _lock: lock,
        };
        workshop.clear()?;
        Ok(workshop)
    }

    /// A path for something finished.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// An empty directory for something unfinished.
    pub(super) fn unfinished(&self) -> anyhow::Result<PathBuf> {
        self.clear()?;
        let path = self.path("unfinished");
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }

    /// Removes what is unfinished.
    pub(super) fn clear(&self) -> anyhow::Result<()> {
        let path = self.path("unfinished");
        if !path.exists() {
            return Ok(());
        }
        refuse_mounts(&path)?;
        if !install::is_root()? && fs::remove_dir_all(&path).is_err() {
            // A build without root rights leaves files of other user ids, which only its user namespace may remove;
            // it cannot remove the directory around them, so its exit code says nothing.
            let name = path.to_string_lossy();
            let helper = command("mmdebstrap", ["--unshare-helper", "rm", "-rf", "--", &name]);
            child::capture(helper, Duration::from_mins(1))?;
        }
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other.with_context(|| format!("cannot remove {}", path.display())),
        }
    }

    /// Removes the files whose names begin with `prefix`, but `kept`.
    pub(super) fn remove_others(&self, prefix: &str, kept: &str) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(prefix) && name != kept {
                fs::remove_file(entry.path())
                    .with_context(|| format!("cannot remove {}", entry.path().display()))?;
            }
        }
        Ok(())
    }
}

/// Where a killed build could not have a mount namespace of its own, the running system's /dev may still be mounted
/// in the torso, and must not be emptied.
fn refuse_mounts(path: &Path) -> anyhow::Result<()> {
    let path = path.canonicalize()?;
    let mounts =
        fs::read_to_string("/proc/self/mountinfo").context("cannot read /proc/self/mountinfo")?;
    if let Some(mount) = mount_below(&mounts, &path.to_string_lossy()) {
        bail!(
            "an interrupted build has left {mount} mounted; unmount it first: umount --recursive {mount}"
        );
    }
    Ok(())
}

fn mount_below<'a>(mounts: &'a str, path: &str) -> Option<&'a str> {
    let mut points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    points.find(|point| {
        point
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mount_inside_counts() {
        let mounts = "22 27 0:20 / /sys rw - sysfs sysfs rw\n\
                      31 27 0:5 / /w/target/images/unfinished/mmdebstrap.x/dev rw - devtmpfs udev rw\n";
        let found = mount_below(mounts, "/w/target/images/unfinished");
        assert_eq!(found, Some("/w/target/images/unfinished/mmdebstrap.x/dev"));
        assert_eq!(mount_below(mounts, "/w/target/images/unfin"), None);
        assert_eq!(mount_below(mounts, "/elsewhere"), None);
    }
}
