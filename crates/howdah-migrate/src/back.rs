use crate::Version;

/// How far back a `revert` goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Back {
    /// So many migrations, the newest first.
    Count(usize),
    /// Everything that is newer than this version, which stays.
    To(Version),
    /// Everything.
    All,
}
