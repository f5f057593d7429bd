use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use howdah_secrets::Secret;
use tempfile::TempDir;

use super::Error;

const DATA: &str = "..data";
const NEW_DATA: &str = "..data_tmp";

/// A volume of secrets as the kubelet mounts it, and as it swaps it: all keys at once, and never one of them half.
///
/// Each key is a link through `..data`, which is a link to a directory of this generation. A swap writes a new directory
/// and renames a new link over `..data`; the old directory is removed at once, so that a reader which still has it open
/// in parts is found out. (A key that is mounted with `subPath` is never swapped; that is what a plain file is for.)
#[derive(Debug)]
pub struct SecretMount {
    directory: TempDir,
    mode: u32,
    generation: u32,
}

impl SecretMount {
    /// A mounted volume with these keys, readable by everybody (0644), as `defaultMode` is when nobody sets it.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub fn new(secrets: &[(&str, &Secret)]) -> Result<Self, Error> {
        Self::with_mode(secrets, 0o644)
    }

    /// With this `defaultMode`, such as 0400; 0440 is what a pod with an `fsGroup` sees of it.
    ///
    /// # Errors
    /// [`Error::Step`].
    pub fn with_mode(secrets: &[(&str, &Secret)], mode: u32) -> Result<Self, Error> {
        let directory = tempfile::Builder::new().prefix("howdah-secrets-").tempdir();
        let mut mount = Self {
            directory: directory.map_err(Error::step(STEP))?,
            mode,
            generation: 0,
        };
        mount.swap(secrets)?;
        Ok(mount)
    }

    /// The directory that is mounted.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The file of a key, as a service is told.
    pub fn file(&self, key: &str) -> PathBuf {
        self.path().join(key)
    }

    /// Swaps all keys at once, as after a change of the secret. Keys that are not among these are gone.
    ///
    /// # Errors
    /// [`Error::Step`]; the mount is what it was before.
    pub fn swap(&mut self, secrets: &[(&str, &Secret)]) -> Result<(), Error> {
        self.generation += 1;
        self.swap_files(secrets).map_err(Error::step(STEP))
    }

    fn swap_files(&self, secrets: &[(&str, &Secret)]) -> io::Result<()> {
        let mount = self.path();
        let old = fs::read_link(mount.join(DATA)).ok();
        // The kubelet takes the time; all that counts is that the name is new and begins with two dots.
        let name = format!("..2026_01_01_00_00_00.{:09}", self.generation);
        self.write(&mount.join(&name), secrets)?;
        symlink(&name, mount.join(NEW_DATA))?;
        fs::rename(mount.join(NEW_DATA), mount.join(DATA))?;
        self.link_keys(secrets)?;
        match old {
            Some(old) => fs::remove_dir_all(mount.join(old)),
            None => Ok(()),
        }
    }

    fn write(&self, directory: &Path, secrets: &[(&str, &Secret)]) -> io::Result<()> {
        fs::create_dir(directory)?;
        fs::set_permissions(directory, Permissions::from_mode(0o755))?;
        for (key, secret) in secrets {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(directory.join(key))?;
            file.write_all(secret.expose().as_bytes())?;
            file.set_permissions(Permissions::from_mode(self.mode))?;
        }
        Ok(())
    }

    fn link_keys(&self, secrets: &[(&str, &Secret)]) -> io::Result<()> {
        for (key, _secret) in secrets {
            let link = self.file(key);
            if !link.is_symlink() {
                symlink(Path::new(DATA).join(key), link)?;
            }
        }
        for entry in fs::read_dir(self.path())? {
            let name = entry?.file_name();
            let is_ours = name.to_str().is_some_and(|name| name.starts_with(".."));
            let is_wanted = secrets.iter().any(|(key, _secret)| name == *key);
            if !is_ours && !is_wanted {
                fs::remove_file(self.path().join(name))?;
            }
        }
        Ok(())
    }
}

const STEP: &str = "swapping the secrets of a mounted volume";
