/// What becomes of a migration that is older than the newest one applied: two branches were merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutOfOrder {
    /// Nothing runs.
    #[default]
    Refuse,
    /// It runs, and [`Plan::warnings`](crate::Plan::warnings) says so.
    Warn,
    /// It runs.
    Allow,
}
