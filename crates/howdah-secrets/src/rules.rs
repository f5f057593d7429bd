/// How strict the rules for secrets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// A file that others may read is a warning, and so is a variable that holds the path of a file; inline values and
    /// placeholders are fine.
    Development,
    /// A file that others may read is an error, outside the directories that an engine mounts. So are an inline value, a
    /// placeholder, and a variable that holds the path of a file.
    Production,
}
