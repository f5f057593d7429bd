//! Rows to develop with: `seeds/*.sql` beside the migrations.

mod failure;
mod file;
mod ledger;

use howdah_config::Loaded;
use howdah_migrate::run_script;
use howdah_pool::{Login, connect};
use howdah_roles::Layout;
use sqlx::PgConnection;

use self::failure::Failure;
use self::file::Seed;
use self::ledger::{Ledger, Rows};
use super::args::SeedArgs;
use super::report::Seeds;
use super::verified::Mark;
use crate::{Error, Output};

const STEP: &str = "seeding";

/// Runs the seed files that have not run yet, in the order of their names: as the migrator that becomes the owner, like
/// a migration, and each in one transaction together with its row of the ledger.
pub(crate) async fn run(
    login: &Login,
    project: (&Loaded, &Layout),
    args: &SeedArgs,
    mark: &Mark,
    output: &mut Output,
) -> Result<Seeds, Error> {
    let (loaded, layout) = project;
    let seeds = read(loaded)?;
    if seeds.is_empty() || args.no_seed {
        return Ok(Seeds::skipped(seeds.len()));
    }
    output.begin(STEP);
    let mut connection = connect(login).await.map_err(Error::step(STEP))?;
    let ledger = Ledger::new(layout);
    ledger.prepare(&mut connection).await.map_err(failed)?;
    let rows = ledger.read(&mut connection).await.map_err(failed)?;
    let due: Vec<&Seed> = seeds
        .iter()
        .filter(|seed| is_due(seed, &rows, args, output))
        .collect();
    if !due.is_empty() {
        mark.clear()?;
    }
    for seed in &due {
        output.step(format_args!("{STEP}: {}", seed.name));
        apply(&mut connection, &ledger, seed).await?;
    }
    let done = Seeds {
        applied: due.len(),
        skipped: seeds.len() - due.len(),
    };
    output.done(format_args!(
        "seeds: {} applied, {} skipped",
        done.applied, done.skipped
    ));
    Ok(done)
}

/// Runs none: they are written for the schema that the pending migrations make.
pub(crate) fn wait(loaded: &Loaded, output: &mut Output) -> Result<Seeds, Error> {
    let seeds = read(loaded)?;
    if !seeds.is_empty() {
        output.note("the seeds wait for the pending migrations");
    }
    Ok(Seeds::skipped(seeds.len()))
}

/// The seed files of the project, in the byte order of their names.
pub(crate) fn read(loaded: &Loaded) -> Result<Vec<Seed>, Error> {
    let migrations = loaded.resolve_path(&loaded.database.migrations.path);
    file::read(&migrations.join("seeds"))
}

/// Whether it runs now. One that has changed does so only when that is asked for: what it made may have been worked on.
fn is_due(seed: &Seed, rows: &Rows, args: &SeedArgs, output: &mut Output) -> bool {
    match rows.get(&seed.name) {
        None => true,
        Some(checksum) if *checksum == seed.checksum => false,
        Some(_) if args.seed => true,
        Some(_) => {
            output.note(format_args!(
                "{} has changed since it ran; `db-up --seed` runs it again, and `db-reset` starts over",
                seed.file
            ));
            false
        }
    }
}

async fn apply(
    connection: &mut PgConnection,
    ledger: &Ledger<'_>,
    seed: &Seed,
) -> Result<(), Error> {
    let transaction = ledger.begin(connection).await.map_err(failed)?;
    run_script(connection, &seed.file, seed.sql())
        .await
        .map_err(|mut failure| {
            // Rows to develop with may hold what nobody should read in a terminal.
            failure.text = None;
            Error::step(STEP)(*failure)
        })?;
    if !ledger
        .is_in(connection, transaction)
        .await
        .map_err(failed)?
    {
        return Err(Error::step(STEP)(Failure::own_transaction(seed)));
    }
    ledger.commit(connection, seed).await.map_err(|error| {
        // Deferred constraints are checked at the end.
        Error::step(STEP)(Failure::at_the_end(seed, &error))
    })
}

fn failed(error: sqlx::Error) -> Error {
    Error::step(STEP)(error)
}
