//! What the names of existing services need beside their bounds.

use super::Check;
use crate::settings::Limits;
use crate::value::listed;
use crate::{AliasPlace, Problem};

const LIMITS: &str = "database.pool.limits";

impl Check<'_> {
    /// Pools that are given as a total, with times in minutes, are most often larger than `standard` allows.
    pub(super) fn extended_limits(&self) -> Option<Problem> {
        let is_standard = self.merged.text(LIMITS).and_then(Limits::from_word)? == Limits::Standard;
        let is_total = |name: &str| name.starts_with("DB_");
        let given = self
            .merged
            .leaves()
            .filter(|(path, _)| path.starts_with("database.pool."));
        let mut names: Vec<&str> = given
            .filter_map(|(_, leaf)| leaf.alias)
            .filter(|alias| alias.place == AliasPlace::Variable && is_total(alias.name))
            .map(|alias| alias.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        let is_beyond = self.pool().iter().any(|problem| {
            let leaf = self.merged.leaf(&problem.path);
            leaf.and_then(|leaf| leaf.alias)
                .is_some_and(|alias| names.contains(&alias.name))
        });
        let message = format!(
            "does not allow what {} ask for; set HOWDAH__DATABASE__POOL__LIMITS=extended, or `{LIMITS}: extended`",
            listed(&names).replace(" or ", " and ")
        );
        (is_standard && is_beyond).then(|| self.problem(LIMITS, message))
    }
}
