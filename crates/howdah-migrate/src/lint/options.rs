use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::Version;

use super::RuleName;
use super::table::{RULES, Rule};

/// What is linted, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LintOptions {
    /// Rules that are off unless they are named here.
    pub include: BTreeSet<RuleName>,
    /// Rules that are not wanted; this counts more than `include`.
    pub exclude: BTreeSet<RuleName>,
    /// Only migrations after this version are reported: those before it have run, and editing them
    /// would change their checksums. They are still read, to know what is there.
    pub after: Option<Version>,
    /// The oldest major version of the server; squawk knows what became harmless when.
    pub pg_version: u16,
    /// The directory `.sqlx` that `cargo sqlx prepare` writes: what its queries read must not be
    /// dropped or renamed.
    pub sqlx_queries: Option<PathBuf>,
}

impl Default for LintOptions {
    /// The rules about safety, all versions, PostgreSQL 13, no queries.
    fn default() -> Self {
        Self {
            include: BTreeSet::new(),
            exclude: BTreeSet::new(),
            after: None,
            pg_version: 13,
            sqlx_queries: None,
        }
    }
}

impl LintOptions {
    /// The rules that are on, in the order of their names; squawk's are among them only in a build
    /// with the feature `lint`.
    pub fn rules(&self) -> impl Iterator<Item = RuleName> {
        RULES
            .iter()
            .filter(|rule| self.is_on(rule))
            .map(RuleName::of)
    }

    pub(super) fn is_on(&self, rule: &Rule) -> bool {
        let name = RuleName::of(rule);
        let wanted = rule.is_on || self.include.contains(&name);
        let built = !rule.is_squawks || cfg!(feature = "lint");
        wanted && built && !self.exclude.contains(&name)
    }
}
