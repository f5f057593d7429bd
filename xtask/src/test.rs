use std::path::Path;

use anyhow::bail;
use clap::Args;

use crate::command::{command, output, run, words};
use crate::images::{self, BuildRequest};
use crate::workspace;

/// The version that the container tests run on.
const MAJOR: u16 = 17;

/// Options of `test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Fail when a backend is not there, instead of saying which tests do not run for it
    #[arg(long)]
    all_backends: bool,
    /// Passed on to `cargo test`; after a second `--`, to the test binaries
    #[arg(last = true)]
    args: Vec<String>,
}

impl TestArgs {
    /// CI runs everything, or fails.
    pub(crate) fn for_ci() -> Self {
        Self {
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

/// Runs `cargo test` on what this machine has. Tests for one backend only are left out, by name and in the open, when
/// that backend is not there; all others run on whichever is.
pub(crate) fn test(args: &TestArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let (container, image) = container(&root);
    let backends = [local()?, container];
    let missing: Vec<&Backend> = backends
        .iter()
        .filter(|backend| backend.missing.is_some())
        .collect();
    for backend in &missing {
        let why = backend.missing.as_deref().unwrap_or_default();
        words(&format!("not run: tests in {}: {why}", backend.name));
    }
    if missing.len() == backends.len() {
        bail!("no PostgreSQL to test on; one of the two above is needed");
    }
    if args.all_backends && !missing.is_empty() {
        bail!(
            "{} backend(s) are missing, and --all-backends asks for all",
            missing.len()
        );
    }
    let mut cargo = command("cargo", &root);
    cargo.args(["test", "--workspace"]);
    if let Some(image) = image {
        cargo.env("HOWDAH_TEST_IMAGE", image);
    }
    let (for_cargo, for_tests) = split(&args.args);
    cargo.args(for_cargo).arg("--").args(for_tests);
    for backend in missing {
        cargo.args(["--skip", backend.module]);
    }
    run(&mut cargo)
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
        module: "on_local_binaries::",
        missing,
    })
}

fn container(root: &Path) -> (Backend, Option<String>) {
    let (image, missing) = match image(root) {
        Ok(image) => (Some(image), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let backend = Backend {
        name: "containers",
        module: "in_a_container::",
        missing,
    };
    (backend, image)
}

/// The image of the container tests: the one that the variable names, one that is there, the public one, or our own.
fn image(root: &Path) -> anyhow::Result<String> {
    let environment = howdah_cli::process_environment();
    if let Some(image) = environment.get("HOWDAH_TEST_IMAGE") {
        return Ok(image.clone());
    }
    output(command("docker", root).args(["version", "--format", "{{.Server.Version}}"]))
        .map_err(|error| anyhow::anyhow!("no container engine answers: {error:#}"))?;
    let own = format!("howdah-postgres:{MAJOR}");
    let public = format!("postgres:{MAJOR}-alpine");
    for image in [&own, &public] {
        if output(command("docker", root).args(["image", "inspect", "--format", "{{.Id}}", image]))
            .is_ok()
        {
            return Ok(image.clone());
        }
    }
    if run(command("docker", root).args(["pull", "--quiet", &public])).is_ok() {
        return Ok(public);
    }
    let request = BuildRequest {
        versions: vec![MAJOR],
        root: root.to_owned(),
        force: false,
    };
    images::build(&request, &mut std::io::stderr())?;
    Ok(own)
}
