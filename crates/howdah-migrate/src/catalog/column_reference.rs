use crate::lexer::Token;

/// Whether `table.column` stands here, and not `schema.table`: the server writes both in the same way, and a table may
/// be called as its schema. It is a column where the nearest clause is one of expressions. What else of a schema stands
/// in expressions has a sign: `(` behind a function, `::` before a type.
pub(super) fn is_column(sql: &str, tokens: &[Token], index: usize) -> bool {
    let text = |index: usize| {
        let token: Option<&Token> = tokens.get(index);
        token.and_then(|token| sql.get(token.start..token.end))
    };
    let is_function = text(index + 3) == Some("(");
    let before = index.checked_sub(1).and_then(text);
    let is_other = before.is_some_and(|text| text == ":" || text.eq_ignore_ascii_case("collate"));
    !is_function && !is_other && is_in_expression(index, text)
}

/// Goes back to the word that says so, past what is in parentheses and out of those that are open.
fn is_in_expression<'a>(index: usize, text: impl Fn(usize) -> Option<&'a str>) -> bool {
    let mut closed = 0_usize;
    for at in (0..index).rev() {
        let word = text(at).unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            ")" => closed += 1,
            "(" => closed = closed.saturating_sub(1),
            _ if closed > 0 => {}
            "select" | "where" | "having" | "by" | "and" | "or" | "not" | "case" | "when"
            | "then" | "else" | "set" | "values" => return true,
            // `on (...)` of a join; without parentheses it is a trigger's, a rule's or an index's table.
            "on" => return text(at + 1) == Some("("),
            "from" => {
                let before = at.checked_sub(1).and_then(&text);
                return before.is_some_and(|text| text.eq_ignore_ascii_case("distinct"));
            }
            "join" | "into" | "update" | "to" | "of" | "only" | "references" => return false,
            _ => {}
        }
    }
    false
}
