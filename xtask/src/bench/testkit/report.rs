use serde_json::{Value, json};

use super::alone::Alone;
use super::side_by_side::{Run, SideBySide};
use super::times::{Times, median, percentile};
use crate::command::data;

/// Milliseconds, of which people read three.
const TO_A_DATABASE: f64 = 10.0;
const COLD: f64 = 2000.0;
const SECOND: f64 = 300.0;
const CONTAINER: f64 = 2000.0;
/// Of the time of `#[sqlx::test]`, with eight threads.
const IN_MEMORY: f64 = 1.0 / 6.0;
const ANYWHERE: f64 = 1.0;
const MANY: u16 = 8;

/// A value and what it should be at most.
#[derive(Debug)]
struct Target {
    name: String,
    unit: &'static str,
    /// `None`: not measured.
    value: Option<f64>,
    at_most: f64,
}

/// Everything, as a table or as JSON.
pub(super) fn report(
    places: &[SideBySide],
    alone: &Alone,
    rounds: u16,
    as_json: bool,
) -> anyhow::Result<()> {
    let targets = targets(places, alone);
    if as_json {
        let own: Vec<Value> = own(alone, places)
            .map(|(threads, times, ratio)| {
                json!({ "to_sqlx": ratio, "times": times_json(threads, times) })
            })
            .collect();
        let places: Vec<Value> = places.iter().map(place_json).collect();
        let targets: Vec<Value> = targets.iter().map(Target::json).collect();
        let report = json!({
            "rounds": rounds,
            "side_by_side": places,
            "own_server_cached": own,
            "targets": targets,
        });
        data(&serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    for place in places {
        table(place, rounds);
    }
    own_server(alone, places);
    data(&format!(
        "{:<66} {:>10} {:>10}  met",
        "target", "measured", "at most"
    ));
    for target in &targets {
        data(&target.line());
    }
    if let Some(why) = &alone.no_container {
        data(&format!("no container: {why}"));
    }
    Ok(())
}

fn table(place: &SideBySide, rounds: u16) {
    data(&format!(
        "{}, medians of {rounds} rounds       in all  a test: median      p99   its set-up   in all to sqlx's",
        place.file_system
    ));
    for run in &place.runs {
        for (name, times) in rows(run) {
            data(&format!(
                "{:>2} threads  {name:<24} {:>9.0} ms {:>9.1} ms {:>6.1} ms {:>9.1} ms   {:>6.2}",
                run.threads,
                median(&times.all),
                median(&times.test),
                percentile(&times.test, 99),
                median(&times.set_up),
                run.ratio(times)
            ));
        }
    }
    data("");
}

/// What the attribute does when nobody names a server.
fn own_server(alone: &Alone, places: &[SideBySide]) {
    for (threads, times, ratio) in own(alone, places) {
        data(&format!(
            "{threads:>2} threads  {:<24} {:>9.0} ms {:>9.1} ms {:>6.1} ms {:>9.1} ms   {ratio:>6.2}",
            "its own server, cached",
            median(&times.all),
            median(&times.test),
            percentile(&times.test, 99),
            median(&times.set_up),
        ));
    }
    data("");
}

/// Beside what `#[sqlx::test]` took with as many threads in the same place, which is the first.
fn own<'a>(
    alone: &'a Alone,
    places: &'a [SideBySide],
) -> impl Iterator<Item = (u16, &'a Times, f64)> {
    let runs = places.first().map_or(&[][..], |place| &place.runs);
    runs.iter().filter_map(|run| {
        let times = alone.all.get(&run.threads)?;
        Some((run.threads, times, run.ratio(times)))
    })
}

fn rows(run: &Run) -> [(&'static str, &Times); 3] {
    [
        ("sqlx::test", &run.theirs),
        ("howdah_testkit::test", &run.ours),
        ("  with its template there", &run.again),
    ]
}

fn place_json(place: &SideBySide) -> Value {
    let mut runs = Vec::new();
    for run in &place.runs {
        for (name, times) in rows(run) {
            runs.push(json!({
                "attribute": name.trim(),
                "to_sqlx": run.ratio(times),
                "times": times_json(run.threads, times),
            }));
        }
    }
    json!({ "file_system": place.file_system, "runs": runs })
}

fn times_json(threads: u16, times: &Times) -> Value {
    json!({
        "threads": threads,
        "all_ms": median(&times.all),
        "test_median_ms": median(&times.test),
        "test_p99_ms": percentile(&times.test, 99),
        "set_up_median_ms": median(&times.set_up),
    })
}

fn targets(places: &[SideBySide], alone: &Alone) -> Vec<Target> {
    let mut targets = Vec::new();
    for place in places {
        let in_memory = place.file_system == "tmpfs";
        for run in place.runs.iter().filter(|run| run.threads == MANY) {
            let at_most = if in_memory { IN_MEMORY } else { ANYWHERE };
            for (when, times) in [
                ("named server, first run", &run.ours),
                ("named server, second run", &run.again),
            ] {
                let file_system = &place.file_system;
                let name = format!("of sqlx::test's time, {MANY} threads, {file_system}, {when}");
                targets.push(Target::ratio(name, run.ratio(times), at_most));
            }
        }
    }
    let in_memory = places
        .first()
        .is_some_and(|place| place.file_system == "tmpfs");
    for (_, _, ratio) in own(alone, places).filter(|(threads, ..)| in_memory && *threads == MANY) {
        let name = format!("of sqlx::test's time, {MANY} threads, tmpfs, its own server");
        targets.push(Target::ratio(name, ratio, IN_MEMORY));
    }
    for (name, times, at_most) in [
        (
            "a test's database, the stock warm",
            &alone.paused.set_up,
            TO_A_DATABASE,
        ),
        (
            "to the first test, local server, nothing there",
            &alone.cold.first,
            COLD,
        ),
        (
            "to the first test, local server, second run",
            &alone.second.first,
            SECOND,
        ),
        (
            "a container's start to its first answer",
            &alone.containers,
            CONTAINER,
        ),
    ] {
        targets.push(Target::time(name.to_owned(), times, at_most));
    }
    targets
}

impl Target {
    fn ratio(name: String, value: f64, at_most: f64) -> Self {
        Self {
            name,
            unit: "",
            value: Some(value),
            at_most,
        }
    }

    /// The median.
    fn time(name: String, times: &[std::time::Duration], at_most: f64) -> Self {
        Self {
            name,
            unit: "ms",
            value: (!times.is_empty()).then(|| median(times)),
            at_most,
        }
    }

    fn is_met(&self) -> Option<bool> {
        self.value.map(|value| value <= self.at_most)
    }

    fn line(&self) -> String {
        let Self { name, unit, .. } = self;
        let number = |value: f64| match *unit {
            "" => format!("{value:.2}"),
            unit => format!("{value:.1} {unit}"),
        };
        let measured = self.value.map_or_else(|| "-".to_owned(), number);
        let met = match self.is_met() {
            None => "not measured",
            Some(true) => "yes",
            Some(false) => "no",
        };
        format!(
            "{name:<66} {measured:>10} {:>10}  {met}",
            number(self.at_most)
        )
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "at_most": self.at_most,
            "met": self.is_met(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_target_says_whether_it_is_met_or_not_measured() {
        let times = [9, 11, 30].map(Duration::from_millis);
        let target = Target::time("a database".to_owned(), &times, 10.0);
        assert_eq!(target.is_met(), Some(false));
        assert!(
            target.line().ends_with("11.0 ms    10.0 ms  no"),
            "{}",
            target.line()
        );
        let none = Target::time("a container".to_owned(), &[], 10.0);
        assert!(
            none.line().ends_with("-    10.0 ms  not measured"),
            "{}",
            none.line()
        );
        assert_eq!(
            Target::ratio("less".to_owned(), 0.12, IN_MEMORY).is_met(),
            Some(true)
        );
    }
}
