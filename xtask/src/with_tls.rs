use std::env;

use howdah_cli::db::DbCommand;

use crate::command::{command, words};
use crate::workspace;

/// Whether the command makes certificates. That code is 40 crates, which everybody would wait for at the first
/// `cargo xtask`, and few need: it is compiled when it is asked for.
pub(crate) fn is_needed(asked: &DbCommand) -> bool {
    let tls = match asked {
        DbCommand::Up(args) => args.server.tls,
        DbCommand::Reset(args) => args.up.server.tls,
        _ => false,
    };
    tls && !cfg!(feature = "tls")
}

/// The same command, by a program that was built with it.
pub(crate) fn run_again() -> anyhow::Result<u8> {
    words(
        "note: --tls: building what makes certificates, which takes half a minute the first time",
    );
    let directory = env::current_dir()?;
    let manifest = workspace::root()?.join("Cargo.toml");
    let status = command("cargo", &directory)
        .args(["run", "--quiet", "--manifest-path"])
        .arg(manifest)
        .args(["--package", "xtask", "--features", "tls", "--"])
        .args(env::args_os().skip(1))
        .status()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1))
}
