use std::path::PathBuf;

/// What happens to files that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They stay as they are.
    Keep,
    /// They are copied into a backup directory, and then replaced.
    Replace,
}

/// What was done to which file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Those that were there and stayed.
    pub kept: Vec<PathBuf>,
    /// Those that were not there.
    pub made: Vec<PathBuf>,
    /// Those that were there and have new content.
    pub replaced: Vec<PathBuf>,
    /// The directory with the old content of those that were replaced.
    pub backup: Option<PathBuf>,
}

impl Written {
    pub(crate) fn add(&mut self, file: PathBuf, was_there: bool) {
        if was_there {
            self.replaced.push(file);
        } else {
            self.made.push(file);
        }
    }
}
