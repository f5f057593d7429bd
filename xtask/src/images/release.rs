use anyhow::bail;

/// A Debian release and the PostgreSQL in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Release {
    /// Major version of PostgreSQL.
    pub(super) major: u16,
    /// Debian's code name.
    pub(super) suite: &'static str,
}

/// Debian packages one major version per release; these four span the versions this project supports.
pub(super) const RELEASES: [Release; 4] = [
    Release {
        major: 13,
        suite: "bullseye",
    },
    Release {
        major: 15,
        suite: "bookworm",
    },
    Release {
        major: 17,
        suite: "trixie",
    },
    Release {
        major: 18,
        suite: "forky",
    },
];

impl Release {
    /// The release with this PostgreSQL.
    pub(super) fn of(major: u16) -> anyhow::Result<Self> {
        match RELEASES.into_iter().find(|release| release.major == major) {
            Some(release) => Ok(release),
            None => bail!(
                "there is no recipe for PostgreSQL {major}; choose from {}",
                choices()
            ),
        }
    }
}

/// Reads the values of `--pg`: major versions, separated by commas too, or `all`. Each comes once, oldest first.
///
/// # Errors
/// A word that is neither, and no word at all.
pub(crate) fn parse_versions(values: &[String]) -> anyhow::Result<Vec<u16>> {
    let mut versions = Vec::new();
    let words = values.iter().flat_map(|value| value.split(','));
    for word in words.map(str::trim).filter(|word| !word.is_empty()) {
        if word == "all" {
            versions.extend(RELEASES.map(|release| release.major));
            continue;
        }
        let Ok(major) = word.parse() else {
            bail!(
                "`{word}` is no major version of PostgreSQL; choose from {}",
                choices()
            );
        };
        versions.push(Release::of(major)?.major);
    }
    if versions.is_empty() {
        bail!(
            "no version of PostgreSQL was named; choose from {}",
            choices()
        );
    }
    versions.sort_unstable();
    versions.dedup();
    Ok(versions)
}

fn choices() -> String {
    let majors = RELEASES.map(|release| release.major.to_string());
    format!("{} and all", majors.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(values: &[&str]) -> anyhow::Result<Vec<u16>> {
        let values: Vec<String> = values.iter().copied().map(String::from).collect();
        parse_versions(&values)
    }

    #[test]
    fn versions_may_be_repeated_and_separated_by_commas() {
        assert_eq!(parse(&["17"]).unwrap(), [17]);
        assert_eq!(parse(&["18", "13"]).unwrap(), [13, 18]);
        assert_eq!(parse(&["17, 15,", "17"]).unwrap(), [15, 17]);
    }

    #[test]
    fn all_means_every_release() {
        assert_eq!(parse(&["all"]).unwrap(), [13, 15, 17, 18]);
        assert_eq!(parse(&["17,all"]).unwrap(), [13, 15, 17, 18]);
    }

    #[test]
    fn an_unknown_version_is_refused_with_the_known_ones() {
        let error = parse(&["16"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no recipe for PostgreSQL 16; choose from 13, 15, 17, 18 and all"
        );
        for word in ["17.2", "latest", "-1", "70000"] {
            let error = parse(&[word]).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{word}` is no major version")),
                "{error}"
            );
        }
    }

    #[test]
    fn no_version_is_refused() {
        assert!(parse(&[]).is_err());
        assert!(parse(&["", " , "]).is_err());
    }
}
