use crate::split::Statement;

/// What `create index concurrently` makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConcurrentIndex {
    /// `None` if the server is to choose the name: such an index cannot be found again.
    pub(crate) name: Option<String>,
}

impl ConcurrentIndex {
    /// Of `create [unique] index concurrently [if not exists] [name] on ...`.
    pub(crate) fn of(statement: &Statement<'_>) -> Option<Self> {
        let index = if statement.is_words(0, &["create", "unique"]) {
            2
        } else {
            1
        };
        if !statement.is_words(0, &["create"])
            || !statement.is_words(index, &["index", "concurrently"])
        {
            return None;
        }
        let mut at = index + 2;
        if statement.is_words(at, &["if", "not", "exists"]) {
            at += 3;
        }
        let named = statement.is_words(at + 1, &["on"]);
        Some(Self {
            name: statement.name(at).filter(|_| named),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn index(sql: &str) -> Option<ConcurrentIndex> {
        ConcurrentIndex::of(&split(sql)[0])
    }

    #[test]
    fn the_name_is_found_in_every_form() {
        for (sql, name) in [
            ("create index concurrently a_idx on a (b)", "a_idx"),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS A_Idx ON ONLY a (b)",
                "a_idx",
            ),
            ("create index /* x */ concurrently \"A b\" on a (b)", "A b"),
        ] {
            let name = Some(name.to_owned());
            assert_eq!(index(sql), Some(ConcurrentIndex { name }), "{sql}");
        }
    }

    #[test]
    fn an_index_without_a_name_and_other_statements_are_told_apart() {
        assert_eq!(
            index("create index concurrently on a (b)"),
            Some(ConcurrentIndex { name: None })
        );
        assert_eq!(index("create index a_idx on a (b)"), None);
        assert_eq!(index("drop index concurrently a_idx"), None);
    }
}
