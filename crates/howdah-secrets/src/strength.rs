use std::collections::BTreeMap;

use crate::is_placeholder;

const MIN_BITS: f64 = 64.0;
const ADVICE: &str = "generate one";

/// Why a secret is easily guessed, without a word about what it is.
pub(crate) fn weaknesses(text: &str, min_length: usize) -> impl Iterator<Item = String> {
    let short = text.chars().count() < min_length;
    let placeholder = is_placeholder(text);
    let repeated = is_repeated(text);
    let weak = !short && !placeholder && !repeated && bits(text) < MIN_BITS;
    let rows = [
        (
            short,
            format!("the secret is shorter than {min_length} characters; {ADVICE}"),
        ),
        (
            placeholder,
            format!("the secret is a placeholder; {ADVICE}"),
        ),
        (
            repeated,
            format!("the secret is a single repeated character; {ADVICE}"),
        ),
        (
            weak,
            format!("the secret is easily guessed: it repeats itself too much; {ADVICE}"),
        ),
    ];
    rows.into_iter()
        .filter_map(|(applies, message)| applies.then_some(message))
}

fn is_repeated(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.all(|c| Some(c) == first)
}

/// Shannon's entropy of the characters that occur, times their number.
fn bits(text: &str) -> f64 {
    let mut counts = BTreeMap::<char, u32>::new();
    for character in text.chars() {
        let count = counts.entry(character).or_default();
        *count = count.saturating_add(1);
    }
    let total: f64 = counts.values().map(|count| f64::from(*count)).sum();
    counts
        .values()
        .map(|count| f64::from(*count) * (total / f64::from(*count)).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<String> {
        weaknesses(text, 24).next()
    }

    #[test]
    fn weak_secrets_are_told_from_random_ones() {
        let rows = [
            ("hunter2", Some("shorter than 24")),
            ("xxxxxxxxxxxxxxxxxxxxxxxxxxx", Some("placeholder")),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaa", Some("single repeated")),
            ("abcabcabcabcabcabcabcabcabc", Some("easily guessed")),
            ("mVx3kQ9sT1bR7yZp0LwNc5Hd", None),
            ("d41d8cd98f00b204e9800998ecf8427e", None),
        ];
        for (text, expected) in rows {
            match (first(text), expected) {
                (None, None) => {}
                (Some(found), Some(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn every_generated_secret_is_strong() {
        for _ in 0..100 {
            let secret = crate::generate().unwrap();
            assert_eq!(weaknesses(secret.expose(), 24).count(), 0);
        }
    }
}
