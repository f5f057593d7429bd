use std::path::{Path, PathBuf};

use anyhow::Context;

use super::checksum::checksum;
use super::release::Release;

/// The image's name, without a tag.
pub(super) const IMAGE: &str = "howdah-postgres";

/// How mmdebstrap installs the release. Part of the checksum, like the files.
pub(super) const OPTIONS: &[&str] = &[
    // No apt inside, and nothing that only serves a machine.
    "--variant=essential",
    "--format=tar",
    // Debian creates and starts a cluster when the server is installed, unless this file says otherwise.
    r#"--setup-hook=mkdir -p "$1/etc/postgresql-common""#,
    r#"--setup-hook=echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf""#,
    // What need not be unpacked to be thrown away. The manuals of PostgreSQL itself are not in this list: the package
    // fails to configure without them.
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/info/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    r#"--aptopt=Apt::Install-Recommends "false""#,
    r#"--aptopt=Acquire::Languages "none""#,
    // Frozen mirrors serve release files that have run out. Signatures are checked all the same.
    r#"--aptopt=Acquire::Check-Valid-Until "false""#,
    // The hook leaves nothing that would have to be cleaned up, not even apt's directories.
    "--skip=cleanup",
    // The engine makes the devices, and one without root rights could not unpack them.
    "--skip=output/dev",
];

/// Packages besides PostgreSQL itself; `shrink.sh` says what for.
const PACKAGES: &str = "libnss-wrapper,tzdata,netbase";

/// The files of the recipe, in `images/`.
const FILES: [&str; 3] = ["Dockerfile", SHRINK, "entry.sh"];

/// The one of them that makes the root file system; the others only make the image.
const SHRINK: &str = "shrink.sh";

/// How one image is made.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) release: Release,
    /// Where the files are.
    pub(super) directory: PathBuf,
    /// Over all that decides what is in the image.
    pub(super) checksum: String,
    /// Over the part of it that decides what is in the root file system.
    pub(super) rootfs_checksum: String,
}

impl Recipe {
    /// Reads the recipe of the workspace at `root`.
    pub(super) fn load(root: &Path, release: Release) -> anyhow::Result<Self> {
        let directory = root.join("images");
        let mut files = Vec::new();
        for name in FILES {
            let path = directory.join(name);
            let content = std::fs::read(&path)
                .with_context(|| format!("cannot read the recipe's file {}", path.display()))?;
            files.push((name, content));
        }
        let options = OPTIONS.join("\n");
        let include = include(release);
        let parameters = [
            ("suite", release.suite),
            ("options", &options),
            ("include", &include),
        ]
        .map(|(name, value)| (name, value.as_bytes()));
        let files = || {
            files
                .iter()
                .map(|(name, content)| (*name, content.as_slice()))
        };
        Ok(Self {
            release,
            directory,
            checksum: checksum(files().chain(parameters)),
            rootfs_checksum: checksum(
                files()
                    .filter(|(name, _)| *name == SHRINK)
                    .chain(parameters),
            ),
        })
    }

    /// `howdah-postgres:17-0123456789ab`, which names this very recipe.
    pub(super) fn tag(&self) -> String {
        format!("{IMAGE}:{}-{}", self.release.major, short(&self.checksum))
    }

    /// `howdah-postgres:17`, which names the image built last.
    pub(super) fn moving_tag(&self) -> String {
        format!("{IMAGE}:{}", self.release.major)
    }

    /// The name of the kept root file system.
    pub(super) fn rootfs_name(&self) -> String {
        format!(
            "{}{}.tar",
            self.rootfs_prefix(),
            short(&self.rootfs_checksum)
        )
    }

    /// How the names of all root file systems of this version begin.
    pub(super) fn rootfs_prefix(&self) -> String {
        format!("rootfs-{}-", self.release.major)
    }

    /// The packages to install, for mmdebstrap's `--include`.
    pub(super) fn include(&self) -> String {
        include(self.release)
    }
}

fn include(release: Release) -> String {
    format!("postgresql-{},{PACKAGES}", release.major)
}

fn short(checksum: &str) -> &str {
    checksum.get(..12).unwrap_or(checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            release: Release::of(17).unwrap(),
            directory: PathBuf::new(),
            checksum: "0123456789abcdef".repeat(4),
            rootfs_checksum: "fedcba9876543210".repeat(4),
        }
    }

    #[test]
    fn the_tag_holds_the_version_and_twelve_digits() {
        assert_eq!(recipe().tag(), "howdah-postgres:17-0123456789ab");
        assert_eq!(recipe().moving_tag(), "howdah-postgres:17");
        assert_eq!(recipe().rootfs_name(), "rootfs-17-fedcba987654.tar");
    }

    #[test]
    fn the_workspace_has_a_recipe_that_differs_by_version() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let load = |major| Recipe::load(root, Release::of(major).unwrap()).unwrap();
        assert_eq!(load(17).tag(), load(17).tag());
        assert_ne!(load(17).checksum, load(18).checksum);
        assert_ne!(load(17).checksum, load(17).rootfs_checksum);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Recipe::load(Path::new("/nowhere"), Release::of(17).unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read the recipe's file /nowhere/images/Dockerfile"
        );
    }
}
