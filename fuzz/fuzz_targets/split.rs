//! `split`: every byte that is no space, comment or semicolon belongs to one statement, and a statement alone is cut
//! into itself.
#![no_main]

use howdah_migrate::split;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(sql) = str::from_utf8(data) else {
        return;
    };
    let mut end = 0;
    for statement in split(sql) {
        let range = statement.range();
        assert!(
            range.start >= end && range.end > range.start,
            "{range:?} behind {end}"
        );
        is_nothing(&sql[end..range.start]);
        assert_eq!(&sql[range.clone()], statement.as_str());
        is_cut_into_itself(statement.as_str());
        end = range.end;
    }
    is_nothing(&sql[end..]);
});

fn is_cut_into_itself(statement: &str) {
    let again = split(statement);
    let ranges: Vec<_> = again.iter().map(|statement| statement.range()).collect();
    assert_eq!(ranges, [0..statement.len()], "{statement}");
}

/// Only spaces, semicolons and comments, by a reader of its own.
fn is_nothing(between: &str) {
    let mut rest = between;
    while let Some(first) = rest.chars().next() {
        rest = if let Some(comment) = rest.strip_prefix("--") {
            let end = comment.find(['\n', '\r']).unwrap_or(comment.len());
            &comment[end..]
        } else if rest.starts_with("/*") {
            behind_comment(rest)
        } else {
            let is_blank = matches!(first, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c' | ';');
            assert!(is_blank, "no statement holds {rest:?}");
            &rest[1..]
        };
    }
}

/// Comments nest; one that is not closed goes on to the end.
fn behind_comment(text: &str) -> &str {
    let mut depth = 0;
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("/*") {
            depth += 1;
            rest = inner;
        } else if let Some(outer) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = outer;
            if depth == 0 {
                return rest;
            }
        } else {
            let first = rest.chars().next().map_or(0, char::len_utf8);
            rest = &rest[first..];
        }
    }
    rest
}
