use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use howdah_secrets::{Rules, read_together};

use crate::support::{chain, directory, eventually, file};

/// A volume as the kubelet makes one: each name is a link through `..data`.
fn volume(dir: &Path) -> Vec<PathBuf> {
    swap(dir, 0);
    ["user", "pw"]
        .map(|name| {
            symlink(Path::new("..data").join(name), dir.join(name)).unwrap();
            dir.join(name)
        })
        .to_vec()
}

/// The next generation takes the place of the one before, which is removed.
fn swap(dir: &Path, number: usize) {
    let name = |number: usize| dir.join(format!("..generation_{number}"));
    fs::create_dir(name(number)).unwrap();
    file(&name(number), "user", format!("user-{number}"), 0o644);
    file(&name(number), "pw", format!("pw-{number}"), 0o644);
    symlink(name(number).file_name().unwrap(), dir.join("..data_tmp")).unwrap();
    fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
    if let Some(old) = number.checked_sub(1) {
        fs::remove_dir_all(name(old)).unwrap();
    }
}

fn generations(paths: &[PathBuf]) -> (String, String) {
    let read = read_together(paths, Rules::Production).unwrap();
    let number = |index: usize| read[index].0.expose().split_once('-').unwrap().1.to_owned();
    (number(0), number(1))
}

/// 123
#[test]
fn _123_two_files_of_a_volume_that_is_swapped_meanwhile_always_belong_together() {
    let dir = directory();
    let paths = volume(dir.path());
    let (stop, swaps) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let swapper = {
        let (dir, stop, swaps) = (dir.path().to_owned(), Arc::clone(&stop), Arc::clone(&swaps));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                swap(&dir, swaps.fetch_add(1, Ordering::Relaxed) + 1);
            }
        })
    };
    let mut seen = Vec::new();
    eventually("a hundred swaps and as many reads", || {
        let (user, pw) = generations(&paths);
        assert_eq!(user, pw);
        seen.push(user);
        seen.len() > 100 && swaps.load(Ordering::Relaxed) > 100
    });
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    seen.dedup();
    assert!(seen.len() > 1, "no swap was seen");
}

#[test]
fn generations_that_take_turns_are_not_mixed_either() {
    let dir = directory();
    let paths = volume(dir.path());
    let other = dir.path().join("..generation_b");
    fs::create_dir(&other).unwrap();
    file(&other, "user", "user-b", 0o644);
    file(&other, "pw", "pw-b", 0o644);
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = {
        let (dir, stop) = (dir.path().to_owned(), Arc::clone(&stop));
        std::thread::spawn(move || {
            let mut turns = ["..generation_b", "..generation_0"].into_iter().cycle();
            while !stop.load(Ordering::Relaxed) {
                symlink(turns.next().unwrap(), dir.join("..data_tmp")).unwrap();
                fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
            }
        })
    };
    let mut reads = 0;
    eventually("a thousand reads", || {
        let (user, pw) = generations(&paths);
        reads += 1;
        assert_eq!(user, pw);
        reads >= 1000
    });
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
}

#[test]
fn plain_files_of_one_directory_are_read_too() {
    let dir = directory();
    let paths = [
        file(dir.path(), "a", "x-1", 0o600),
        file(dir.path(), "b", "y-2 ", 0o600),
    ];
    let read = read_together(&paths, Rules::Production).unwrap();
    assert_eq!((read[0].0.expose(), read[0].1.len()), ("x-1", 0));
    assert_eq!((read[1].0.expose(), read[1].1.len()), ("y-2 ", 1));
    assert!(read_together(&[], Rules::Production).unwrap().is_empty());
}

#[test]
fn a_plain_file_beside_the_volumes_files_is_read_where_it_is() {
    let dir = directory();
    let mut paths = volume(dir.path());
    let inner = dir.path().join("..generation_0");
    file(&inner, "plain", "not-this", 0o600);
    paths.push(file(dir.path(), "plain", "but-this", 0o600));
    let read = read_together(&paths, Rules::Production).unwrap();
    assert_eq!(read[2].0.expose(), "but-this");
}

#[test]
fn files_of_two_directories_and_missing_ones_are_errors_that_name_them() {
    let (one, two) = (directory(), directory());
    let paths = [
        file(one.path(), "a", "x", 0o600),
        file(two.path(), "b", "y", 0o600),
    ];
    let text = chain(&read_together(&paths, Rules::Development).unwrap_err());
    assert!(
        text.contains(paths[1].to_str().unwrap()) && text.contains("one directory"),
        "{text}"
    );
    let mut paths = volume(one.path());
    symlink("..data/gone", one.path().join("gone")).unwrap();
    paths.push(one.path().join("gone"));
    let text = chain(&read_together(&paths, Rules::Development).unwrap_err());
    assert!(
        text.contains("gone") && text.contains("does not exist"),
        "{text}"
    );
}
