use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::{Error, Tried};

const PASSWD: &str = "/etc/passwd";

/// The unprivileged account a server runs as when the caller is root, which the server refuses to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// `None`: the caller is not root, and the server runs as the caller.
    pub(crate) fn for_server() -> Result<Option<Self>, Error> {
        if !am_root() {
            return Ok(None);
        }
        let passwd = fs::read_to_string(PASSWD).map_err(Error::file("read", Path::new(PASSWD)))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::named(name, &passwd))
            .map(Some)
            .ok_or_else(no_account)
    }

    /// The owner of existing data: the server runs as nobody else.
    pub(crate) fn owner_of(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        let passwd = fs::read_to_string(PASSWD).unwrap_or_default();
        let uid = found.uid();
        Ok(Self::with_uid(uid, &passwd).unwrap_or_else(|| Self {
            name: uid.to_string(),
            uid,
            gid: found.gid(),
        }))
    }

    /// Makes it the owner of `path`.
    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .map_err(Error::file("give away", path))
    }

    fn named(name: &str, passwd: &str) -> Option<Self> {
        passwd
            .lines()
            .filter_map(Self::parse)
            .find(|account| account.name == name)
    }

    fn with_uid(uid: u32, passwd: &str) -> Option<Self> {
        passwd
            .lines()
            .filter_map(Self::parse)
            .find(|account| account.uid == uid)
    }

    /// `name:password:uid:gid:…`
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        Some(Self {
            name: fields.next()?.to_owned(),
            uid: fields.nth(1)?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    }
}

pub(crate) fn am_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn no_account() -> Error {
    Error::NotFound {
        wanted: "account for the server, which refuses to run as root,",
        tried: vec![Tried::new(
            "the users postgres and nobody",
            format!("neither is in {PASSWD}"),
            "`useradd --system postgres`",
        )],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
                          broken\npostgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn an_account_is_found_by_name_and_by_number() {
        let postgres = Account::named("postgres", PASSWD).unwrap();
        assert_eq!((postgres.uid, postgres.gid), (101, 104));
        assert_eq!(Account::with_uid(65534, PASSWD).unwrap().name, "nobody");
        assert_eq!(Account::named("mysql", PASSWD), None);
    }
}
