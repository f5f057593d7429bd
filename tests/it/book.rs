//! Every command of the users' book runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::xtask::{Project, Result, words, workspace};

mod on_local_binaries {
    use crate::xtask::Result;

    #[test]
    fn every_command_of_the_book_succeeds() -> Result {
        super::run_the_book()
    }
}

/// CI runs these itself, as its own steps; here they would run themselves again, or take minutes.
const RUN_BY_CI: [&str; 4] = [
    "cargo xtask test",
    "cargo xtask ci",
    "cargo xtask images build",
    "cargo xtask images list",
];

fn run_the_book() -> Result {
    let mut commands = 0;
    let mut pages: Vec<_> = fs::read_dir(workspace().join("docs/src"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    pages.push(workspace().join("README.md"));
    pages.sort();
    for page in pages {
        let project = Project::new("local")?;
        let text = fs::read_to_string(&page)?;
        for line in commands_of(&text) {
            run(&project, &page, line)?;
            commands += 1;
        }
    }
    assert!(commands > 10, "the book has commands");
    Ok(())
}

fn commands_of(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```sh\n").skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .filter(|line| !RUN_BY_CI.iter().any(|command| line.starts_with(command)))
}

/// Cargo builds it with the tests of the workspace, beside their directory.
fn howdah() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let built = program.ancestors().nth(2).map(|built| built.join("howdah"));
    let built = built.filter(|built| built.is_file());
    Ok(built.ok_or("howdah is not built: `cargo test --workspace` builds it")?)
}

/// In the project's directory, where `cargo` works on this workspace, and `howdah` is the one of this workspace.
fn run(project: &Project, page: &Path, line: &str) -> Result {
    let (root, cargo) = (workspace(), env!("CARGO"));
    let root = root.display();
    let howdah = howdah()?;
    let functions = format!(
        "cargo() {{ (cd '{root}' && '{cargo}' \"$@\"); }}\nhowdah() {{ '{}' \"$@\"; }}",
        howdah.display()
    );
    #[expect(clippy::disallowed_methods, reason = "the shell that people type into")]
    let output = Command::new("sh")
        .args(["-euc", &format!("{functions}\n{line}")])
        .current_dir(project.path())
        .env_remove("CARGO_MANIFEST_DIR")
        .env("HOWDAH_PROJECT", project.path())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}: `{line}`: {}", page.display(), words(&output)).into())
}
