mod set_config;
mod statement;

use crate::cursor::Cursor;
use crate::lint::raw::Raw;
use crate::lint::source::Source;
use crate::split::Statement;

const RULE: &str = "session-setting";

/// A setting of the session, changed by a statement.
#[derive(Debug)]
struct Setting {
    name: String,
    byte: usize,
    /// `set_config`, which is what `pg_dump` uses to empty the search path.
    by_function: bool,
}

/// What a file sets for the session stays for the files behind it, and for the ledger, where sqlx runs them. Here: only
/// what it does not reset itself.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let mut open: Vec<Setting> = Vec::new();
    for statement in &source.statements {
        if let Some(name) = reset(statement) {
            open.retain(|setting| name != "all" && setting.name != name);
        }
        open.extend(statement::setting(statement));
        open.extend(set_config::settings(statement));
    }
    let from_dump = open
        .iter()
        .any(|setting| setting.by_function && setting.name == "search_path");
    open.iter()
        .map(|setting| raw(source, setting, from_dump))
        .collect()
}

fn raw(source: &Source<'_>, setting: &Setting, from_dump: bool) -> Raw {
    let name = &setting.name;
    let raw = Raw::new(
        RULE,
        setting.byte,
        format!(
            "`{name}` stays changed for the session: howdah takes it back at the end of the file, sqlx does not, and \
             runs the migrations behind this one with it"
        ),
    );
    let raw = raw.help(match (name.as_str(), source.transactional) {
        ("session authorization" | "role", true) => {
            "write `set local`, which ends with the transaction, or let the engine become the role: it is one of its \
             options; `alter ... owner to` gives away what was made"
        }
        ("session authorization" | "role", false) => {
            "reset it at the end of the file, or let the engine become the role: it is one of its options; `alter ... \
             owner to` gives away what was made"
        }
        ("session characteristics", _) => "remove it: the engine begins and ends the transaction",
        (_, true) => {
            "write `set local`, or `set_config(..., true)`, which end with the transaction"
        }
        (_, false) => "reset it at the end of the file",
    });
    // A dump sets what its restore needs, and nobody edits a dump.
    if from_dump || name == "search_path" {
        raw.warning()
    } else {
        raw
    }
}

/// `reset name`, `set name to default`: what is back to what it was.
fn reset(statement: &Statement<'_>) -> Option<String> {
    let mut cursor = Cursor::new(statement);
    if cursor.eat(&["reset"]) {
        return name(&mut cursor);
    }
    if !cursor.eat(&["set"]) {
        return None;
    }
    if !cursor.is(&["session", "authorization"]) {
        cursor.eat(&["session"]);
    }
    let name = name(&mut cursor)?;
    let links = cursor.eat(&["to"]) || cursor.eat_sign("=");
    let is_default = name == "role" && cursor.is(&["none"]) || cursor.is(&["default"]);
    (is_default && (links || !cursor.is_done())).then_some(name)
}

/// `time zone` and `session authorization` are written as two words.
fn name(cursor: &mut Cursor<'_>) -> Option<String> {
    for (words, name) in [
        (["time", "zone"], "timezone"),
        (["session", "authorization"], "session authorization"),
        (["transaction", "isolation"], "transaction_isolation"),
    ] {
        if cursor.eat(&words) {
            return Some(name.to_owned());
        }
    }
    let mut name = cursor.word()?;
    cursor.advance();
    while cursor.eat_sign(".") {
        name = format!("{name}.{}", cursor.word()?);
        cursor.advance();
    }
    Some(name)
}
