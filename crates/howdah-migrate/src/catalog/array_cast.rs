use crate::lexer::{Kind, Lexer, Token};

/// With `ARRAY[('a')::text]` for `(ARRAY['a'])::text[]`.
///
/// The server reads both as the same and shows whichever was written, and what it shows of `in ('a', 'b')` on a
/// `varchar` is the second: after a dump and a restore, it shows the first.
pub(super) fn cast_elements(sql: String) -> String {
    let mut sql = sql;
    while let Some(next) = cast_first(&sql) {
        sql = next;
    }
    sql
}

fn cast_first(sql: &str) -> Option<String> {
    if !sql.contains("(ARRAY[") {
        return None;
    }
    let tokens = Tokens::of(sql);
    (0..tokens.all.len()).find_map(|index| tokens.cast_at(index))
}

struct Tokens<'a> {
    sql: &'a str,
    all: Vec<Token>,
}

impl<'a> Tokens<'a> {
    fn of(sql: &'a str) -> Self {
        let all = Lexer::new(sql).collect();
        Self { sql, all }
    }

    fn text(&self, index: usize) -> &'a str {
        let token = self.all.get(index);
        token
            .and_then(|token| self.sql.get(token.start..token.end))
            .unwrap_or_default()
    }

    fn is(&self, index: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(offset, word)| self.text(index + offset) == *word)
    }

    /// From the start of one token to the end of another.
    fn between(&self, first: usize, last: usize) -> Option<&'a str> {
        let (first, last) = (self.all.get(first)?, self.all.get(last)?);
        self.sql.get(first.start..last.end)
    }

    /// The whole text, with this array's elements cast, if that is what begins here.
    fn cast_at(&self, index: usize) -> Option<String> {
        if !self.is(index, &["(", "ARRAY", "["]) {
            return None;
        }
        let elements = self.elements(index + 3)?;
        let (_, end) = *elements.last()?;
        if !self.is(end + 1, &["]", ")", ":", ":"]) {
            return None;
        }
        let (name, brackets) = self.type_name(end + 5)?;
        let cast = |(first, last): &(usize, usize)| {
            let element = self.between(*first, *last)?;
            (!element.starts_with("ARRAY[")).then(|| format!("({element})::{name}"))
        };
        let cast: Option<Vec<String>> = elements.iter().map(cast).collect();
        let before = self.sql.get(..self.all.get(index)?.start)?;
        let after = self.sql.get(self.all.get(brackets)?.end..)?;
        Some(format!("{before}ARRAY[{}]{after}", cast?.join(", ")))
    }

    /// The first and last token of each, up to the bracket that closes.
    fn elements(&self, start: usize) -> Option<Vec<(usize, usize)>> {
        let mut elements = Vec::new();
        let (mut first, mut depth) = (start, 0_usize);
        for index in start..self.all.len() {
            match self.text(index) {
                "(" | "[" => depth += 1,
                "]" if depth == 0 => {
                    elements.push((first, index.checked_sub(1)?));
                    return (index > start).then_some(elements);
                }
                ")" | "]" => depth = depth.checked_sub(1)?,
                "," if depth == 0 => {
                    elements.push((first, index.checked_sub(1)?));
                    first = index + 1;
                }
                _ => {}
            }
        }
        None
    }

    /// `character varying(9)[]`: the name, and where its brackets close.
    fn type_name(&self, start: usize) -> Option<(&'a str, usize)> {
        for index in start..self.all.len() {
            if self.is(index, &["[", "]"]) {
                let name = self.between(start, index.checked_sub(1)?)?;
                return (index > start).then_some((name, index + 1));
            }
            let kind = self.all.get(index)?.kind;
            let number = self.text(index).bytes().all(|byte| byte.is_ascii_digit());
            let is_part = matches!(kind, Kind::Word | Kind::Quoted | Kind::Open | Kind::Close)
                || number
                || matches!(self.text(index), "." | ",");
            if !is_part {
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_spellings_of_a_cast_become_one() {
        for (sql, cast) in [
            (
                "(a = ANY ((ARRAY['x'::character varying, 'y,]'::character varying])::text[]))",
                "(a = ANY (ARRAY[('x'::character varying)::text, ('y,]'::character varying)::text]))",
            ),
            (
                "((ARRAY[f(a, b), c[1]])::app.\"T\"[] = (ARRAY[d])::numeric(4,2)[])",
                "(ARRAY[(f(a, b))::app.\"T\", (c[1])::app.\"T\"] = ARRAY[(d)::numeric(4,2)])",
            ),
            ("(ARRAY[ARRAY[a]])::text[]", "(ARRAY[ARRAY[a]])::text[]"),
            ("(ARRAY[a])::text", "(ARRAY[a])::text"),
            ("(ARRAY[a] || b)::text[]", "(ARRAY[a] || b)::text[]"),
            ("'(ARRAY[a])::text[]'", "'(ARRAY[a])::text[]'"),
        ] {
            assert_eq!(cast_elements(sql.to_owned()), cast);
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_to_an_end(sql in r"(\(ARRAY\[|\]\)::|text|\[|\]|\(|\)|,|a|'){0,40}") {
            let once = cast_elements(sql);
            prop_assert_eq!(cast_elements(once.clone()), once);
        }
    }
}
