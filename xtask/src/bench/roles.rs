use std::process::Stdio;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use crate::command::{command, data, output};
use crate::workspace;

/// A case of the benchmark of howdah-roles, by the name that it has there.
struct Case {
    id: &'static str,
    name: &'static str,
    /// On two cores.
    at_most_ms: Option<f64>,
}

#[rustfmt::skip]
const CASES: [Case; 4] = [
    Case { id: "plan", name: "plan, nothing to do", at_most_ms: Some(2000.0) },
    Case { id: "apply-nothing", name: "plan and apply, nothing to do", at_most_ms: Some(2000.0) },
    Case { id: "plan-all", name: "plan of 20,000 tables", at_most_ms: None },
    Case { id: "apply-all", name: "apply to 20,000 tables", at_most_ms: None },
];

/// Options of `bench roles`.
#[derive(Debug, Args)]
pub(crate) struct RolesArgs {
    /// How often
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs it as a release.
pub(crate) fn bench(args: &RolesArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let mut cargo = command("cargo", &root);
    cargo.args(["bench", "--package", "howdah-roles", "--bench", "schemas"]);
    cargo.args(["--", &args.rounds.to_string()]);
    let said = output(cargo.stderr(Stdio::inherit()))?;
    let lines: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let medians = CASES
        .iter()
        .map(|case| median(case, &lines))
        .collect::<anyhow::Result<Vec<_>>>()?;
    report(args, &medians)
}

fn median(case: &Case, lines: &[Value]) -> anyhow::Result<f64> {
    let line = lines.iter().find(|line| line["name"] == case.id);
    let times = line.and_then(|line| line["ms"].as_array());
    let mut times: Vec<f64> = times
        .map(|times| times.iter().filter_map(Value::as_f64).collect())
        .unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let middle = times.len().saturating_sub(1) / 2;
    let median = times.get(middle).copied();
    median.with_context(|| format!("nothing was measured for {}", case.id))
}

fn report(args: &RolesArgs, medians: &[f64]) -> anyhow::Result<()> {
    let rows = CASES.iter().zip(medians);
    if args.json {
        let rows: Vec<Value> = rows
            .map(|(case, ms)| {
                let met = case.at_most_ms.map(|at_most| *ms <= at_most);
                json!({ "name": case.id, "ms": ms, "at_most_ms": case.at_most_ms, "met": met })
            })
            .collect();
        let report = json!({ "rounds": args.rounds, "cases": rows });
        data(&serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    data(&format!(
        "howdah-roles, 1000 schemas of 20 tables, medians of {} rounds",
        args.rounds
    ));
    for (case, ms) in rows {
        let verdict = case.at_most_ms.map_or_else(String::new, |at_most| {
            let met = if *ms <= at_most { "yes" } else { "no" };
            format!("at most {at_most:.0} ms: {met}")
        });
        data(&format!("{:<32} {ms:>10.1} ms  {verdict}", case.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_its_case() {
        let line = json!({ "name": "plan", "ms": [9.0, 1.0, 3.0] });
        let found = median(&CASES[0], std::slice::from_ref(&line)).unwrap();
        assert!((found - 3.0).abs() < 1e-9);
        assert!(median(&CASES[1], &[line]).is_err());
    }
}
