/// What a token is, as far as cutting a script into statements needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an unquoted identifier.
    Word,
    /// A quoted identifier, with its quotes.
    Quoted,
    /// A string in single quotes or dollar quotes.
    Text,
    /// A line or block comment.
    Comment,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// A number, an operator, a comma.
    Other,
}

/// A token and the bytes it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Reads SQL as PostgreSQL's own lexer does, with `standard_conforming_strings` on.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>
///
/// Never fails: what is not closed ends with the text, and the server says what is wrong with it.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self {
            bytes: sql.as_bytes(),
            at: 0,
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.saturating_add(ahead)).copied()
    }

    fn skip_while(&mut self, matches: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&matches) {
            self.at += 1;
        }
    }

    fn read(&mut self, first: u8) -> Kind {
        match (first, self.peek(1)) {
            (b'-', Some(b'-')) => self.line_comment(),
            (b'/', Some(b'*')) => self.block_comment(),
            (b'\'', _) => self.text(false),
            (b'"', _) => self.quoted(),
            (b'$', _) => self.dollar(),
            (b'E' | b'e', Some(b'\'')) => {
                self.at += 1;
                self.text(true)
            }
            (byte, _) if is_word_start(byte) => {
                self.skip_while(is_word);
                Kind::Word
            }
            (byte, _) if byte.is_ascii_digit() => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                Kind::Other
            }
            (byte, _) => self.single(byte),
        }
    }

    fn single(&mut self, byte: u8) -> Kind {
        self.at += 1;
        match byte {
            b';' => Kind::Semicolon,
            b'(' => Kind::Open,
            b')' => Kind::Close,
            _ => Kind::Other,
        }
    }

    fn line_comment(&mut self) -> Kind {
        self.skip_while(|byte| !is_newline(byte));
        Kind::Comment
    }

    fn block_comment(&mut self) -> Kind {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Kind::Comment;
                    }
                }
                (Some(_), _) => self.at += 1,
                (None, _) => return Kind::Comment,
            }
        }
    }

    fn quoted(&mut self) -> Kind {
        self.until_quote(b'"', false);
        Kind::Quoted
    }

    /// A string may go on after a line break: `E'a'` newline `'b'` is one string, and the second
    /// part keeps the rules of the first.
    fn text(&mut self, escapes: bool) -> Kind {
        self.until_quote(b'\'', escapes);
        while let Some(quote) = self.continued() {
            self.at = quote;
            self.until_quote(b'\'', escapes);
        }
        Kind::Text
    }

    /// From an opening quote to behind the closing one; a doubled quote is part of the text.
    fn until_quote(&mut self, quote: u8, escapes: bool) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if escapes && byte == b'\\' {
                self.at += 1;
            } else if byte == quote {
                if self.peek(0) != Some(quote) {
                    break;
                }
                self.at += 1;
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// Where the next part of the string opens, if a line break leads to it, with white space and line
    /// comments around.
    fn continued(&self) -> Option<usize> {
        let mut at = self.at;
        let mut broken = false;
        loop {
            match self.bytes.get(at..)? {
                [b'\'', ..] => return broken.then_some(at),
                [b'-', b'-', rest @ ..] => {
                    let comment = rest.iter().take_while(|byte| !is_newline(**byte));
                    at += 2 + comment.count();
                }
                [byte, ..] if is_space(*byte) => {
                    broken |= is_newline(*byte);
                    at += 1;
                }
                _ => return None,
            }
        }
    }

    /// `$tag$ ... $tag$`, or a lone `$` such as that of `$1`.
    fn dollar(&mut self) -> Kind {
        let Some(delimiter) = self.delimiter() else {
            return self.single(b'$');
        };
        let body = self.at + delimiter.len();
        let close = self
            .bytes
            .get(body..)
            .and_then(|rest| find(rest, delimiter));
        self.at = close.map_or(self.bytes.len(), |close| body + close + delimiter.len());
        Kind::Text
    }

    fn delimiter(&self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let tag = rest
            .iter()
            .skip(1)
            .take_while(|byte| is_word(**byte) && **byte != b'$')
            .count();
        let starts_well = tag == 0 || rest.get(1).copied().is_some_and(is_word_start);
        (starts_well && rest.get(tag + 1) == Some(&b'$')).then(|| rest.get(..tag + 2))?
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_while(is_space);
        let start = self.at;
        let first = self.peek(0)?;
        let kind = self.read(first);
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        Lexer::new(sql)
            .map(|token| (token.kind, &sql[token.start..token.end]))
            .collect()
    }

    #[test]
    fn quotes_keep_what_is_inside_together() {
        assert_eq!(
            kinds(r#"'it''s;' "a"";b" E'\';' $$;$$ $x$ $$ ; $x$"#),
            [
                (Kind::Text, "'it''s;'"),
                (Kind::Quoted, r#""a"";b""#),
                (Kind::Text, r"E'\';'"),
                (Kind::Text, "$$;$$"),
                (Kind::Text, "$x$ $$ ; $x$"),
            ]
        );
    }

    #[test]
    fn a_backslash_escapes_only_in_the_escape_form() {
        assert_eq!(
            kinds(r"'\';")[..2],
            [(Kind::Text, r"'\'"), (Kind::Semicolon, ";")]
        );
        assert_eq!(kinds(r"e'\';'").len(), 1);
    }

    #[test]
    fn what_is_not_closed_ends_with_the_text() {
        for sql in [
            "E'\\",
            "E'a\\",
            "'a",
            "\"a",
            "$x$ a",
            "/* a /* b */",
            "-- a",
        ] {
            let tokens: Vec<Token> = Lexer::new(sql).collect();
            assert_eq!((tokens.len(), tokens[0].end), (1, sql.len()), "{sql}");
        }
    }

    #[test]
    fn a_string_goes_on_behind_a_line_break_by_the_same_rules() {
        assert_eq!(kinds("E'a'\n  '\\';'"), [(Kind::Text, "E'a'\n  '\\';'")]);
        assert_eq!(kinds("'a' 'b'").len(), 2);
        let commented = "E'a' -- '\n-- b\n'\\';'";
        assert_eq!(kinds(commented), [(Kind::Text, commented)]);
        assert_eq!(kinds("'a' /* c */\n'b'").len(), 3);
    }

    #[test]
    fn a_dollar_in_a_name_or_a_parameter_opens_nothing() {
        assert_eq!(kinds("a$b$c")[0], (Kind::Word, "a$b$c"));
        assert_eq!(
            kinds("$1;$2")
                .iter()
                .filter(|(kind, _)| *kind == Kind::Semicolon)
                .count(),
            1
        );
    }

    #[test]
    fn comments_nest_and_end_at_the_line() {
        assert_eq!(
            kinds("/* a /* ; */ ; */ b -- ;\nc"),
            [
                (Kind::Comment, "/* a /* ; */ ; */"),
                (Kind::Word, "b"),
                (Kind::Comment, "-- ;"),
                (Kind::Word, "c"),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end_without_a_panic(sql in r#"([-a-eE$'"\\;()/* \n0-9]|\PC){0,60}"#) {
            let mut end = 0;
            for token in Lexer::new(&sql) {
                prop_assert!(token.start >= end && token.end > token.start && token.end <= sql.len());
                prop_assert!(sql.get(token.start..token.end).is_some());
                prop_assert!(sql[end..token.start].bytes().all(is_space));
                end = token.end;
            }
            prop_assert!(sql[end..].bytes().all(is_space));
        }
    }
}
