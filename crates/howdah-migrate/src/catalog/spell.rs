use crate::lexer::{Kind, Lexer, Token};

/// What stands for the name of the schema. No SQL has it in front of a dot.
const PLACEHOLDER: &str = "<schema>";

/// The definition with a placeholder where it names `schema`: in front of a dot, and in the text of a constant such as
/// `'app.users_id_seq'::regclass`.
pub(super) fn without_schema(sql: &str, schema: &str) -> String {
    let tokens: Vec<Token> = Lexer::new(sql).collect();
    rewrite(sql, &tokens, |index, token, text| {
        if token.kind == Kind::Text {
            let names = casts_to_name(sql, &tokens, index);
            return names.then(|| inside(text, schema)).flatten();
        }
        let in_front = is_dot(sql, tokens.get(index + 1), token.end);
        let behind = index
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .is_some_and(|before| before.end == token.start && text_of(sql, *before) == ".");
        (in_front && !behind && is_name(*token, text, schema)).then(|| PLACEHOLDER.to_owned())
    })
}

/// The value of a `search_path`, with the placeholder for `schema`.
pub(super) fn path_without_schema(path: &str, schema: &str) -> String {
    renamed(path, schema, PLACEHOLDER)
}

/// With `new` for each name that is `old`.
pub(super) fn renamed(sql: &str, old: &str, new: &str) -> String {
    let tokens: Vec<Token> = Lexer::new(sql).collect();
    rewrite(sql, &tokens, |_, token, text| {
        is_name(*token, text, old).then(|| new.to_owned())
    })
}

/// What is between the tokens stays as it is.
fn rewrite(
    sql: &str,
    tokens: &[Token],
    replace: impl Fn(usize, &Token, &str) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut end = 0;
    for (index, token) in tokens.iter().enumerate() {
        out.push_str(sql.get(end..token.start).unwrap_or_default());
        let text = text_of(sql, *token);
        match replace(index, token, text) {
            Some(new) => out.push_str(&new),
            None => out.push_str(text),
        }
        end = token.end;
    }
    out.push_str(sql.get(end..).unwrap_or_default());
    out
}

fn text_of(sql: &str, token: Token) -> &str {
    sql.get(token.start..token.end).unwrap_or_default()
}

fn is_dot(sql: &str, next: Option<&Token>, end: usize) -> bool {
    next.is_some_and(|next| next.start == end && text_of(sql, *next) == ".")
}

fn is_name(token: Token, text: &str, name: &str) -> bool {
    match token.kind {
        Kind::Word => text.to_ascii_lowercase() == name,
        Kind::Quoted => {
            let inner = text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            inner.is_some_and(|inner| inner.replace("\"\"", "\"") == name)
        }
        _ => false,
    }
}

/// Whether `::regclass` or another type of names follows.
fn casts_to_name(sql: &str, tokens: &[Token], index: usize) -> bool {
    let mut next = tokens
        .iter()
        .skip(index + 1)
        .map(|token| text_of(sql, *token));
    next.next() == Some(":")
        && next.next() == Some(":")
        && next.next().is_some_and(|name| name.starts_with("reg"))
}

fn inside(text: &str, schema: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let spelled = without_schema(&inner.replace("''", "'"), schema);
    Some(format!("'{}'", spelled.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_schema_is_replaced_where_it_is_one() {
        for (sql, spelled) in [
            ("app.mood", "<schema>.mood"),
            ("\"app\".mood", "<schema>.mood"),
            ("app.\"app\"", "<schema>.\"app\""),
            ("x.app.y", "x.app.y"),
            ("SELECT app FROM app.app", "SELECT app FROM <schema>.app"),
            ("'app.text'::text", "'app.text'::text"),
            (
                "nextval('app.s'::regclass)",
                "nextval('<schema>.s'::regclass)",
            ),
            (
                "nextval('app.\"it''s\"'::regclass)",
                "nextval('<schema>.\"it''s\"'::regclass)",
            ),
            ("happ.y", "happ.y"),
            ("-- app.x\napp.y", "-- app.x\n<schema>.y"),
        ] {
            assert_eq!(without_schema(sql, "app"), spelled);
        }
    }

    #[test]
    fn a_weird_schema_is_replaced_as_well() {
        assert_eq!(
            without_schema(r#""we""ird; drop--".t"#, "we\"ird; drop--"),
            "<schema>.t"
        );
        assert_eq!(
            path_without_schema(r#"pg_catalog, "we""ird""#, "we\"ird"),
            "pg_catalog, <schema>"
        );
    }

    proptest! {
        #[test]
        fn a_text_without_the_name_stays_as_it_is(sql in r#"([-b-eE$'"\\;()/*.: \n0-9]|\PC){0,60}"#) {
            prop_assume!(!sql.contains("app"));
            prop_assert_eq!(without_schema(&sql, "app"), sql);
        }
    }
}
