use std::error::Error as StdError;
use std::fmt;

use howdah_migrate::{Flaw, RoundTrip, Trip};
use serde_json::{Value, json};

use super::open::open;
use super::place::{Place, version};
use super::server_wide::ServerWide;
use super::shadow::Scratch;
use super::{drift, json};
use crate::args::ShadowArgs;
use crate::{Error, Exit, Output, migration_events};

/// Tries each way back in a scratch database.
pub(super) async fn run(
    place: &Place,
    shadow: &ShadowArgs,
    after: Option<i64>,
    output: &mut Output,
) -> Result<Exit, Error> {
    let mut after = after.map(version).transpose()?;
    let mut all = RoundTrip::default();
    let migrations = place.migrations()?;
    let back = migrations.iter_back();
    let back = back.filter(|one| Some(one.version()) > after);
    let mut changes = ServerWide::of(migrations.iter().chain(back));
    output.begin("trying the ways back");
    loop {
        // What they change is said once.
        let changes = std::mem::take(&mut changes);
        let scratch = Scratch::make(place, shadow, changes, output).await?;
        let mut options = place.options.clone();
        options.role.clone_from(&scratch.role);
        let migrator = place.migrator()?.with_options(options);
        let login = scratch.login.clone();
        let work = async {
            let conn = open(&login).await.map_err(Error::step("connecting"))?;
            migrator
                .round_trip(conn, after, |event| migration_events::show(&event, output))
                .await
                .map_err(Error::step("applying the migrations to a scratch database"))
        };
        let round = scratch.run(work).await?;
        all.trips.extend(round.trips);
        all.forward_only.extend(round.forward_only);
        if round.unchecked.is_empty() {
            break;
        }
        // What a way back has left is in the way of the next ones: they are tried in another database.
        after = all.last();
    }
    output.done(format_args!("{} way(s) back tried", all.trips.len()));
    print(&all, output)
}

fn print(all: &RoundTrip, output: &mut Output) -> Result<Exit, Error> {
    let value = json!({
        "sound": all.is_sound(),
        "trips": all.trips.iter().map(trip).collect::<Vec<_>>(),
        "forward_only": json::steps(&all.forward_only),
    });
    output
        .result(Lines(all), &value)
        .map_err(Error::step("printing the result"))?;
    Ok(if all.is_sound() { Exit::Ok } else { Exit::No })
}

fn trip(trip: &Trip) -> Value {
    json!({
        "version": trip.step.version.as_i64(),
        "description": trip.step.description,
        "file": trip.step.file,
        "sound": trip.is_sound(),
        "flaws": trip.flaws.iter().map(flaw).collect::<Vec<_>>(),
    })
}

fn flaw(flaw: &Flaw) -> Value {
    let (when, difference) = match flaw {
        Flaw::AfterBack(difference) => ("after back", Some(difference)),
        Flaw::AfterAgain(difference) => ("after again", Some(difference)),
        Flaw::Again(_) => ("again", None),
        _ => ("back", None),
    };
    json!({
        "when": when,
        "difference": difference.map(drift::difference),
        "error": flaw.error().map(|_| with_cause(flaw)),
    })
}

fn with_cause(flaw: &Flaw) -> String {
    let cause = flaw.error().and_then(StdError::source);
    cause.map_or_else(|| flaw.to_string(), |cause| format!("{flaw}\n{cause}"))
}

/// One migration a line, its flaws below it.
struct Lines<'a>(&'a RoundTrip);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.trips.is_empty() {
            f.write_str("there is no way back to try\n")?;
        }
        for trip in &self.0.trips {
            let (step, sound) = (&trip.step, trip.is_sound());
            let word = if sound { "sound" } else { "not sound" };
            writeln!(
                f,
                "{word}  {}  {}  {}",
                step.version, step.description, step.file
            )?;
            for flaw in &trip.flaws {
                let minor = if flaw.is_minor() { " (minor)" } else { "" };
                let text = with_cause(flaw).replace('\n', "\n    ");
                writeln!(f, "    {text}{minor}")?;
            }
        }
        for step in &self.0.forward_only {
            writeln!(f, "no way back  {}  {}", step.version, step.description)?;
        }
        Ok(())
    }
}
