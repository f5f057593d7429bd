use howdah_migrate::{
    Beside, Catalog, Difference, Migration, Migrations, Migrator, Target, expected,
};
use howdah_pool::{Login, connect};

use super::pg_dump::{PgDump, Wanted};
use super::place::Place;
use super::server_wide::ServerWide;
use super::shadow::Scratch;
use crate::args::ShadowArgs;
use crate::{Error, Output};

/// What migrations make in a scratch database.
pub(super) struct Made {
    pub(super) catalog: Catalog,
    pub(super) beside: Beside,
    /// What `pg_dump` wrote of it, if it was asked.
    pub(super) dump: Option<String>,
    /// The major version of the server.
    pub(super) server: u32,
}

/// Whether `pg_dump` is asked, and for what.
pub(super) struct Ask {
    pub(super) pg_dump: PgDump,
    pub(super) data: bool,
}

/// Applies them in a scratch database, up to the target, and looks what is there.
pub(super) async fn make(
    place: &Place,
    shadow: &ShadowArgs,
    (migrations, target): (Migrations, Target),
    ask: Option<Ask>,
    output: &mut Output,
) -> Result<Made, Error> {
    let is_run =
        |one: &&Migration| !matches!(target, Target::Version(last) if one.version() > last);
    let changes = ServerWide::of(migrations.iter().filter(is_run));
    let scratch = Scratch::make(place, shadow, changes, output).await?;
    let server = major(scratch.server_version);
    let mut options = place.options.clone();
    options.role.clone_from(&scratch.role);
    options.target = target;
    let migrator = Migrator::new(migrations, options);
    let login = scratch.login.clone();
    let work = async move { look(&migrator, &login, ask, server).await };
    scratch.run(work).await
}

async fn look(
    migrator: &Migrator,
    login: &Login,
    ask: Option<Ask>,
    server: u32,
) -> Result<Made, Error> {
    let apply = connect(login).await.map_err(Error::step("connecting"))?;
    let mut read = connect(login).await.map_err(Error::step("connecting"))?;
    let catalog = expected(migrator, apply, &mut read)
        .await
        .map_err(Error::step("applying the migrations to a scratch database"))?;
    let beside = Beside::read(&mut read, migrator)
        .await
        .map_err(Error::step("looking into the scratch database"))?;
    let dump = match ask {
        None => None,
        Some(ask) => {
            let wanted = Wanted {
                login,
                role: migrator.options().role.as_ref(),
                schema: migrator.options().schema.to_string(),
                without_tables: &migrator.own_tables(),
                privileges: true,
                data: ask.data,
            };
            Some(ask.pg_dump.dump(&wanted).await?)
        }
    };
    Ok(Made {
        catalog,
        beside,
        dump,
        server,
    })
}

/// An error, if both are not equal.
pub(super) fn compare(wanted: &Catalog, made: &Catalog) -> Result<(), Error> {
    if wanted.fingerprint() == made.fingerprint() {
        return Ok(());
    }
    Err(Error::step("proving that the file makes the same schema")(
        Differs(wanted.diff(made)),
    ))
}

/// What the file makes otherwise.
#[derive(Debug, thiserror::Error)]
#[error(
    "nothing was written, because this would be different:{}",
    .0.iter().fold(String::new(), |list, one| format!("{list}\n  {one}"))
)]
struct Differs(Vec<Difference>);

pub(super) fn major(server_version: Option<u32>) -> u32 {
    server_version.unwrap_or_default() / 10_000
}
