mod nested;

use crate::Migration;
use crate::lexer::Kind;
use crate::split::Statement;

use nested::nested;

/// The literals behind `password` of `create role` and its relatives, also where these stand in a string, and the passwords
/// of connection strings: they are in no message, also if a person has written one into a migration.
pub(crate) fn passwords(migration: &Migration) -> Vec<String> {
    let statements = migration.statements();
    let of_roles = statements.iter().filter(|one| is_of_role(one));
    let strings = statements.iter().flat_map(strings);
    of_roles
        .flat_map(literals)
        .chain(strings.flat_map(nested))
        .collect()
}

/// The text without them.
pub(crate) fn masked(text: &str, passwords: &[String]) -> String {
    passwords.iter().fold(text.to_owned(), |text, password| {
        let shown = match password.split_once('=') {
            Some((key, _)) if key.eq_ignore_ascii_case("password") => format!("{key}=..."),
            _ => "'...'".to_owned(),
        };
        text.replace(password, &shown)
    })
}

fn is_of_role(statement: &Statement<'_>) -> bool {
    ["create", "alter"].iter().any(|verb| {
        ["role", "user", "group"]
            .iter()
            .any(|kind| statement.is_words(0, &[verb, kind]))
    })
}

fn strings<'a>(statement: &'a Statement<'_>) -> impl Iterator<Item = &'a str> {
    let tokens = (0..statement.len()).filter_map(|index| statement.token(index));
    tokens.filter_map(|(kind, text)| (kind == Kind::Text).then_some(text))
}

/// With their quotes; of one on several lines, each line, because a message shows one.
fn literals(statement: &Statement<'_>) -> Vec<String> {
    let behind = (1..statement.len()).filter(|index| statement.is_words(index - 1, &["password"]));
    let literals = behind.filter_map(|index| match statement.token(index)? {
        (Kind::Text, text) => Some(text),
        _ => None,
    });
    let lines = literals.flat_map(str::lines);
    lines
        .filter(|line| !matches!(*line, "" | "'" | "''"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_name::FileName;

    fn found(sql: &str) -> Vec<String> {
        let name = FileName::parse("1_a.sql").unwrap();
        passwords(&Migration::new(name, "1_a.sql".to_owned(), sql))
    }

    #[test]
    fn the_passwords_of_roles_are_found_and_nothing_else() {
        let sql = "create role a login password 'x''y'; ALTER USER b ENCRYPTED PASSWORD E'z\\'' valid until 'now'; \
                   create user c password null; select password 'w'; create role d password $$v\nu$$;";
        assert_eq!(found(sql), ["'x''y'", "E'z\\''", "$$v", "u$$"]);
    }

    #[test]
    fn a_line_is_shown_without_them() {
        let passwords = ["'x'".to_owned()];
        assert_eq!(
            masked("create role a password 'x' createdb", &passwords),
            "create role a password '...' createdb"
        );
        let passwords = found("select dblink_connect('host=x password=y')");
        assert_eq!(
            masked("select dblink_connect('host=x password=y')", &passwords),
            "select dblink_connect('host=x password=...')"
        );
    }
}
