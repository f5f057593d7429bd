use howdah_config::Loaded;
use howdah_roles::{Depth, Layout};

use super::args::SeedArgs;
use super::logins::Logins;
use super::migrate::{self, Outcome};
use super::report::Seeds;
use super::secrets::Secrets;
use super::verified::Mark;
use super::{roles, seeds};
use crate::{Error, Output};

/// A database on a server that runs, and what is to be in it.
#[derive(Clone, Copy)]
pub(crate) struct Database<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) layout: &'a Layout,
    pub(crate) secrets: &'a Secrets,
    pub(crate) logins: &'a Logins,
}

/// What was done to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filled {
    /// Of roles and privileges.
    pub(crate) changes: usize,
    pub(crate) migrated: Outcome,
    pub(crate) seeds: Seeds,
}

/// Roles, migrations, seeds, the privileges on what those made, and the proof of it.
pub(crate) async fn fill(
    database: Database<'_>,
    args: &SeedArgs,
    mark: &Mark,
    output: &mut Output,
) -> Result<Filled, Error> {
    let Database {
        loaded,
        layout,
        secrets,
        logins,
    } = database;
    let mut changes = lay_out_roles(logins, layout, secrets, mark, output).await?;
    let migrated = run_migrations(logins, loaded, layout, mark, output).await?;
    let seeds = if migrated.pending > 0 {
        seeds::wait(loaded, output)?
    } else {
        seeds::run(&logins.migrator, (loaded, layout), args, mark, output).await?
    };
    if migrated.applied + seeds.applied > 0 {
        changes += roles::apply_in_database(&logins.admin, layout, mark).await?;
    }
    verify(logins, layout, mark, migrated.total, output).await?;
    Ok(Filled {
        changes,
        migrated,
        seeds,
    })
}

async fn lay_out_roles(
    logins: &Logins,
    layout: &Layout,
    secrets: &Secrets,
    mark: &Mark,
    output: &mut Output,
) -> Result<usize, Error> {
    output.begin("laying out the roles");
    let passwords = secrets.passwords(layout);
    let changes = roles::apply(&logins.cluster, &logins.admin, layout, &passwords, mark).await?;
    output.done(format_args!("roles and privileges: {changes} change(s)"));
    Ok(changes)
}

async fn run_migrations(
    logins: &Logins,
    loaded: &Loaded,
    layout: &Layout,
    mark: &Mark,
    output: &mut Output,
) -> Result<Outcome, Error> {
    output.begin("migrating");
    let outcome = migrate::up(&logins.migrator, loaded, layout, mark, output).await?;
    output.done(format_args!(
        "migrations: {} applied, {} in all",
        outcome.applied, outcome.total
    ));
    Ok(outcome)
}

async fn verify(
    logins: &Logins,
    layout: &Layout,
    mark: &Mark,
    migrations: usize,
    output: &mut Output,
) -> Result<(), Error> {
    let subject = format!("{layout:?}, {migrations} migrations");
    let (depth, how) = if mark.is_set(&subject) {
        (Depth::Rights, "asked")
    } else {
        (Depth::Attempts, "tried")
    };
    output.begin("verifying the roles");
    roles::verify(&logins.app, &logins.read_only, layout, depth).await?;
    if depth == Depth::Attempts {
        mark.set(&subject)?;
    }
    output.done(format_args!(
        "{} and {} can do what they should and nothing else ({how})",
        layout.app().as_str(),
        layout.read_only().as_str()
    ));
    Ok(())
}
