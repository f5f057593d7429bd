use std::collections::BTreeSet;
use std::ops::Range;

use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

use super::change::{Kind, changes};
use super::raw::Raw;
use super::source::Source;
use super::{LintOptions, RuleName};

/// What squawk's rules that are on say about a file that leads forward.
pub(super) fn check(source: &Source<'_>, options: &LintOptions) -> Vec<Raw> {
    let parsed = SourceFile::parse(source.sql);
    // A linter never forgets what it found, so each file gets its own.
    let rules = options.rules().filter_map(squawks);
    let mut linter = Linter::from(rules);
    linter.settings.assume_in_transaction = source.transactional;
    if let Ok(version) = options.pg_version.to_string().parse() {
        linter.settings.pg_version = version;
    }
    let fresh = fresh_indexes(source);
    let mut found: Vec<Raw> = not_understood(&parsed).into_iter().collect();
    for violation in linter.lint(&parsed, source.sql) {
        let byte = bytes(violation.text_range.start().into());
        let name = violation.code.to_string();
        let Some(rule) = RuleName::find(&name) else {
            continue;
        };
        let is_fresh = fresh.iter().any(|statement| statement.contains(&byte));
        if is_fresh && rule.as_str() == "require-concurrent-index-creation" {
            continue;
        }
        found.push(Raw {
            rule: rule.as_str(),
            severity: None,
            byte,
            message: sentence(&violation.message),
            help: violation.help.as_deref().map(sentence),
        });
    }
    found
}

fn squawks(rule: RuleName) -> Option<Rule> {
    Rule::try_from(rule.as_str()).ok()
}

/// Squawk knows that nobody waits for an index of a table that the file has just made, but not that the same is
/// true of a materialized view.
fn fresh_indexes(source: &Source<'_>) -> Vec<Range<usize>> {
    let mut made = BTreeSet::new();
    let mut fresh = Vec::new();
    for statement in &source.statements {
        for change in changes(statement) {
            match (change.object.kind, &change.object.table) {
                (Kind::View, _) if change.makes() => {
                    made.insert(change.object.name);
                }
                (Kind::Index, Some(table)) if made.contains(table) => {
                    fresh.push(statement.range());
                }
                _ => {}
            }
        }
    }
    fresh
}

fn bytes(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Where squawk's grammar ends, its rules see nothing, and nobody should think that all is well.
fn not_understood(parsed: &squawk_syntax::Parse<SourceFile>) -> Option<Raw> {
    let error = parsed.errors().into_iter().next()?;
    let byte = bytes(error.range().start().into());
    let message = format!(
        "squawk does not understand this: {}",
        sentence(error.message())
    );
    Some(
        Raw::new("syntax-not-understood", byte, message)
            .help("if the server takes it, check by hand what squawk's rules would have said"),
    )
}

/// As our messages are: without a full stop at the end.
fn sentence(text: &str) -> String {
    text.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_squawk_is_in_our_table_under_its_name() {
        for rule in Linter::with_default_rules().rules {
            assert!(RuleName::find(&rule.to_string()).is_some(), "{rule}");
        }
        for name in super::super::table::RULES
            .iter()
            .filter(|rule| rule.is_squawks)
        {
            let has_code = !matches!(name.name, "unused-ignore" | "syntax-not-understood");
            let rule = Rule::try_from(name.name).map(|rule| rule.to_string());
            assert_eq!(rule.as_deref().ok(), has_code.then_some(name.name));
        }
    }
}
