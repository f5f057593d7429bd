use std::time::Duration;

use super::child::{self, Captured, command};

const DEFAULT: &str = "http://deb.debian.org/debian";

/// Names the mirror, where the machine's own is not the right one.
pub(super) const VARIABLE: &str = "HOWDAH_DEBIAN_MIRROR";

/// Where the packages come from: `HOWDAH_DEBIAN_MIRROR`, else the mirror this machine's apt uses for Debian, else
/// Debian's own. It is not part of the recipe: Debian's signature makes the packages the same everywhere.
pub(super) fn mirror() -> anyhow::Result<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer task reads its own environment"
    )]
    let named = std::env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        return Ok(named);
    }
    let arguments = [
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Label: Debian",
        "Created-By: Packages",
    ];
    Ok(
        match child::capture(command("apt-get", arguments), Duration::from_secs(30))? {
            Captured::Done(addresses) => choose(&addresses).to_owned(),
            Captured::Failed(_) | Captured::Missing => DEFAULT.to_owned(),
        },
    )
}

/// Local copies of a part of the archive (`file:`, `cdrom:`) have one release only.
fn choose(addresses: &str) -> &str {
    let mut remote = addresses.lines().filter(|line| line.starts_with("http"));
    remote
        .next()
        .map_or(DEFAULT, |address| address.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_mirror_is_taken() {
        assert_eq!(
            choose("http://mirror.example/debian/\nhttp://other.example/\n"),
            "http://mirror.example/debian"
        );
    }

    #[test]
    fn without_one_it_is_debians() {
        assert_eq!(choose(""), DEFAULT);
        assert_eq!(choose("file:/srv/debian/\n"), DEFAULT);
    }
}
