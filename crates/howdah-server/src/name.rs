use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sha2::{Digest, Sha256};

use crate::identity::Identity;

/// `<name of the project>-<its number>`: readable, and one for each project, also of several at one path in turn.
pub(crate) fn project_name(directory: &Path) -> String {
    let own = directory.file_name().unwrap_or_default();
    let project = if own.as_encoded_bytes().starts_with(b".") {
        directory
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
    } else {
        own
    };
    let slug: String = project
        .to_string_lossy()
        .to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .chars()
        .take(30)
        .collect();
    let slug = match slug.trim_end_matches('-') {
        "" => "project",
        slug => slug,
    };
    format!("{slug}-{}", Identity::number(directory))
}

/// The first `bytes` bytes of a hash of `parts`, in hexadecimal digits. Where one part ends matters.
pub(crate) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>, bytes: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let mut digits = String::new();
    for byte in hash.finalize().iter().take(bytes) {
        // Writing to a String cannot fail.
        let _infallible = write!(digits, "{byte:02x}");
    }
    digits
}

/// A suffix that no other attempt uses: what a killed or dropped call started may work on for a while.
pub(crate) fn attempt() -> String {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    let attempt = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    format!("{}-{attempt}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_project_is_readable_and_its_own() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("My Shop!").join(".howdah");
        std::fs::create_dir_all(&directory).unwrap();
        Identity::settle(&directory).unwrap();
        let name = project_name(&directory);
        assert_eq!(name, format!("my-shop-{}", Identity::number(&directory)));
        assert!(project_name(Path::new("/")).starts_with("project-"));
    }

    #[test]
    fn where_one_part_ends_matters() {
        assert_ne!(
            fingerprint([b"ab".as_slice(), b"c"], 4),
            fingerprint([b"a".as_slice(), b"bc"], 4)
        );
    }
}
