use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

/// In each database's directory: what every new session reads, and else has to gather from the catalogs.
const NAME: &str = "pg_internal.init";

/// Puts these files back where the server has removed them at its start. It does so because they may be stale after a
/// crash (`RelationCacheInitFileRemove` in its source); those of the cache are of a server that was shut down. Copies of
/// a template get a copy of them, so each test's first session gains.
pub(crate) fn put_back(from: &Path, data: &Path) -> io::Result<()> {
    for database in fs::read_dir(from.join("base"))? {
        let database = database?;
        let original = database.path().join(NAME);
        let directory = data.join("base").join(database.file_name());
        let place = directory.join(NAME);
        if !original.is_file() || place.exists() {
            continue;
        }
        // Complete, or not at all, as the server itself does it.
        let draft = directory.join("pg_internal.init.howdah");
        fs::copy(&original, &draft)?;
        let owner = fs::metadata(&directory)?;
        chown(&draft, Some(owner.uid()), Some(owner.gid()))?;
        fs::rename(&draft, &place)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays() {
        let (from, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (root, database, text) in [
            (&from, "5", "old"),
            (&from, "6", "old"),
            (&data, "5", "new"),
        ] {
            let directory = root.path().join("base").join(database);
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(NAME), text).unwrap();
        }
        fs::create_dir_all(data.path().join("base/6")).unwrap();
        put_back(from.path(), data.path()).unwrap();
        let read =
            |database| fs::read_to_string(data.path().join("base").join(database).join(NAME));
        assert_eq!(read("5").unwrap(), "new");
        assert_eq!(read("6").unwrap(), "old");
        assert_eq!(fs::read_dir(data.path().join("base/6")).unwrap().count(), 1);
    }
}
