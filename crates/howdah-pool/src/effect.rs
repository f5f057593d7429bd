//! What a statement can leave behind in its session.

/// The first words of statements that end with themselves: what they leave stands in tables.
const CONTAINED: [&str; 8] = [
    "select", "insert", "update", "delete", "merge", "with", "values", "table",
];

/// Whether the session is the same before and after this text, as far as a text can tell: one statement that reads or
/// writes rows, without a function whose work lasts as long as the session, and without a temporary table.
///
/// What a function of the database does inside is not seen. `false` is always safe: the connection is then rolled back
/// and reset before somebody else gets it.
pub(crate) fn is_contained(sql: &str) -> bool {
    let rest = skip_blanks(sql);
    let word = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .and_then(|end| rest.get(..end))
        .unwrap_or(rest);
    CONTAINED
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
        && !has_lasting_part(rest.as_bytes())
}

/// Without leading blanks, opening parentheses and comments, such as those in which tools pass on a trace.
fn skip_blanks(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '(');
        let end = if rest.starts_with("--") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end.saturating_add(1))
        } else {
            return rest;
        };
        rest = end
            .and_then(|end| rest.get(end.saturating_add(1)..))
            .unwrap_or_default();
    }
}

/// `set_config`, `pg_advisory_lock` and its kin (not those `_xact_`), `dblink_connect`, `into temp`; and a second
/// statement. A name in a literal counts, too: nothing is lost by a check too many.
fn has_lasting_part(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at.saturating_add(1)..).unwrap_or_default();
        match byte {
            b'_' => {
                (ends(before, b"set") && starts(after, b"config"))
                    || (ends(before, b"advisory") && starts(after, b"lock"))
                    || (ends(before, b"dblink") && starts(after, b"connect"))
            }
            b't' | b'T' => is_temporary(after) && !before.last().copied().is_some_and(is_of_a_word),
            b';' => !after.trim_ascii().is_empty(),
            _ => false,
        }
    })
}

/// `temp` or `temporary`, after its first letter.
fn is_temporary(after: &[u8]) -> bool {
    let rest = [&b"emporary"[..], b"emp"]
        .iter()
        .find(|word| starts(after, word))
        .and_then(|word| after.get(word.len()..));
    rest.is_some_and(|rest| !rest.first().copied().is_some_and(is_of_a_word))
}

fn starts(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn ends(text: &[u8], word: &[u8]) -> bool {
    text.len()
        .checked_sub(word.len())
        .and_then(|start| text.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::is_contained;

    #[test]
    fn statements_on_rows_are_contained() {
        for sql in [
            "select 1",
            "  (SELECT a_b, set_a, temperature_x, contemporary from t where x = $1) ",
            "/* trace: 1 */ -- by x\n with x as (select 1) insert into t select * from x returning id;",
            "select pg_advisory_xact_lock($1)",
            "update t set config = $1",
            "values (1)",
        ] {
            assert!(is_contained(sql), "{sql}");
        }
    }

    #[test]
    fn what_outlives_its_statement_is_seen() {
        for sql in [
            "begin",
            "Set search_path to x",
            "select set_config('a.b', 'c', false)",
            "select PG_TRY_ADVISORY_LOCK(1)",
            "select pg_advisory_lock_shared(1)",
            "select * into temp t from x",
            "select 1; begin",
            "listen x",
            "create temporary table x (a int)",
            "declare c cursor with hold for select 1",
            "call p()",
            "do $$ begin end $$",
            "select dblink_connect('x')",
            "/* never closed",
            "",
            "explain analyze select 1",
        ] {
            assert!(!is_contained(sql), "{sql}");
        }
    }
}
