pub(super) mod down;
pub(super) mod misplaced_mark;
pub(super) mod queries;

mod backfill;
mod concurrent_index;
mod enum_value;
mod json_column;
mod mergeable_alter;
mod no_statement;
mod no_transaction;
mod psql_command;
mod session_setting;
mod transaction_control;
mod wide_index;

use super::raw::Raw;
use super::source::Source;

/// Our rules that need one file only.
pub(super) fn check(source: &Source<'_>) -> Vec<Raw> {
    let rules = [
        backfill::check,
        concurrent_index::check,
        enum_value::check,
        json_column::check,
        mergeable_alter::check,
        no_statement::check,
        no_transaction::check,
        psql_command::check,
        session_setting::check,
        transaction_control::check,
        wide_index::check,
    ];
    rules.iter().flat_map(|rule| rule(source)).collect()
}
