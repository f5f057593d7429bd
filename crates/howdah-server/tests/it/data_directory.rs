//! Where the data of a local server comes from and goes to.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use howdah_secrets::Secret;
use howdah_server::{Choice, Error, Request};
use tempfile::TempDir;

use crate::bench::{Bench, environment};

fn request(cache: &Path) -> Request {
    let mut request = Request::throwaway(environment());
    request.cache = Some(cache.to_owned());
    request
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The only entry of a cache.
fn entry(cache: &Path) -> PathBuf {
    let names: Vec<PathBuf> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    names[0].clone()
}

#[tokio::test]
async fn initdb_runs_once_for_several_servers_and_each_has_its_own_password() {
    let root = folder();
    let cache = root.path().join("a/clusters");
    let (mut first, mut second) = (Bench::new(), Bench::new());
    second.password = Secret::new("anoth\\er 'one' E'");
    let server = first.start(&request(&cache)).await;
    assert!(first.told("creating an empty server"));
    assert_eq!(first.ask(&server, "select 1::text").await, "1");

    let server = second.start(&request(&cache)).await;
    assert!(server.created());
    assert!(second.told("copying the data of"), "{:?}", second.events);
    assert!(!second.told("creating"), "{:?}", second.events);
    let verifier = "select rolpassword from pg_authid where rolname = 'postgres'";
    let verifier = second.ask(&server, verifier).await;
    assert!(verifier.starts_with("SCRAM-SHA-256$"), "{verifier}");
    assert_eq!(
        second.ask(&server, "show lc_messages").await,
        "C",
        "the settings of initdb are there"
    );
}

#[tokio::test]
async fn what_is_cached_is_private_and_nobody_can_log_in_to_it() {
    let root = folder();
    let cache = root.path().join("clusters");
    let mut bench = Bench::new();
    bench.start(&request(&cache)).await;
    bench.stop(true).await;
    let caller = rustix::process::geteuid().as_raw();
    for path in [
        cache.clone(),
        entry(&cache),
        entry(&cache).join("data"),
        entry(&cache).join("data/base"),
    ] {
        let found = path.metadata().unwrap();
        assert_eq!(
            (found.mode() & 0o777, found.uid()),
            (0o700, caller),
            "{path:?}"
        );
    }
    let mut seeded = request(&cache);
    seeded.seed = Some(entry(&cache).join("data"));
    let error = bench.try_start(&seeded).await.unwrap_err();
    assert!(matches!(error, Error::Password { .. }), "{error}");
}

#[tokio::test]
async fn a_damaged_cache_is_replaced_and_an_unusable_one_does_no_harm() {
    let root = folder();
    let cache = root.path().join("clusters");
    Bench::new().start(&request(&cache)).await;
    for damage in ["PG_VERSION", "base/1/1259", "global/pg_control"] {
        fs::write(entry(&cache).join("data").join(damage), "").unwrap();
        let mut bench = Bench::new();
        bench.start(&request(&cache)).await;
        assert!(bench.told("creating an empty server"), "{damage}");
        let mut bench = Bench::new();
        bench.start(&request(&cache)).await;
        assert!(bench.told("copying the data of"), "{damage}");
    }

    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    for unusable in [file.join("below"), "/proc/howdah".into()] {
        let mut bench = Bench::new();
        bench.start(&request(&unusable)).await;
        assert!(bench.told("creating an empty server"), "{unusable:?}");
    }
}

#[tokio::test]
async fn several_starts_at_once_make_one_entry_and_clear_away_what_a_killed_one_left() {
    let root = folder();
    let cache = root.path().join("clusters");
    Bench::new().start(&request(&cache)).await;
    let entry_path = entry(&cache);
    let mut left = entry_path.clone().into_os_string();
    left.push(".new-1-0");
    fs::rename(&entry_path, &left).unwrap();

    let start = || {
        let request = request(&cache);
        tokio::spawn(async move {
            let mut bench = Bench::new();
            bench.start(&request).await;
            bench.told("creating an empty server")
        })
    };
    let (one, two, three) = tokio::join!(start(), start(), start());
    let created = [one.unwrap(), two.unwrap(), three.unwrap()];
    assert_eq!(created.iter().filter(|created| **created).count(), 1);
    assert_eq!(entry(&cache), entry_path, "and the draft is gone");
}

#[tokio::test]
async fn another_version_of_the_programs_replaces_the_entry() {
    let root = folder();
    let cache = root.path().join("clusters");
    Bench::new().start(&request(&cache)).await;
    let complete = entry(&cache).join("complete");
    let text = fs::read_to_string(&complete).unwrap();
    let (counts, made_by) = text.split_once('\n').unwrap();
    fs::write(&complete, format!("{counts}\npostgres (PostgreSQL) 15.0\n")).unwrap();
    let mut bench = Bench::new();
    bench.start(&request(&cache)).await;
    assert!(bench.told("creating an empty server"), "{:?}", bench.events);
    let text = fs::read_to_string(&complete).unwrap();
    assert!(text.ends_with(made_by), "{text}");
}

/// A stopped server's data with a table in it, and the password of `bench`.
async fn seed(bench: &mut Bench, cache: &Path) -> PathBuf {
    let server = bench.start(&request(cache)).await;
    bench
        .run(
            &server,
            "create table kept (n int); insert into kept values (42)",
        )
        .await;
    bench.stop(false).await;
    bench.directory().join("data").canonicalize().unwrap()
}

#[tokio::test]
async fn a_new_server_begins_with_a_copy_of_its_seed() {
    let mut original = Bench::new();
    let seed = seed(&mut original, &crate::bench::cache()).await;
    let mut seeded = request(&crate::bench::cache());
    seeded.seed = Some(seed.clone());
    let mut bench = Bench::new();
    let server = bench.start(&seeded).await;
    assert!(server.created());
    assert!(bench.told(&format!("copying the data of {}", seed.display())));
    assert_eq!(bench.ask(&server, "select n::text from kept").await, "42");
    bench.stop(true).await;
    assert!(seed.join("PG_VERSION").exists());
}

#[tokio::test]
async fn a_seed_that_does_not_fit_is_refused() {
    let mut original = Bench::new();
    let seed = seed(&mut original, &crate::bench::cache()).await;
    let refused = async |seed: &Path, change: fn(&mut Request)| {
        let mut request = request(&crate::bench::cache());
        request.seed = Some(seed.to_owned());
        change(&mut request);
        let mut bench = Bench::new();
        let error = bench.try_start(&request).await.unwrap_err();
        assert!(matches!(error, Error::Record { .. }), "{error}");
        assert!(!bench.directory().join("data").exists());
        error.to_string()
    };
    let words = refused(&seed, |request| request.version = Some(17)).await;
    assert!(words.contains("and version 17 is asked for"), "{words}");
    let words = refused(&seed, |request| request.choice = Choice::Container).await;
    assert!(words.contains("ask for the local backend"), "{words}");
    let words = refused(Path::new("/etc"), |_| {}).await;
    assert!(words.contains("is no data directory"), "{words}");
    fs::write(seed.join("postmaster.pid"), "1\n").unwrap();
    let words = refused(&seed, |_| {}).await;
    assert!(words.contains("belongs to a server that runs"), "{words}");
    fs::remove_file(seed.join("postmaster.pid")).unwrap();
}
