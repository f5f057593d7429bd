//! Where a file that everybody may read is what an engine makes it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use howdah_secrets::{Rules, read_file};

use crate::support::{MARKER, directory, file, is_tmpfs, set_mode};

#[test]
fn a_kubernetes_volume_has_modes_of_its_own() {
    let dir = directory();
    let generation = dir.path().join("..2026_11_20");
    fs::create_dir(&generation).unwrap();
    file(&generation, "pw", MARKER, 0o644);
    symlink("..2026_11_20", dir.path().join("..data")).unwrap();
    symlink("..data/pw", dir.path().join("pw")).unwrap();
    for path in ["pw", "..data/pw"] {
        let (_, warnings) = read_file(&dir.path().join(path), Rules::Production).unwrap();
        assert_eq!(warnings, Vec::<String>::new());
    }
    // A plain file beside it is none of the volume's.
    let stranger = file(dir.path(), "stranger", MARKER, 0o644);
    assert!(read_file(&stranger, Rules::Production).is_err());
    // Others must not change it there either.
    set_mode(&generation.join("pw"), 0o666);
    assert!(read_file(&dir.path().join("pw"), Rules::Production).is_err());
}

#[test]
fn a_link_named_like_a_volumes_without_its_directory_is_no_volume() {
    let dir = directory();
    let real = file(dir.path(), "real", MARKER, 0o644);
    symlink(real, dir.path().join("pw")).unwrap();
    assert!(read_file(&dir.path().join("pw"), Rules::Production).is_err());
    let plain = dir.path().join("..data");
    fs::create_dir(&plain).unwrap();
    file(&plain, "key", MARKER, 0o644);
    symlink("..data/key", dir.path().join("key")).unwrap();
    assert!(read_file(&dir.path().join("key"), Rules::Production).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_in_memory_has_modes_of_its_own() {
    let memory = Path::new("/dev/shm");
    assert!(is_tmpfs(memory), "/dev/shm is a tmpfs on every Linux");
    let dir = tempfile::tempdir_in(memory).unwrap();
    let path = file(dir.path(), "pw", MARKER, 0o444);
    let (_, warnings) = read_file(&path, Rules::Production).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn a_directory_in_which_everybody_may_replace_the_file_is_warned_about() {
    for (mode, expected) in [(0o777, 1), (0o1777, 0), (0o770, 0), (0o755, 0)] {
        let dir = directory();
        let path = file(dir.path(), "pw", MARKER, 0o600);
        set_mode(dir.path(), mode);
        let (_, warnings) = read_file(&path, Rules::Production).unwrap();
        assert_eq!(warnings.len(), expected, "{mode:o} {warnings:?}");
        assert!(
            warnings
                .iter()
                .all(|text| text.contains("0777") && text.contains("chmod o-w"))
        );
    }
}
