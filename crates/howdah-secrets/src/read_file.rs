use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::{Error, Secret};

const MAX_BYTES: u64 = 64 * 1024;

/// How strict the rules for secret files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// A file that others may read is a warning.
    Development,
    /// A file that others may read is an error, outside the directories that an engine mounts.
    Production,
}

/// Reads a secret file by the rules of the crate, and returns the warnings beside the secret.
///
/// # Errors
/// [`Error::File`], [`Error::Unsafe`] or [`Error::Content`].
pub fn read_file(path: &Path, rules: Rules) -> Result<(Secret, Vec<String>), Error> {
    let file = open(path)?;
    let mut warnings = Vec::new();
    check_kind(path, &file)?;
    check_permissions(path, &file, rules, &mut warnings)?;
    let bytes = read_all(path, &file)?;
    let secret = text(path, &bytes, &mut warnings)?;
    Ok((secret, warnings))
}

/// Without blocking, so that a FIFO cannot hang the reader; its kind is checked on the open file.
fn open(path: &Path) -> Result<File, Error> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    options
        .open(path)
        .map_err(|source| file_error(path, source))
}

fn check_kind(path: &Path, file: &File) -> Result<(), Error> {
    let metadata = file.metadata().map_err(|source| file_error(path, source))?;
    if !metadata.is_file() {
        return Err(unsafe_file(path, "it is not a regular file"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(unsafe_file(
            path,
            "it is larger than 64 KiB, which is no password",
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn check_permissions(
    path: &Path,
    file: &File,
    rules: Rules,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|source| file_error(path, source))?;
    let mode = metadata.mode() & 0o7777;
    let me = rustix::process::geteuid().as_raw();
    if metadata.uid() != me && metadata.uid() != 0 {
        let why = format!(
            "it belongs to user {}, not to this user ({me}) or root",
            metadata.uid()
        );
        return Err(unsafe_file(path, &why));
    }
    if mode & 0o022 != 0 {
        let why = format!("mode {mode:04o} lets others change it; run `chmod 600` on it");
        return Err(unsafe_file(path, &why));
    }
    if mode & 0o004 != 0 && !is_engine_mount(path) {
        let why = format!("mode {mode:04o} lets everybody read it; run `chmod 600` on it");
        if rules == Rules::Production {
            return Err(unsafe_file(path, &why));
        }
        warnings.push(format!("the secret file {}: {why}", path.display()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_permissions(
    _path: &Path,
    _file: &File,
    _rules: Rules,
    _warnings: &mut Vec<String>,
) -> Result<(), Error> {
    Ok(())
}

/// Docker and Swarm mount secrets there with mode 0444; nobody can change that from inside.
#[cfg(unix)]
fn is_engine_mount(path: &Path) -> bool {
    path.starts_with("/run/secrets") || path.starts_with("/run/credentials")
}

fn read_all(path: &Path, file: &File) -> Result<Zeroizing<Vec<u8>>, Error> {
    // One allocation: growing would leave copies of the password behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024 + 1));
    file.take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|source| file_error(path, source))?;
    Ok(bytes)
}

fn text(path: &Path, bytes: &[u8], warnings: &mut Vec<String>) -> Result<Secret, Error> {
    let content = |why: &str| Error::Content {
        origin: format!("the file {}", path.display()),
        why: why.to_owned(),
    };
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return Err(content(
            "starts with a byte order mark; save it without one",
        ));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| content(&format!("is not UTF-8 at byte {}", error.valid_up_to())))?;
    let line = text
        .strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .unwrap_or(text);
    if line.is_empty() {
        return Err(content("is empty"));
    }
    if line.ends_with(['\n', '\r']) {
        return Err(content(
            "ends with more than one line ending; keep one at most",
        ));
    }
    if line.contains(char::is_control) {
        return Err(content(
            "holds a control character or a second line; a password is one line",
        ));
    }
    if line.trim() != line {
        let name = path.display();
        warnings.push(format!(
            "the secret file {name} starts or ends with a space, which is taken as part of the secret"
        ));
    }
    Ok(Secret::new(line))
}

fn file_error(path: &Path, source: io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        source,
    }
}

fn unsafe_file(path: &Path, why: &str) -> Error {
    Error::Unsafe {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn read(content: &[u8], mode: u32, rules: Rules) -> Result<(String, Vec<String>), String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pw");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        read_file(&path, rules)
            .map(|(secret, warnings)| (secret.expose().to_owned(), warnings))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn exactly_one_line_ending_is_taken_off() {
        for content in ["pa ss", "pa ss\n", "pa ss\r\n"] {
            let (text, warnings) = read(content.as_bytes(), 0o600, Rules::Production).unwrap();
            assert_eq!((text.as_str(), warnings.len()), ("pa ss", 0));
        }
        let error = read(b"hunter2\n\n", 0o600, Rules::Production).unwrap_err();
        assert!(error.contains("more than one line ending"), "{error}");
    }

    #[test]
    fn content_that_cannot_be_a_password_is_refused_without_being_shown() {
        let cases: [(&[u8], &str); 6] = [
            (b"", "is empty"),
            (b"\n", "is empty"),
            (b"\xEF\xBB\xBFhunter2", "byte order mark"),
            (b"hunter2\0", "control character"),
            (b"hunter2\nhunter3", "control character"),
            (b"hunter2\xFF", "not UTF-8 at byte 7"),
        ];
        for (content, expected) in cases {
            let error = read(content, 0o600, Rules::Production).unwrap_err();
            assert!(
                error.contains(expected) && !error.contains("hunter"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_that_others_may_change_is_refused_everywhere() {
        for mode in [0o666, 0o660, 0o620] {
            let error = read(b"hunter2", mode, Rules::Development).unwrap_err();
            assert!(error.contains(&format!("{mode:04o}")), "{error}");
        }
    }

    #[test]
    fn a_file_that_everybody_may_read_is_an_error_in_production_and_a_warning_elsewhere() {
        let (_, warnings) = read(b"hunter2", 0o644, Rules::Development).unwrap();
        assert!(
            warnings.len() == 1 && warnings[0].contains("0644"),
            "{warnings:?}"
        );
        assert!(read(b"hunter2", 0o644, Rules::Production).is_err());
    }

    #[test]
    fn a_directory_is_not_a_secret() {
        let dir = tempfile::tempdir().unwrap();
        let error = read_file(dir.path(), Rules::Development).unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{error}");
    }

    #[test]
    fn a_leading_or_trailing_space_is_kept_and_warned_about() {
        let (text, warnings) = read(b" pad \n", 0o600, Rules::Production).unwrap();
        assert_eq!(text, " pad ");
        assert_eq!(warnings.len(), 1);
    }
}
