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

/// Levenshtein's distance, one row at a time.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, l) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = vec![before];
        for (r, &above) in right.iter().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(l != *r);
            before = changed.min(above + 1).min(before + 1);
            next.push(before);
            diagonal = above;
        }
        row = next;
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
    }

    #[test]
    fn a_typing_error_is_near_and_another_word_is_not() {
        let names = ["pool.size", "pool.overflow", "port"];
        assert_eq!(nearest("pool.sizee", names), Some("pool.size"));
        assert_eq!(nearest("pool_size", names), Some("pool.size"));
        assert_eq!(nearest("prot", names), None);
        assert_eq!(nearest("ports", names), Some("port"));
        assert_eq!(nearest("colour", names), None);
    }
}
