/// What happens to privileges, memberships and settings that are there and not wanted.
///
/// In every mode, what is missing is added, attributes of declared roles are made to hold, and PUBLIC loses what it has on
/// what is declared. What a mode leaves alone is listed as drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// It stays.
    #[default]
    Additive,
    /// What declared roles hold is taken away, but on single tables, sequences and routines, where a migration may have
    /// granted it on purpose.
    Guard,
    /// It is taken away, whoever holds it; superusers and roles with CREATEROLE keep CONNECT on the database, so that
    /// it can be administered.
    Enforce,
}
