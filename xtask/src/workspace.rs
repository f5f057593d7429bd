use std::path::PathBuf;

use anyhow::Context;
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

/// The directory of the workspace that the current directory is in.
///
/// `cargo run` sets `CARGO_MANIFEST_DIR` to xtask's own folder, which holds also when the build came from elsewhere.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let environment = howdah_cli::process_environment();
    let manifest = environment
        .get("CARGO_MANIFEST_DIR")
        .map_or(env!("CARGO_MANIFEST_DIR"), String::as_str);
    PathBuf::from(manifest)
        .parent()
        .map(std::path::Path::to_owned)
        .with_context(|| format!("{manifest} has no parent directory"))
}

/// `cargo metadata`, without dependencies from elsewhere.
pub(crate) fn metadata() -> anyhow::Result<Metadata> {
    exec(command()?.no_deps())
}

/// `cargo metadata` with every feature and on every platform. The first time, cargo fetches what other platforms need.
pub(crate) fn metadata_with_dependencies() -> anyhow::Result<Metadata> {
    exec(command()?.features(CargoOpt::AllFeatures))
}

/// A server and a handful of connections, one after the other: one thread is enough, and starts faster.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn command() -> anyhow::Result<MetadataCommand> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root()?.join("Cargo.toml"));
    Ok(command)
}

fn exec(command: &MetadataCommand) -> anyhow::Result<Metadata> {
    command.exec().context("cargo metadata failed")
}
