use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};

/// `<name of the project>-<8 hexadecimal digits of its path>`: readable, and one for each directory.
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
    format!(
        "{slug}-{}",
        fingerprint([directory.as_os_str().as_encoded_bytes()], 4)
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_project_is_readable_and_one_for_each_directory() {
        let name = project_name(Path::new("/home/ann/My Shop!/.howdah"));
        assert!(name.starts_with("my-shop-"), "{name}");
        assert_eq!(name.len(), "my-shop-".len() + 8);
        assert_ne!(name, project_name(Path::new("/home/bob/My Shop!/.howdah")));
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
