//! Words that give themselves away: how a fuzz target finds out that a message quotes its input.
//!
//! A message may hold a word of the input by chance, because it is an English word. So the words of the input are
//! changed first: a mark after every character makes of `secret` the word `szezczrzeztz`, which no message holds
//! unless it was copied from there.

/// Stands after every character of a marked word. No message and no name of ours holds two close to each other. In
/// lower case, so that no marked word looks like the name of a variable, `${PASSWORD}`, which a message may show.
pub const MARK: char = 'z';

/// Shorter words stay as they are, so that short keywords and escapes keep working.
const SHORTEST_MARKED: usize = 3;

/// The text with its words marked, except for those that `is_ours`, and except for percent escapes. `None` if it
/// holds the mark already: then what looks copied may be a word of ours.
pub fn marked(text: &str, is_ours: impl Fn(&str) -> bool) -> Option<String> {
    if text.contains(MARK) {
        return None;
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let escape = if first == '%' { escape_length(rest) } else { 0 };
        let word = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let length = [escape, word, first.len_utf8()]
            .into_iter()
            .find(|&length| length > 0)
            .unwrap_or(rest.len());
        let (piece, after) = rest.split_at(length);
        if word == 0 || piece.chars().count() < SHORTEST_MARKED || is_ours(piece) {
            out.push_str(piece);
        } else {
            out.extend(piece.chars().flat_map(|c| [c, MARK]));
        }
        rest = after;
    }
    Some(out)
}

/// A piece of `length` characters of the marked text that the message holds too.
pub fn leaked<'t>(marked: &'t str, message: &str, length: usize) -> Option<&'t str> {
    // Most messages quote nothing, and the pieces are many.
    if !message.contains(MARK) {
        return None;
    }
    let starts: Vec<usize> = marked
        .char_indices()
        .map(|(at, _)| at)
        .chain([marked.len()])
        .collect();
    starts
        .windows(length + 1)
        .filter_map(|window| marked.get(*window.first()?..*window.last()?))
        .filter(|piece| piece.matches(MARK).count() >= 2)
        .find(|piece| message.contains(piece))
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The bytes of `%41`.
fn escape_length(text: &str) -> usize {
    let digits = text
        .get(1..3)
        .is_some_and(|two| two.bytes().all(|b| b.is_ascii_hexdigit()));
    if digits { 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_and_escapes_and_short_words_are_not() {
        let marked = marked("ab export:secret%41é%4g%", |word| word == "export");
        assert_eq!(marked.as_deref(), Some("ab export:szezczrzeztz%41é%4g%"));
    }

    #[test]
    fn a_quoted_piece_is_found_and_a_word_of_the_message_is_not() {
        let text = marked("value is hunter2", |_| false).unwrap();
        assert_eq!(leaked(&text, "the value is bad", 4), None);
        assert_eq!(leaked(&text, &format!("bad: {text}"), 4), Some("vzaz"));
        assert_eq!(leaked(&text, "bad: ...ezrz...", 4), Some("ezrz"));
    }
}
