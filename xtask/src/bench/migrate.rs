use std::process::Stdio;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::command::{command, data, output};
use crate::workspace;

/// A case of the benchmark of howdah-migrate, by the name that it has there.
struct Case {
    id: &'static str,
    name: &'static str,
    target: Target,
}

/// What is asked of it, on two cores.
enum Target {
    /// Of stock sqlx's time.
    Ratio(f64),
    Milliseconds(f64),
    /// Of the files' size.
    Memory(f64),
}

#[rustfmt::skip]
const CASES: [Case; 5] = [
    Case { id: "trivial", name: "1000 trivial migrations, of stock sqlx", target: Target::Ratio(1.2) },
    Case { id: "no-op", name: "nothing to do, of stock sqlx", target: Target::Ratio(1.2) },
    Case { id: "tenants", name: "120 schemas, 10 migrations, 8 workers, of stock", target: Target::Ratio(0.5) },
    Case { id: "schemas-no-op", name: "1000 schemas with nothing pending", target: Target::Milliseconds(2000.0) },
    Case { id: "files", name: "memory of 10,000 files, of their size", target: Target::Memory(1.0) },
];

/// Options of `bench migrate`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// How often
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What came out: milliseconds of ours and of theirs, and the measure that has a target.
struct Measured {
    ours: Option<f64>,
    theirs: Option<f64>,
    value: f64,
}

/// Runs it as a release, beside stock sqlx on the same server.
pub(crate) fn bench(args: &MigrateArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let mut cargo = command("cargo", &root);
    cargo.args(["bench", "--package", "howdah-migrate", "--bench", "migrate"]);
    cargo.args(["--", &args.rounds.to_string()]);
    let said = output(cargo.stderr(Stdio::inherit()))?;
    let lines: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let measured = CASES
        .iter()
        .map(|case| measured(case, &lines))
        .collect::<anyhow::Result<Vec<_>>>()?;
    report(args, &measured)
}

fn measured(case: &Case, lines: &[Value]) -> anyhow::Result<Measured> {
    let line = lines.iter().find(|line| line["name"] == case.id);
    let line = line.with_context(|| format!("nothing was measured for {}", case.id))?;
    let (ours, theirs) = (median(&line["ours_ms"]), median(&line["theirs_ms"]));
    let number = |key: &str| line[key].as_f64();
    let value = match case.target {
        Target::Ratio(_) => ours.zip(theirs).map(|(ours, theirs)| ours / theirs),
        Target::Milliseconds(_) => ours,
        Target::Memory(_) => number("peak_bytes")
            .zip(number("bytes"))
            .map(|(peak, bytes)| peak / bytes),
    };
    let Some(value) = value else {
        bail!("{} is not complete: {line}", case.id);
    };
    Ok(Measured {
        ours,
        theirs,
        value,
    })
}

fn median(times: &Value) -> Option<f64> {
    let mut times: Vec<f64> = times.as_array()?.iter().filter_map(Value::as_f64).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_sub(1) / 2).copied()
}

fn report(args: &MigrateArgs, measured: &[Measured]) -> anyhow::Result<()> {
    let rows = CASES.iter().zip(measured);
    if args.json {
        let rows: Vec<Value> = rows
            .map(|(case, it)| {
                json!({
                    "name": case.id, "ours_ms": it.ours, "theirs_ms": it.theirs, "value": it.value,
                    "at_most": case.target.at_most(), "met": it.value <= case.target.at_most(),
                })
            })
            .collect();
        data(&serde_json::to_string_pretty(
            &json!({ "rounds": args.rounds, "cases": rows }),
        )?);
        return Ok(());
    }
    data(&format!(
        "howdah-migrate, medians of {:<5} rounds                    ours        stock     measured  at most  met",
        args.rounds
    ));
    for (case, it) in rows {
        let milliseconds =
            |time: Option<f64>| time.map_or_else(|| "-".to_owned(), |time| format!("{time:.1} ms"));
        let at_most = case.target.at_most();
        data(&format!(
            "{:<48} {:>12} {:>12} {:>12.2} {:>8.1}  {}",
            case.name,
            milliseconds(it.ours),
            milliseconds(it.theirs),
            it.value,
            at_most,
            if it.value <= at_most { "yes" } else { "no" }
        ));
    }
    Ok(())
}

impl Target {
    fn at_most(&self) -> f64 {
        let (Self::Ratio(most) | Self::Milliseconds(most) | Self::Memory(most)) = self;
        *most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_the_medians() {
        let line =
            json!({ "name": "trivial", "ours_ms": [9.0, 1.0, 3.0], "theirs_ms": [2.0, 2.0, 8.0] });
        let found = measured(&CASES[0], &[line]).unwrap();
        assert!((found.value - 1.5).abs() < 1e-9);
        assert!(measured(&CASES[1], &[]).is_err());
    }
}
