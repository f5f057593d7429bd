//! Who may read and change a secret file.

use std::fs::File;

use crate::secret_file::SecretFile;
use crate::{Error, Rules};

#[cfg(unix)]
pub(crate) fn check(
    secret: &SecretFile<'_>,
    file: &File,
    rules: Rules,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt;
    let path = secret.path;
    let metadata = file
        .metadata()
        .map_err(|source| Error::file(path, source))?;
    let found = Found {
        owner: metadata.uid(),
        me: rustix::process::geteuid().as_raw(),
        mode: metadata.mode() & 0o7777,
        place: Place::of(secret, file),
    };
    for complaint in found.complaints() {
        if complaint.is_error(rules) {
            return Err(Error::not_safe(path, complaint.why));
        }
        warnings.push(format!(
            "the secret file {}: {}",
            path.display(),
            complaint.why
        ));
    }
    warnings.extend(open_directory(path));
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn check(
    _secret: &SecretFile<'_>,
    _file: &File,
    _rules: Rules,
    _warnings: &mut Vec<String>,
) -> Result<(), Error> {
    Ok(())
}

#[cfg(unix)]
use crate::place::Place;

#[cfg(unix)]
struct Found {
    owner: u32,
    me: u32,
    mode: u32,
    place: Place,
}

#[cfg(unix)]
struct Complaint {
    why: String,
    /// From which rules on it is an error; `None` for never.
    error_in: Option<Rules>,
}

#[cfg(unix)]
impl Complaint {
    fn is_error(&self, rules: Rules) -> bool {
        self.error_in == Some(Rules::Development) || self.error_in == Some(rules)
    }
}

#[cfg(unix)]
impl Found {
    fn complaints(&self) -> Vec<Complaint> {
        [
            self.owner_complaint(),
            self.write_complaint(),
            self.read_complaint(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn owner_complaint(&self) -> Option<Complaint> {
        let Self {
            owner,
            me,
            mode,
            place,
        } = self;
        if owner == me || *owner == 0 {
            return None;
        }
        // Compose mounts a secret file with the owner that it has on the host; nobody can change that from inside.
        let error_in = (*place != Place::Engine).then_some(Rules::Development);
        let why = format!(
            "it belongs to user {owner} (mode {mode:04o}), not to this user ({me}) or root; run `chown {me}` on it"
        );
        Some(Complaint { why, error_in })
    }

    fn write_complaint(&self) -> Option<Complaint> {
        let mode = self.mode;
        (mode & 0o022 != 0).then(|| Complaint {
            why: format!("mode {mode:04o} lets others change it; run `chmod 600` on it"),
            error_in: Some(Rules::Development),
        })
    }

    fn read_complaint(&self) -> Option<Complaint> {
        let mode = self.mode;
        (mode & 0o004 != 0 && self.place == Place::Ordinary).then(|| Complaint {
            why: format!("mode {mode:04o} lets everybody read it; run `chmod 600` on it"),
            error_in: Some(Rules::Production),
        })
    }
}

/// Whoever may write a directory may replace its files, except in a sticky one.
#[cfg(unix)]
fn open_directory(path: &std::path::Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| std::path::Path::new("."));
    let mode = parent.metadata().ok()?.mode() & 0o7777;
    (mode & 0o1002 == 0o002).then(|| {
        format!(
            "the secret file {}: everybody may replace it, because its directory has mode {mode:04o}; run \
             `chmod o-w {}`",
            path.display(),
            parent.display()
        )
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn worst(owner: u32, mode: u32, place: Place, rules: Rules) -> Option<bool> {
        let found = Found {
            owner,
            me: 1000,
            mode,
            place,
        };
        let complaints = found.complaints();
        complaints
            .iter()
            .map(|complaint| complaint.is_error(rules))
            .max()
    }

    #[test]
    fn owner_and_mode_are_judged_by_place_and_rules() {
        use Place::{Engine, Ordinary, Projected};
        use Rules::{Development, Production};
        let rows = [
            (1000, 0o600, Ordinary, Production, None),
            (0, 0o400, Ordinary, Production, None),
            (1000, 0o640, Ordinary, Production, None),
            (1000, 0o644, Ordinary, Production, Some(true)),
            (1000, 0o644, Ordinary, Development, Some(false)),
            (0, 0o644, Projected, Production, None),
            (0, 0o444, Engine, Production, None),
            (1000, 0o660, Engine, Development, Some(true)),
            (1000, 0o602, Ordinary, Development, Some(true)),
            (1001, 0o600, Ordinary, Development, Some(true)),
            (1001, 0o600, Projected, Development, Some(true)),
            (1001, 0o444, Engine, Production, Some(false)),
        ];
        for (owner, mode, place, rules, expected) in rows {
            assert_eq!(
                worst(owner, mode, place, rules),
                expected,
                "{owner} {mode:o} {place:?}"
            );
        }
    }
}
