//! The caller's files for the server: read once, so that what is compared is what is installed.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use howdah_secrets::Secret;

use crate::name::fingerprint;
use crate::replica::PASSFILE;
use crate::{Error, Request};

/// Reads the server's own file first and the caller's second, so that the latter wins.
const MAIN: &str = "howdah.conf";
const CONFIG: &str = "postgresql.conf";
const HBA: &str = "pg_hba.conf";
const CERT: &str = "server.crt";
const KEY: &str = "server.key";
const CLIENT_CA: &str = "client-ca.crt";

/// `postgresql.conf`, `pg_hba.conf` and certificates, as far as there are any.
#[derive(Clone, Default)]
pub(crate) struct Files(Vec<Given>);

#[derive(Clone)]
struct Given {
    /// What it is called where the server reads it.
    name: &'static str,
    origin: PathBuf,
    content: Secret,
}

impl Files {
    pub(crate) fn read(request: &Request) -> Result<Self, Error> {
        let tls = request.tls.as_ref();
        let wanted = [
            (CONFIG, request.config_file.as_ref()),
            (HBA, request.hba_file.as_ref()),
            (CERT, tls.map(|tls| &tls.cert)),
            (KEY, tls.map(|tls| &tls.key)),
            (CLIENT_CA, tls.and_then(|tls| tls.client_ca.as_ref())),
        ];
        let mut files = Vec::new();
        for (name, path) in wanted {
            if let Some(path) = path {
                let content = fs::read_to_string(path).map_err(Error::file("read", path))?;
                files.push(Given {
                    name,
                    origin: path.clone(),
                    content: Secret::new(content),
                });
            }
        }
        Ok(Self(files))
    }

    /// What a replica logs in to its primary with.
    pub(crate) fn add_passfile(&mut self, directory: &Path) -> Result<(), Error> {
        let origin = directory.join(PASSFILE);
        let content = fs::read_to_string(&origin).map_err(Error::file("read", &origin))?;
        self.0.push(Given {
            name: PASSFILE,
            origin,
            content: Secret::new(content),
        });
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has_config(&self) -> bool {
        self.has(CONFIG)
    }

    pub(crate) fn has_tls(&self) -> bool {
        self.has(KEY)
    }

    /// The caller's `pg_hba.conf`.
    pub(crate) fn hba(&self) -> Option<&Path> {
        let hba = self.0.iter().find(|file| file.name == HBA)?;
        Some(&hba.origin)
    }

    pub(crate) fn without_hba(&self) -> Self {
        let others = self.0.iter().filter(|file| file.name != HBA);
        Self(others.cloned().collect())
    }

    /// Tells these files from others; `None` if there are none.
    pub(crate) fn fingerprint(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let parts = self
            .0
            .iter()
            .flat_map(|file| [file.name.as_bytes(), file.content.expose().as_bytes()]);
        Some(fingerprint(parts, 16))
    }

    /// What to write where the server reads it. `data` is its data directory, as it sees it.
    pub(crate) fn contents(&self, data: &Path) -> Vec<(&'static str, Secret)> {
        let mut contents: Vec<_> = self
            .0
            .iter()
            .map(|file| (file.name, file.content.clone()))
            .collect();
        if self.has(CONFIG) {
            let own = quoted(&data.join(CONFIG));
            let main = format!("include {own}\ninclude '{CONFIG}'\n");
            contents.push((MAIN, Secret::new(main)));
        }
        contents
    }

    /// The settings that make the server read them in `place`.
    pub(crate) fn settings(&self, place: &Path, data: &Path) -> Vec<(&'static str, String)> {
        let at = |name: &str| place.join(name).display().to_string();
        let mut settings = Vec::new();
        if self.has(CONFIG) {
            settings.push(("config_file", at(MAIN)));
            // The file of an installed server names its own places.
            let own = |name: &str| data.join(name).display().to_string();
            settings.push(("data_directory", data.display().to_string()));
            settings.push(("ident_file", own("pg_ident.conf")));
            if !self.has(HBA) {
                settings.push(("hba_file", own(HBA)));
            }
        }
        for (name, setting) in [
            (HBA, "hba_file"),
            (CERT, "ssl_cert_file"),
            (KEY, "ssl_key_file"),
            (CLIENT_CA, "ssl_ca_file"),
        ] {
            if self.has(name) {
                settings.push((setting, at(name)));
            }
        }
        if self.has_tls() {
            settings.push(("ssl", "on".to_owned()));
        }
        settings
    }

    /// The server's words with the caller's files named as the caller named them.
    pub(crate) fn in_words(&self, place: &Path, mut lines: Vec<String>) -> Vec<String> {
        for file in &self.0 {
            let installed = place.join(file.name).display().to_string();
            let origin = file.origin.display().to_string();
            for line in &mut lines {
                *line = line.replace(&installed, &origin);
            }
        }
        lines
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|file| file.name == name)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|file| &file.origin))
            .finish()
    }
}

/// An open file of the caller's only, which has no name any more when the content is written to it, so that no crash
/// leaves it behind.
pub(crate) fn nameless(directory: &Path, content: &[u8]) -> Result<fs::File, Error> {
    use std::io::{Seek as _, Write as _};
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = directory.join(".input");
    let fail = || Error::file("write", &path);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail()(error)),
        _ => {}
    }
    let mut options = fs::File::options();
    options.read(true).write(true).create_new(true).mode(0o600);
    let mut file = options.open(&path).map_err(fail())?;
    fs::remove_file(&path).map_err(fail())?;
    file.write_all(content).map_err(fail())?;
    file.rewind().map_err(fail())?;
    Ok(file)
}

/// As `postgresql.conf` wants it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ServerTls;

    fn files(root: &Path) -> Files {
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let mut request = Request::new(BTreeMap::new());
        request.config_file = Some(write("my.conf", "work_mem = 5MB\n"));
        request.tls = Some(ServerTls::new(
            write("c", "certificate"),
            write("k", "hunter2"),
        ));
        Files::read(&request).unwrap()
    }

    #[test]
    fn the_own_file_comes_before_the_callers_and_its_places_do_not_count() {
        let root = tempfile::tempdir().unwrap();
        let files = files(root.path());
        let contents = files.contents(Path::new("/it's/data"));
        let (name, main) = contents.last().unwrap();
        assert_eq!(*name, "howdah.conf");
        assert_eq!(
            main.expose(),
            "include '/it''s/data/postgresql.conf'\ninclude 'postgresql.conf'\n"
        );
        let settings = files.settings(Path::new("/p"), Path::new("/d"));
        let find = |name| settings.iter().find(|(found, _)| *found == name);
        assert_eq!(find("data_directory").unwrap().1, "/d");
        assert_eq!(find("hba_file").unwrap().1, "/d/pg_hba.conf");
        assert_eq!(find("ssl_key_file").unwrap().1, "/p/server.key");
        assert_eq!(find("ssl_ca_file"), None);
    }

    #[test]
    fn no_key_is_shown_and_a_changed_file_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let before = files(root.path());
        assert!(!format!("{before:?}").contains("hunter2"));
        assert_eq!(before.fingerprint(), files(root.path()).fingerprint());
        assert_ne!(before.fingerprint(), Files::default().fingerprint());
        let other = tempfile::tempdir().unwrap();
        let mut request = Request::new(BTreeMap::new());
        request.hba_file = Some(other.path().join("none"));
        let words = Files::read(&request).unwrap_err().to_string();
        assert!(words.starts_with("cannot read "), "{words}");
    }

    #[test]
    fn the_servers_words_name_the_callers_file() {
        let root = tempfile::tempdir().unwrap();
        let files = files(root.path());
        let line = "syntax error in file \"/p/postgresql.conf\" line 3".to_owned();
        let words = files.in_words(Path::new("/p"), vec![line]);
        let mine = root.path().join("my.conf");
        assert_eq!(
            words[0],
            format!("syntax error in file \"{}\" line 3", mine.display())
        );
    }
}
