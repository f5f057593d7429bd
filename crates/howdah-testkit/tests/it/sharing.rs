//! One server for all processes of a checkout.

use crate::support::{Checkout, eventually, listens, output};

mod on_local_binaries {
    #[test]
    fn two_processes_of_a_checkout_share_a_server_until_the_last_has_gone() {
        super::shared("local");
    }

    #[test]
    fn the_server_ends_when_its_last_user_is_killed() {
        super::killed("local");
    }

    #[test]
    fn a_server_that_was_killed_is_started_again_for_the_next_process() {
        let checkout = super::Checkout::new();
        let (first, port) = checkout.hold("local");
        super::kill_server(&checkout);
        super::eventually("the server is gone", || !super::listens(port));
        let (second, again) = checkout.hold("local");
        assert!(super::listens(again));
        super::end(first);
        super::end(second);
        super::nothing_is_left(&checkout);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named_at_once() {
        let checkout = super::Checkout::new();
        let mut swarm = checkout.example("swarm", "local");
        swarm
            .args(["1", "1"])
            .env("HOWDAH_TEST_DIR", "/proc/nowhere");
        let words = String::from_utf8_lossy(&super::output(&mut swarm).stderr).into_owned();
        assert!(
            words.contains("cannot use the directory /proc/nowhere"),
            "{words}"
        );
    }

    #[test]
    fn a_second_run_finds_the_templates_of_the_first() {
        let checkout = super::Checkout::new();
        let mut passwords = Vec::new();
        for _run in 0..2 {
            // In one process each, but on one server, whose data the next run starts from.
            let (holder, _port) = checkout.hold("local");
            for mode in ["", "rollback"] {
                let mut swarm = checkout.example("swarm", "local");
                let said = swarm.args(["4", "2", mode]).output().unwrap().stdout;
                assert_eq!(String::from_utf8_lossy(&said), "4 passed\n", "{mode}");
            }
            super::end(holder);
            super::nothing_is_left(&checkout);
            passwords.push(super::password_of_the_cache(&checkout));
        }
        assert_eq!(passwords.first(), passwords.last(), "it is not made anew");
    }
}

mod in_a_container {
    #[test]
    fn two_processes_of_a_checkout_share_a_server_until_the_last_has_gone() {
        super::shared("container");
    }

    #[test]
    fn the_server_ends_when_its_last_user_is_killed() {
        super::killed("container");
    }
}

#[test]
fn two_checkouts_do_not_share_a_server() {
    let (one, other) = (Checkout::new(), Checkout::new());
    let (first, port) = one.hold("auto");
    let (second, other_port) = other.hold("auto");
    assert_ne!(port, other_port);
    end(first);
    eventually("the server of the one is gone", || !listens(port));
    assert!(listens(other_port), "the other's is not");
    end(second);
    nothing_is_left(&one);
    nothing_is_left(&other);
}

#[test]
fn many_processes_at_once_start_one_server_and_one_template() {
    let checkout = Checkout::new();
    let processes: Vec<_> = (0..6)
        .map(|_| {
            checkout
                .example("swarm", "auto")
                .args(["3", "2"])
                .spawn()
                .unwrap()
        })
        .collect();
    for process in processes {
        let said = process.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout), "3 passed\n");
    }
    nothing_is_left(&checkout);
}

fn shared(backend: &str) {
    let checkout = Checkout::new();
    let (first, port) = checkout.hold(backend);
    let (second, same) = checkout.hold(backend);
    assert_eq!(port, same);
    end(first);
    let (third, same) = checkout.hold(backend);
    assert_eq!(port, same, "the second still used it");
    end(second);
    end(third);
    eventually("the server ends after its last user", || !listens(port));
    nothing_is_left(&checkout);
}

fn killed(backend: &str) {
    let checkout = Checkout::new();
    let (mut process, port) = checkout.hold(backend);
    process.kill().unwrap();
    process.wait().unwrap();
    eventually("the server ends after its last user", || !listens(port));
    nothing_is_left(&checkout);
}

/// Of the data directory that later runs start from.
fn password_of_the_cache(checkout: &Checkout) -> String {
    let cache = checkout.path().join("target/howdah-testkit");
    let key = std::fs::read_dir(cache).unwrap().next().unwrap().unwrap();
    assert!(key.path().join("data/PG_VERSION").exists());
    std::fs::read_to_string(key.path().join("password")).unwrap()
}

/// Ends a process that holds a server as a test process ends.
fn end(mut process: std::process::Child) {
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
}

fn nothing_is_left(checkout: &Checkout) {
    eventually("no file is left", || checkout.left().is_empty());
}

/// The postmaster of the one server there is.
fn kill_server(checkout: &Checkout) {
    let data = checkout
        .left()
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path.join("data/postmaster.pid")).ok());
    let text = data.expect("a running server");
    let pid = text.lines().next().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the kill from outside that this is about"
    )]
    let mut kill = std::process::Command::new("kill");
    assert!(output(kill.args(["-KILL", pid])).status.success());
}
