use std::time::Duration;

/// `of`, more or less by up to `percent` of it: what begins together must not end together.
pub(crate) fn around(of: Duration, percent: u32) -> Duration {
    let spread = of / 100 * percent;
    of.saturating_sub(spread)
        .saturating_add(below(spread.saturating_mul(2)))
}

/// Any duration up to `limit`. Without a source of randomness, half of it.
pub(crate) fn below(limit: Duration) -> Duration {
    let mut bytes = [0_u8; 4];
    let part = match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_none) => u32::MAX / 2,
    };
    limit.mul_f64(f64::from(part) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::around;

    #[test]
    fn durations_are_spread_within_their_bounds() {
        let drawn: Vec<Duration> = (0..200)
            .map(|_| around(Duration::from_secs(100), 20))
            .collect();
        let (least, most) = (drawn.iter().min().unwrap(), drawn.iter().max().unwrap());
        assert!(*least >= Duration::from_secs(80) && *most <= Duration::from_mins(2));
        assert!(
            most.saturating_sub(*least) > Duration::from_secs(20),
            "{least:?} {most:?}"
        );
    }
}
