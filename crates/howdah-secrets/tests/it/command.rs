use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use howdah_secrets::{Origin, Resolved, Rules, SecretCommand, SecretRef};

use crate::support::{MARKER, directory, env, eventually};

const LONG: Duration = Duration::from_secs(30);

fn run(argv: &[&str], timeout: Duration) -> Result<Resolved, String> {
    let command = SecretCommand::new(argv.iter().copied(), timeout);
    let result = SecretRef::default()
        .with_command(command)
        .resolve(&env(&[]), Rules::Development);
    result.map_err(|error| {
        let text = error.to_string();
        assert!(!format!("{text}{error:?}").contains(MARKER), "{text}");
        text
    })
}

fn shell(script: &str, timeout: Duration) -> Result<Resolved, String> {
    run(&["sh", "-c", script], timeout)
}

#[test]
fn what_the_program_prints_is_the_secret() {
    let resolved = shell("echo hunter2", LONG).unwrap();
    assert_eq!(resolved.secret.expose(), MARKER);
    assert_eq!(resolved.origin, Origin::Command("sh".to_owned()));
}

#[test]
fn arguments_are_not_read_by_a_shell() {
    let resolved = run(&["printf", "%s", "$HOME;*`id`"], LONG).unwrap();
    assert_eq!(resolved.secret.expose(), "$HOME;*`id`");
}

#[test]
fn its_input_is_empty() {
    let resolved = shell("cat; echo end", LONG).unwrap();
    assert_eq!(resolved.secret.expose(), "end");
}

#[test]
fn a_program_that_fails_is_named_with_its_status_and_without_its_words() {
    let text = shell("echo hunter2; echo hunter2 >&2; exit 3", LONG).unwrap_err();
    assert!(
        text.contains("command sh") && text.contains("status 3") && text.contains("by hand"),
        "{text}"
    );
    let text = shell("kill -9 $$", LONG).unwrap_err();
    assert!(text.contains("signal 9"), "{text}");
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let text = run(&["/nowhere/program", MARKER], LONG).unwrap_err();
    assert!(
        text.contains("/nowhere/program") && text.contains("cannot be started"),
        "{text}"
    );
    for argv in [&[][..], &[""][..]] {
        let text = run(argv, LONG).unwrap_err();
        assert!(text.contains("has no program"), "{text}");
    }
}

#[test]
fn at_the_deadline_everything_it_started_is_killed() {
    let dir = directory();
    let (pid, orphan) = (dir.path().join("pid"), dir.path().join("orphan"));
    let script = format!(
        "sleep 600 & echo $! > {}; echo $$ > {}; wait",
        orphan.display(),
        pid.display()
    );
    let text = shell(&script, Duration::from_millis(500)).unwrap_err();
    assert!(text.contains("500ms") && text.contains("killed"), "{text}");
    let process = |file: &Path| format!("/proc/{}", fs::read_to_string(file).unwrap().trim());
    assert!(
        !Path::new(&process(&pid)).exists(),
        "the child is not reaped"
    );
    // The grandchild is its new parent's to reap; it is dead before that.
    let stat = format!("{}/stat", process(&orphan));
    eventually("the end of the grandchild", || {
        fs::read_to_string(&stat).map_or(true, |text| text.contains(") Z "))
    });
}

#[test]
fn a_grandchild_that_keeps_the_pipe_open_is_not_waited_for() {
    let dir = directory();
    let pid = dir.path().join("pid");
    let started = Instant::now();
    let resolved = shell(
        &format!("sleep 600 & echo $! > {}; echo hunter2", pid.display()),
        LONG,
    )
    .unwrap();
    assert_eq!(resolved.secret.expose(), MARKER);
    assert!(started.elapsed() < LONG);
    let orphan: i32 = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let orphan = rustix::process::Pid::from_raw(orphan).unwrap();
    rustix::process::kill_process(orphan, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_program_that_closes_its_output_still_has_its_deadline() {
    let text = shell("exec >&-; sleep 600", Duration::from_millis(200)).unwrap_err();
    assert!(text.contains("killed"), "{text}");
}

#[test]
fn output_without_end_is_cut_off() {
    let started = Instant::now();
    let text = shell("yes hunter2", LONG).unwrap_err();
    assert!(text.contains("more than 64 KiB"), "{text}");
    assert!(started.elapsed() < LONG);
}

#[test]
fn what_it_prints_has_the_rules_of_a_file() {
    for (script, expected) in [
        ("true", "is empty"),
        ("printf 'hunter2\\n\\n'", "2 trailing newlines"),
        ("printf 'hunter2\\nhunter2'", "more than one line"),
        ("printf 'hunter2\\377'", "not UTF-8 at byte 7"),
    ] {
        let text = shell(script, LONG).unwrap_err();
        assert!(
            text.contains(expected) && text.contains("command sh"),
            "{text}"
        );
    }
}

#[test]
fn debug_shows_the_program_and_no_argument() {
    let command = SecretCommand::new(["vault", "--token", MARKER], LONG);
    let text = format!("{command:?}");
    assert!(
        text.contains("vault") && !text.contains(MARKER) && !text.contains("token"),
        "{text}"
    );
}
