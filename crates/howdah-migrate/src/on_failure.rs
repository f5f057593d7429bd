/// What becomes of a service whose migrations failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFailure {
    /// It does not start.
    #[default]
    Abort,
    /// It starts, and says that it is degraded. Not for production.
    Continue,
}
