use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::read_file::{Rules, read_file};
use crate::{Error, Secret, generate};

/// A directory of generated secrets for development: mode 0700, one file of mode 0600 each, ignored by git.
#[derive(Debug, Clone)]
pub struct SecretDir {
    path: PathBuf,
}

impl SecretDir {
    /// Opens the directory, and makes it when it is not there.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let fail = |source| Error::File {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&path).map_err(fail)?;
        set_mode(&path, 0o700).map_err(fail)?;
        let ignore = path.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(fail)?;
        }
        Ok(Self { path })
    }

    /// The file of the secret `name`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The secret `name`, generated and written if it is not there. The flag says whether it was generated.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Unsafe`], [`Error::Content`] or [`Error::Random`].
    pub fn get_or_generate(&self, name: &str) -> Result<(Secret, bool), Error> {
        let file = self.file(name);
        if file.exists() {
            return read_file(&file, Rules::Development).map(|(secret, _)| (secret, false));
        }
        let secret = generate()?;
        self.write(name, &secret)?;
        Ok((secret, true))
    }

    /// Writes the secret `name`: complete or not at all, also when the machine stops half way.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn write(&self, name: &str, secret: &Secret) -> Result<(), Error> {
        let file = self.file(name);
        let fail = |source| Error::File {
            path: file.clone(),
            source,
        };
        let draft = self.path.join(format!(".{name}.new"));
        write_private(&draft, secret.expose()).map_err(fail)?;
        fs::rename(&draft, &file).map_err(fail)
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    set_mode(path, 0o600)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_generated_once_and_only_its_owner_may_read_it() {
        let root = tempfile::tempdir().unwrap();
        let dir = SecretDir::open(root.path().join("secrets")).unwrap();
        let (first, generated) = dir.get_or_generate("app_pw").unwrap();
        assert!(generated);
        let (second, generated) = dir.get_or_generate("app_pw").unwrap();
        assert!(!generated);
        assert_eq!(first, second);
        let mode = fs::metadata(dir.file("app_pw"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let mode = fs::metadata(&dir.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_draft_that_a_crash_left_behind_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        let dir = SecretDir::open(root.path().join("secrets")).unwrap();
        fs::write(dir.path.join(".app_pw.new"), "half").unwrap();
        let (secret, _) = dir.get_or_generate("app_pw").unwrap();
        assert_eq!(secret.expose().len(), 32);
        assert!(!dir.path.join(".app_pw.new").exists());
    }
}
