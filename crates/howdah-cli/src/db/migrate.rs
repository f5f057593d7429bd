use std::time::Duration;

use howdah_config::{Loaded, MigrationsMode};
use howdah_migrate::{Migrator, Options};
use howdah_pool::{Login, connect};
use howdah_roles::Layout;

use super::verified::Mark;
use crate::migration_files::MigrationFiles;
use crate::{Error, Output, migration_events};

const STEP: &str = "migrating";
/// How long to wait for another migrator.
const LOCK_DEADLINE: Duration = Duration::from_mins(1);

/// What a run did about migrations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) applied: usize,
    pub(crate) pending: usize,
    pub(crate) total: usize,
    /// Whether there is something to write, if only for a squash of what is applied.
    needs_apply: bool,
}

/// The migrator of the project's files.
pub(crate) fn migrator(loaded: &Loaded, layout: &Layout) -> Result<Migrator, Error> {
    let files = MigrationFiles::of(loaded, None)?;
    let migrations = files.read().map_err(Error::step(STEP))?;
    let mut options = Options::new(layout.schema().clone());
    files.configure(&mut options);
    options.role = Some(layout.owner().clone());
    options.lock_deadline = LOCK_DEADLINE;
    options.lock_timeout = loaded.database.session.lock_timeout;
    Ok(Migrator::new(migrations, options))
}

/// What is applied and what is pending; reads only.
pub(crate) async fn plan(
    login: &Login,
    loaded: &Loaded,
    layout: &Layout,
) -> Result<Outcome, Error> {
    let migrator = migrator(loaded, layout)?;
    let mut connection = connect(login).await.map_err(Error::step(STEP))?;
    let plan = migrator
        .plan(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    Ok(Outcome {
        applied: 0,
        pending: plan.pending().len(),
        total: plan.applied().len(),
        needs_apply: plan.needs_apply(),
    })
}

/// Applies what is pending, as the migrator that becomes the owner. With `migrations.mode: off` it only counts.
pub(crate) async fn up(
    login: &Login,
    loaded: &Loaded,
    layout: &Layout,
    mark: &Mark,
    output: &mut Output,
) -> Result<Outcome, Error> {
    let before = plan(login, loaded, layout).await?;
    if !before.needs_apply {
        return Ok(before);
    }
    if loaded.database.migrations.mode != MigrationsMode::Auto {
        if before.pending > 0 {
            output.note(format_args!(
                "{} migration(s) are pending and stay so: migrations.mode is not auto ({})",
                before.pending,
                loaded.origin("database.migrations.mode")
            ));
        }
        return Ok(before);
    }
    mark.clear()?;
    let migrator = migrator(loaded, layout)?;
    let connection = connect(login).await.map_err(Error::step(STEP))?;
    let report = migrator
        .apply(connection, |event| migration_events::show(&event, output))
        .await
        .map_err(Error::step(STEP))?;
    let applied = report.applied.len();
    Ok(Outcome {
        applied,
        pending: 0,
        total: before.total + applied,
        needs_apply: false,
    })
}
