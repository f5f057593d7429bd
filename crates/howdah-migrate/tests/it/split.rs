//! Our splitter beside the parser of squawk, which knows PostgreSQL's grammar.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use howdah_migrate::{Statement, split};
use sqlx::{Executor as _, Row as _, raw_sql};
use squawk_syntax::ast::AstNode as _;
use squawk_syntax::{SourceFile, SyntaxElement, SyntaxKind, SyntaxNode};

use crate::support::database;

/// Files that squawk does not cut as the server does, and why that is so.
const SQUAWKS_FAULTS: &[(&str, &str)] = &[
    (
        "crates/howdah-migrate/tests/data/split/continued_escapes.sql",
        "the second part of E'a' 'b' keeps the escapes of the first; squawk reads it as a string of its own",
    ),
    (
        "crates/howdah-migrate/tests/data/lint/psql-command/bad.sql",
        "the server knows no commands of psql; squawk does",
    ),
];

/// The fewest statements in the files made for this test.
const FEWEST: usize = 60;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The migrations and the data of all tests, as paths from the root of the repository. Not those in
/// `crates/*/sql`, which are templates.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                files.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    files.retain(|file: &PathBuf| {
        let name = file.to_str().unwrap();
        name.contains("migrations/") || name.contains("tests/data/")
    });
    files.sort();
    files
}

fn read(file: &Path) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    text.trim_start_matches('\u{feff}').to_owned()
}

fn ours(sql: &str) -> Vec<Range<usize>> {
    split(sql).iter().map(Statement::range).collect()
}

fn squawks(sql: &str) -> Vec<Range<usize>> {
    let file = SourceFile::parse(sql).tree();
    let statements = file.stmts().map(|statement| tokens(statement.syntax()));
    statements.filter(|range| !range.is_empty()).collect()
}

/// From the first to the last token that is neither a comment nor a space nor the semicolon at the end.
fn tokens(statement: &SyntaxNode) -> Range<usize> {
    let tokens = statement.descendants_with_tokens();
    let tokens = tokens.filter_map(SyntaxElement::into_token);
    let ranges: Vec<Range<usize>> = tokens
        .filter(|token| !token.kind().is_trivia())
        .map(|token| (token.kind(), token.text_range()))
        .map(|(kind, range)| {
            let end = if kind == SyntaxKind::SEMICOLON {
                range.start()
            } else {
                range.end()
            };
            usize::from(range.start())..usize::from(end)
        })
        .collect();
    let last = ranges.iter().rev().find(|range| !range.is_empty());
    ranges.first().map_or(0, |range| range.start)..last.map_or(0, |range| range.end)
}

#[test]
fn every_file_of_the_repository_is_cut_as_squawk_cuts_it() {
    let files = files();
    assert!(files.len() > 50, "only {} files were found", files.len());
    let mut wrong = String::new();
    for file in files {
        let name = file.to_str().unwrap();
        let known = SQUAWKS_FAULTS.iter().any(|(known, _)| *known == name);
        let sql = read(&file);
        let (ours, squawks) = (ours(&sql), squawks(&sql));
        if ours != squawks && !known {
            let first = ours.iter().zip(&squawks).find(|(a, b)| a != b);
            let shown = first.map(|(a, b)| (&sql[a.clone()], &sql[b.clone()]));
            writeln!(
                wrong,
                "{name}: {} statements, {} for squawk: {shown:#?}",
                ours.len(),
                squawks.len()
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_known_fault_of_squawk_is_still_there() {
    for (name, why) in SQUAWKS_FAULTS {
        let sql = read(Path::new(name));
        assert_ne!(ours(&sql), squawks(&sql), "{name}: {why}");
    }
}

#[test]
fn the_tricky_files_hold_enough_statements() {
    let tricky = files()
        .into_iter()
        .filter(|file| file.to_str().unwrap().contains("tests/data/split/"));
    let count: usize = tricky.map(|file| ours(&read(&file)).len()).sum();
    assert!(count >= FEWEST, "{count}");
}

#[test]
fn a_statement_alone_is_cut_into_itself() {
    for file in files() {
        let sql = read(&file);
        for statement in split(&sql) {
            let text = statement.as_str();
            let whole = 0..text.len();
            assert_eq!(ours(text), std::slice::from_ref(&whole), "{text}");
        }
    }
}

#[test]
fn what_stands_between_statements_is_no_token() {
    let sql = "/* a */ select 1 /* b */ ; -- c\n;; select 2";
    let statements = split(sql);
    let shown: Vec<_> = statements
        .iter()
        .map(|statement| (statement.range(), statement.as_str()))
        .collect();
    assert_eq!(shown, [(8..16, "select 1"), (35..43, "select 2")]);
}

#[tokio::test]
async fn the_server_counts_the_statements_of_continued_strings_as_we_do() {
    let sql = include_str!("../data/split/continued_escapes.sql");
    let db = database().await;
    let mut conn = db.connect().await;
    let rows = conn.fetch_all(raw_sql(sql)).await.unwrap();
    let texts: Vec<&str> = rows
        .iter()
        .map(|row| row.try_get(0).unwrap_or("2"))
        .collect();
    assert_eq!(texts, ["a';b", "a';b", "a", "a\\", "2"]);
    assert_eq!(split(sql).len(), rows.len());
}
