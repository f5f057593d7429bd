use std::ops::Range;

use crate::lexer::{Kind, Lexer};
use crate::split::Statement;

/// Blanks tokens out of a script. Comments are no tokens of a statement, so they stay.
#[derive(Debug, Default)]
pub(super) struct Scissors {
    ranges: Vec<Range<usize>>,
    /// Where statements end whose semicolons go too.
    ends: Vec<usize>,
}

impl Scissors {
    pub(super) fn statement(&mut self, statement: &Statement<'_>) {
        let tokens = statement.tokens().iter();
        self.ranges
            .extend(tokens.map(|token| token.start..token.end));
        self.ends.push(statement.range().end);
    }

    /// Returns where the first of them starts.
    pub(super) fn tokens(
        &mut self,
        statement: &Statement<'_>,
        indexes: impl IntoIterator<Item = usize>,
    ) -> Option<usize> {
        let tokens = indexes
            .into_iter()
            .filter_map(|index| statement.tokens().get(index));
        let ranges: Vec<_> = tokens.map(|token| token.start..token.end).collect();
        let first = ranges.iter().map(|range| range.start).min();
        self.ranges.extend(ranges);
        first
    }

    /// One space for each character: the server and people count characters, not bytes.
    pub(super) fn cut(mut self, sql: &str) -> String {
        let semicolons = self.ends.iter().filter_map(|end| semicolon(sql, *end));
        self.ranges.extend(semicolons.collect::<Vec<_>>());
        self.ranges.sort_by_key(|range| range.start);
        let mut out = String::with_capacity(sql.len());
        let mut at = 0;
        for range in self.ranges {
            out.push_str(sql.get(at..range.start).unwrap_or_default());
            let cut = sql.get(range.clone()).unwrap_or_default();
            out.extend(cut.chars().map(blank));
            at = range.end;
        }
        out.push_str(sql.get(at..).unwrap_or_default());
        out
    }
}

fn blank(c: char) -> char {
    if matches!(c, '\n' | '\r') { c } else { ' ' }
}

/// The semicolon that ends the statement which ends here; the last statement may have none.
fn semicolon(sql: &str, end: usize) -> Option<Range<usize>> {
    let token = Lexer::new(sql.get(end..)?).find(|token| token.kind != Kind::Comment)?;
    (token.kind == Kind::Semicolon).then(|| end + token.start..end + token.end)
}
