use crate::Version;

/// How far an `apply` goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// To the newest file.
    #[default]
    Newest,
    /// To this version, and not beyond it.
    Version(Version),
    /// So many migrations.
    Count(usize),
}
