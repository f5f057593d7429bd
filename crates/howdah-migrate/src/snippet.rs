/// How much of a line fits on a screen, and how much of that stands before the caret.
const WIDTH: usize = 100;
const BEFORE: usize = 60;

/// A line of a file with a caret under the column, both from 1, cut to what fits on a screen.
pub(crate) fn snippet(line: usize, column: Option<usize>, text: &str) -> String {
    let line = line.to_string();
    let at = column.map_or(0, |column| column.saturating_sub(1));
    let skipped = at.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(skipped).take(WIDTH).collect();
    if column.is_none() {
        return format!("  {line} | {shown}");
    }
    let under: String = shown
        .chars()
        .chain(std::iter::repeat(' '))
        .take(at - skipped)
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    format!(
        "  {line} | {shown}\n  {} | {under}^",
        " ".repeat(line.len())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_column() {
        assert_eq!(
            snippet(12, Some(8), "select foo"),
            "  12 | select foo\n     |        ^"
        );
        assert_eq!(snippet(12, Some(2), "\tfoo"), "  12 | \tfoo\n     | \t^");
        assert_eq!(snippet(12, None, "select foo"), "  12 | select foo");
    }

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let snippet = snippet(12, Some(3000), &"x".repeat(5000));
        let lines: Vec<&str> = snippet.lines().collect();
        assert_eq!(lines[0].len(), "  12 | ".len() + 100);
        assert_eq!(lines[1].len(), "  12 | ".len() + 61);
    }
}
