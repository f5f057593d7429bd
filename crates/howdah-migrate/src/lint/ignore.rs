use std::ops::Range;

use crate::lexer::{Kind, Lexer, Token};

use crate::split::Statement;

use super::RuleName;
use super::raw::Raw;
use super::source::Source;

/// `howdah: ignore rule because reason`, in a comment.
#[derive(Debug)]
pub(super) struct Ignore {
    /// Where the comment starts.
    pub(super) byte: usize,
    pub(super) rule: RuleName,
    scope: Scope,
    pub(super) is_used: bool,
}

#[derive(Debug, Clone)]
enum Scope {
    File,
    /// From the line of the comment to the end of the statement.
    Bytes(Range<usize>),
}

impl Ignore {
    pub(super) fn covers(&self, raw: &Raw) -> bool {
        let here = match &self.scope {
            Scope::File => true,
            Scope::Bytes(bytes) => bytes.contains(&raw.byte),
        };
        here && self.rule.as_str() == raw.rule
    }
}

/// All of a file, and what is wrong with some.
pub(super) fn read(source: &Source<'_>) -> (Vec<Ignore>, Vec<Raw>) {
    let mut ignores = Vec::new();
    let mut wrong = Vec::new();
    for token in Lexer::new(source.sql).filter(|token| token.kind == Kind::Comment) {
        let text = source.sql.get(token.start..token.end).unwrap_or_default();
        let Some((is_file, rest)) = directive(text) else {
            continue;
        };
        let scope = if is_file {
            Scope::File
        } else {
            Scope::Bytes(lines_and_statement(source, token))
        };
        match parse(rest) {
            Ok(rules) => ignores.extend(rules.into_iter().map(|rule| Ignore {
                byte: token.start,
                rule,
                scope: scope.clone(),
                is_used: false,
            })),
            Err(message) => wrong.push(
                Raw::new("invalid-ignore", token.start, message)
                    .help("write `-- howdah: ignore rule-name because ...`, with the reason"),
            ),
        }
    }
    (ignores, wrong)
}

/// Whether it is for the whole file, and what stands behind `ignore`.
fn directive(comment: &str) -> Option<(bool, &str)> {
    let text = comment
        .strip_prefix("--")
        .or_else(|| comment.strip_prefix("/*")?.strip_suffix("*/"))?;
    let text = text.trim().strip_prefix("howdah:")?.trim_start();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match word {
        "ignore" => Some((false, rest)),
        "ignore-file" => Some((true, rest)),
        _ => None,
    }
}

/// `rule, rule because reason`. All or nothing: half of a comment would be hard to see through.
fn parse(text: &str) -> Result<Vec<RuleName>, String> {
    let mut words = text.split_whitespace();
    let names: Vec<&str> = words
        .by_ref()
        .take_while(|word| *word != "because")
        .collect();
    if words.next().is_none() {
        return Err("a rule is ignored without a reason, so nothing is ignored".to_owned());
    }
    let names: Vec<&str> = names
        .iter()
        .flat_map(|word| word.split(','))
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Err("no rule is named, so nothing is ignored".to_owned());
    }
    let rules = names.iter().map(|name| name.parse());
    rules
        .collect::<Result<_, super::UnknownRule>>()
        .map_err(|unknown| unknown.to_string())
}

/// The lines of the comment and the statements that touch them; else the statement that follows,
/// if no blank line stands between.
fn lines_and_statement(source: &Source<'_>, comment: Token) -> Range<usize> {
    let sql = source.sql;
    let start = sql
        .get(..comment.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let end = sql
        .get(comment.end..)
        .and_then(|after| after.find('\n'))
        .map_or(sql.len(), |newline| comment.end + newline);
    let ranges = || source.statements.iter().map(Statement::range);
    let touching = ranges().filter(|range| range.start < end && range.end > start);
    if let Some(touched) = touching.reduce(|first, last| first.start..last.end) {
        return touched.start.min(start)..touched.end.max(end);
    }
    let next = ranges().find(|range| range.start >= end);
    let next = next.filter(|range| !has_blank_line(sql.get(end..range.start).unwrap_or_default()));
    start..next.map_or(end, |range| range.end)
}

/// In a text from the end of a line to within another one.
fn has_blank_line(between: &str) -> bool {
    let lines: Vec<&str> = between.split('\n').collect();
    let inner = lines.len().saturating_sub(1);
    lines
        .iter()
        .take(inner)
        .skip(1)
        .any(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules that are ignored, and the text they are ignored in.
    fn ignored(sql: &str) -> Vec<(String, String)> {
        let source = Source::of_text("1_a.sql", sql);
        let (ignores, wrong) = read(&source);
        assert_eq!(wrong, []);
        let shown = ignores.into_iter().map(|ignore| {
            let text = match ignore.scope {
                Scope::File => "file".to_owned(),
                Scope::Bytes(bytes) => sql[bytes].lines().last().unwrap_or_default().to_owned(),
            };
            (ignore.rule.to_string(), text)
        });
        shown.collect()
    }

    fn wrong(sql: &str) -> Vec<String> {
        let source = Source::of_text("1_a.sql", sql);
        let (_, wrong) = read(&source);
        wrong.into_iter().map(|raw| raw.message).collect()
    }

    #[test]
    fn a_comment_counts_for_its_line_or_for_the_statement_behind_it() {
        for sql in [
            "a;\n-- howdah: ignore wide-index because x\ncreate b;\nc",
            "a;\n/* howdah: ignore wide-index because x */ create b;\nc",
            "a;\ncreate b; -- howdah: ignore wide-index because x\nc",
            "a;\n-- howdah: ignore wide-index because x\n-- more\n  create b;\nc",
            "a;\r\n-- howdah: ignore wide-index because x\r\ncreate b;\r\nc",
        ] {
            let found = ignored(sql);
            assert_eq!(found[0].0, "wide-index", "{sql}");
            assert!(found[0].1.contains("create b"), "{found:?} {sql}");
        }
    }

    #[test]
    fn a_blank_line_ends_what_a_comment_is_about() {
        let found = ignored("-- howdah: ignore wide-index because x\n\ncreate b");
        assert!(!found[0].1.contains("create b"));
    }

    #[test]
    fn several_rules_and_whole_files_can_be_ignored() {
        let sql = "-- howdah: ignore-file wide-index, json-column because it is a dump";
        let found = ignored(sql);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|(_, text)| text == "file"));
    }

    #[test]
    fn a_comment_without_a_reason_or_a_known_rule_ignores_nothing() {
        for sql in [
            "-- howdah: ignore wide-index",
            "-- howdah: ignore wide-index because",
            "-- howdah: ignore-file wide-index reason",
            "-- howdah: ignore",
        ] {
            assert!(wrong(sql)[0].contains("without a reason"), "{sql}");
        }
        assert!(
            wrong("-- howdah: ignore wide-indx because x")[0]
                .contains("did you mean `wide-index`?")
        );
        assert!(wrong("-- howdah: ignore because x")[0].contains("no rule is named"));
    }

    #[test]
    fn other_comments_and_strings_are_left_alone() {
        assert!(
            wrong("-- howdah: hello\n-- howdah ignore x\nselect '-- howdah: ignore x'").is_empty()
        );
    }
}
