use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use howdah_secrets::{Existing, Rules, SecretDir, read_file};

use crate::support::{MARKER, chain, directory, file, mode, set_mode};

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
    for name in [
        "../a",
        "a/b",
        "",
        ".hidden",
        "/a",
        "a\0",
        "-a",
        "a\n",
        "\u{1b}[2J",
    ] {
        let error = dir
            .generate(&["fine", name], Existing::Keep, now())
            .unwrap_err();
        assert!(error.to_string().contains("no plain file name"), "{error}");
        assert!(dir.get_or_generate(name).is_err());
        assert!(!error.to_string().contains(char::is_control));
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

#[test]
fn a_directory_that_was_there_keeps_its_mode_and_its_content() {
    for existing in [0o755, 0o700, 0o750, 0o2755] {
        let root = directory();
        let path = root.path().join("secrets");
        fs::create_dir(&path).unwrap();
        set_mode(&path, existing);
        let dir = open(root.path());
        dir.generate(&["a"], Existing::Keep, now()).unwrap();
        assert_eq!((mode(&path), mode(&dir.file("a"))), (existing, 0o600));
        assert!(!path.join(".gitignore").exists() && !dir.is_ignored());
        fs::write(path.join(".gitignore"), "*.log\n").unwrap();
        assert!(!open(root.path()).is_ignored());
        fs::write(path.join(".gitignore"), "# all\n*\n").unwrap();
        assert!(open(root.path()).is_ignored());
    }
}

#[test]
fn a_directory_that_others_may_write_is_refused_as_it_is() {
    for existing in [0o1777, 0o777, 0o775, 0o757, 0o720] {
        let root = directory();
        let path = root.path().join("secrets");
        fs::create_dir(&path).unwrap();
        set_mode(&path, existing);
        let text = SecretDir::open(&path).unwrap_err().to_string();
        let named = format!("mode {existing:04o}");
        assert!(
            text.contains(&named) && text.contains("chmod go-w"),
            "{text}"
        );
        assert_eq!(mode(&path), existing);
        assert!(fs::read_dir(&path).unwrap().next().is_none());
    }
}

#[test]
fn a_directory_that_was_made_here_is_opened_again_as_it_is() {
    let root = directory();
    let dir = SecretDir::open(root.path().join("state/secrets/")).unwrap();
    assert!(dir.is_ignored() && mode(dir.path()) == 0o700);
    fs::write(dir.file(".gitignore"), "*\n!README\n").unwrap();
    SecretDir::open(dir.path()).unwrap();
    assert_eq!(mode(dir.path()), 0o700);
    let ignored = fs::read_to_string(dir.file(".gitignore")).unwrap();
    assert_eq!(ignored, "*\n!README\n");
}

#[test]
fn a_file_or_a_broken_link_in_place_of_the_directory_is_named() {
    let root = directory();
    let path = file(root.path(), "plain", "", 0o600);
    let text = SecretDir::open(path).unwrap_err().to_string();
    assert!(text.contains("is not a directory"), "{text}");
    let link = root.path().join("link");
    std::os::unix::fs::symlink("nothing", &link).unwrap();
    let text = chain(&SecretDir::open(link).unwrap_err());
    assert!(text.contains("repair the link"), "{text}");
}

#[test]
fn what_has_the_name_of_a_secret_and_is_no_file_is_neither_kept_nor_replaced() {
    let root = directory();
    let dir = open(root.path());
    dir.generate(&["a"], Existing::Keep, now()).unwrap();
    let before = read(&dir.file("a"));
    fs::create_dir(dir.file("folder")).unwrap();
    std::os::unix::fs::symlink("nothing", dir.file("link")).unwrap();
    for (name, words) in [("folder", "move it away"), ("link", "repair the link")] {
        for existing in [Existing::Keep, Existing::Replace] {
            let error = dir
                .generate(&["a", "new", name], existing, now())
                .unwrap_err();
            assert!(chain(&error).contains(words), "{}", chain(&error));
        }
    }
    assert_eq!(read(&dir.file("a")), before);
    assert!(!dir.file("new").exists());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}
