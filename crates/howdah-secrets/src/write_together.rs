use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use crate::{Error, Secret, SecretDir, private_dir};

/// Where the files are, as in a volume of Kubernetes.
const DATA: &str = "..data";
const NEXT_DATA: &str = "..data_next";
/// Directories that this wrote; others are somebody else's.
const PREFIX: &str = "..howdah_";
const MODE: u32 = 0o600;

/// Writes several secrets of one directory so that whoever reads them with [`read_together`](crate::read_together) sees
/// all of the old ones or all of the new ones: they stand in a directory of their own, and the link `..data` to it is
/// replaced at once, as Kubernetes does it. A crash leaves the old ones or the new ones, and the next call cleans up.
///
/// The directory is made, with mode 0700, if it is not there. A file that was there before keeps its mode, and its owner
/// where this process may give files away; a new one has mode 0600.
///
/// # Errors
/// [`Error::File`], and [`Error::Unusable`] for a name that is no file name, or a directory that others may write.
pub fn write_together(directory: &Path, secrets: &[(&str, &Secret)]) -> Result<(), Error> {
    private_dir::open(directory)?;
    for (name, _secret) in secrets {
        SecretDir::check_name(name)?;
    }
    let fresh = fresh_name()?;
    write_all(directory, &fresh, secrets).map_err(|error| Error::file(directory, error))
}

fn fresh_name() -> Result<String, Error> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|_none| Error::Random)?;
    let number = u64::from_le_bytes(bytes);
    Ok(format!("{PREFIX}{number:016x}"))
}

fn write_all(directory: &Path, fresh: &str, secrets: &[(&str, &Secret)]) -> io::Result<()> {
    let written = directory.join(fresh);
    private_dir::make(&written)?;
    let mut mode = 0o700;
    for (name, secret) in secrets {
        let before = fs::metadata(directory.join(name)).ok();
        private_dir::write(&written, name, secret.expose().as_bytes(), MODE)?;
        if let Some(before) = before {
            mode |= like(&written.join(name), &before)?;
            give(&written, &before)?;
        }
    }
    // Who reads a file has to get to it.
    fs::set_permissions(&written, fs::Permissions::from_mode(mode))?;
    let old = fs::read_link(directory.join(DATA)).ok();
    replace_link(directory, Path::new(fresh), DATA)?;
    for (name, _secret) in secrets {
        replace_link(directory, &Path::new(DATA).join(name), name)?;
    }
    remove_old(directory, fresh, old.as_deref())
}

/// Gives a file the mode and the owner of the one before; says which bits its directory needs for that.
fn like(file: &Path, before: &fs::Metadata) -> io::Result<u32> {
    let mode = before.mode() & 0o644;
    fs::set_permissions(file, fs::Permissions::from_mode(mode | MODE))?;
    give(file, before)?;
    Ok((mode & 0o044) >> 2)
}

fn give(path: &Path, before: &fs::Metadata) -> io::Result<()> {
    let now = fs::metadata(path)?;
    if (now.uid(), now.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    // Only root may; anybody else keeps it.
    match chown(path, Some(before.uid()), Some(before.gid())) {
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

fn replace_link(directory: &Path, target: &Path, name: &str) -> io::Result<()> {
    let link = directory.join(name);
    if fs::read_link(&link).is_ok_and(|known| known == target) {
        return Ok(());
    }
    let next = directory.join(NEXT_DATA);
    match fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    symlink(target, &next)?;
    fs::rename(&next, &link)
}

fn remove_old(directory: &Path, fresh: &str, old: Option<&Path>) -> io::Result<()> {
    let ours = |name: &str| name.starts_with(PREFIX) && name != fresh;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let is_old = old == Some(Path::new(&entry.file_name()));
        if is_old || entry.file_name().to_str().is_some_and(ours) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::write_together;
    use crate::{Rules, Secret, read_together};

    #[test]
    fn what_is_written_is_read_and_one_generation_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().join("app");
        for round in 0..3 {
            let (user, password) = (format!("app_{round}"), format!("a-long-secret-{round}"));
            let secrets = [
                ("username", &Secret::new(&*user)),
                ("password", &Secret::new(&*password)),
            ];
            write_together(&at, &secrets).unwrap();
            let paths = [at.join("username"), at.join("password")];
            let read = read_together(&paths, Rules::Production).unwrap();
            let read: Vec<_> = read.iter().map(|(secret, _)| secret.expose()).collect();
            assert_eq!(read, [user, password]);
        }
        let generations = fs::read_dir(&at)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_dir());
        assert_eq!(generations.count(), 1);
    }

    #[test]
    fn a_plain_file_becomes_one_of_them_and_keeps_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().join("app");
        write_together(&at, &[]).unwrap();
        let file = at.join("password");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        // What a crash leaves.
        fs::create_dir(at.join("..howdah_0000000000000000")).unwrap();
        std::os::unix::fs::symlink("nowhere", at.join("..data_next")).unwrap();
        write_together(&at, &[("password", &Secret::new("new"))]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        let inside = fs::metadata(at.join("..data"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(
            inside & 0o777,
            0o710,
            "the group gets to it, and no one else"
        );
        assert!(!at.join("..howdah_0000000000000000").exists());
    }
}
