//! `cargo xtask test`: all tests once, or those that touch SQL on each version of PostgreSQL.

mod image;
mod matrix;
mod not_run;
mod outcome;
mod suite;

use std::path::Path;

use anyhow::bail;
use clap::Args;

use self::not_run::Report;
use crate::command::{command, run, words};
use crate::{images, workspace};

/// The version that the container tests run on.
const MAJOR: u16 = 17;

/// Modules of tests for one backend only.
const LOCAL: &str = "on_local_binaries::";
const CONTAINER: &str = "in_a_container::";

/// Options of `test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Only the tests that touch SQL, in containers of each of these major versions: 13, 15, 17, 18 or all
    #[arg(long, value_delimiter = ',')]
    pg: Vec<String>,
    /// Fail when a backend is not there, instead of saying which tests do not run for it
    #[arg(long)]
    all_backends: bool,
    /// Passed on to `cargo test`; after a second `--`, to the test binaries
    #[arg(last = true)]
    args: Vec<String>,
}

impl TestArgs {
    /// CI runs everything, or fails. The tests in containers are left to [`TestArgs::matrix_for_ci`].
    pub(crate) fn for_ci() -> Self {
        Self {
            pg: Vec::new(),
            all_backends: true,
            args: ["--locked", "--", "--skip", CONTAINER]
                .map(str::to_owned)
                .to_vec(),
        }
    }

    /// All versions.
    pub(crate) fn matrix_for_ci() -> Self {
        Self {
            pg: vec!["all".to_owned()],
            all_backends: true,
            args: vec!["--locked".to_owned()],
        }
    }
}

/// A place where throwaway servers run, and the module name of the tests that are for it alone.
struct Backend {
    name: &'static str,
    module: &'static str,
    /// Why it is not there.
    missing: Option<String>,
}

/// Runs all tests once, or on each version those that depend on it.
pub(crate) fn test(args: &TestArgs) -> anyhow::Result<()> {
    if args.pg.is_empty() {
        return on_this_machine(args);
    }
    let (for_cargo, for_tests) = split(&args.args);
    matrix::run(&images::parse_versions(&args.pg)?, for_cargo, for_tests)
}

/// Runs `cargo test` on what this machine has. Tests for one backend only are left out, by name and in the open, when
/// that backend is not there; all others run on whichever is.
fn on_this_machine(args: &TestArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let (container, image) = container(&root);
    let servers = [local()?, container];
    let pooler = pooler();
    let missing: Vec<&Backend> = servers
        .iter()
        .chain([&pooler])
        .filter(|backend| backend.missing.is_some())
        .collect();
    for backend in &missing {
        let why = backend.missing.as_deref().unwrap_or_default();
        words(&format!("not run: tests in {}: {why}", backend.name));
    }
    if servers.iter().all(|server| server.missing.is_some()) {
        bail!("no PostgreSQL to test on; one of the two above is needed");
    }
    if args.all_backends && !missing.is_empty() {
        bail!(
            "{} backend(s) are missing, and --all-backends asks for all",
            missing.len()
        );
    }
    let mut cargo = command("cargo", &root);
    let (for_cargo, for_tests) = split(&args.args);
    cargo.arg("test").args(packages_of(for_cargo));
    if let Some(image) = image {
        cargo.env("HOWDAH_TEST_IMAGE", image);
    }
    // An image that is named asks for containers, and this one is for the tests that are about containers.
    if servers
        .iter()
        .any(|server| server.module == LOCAL && server.missing.is_none())
        && !howdah_cli::process_environment().contains_key("HOWDAH_TEST_BACKEND")
    {
        cargo.env("HOWDAH_TEST_BACKEND", "local");
    }
    cargo.args(for_cargo).arg("--").args(for_tests);
    for backend in missing {
        cargo.args(["--skip", backend.module]);
    }
    let target = workspace::metadata()?.target_directory.join("xtask-test");
    let report = Report::begin(target.as_std_path())?;
    let result = run(cargo.env(not_run::VARIABLE, report.path()));
    for one in report.take()? {
        let not_run::NotRun { test, needs, major } = one;
        words(&format!(
            "not run: {test} needs {needs}, and the server is {major}"
        ));
    }
    result
}

/// All of them, unless some are named.
fn packages_of(for_cargo: &[String]) -> &'static [&'static str] {
    let names = |arg: &String| {
        ["-p", "--package", "--workspace", "--all"].contains(&arg.as_str())
            || arg.starts_with("--package=")
    };
    if for_cargo.iter().any(names) {
        &[]
    } else {
        &["--workspace"]
    }
}

fn split(args: &[String]) -> (&[String], &[String]) {
    match args.iter().position(|arg| arg == "--") {
        Some(at) => {
            let (first, second) = args.split_at(at);
            (first, second.get(1..).unwrap_or_default())
        }
        None => (args, &[]),
    }
}

fn local() -> anyhow::Result<Backend> {
    let environment = howdah_cli::process_environment();
    let runtime = workspace::runtime()?;
    let found = runtime.block_on(howdah_cli::db::local_binaries(&environment));
    let missing = found
        .is_none()
        .then(|| "no PostgreSQL server binaries; on Debian: apt-get install postgresql".to_owned());
    Ok(Backend {
        name: "local servers",
        module: LOCAL,
        missing,
    })
}

fn pooler() -> Backend {
    let places = [
        "/usr/sbin",
        "/usr/local/sbin",
        "/usr/bin",
        "/opt/homebrew/bin",
    ];
    let is_there = places
        .iter()
        .any(|place| Path::new(place).join("pgbouncer").exists());
    Backend {
        name: "PgBouncer",
        module: "pooler::",
        missing: (!is_there)
            .then(|| "it is not installed; on Debian: apt-get install pgbouncer".to_owned()),
    }
}

fn container(root: &Path) -> (Backend, Option<String>) {
    let (image, missing) = match image(root) {
        Ok(image) => (Some(image), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let backend = Backend {
        name: "containers",
        module: CONTAINER,
        missing,
    };
    (backend, image)
}

/// The image of the container tests: the one that the variable names, else what [`image::find`] finds.
pub(crate) fn image(root: &Path) -> anyhow::Result<String> {
    match howdah_cli::process_environment().remove("HOWDAH_TEST_IMAGE") {
        Some(image) => Ok(image),
        None => image::find(root, MAJOR),
    }
}
