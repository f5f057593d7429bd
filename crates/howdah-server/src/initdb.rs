//! The server's own programs at work on a directory that is to become a data directory.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::Error;
use crate::account::Account;
use crate::binaries::Binaries;
use crate::context::Call;
use crate::files::nameless;
use crate::process::Program;
use crate::replica::{self, Upstream};

/// What makes one data directory differ from another; part of what the cache knows it by.
///
/// Nobody can log in to the result: it has no password, and its `pg_hba.conf` lets nobody in.
pub(crate) const ARGUMENTS: [&str; 5] = [
    "--username=postgres",
    "--auth=reject",
    "--encoding=UTF8",
    "--lc-messages=C",
    // Nothing is waited for to reach the disk: whoever starts the server sees to that later, beside it.
    "--no-sync",
];
/// A Mac has no C.UTF-8; the plain C differs only in upper and lower case beyond ASCII.
pub(crate) const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// The programs of one version, run as the account of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Initdb<'a> {
    pub(crate) binaries: &'a Binaries,
    pub(crate) account: Option<&'a Account>,
}

impl Initdb<'_> {
    /// Makes an empty data directory at `draft`, without a password.
    pub(crate) async fn run(&self, call: &Call<'_>, draft: &Path) -> Result<(), Error> {
        self.make(draft)?;
        let [preferred, plain] = LOCALES;
        match self.with_locale(call, draft, preferred).await {
            Err(error) if error.to_string().contains("locale name") => {
                self.with_locale(call, draft, plain).await
            }
            done => done,
        }
    }

    /// Gives the role `postgres` its password, in single-user mode: no setting of the coming server can write the
    /// statement down, and nobody can log in before it is done.
    pub(crate) async fn set_password(&self, call: &Call<'_>, draft: &Path) -> Result<(), Error> {
        let mut program = Program::server(
            self.binaries.directory.join("postgres"),
            &call.request.environment,
        )
        .args(["--single", "-D"])
        .arg(draft.display().to_string());
        for setting in [
            "exit_on_error=on",
            "log_min_error_statement=panic",
            "standard_conforming_strings=on",
            "password_encryption=scram-sha-256",
            "lc_messages=C",
            "shared_buffers=1MB",
            "fsync=off",
        ] {
            program = program.args(["-c", setting]);
        }
        program
            .arg("postgres")
            .stdin(nameless(
                call.directory,
                statement(call.password.expose()).as_bytes(),
            )?)
            .account(self.account)
            .succeed(call.deadline.remaining())
            .await
            .map(drop)
    }

    /// Makes a replica of a running server at `draft`.
    pub(crate) async fn copy_primary(
        &self,
        call: &Call<'_>,
        upstream: &Upstream,
        draft: &Path,
    ) -> Result<(), Error> {
        self.make(draft)?;
        let program = self.binaries.directory.join("pg_basebackup");
        Program::server(program, &call.request.environment)
            .arg(format!("--pgdata={}", draft.display()))
            .args(["--wal-method=stream", "--checkpoint=fast"])
            .args(["--no-sync", "--no-password"])
            .arg(format!("--host={}", upstream.host))
            .arg(format!("--port={}", upstream.port))
            .arg(format!("--username={}", upstream.name))
            .arg(format!("--slot={}", upstream.name))
            .env("PGPASSWORD", replica::password(call.directory)?.expose())
            .account(self.account)
            .succeed(call.deadline.remaining())
            .await?;
        let signal = draft.join("standby.signal");
        fs::write(&signal, "").map_err(Error::file("write", &signal))?;
        self.give(&signal)
    }

    fn make(&self, draft: &Path) -> Result<(), Error> {
        let made = fs::DirBuilder::new().mode(0o700).create(draft);
        made.map_err(Error::file("create", draft))?;
        self.give(draft)
    }

    fn give(&self, path: &Path) -> Result<(), Error> {
        self.account.map_or(Ok(()), |account| account.own(path))
    }

    async fn with_locale(&self, call: &Call<'_>, draft: &Path, locale: &str) -> Result<(), Error> {
        Program::server(
            self.binaries.directory.join("initdb"),
            &call.request.environment,
        )
        .arg(format!("--pgdata={}", draft.display()))
        .args(ARGUMENTS)
        .arg(format!("--locale={locale}"))
        .env("LC_ALL", "C")
        .account(self.account)
        .succeed(call.deadline.remaining())
        .await
        .map(drop)
    }
}

/// On one line, whatever is in the password: the end of the line ends the statement.
fn statement(password: &str) -> String {
    let mut text = String::from("alter role postgres password E'");
    for letter in password.chars() {
        match letter {
            '\'' => text.push_str("''"),
            '\\' => text.push_str("\\\\"),
            '\n' | '\r' => {
                // Writing to a String cannot fail.
                let _infallible = write!(text, "\\x{:02x}", u32::from(letter));
            }
            _ => text.push(letter),
        }
    }
    text.push_str("'\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_password_is_one_literal_on_one_line() {
        assert_eq!(
            statement("a'b\\c\nd"),
            "alter role postgres password E'a''b\\\\c\\x0ad'\n"
        );
    }
}
