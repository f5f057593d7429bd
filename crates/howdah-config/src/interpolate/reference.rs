use super::InterpolationError;

/// `${name}` or `${name<operator>text}`.
pub(super) struct Reference<'a> {
    pub(super) name: &'a str,
    /// Where the dollar sign stands in the template.
    pub(super) at: usize,
    pub(super) operation: Option<Operation<'a>>,
}

pub(super) struct Operation<'a> {
    pub(super) operator: Operator,
    /// The operator has a colon.
    pub(super) empty_is_unset: bool,
    pub(super) text: &'a str,
    /// Where `text` starts in the template.
    pub(super) text_at: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Operator {
    Default,
    Required,
    Alternative,
}

impl<'a> Reference<'a> {
    /// Reads what follows `${`, and returns what is left after the closing brace.
    pub(super) fn parse(inside: &'a str, at: usize) -> Result<(Self, &'a str), InterpolationError> {
        let malformed = |message| InterpolationError::malformed(at, message);
        let (name, after) = split_name(inside);
        if name.is_empty() {
            return Err(malformed(why_no_name(inside)));
        }
        if let Some(rest) = after.strip_prefix('}') {
            let operation = None;
            return Ok((
                Self {
                    name,
                    at,
                    operation,
                },
                rest,
            ));
        }
        let Some((operator, empty_is_unset, body)) = Operator::split(after) else {
            return Err(malformed(why_no_operator(after)));
        };
        let Some((text, rest)) = split_text(body) else {
            return Err(malformed(UNTERMINATED));
        };
        if text.contains(['\n', '\r']) {
            return Err(malformed("a line break must not stand inside `${...}`"));
        }
        let operation = Some(Operation {
            operator,
            empty_is_unset,
            text,
            text_at: at + 2 + inside.len() - body.len(),
        });
        Ok((
            Self {
                name,
                at,
                operation,
            },
            rest,
        ))
    }
}

impl Operator {
    fn split(text: &str) -> Option<(Self, bool, &str)> {
        let (colon, rest) = match text.strip_prefix(':') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let operator = match rest.chars().next()? {
            '-' => Self::Default,
            '?' => Self::Required,
            '+' => Self::Alternative,
            _ => return None,
        };
        Some((operator, colon, rest.get(1..)?))
    }
}

/// The longest name that `text` starts with; empty when there is none.
pub(crate) fn split_name(text: &str) -> (&str, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("", text);
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Splits at the brace that closes the reference; every brace inside counts, as in Compose.
fn split_text(body: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    for (index, c) in body.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some((body.get(..index)?, body.get(index + 1..)?)),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

const UNTERMINATED: &str =
    "unterminated `${`: its closing brace is missing (`$$` is a literal dollar sign)";
const NO_SPACE: &str = "space in name: write `${NAME}` without spaces";

fn why_no_name(inside: &str) -> &'static str {
    match inside.chars().next() {
        None => UNTERMINATED,
        Some('}') => "empty or unterminated `${`: the name of a variable is missing",
        Some(c) if c.is_whitespace() => NO_SPACE,
        Some('!' | '#') => NOT_SUPPORTED,
        Some(_) => "the name of a variable starts with a letter or _, without accents",
    }
}

fn why_no_operator(after: &str) -> &'static str {
    match after.trim_start_matches(':').chars().next() {
        None | Some('\n' | '\r') => UNTERMINATED,
        Some(c) if c.is_whitespace() => NO_SPACE,
        Some(_) => NOT_SUPPORTED,
    }
}

const NOT_SUPPORTED: &str =
    "operator not supported: after the name only :- - :? ? :+ and + may follow";
