use std::ops::Range;

use crate::lexer::{Kind, Lexer, Token};

/// One statement of a script, without the semicolon that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
}

/// Cuts a script at the semicolons that end statements: not those in quotes, comments,
/// parentheses (`create rule ... do (a; b)`) or `begin atomic` bodies.
///
/// Comments between statements belong to none, and what holds only comments is no statement. Never
/// fails: what is not closed ends with the text, and the server says what is wrong with it. Strings
/// are read with `standard_conforming_strings` on; commands of `psql` are not known.
pub fn split(sql: &str) -> Vec<Statement<'_>> {
    let mut statements = Vec::new();
    let mut open = Open::new(sql);
    for token in Lexer::new(sql).filter(|token| token.kind != Kind::Comment) {
        if token.kind == Kind::Semicolon && open.at_top() {
            let ended = std::mem::replace(&mut open, Open::new(sql));
            statements.extend(ended.finish());
        } else {
            open.push(token);
        }
    }
    statements.extend(open.finish());
    statements
}

/// The statement that is being read.
struct Open<'a> {
    statement: Statement<'a>,
    parens: usize,
    bodies: usize,
}

impl<'a> Open<'a> {
    fn new(sql: &'a str) -> Self {
        let statement = Statement {
            sql,
            tokens: Vec::new(),
        };
        Self {
            statement,
            parens: 0,
            bodies: 0,
        }
    }

    fn at_top(&self) -> bool {
        self.parens == 0 && self.bodies == 0
    }

    fn finish(self) -> Option<Statement<'a>> {
        (!self.statement.tokens.is_empty()).then_some(self.statement)
    }

    fn push(&mut self, token: Token) {
        match token.kind {
            Kind::Open => self.parens += 1,
            Kind::Close => self.parens = self.parens.saturating_sub(1),
            Kind::Word if self.parens == 0 => self.count_bodies(token),
            _ => {}
        }
        self.statement.tokens.push(token);
    }

    /// `begin atomic` opens the body of a function; in it, `case` opens and `end` closes, as psql counts.
    /// Behind `as` and a dot they are names, which psql does not see.
    fn count_bodies(&mut self, token: Token) {
        if self.bodies > 0 && self.is_name_next() {
            return;
        }
        let word = self.statement.text(token).to_ascii_lowercase();
        match word.as_str() {
            "atomic" if self.bodies == 0 && self.follows_begin() => self.bodies = 1,
            "case" if self.bodies > 0 => self.bodies += 1,
            "end" => self.bodies = self.bodies.saturating_sub(1),
            _ => {}
        }
    }

    fn is_name_next(&self) -> bool {
        let last = self.statement.tokens.last();
        last.is_some_and(|last| {
            let text = self.statement.text(*last);
            text == "." || text.eq_ignore_ascii_case("as")
        })
    }

    fn follows_begin(&self) -> bool {
        let creates = self.statement.is_words(0, &["create"]);
        let last = self.statement.tokens.len().saturating_sub(1);
        creates && self.statement.is_words(last, &["begin"])
    }
}

impl<'a> Statement<'a> {
    /// Its text, with the comments inside it.
    pub fn as_str(&self) -> &'a str {
        self.sql.get(self.range()).unwrap_or_default()
    }

    /// The bytes of the script that it covers, from its first to its last token.
    pub fn range(&self) -> Range<usize> {
        let end = self.tokens.last().map_or(0, |token| token.end);
        self.start()..end
    }

    /// The script between these bytes of it.
    pub(crate) fn text_between(&self, from: usize, to: usize) -> &'a str {
        self.sql.get(from..to).unwrap_or_default()
    }

    /// Where the first token starts, in bytes.
    pub(crate) fn start(&self) -> usize {
        self.tokens.first().map_or(0, |token| token.start)
    }

    /// Its tokens, without comments.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The token at `index` as it is written.
    pub(crate) fn token(&self, index: usize) -> Option<(Kind, &'a str)> {
        let token = self.tokens.get(index)?;
        Some((token.kind, self.sql.get(token.start..token.end)?))
    }

    /// How many tokens it has.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Its text, from its first token to its last.
    pub(crate) fn source(&self) -> &str {
        self.as_str()
    }

    /// Its tokens with one space between them: what two spellings have in common that mean the same to the server.
    pub(crate) fn canonical(&self) -> String {
        let texts: Vec<&str> = self.tokens.iter().map(|token| self.text(*token)).collect();
        texts.join(" ")
    }

    /// The unquoted word at `index`, in lower case.
    pub(crate) fn word(&self, index: usize) -> Option<String> {
        let token = self.tokens.get(index)?;
        (token.kind == Kind::Word).then(|| self.text(*token).to_ascii_lowercase())
    }

    /// Whether the tokens from `index` on are these words.
    pub(crate) fn is_words(&self, index: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(offset, word)| self.word(index + offset).as_deref() == Some(*word))
    }

    /// Whether one of the tokens is this word.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        (0..self.tokens.len()).any(|index| self.is_words(index, &[word]))
    }

    /// The name at `index` as the catalog spells it: folded to lower case, or without its quotes.
    pub(crate) fn name(&self, index: usize) -> Option<String> {
        let token = self.tokens.get(index)?;
        let text = self.text(*token);
        match token.kind {
            Kind::Word => Some(text.to_ascii_lowercase()),
            Kind::Quoted => {
                let inner = text.strip_prefix('"')?.strip_suffix('"')?;
                Some(inner.replace("\"\"", "\""))
            }
            _ => None,
        }
    }

    /// All names and keywords in it, as the catalog would spell them.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        (0..self.tokens.len()).filter_map(|index| self.name(index))
    }

    /// The keyword, if the statement begins or ends a transaction (savepoints do neither).
    pub(crate) fn transaction_control(&self) -> Option<&'static str> {
        let first = self.word(0)?;
        match first.as_str() {
            "begin" => Some("begin"),
            "start" if self.is_words(1, &["transaction"]) => Some("start transaction"),
            "commit" => Some("commit"),
            "end" => Some("end"),
            "abort" => Some("abort"),
            "rollback" if !self.has_word("to") => Some("rollback"),
            "prepare" if self.is_words(1, &["transaction"]) => Some("prepare transaction"),
            _ => None,
        }
    }

    fn text(&self, token: Token) -> &str {
        self.sql.get(token.start..token.end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(sql: &str) -> usize {
        split(sql).len()
    }

    #[test]
    fn empty_statements_and_comments_are_not_counted() {
        assert_eq!(count(""), 0);
        assert_eq!(count(" ;; -- a;\n /* b; */ ;"), 0);
        assert_eq!(count("select 1; -- end"), 1);
        assert_eq!(count("select 1; select 2"), 2);
    }

    #[test]
    fn semicolons_in_bodies_quotes_and_parentheses_do_not_end_a_statement() {
        for sql in [
            "do $$ begin null; end $$;",
            "create function f() returns int language plpgsql as $f$ begin return 1; end; $f$;",
            "create rule r as on insert to a do also (insert into b values (1); insert into c values (2));",
            "create function f() returns int language sql begin atomic select 1; select case when true then 2 else 3 end; end;",
            "create or replace procedure p() language sql begin atomic; insert into a values (1); end",
            "select ';', E'\\';', \";\"",
        ] {
            assert_eq!(count(sql), 1, "{sql}");
        }
    }

    #[test]
    fn words_called_begin_and_end_elsewhere_open_nothing() {
        assert_eq!(
            count("create table a (\"begin\" int, atomic int); select 1"),
            2
        );
        assert_eq!(count("create type atomic as enum ('a'); select 1"), 2);
        assert_eq!(count("select case when true then 1 end; select 2"), 2);
        assert_eq!(count("begin; select 1; end; select 2"), 4);
    }

    #[test]
    fn statements_that_end_a_transaction_are_found() {
        for (sql, keyword) in [
            ("begin", "begin"),
            ("START transaction read only", "start transaction"),
            ("Commit and chain", "commit"),
            ("end", "end"),
            ("abort work", "abort"),
            ("rollback and chain", "rollback"),
            ("prepare transaction 'x'", "prepare transaction"),
        ] {
            assert_eq!(split(sql)[0].transaction_control(), Some(keyword), "{sql}");
        }
        for sql in [
            "rollback to savepoint a",
            "savepoint a",
            "release a",
            "prepare p as select 1",
            "do $$ begin commit; end $$",
            "create function f() returns int language sql begin atomic select 1; end",
        ] {
            assert_eq!(split(sql)[0].transaction_control(), None, "{sql}");
        }
    }

    #[test]
    fn names_are_folded_as_the_catalog_folds_them() {
        let statements = split("drop index Foo, \"B\"\"ar\"");
        assert_eq!(statements[0].name(2).as_deref(), Some("foo"));
        assert_eq!(statements[0].name(4).as_deref(), Some("B\"ar"));
    }

    proptest! {
        #[test]
        fn any_text_is_split_without_a_panic(
            sql in r#"(create |function |begin |atomic |case |end |[$'"\\;()/*\-\n]|\PC){0,40}"#
        ) {
            let mut last = None;
            for statement in split(&sql) {
                prop_assert!(last < Some(statement.start()));
                last = Some(statement.start());
                let _ = statement.transaction_control();
                let _ = statement.names().count();
            }
        }
    }
}
