/// A place in a text: what an editor shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// The line, without its end.
    pub(crate) text: String,
}

impl Place {
    /// Of a byte; one behind the end is the end.
    pub(crate) fn of_byte(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(line_start..).and_then(|rest| rest.lines().next());
        Self {
            line: before.matches('\n').count() + 1,
            column: before
                .get(line_start..)
                .map_or(0, |head| head.chars().count())
                + 1,
            text: line.unwrap_or_default().to_owned(),
        }
    }

    /// The text of a line, from 1.
    pub(crate) fn line(text: &str, line: usize) -> &str {
        let lines = text.split('\n').nth(line.saturating_sub(1));
        lines.map_or("", |line| line.strip_suffix('\r').unwrap_or(line))
    }

    /// Of a character counted from 1, as the server counts.
    pub(crate) fn of_char(text: &str, position: usize) -> Self {
        let byte = text
            .char_indices()
            .nth(position.saturating_sub(1))
            .map_or(text.len(), |(byte, _)| byte);
        Self::of_byte(text, byte)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_are_counted_not_bytes() {
        let place = Place::of_char("select 1;\r\n-- ä\nselect 'ö', foo;\n", 29);
        assert_eq!((place.line, place.column), (3, 13));
        assert_eq!(place.text, "select 'ö', foo;");
    }

    #[test]
    fn the_end_of_the_text_is_a_place() {
        let place = Place::of_char("select", 99);
        assert_eq!(
            (place.line, place.column, place.text.as_str()),
            (1, 7, "select")
        );
    }

    proptest! {
        #[test]
        fn any_position_in_any_text_is_a_place(text in "([ab\n\r]|\\PC){0,20}", position in 0_usize..40) {
            let place = Place::of_char(&text, position);
            prop_assert!(place.line >= 1 && place.column >= 1);
            prop_assert!(Place::of_byte(&text, position).line >= 1);
        }
    }
}
