use super::scratch::Scratch;
use super::server::{Held, Place, clean};
use super::times::{Times, median};
use crate::command::words;

/// Of `cargo test` too.
pub(super) const THREADS: [u16; 2] = [1, 8];

/// What was measured on the servers of one place.
#[derive(Debug)]
pub(super) struct SideBySide {
    pub(super) file_system: String,
    pub(super) runs: Vec<Run>,
}

/// With one number of threads.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) threads: u16,
    /// `#[sqlx::test]`.
    pub(super) theirs: Times,
    /// `#[howdah_testkit::test]` on a server that it has not seen before: its template is made in that time, too.
    pub(super) ours: Times,
    /// And once more.
    pub(super) again: Times,
}

impl Run {
    /// These to theirs, of whole runs.
    pub(super) fn ratio(&self, times: &Times) -> f64 {
        median(&times.all) / median(&self.theirs.all)
    }
}

/// A new server for each round and number of threads, and both on it, one after the other, in alternating order.
pub(super) fn measure(scratch: &Scratch, place: &Place, rounds: u16) -> anyhow::Result<SideBySide> {
    let mut runs: Vec<Run> = THREADS
        .into_iter()
        .map(|threads| Run {
            threads,
            ..Run::default()
        })
        .collect();
    for round in 1..=rounds {
        for run in &mut runs {
            let server = Held::local(scratch, place)?;
            if round % 2 == 1 {
                run.theirs.add(theirs(scratch, &server, run.threads)?);
            }
            run.ours.add(ours(scratch, &server, run.threads)?);
            run.again.add(ours(scratch, &server, run.threads)?);
            if round % 2 == 0 {
                run.theirs.add(theirs(scratch, &server, run.threads)?);
            }
            drop(server);
            place.settle()?;
            words(&format!(
                "{}, round {round}, {} threads: {:.0} ms beside {:.0} ms",
                place.file_system,
                run.threads,
                last_ms(&run.ours),
                last_ms(&run.theirs)
            ));
        }
    }
    Ok(SideBySide {
        file_system: place.file_system.clone(),
        runs,
    })
}

fn ours(scratch: &Scratch, server: &Held, threads: u16) -> anyhow::Result<Times> {
    let mut program = clean(&scratch.ours, scratch);
    program.env("HOWDAH_TEST_SERVER", &server.url);
    Times::run(scratch, program, &["timed_"], threads)
}

fn theirs(scratch: &Scratch, server: &Held, threads: u16) -> anyhow::Result<Times> {
    let mut program = clean(&scratch.theirs, scratch);
    program.env("DATABASE_URL", &server.url);
    Times::run(scratch, program, &["timed_"], threads)
}

fn last_ms(times: &Times) -> f64 {
    times.all.last().copied().unwrap_or_default().as_secs_f64() * 1000.0
}
