//! `30s`, `500ms`, `1h30m`, `30`.

use std::time::Duration;

/// The units, the largest first, with their milliseconds. `ms` stands before `m` in no text: letters are read whole.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const ALLOWED: &str =
    "is not a duration; write a number with h, m, s or ms, as in 30s, 500ms or 1h30m";

/// Reads a duration; a bare number is seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    let milliseconds = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        number(text)?.checked_mul(1_000)
    } else {
        sum_of_parts(text)?
    };
    milliseconds.map(Duration::from_millis).ok_or_else(too_long)
}

/// The parts must stand in the order of the units, each unit at most once.
fn sum_of_parts(text: &str) -> Result<Option<u64>, String> {
    let mut units = UNITS.iter();
    let mut total = Some(0_u64);
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = split_while(rest, |c| c.is_ascii_digit());
        let (letters, after) = split_while(after, |c| c.is_ascii_alphabetic());
        let Some((_, factor)) = units.find(|(unit, _)| *unit == letters) else {
            return Err(ALLOWED.to_owned());
        };
        let part = number(digits)?.checked_mul(*factor);
        total = total
            .zip(part)
            .and_then(|(sum, part)| sum.checked_add(part));
        rest = after;
    }
    Ok(total)
}

fn number(digits: &str) -> Result<u64, String> {
    if digits.is_empty() {
        return Err(ALLOWED.to_owned());
    }
    digits
        .parse()
        .map_err(|_digits_only: std::num::ParseIntError| too_long())
}

fn too_long() -> String {
    "is too long for a duration".to_owned()
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_bare_seconds_are_read() {
        for (text, milliseconds) in [
            ("30s", 30_000),
            ("500ms", 500),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("1h30m", 5_400_000),
            ("1h30m5s250ms", 5_405_250),
            ("30", 30_000),
            ("0", 0),
        ] {
            assert_eq!(
                parse(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_is_allowed() {
        for text in [
            "30x", "-1s", "1h30", "1.5s", "s", "30m1h", "1s1s", " 30s", "30 s", "1d", "+1s",
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains("1h30m"), "{text}: {message}");
        }
        assert_eq!(parse(""), Err("is empty".to_owned()));
    }

    #[test]
    fn a_number_beyond_any_clock_is_too_long_and_no_panic() {
        for text in [
            "99999999999999999999",
            "18446744073709551615",
            "18446744073709551615h1m",
        ] {
            assert_eq!(parse(text), Err(too_long()), "{text}");
        }
    }
}
