//! Databases for tests: those of howdah-testkit beside those of `#[sqlx::test]`, on the same servers.

mod alone;
mod report;
mod scratch;
mod server;
mod side_by_side;
mod times;

use clap::Args;

use self::scratch::Scratch;
use self::server::Place;
use crate::{test, workspace};

/// Options of `bench testkit`.
#[derive(Debug, Args)]
pub(crate) struct TestkitArgs {
    /// How often
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// A hundred tests, fifty migrations and a hundred tables, with a package made for it.
pub(crate) fn bench(args: &TestkitArgs) -> anyhow::Result<()> {
    let image = test::image(&workspace::root()?);
    let scratch = Scratch::build()?;
    let disk = Place::disk(&scratch)?;
    let memory = Place::memory()?;
    let mut places = Vec::new();
    for place in memory.iter().chain([&disk]) {
        places.push(side_by_side::measure(&scratch, place, args.rounds)?);
    }
    let place = memory.as_ref().unwrap_or(&disk);
    let alone = alone::measure(&scratch, place, image, args.rounds)?;
    report::report(&places, &alone, args.rounds, args.json)
}
