mod gone;
mod query;

use std::path::Path;

use crate::lint::change::{Kind, Object, Verb};
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::lint::{Finding, LintOptions, RuleName, Severity};

use gone::Gone;
use query::Query;

const RULE: &str = "dropped-but-queried";

/// How many queries a message names.
const SHOWN: usize = 3;

/// What the migrations drop or rename, and a query of the program still reads: findings beside the
/// index of their file, and those about the directory of the queries itself.
pub(in crate::lint) fn check(
    forward: &[Source<'_>],
    options: &LintOptions,
) -> (Vec<(usize, Raw)>, Vec<Finding>) {
    let Some(directory) = &options.sqlx_queries else {
        return (Vec::new(), Vec::new());
    };
    let (queries, problems) = query::read_all(directory);
    let gone = gone::gone(forward);
    let found = gone.iter().filter_map(|gone| {
        let readers: Vec<&Query> = queries
            .iter()
            .filter(|query| reads(query, &gone.change.object))
            .collect();
        (!readers.is_empty()).then(|| (gone.source, raw(gone, &readers)))
    });
    (
        found.collect(),
        problems.iter().filter_map(unreadable).collect(),
    )
}

/// A column counts as read where its table is named too, or where a `*` gives it.
fn reads(query: &Query, object: &Object) -> bool {
    match (&object.kind, &object.table) {
        (Kind::Column, Some(table)) => {
            query.names.contains(table)
                && (query.names.contains(&object.name) || query.columns.contains(&object.name))
        }
        _ => query.names.contains(&object.name),
    }
}

fn raw(gone: &Gone, readers: &[&Query]) -> Raw {
    let files = readers.iter().take(SHOWN);
    let files: Vec<&str> = files.map(|query| query.file.as_str()).collect();
    let more = match readers.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = gone.change.object.describe();
    let verb = match gone.change.verb {
        Verb::RenameFrom => "renamed",
        _ => "dropped",
    };
    let files = files.join(", ");
    let message = format!("the {what} is {verb}, and the program still reads it: {files}{more}");
    Raw::new(RULE, gone.change.byte, message).help(
        "release a program that no longer reads it first; then run `cargo sqlx prepare` and add this migration",
    )
}

fn unreadable((path, message): &(String, String)) -> Option<Finding> {
    Some(Finding {
        rule: RuleName::find(RULE)?,
        severity: Severity::Error,
        file: path.clone(),
        line: 1,
        column: 1,
        text: String::new(),
        message: message.clone(),
        help: Some(format!(
            "run `cargo sqlx prepare`, which writes {}",
            Path::new(".sqlx").join("query-*.json").display()
        )),
    })
}
