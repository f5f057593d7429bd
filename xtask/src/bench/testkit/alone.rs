use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use super::scratch::Scratch;
use super::server::{Held, Place, clean};
use super::side_by_side::THREADS;
use super::times::Times;
use crate::command::words;

const ONE: [&str; 2] = ["--exact", "timed_0"];
/// 22 tests.
const SOME: [&str; 2] = ["timed_1", "timed_2"];
const PAUSE_MS: u16 = 250;

/// What there is no counterpart of in sqlx: servers that the kit starts.
#[derive(Debug, Default)]
pub(super) struct Alone {
    /// One test without a server and without a cache.
    pub(super) cold: Times,
    /// The same after that: the cache holds a data directory with the template.
    pub(super) second: Times,
    /// Then all tests, by their number of threads.
    pub(super) all: BTreeMap<u16, Times>,
    /// Then some, with pauses between them in which the stock of databases is filled up.
    pub(super) paused: Times,
    /// From the start of a container to its first answer.
    pub(super) containers: Vec<Duration>,
    /// Why none was measured.
    pub(super) no_container: Option<String>,
}

/// On local binaries in this place, and in containers of the image, if there is one.
pub(super) fn measure(
    scratch: &Scratch,
    place: &Place,
    image: anyhow::Result<String>,
    rounds: u16,
) -> anyhow::Result<Alone> {
    let mut alone = Alone::default();
    for round in 1..=rounds {
        let cache = scratch.cache();
        if cache.exists() {
            fs::remove_dir_all(&cache)?;
        }
        alone.cold.add(run(scratch, place, &ONE, 1, None)?);
        alone.second.add(run(scratch, place, &ONE, 1, None)?);
        for threads in THREADS {
            let times = run(scratch, place, &["timed_"], threads, None)?;
            alone.all.entry(threads).or_default().add(times);
        }
        let paused = run(scratch, place, &SOME, 1, Some(PAUSE_MS))?;
        alone.paused.add(paused);
        words(&format!(
            "its own server, round {round}: {:?} cold, {:?} the second time",
            last(&alone.cold.first),
            last(&alone.second.first)
        ));
    }
    match image {
        Ok(image) => {
            for _round in 0..rounds {
                alone
                    .containers
                    .push(Held::container(scratch, &image)?.took);
            }
        }
        Err(error) => alone.no_container = Some(format!("{error:#}")),
    }
    Ok(alone)
}

fn run(
    scratch: &Scratch,
    place: &Place,
    tests: &[&str],
    threads: u16,
    pause_ms: Option<u16>,
) -> anyhow::Result<Times> {
    let mut program = clean(&scratch.ours, scratch);
    program
        .env("HOWDAH_TEST_BACKEND", "local")
        .env("HOWDAH_TEST_DIR", &place.directory);
    if let Some(pause) = pause_ms {
        program.env("BENCH_PAUSE_MS", pause.to_string());
    }
    let times = Times::run(scratch, program, tests, threads)?;
    place.settle()?;
    Ok(times)
}

fn last(durations: &[Duration]) -> Duration {
    durations.last().copied().unwrap_or_default()
}
