/// Whether a service that starts applies its migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// Applies what is pending, one replica at a time.
    #[default]
    Auto,
    /// Looks, and fails if something is pending: somebody else applies it.
    Check,
    /// Does nothing.
    Off,
}
