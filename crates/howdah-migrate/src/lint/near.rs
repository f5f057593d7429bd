/// At most this many letters to change, add or leave out.
const FAR: usize = 3;
const MOST: usize = 3;

/// The known names that someone may have meant, the nearest first.
pub(super) fn near(name: &str, known: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut near: Vec<(usize, &'static str)> = known
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| *distance <= FAR || name.len() > FAR && known.contains(name))
        .collect();
    near.sort_unstable();
    near.into_iter()
        .take(MOST)
        .map(|(_, known)| known)
        .collect()
}

/// Levenshtein's, one row of his table at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (line, from) in a.chars().enumerate() {
        let mut left = line + 1;
        let mut next = vec![left];
        for (to, pair) in b.chars().zip(row.windows(2)) {
            let (diagonal, above) = match pair {
                [diagonal, above] => (*diagonal, *above),
                _ => continue,
            };
            left = (diagonal + usize::from(from != to))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_to_change_are_counted() {
        for (a, b, count) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("a", "a", 0),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), count, "{a} {b}");
            assert_eq!(distance(b, a), count, "{b} {a}");
        }
    }
}
