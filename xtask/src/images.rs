//! Container images of PostgreSQL, made from Debian's packages, for machines without a registry.
//!
//! The recipe is in `images/` of the workspace: mmdebstrap installs a Debian release with its PostgreSQL, `shrink.sh`
//! keeps the files a server needs, `Dockerfile` and `entry.sh` make an image of them that behaves like the official
//! one. The tag holds the recipe's checksum, so a second build finds the first one's result and does nothing.

mod build;
mod checksum;
mod child;
mod engine;
mod install;
mod list;
mod lock;
mod mirror;
mod recipe;
mod release;
mod rootfs;
mod workshop;

use std::path::PathBuf;

pub(crate) use build::build;
pub(crate) use list::list;
pub(crate) use release::parse_versions;

/// What to build.
#[derive(Debug, Clone)]
pub(crate) struct BuildRequest {
    /// Major versions of PostgreSQL; see [`parse_versions`].
    pub versions: Vec<u16>,
    /// The workspace's directory: the recipe is read from `images/`, work files go to `target/images/`.
    pub root: PathBuf,
    /// Build also what is there already, with Debian's packages of today.
    pub force: bool,
}

/// An image in the local engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuiltImage {
    /// Major version of PostgreSQL.
    pub version: u16,
    /// What `docker run` takes: `howdah-postgres:17-` and the first twelve digits of the recipe's checksum.
    pub tag: String,
    /// What the engine says it takes on disk.
    pub size_bytes: u64,
    /// Whether this call built it; otherwise it was there.
    pub built: bool,
}
