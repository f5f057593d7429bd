use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::Error;

/// A seed file.
#[derive(Debug)]
pub(crate) struct Seed {
    /// What the ledger knows it by.
    pub(crate) name: String,
    /// Its path, for messages.
    pub(crate) file: String,
    text: String,
    /// In hexadecimal. Line ends and a byte-order mark do not count: git changes them.
    pub(crate) checksum: String,
}

impl Seed {
    fn new(path: &Path, name: String, bytes: Vec<u8>) -> Result<Self, Error> {
        let file = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..valid).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            Error::Usage(format!("{file}:{line}: the seed file is not UTF-8"))
        })?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let canonical = text.replace("\r\n", "\n");
        let digest = Sha256::digest(canonical.as_bytes());
        let checksum = digest.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _infallible = write!(hex, "{byte:02x}");
            hex
        });
        Ok(Self {
            name,
            file,
            text,
            checksum,
        })
    }

    pub(crate) fn sql(&self) -> &str {
        &self.text
    }
}

/// The `.sql` files of the directory, in the byte order of their names; none without a directory. Folders, hidden files
/// and other files do not count.
pub(crate) fn read(directory: &Path) -> Result<Vec<Seed>, Error> {
    let paths = paths(directory).map_err(Error::file(directory))?;
    let seed = |(name, path): (String, PathBuf)| {
        let bytes = fs::read(&path).map_err(Error::file(&path))?;
        Seed::new(&path, name, bytes)
    };
    paths.into_iter().map(seed).collect()
}

fn paths(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_sql = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
        let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
            continue;
        };
        if is_sql && !name.starts_with('.') && fs::metadata(&path)?.is_file() {
            paths.push((name.into_owned(), path));
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        directory
    }

    #[test]
    fn files_come_in_the_byte_order_of_their_names_and_nothing_else_does() {
        let files: [(&str, &[u8]); 6] = [
            ("b.sql", b""),
            ("B.SQL", b""),
            ("10.sql", b""),
            ("9.sql", b""),
            (".draft.sql", b""),
            ("notes.md", b""),
        ];
        let directory = directory(&files);
        fs::create_dir(directory.path().join("folder.sql")).unwrap();
        let names: Vec<String> = read(directory.path())
            .unwrap()
            .into_iter()
            .map(|seed| seed.name)
            .collect();
        assert_eq!(names, ["10.sql", "9.sql", "B.SQL", "b.sql"]);
        assert!(read(&directory.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_do_not_change_a_file() {
        let files: [(&str, &[u8]); 3] = [
            ("a.sql", b"select 1;\nselect 2;\n"),
            ("b.sql", b"\xef\xbb\xbfselect 1;\r\nselect 2;\r\n"),
            ("c.sql", b"select 1;\nselect 3;\n"),
        ];
        let directory = directory(&files);
        let seeds = read(directory.path()).unwrap();
        assert_eq!(seeds[0].checksum, seeds[1].checksum);
        assert_ne!(seeds[0].checksum, seeds[2].checksum);
        assert!(seeds[1].sql().starts_with("select"));
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_reported_with_its_line() {
        let directory = directory(&[("a.sql", b"select 1;\nselect '\xff';\n")]);
        let error = read(directory.path()).unwrap_err().to_string();
        assert!(
            error.ends_with("a.sql:2: the seed file is not UTF-8"),
            "{error}"
        );
    }
}
