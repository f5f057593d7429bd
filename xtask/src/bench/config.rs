use std::fs;
use std::io::stderr;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use crate::command::{command, data, run};
use crate::workspace;

/// A benchmark of howdah-config, by the name that it has there.
struct Row {
    id: &'static str,
    name: &'static str,
    /// On two cores.
    target_ms: f64,
}

/// All of them.
#[rustfmt::skip]
const ROWS: [Row; 4] = [
    Row { id: "load-200-keys", name: "load 200 keys, three layers", target_ms: 1.0 },
    Row { id: "refuse-over-1-mib", name: "refuse more than 1 MiB", target_ms: 20.0 },
    Row { id: "refuse-1-mib-of-keys", name: "refuse 1 MiB of keys", target_ms: 20.0 },
    Row { id: "refuse-1-mib-at-its-end", name: "refuse 1 MiB for its last line", target_ms: 20.0 },
];

/// Options of `bench config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs criterion, whose own words go to standard error, and reads what it found.
pub(crate) fn bench(args: &ConfigArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let target_directory = workspace::metadata()?.target_directory;
    let results = target_directory.into_std_path_buf().join("bench-config");
    let mut cargo = command("cargo", &root);
    cargo.args(["bench", "--package", "howdah-config", "--bench", "load"]);
    cargo.env("CRITERION_HOME", &results);
    run(cargo.stdout(stderr()))?;
    let medians = ROWS
        .iter()
        .map(|row| median_ms(&results, row.id))
        .collect::<anyhow::Result<Vec<_>>>()?;
    report(args, &medians)
}

fn median_ms(results: &Path, id: &str) -> anyhow::Result<f64> {
    let path = results.join(id).join("new").join("estimates.json");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("{} holds no median", path.display()))
}

/// Criterion writes nanoseconds.
fn parse(estimates: &str) -> anyhow::Result<f64> {
    let estimates: Value = serde_json::from_str(estimates)?;
    let median = estimates.pointer("/median/point_estimate");
    let nanoseconds = median.and_then(Value::as_f64);
    Ok(nanoseconds.context("no /median/point_estimate")? / 1_000_000.0)
}

fn report(args: &ConfigArgs, medians: &[f64]) -> anyhow::Result<()> {
    let rows = ROWS.iter().zip(medians);
    if args.json {
        let rows: Vec<Value> = rows
            .map(|(row, median)| {
                json!({ "name": row.id, "median_ms": median, "target_ms": row.target_ms })
            })
            .collect();
        data(&serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    data(&format!("{:<33} median     target", "howdah-config"));
    for (row, median) in rows {
        let Row {
            name, target_ms, ..
        } = row;
        data(&format!("{name:<33} {median:>6.2} ms {target_ms:>6} ms"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_read_as_milliseconds() {
        let estimates = r#"{"mean":{"point_estimate":9.0},"median":{"point_estimate":650000.0}}"#;
        assert!((parse(estimates).unwrap() - 0.65).abs() < 1e-9);
        assert!(parse("{}").is_err());
    }

    #[test]
    fn every_row_is_a_benchmark() {
        let path = workspace::root()
            .unwrap()
            .join("crates/howdah-config/benches/load.rs");
        let source = fs::read_to_string(path).unwrap();
        for row in ROWS {
            assert!(source.contains(&format!("\"{}\"", row.id)), "{}", row.id);
        }
    }
}
