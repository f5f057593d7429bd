use crate::cursor::Cursor;
use crate::split::Statement;

/// `alter table ... detach partition ... concurrently`, or the `finalize` of one. It is two transactions: what is
/// interrupted between them leaves a partition that is neither attached nor detached, until somebody finalizes it.
/// <https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION>
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConcurrentDetach {
    /// As it is written, perhaps with its schema.
    pub(crate) parent: String,
    /// The same.
    pub(crate) partition: String,
    pub(crate) ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Concurrently,
    Finalize,
}

impl ConcurrentDetach {
    pub(crate) fn of(statement: &Statement<'_>) -> Option<Self> {
        let mut cursor = Cursor::new(statement);
        if !cursor.eat(&["alter", "table"]) {
            return None;
        }
        cursor.eat(&["if", "exists"]);
        cursor.eat(&["only"]);
        let is_wrapped = cursor.eat_sign("(");
        let parent = written(statement, &mut cursor)?;
        if is_wrapped && !cursor.eat_sign(")") {
            return None;
        }
        cursor.eat_sign("*");
        if !cursor.eat(&["detach", "partition"]) {
            return None;
        }
        let partition = written(statement, &mut cursor)?;
        let ending = if cursor.eat(&["concurrently"]) {
            Ending::Concurrently
        } else if cursor.eat(&["finalize"]) {
            Ending::Finalize
        } else {
            return None;
        };
        let detach = Self {
            parent,
            partition,
            ending,
        };
        cursor.is_done().then_some(detach)
    }
}

/// A name without the comments in it.
fn written(statement: &Statement<'_>, cursor: &mut Cursor<'_>) -> Option<String> {
    let start = cursor.at();
    cursor.name()?;
    let tokens = (start..cursor.at()).filter_map(|index| statement.token(index));
    Some(tokens.map(|(_, text)| text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn detach(sql: &str) -> Option<(String, String, Ending)> {
        let found = ConcurrentDetach::of(&split(sql)[0])?;
        Some((found.parent, found.partition, found.ending))
    }

    #[test]
    fn what_is_detached_is_read_in_every_form() {
        for (sql, parent, partition, ending) in [
            (
                "alter table a detach partition b concurrently;",
                "a",
                "b",
                Ending::Concurrently,
            ),
            (
                "ALTER TABLE IF EXISTS ONLY app . \"A b\" DETACH PARTITION app/* c */.b CONCURRENTLY",
                "app.\"A b\"",
                "app.b",
                Ending::Concurrently,
            ),
            (
                "alter table only (a) detach partition b finalize",
                "a",
                "b",
                Ending::Finalize,
            ),
        ] {
            let wanted = Some((parent.to_owned(), partition.to_owned(), ending));
            assert_eq!(detach(sql), wanted, "{sql}");
        }
    }

    #[test]
    fn one_in_a_transaction_is_told_apart() {
        for sql in [
            "alter table a detach partition b",
            "alter table a detach partition \"concurrently\"",
            "alter table a drop column b",
            "reindex table concurrently a",
        ] {
            assert_eq!(detach(sql), None, "{sql}");
        }
    }
}
