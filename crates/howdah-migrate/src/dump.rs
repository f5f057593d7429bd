use howdah_ident::{RoleName, SchemaName};

use crate::Beside;
use crate::lexer::Kind;
use crate::split::{Statement, split};

/// What `pg_dump` wrote of one schema, as a migration: behind the extensions that it needs, without the settings of its session, without commands for `psql`,
/// and without the name of the schema, which is on the search path of whoever applies it.
///
/// `owner` is the role that applies it, whose default privileges need no name. The name of the schema stays inside the
/// bodies of functions that are strings, in comments and privileges on the schema itself, and in default privileges.
pub fn script_of_dump(
    dump: &str,
    beside: &Beside,
    schema: &SchemaName,
    owner: Option<&RoleName>,
) -> String {
    let dump = without_restriction(dump);
    let statements = split(&dump);
    let has = |words: &[&str]| statements.iter().any(|one| one.is_words(0, words));
    let is_heap = statements
        .iter()
        .filter(|one| sets_access_method(one))
        .all(|one| one.is_words(one.len().saturating_sub(1), &["heap"]));
    // Functions may name tables that come behind them.
    let has_functions = has(&["create", "function"]) || has(&["create", "procedure"]);
    let unchecked = has_functions.then(|| "set local check_function_bodies = off".to_owned());
    let kept = |statements: &[Statement<'_>]| -> Vec<String> {
        let kept = statements.iter().filter_map(|statement| {
            if sets_access_method(statement) && !is_heap {
                let setting = statement.as_str().get("set".len()..)?;
                return Some(format!("set local{setting}"));
            }
            (!is_of_session(statement, schema)).then(|| unqualified(statement, schema, owner))
        });
        kept.collect()
    };
    // Casts are made of types and functions, and a view may be made with them.
    let first_view = statements.iter().position(is_view);
    let (before, behind) = statements.split_at(first_view.unwrap_or(statements.len()));
    let casts = beside.casts.join(";\n");
    let parts = [
        unchecked.into_iter().collect(),
        beside.extensions.clone(),
        kept(before),
        kept(&split(&casts)),
        kept(behind),
    ];
    parts.concat().join(";\n\n") + ";\n"
}

fn is_view(statement: &Statement<'_>) -> bool {
    statement.is_words(0, &["create", "view"])
        || statement.is_words(0, &["create", "materialized", "view"])
}

fn sets_access_method(statement: &Statement<'_>) -> bool {
    statement.is_words(0, &["set", "default_table_access_method"])
}

/// Newer versions put `\restrict KEY` before everything, and `\unrestrict KEY` behind it, for psql.
fn without_restriction(dump: &str) -> String {
    let key = dump
        .lines()
        .find_map(|line| line.strip_prefix("\\restrict "));
    let Some(key) = key else {
        return dump.to_owned();
    };
    let is_restriction = |line: &&str| {
        let line = line.trim_end();
        line.strip_prefix("\\restrict ") == Some(key.trim_end())
            || line.strip_prefix("\\unrestrict ") == Some(key.trim_end())
    };
    let kept = dump
        .split_inclusive('\n')
        .filter(|line| !is_restriction(line));
    kept.collect()
}

/// What sets up the session in which the dump would run, or makes the schema.
fn is_of_session(statement: &Statement<'_>, schema: &SchemaName) -> bool {
    statement.is_words(0, &["set"])
        || statement.is_words(0, &["select"]) && statement.has_word("set_config")
        // The server made it, and only who owns the schema may say it again.
        || statement.is_words(0, &["comment", "on", "schema", "public", "is"])
            && is(statement, 5, "'standard public schema'")
        || statement.is_words(0, &["create", "schema"])
            && statement.len() == 3
            && names(statement, 2, schema)
}

fn unqualified(statement: &Statement<'_>, schema: &SchemaName, owner: Option<&RoleName>) -> String {
    let mut text = String::new();
    let mut copied = statement.range().start;
    let mut keep = |from: usize, to: usize, instead: &str| {
        text.push_str(statement.text_between(copied, from));
        text.push_str(instead);
        copied = to;
    };
    let tokens = statement.tokens();
    let defaults = statement.is_words(0, &["alter", "default", "privileges", "for", "role"]);
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        if defaults && index == 3 && owner.is_some_and(|owner| names(statement, 5, owner)) {
            let end = tokens.get(6).map_or(token.start, |token| token.start);
            keep(token.start, end, "");
        } else if names(statement, index, schema)
            && is(statement, index + 1, ".")
            && !(index > 0 && is(statement, index - 1, "."))
        {
            let dot = next.map_or(token.end, |dot| dot.end);
            keep(token.start, dot, "");
        } else if token.kind == Kind::Text && is_object_name(statement, index) {
            let name = statement.text_between(token.start, token.end);
            if let Some(short) = without_schema(name, schema) {
                keep(token.start, token.end, &short);
            }
        }
    }
    let end = statement.range().end;
    keep(end, end, "");
    text
}

/// Whether the token is this name, quoted or not.
fn names(statement: &Statement<'_>, index: usize, name: &impl AsRef<str>) -> bool {
    let name = name.as_ref();
    match statement.token(index) {
        Some((Kind::Word, text)) => text == name,
        Some((Kind::Quoted, text)) => text == format!("\"{}\"", name.replace('"', "\"\"")),
        _ => false,
    }
}

fn is(statement: &Statement<'_>, index: usize, text: &str) -> bool {
    statement
        .token(index)
        .is_some_and(|(_, found)| found == text)
}

/// `'app.users_id_seq'::regclass`, and its relatives.
fn is_object_name(statement: &Statement<'_>, index: usize) -> bool {
    let cast = is(statement, index + 1, ":") && is(statement, index + 2, ":");
    let next = |ahead| statement.word(index + ahead);
    let kind = if is(statement, index + 4, ".") {
        next(5)
    } else {
        next(3)
    };
    cast && kind.is_some_and(|kind| kind.starts_with("reg"))
        || index > 1 && statement.word(index - 2).as_deref() == Some("setval")
}

/// Of a string with its quotes.
fn without_schema(text: &str, schema: &SchemaName) -> Option<String> {
    let inside = text.strip_prefix('\'')?;
    let plain = schema.as_str().replace('\'', "''");
    let quoted = schema.to_string().replace('\'', "''");
    let rest = [plain, quoted]
        .iter()
        .find_map(|name| inside.strip_prefix(name.as_str())?.strip_prefix('.'))?;
    Some(format!("'{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(dump: &str, schema: &str) -> String {
        let owner = "appowner".parse().unwrap();
        script_of_dump(
            dump,
            &Beside::default(),
            &schema.parse().unwrap(),
            Some(&owner),
        )
    }

    #[test]
    fn what_is_for_psql_and_the_session_is_gone() {
        let dump = "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n-- Dumped from database version 17.6\n\n\
             SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\n\
             SELECT pg_catalog.set_config('search_path', '', false);\nSET row_security = off;\n\n\
             CREATE SCHEMA app;\n\nSET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n\
             --\n-- Name: a; Type: TABLE; Schema: app; Owner: -\n--\n\n\
             CREATE TABLE app.a (\n    id bigint\n);\n\n\n\\unrestrict abc\n\n";
        assert_eq!(script(dump, "app"), "CREATE TABLE a (\n    id bigint\n);\n");
    }

    #[test]
    fn the_schema_is_named_nowhere_but_where_it_is_meant() {
        for (sql, wanted) in [
            (
                "ALTER SEQUENCE app.s OWNED BY app.a.id",
                "ALTER SEQUENCE s OWNED BY a.id",
            ),
            (
                "ALTER TABLE ONLY app.a ALTER COLUMN id SET DEFAULT nextval('app.a_id_seq'::regclass)",
                "ALTER TABLE ONLY a ALTER COLUMN id SET DEFAULT nextval('a_id_seq'::regclass)",
            ),
            (
                "SELECT pg_catalog.setval('app.s', 3, true)",
                "SELECT pg_catalog.setval('s', 3, true)",
            ),
            (
                "INSERT INTO app.a VALUES ('app.x')",
                "INSERT INTO a VALUES ('app.x')",
            ),
            (
                "CREATE VIEW app.v AS SELECT a.id FROM other.app a WHERE (a.id OPERATOR(app.=) 1)",
                "CREATE VIEW v AS SELECT a.id FROM other.app a WHERE (a.id OPERATOR(=) 1)",
            ),
            (
                "COMMENT ON SCHEMA app IS 'x'",
                "COMMENT ON SCHEMA app IS 'x'",
            ),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE appowner IN SCHEMA app GRANT SELECT ON TABLES TO x",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO x",
            ),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE other IN SCHEMA app GRANT SELECT ON TABLES TO x",
                "ALTER DEFAULT PRIVILEGES FOR ROLE other IN SCHEMA app GRANT SELECT ON TABLES TO x",
            ),
        ] {
            assert_eq!(script(&format!("{sql};\n"), "app"), format!("{wanted};\n"));
        }
        let weird = "CREATE TABLE \"My \"\"App\".a (b integer DEFAULT nextval('\"My \"\"App\".s'::regclass));";
        assert_eq!(
            script(weird, "My \"App"),
            "CREATE TABLE a (b integer DEFAULT nextval('s'::regclass));\n"
        );
    }

    #[test]
    fn functions_are_not_checked_before_their_tables_are_there() {
        let dump = "CREATE FUNCTION app.f() RETURNS bigint\n    LANGUAGE sql\n    AS $$ select id from app.a; $$;\n";
        assert_eq!(
            script(dump, "app"),
            "set local check_function_bodies = off;\n\n\
             CREATE FUNCTION f() RETURNS bigint\n    LANGUAGE sql\n    AS $$ select id from app.a; $$;\n"
        );
    }

    #[test]
    fn another_access_method_is_kept_for_the_tables_that_have_it() {
        let dump = "SET default_table_access_method = heap;\nCREATE TABLE app.a ();\n\
                    SET default_table_access_method = columnar;\nCREATE TABLE app.b ();\n";
        assert_eq!(
            script(dump, "app"),
            "set local default_table_access_method = heap;\n\nCREATE TABLE a ();\n\n\
             set local default_table_access_method = columnar;\n\nCREATE TABLE b ();\n"
        );
    }
}
