//! Developer tasks of this workspace: `cargo xtask <TASK>`.
//!
//! Thin on purpose: what a service's own xtask could want too is in howdah-cli, and nothing heavy is in this tree,
//! because its build is everybody's first minute.

mod artifacts;
mod bench;
mod ci;
mod command;
mod documents;
mod fuzz;
mod images;
mod images_task;
mod interop;
mod test;
mod tidy;
mod with_tls;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use howdah_cli::db::{DbCommand, Project};

/// Developer tasks of this workspace.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Xtask {
    /// The directory with the settings file; default: `HOWDAH_PROJECT`, else this workspace
    #[arg(long, global = true, value_name = "DIRECTORY")]
    project: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    #[command(flatten)]
    Db(DbCommand),
    /// All tests, on throwaway servers; what follows `--` goes to the test binaries
    Test(test::TestArgs),
    /// Everything that must hold before a change lands: fmt, clippy, tidy, docs, tests
    Ci,
    /// Layers, dependency trees, ARCHITECTURE.md, generated files and file lengths
    Tidy,
    /// The files that are printed from the keys of the settings: reference page, JSON Schema, example file
    Gen(documents::GenArgs),
    /// Container images of PostgreSQL from Debian's packages, for machines without a registry
    #[command(subcommand)]
    Images(images_task::ImagesTask),
    /// Random inputs for the parsers of howdah-config, which must keep their promises; needs g++
    Fuzz(fuzz::FuzzArgs),
    /// Our migrations and those of the program sqlx on one ledger; installs it below the target directory
    Interop,
    /// Measurements
    #[command(subcommand)]
    Bench(bench::BenchTask),
}

fn main() -> ExitCode {
    let Xtask { project, task } = Xtask::parse();
    match run(project, task) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = error
                .downcast_ref::<howdah_cli::Error>()
                .map_or(1, howdah_cli::Error::exit_code);
            howdah_cli::print_error(error.as_ref());
            ExitCode::from(code)
        }
    }
}

fn run(project: Option<PathBuf>, task: Task) -> anyhow::Result<u8> {
    match task {
        Task::Db(command) => db(project, command),
        Task::Test(args) => test::test(&args).map(|()| 0),
        Task::Ci => ci::ci().map(|()| 0),
        Task::Tidy => tidy::tidy().map(|()| 0),
        Task::Gen(args) => documents::generate(&args).map(|()| 0),
        Task::Images(task) => images_task::run(task).map(|()| 0),
        Task::Fuzz(args) => fuzz::fuzz(&args).map(|()| 0),
        Task::Interop => interop::interop().map(|()| 0),
        Task::Bench(task) => bench::run(task).map(|()| 0),
    }
}

fn db(project: Option<PathBuf>, command: DbCommand) -> anyhow::Result<u8> {
    if with_tls::is_needed(&command) {
        return with_tls::run_again();
    }
    let variable = || howdah_cli::process_environment().remove("HOWDAH_PROJECT");
    let root = match project.or_else(|| variable().map(PathBuf::from)) {
        Some(root) => root,
        None => workspace::root()?,
    };
    let project = Project::new(&root)?;
    let exit = workspace::runtime()?.block_on(howdah_cli::db::run(command, &project))?;
    Ok(exit.code())
}
