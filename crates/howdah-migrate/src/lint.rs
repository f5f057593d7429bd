mod change;
mod directory;
mod finding;
mod ignore;
mod near;
mod options;
mod raw;
mod rule_name;
mod rules;
mod severity;
mod source;
#[cfg(feature = "lint")]
mod squawk;
mod table;

use crate::Migrations;

pub use directory::Linted;
pub use finding::Finding;
pub use options::LintOptions;
pub use rule_name::{RuleName, UnknownRule};
pub use severity::Severity;

use raw::Raw;
use source::Source;
use table::{RULES, Rule};

impl Migrations {
    /// Looks for what goes wrong in production, without a server: the findings by file and place.
    ///
    /// The rules are ours, and with the feature `lint` those of squawk too. A comment
    /// `-- howdah: ignore rule-name because ...` on the line before or on the same one excuses a
    /// statement, `-- howdah: ignore-file ...` a file; squawk's own comments work too.
    pub fn lint(&self, options: &LintOptions) -> Vec<Finding> {
        let forward: Vec<Source<'_>> = self.iter().map(Source::of).collect();
        let backward: Vec<Source<'_>> = self.backward().iter().map(Source::of).collect();
        let (mut across, mut findings) = rules::queries::check(&forward, options);
        findings.retain(|finding| options.rules().any(|rule| rule == finding.rule));
        across.extend(rules::down::check(&forward, &backward));
        for (index, source) in forward.iter().chain(&backward).enumerate() {
            let across = across.iter().filter(|(of, _)| *of == index);
            let across = across.map(|(_, raw)| raw.clone()).collect();
            if options
                .after
                .is_none_or(|after| source.version > Some(after))
            {
                findings.extend(lint_source(source, across, options));
            }
        }
        sorted(findings)
    }
}

/// Lints one text as a migration of this file name, without those before and behind it: rules that
/// need others, such as the one about `.down.sql` files, do not run.
pub fn lint_text(file: &str, text: &str, options: &LintOptions) -> Vec<Finding> {
    let source = Source::of_text(file, text);
    let marks = rules::misplaced_mark::check(text, source.sql);
    sorted(lint_source(&source, marks, options))
}

/// With what rules across files, or about the raw text, have found in it.
fn lint_source(source: &Source<'_>, found: Vec<Raw>, options: &LintOptions) -> Vec<Finding> {
    let mut found = found;
    found.extend(rules::check(source));
    #[cfg(feature = "lint")]
    if !source.is_down {
        found.extend(squawk::check(source, options));
    }
    let (mut ignores, wrong) = ignore::read(source);
    found.retain(|raw| {
        let mut covering = ignores.iter_mut().filter(|ignore| ignore.covers(raw));
        let ignored = covering.next().map(|ignore| ignore.is_used = true);
        ignored.is_none()
    });
    found.extend(wrong);
    let needless = ignores
        .iter()
        .filter(|ignore| !ignore.is_used && runs(ignore.rule, source, options));
    found.extend(needless.map(|ignore| {
        let message = format!(
            "`{}` finds nothing here, so there is nothing to ignore",
            ignore.rule
        );
        Raw::new("needless-ignore", ignore.byte, message).help("remove the comment")
    }));
    let placed = found.into_iter().filter_map(|raw| {
        let rule = rule_named(raw.rule).filter(|rule| options.is_on(rule))?;
        Some(raw.place(source, RuleName::of(rule), rule.severity))
    });
    placed.collect()
}

/// Whether the rule has looked at the file, so that its silence means something.
fn runs(name: RuleName, source: &Source<'_>, options: &LintOptions) -> bool {
    let Some(rule) = rule_named(name.as_str()).filter(|rule| options.is_on(rule)) else {
        return false;
    };
    match rule.name {
        "dropped-but-queried" => source.version.is_some() && options.sqlx_queries.is_some(),
        "missing-down" | "incomplete-down" => source.version.is_some(),
        // Nobody can excuse what is not read.
        "unsound-file" => false,
        _ => !(rule.is_squawks && source.is_down),
    }
}

fn rule_named(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.line, finding.column, finding.rule);
        a.file.cmp(&b.file).then_with(|| key(a).cmp(&key(b)))
    });
    findings
}
