use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Growing delays with jitter, so that replicas that start together do not poll together.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, max: Duration) -> Self {
        Self { next: first, max }
    }

    /// Between half of the current step and all of it; the step then grows by half.
    pub(crate) fn delay(&mut self) -> Duration {
        let step = self.next;
        self.next = step.mul_f64(1.5).min(self.max);
        step.mul_f64(0.5 + 0.5 * random_fraction())
    }
}

/// From the seed that the standard library draws for its hash maps: good enough for jitter.
fn random_fraction() -> f64 {
    let bits = RandomState::new().hash_one(0_u8) >> 32;
    u32::try_from(bits).map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_maximum_and_keep_half_of_the_step() {
        let (first, max) = (Duration::from_millis(10), Duration::from_millis(100));
        let mut backoff = Backoff::new(first, max);
        let delay = backoff.delay();
        assert!(delay >= first / 2 && delay <= first);
        let last = (0..50).map(|_| backoff.delay()).last().unwrap();
        assert!(last >= max / 2 && last <= max);
    }
}
