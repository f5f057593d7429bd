use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::account::Account;
use crate::cluster::ELSEWHERE;
use crate::name::project_name;
use crate::reach::can_enter;

/// Where the pooler's files are: in its directory, or elsewhere with a symbolic link in their place, because as root
/// the account it runs as may not be able to enter the project.
#[derive(Debug)]
pub(super) struct Home {
    link: PathBuf,
    path: PathBuf,
    account: Option<Account>,
}

impl Home {
    /// Nothing is written.
    pub(super) fn locate(directory: &Path) -> Result<Self, Error> {
        let account = Account::for_server()?;
        let link = directory.join("pgbouncer");
        let path = match (fs::read_link(&link), &account) {
            (Ok(target), _) => target,
            (Err(_), Some(account)) if !link.exists() && !can_enter(account, directory) => {
                Path::new(ELSEWHERE).join(project_name(directory))
            }
            _ => link.clone(),
        };
        Ok(Self {
            link,
            path,
            account,
        })
    }

    /// Makes it, for its account only.
    pub(super) fn make(&self) -> Result<(), Error> {
        if self.link != self.path && !self.link.is_symlink() {
            fs::create_dir_all(ELSEWHERE).map_err(Error::file("create", Path::new(ELSEWHERE)))?;
            std::os::unix::fs::symlink(&self.path, &self.link)
                .map_err(Error::file("create", &self.link))?;
        }
        match fs::DirBuilder::new().mode(0o700).create(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(Error::file("create", &self.path)(error))
            }
            _ => self.give(&self.path),
        }
    }

    pub(super) fn remove(&self) -> Result<(), Error> {
        for removed in [
            fs::remove_dir_all(&self.path),
            fs::remove_file(&self.link),
            fs::remove_file(log(self.link.parent().unwrap_or(&self.link))),
        ] {
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::file("remove", &self.path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn give(&self, path: &Path) -> Result<(), Error> {
        self.account().map_or(Ok(()), |account| account.own(path))
    }

    pub(super) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.path.join("pgbouncer.ini")
    }

    pub(super) fn users(&self) -> PathBuf {
        self.path.join("userlist.txt")
    }

    pub(super) fn pid(&self) -> PathBuf {
        self.path.join("pgbouncer.pid")
    }
}

/// In the directory itself: this process opens it, and whoever owns the project reads it.
pub(super) fn log(directory: &Path) -> PathBuf {
    directory.join("pgbouncer.log")
}
