use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::secret_file::SecretFile;
use crate::{Error, Rules, Secret, read_file};

/// A directory is swapped every minute at most, and a try takes less than a millisecond: whoever meets as many swaps in
/// a row meets a broken program.
const TRIES: usize = 100;

/// Reads several files of one directory so that all of them belong together, with the warnings beside each secret.
///
/// Kubernetes swaps all files of a volume at once by renaming the link `..data`
/// (<https://kubernetes.io/docs/concepts/configuration/secret/>). The link is followed once, and every file is read
/// from where it led. When it leads elsewhere afterwards, all of them are read again, a bounded number of times.
///
/// # Errors
/// [`Error::Unusable`] when the files are not in one directory, and the errors of [`read_file`](crate::read_file).
pub fn read_together(paths: &[PathBuf], rules: Rules) -> Result<Vec<(Secret, Vec<String>)>, Error> {
    let Some(directory) = common_directory(paths)? else {
        return Ok(Vec::new());
    };
    let mut last = read_once(directory, paths, rules);
    for _again in 1..TRIES {
        match last {
            Read {
                result,
                settled: true,
            } => return result,
            _ => last = read_once(directory, paths, rules),
        }
    }
    // Each try read one generation, so also the last one belongs together.
    last.result
}

struct Read {
    result: Result<Vec<(Secret, Vec<String>)>, Error>,
    /// The directory was the same before and after.
    settled: bool,
}

fn read_once(directory: &Path, paths: &[PathBuf], rules: Rules) -> Read {
    let before = generation(directory);
    let result = paths
        .iter()
        .map(|path| read_in(before.as_deref(), path, rules))
        .collect();
    let settled = generation(directory) == before;
    Read { result, settled }
}

fn read_in(
    generation: Option<&Path>,
    path: &Path,
    rules: Rules,
) -> Result<(Secret, Vec<String>), Error> {
    let name = path.file_name().unwrap_or_default();
    let opened = generation
        .map(|generation| generation.join(name))
        .filter(|_| !has_data(path) || is_linked_through(path, name));
    let file = SecretFile::at(path);
    match &opened {
        Some(opened) => read_file::read(&file.opened_as(opened), rules),
        None => read_file::read(&file, rules),
    }
}

/// Where the files of the directory really are: behind `..data`, or behind a link to the directory itself. Only the link
/// is read: following it would fail while it is swapped.
fn generation(directory: &Path) -> Option<PathBuf> {
    match directory.join("..data").read_link() {
        Ok(target) => Some(directory.join(target)),
        Err(_plain) => directory.canonicalize().ok(),
    }
}

fn has_data(path: &Path) -> bool {
    path.with_file_name("..data").is_symlink()
}

fn is_linked_through(path: &Path, name: &OsStr) -> bool {
    path.read_link()
        .is_ok_and(|target| target == Path::new("..data").join(name))
}

fn common_directory(paths: &[PathBuf]) -> Result<Option<&Path>, Error> {
    let Some(first) = paths.first() else {
        return Ok(None);
    };
    let directory = parent(first);
    match paths.iter().find(|path| parent(path) != directory) {
        None => Ok(Some(directory)),
        Some(stranger) => Err(Error::Unusable {
            what: format!("the secret file {}", stranger.display()),
            why: format!(
                "is not in {}, like the first one; only the files of one directory change together",
                directory.display()
            ),
        }),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
