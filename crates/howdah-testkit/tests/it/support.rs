use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use howdah_testkit::Login;
use tempfile::TempDir;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_mins(2);

/// A checkout of its own, so that its shared server is nobody else's, with a place for everything that a run leaves.
pub(crate) struct Checkout {
    root: TempDir,
}

impl Checkout {
    pub(crate) fn new() -> Self {
        // In memory where there is some: thousands of files are made and removed.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let root = tempfile::Builder::new()
            .prefix("howdah-testkit-")
            .tempdir_in(base)
            .unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(root.path(), open).unwrap();
        std::fs::write(root.path().join("Cargo.lock"), "").unwrap();
        std::fs::create_dir(root.path().join("servers")).unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let tests = root.path().join("tests");
        std::fs::create_dir(&tests).unwrap();
        std::os::unix::fs::symlink(data, tests.join("data")).unwrap();
        Self { root }
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    /// What is left in the place where servers have their files.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.path().join("servers")).unwrap();
        let mut left: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        left.sort();
        left
    }

    /// One of the examples, as a test process of this checkout.
    pub(crate) fn example(&self, name: &str, backend: &str) -> Command {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test process that can be killed"
        )]
        let mut command = Command::new(example(name));
        // `auto` is what the tests themselves would get: one version after the other, with `cargo xtask test --pg`.
        if backend != "auto" {
            command.env("HOWDAH_TEST_BACKEND", backend);
        }
        command
            .env("HOWDAH_TEST_DIR", self.root.path().join("servers"))
            .env("HOWDAH_TEST_LINGER", "0")
            .env("CARGO_MANIFEST_DIR", self.root.path())
            .env("CARGO_TARGET_DIR", self.root.path().join("target"))
            .env_remove("HOWDAH_TEST_SERVER")
            .env_remove("HOWDAH_TEST_KEEP")
            .current_dir(self.root.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command
    }

    /// The same on a server that is named.
    pub(crate) fn named(&self, example: &str, login: &Login) -> Command {
        let (user, password) = (login.user.as_str(), login.password.expose());
        let (host, port) = (&login.host.host, login.host.port);
        let url = format!("postgres://{user}:{password}@{host}:{port}/postgres?sslmode=disable");
        let mut command = self.example(example, "auto");
        command
            .env("HOWDAH_TEST_SERVER", url)
            .env("HOWDAH_TEST_KEEP", "never");
        command
    }

    /// A process that holds the shared server until it is killed, or its input closed; and the server's port.
    pub(crate) fn hold(&self, backend: &str) -> (Child, u16) {
        let mut process = self.example("hold_a_server", backend).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().parse();
        (
            process,
            port.expect("the server did not start; its own words are above"),
        )
    }
}

/// Cargo builds examples before tests, into the directory beside theirs.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}

pub(crate) fn output(command: &mut Command) -> Output {
    let output = command
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output();
    output.unwrap()
}

/// Waits for the thing itself.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < end, "not after {DEADLINE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}
