use std::collections::BTreeSet;

use super::column_reference::is_column;
use crate::lexer::{Kind, Lexer, Token};

/// What stands for the name of the schema. No SQL has it in front of a dot.
const PLACEHOLDER: &str = "<schema>";

/// How the texts of a schema are spelled so that those of another one are equal.
#[derive(Debug, Default)]
pub(super) struct Spelling<'a> {
    /// The name of the schema.
    pub(super) schema: &'a str,
    /// What is in it: a table and its columns may be called as their schema, and `users.id` is a column then.
    pub(super) names: BTreeSet<String>,
}

impl Spelling<'_> {
    /// The definition with a placeholder where it names the schema: in front of something in it, and in the text of a
    /// constant such as `'app.users_id_seq'::regclass`.
    pub(super) fn definition(&self, sql: &str) -> String {
        if !sql.to_ascii_lowercase().contains(&self.schema_in_quotes()) {
            return sql.to_owned();
        }
        let tokens: Vec<Token> = Lexer::new(sql).collect();
        rewrite(sql, &tokens, |index, token, text| {
            if token.kind == Kind::Text {
                let names = casts_to_name(sql, &tokens, index);
                return names.then(|| self.inside(text)).flatten();
            }
            let is_schema = is_name(*token, text, self.schema)
                && !follows_dot(sql, &tokens, index)
                && self.qualifies(sql, &tokens, index);
            is_schema.then(|| PLACEHOLDER.to_owned())
        })
    }

    /// The value of a `search_path`.
    pub(super) fn path(&self, path: &str) -> String {
        renamed(path, self.schema, PLACEHOLDER)
    }

    fn schema_in_quotes(&self) -> String {
        self.schema.replace('"', "\"\"").to_ascii_lowercase()
    }

    /// Whether a dot follows, and a name of the schema or an operator.
    fn qualifies(&self, sql: &str, tokens: &[Token], index: usize) -> bool {
        let (Some(this), Some(dot), Some(named)) = (
            tokens.get(index),
            tokens.get(index + 1),
            tokens.get(index + 2),
        ) else {
            return false;
        };
        if dot.start != this.end || text_of(sql, *dot) != "." {
            return false;
        }
        let text = text_of(sql, *named);
        match plain(*named, text) {
            Some(name) => self.names.contains(&name) && !is_column(sql, tokens, index),
            None => text != "*",
        }
    }

    fn inside(&self, text: &str) -> Option<String> {
        let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
        let spelled = self.definition(&inner.replace("''", "'"));
        Some(format!("'{}'", spelled.replace('\'', "''")))
    }
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

fn follows_dot(sql: &str, tokens: &[Token], index: usize) -> bool {
    let before = index
        .checked_sub(1)
        .and_then(|before| tokens.get(before))
        .zip(tokens.get(index));
    before.is_some_and(|(before, this)| before.end == this.start && text_of(sql, *before) == ".")
}

fn is_name(token: Token, text: &str, name: &str) -> bool {
    plain(token, text).is_some_and(|plain| plain == name)
}

/// A name as the catalog has it.
fn plain(token: Token, text: &str) -> Option<String> {
    match token.kind {
        Kind::Word => Some(text.to_ascii_lowercase()),
        Kind::Quoted => {
            let inner = text.strip_prefix('"')?.strip_suffix('"')?;
            Some(inner.replace("\"\"", "\""))
        }
        _ => None,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spell(sql: &str, schema: &str) -> String {
        let names = ["mood", "app", "y", "s", "it's", "t", "users"].map(str::to_owned);
        let names = names.into_iter().collect();
        Spelling { schema, names }.definition(sql)
    }

    #[test]
    fn a_schema_is_replaced_where_it_is_one() {
        for (sql, spelled) in [
            ("app.mood", "<schema>.mood"),
            ("\"app\".mood", "<schema>.mood"),
            ("app.\"app\"", "<schema>.\"app\""),
            ("x.app.y", "x.app.y"),
            ("SELECT app FROM app.app", "SELECT app FROM <schema>.app"),
            (
                "SELECT app.users, app.y(app.s), max(app.t) FROM (app.app JOIN app.users ON ((app.s = app.users)))",
                "SELECT app.users, <schema>.y(app.s), max(app.t) FROM (<schema>.app JOIN <schema>.users ON \
                 ((app.s = app.users)))",
            ),
            (
                "FROM app.s, app.t WHERE app.s IS DISTINCT FROM app.t AND app.y = 'a'::app.mood",
                "FROM <schema>.s, <schema>.t WHERE app.s IS DISTINCT FROM app.t AND app.y = 'a'::<schema>.mood",
            ),
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
            ("app.*", "app.*"),
            ("OPERATOR(app.##)", "OPERATOR(<schema>.##)"),
            ("-- app.x\napp.y", "-- app.x\n<schema>.y"),
        ] {
            assert_eq!(spell(sql, "app"), spelled);
        }
    }

    #[test]
    fn a_weird_schema_is_replaced_as_well() {
        assert_eq!(
            spell(r#""we""ird; drop--".t"#, "we\"ird; drop--"),
            "<schema>.t"
        );
        assert_eq!(
            Spelling {
                schema: "we\"ird",
                ..Spelling::default()
            }
            .path(r#"pg_catalog, "we""ird""#),
            "pg_catalog, <schema>"
        );
    }

    proptest! {
        #[test]
        fn a_text_without_the_name_stays_as_it_is(sql in r#"([-b-eE$'"\\;()/*.: \n0-9]|\PC){0,60}"#) {
            prop_assume!(!sql.contains("app"));
            prop_assert_eq!(spell(&sql, "app"), sql);
        }
    }
}
