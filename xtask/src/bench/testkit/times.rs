use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};

use super::scratch::Scratch;
use crate::command::{line, output};

/// Of one test process, or of several that did the same.
#[derive(Debug, Default, Clone)]
pub(super) struct Times {
    /// From a test's call to its body.
    pub(super) set_up: Vec<Duration>,
    /// From a test's call to its end.
    pub(super) test: Vec<Duration>,
    /// From the start of a process to the first body in it.
    pub(super) first: Vec<Duration>,
    /// Whole processes.
    pub(super) all: Vec<Duration>,
}

impl Times {
    /// Runs a test binary: `tests` are the filters that its harness gets.
    pub(super) fn run(
        scratch: &Scratch,
        mut program: Command,
        tests: &[&str],
        threads: u16,
    ) -> anyhow::Result<Self> {
        let path = scratch.root.join("times");
        fs::write(&path, "")?;
        program.args(tests);
        program.args(["--quiet", "--test-threads", &threads.to_string()]);
        program
            .env("BENCH_TIMES", &path)
            .env("CARGO_MANIFEST_DIR", &scratch.root);
        let (began, clock) = (Instant::now(), microseconds()?);
        output(&mut program)?;
        let all = began.elapsed();
        let mut times = Self::read(&path, clock)
            .with_context(|| format!("`{}` wrote no times", line(&program)))?;
        times.all.push(all);
        Ok(times)
    }

    fn read(path: &Path, began: u64) -> anyhow::Result<Self> {
        Self::parse(&fs::read_to_string(path)?, began)
    }

    /// A line is the call of a test, its body's and its end, in microseconds.
    fn parse(text: &str, began: u64) -> anyhow::Result<Self> {
        let mut times = Self::default();
        let mut first = None;
        for line in text.lines() {
            let stamps: Vec<u64> = line
                .split(' ')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .with_context(|| format!("`{line}` is no line of times"))?;
            let [call, body, end] = stamps.as_slice() else {
                bail!("`{line}` is no line of times");
            };
            times.set_up.push(between(*call, *body));
            times.test.push(between(*call, *end));
            first = Some(first.map_or(*body, |first: u64| first.min(*body)));
        }
        let first = first.context("no test has run")?;
        times.first.push(between(began, first));
        Ok(times)
    }

    /// Adds a later round.
    pub(super) fn add(&mut self, other: Self) {
        self.set_up.extend(other.set_up);
        self.test.extend(other.test);
        self.first.extend(other.first);
        self.all.extend(other.all);
    }
}

fn between(earlier: u64, later: u64) -> Duration {
    Duration::from_micros(later.saturating_sub(earlier))
}

/// The clock that other processes read, too.
fn microseconds() -> anyhow::Result<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "only this clock is the same in two processes"
    )]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(u64::try_from(now.as_micros())?)
}

/// The smallest value that this many per cent do not exceed, in milliseconds.
pub(super) fn percentile(values: &[Duration], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
}

/// In milliseconds.
pub(super) fn median(values: &[Duration]) -> f64 {
    percentile(values, 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert!((median(&values) - 50.0).abs() < 1e-9);
        assert!((percentile(&values, 99) - 99.0).abs() < 1e-9);
        assert!((percentile(&[Duration::from_millis(7)], 99) - 7.0).abs() < 1e-9);
        assert!(median(&[]).abs() < 1e-9);
    }

    #[test]
    fn the_first_body_counts_from_the_start_of_the_process() {
        let times = Times::parse("2000 9000 9500\n1500 4000 5000\n", 1000).unwrap();
        assert_eq!(times.set_up, [7000, 2500].map(Duration::from_micros));
        assert_eq!(times.test, [7500, 3500].map(Duration::from_micros));
        assert_eq!(times.first, [Duration::from_millis(3)]);
        assert!(Times::parse("", 0).is_err());
        assert!(Times::parse("1 2\n", 0).is_err());
    }
}
