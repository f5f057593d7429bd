//! How far many schemas have come, as a person sees it on a terminal.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use howdah_testkit::{As, TestDatabase};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use sqlx::Executor as _;

use super::{database, url};
use crate::support::Place;

/// What clears the line.
const CLEAR: &str = "\r\x1b[2K";

/// The command with a terminal for its words.
struct OnTerminal {
    child: Child,
    terminal: File,
    seen: String,
}

impl OnTerminal {
    fn start(place: &Place, database: &TestDatabase, args: &[&str]) -> Self {
        let (terminal, side) = terminal();
        #[expect(
            clippy::disallowed_methods,
            reason = "the command under test, on a terminal"
        )]
        let child = Command::new(env!("CARGO_BIN_EXE_howdah"))
            .arg("migrate")
            .args(args)
            .args(["--url", &url(&database.login(As::Superuser))])
            .current_dir(place.path())
            .env_clear()
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(side)
            .spawn()
            .unwrap();
        Self {
            child,
            terminal,
            seen: String::new(),
        }
    }

    /// Waits for these words.
    fn until(&mut self, words: &str) {
        while !self.seen.contains(words) {
            assert!(self.read(), "the end came before {words}: {:?}", self.seen);
        }
    }

    /// To the end: the exit code, what the terminal has seen, and standard output.
    fn end(mut self) -> (Option<i32>, String, String) {
        while self.read() {}
        let output = self.child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), self.seen, stdout)
    }

    /// Whether there was more: at the end, Linux says that the terminal is broken.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.terminal.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                let text = String::from_utf8_lossy(&buffer[..count]);
                self.seen.push_str(&text);
                true
            }
        }
    }
}

/// Our side of a new terminal of 100 columns, and the command's.
fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let side = open(name.as_c_str(), flags, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&ours, size).unwrap();
    (File::from(ours), side)
}

#[tokio::test]
async fn a_bar_has_the_line_for_itself_and_leaves_it() {
    let database = database().await;
    let gated =
        "do $$ begin if current_schema() = 't2' then perform 1 from public.gate; end if; end $$;\n";
    let place = Place::new(&[("migrations/0001_a.sql", gated)]);
    let mut admin = database.connect(As::Superuser).await.unwrap();
    for gate in [
        "create table public.gate ()",
        "begin; lock table public.gate",
    ] {
        admin.execute(gate).await.unwrap();
    }
    let args = ["up", "--schemas", "t1,t2", "--connections", "1"];
    let mut up = OnTerminal::start(&place, &database, &args);
    up.until("1/2 schemas");
    admin.execute("commit").await.unwrap();
    let (code, seen, stdout) = up.end();
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{seen:?}");
    let (before, bar) = seen.split_once('░').unwrap();
    assert!(before.ends_with(CLEAR), "{seen:?}");
    let (_, after) = bar.rsplit_once(" a second, 0 s left").unwrap();
    let (_, last) = after.split_once(CLEAR).unwrap();
    let words = "2 migration(s) applied in 2 schemas, 0 failed";
    assert!(last.contains("✓") && last.contains(words), "{seen:?}");
}

#[tokio::test]
async fn a_failure_is_no_tick() {
    let database = database().await;
    let place = Place::new(&[("migrations/0001_a.sql", "select nonsense;\n")]);
    let up = OnTerminal::start(&place, &database, &["up", "--schemas", "t1"]);
    let (code, seen, stdout) = up.end();
    assert_eq!(code, Some(1), "{seen:?}");
    assert!(seen.contains("✗") && !seen.contains("✓"), "{seen:?}");
    assert!(stdout.starts_with("t1: the migration "), "{stdout}");
}
