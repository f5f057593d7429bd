use crate::concurrent_index::ConcurrentIndex;
use crate::split::Statement;

/// How a statement of a file runs that has no transaction of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatementKind {
    /// It sets the session, so a run that goes on in the middle of the file repeats it.
    Session,
    /// `create index concurrently`.
    ConcurrentIndex(ConcurrentIndex),
    /// Another one that PostgreSQL refuses in a transaction.
    Outside,
    /// It may end transactions itself, which is seen when it tries.
    Unsure,
    /// Everything else: in a transaction with the entry that says so, it runs once.
    InTransaction,
}

impl StatementKind {
    pub(crate) fn of(statement: &Statement<'_>) -> Self {
        if let Some(index) = ConcurrentIndex::of(statement) {
            return Self::ConcurrentIndex(index);
        }
        if sets_session(statement) {
            Self::Session
        } else if is_refused_in_transactions(statement) {
            Self::Outside
        } else if statement.is_words(0, &["call"]) || statement.is_words(0, &["do"]) {
            Self::Unsure
        } else {
            Self::InTransaction
        }
    }
}

fn sets_session(statement: &Statement<'_>) -> bool {
    let first = |word| statement.is_words(0, &[word]);
    first("set")
        || first("reset")
        || first("discard")
        || first("load")
        || first("select") && statement.has_word("set_config")
}

/// As the manual pages of the commands have it: "cannot be executed inside a transaction block".
/// <https://www.postgresql.org/docs/current/sql-commands.html>
fn is_refused_in_transactions(statement: &Statement<'_>) -> bool {
    let first = |words: &[&str]| statement.is_words(0, words);
    let has = |word| statement.has_word(word);
    let alone = [
        &["vacuum"][..],
        &["alter", "system"],
        &["create", "database"],
        &["drop", "database"],
        &["create", "tablespace"],
        &["drop", "tablespace"],
        &["create", "subscription"],
        &["alter", "subscription"],
        &["drop", "subscription"],
        &["drop", "index", "concurrently"],
    ];
    alone.iter().any(|words| first(words))
        || first(&["cluster"]) && statement.len() <= 2
        || first(&["alter", "database"]) && has("tablespace")
        || first(&["reindex"])
            && ["concurrently", "database", "system", "schema"]
                .into_iter()
                .any(has)
        || first(&["alter", "table"]) && has("detach") && (has("concurrently") || has("finalize"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn kind(sql: &str) -> StatementKind {
        StatementKind::of(&split(sql)[0])
    }

    #[test]
    fn what_the_server_refuses_in_a_transaction_runs_outside() {
        for sql in [
            "vacuum (analyze) a",
            "ALTER SYSTEM set x = 1",
            "cluster",
            "cluster verbose",
            "reindex index concurrently a_idx",
            "reindex (concurrently) table a",
            "reindex schema app",
            "drop index concurrently if exists a_idx",
            "alter table a detach partition b concurrently",
            "create database other",
        ] {
            assert_eq!(kind(sql), StatementKind::Outside, "{sql}");
        }
        let index = kind("create index concurrently a_idx on a (b)");
        assert!(matches!(index, StatementKind::ConcurrentIndex(_)));
    }

    #[test]
    fn the_rest_runs_in_a_transaction() {
        for sql in [
            "cluster a using a_idx",
            "alter type mood add value 'ok'",
            "reindex table a",
            "update a set b = 'vacuum'",
            "refresh materialized view concurrently a",
            "alter table a detach partition b",
        ] {
            assert_eq!(kind(sql), StatementKind::InTransaction, "{sql}");
        }
    }

    #[test]
    fn settings_are_repeated_and_procedures_are_tried() {
        for sql in [
            "set work_mem = '1GB'",
            "reset all",
            "select set_config('a.b', 'c', false)",
        ] {
            assert_eq!(kind(sql), StatementKind::Session, "{sql}");
        }
        assert_eq!(kind("do $$ begin commit; end $$"), StatementKind::Unsure);
        assert_eq!(kind("call p()"), StatementKind::Unsure);
    }
}
