use std::iter::Peekable;
use std::str::CharIndices;

use super::fault::Fault;
use super::given::Given;
use super::part::Part;

/// Whether the text starts like `host=...`.
pub(super) fn is_keyword_value(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let rest = text.trim_start_matches(word);
    rest.len() < text.len() && rest.trim_start().starts_with('=')
}

/// Reads `host=localhost password='a b'`, as libpq does.
pub(super) fn read(text: &str, given: &mut Given) -> Result<(), Fault> {
    let mut reader = Reader {
        characters: text.char_indices().peekable(),
    };
    let safe = !text.contains('@');
    while let Some((at, name)) = reader.name()? {
        let value = reader.value()?;
        let shown = safe && !given.has_password_parameter();
        given.set(&name, Part { text: &value, at }, shown)?;
    }
    Ok(())
}

struct Reader<'a> {
    characters: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    /// The next name, and the `=` and the spaces behind it; nothing at the end.
    fn name(&mut self) -> Result<Option<(usize, String)>, Fault> {
        self.skip_space();
        let Some(&(at, _)) = self.characters.peek() else {
            return Ok(None);
        };
        let mut name = String::new();
        while let Some((_, c)) = self.next_if(|c| c != '=' && !is_space(c)) {
            name.push(c);
        }
        self.skip_space();
        if name.is_empty() || self.next_if(|c| c == '=').is_none() {
            return Err(Fault::at(at, NO_EQUALS));
        }
        self.skip_space();
        Ok(Some((at, name)))
    }

    fn value(&mut self) -> Result<String, Fault> {
        let quote = self.next_if(|c| c == '\'');
        let mut value = String::new();
        while let Some((at, c)) = self.next_if(|c| quote.is_some() || !is_space(c)) {
            match c {
                '\0' => return Err(Fault::at(at, NUL)),
                '\\' => match self.characters.next() {
                    Some((at, '\0')) => return Err(Fault::at(at, NUL)),
                    escaped => value.extend(escaped.map(|(_, c)| c)),
                },
                '\'' if quote.is_some() => return Ok(value),
                c => value.push(c),
            }
        }
        match quote {
            Some((at, _)) => Err(Fault::at(at, UNCLOSED)),
            None => Ok(value),
        }
    }

    fn skip_space(&mut self) {
        while self.next_if(is_space).is_some() {}
    }

    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<(usize, char)> {
        self.characters.next_if(|&(_, c)| wanted(c))
    }
}

/// What C calls a space.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

const NO_EQUALS: &str = "a keyword without `=`: write keyword=value, and put a value that holds spaces in single quotes";
const NUL: &str = "a NUL, which PostgreSQL does not accept anywhere: remove it";
const UNCLOSED: &str = "a single quote is not closed: write \\' for a quote inside a value";
