use crate::place::Place;
use crate::split::Statement;
use crate::{Migration, Problem};

/// The things that all databases of a server share.
const KINDS: [&str; 5] = ["role", "user", "group", "database", "tablespace"];

impl Migration {
    /// Its statements that change what belongs to the whole server and cannot run twice: `create role`, `drop database`,
    /// `alter system` and their relatives, each with its place. Settings of roles and databases (`alter role ... set`) are
    /// none, because they can be repeated. What runs in a `do` block, in a function or in Rust code is not seen.
    pub fn server_changes(&self) -> Vec<Problem> {
        if self.code().is_some() {
            return Vec::new();
        }
        let statements = self.statements();
        let found = statements.iter().filter_map(|statement| {
            let message = format!("`{}` changes the whole server", what(statement)?);
            let place = Place::of_byte(self.sql(), statement.start());
            Some(Problem::new(self.file(), message).at(&place))
        });
        found.collect()
    }
}

fn what(statement: &Statement<'_>) -> Option<String> {
    if statement.is_words(0, &["alter", "system"]) {
        return Some("alter system".to_owned());
    }
    let verb = statement.word(0)?;
    let kind = statement.word(1)?;
    let is_shared = KINDS.contains(&kind.as_str()) && !statement.is_words(2, &["mapping"]);
    let changes = match verb.as_str() {
        "create" | "drop" => true,
        "alter" => !is_setting(statement),
        _ => false,
    };
    (is_shared && changes).then(|| format!("{verb} {kind}"))
}

fn is_setting(statement: &Statement<'_>) -> bool {
    let moves = |index| statement.is_words(index, &["set", "tablespace"]);
    (statement.has_word("set") || statement.has_word("reset")) && !(0..statement.len()).any(moves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn found(sql: &str) -> Option<String> {
        what(&split(sql)[0])
    }

    #[test]
    fn what_all_databases_share_is_found() {
        for (sql, name) in [
            ("CREATE ROLE a login", "create role"),
            ("create user a", "create user"),
            ("create database b", "create database"),
            ("drop role if exists a", "drop role"),
            ("drop tablespace t", "drop tablespace"),
            ("alter role a password 'x'", "alter role"),
            ("alter role a rename to b", "alter role"),
            ("alter database b set tablespace t", "alter database"),
            ("alter system set work_mem = '1MB'", "alter system"),
        ] {
            assert_eq!(found(sql).as_deref(), Some(name), "{sql}");
        }
    }

    #[test]
    fn what_is_of_one_database_or_can_be_repeated_is_not() {
        for sql in [
            "create table role (id int)",
            "create user mapping for a server s",
            "alter user mapping for a server s options (set user 'x')",
            "alter role a set search_path = 'x'",
            "alter role a in database b reset all",
            "alter database b set timezone = 'UTC'",
            "do $$ begin create role a; end $$",
            "grant a to b",
            "drop owned by a",
        ] {
            assert_eq!(found(sql), None, "{sql}");
        }
    }
}
