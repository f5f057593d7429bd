use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};

use howdah_secrets::{Refreshed, Rotating, Rules, Secret, SecretRef, read_together};
use howdah_testkit::fault::SecretMount;

use super::Result;

#[test]
fn a_rotating_secret_follows_a_swap() -> Result {
    let mut mount = SecretMount::new(&[("password", &Secret::new("first"))])?;
    let reference = SecretRef::default().with_file(mount.file("password"));
    let rotating = Rotating::new(reference, BTreeMap::new(), Rules::Production)?;
    assert_eq!(rotating.current().secret.expose(), "first");
    assert!(matches!(rotating.refresh()?, Refreshed::Unchanged));
    mount.swap(&[("password", &Secret::new("second"))])?;
    let Refreshed::Changed(generation) = rotating.refresh()? else {
        return Err("it did not follow".into());
    };
    assert_eq!(generation.secret.expose(), "second");
    Ok(())
}

#[test]
fn keys_that_are_swapped_while_they_are_read_belong_together() -> Result {
    let pair = |number: u32| Secret::new(format!("generation-{number}"));
    let mut mount = SecretMount::new(&[("user", &pair(0)), ("password", &pair(0))])?;
    let files = [mount.file("user"), mount.file("password")];
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| -> Result {
            while !done.load(Ordering::SeqCst) {
                let read = read_together(&files, Rules::Production)?;
                assert_eq!(read[0].0, read[1].0, "of two generations");
            }
            Ok(())
        });
        let swapped = (1..300).try_for_each(|number| {
            mount.swap(&[("user", &pair(number)), ("password", &pair(number))])
        });
        done.store(true, Ordering::SeqCst);
        swapped?;
        reader.join().map_err(|_panic| "the reader failed")?
    })
}

#[test]
fn a_key_leads_through_data_with_the_mode_that_was_asked_for() -> Result {
    let mut mount = SecretMount::with_mode(&[("old", &Secret::new("x"))], 0o400)?;
    let link = fs::read_link(mount.file("old"))?;
    assert_eq!(link.to_str(), Some("..data/old"));
    let generation = mount.path().join("..data").canonicalize()?;
    mount.swap(&[("new", &Secret::new("y"))])?;
    assert!(!generation.exists(), "the old generation is removed");
    assert!(!mount.file("old").is_symlink(), "its key is gone");
    let mode = fs::metadata(mount.file("new"))?.permissions().mode();
    assert_eq!(mode & 0o777, 0o400);
    Ok(())
}

#[test]
fn a_mount_is_gone_when_it_is_dropped_and_shows_no_secret() -> Result {
    let mount = SecretMount::new(&[("password", &Secret::new("hunter2"))])?;
    assert!(!format!("{mount:?}").contains("hunter2"));
    let path = mount.path().to_owned();
    drop(mount);
    assert!(!path.exists());
    Ok(())
}
