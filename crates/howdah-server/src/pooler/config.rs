use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use howdah_secrets::Secret;

use super::PoolerRequest;
use super::home::Home;
use crate::Error;

/// Prepared statements of other modes than `session`: <https://www.pgbouncer.org/config.html#max_prepared_statements>
const PREPARED_STATEMENTS: (u16, u16) = (1, 21);
/// Options of a login: <https://www.pgbouncer.org/changelog.html#pgbouncer-120x>
const OPTIONS: (u16, u16) = (1, 20);

/// What the pooler reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Config {
    settings: String,
    users: Secret,
}

impl Config {
    pub(super) fn new(
        request: &PoolerRequest,
        home: &Home,
        port: u16,
        version: (u16, u16),
    ) -> Result<Self, Error> {
        let mut settings = format!(
            "; Written by howdah; the next start writes it anew.\n\
             [databases]\n\
             * = host={host} port={server_port}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = scram-sha-256\n\
             auth_file = {users}\n\
             pidfile = {pid}\n\
             pool_mode = {mode}\n\
             default_pool_size = {size}\n\
             max_client_conn = {clients}\n\
             ; A server that was away for a moment is back for the clients a moment later.\n\
             server_login_retry = 1\n",
            host = request.host,
            server_port = request.server_port,
            users = home.users().display(),
            pid = home.pid().display(),
            mode = request.mode,
            size = request.size,
            clients = request.clients,
        );
        // A driver sends these; refusing the login would help nobody.
        settings.push_str(if version < OPTIONS {
            "ignore_startup_parameters = extra_float_digits,options\n"
        } else {
            "ignore_startup_parameters = extra_float_digits\n"
        });
        if version >= PREPARED_STATEMENTS {
            settings.push_str("max_prepared_statements = 200\n");
        }
        let mut users = String::new();
        for (user, password) in &request.users {
            let (user, password) = (user.as_str(), password.expose());
            if [user, password]
                .iter()
                .any(|text| text.contains(['\n', '\r']))
            {
                return Err(untellable(home, user));
            }
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            users = format!("{users}{} {}\n", quoted(user), quoted(password));
        }
        Ok(Self {
            settings,
            users: Secret::new(users),
        })
    }

    /// The port of the files that are there.
    pub(super) fn port_in(home: &Home) -> Option<u16> {
        let text = fs::read_to_string(home.settings()).ok()?;
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix("listen_port = "))?;
        value.trim().parse().ok()
    }

    /// Whether the files that are there say the same.
    pub(super) fn is_written(&self, home: &Home) -> bool {
        let same =
            |path: &Path, text: &str| fs::read_to_string(path).is_ok_and(|there| there == text);
        same(&home.settings(), &self.settings) && same(&home.users(), self.users.expose())
    }

    /// Writes them for the pooler's account only, each complete or not at all.
    pub(super) fn write(&self, home: &Home) -> Result<(), Error> {
        for (path, text) in [
            (home.users(), self.users.expose()),
            (home.settings(), &self.settings),
        ] {
            let draft = path.with_extension("new");
            let mut options = fs::File::options();
            options.write(true).create(true).truncate(true).mode(0o600);
            options
                .open(&draft)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(Error::file("write", &draft))?;
            home.give(&draft)?;
            fs::rename(&draft, &path).map_err(Error::file("write", &path))?;
        }
        Ok(())
    }
}

fn untellable(home: &Home, user: &str) -> Error {
    Error::Record {
        path: home.users(),
        problem: format!("cannot hold the name or password of {user:?}: it has several lines"),
        mend: "take another one".to_owned(),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn config(password: &str, version: (u16, u16)) -> Result<Config, Error> {
        let root = tempfile::tempdir().unwrap();
        let users = BTreeMap::from([("o\"neill".parse().unwrap(), Secret::new(password))]);
        let request = PoolerRequest::new(5433, users, BTreeMap::new());
        Config::new(&request, &Home::locate(root.path()).unwrap(), 6432, version)
    }

    #[test]
    fn a_name_and_a_password_are_quoted_and_not_shown() {
        let config = config("hunt\"er\\2", (1, 18)).unwrap();
        assert_eq!(config.users.expose(), "\"o\"\"neill\" \"hunt\"\"er\\2\"\n");
        assert!(!format!("{config:?}").contains("hunt"));
        let error = self::config("hunter\n2", (1, 18)).unwrap_err();
        assert!(!error.to_string().contains("hunter"), "{error}");
    }

    #[test]
    fn what_an_older_version_does_not_know_is_not_said() {
        let old = config("x", (1, 18)).unwrap().settings;
        assert!(old.contains("extra_float_digits,options") && !old.contains("max_prepared"));
        let new = config("x", (1, 23)).unwrap().settings;
        assert!(!new.contains(",options") && new.contains("max_prepared_statements = 200"));
        assert!(new.contains("* = host=127.0.0.1 port=5433\n"));
    }
}
