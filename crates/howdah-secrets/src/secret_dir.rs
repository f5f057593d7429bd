use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::open_file::{check_regular, is_there};
use crate::{Error, Existing, Rules, Secret, Written, backup, generate, private_dir, read_file};

/// A directory of generated secrets for development: one file of mode 0600 each; mode 0700 and ignored by git, unless it
/// was there before.
#[derive(Debug, Clone)]
pub struct SecretDir {
    path: PathBuf,
}

impl SecretDir {
    /// Opens the directory. One that is not there is made, with mode 0700 and a `.gitignore`; one that is keeps its mode
    /// and its content.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be made, and [`Error::Unusable`] when group or others may write it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        private_dir::open(&path)?;
        Ok(Self { path })
    }

    /// Whether a file of the directory can be called this. A name from settings must not lead out of it, one with a
    /// leading dot is a draft, and one with a leading dash is taken for an option by a careless command line.
    ///
    /// # Errors
    /// [`Error::Unusable`] when it cannot.
    pub fn check_name(name: &str) -> Result<(), Error> {
        let is_wrong = |c: char| c.is_control() || c == '/' || c == '\\';
        if name.is_empty() || name.starts_with(['.', '-']) || name.contains(is_wrong) {
            return Err(Error::Unusable {
                what: format!("the secret name {name:?}"),
                why: "is no plain file name; leave out slashes, control characters, and a dot or a dash at its start"
                    .to_owned(),
            });
        }
        Ok(())
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its own `.gitignore` keeps git away from everything in it. One that was there before may have none.
    pub fn is_ignored(&self) -> bool {
        private_dir::is_ignored(&self.path)
    }

    /// The file of the secret `name`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The secret `name`, generated and written if it is not there. The flag says whether it was generated.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Unsafe`], [`Error::Content`], [`Error::Unusable`] for a name that is no file name, or
    /// [`Error::Random`].
    pub fn get_or_generate(&self, name: &str) -> Result<(Secret, bool), Error> {
        Self::check_name(name)?;
        let file = self.file(name);
        if is_there(&file) {
            return read_file(&file, Rules::Development).map(|(secret, _)| (secret, false));
        }
        let secret = generate()?;
        self.write(name, &secret)?;
        Ok((secret, true))
    }

    /// Generates the named secrets. Those that exist are kept, or backed up into a directory
    /// `backup_<YYYYmmdd_HHMMSS>` (of `now`, UTC) beside this one and then replaced, each atomically.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Unsafe`] for what has a name and is no file, [`Error::Unusable`] for a name that is no
    /// file name, or [`Error::Random`]. Nothing is written before all of that is looked at, and nothing is replaced before
    /// all of it is backed up.
    pub fn generate(
        &self,
        names: &[&str],
        existing: Existing,
        now: SystemTime,
    ) -> Result<Written, Error> {
        names.iter().try_for_each(|name| Self::check_name(name))?;
        let names: BTreeSet<&str> = names.iter().copied().collect();
        let (old, new): (Vec<&str>, Vec<&str>) =
            names.iter().partition(|name| is_there(&self.file(name)));
        old.iter()
            .try_for_each(|name| check_regular(&self.file(name)))?;
        let mut written = Written::default();
        if existing == Existing::Keep {
            written.kept = old.iter().map(|name| self.file(name)).collect();
        } else {
            written.backup = backup::back_up(&self.path, &old, now)?;
            for name in old {
                self.write(name, &generate()?)?;
                written.add(self.file(name), true);
            }
        }
        for name in new {
            self.write(name, &generate()?)?;
            written.add(self.file(name), false);
        }
        Ok(written)
    }

    /// Writes the secret `name`: complete or not at all, also when the machine stops half way.
    ///
    /// # Errors
    /// [`Error::File`], or [`Error::Unusable`] for a name that is no file name.
    pub fn write(&self, name: &str, secret: &Secret) -> Result<(), Error> {
        Self::check_name(name)?;
        let text = secret.expose();
        let mut line = Zeroizing::new(Vec::with_capacity(text.len().saturating_add(1)));
        line.extend_from_slice(text.as_bytes());
        line.push(b'\n');
        private_dir::write(&self.path, name, &line, private_dir::PRIVATE)
            .map_err(|source| Error::file(&self.file(name), source))
    }
}
