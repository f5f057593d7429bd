use std::fs;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use howdah_secrets::{Origin, Refreshed, Rotating, Rules, SecretCommand, SecretRef};

use crate::support::{MARKER, directory, env, file};

fn of_file(path: &std::path::Path) -> Rotating {
    Rotating::new(
        SecretRef::default().with_file(path),
        env(&[]),
        Rules::Production,
    )
    .unwrap()
}

#[test]
fn a_new_secret_is_a_new_generation_and_the_same_one_is_not() {
    let dir = directory();
    let path = file(dir.path(), "pw", "first", 0o600);
    let rotating = of_file(&path);
    let first = rotating.current();
    assert_eq!((first.number, first.secret.expose()), (1, "first"));
    assert_eq!(first.origin, Origin::File(path.clone()));
    file(dir.path(), "pw", "first\n", 0o600);
    assert_eq!(rotating.refresh().unwrap(), Refreshed::Unchanged);
    assert_eq!(rotating.current().number, 1);
    file(dir.path(), "pw", "second", 0o600);
    let Refreshed::Changed(second) = rotating.refresh().unwrap() else {
        panic!("it has changed");
    };
    assert_eq!((second.number, second.secret.expose()), (2, "second"));
    assert_eq!(rotating.current(), second);
    assert_eq!(first.secret.expose(), "first");
}

#[test]
fn a_success_clears_the_last_error() {
    let dir = directory();
    let path = file(dir.path(), "pw", MARKER, 0o600);
    let rotating = of_file(&path);
    assert_eq!(rotating.last_error(), None);
    fs::write(&path, "").unwrap();
    assert!(rotating.refresh().is_err());
    assert!(rotating.last_error().unwrap().contains("is empty"));
    fs::write(&path, MARKER).unwrap();
    assert_eq!(rotating.refresh().unwrap(), Refreshed::Unchanged);
    assert_eq!(rotating.last_error(), None);
}

#[test]
fn a_reference_that_cannot_be_read_has_no_first_generation() {
    let reference = SecretRef::default().with_file("/nowhere/pw");
    assert!(Rotating::new(reference, env(&[]), Rules::Production).is_err());
}

#[test]
fn readers_do_not_wait_for_a_source_that_is_being_read() {
    let dir = directory();
    let (gate, entered) = (dir.path().join("gate"), dir.path().join("entered"));
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &gate,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    // The second run waits at the gate, until it is opened for writing.
    let script = format!(
        "if test -e {entered}.1; then touch {entered}.2; cat {gate}; else touch {entered}.1; echo first; fi",
        entered = entered.display(),
        gate = gate.display()
    );
    let command = SecretCommand::new(["sh", "-c", &script], Duration::from_mins(1));
    let reference = SecretRef::default().with_command(command);
    let rotating = Arc::new(Rotating::new(reference, env(&[]), Rules::Development).unwrap());
    let (done, is_done) = mpsc::channel();
    let refresher = Arc::clone(&rotating);
    let thread = std::thread::spawn(move || done.send(refresher.refresh().is_ok()).unwrap());
    crate::support::eventually("the second run", || dir.path().join("entered.2").exists());
    assert_eq!(rotating.current().secret.expose(), "first");
    assert_eq!(rotating.last_error(), None);
    assert!(
        is_done.try_recv().is_err(),
        "the source is still being read"
    );
    fs::write(&gate, "second\n").unwrap();
    assert!(is_done.recv().unwrap());
    thread.join().unwrap();
    assert_eq!(rotating.current().secret.expose(), "second");
}

#[test]
fn a_rotating_secret_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Rotating>();
}
