use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::record::Record;

/// Who a project is: a random number, so that what belongs to it outside of its directory (a container, a volume, data
/// elsewhere) is never taken for that of another project which stands, or stood, at the same path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    number: String,
    /// Where it was last.
    directory: PathBuf,
}

impl Identity {
    /// Makes the directory somebody: a new project gets a number, a moved one keeps its own, and a copy gets a new one
    /// and forgets the server, which is the original's. The directory is locked.
    pub(crate) fn settle(directory: &Path) -> Result<(), Error> {
        let number = match Self::read(directory) {
            Some(identity) if identity.directory == directory => return Ok(()),
            Some(identity) if identity.is_copied_from() => {
                forget_server(directory)?;
                new_number(directory)?
            }
            Some(moved) => moved.number,
            None => new_number(directory)?,
        };
        let draft = directory.join("id.new");
        let text = format!("{number}\n{}\n", directory.display());
        fs::write(&draft, text).map_err(Error::file("write", &draft))?;
        let path = path(directory);
        fs::rename(&draft, &path).map_err(Error::file("write", &path))
    }

    /// Whether the directory is a copy that no run has worked in yet: what is recorded in it is the original's.
    pub(crate) fn is_unsettled_copy(directory: &Path) -> bool {
        Self::read(directory)
            .is_some_and(|identity| identity.directory != directory && identity.is_copied_from())
    }

    /// The number; empty before the directory was ever locked.
    pub(crate) fn number(directory: &Path) -> String {
        Self::read(directory).map_or_else(String::new, |identity| identity.number)
    }

    /// The place where it was last is still that of a project with the same number.
    fn is_copied_from(&self) -> bool {
        Self::read(&self.directory).is_some_and(|there| there.number == self.number)
    }

    fn read(directory: &Path) -> Option<Self> {
        let text = fs::read_to_string(path(directory)).ok()?;
        let (number, rest) = text.split_once('\n')?;
        let is_number =
            number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_number.then(|| Self {
            number: number.to_owned(),
            directory: PathBuf::from(rest.trim_end_matches('\n')),
        })
    }
}

/// Data inside the copy is a copy too, and stays; a link leads to the data of the original, and a pid file to its
/// server.
fn forget_server(directory: &Path) -> Result<(), Error> {
    Record::remove(directory)?;
    let link = directory.join("data");
    if link.is_symlink() {
        fs::remove_file(&link).map_err(Error::file("remove", &link))?;
    }
    Ok(())
}

fn new_number(directory: &Path) -> Result<String, Error> {
    let random = howdah_secrets::generate()
        .map_err(|error| Error::file("name", directory)(io::Error::other(error)))?;
    let letters = random.expose().chars().filter(char::is_ascii_alphanumeric);
    Ok(letters.take(8).collect::<String>().to_lowercase())
}

fn path(directory: &Path) -> PathBuf {
    directory.join("id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_project_stays_who_it_is_and_a_new_one_in_its_place_is_another() {
        let root = tempfile::tempdir().unwrap();
        let (old, new) = (root.path().join("old"), root.path().join("new"));
        fs::create_dir(&old).unwrap();
        Identity::settle(&old).unwrap();
        let number = Identity::number(&old);
        fs::rename(&old, &new).unwrap();
        Identity::settle(&new).unwrap();
        assert_eq!(Identity::number(&new), number);
        fs::create_dir(&old).unwrap();
        Identity::settle(&old).unwrap();
        assert_ne!(Identity::number(&old), number);
    }

    #[test]
    fn a_copy_is_another_and_forgets_the_server_of_the_original() {
        let root = tempfile::tempdir().unwrap();
        let (original, copy) = (root.path().join("original"), root.path().join("copy"));
        for directory in [&original, &copy] {
            fs::create_dir(directory).unwrap();
        }
        Identity::settle(&original).unwrap();
        fs::copy(path(&original), path(&copy)).unwrap();
        fs::write(Record::path(&copy), "{}").unwrap();
        std::os::unix::fs::symlink("/nowhere", copy.join("data")).unwrap();
        assert!(Identity::is_unsettled_copy(&copy));
        Identity::settle(&copy).unwrap();
        assert_ne!(Identity::number(&copy), Identity::number(&original));
        assert!(!Record::path(&copy).exists() && !copy.join("data").is_symlink());
    }
}
