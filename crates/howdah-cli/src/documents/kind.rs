use howdah_config::Kind;

/// What a value must look like, in words.
pub(super) fn words(kind: Kind) -> String {
    let text = match kind {
        Kind::Integer => "whole number",
        Kind::Duration => "duration, as 30s, 500ms, 1h30m",
        Kind::Boolean => "true, false",
        Kind::Word(words) => return words.join(" | "),
        Kind::RoleName => "role name",
        Kind::SchemaName => "schema name",
        Kind::DatabaseName => "database name",
        Kind::Path => "path",
        Kind::VariableName => "name of a variable",
        Kind::Hosts => "host names",
        Kind::Addresses => "IP addresses",
        Kind::Ports => "port numbers",
        Kind::Options => "options of libpq",
        Kind::Argv => "list of words",
        Kind::Url => "connection URL",
        Kind::Secret => "secret",
        _ => "text",
    };
    text.to_owned()
}

/// The same with what else is allowed.
pub(super) fn with_bound(kind: Kind, bound: &str) -> String {
    let words = words(kind);
    if bound.is_empty() {
        words
    } else {
        format!("{words}; {bound}")
    }
}

/// What is allowed in ` (...)`, where a reader sees the kind by the value; may be empty.
pub(super) fn in_brackets(kind: Kind, bound: &str) -> String {
    let allowed = match kind {
        Kind::Word(_) => with_bound(kind, bound),
        _ => bound.to_owned(),
    };
    if allowed.is_empty() {
        allowed
    } else {
        format!(" ({allowed})")
    }
}

/// For programs.
pub(super) fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "integer",
        Kind::Duration => "duration",
        Kind::Boolean => "boolean",
        Kind::Word(_) => "word",
        Kind::RoleName => "role_name",
        Kind::SchemaName => "schema_name",
        Kind::DatabaseName => "database_name",
        Kind::Path => "path",
        Kind::VariableName => "variable_name",
        Kind::Hosts => "hosts",
        Kind::Addresses => "addresses",
        Kind::Ports => "ports",
        Kind::Options => "options",
        Kind::Argv => "argv",
        Kind::Url => "url",
        Kind::Secret => "secret",
        _ => "text",
    }
}
