use crate::lexer::Kind;
use crate::split::Statement;

/// Reads a statement from left to right, as far as a rule needs to understand it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    statement: &'a Statement<'a>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(statement: &'a Statement<'a>) -> Self {
        Self { statement, at: 0 }
    }

    /// The index of the token that is read next.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_done(&self) -> bool {
        self.at >= self.statement.tokens().len()
    }

    pub(crate) fn advance(&mut self) {
        self.at += 1;
    }

    /// Where the next token starts, in bytes.
    pub(crate) fn byte(&self) -> usize {
        let token = self.statement.tokens().get(self.at);
        token.map_or_else(|| self.statement.start(), |token| token.start)
    }

    pub(crate) fn word(&self) -> Option<String> {
        self.statement.word(self.at)
    }

    pub(crate) fn is(&self, words: &[&str]) -> bool {
        self.statement.is_words(self.at, words)
    }

    pub(crate) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(&[word]))
    }

    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        let token = self.statement.token(self.at);
        token.is_some_and(|(kind, text)| kind != Kind::Word && text == sign)
    }

    /// The string that comes next, without its quotes.
    pub(crate) fn text(&self) -> Option<String> {
        let (kind, text) = self.statement.token(self.at)?;
        (kind == Kind::Text).then(|| literal(text))?
    }

    /// Steps over these words, if they come next.
    pub(crate) fn eat(&mut self, words: &[&str]) -> bool {
        let eaten = self.is(words);
        if eaten {
            self.at += words.len();
        }
        eaten
    }

    /// Steps over one of these words.
    pub(crate) fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(&[word]))
    }

    pub(crate) fn eat_sign(&mut self, sign: &str) -> bool {
        let eaten = self.is_sign(sign);
        self.at += usize::from(eaten);
        eaten
    }

    /// Reads a name that may be qualified, and gives its last part: a migration knows one schema.
    pub(crate) fn name(&mut self) -> Option<String> {
        let mut name = self.statement.name(self.at)?;
        self.advance();
        while self.is_sign(".") {
            self.advance();
            name = self.statement.name(self.at)?;
            self.advance();
        }
        Some(name)
    }

    /// All names and keywords from the token `start` to here.
    pub(crate) fn names_from(&self, start: usize) -> Vec<String> {
        let tokens = start..self.at;
        tokens
            .filter_map(|index| self.statement.name(index))
            .collect()
    }

    /// Steps over one token, or over everything in parentheses.
    pub(crate) fn skip(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.is_sign("(") {
                depth += 1;
            } else if self.is_sign(")") {
                depth = depth.saturating_sub(1);
            }
            self.advance();
            if depth == 0 || self.is_done() {
                return;
            }
        }
    }

    /// Goes on to one of these words outside of parentheses.
    pub(crate) fn find(&mut self, words: &[&str]) -> bool {
        while !self.is_done() {
            if self.is_any(words) {
                return true;
            }
            self.skip();
        }
        false
    }

    /// Goes on to this sign outside of parentheses.
    pub(crate) fn find_sign(&mut self, sign: &str) -> bool {
        while !self.is_done() {
            if self.is_sign(sign) {
                return true;
            }
            self.skip();
        }
        false
    }
}

/// What a string says. Only the escapes of quotes are read: names and settings need no others.
pub(crate) fn literal(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('$') {
        let (tag, rest) = rest.split_once('$')?;
        return rest
            .strip_suffix(&format!("${tag}$"))
            .map(ToOwned::to_owned);
    }
    let inner = text
        .trim_start_matches(['E', 'e'])
        .strip_prefix('\'')?
        .strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    #[test]
    fn a_qualified_name_is_its_last_part() {
        let statements = split("Foo.\"Bar\" baz");
        let mut cursor = Cursor::new(&statements[0]);
        assert_eq!(cursor.name().as_deref(), Some("Bar"));
        assert!(cursor.is(&["baz"]));
    }

    #[test]
    fn words_in_parentheses_are_stepped_over() {
        let statements = split("a (to (to) to) to b");
        let mut cursor = Cursor::new(&statements[0]);
        assert!(cursor.find(&["to"]));
        assert_eq!(cursor.at(), 8);
        assert!(!cursor.find(&["missing"]));
        assert!(cursor.is_done());
    }

    #[test]
    fn strings_lose_their_quotes() {
        assert_eq!(literal("'it''s'").as_deref(), Some("it's"));
        assert_eq!(literal("E'a'").as_deref(), Some("a"));
        assert_eq!(literal("$x$a$$b$x$").as_deref(), Some("a$$b"));
        assert_eq!(literal("'a"), None);
    }
}
