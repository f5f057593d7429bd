/// The numbers that a bound allows, durations in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
}

impl Range {
    /// Of `1..=100; with extended limits 1..=1000`: the widest. A part without a range leaves the end open.
    pub(super) fn of(bound: &str) -> Self {
        let parts: Vec<Option<(u64, u64)>> = bound.split(';').map(part).collect();
        let all: Option<Vec<(u64, u64)>> = parts.iter().copied().collect();
        let known = parts.iter().flatten();
        Self {
            min: known.map(|(min, _)| *min).min(),
            max: all.and_then(|all| all.iter().map(|(_, max)| *max).max()),
        }
    }
}

/// `with extended limits 1..=1000, at most size` -> 1 and 1000
fn part(text: &str) -> Option<(u64, u64)> {
    let (before, after) = text.split_once("..=")?;
    let min = before.rsplit(' ').next()?;
    let max = after.split(',').next()?;
    Some((number(min)?, number(max)?))
}

/// Milliseconds become the next whole second: a bare number cannot say less.
fn number(text: &str) -> Option<u64> {
    let with_unit = |unit: &str| text.trim().strip_suffix(unit)?.parse::<u64>().ok();
    with_unit("ms")
        .map(|number| number.div_ceil(1_000))
        .or_else(|| with_unit("s"))
        .or_else(|| with_unit(" days")?.checked_mul(86_400))
        .or_else(|| with_unit(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_range_of_a_bound_counts() {
        for (bound, min, max) in [
            (
                "1..=100; with extended limits 1..=1000",
                Some(1),
                Some(1000),
            ),
            (
                "0..=100; with extended limits both 1000 together",
                Some(0),
                None,
            ),
            ("1s..=7200s, at most max_lifetime", Some(1), Some(7200)),
            ("100ms..=300s", Some(1), Some(300)),
            ("0s..=24 days", Some(0), Some(2_073_600)),
            ("letters, digits and _", None, None),
            ("", None, None),
        ] {
            assert_eq!(Range::of(bound), Range { min, max }, "{bound}");
        }
    }
}
