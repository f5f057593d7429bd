//! The bad files of the acceptance list, each by its number.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use howdah_secrets::{Rules, SecretRef, read_file};
use rustix::fs::{CWD, FileType, Mode};

use crate::support::{MARKER, chain, directory, env, file, is_unlike_a_secret};

/// Makes a file, or what stands in its place.
type Make = fn(&Path) -> PathBuf;

struct Bad {
    number: u32,
    make: Make,
    rules: Rules,
    /// All of them stand in the error.
    expected: &'static [&'static str],
}

const fn bad(number: u32, make: Make, expected: &'static [&'static str]) -> Bad {
    Bad {
        number,
        make,
        rules: Rules::Development,
        expected,
    }
}

const fn bad_in_production(number: u32, make: Make, expected: &'static [&'static str]) -> Bad {
    Bad {
        number,
        make,
        rules: Rules::Production,
        expected,
    }
}

const BAD: &[Bad] = &[
    bad_in_production(
        100,
        |dir| file(dir, "pw", "ChangeMe", 0o600),
        &["is a placeholder", "generated"],
    ),
    bad_in_production(
        100,
        |dir| file(dir, "pw", "${PGPASSWORD}\n", 0o600),
        &["is a placeholder"],
    ),
    bad(101, |dir| dir.join("pw"), &["not found", "create it"]),
    bad(101, |dir| dir.join("no-directory/pw"), &["not found"]),
    bad(102, Path::to_owned, &["not a regular file", "directory"]),
    bad(103, fifo, &["not a regular file", "pipe"]),
    bad(103, socket, &["not a regular file", "socket"]),
    bad(
        103,
        |_| "/dev/zero".into(),
        &["not a regular file", "device"],
    ),
    bad(103, link_to_fifo, &["not a regular file"]),
    bad(
        104,
        |dir| file(dir, "pw", MARKER, 0o666),
        &["mode 0666", "chmod 600"],
    ),
    bad(
        104,
        |dir| file(dir, "pw", MARKER, 0o660),
        &["mode 0660", "chmod 600"],
    ),
    bad(
        104,
        |dir| file(dir, "pw", MARKER, 0o602),
        &["mode 0602", "chmod 600"],
    ),
    bad_in_production(
        105,
        |dir| file(dir, "pw", MARKER, 0o644),
        &["mode 0644", "chmod 600"],
    ),
    bad_in_production(
        105,
        |dir| file(dir, "pw", MARKER, 0o604),
        &["mode 0604", "chmod 600"],
    ),
    bad(107, |dir| file(dir, "pw", "", 0o600), &["is empty"]),
    bad(
        108,
        |dir| file(dir, "pw", "\n", 0o600),
        &["is empty", "line ending"],
    ),
    bad(
        108,
        |dir| file(dir, "pw", "\r\n\n", 0o600),
        &["is empty", "line ending"],
    ),
    bad(
        109,
        |dir| file(dir, "pw", "hunter2\n\n", 0o600),
        &["2 trailing newlines"],
    ),
    bad(
        109,
        |dir| file(dir, "pw", "hunter2\r\n\r\n\n", 0o600),
        &["3 trailing newlines"],
    ),
    bad(
        110,
        |dir| file(dir, "pw", "hunter2\r", 0o600),
        &["carriage return"],
    ),
    bad(
        111,
        |dir| file(dir, "pw", "hunter2\nhunter2\n", 0o600),
        &["more than one line", "whole file"],
    ),
    bad(
        111,
        |dir| file(dir, "pw", "PW=hunter2\nA=b\n", 0o600),
        &["more than one line", "env file"],
    ),
    bad(
        111,
        |dir| file(dir, "pw", "{\n\"pw\": \"hunter2\"\n}", 0o600),
        &["more than one line", "JSON"],
    ),
    bad(
        111,
        |dir| file(dir, "pw", PEM, 0o600),
        &["more than one line", "PEM"],
    ),
    bad(112, |dir| file(dir, "pw", "hunter2\0", 0o600), &["NUL"]),
    bad(
        113,
        |dir| file(dir, "pw", b"\xEF\xBB\xBFhunter2", 0o600),
        &["byte order mark"],
    ),
    bad(
        114,
        |dir| file(dir, "pw", b"hunter2\xFFhunter2", 0o600),
        &["not UTF-8 at byte 7"],
    ),
    bad(
        115,
        |dir| file(dir, "pw", "h".repeat(64 * 1024 + 1), 0o600),
        &["larger than 64 KiB"],
    ),
    bad(116, dangling, &["symbolic link", "does not exist"]),
    bad(117, link_loop, &["symbolic link", "leads back to itself"]),
    bad(
        125,
        |dir| file(dir, "pw", "hunter2\u{1F600}", 0o600),
        &["not allowed by SASLprep (RFC 4013)"],
    ),
    bad(
        125,
        |dir| file(dir, "pw", "hunter2\thunter2", 0o600),
        &["not allowed by SASLprep (RFC 4013)"],
    ),
    bad(
        125,
        |dir| file(dir, "pw", "hunter2\u{7f}", 0o600),
        &["not allowed by SASLprep (RFC 4013)"],
    ),
    bad(
        125,
        |dir| file(dir, "pw", "hunter2\u{627}", 0o600),
        &["not allowed by SASLprep (RFC 4013)"],
    ),
    bad(
        125,
        |dir| file(dir, "pw", "\u{ad}\u{2060}", 0o600),
        &["not allowed by SASLprep (RFC 4013)"],
    ),
];

const PEM: &str = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n";

fn fifo(dir: &Path) -> PathBuf {
    let path = dir.join("fifo");
    rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    path
}

fn link_to_fifo(dir: &Path) -> PathBuf {
    symlink(fifo(dir), dir.join("pw")).unwrap();
    dir.join("pw")
}

/// The name of the socket stays when nobody listens any more.
fn socket(dir: &Path) -> PathBuf {
    let path = dir.join("s");
    // A socket's name is short, and the path of a build directory may not be.
    let short = tempfile::tempdir_in("/tmp").unwrap();
    symlink(dir, short.path().join("d")).unwrap();
    drop(UnixListener::bind(short.path().join("d/s")).unwrap());
    path
}

fn dangling(dir: &Path) -> PathBuf {
    symlink(dir.join("nothing"), dir.join("pw")).unwrap();
    dir.join("pw")
}

fn link_loop(dir: &Path) -> PathBuf {
    symlink("other", dir.join("pw")).unwrap();
    symlink("pw", dir.join("other")).unwrap();
    dir.join("pw")
}

/// 100, 101, 102, 103, 104, 105, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 125
#[test]
fn each_bad_file_has_an_error_that_names_it_and_says_what_to_do() {
    for Bad {
        number,
        make,
        rules,
        expected,
    } in BAD
    {
        let dir = directory();
        let path = make(dir.path());
        let started = Instant::now();
        let Err(error) = read_file(&path, *rules) else {
            panic!("{number} {expected:?}: it was read");
        };
        let text = chain(&error);
        assert!(started.elapsed() < Duration::from_secs(5), "{number} hangs");
        for part in *expected {
            assert!(text.contains(part), "{number}: {text}");
        }
        assert!(text.contains(path.to_str().unwrap()), "{number}: {text}");
        assert!(
            is_unlike_a_secret(&format!("{text} {error:?}")),
            "{number}: {text}"
        );
    }
}

#[test]
fn the_same_file_by_reference_gives_the_same_error_and_the_variable_is_not_asked() {
    for Bad {
        number,
        make,
        rules,
        ..
    } in BAD.iter().filter(|bad| bad.number != 101)
    {
        let dir = directory();
        let path = make(dir.path());
        let reference = SecretRef::default().with_file(&path).with_env("PW");
        let error = reference
            .resolve(&env(&[("PW", "other")]), *rules)
            .unwrap_err();
        let direct = read_file(&path, *rules).unwrap_err();
        assert_eq!(chain(&error), chain(&direct), "{number}");
    }
}
