use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use howdah_secrets::Secret;
use serde::{Deserialize, Serialize};

/// What a process has to know to use the server that another one started: `server.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) port: u16,
    /// The server's process, if it is one of this machine.
    pub(crate) pid: Option<u32>,
    /// The container, if it is one.
    pub(crate) container: Option<String>,
}

impl Record {
    /// `None`: there is none, or it cannot be read, which the next start repairs.
    pub(crate) fn load(directory: &Path) -> Option<(Self, Secret)> {
        let record = fs::read(directory.join("server.json")).ok()?;
        let password = fs::read_to_string(directory.join("password")).ok()?;
        Some((serde_json::from_slice(&record).ok()?, Secret::new(password)))
    }

    /// The password stands there already: it is written before the server is started.
    pub(crate) fn save(&self, directory: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        write_private(&directory.join("server.json"), &text)
    }
}

/// Complete or not at all, and readable for this user only.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(format!("{}-draft", std::process::id()));
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    options.open(&draft)?.write_all(text.as_bytes())?;
    fs::rename(&draft, path)
}
