use std::fmt;
use std::str::FromStr;

use super::near::near;
use super::table::{RULES, Rule};

/// The name of a rule that exists: one of ours, or one of squawk's, known also to a build without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName(&'static str);

impl RuleName {
    /// All rules, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        RULES.iter().map(|rule| Self(rule.name))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub(super) fn of(rule: &Rule) -> Self {
        Self(rule.name)
    }

    /// Of a rule that stands in the table.
    pub(super) const fn known(name: &'static str) -> Self {
        Self(name)
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        RULES.iter().find(|rule| rule.name == name).map(Self::of)
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for RuleName {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::find(name).ok_or_else(|| UnknownRule {
            name: name.to_owned(),
            near: near(name, Self::all().map(Self::as_str)),
        })
    }
}

/// There is no rule of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no lint rule `{name}`{}", did_you_mean(.near))]
#[non_exhaustive]
pub struct UnknownRule {
    /// The name that was asked for.
    pub name: String,
    /// Names that look like it, the nearest first.
    pub near: Vec<&'static str>,
}

fn did_you_mean(near: &[&str]) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!("; did you mean `{}`?", near.join("` or `"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_refused_with_those_that_look_like_it() {
        let error = "ban-drop-tabel".parse::<RuleName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no lint rule `ban-drop-tabel`; did you mean `ban-drop-table` or `ban-drop-type`?"
        );
        let error = "xyz".parse::<RuleName>().unwrap_err();
        assert_eq!(error.to_string(), "there is no lint rule `xyz`");
        let error = "timeout".parse::<RuleName>().unwrap_err();
        assert_eq!(
            error.near,
            ["require-lock-timeout", "require-statement-timeout"]
        );
    }

    #[test]
    fn every_name_stands_once_and_in_order() {
        let names: Vec<&str> = RuleName::all().map(RuleName::as_str).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    }
}
