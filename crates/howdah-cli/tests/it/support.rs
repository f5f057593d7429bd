use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A directory in which the command runs, gone at the end of the test.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    environment: Vec<(String, String)>,
    input: Vec<u8>,
}

/// What the command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self {
            dir: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
            input: Vec::new(),
        };
        for (name, content) in files {
            place.write(name, content);
        }
        place
    }

    pub(crate) fn empty() -> Self {
        Self::new(&[])
    }

    pub(crate) fn env(mut self, pairs: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.environment.extend(pairs.iter().map(owned));
        self
    }

    pub(crate) fn input(mut self, input: impl AsRef<[u8]>) -> Self {
        input.as_ref().clone_into(&mut self.input);
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A file of mode 0600, in a directory of mode 0755 whatever this process's mask is.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        let parent = path.parent().unwrap();
        if !parent.exists() {
            fs::create_dir_all(parent).unwrap();
            fs::set_permissions(parent, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(&path, content).unwrap();
        self.set_mode(name, 0o600);
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// `howdah ARGS` without any variable but the place's own.
    /// Begins it, for somebody who ends it in another way.
    #[expect(clippy::disallowed_methods, reason = "the command under test")]
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_howdah"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        let mut child = self.start(args);
        // A command that reads nothing may be gone already.
        let _broken_pipe = child.stdin.take().unwrap().write_all(&self.input);
        let output = child.wait_with_output().unwrap();
        Done {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// With `--json`, and exit code 0.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let done = self.run(&[args, &["--json"]].concat());
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
        done.json()
    }

    /// Without `--json`, with exit code 0.
    pub(crate) fn text(&self, args: &[&str]) -> String {
        let done = self.run(args);
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
        done.stdout
    }
}

impl Done {
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {self:?}"),
        }
    }

    /// Ends with the code, and says all of this on standard error.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "{part}: {}", self.stderr);
        }
    }
}

/// The row of `config show --json` for this key.
pub(crate) fn row<'a>(shown: &'a Value, path: &str) -> &'a Value {
    let rows = shown.as_array().unwrap();
    match rows.iter().find(|row| row["path"] == path) {
        Some(row) => row,
        None => panic!("no row for {path}"),
    }
}
