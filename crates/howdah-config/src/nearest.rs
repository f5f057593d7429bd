//! Which known name an unknown one was meant to be.

/// The candidate that is nearest to `name`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = folded(name);
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `pool_size`, `pool.size`, `pool-size` and `poolSize` are one name to the reader.
fn folded(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '_' | '.' | '-'))
        .collect()
}

/// Damerau's distance: two neighbours that changed places are one error (the restricted form, one row at a time).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut before = None;
    for (index, letter) in left.chars().enumerate() {
        let mut next = vec![index + 1];
        for (column, other) in right.iter().enumerate() {
            let at =
                |cells: &[usize], column: usize| cells.get(column).copied().unwrap_or(usize::MAX);
            let changed = at(&row, column) + usize::from(letter != *other);
            let removed = at(&row, column + 1) + 1;
            let added = at(&next, column) + 1;
            let mut best = changed.min(removed).min(added);
            let previous = column.checked_sub(1).and_then(|column| right.get(column));
            if before == Some(*other) && previous == Some(&letter) {
                best = best.min(at(&above, column.saturating_sub(1)).saturating_add(1));
            }
            next.push(best);
        }
        before = Some(letter);
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changed_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("prot", "port"), 1);
        assert_eq!(distance("ab", "ba"), 1);
    }

    #[test]
    fn a_typing_error_is_near_and_another_word_is_not() {
        let names = ["pool.size", "pool.overflow", "port"];
        assert_eq!(nearest("pool.sizee", names), Some("pool.size"));
        assert_eq!(nearest("pool_size", names), Some("pool.size"));
        assert_eq!(nearest("prot", names), Some("port"));
        assert_eq!(nearest("ports", names), Some("port"));
        assert_eq!(nearest("colour", names), None);
    }
}
