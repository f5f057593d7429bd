use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use howdah_secrets::{Existing, Rules, SecretDir, read_file};

use crate::support::{MARKER, directory, file, mode};

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_793_700_017)
}

fn open(root: &Path) -> SecretDir {
    SecretDir::open(root.join("secrets")).unwrap()
}

fn read(path: &Path) -> String {
    let (secret, warnings) = read_file(path, Rules::Production).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    secret.expose().to_owned()
}

#[test]
fn secrets_are_generated_once_and_only_their_owner_may_read_them() {
    let root = directory();
    let dir = open(root.path());
    let first = dir
        .generate(&["a", "b", "a"], Existing::Keep, now())
        .unwrap();
    assert_eq!(first.made, [dir.file("a"), dir.file("b")]);
    assert!(first.kept.is_empty() && first.replaced.is_empty() && first.backup.is_none());
    assert_eq!((mode(dir.path()), mode(&dir.file("a"))), (0o700, 0o600));
    let (a, b) = (read(&dir.file("a")), read(&dir.file("b")));
    assert!(a.len() >= 32 && a != b);
    let second = dir
        .generate(&["a", "b", "c"], Existing::Keep, now())
        .unwrap();
    assert_eq!(second.kept, [dir.file("a"), dir.file("b")]);
    assert_eq!(second.made, [dir.file("c")]);
    assert_eq!(read(&dir.file("a")), a);
    assert_eq!(fs::read_to_string(dir.file(".gitignore")).unwrap(), "*\n");
}

#[test]
fn replaced_secrets_are_backed_up_beside_the_directory() {
    let root = directory();
    let dir = open(root.path());
    dir.generate(&["a", "b"], Existing::Keep, now()).unwrap();
    let old = read(&dir.file("a"));
    let written = dir.generate(&["a", "c"], Existing::Replace, now()).unwrap();
    assert_eq!(written.replaced, [dir.file("a")]);
    assert_eq!(written.made, [dir.file("c")]);
    let backup = written.backup.unwrap();
    assert_eq!(
        backup,
        root.path()
            .canonicalize()
            .unwrap()
            .join("backup_20261103_100017")
    );
    assert_eq!(read(&backup.join("a")), old);
    assert_ne!(read(&dir.file("a")), old);
    assert!(!backup.join("b").exists());
    assert_eq!((mode(&backup), mode(&backup.join("a"))), (0o700, 0o600));
    assert!(backup.join(".gitignore").exists());
}

#[test]
fn a_second_backup_within_the_same_second_overwrites_none() {
    let root = directory();
    let dir = open(root.path());
    dir.generate(&["a"], Existing::Keep, now()).unwrap();
    let mut backups = Vec::new();
    for _ in 0..3 {
        let old = read(&dir.file("a"));
        let written = dir.generate(&["a"], Existing::Replace, now()).unwrap();
        backups.push((written.backup.unwrap(), old));
    }
    for (backup, old) in &backups {
        assert_eq!(&read(&backup.join("a")), old);
    }
    assert!(backups[1].0.ends_with("backup_20261103_100017_2"));
    assert!(backups[2].0.ends_with("backup_20261103_100017_3"));
}

#[test]
fn nothing_to_replace_makes_no_backup() {
    let root = directory();
    let written = open(root.path())
        .generate(&["a"], Existing::Replace, now())
        .unwrap();
    assert_eq!((written.made.len(), written.backup), (1, None));
}

#[test]
fn a_name_that_leads_out_of_the_directory_is_refused_before_anything_is_written() {
    let root = directory();
    let dir = open(root.path());
    file(root.path(), "a", MARKER, 0o600);
    for name in ["../a", "a/b", "", ".hidden", "/a", "a\0"] {
        let error = dir
            .generate(&["fine", name], Existing::Keep, now())
            .unwrap_err();
        assert!(error.to_string().contains("no plain file name"), "{error}");
        assert!(dir.get_or_generate(name).is_err());
    }
    assert!(!dir.file("fine").exists());
}

#[test]
fn a_draft_that_a_crash_left_behind_is_replaced() {
    let root = directory();
    let dir = open(root.path());
    let victim = file(root.path(), "victim", MARKER, 0o600);
    std::os::unix::fs::symlink(&victim, dir.file(".a.new")).unwrap();
    let (secret, generated) = dir.get_or_generate("a").unwrap();
    assert!(generated && secret.expose().len() == 32);
    assert!(!dir.file(".a.new").is_symlink());
    assert_eq!(fs::read_to_string(victim).unwrap(), MARKER);
    let (again, generated) = dir.get_or_generate("a").unwrap();
    assert!(!generated && again == secret);
}
