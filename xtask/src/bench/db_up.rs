use std::env::current_exe;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use serde_json::json;

use crate::command::{command, data, output, words};
use crate::workspace;

/// The targets on two cores, compile time aside.
const FRESH_TARGET: Duration = Duration::from_secs(2);
const AGAIN_TARGET: Duration = Duration::from_millis(300);

/// Options of `bench db-up`.
#[derive(Debug, Args)]
pub(crate) struct DbUpArgs {
    /// How often
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Whole processes, in a project of its own that is wiped after each round.
pub(crate) fn bench(args: &DbUpArgs) -> anyhow::Result<()> {
    let project = scratch_project()?;
    let mut fresh = Vec::new();
    let mut again = Vec::new();
    for round in 1..=args.rounds {
        fresh.push(db_up(&project)?);
        again.push(db_up(&project)?);
        words(&format!(
            "round {round}: {:?} from nothing, {:?} again",
            last(&fresh),
            last(&again)
        ));
        wipe(&project)?;
    }
    fs::remove_dir_all(&project)?;
    report(args, fresh, again)
}

/// The reference schema and no settings file: the defaults.
fn scratch_project() -> anyhow::Result<PathBuf> {
    let root = workspace::root()?;
    let project = root.join("target").join("bench-db-up");
    if project.exists() {
        wipe(&project)?;
        fs::remove_dir_all(&project)?;
    }
    let migrations = project.join("migrations");
    fs::create_dir_all(&migrations)?;
    for entry in fs::read_dir(root.join("migrations"))? {
        let path = entry?.path();
        let name = path.file_name().context("a migration without a name")?;
        fs::copy(&path, migrations.join(name))?;
    }
    fs::write(project.join("howdah.yaml"), "database:\n  schema: app\n")?;
    Ok(project)
}

fn db_up(project: &Path) -> anyhow::Result<Duration> {
    let mut this = command(current_exe()?, project);
    this.args(["db-up", "--json", "--backend", "local", "--project"])
        .arg(project);
    let start = Instant::now();
    output(&mut this)?;
    Ok(start.elapsed())
}

fn wipe(project: &Path) -> anyhow::Result<()> {
    let mut this = command(current_exe()?, project);
    this.args(["db-down", "--volumes", "--json", "--project"])
        .arg(project);
    output(&mut this)?;
    let state = project.join(".howdah");
    if state.exists() {
        fs::remove_dir_all(state)?;
    }
    Ok(())
}

fn report(args: &DbUpArgs, fresh: Vec<Duration>, again: Vec<Duration>) -> anyhow::Result<()> {
    let rows = [
        ("from nothing", Summary::of(fresh), FRESH_TARGET),
        ("again", Summary::of(again), AGAIN_TARGET),
    ];
    if args.json {
        let rows = rows.map(|(name, summary, target)| {
            json!({
                "name": name,
                "rounds": args.rounds,
                "min_ms": summary.min.as_millis(),
                "median_ms": summary.median.as_millis(),
                "max_ms": summary.max.as_millis(),
                "target_ms": target.as_millis(),
            })
        });
        data(&serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    data(&format!(
        "db-up, local backend, {} rounds   min      median   max      target",
        args.rounds
    ));
    for (name, summary, target) in rows {
        data(&format!(
            "{name:<33} {:>6} ms {:>6} ms {:>6} ms {:>5} ms",
            summary.min.as_millis(),
            summary.median.as_millis(),
            summary.max.as_millis(),
            target.as_millis()
        ));
    }
    Ok(())
}

fn last(durations: &[Duration]) -> Duration {
    durations.last().copied().unwrap_or_default()
}

/// Of several rounds.
#[derive(Debug)]
struct Summary {
    min: Duration,
    median: Duration,
    max: Duration,
}

impl Summary {
    fn of(mut rounds: Vec<Duration>) -> Self {
        rounds.sort_unstable();
        let at = |index: usize| rounds.get(index).copied().unwrap_or_default();
        Self {
            min: at(0),
            median: at(rounds.len() / 2),
            max: at(rounds.len().saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_rounds() {
        let summary = Summary::of([5, 1, 3].map(Duration::from_millis).to_vec());
        assert_eq!(summary.min, Duration::from_millis(1));
        assert_eq!(summary.median, Duration::from_millis(3));
        assert_eq!(summary.max, Duration::from_millis(5));
    }
}
