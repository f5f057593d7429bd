//! The folders in tests/data/lint: `bad.sql` is found on the lines that say so and nowhere else,
//! in `good.sql` the rule finds nothing. A folder `bad` or `good` is a directory of migrations.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use howdah_migrate::{
    Finding, LintOptions, Migrations, ReadOptions, RuleName, Severity, lint_text,
};
use proptest::prelude::*;

use crate::support::Files;

const MARK: &str = "-- finding";

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lint")
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// `file:line` of every place where the rule found something.
fn found(case: &Path, rule: &str) -> BTreeSet<String> {
    let mut options = LintOptions::default();
    let findings = if case.is_dir() {
        let queries = case.join("sqlx");
        options.sqlx_queries = queries.is_dir().then_some(queries);
        let linted = Migrations::lint_directory(case, &ReadOptions::default(), &options);
        linted.unwrap().findings
    } else {
        let text = fs::read_to_string(case).unwrap();
        lint_text(case.to_str().unwrap(), &text, &options)
    };
    let findings = findings.into_iter();
    findings
        .filter(|finding| finding.rule.as_str() == rule)
        .map(|finding| format!("{}:{}", name(Path::new(&finding.file)), finding.line))
        .collect()
}

/// `file:line` of every line that is marked.
fn marked(case: &Path) -> BTreeSet<String> {
    let files = if case.is_dir() {
        entries(case)
    } else {
        vec![case.to_owned()]
    };
    let files = files.iter().filter(|file| file.is_file());
    let lines = files.flat_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().enumerate();
        let marked = lines.filter(|(_, line)| line.ends_with(MARK));
        marked
            .map(|(index, _)| format!("{}:{}", name(file), index + 1))
            .collect::<Vec<_>>()
    });
    lines.collect()
}

#[test]
fn every_bad_file_is_found_on_its_lines_and_no_good_one_is() {
    for folder in entries(&data()) {
        let rule = name(&folder);
        assert!(rule.parse::<RuleName>().is_ok(), "{rule}");
        let mut bad = 0;
        let mut good = 0;
        for case in entries(&folder) {
            let marked = marked(&case);
            if name(&case).starts_with("bad") {
                bad += 1;
                assert!(!marked.is_empty(), "{} has no line to find", case.display());
            } else {
                good += 1;
                assert!(marked.is_empty(), "{} has a line to find", case.display());
            }
            assert_eq!(found(&case, rule), marked, "{}", case.display());
        }
        assert!(
            bad > 0 && good > 0,
            "{rule} has {bad} bad and {good} good cases"
        );
    }
}

#[test]
fn every_rule_of_ours_has_a_folder() {
    let ours: BTreeSet<String> = LintOptions::default()
        .rules()
        .map(|rule| rule.to_string())
        .collect();
    let folders: BTreeSet<String> = entries(&data())
        .iter()
        .map(|path| name(path).to_owned())
        .collect();
    assert!(folders.is_subset(&ours));
    // Squawk's rules are proved by squawk.
    if !cfg!(feature = "lint") {
        assert_eq!(folders, ours);
    }
}

/// The findings of our own rules, which both builds have.
fn ours(findings: Vec<Finding>) -> Vec<Finding> {
    let squawks = ["ban-", "require-", "adding-", "renaming-"];
    let is_ours = |finding: &Finding| {
        !squawks
            .iter()
            .any(|start| finding.rule.as_str().starts_with(start))
    };
    findings.into_iter().filter(is_ours).collect()
}

fn shown(findings: Vec<Finding>) -> String {
    let findings = ours(findings);
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_finding_shows_its_place_its_rule_and_what_to_do() {
    let findings = lint_text("1_a.sql", "select 1;\n  commit;", &LintOptions::default());
    expect![[r"
        1_a.sql:2:3: error[transaction-control]: `commit` would break the transaction that the file shares with its row of the ledger
          help: remove it, or split the file"]].assert_eq(&shown(findings));
}

#[test]
fn findings_are_sorted_by_file_and_place() {
    let files = Files::new(&[
        (
            "1_a.sql",
            "create table a (b json, c json);\ncreate index i on a (b, c, d, e);",
        ),
        ("2_b.up.sql", "create table b (c json);"),
        ("2_b.down.sql", "set role x;"),
    ]);
    let findings = files.migrations().lint(&LintOptions::default());
    let places: Vec<String> = ours(findings)
        .iter()
        .map(|finding| {
            files.strip(&format!(
                "{}:{}:{} {}",
                finding.file, finding.line, finding.column, finding.rule
            ))
        })
        .collect();
    assert_eq!(
        places,
        [
            "1_a.sql:1:19 json-column",
            "1_a.sql:1:27 json-column",
            "1_a.sql:2:1 wide-index",
            "2_b.down.sql:1:1 session-setting",
            "2_b.up.sql:1:14 incomplete-down",
            "2_b.up.sql:1:19 json-column",
        ]
    );
}

#[test]
fn what_has_run_is_read_but_not_reported() {
    let files = Files::new(&[
        ("1_a.sql", "create table a (b json);"),
        ("2_b.sql", "create table b (c json);"),
    ]);
    let mut options = LintOptions::default();
    options.after = howdah_migrate::Version::new(1);
    let findings = ours(files.migrations().lint(&options));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].file.ends_with("2_b.sql"));
}

#[test]
fn an_excluded_rule_finds_nothing_and_an_ignored_statement_is_passed_over() {
    let sql = "create table a (b json);\n-- howdah: ignore json-column because it is copied as it is\ncreate table b (c json);";
    let mut options = LintOptions::default();
    let findings = ours(lint_text("1_a.sql", sql, &options));
    assert_eq!((findings.len(), findings[0].line), (1, 1));
    options.exclude.insert("json-column".parse().unwrap());
    assert_eq!(ours(lint_text("1_a.sql", sql, &options)), []);
}

#[test]
fn a_comment_for_the_file_counts_everywhere_in_it() {
    let sql = "create table a (b json);\n\n-- howdah: ignore-file json-column because it is a dump\ncreate table b (c json);";
    assert_eq!(ours(lint_text("1_a.sql", sql, &LintOptions::default())), []);
}

#[test]
fn the_settings_of_a_dump_are_warnings() {
    let dump = "SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET row_security = off;";
    let severities = |sql: &str| -> Vec<Severity> {
        let findings = ours(lint_text("1_a.sql", sql, &LintOptions::default()));
        findings.iter().map(|finding| finding.severity).collect()
    };
    assert_eq!(severities(dump), [Severity::Warning; 3]);
    assert_eq!(severities("set search_path to a"), [Severity::Warning]);
    assert_eq!(severities("set row_security = off"), [Severity::Error]);
}

#[test]
fn a_mark_behind_a_byte_order_mark_is_found_in_a_text_that_stands_alone() {
    let findings = lint_text(
        "1_a.sql",
        "\u{feff}-- no-transaction\nvacuum",
        &LintOptions::default(),
    );
    let found = ours(findings);
    assert_eq!(
        (found[0].rule.as_str(), found[0].line, found[0].column),
        ("misplaced-no-transaction", 1, 1)
    );
}

#[test]
fn queries_that_cannot_be_read_are_findings() {
    let files = Files::new(&[("1_a.sql", "select 1")]);
    let lint = |directory: &Path| {
        let mut options = LintOptions::default();
        options.sqlx_queries = Some(directory.to_owned());
        let findings = files.migrations().lint(&options);
        files.strip(&shown(findings))
    };
    assert!(lint(&files.path().join("none")).contains(
        "none:1:1: error[dropped-but-queried]: the directory of the queries cannot be read"
    ));
    assert!(lint(files.path()).contains("there is no query-*.json in it"));
    files.write("query-1.json", "{");
    assert!(
        lint(files.path()).contains("query-1.json:1:1: error[dropped-but-queried]: it is not JSON")
    );
    files.write("query-1.json", "{}");
    assert!(lint(files.path()).contains("it has no text `query`"));
}

#[test]
fn a_message_names_some_of_the_queries_and_counts_the_rest() {
    let files = Files::new(&[("1_a.sql", "drop table a")]);
    for number in 1..=5 {
        files.write(
            &format!("query-{number}.json"),
            r#"{"query": "select 1 from a"}"#,
        );
    }
    let mut options = LintOptions::default();
    options.sqlx_queries = Some(files.path().to_owned());
    let findings = files.migrations().lint(&options);
    expect![[r"
        1_a.sql:1:12: error[dropped-but-queried]: the table `a` is dropped, and the program still reads it: query-1.json, query-2.json, query-3.json and 2 more
          help: release a program that no longer reads it first; then run `cargo sqlx prepare` and add this migration"]].assert_eq(&files.strip(&shown(findings)));
}

proptest! {
    #[test]
    fn any_text_is_linted_without_a_panic(
        sql in r#"(create |alter |drop |table |index |type |add |rename |set |value |update |do |a|json|[.,$'";()/*\n-]|-- howdah: ignore |because |\PC){0,30}"#
    ) {
        for finding in lint_text("1_a.sql", &sql, &LintOptions::default()) {
            prop_assert!(finding.line >= 1 && finding.column >= 1);
            prop_assert!(finding.to_string().contains(finding.rule.as_str()));
        }
    }
}

#[cfg(feature = "lint")]
mod with_squawk {
    use super::*;

    fn rules(sql: &str, options: &LintOptions) -> Vec<&'static str> {
        let findings = lint_text("1_a.sql", sql, options);
        findings
            .iter()
            .map(|finding| finding.rule.as_str())
            .collect()
    }

    #[test]
    fn its_rules_about_safety_are_on_and_those_about_style_and_timeouts_are_off() {
        let sql = "create index i on t (a);\nalter table t add column c int not null;";
        assert_eq!(
            rules(sql, &LintOptions::default()),
            ["require-concurrent-index-creation", "adding-required-field"]
        );
    }

    #[test]
    fn a_rule_that_is_off_can_be_included_and_one_that_is_on_excluded() {
        let mut options = LintOptions::default();
        options
            .include
            .insert("prefer-bigint-over-int".parse().unwrap());
        options.exclude.insert("ban-drop-table".parse().unwrap());
        let sql = "drop table t;\ncreate table a (b int);";
        assert_eq!(rules(sql, &options), ["prefer-bigint-over-int"]);
    }

    #[test]
    fn a_clean_file_behind_a_bad_one_has_no_findings() {
        let files = Files::new(&[("1_a.sql", "drop table t;"), ("2_b.sql", "select 1;")]);
        let findings = files.migrations().lint(&LintOptions::default());
        assert_eq!(findings.len(), 1);
        assert!(findings[0].file.ends_with("1_a.sql"));
    }

    #[test]
    fn it_knows_whether_the_file_runs_in_a_transaction() {
        let mut options = LintOptions::default();
        options
            .include
            .insert("prefer-robust-stmts".parse().unwrap());
        let sql = "create table a ();\ncreate table b ();";
        assert_eq!(rules(sql, &options), [""; 0]);
        let outside = format!("-- no-transaction\n{sql}");
        assert_eq!(rules(&outside, &options), ["prefer-robust-stmts"; 2]);
    }

    #[test]
    fn both_kinds_of_comments_count_for_its_rules() {
        for sql in [
            "-- squawk-ignore ban-drop-table\ndrop table t;",
            "-- howdah: ignore ban-drop-table because nobody reads it\ndrop table t;",
        ] {
            assert_eq!(rules(sql, &LintOptions::default()), [""; 0], "{sql}");
        }
        let sql = "-- squawk-ignore ban-drop-tabel\nselect 1;";
        assert_eq!(rules(sql, &LintOptions::default()), ["unused-ignore"]);
    }

    #[test]
    fn what_it_cannot_read_is_said() {
        let sql = "select 1;\nselect from where;";
        assert!(rules(sql, &LintOptions::default()).contains(&"syntax-not-understood"));
    }

    #[test]
    fn the_way_back_may_drop() {
        let files = Files::new(&[
            ("1_a.up.sql", "create table t ();"),
            ("1_a.down.sql", "drop table t;"),
        ]);
        assert_eq!(files.migrations().lint(&LintOptions::default()), []);
    }

    #[test]
    fn an_index_of_a_materialized_view_that_the_file_makes_locks_nobody_out() {
        let sql = "create materialized view v as select 1 as a;\ncreate index i on v (a);\ncreate index j on w (a);";
        let findings = lint_text("1_a.sql", sql, &LintOptions::default());
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [3]);
    }

    #[test]
    fn the_migrations_of_this_repository_are_clean() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let migrations = Migrations::read(directory).unwrap();
        assert_eq!(migrations.lint(&LintOptions::default()), []);
    }
}
