use howdah_ident::Literal;

use crate::timestamp::Timestamp;

/// Parameters whose value is a list of names. `pg_db_role_setting` keeps them as a list of quoted identifiers, the others
/// as they were given (`GUC_LIST_QUOTE` in PostgreSQL's source).
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// The value of a parameter that a role has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// As it is given.
    Text(String),
    /// Names in a row.
    List(Vec<String>),
}

impl Value {
    /// A value as somebody writes it. `search_path: app, pg_temp` is a list, `statement_timeout: 30s` is not.
    pub(crate) fn written(parameter: &str, text: &str) -> Self {
        if LISTS.contains(&parameter) {
            Self::List(names(text))
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// Whether the catalog's text of the parameter means this value.
    pub(crate) fn is_stored_as(&self, stored: &str) -> bool {
        match self {
            Self::Text(text) => text == stored,
            Self::List(list) => *list == names(stored),
        }
    }

    /// As it stands in `alter role ... set`. Every element is a literal, which the server takes for a name as it is.
    pub(crate) fn sql(&self) -> String {
        let literal = |text: &String| {
            Literal::new(text).map_or_else(|_nul| "''".to_owned(), |text| text.to_string())
        };
        match self {
            Self::Text(text) => literal(text),
            Self::List(list) if list.is_empty() => "''".to_owned(),
            Self::List(list) => list.iter().map(literal).collect::<Vec<_>>().join(", "),
        }
    }

    /// As people read it.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => list.join(", "),
        }
    }
}

/// A list of identifiers, as the server reads one: what is quoted stays, the rest is in lower case.
fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest
            .strip_prefix('"')
            .map_or_else(|| split_plain(rest), split_quoted);
        if !name.is_empty() {
            names.push(name);
        }
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    names
}

/// What stands before the next comma, and the comma with what comes after it.
fn split_plain(text: &str) -> (String, &str) {
    let end = text.find(',').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (name.trim().to_lowercase(), after)
}

/// What stands before the closing quote, with doubled quotes as one, and what comes after it.
fn split_quoted(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return (name + rest, "");
        };
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return (name, after),
        }
    }
}

/// `valid until` as it stands in `create role`.
pub(crate) fn valid_until(moment: Option<Timestamp>) -> String {
    moment.map_or_else(
        || "valid until 'infinity'".to_owned(),
        |moment| format!("valid until '{moment}'"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Value {
        Value::List(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_search_path_is_a_list_and_a_timeout_is_a_text() {
        assert_eq!(
            Value::written("search_path", "app, \"$user\",PG_TEMP"),
            list(&["app", "$user", "pg_temp"])
        );
        assert_eq!(
            Value::written("statement_timeout", "30s"),
            Value::Text("30s".into())
        );
    }

    #[test]
    fn a_list_is_recognised_however_the_server_quotes_it() {
        let path = list(&["We\"ird, x", "pg_temp"]);
        assert!(path.is_stored_as("\"We\"\"ird, x\", pg_temp"));
        assert!(!path.is_stored_as("pg_temp, \"We\"\"ird, x\""));
        assert_eq!(path.sql(), "'We\"ird, x', 'pg_temp'");
        assert!(list(&[]).is_stored_as("\"\""));
    }

    #[test]
    fn quotes_in_a_value_are_doubled() {
        assert_eq!(Value::written("application_name", "it's").sql(), "'it''s'");
    }
}
