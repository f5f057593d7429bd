use crate::cursor::Cursor;
use crate::split::Statement;

/// What `reindex ... concurrently` builds anew. An interrupted one leaves invalid indexes of the same tables beside those
/// that it was to replace, with `_ccnew` or `_ccold` and perhaps a number behind the name.
/// <https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConcurrentReindex<'a> {
    pub(crate) scope: Scope,
    /// As it is written; empty for the database of the session.
    pub(crate) name: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Index,
    Table,
    Schema,
    Database,
}

impl<'a> ConcurrentReindex<'a> {
    pub(crate) fn of(statement: &Statement<'a>) -> Option<Self> {
        let mut cursor = Cursor::new(statement);
        // In parentheses it is an option, and a word with quotes is a name.
        if !cursor.eat(&["reindex"]) || !statement.has_word("concurrently") {
            return None;
        }
        if cursor.is_sign("(") {
            cursor.skip();
        }
        let scope = match cursor.word()?.as_str() {
            "index" => Scope::Index,
            "table" => Scope::Table,
            "schema" => Scope::Schema,
            "database" => Scope::Database,
            // The server leaves its own catalogs alone.
            _ => return None,
        };
        cursor.advance();
        cursor.eat(&["concurrently"]);
        let start = cursor.byte();
        let name = statement.text_between(start, statement.range().end);
        let name = if cursor.is_done() { "" } else { name };
        Some(Self { scope, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn reindex(sql: &'static str) -> Option<(Scope, &'static str)> {
        let found = ConcurrentReindex::of(&split(sql)[0])?;
        Some((found.scope, found.name))
    }

    #[test]
    fn what_is_built_anew_is_read_in_every_form() {
        for (sql, scope, name) in [
            ("reindex index concurrently a_idx;", Scope::Index, "a_idx"),
            (
                "REINDEX (verbose) TABLE CONCURRENTLY app.\"A b\" ",
                Scope::Table,
                "app.\"A b\"",
            ),
            ("reindex (concurrently) schema app", Scope::Schema, "app"),
            ("reindex (concurrently) database", Scope::Database, ""),
        ] {
            assert_eq!(reindex(sql), Some((scope, name)), "{sql}");
        }
        assert_eq!(reindex("reindex table a"), None);
        assert_eq!(reindex("create index concurrently a on b (c)"), None);
    }
}
