use crate::cursor::Cursor;
use crate::split::Statement;

use super::Cleaning;
use super::names::Names;

/// Extensions that come with Supabase and that a plain server or a container image of PostgreSQL does
/// not have: those it makes itself, and those it builds into its image and needs for its services.
/// <https://supabase.com/docs/guides/database/extensions>,
/// <https://github.com/supabase/postgres>
const SUPABASE: &[&str] = &[
    "hypopg",
    "index_advisor",
    "pg_cron",
    "pg_graphql",
    "pg_jsonschema",
    "pg_net",
    "pg_stat_monitor",
    "pgaudit",
    "pgjwt",
    "pgsodium",
    "plv8",
    "supabase-dbdev",
    "supabase_vault",
    // Not the name of an extension, but found in files.
    "vault",
    "wrappers",
];

/// The schema that Supabase keeps extensions in.
const SCHEMA: &str = "extensions";

/// `create`, `alter`, `drop` and `comment on extension`.
pub(super) fn clean(
    statement: &Statement<'_>,
    verb: &str,
    mut cursor: Cursor<'_>,
    cleaning: &mut Cleaning,
) {
    cursor.eat(&["if", "not", "exists"]);
    cursor.eat(&["if", "exists"]);
    let names = Names::read(&mut cursor, |_| {}, SUPABASE);
    if names.all_go() {
        let verb = if verb == "comment" {
            "comment on"
        } else {
            verb
        };
        cleaning.remove_statement(statement, format!("{verb} extension {}", names.going()));
    } else if names.any_goes() && verb == "drop" {
        let what = format!("{verb} extension {}", names.going());
        cleaning.remove_tokens(statement, names.cut(), what);
    } else if verb == "create" {
        clean_schema(statement, cursor, cleaning);
    }
}

/// `create extension a [with] [schema s] [version v] [cascade]`, in any order.
fn clean_schema(statement: &Statement<'_>, mut cursor: Cursor<'_>, cleaning: &mut Cleaning) {
    let mut with = None;
    while !cursor.is_done() {
        let at = cursor.at();
        if cursor.eat(&["with"]) {
            with = Some(at);
        } else if cursor.eat(&["schema"]) {
            if cursor.name().as_deref() == Some(SCHEMA) {
                // `with` is noise before the other options, so it may go with its first one.
                let with = with.filter(|with| with + 1 == at);
                let cut = with.unwrap_or(at)..at + 2;
                cleaning.remove_tokens(statement, cut, format!("with schema {SCHEMA}"));
            }
        } else {
            cursor.advance();
        }
    }
}
