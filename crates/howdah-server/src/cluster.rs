use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::account::{Account, am_root};
use crate::binaries::Binaries;
use crate::context::Context;
use crate::deadline::{Deadline, Pause};
use crate::fill::fill;
use crate::initdb::Initdb;
use crate::name::{attempt, project_name};
use crate::reach::can_enter;
use crate::{Error, Event};

/// Where data goes that the server's account could not reach inside the project.
pub(crate) const ELSEWHERE: &str = "/var/lib/howdah";
/// Behind the name of the data directory while it is being created.
const DRAFT: &str = ".new";

/// This computer only, by password only.
const HBA: &str = "# Written by howdah: from this computer only, by password only.
# TYPE  DATABASE     USER  ADDRESS       METHOD
host    all          all   127.0.0.1/32  scram-sha-256
host    replication  all   127.0.0.1/32  scram-sha-256
host    all          all   all           reject
local   all          all                 reject
";

/// The data directory of a local server: below the project, or elsewhere with a symbolic link in its place.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    /// `.howdah/data`.
    link: PathBuf,
    /// The directory itself, without symbolic links.
    data: PathBuf,
    account: Option<Account>,
}

impl Cluster {
    /// Finds the place of the data, whether it is there or not. Nothing is written.
    pub(crate) fn locate(directory: &Path) -> Result<Self, Error> {
        let link = directory.join("data");
        let data = match (fs::canonicalize(&link), fs::read_link(&link)) {
            (Ok(data), _) => data,
            (Err(_not_there), Ok(target)) => directory.join(target),
            (Err(_not_there), Err(_no_link)) => link.clone(),
        };
        let account = if data.exists() {
            owner(&data)?
        } else {
            Account::for_server()?
        };
        Ok(Self {
            link,
            data,
            account,
        })
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub(crate) fn exists(&self) -> bool {
        self.data.join("PG_VERSION").exists()
    }

    /// The major version the data was made by.
    pub(crate) fn major(&self) -> Option<u16> {
        let text = fs::read_to_string(self.data.join("PG_VERSION")).ok()?;
        text.trim().parse().ok()
    }

    /// Makes the data directory: in a sibling that is renamed when it is complete.
    pub(crate) async fn create(
        &mut self,
        cx: &mut Context<'_>,
        binaries: &Binaries,
    ) -> Result<(), Error> {
        self.move_elsewhere_if_needed(cx)?;
        self.remove_drafts().await?;
        self.make_room()?;
        let draft = self.sibling(&format!("{DRAFT}-{}", attempt()));
        let initdb = Initdb {
            binaries,
            account: self.account.as_ref(),
        };
        fill(cx, initdb, &draft).await?;
        let hba = draft.join("pg_hba.conf");
        fs::write(&hba, HBA).map_err(Error::file("write", &hba))?;
        fs::rename(&draft, &self.data).map_err(Error::file("rename", &draft))
    }

    /// An empty directory is in nobody's way. One that holds something is never taken for nothing.
    fn make_room(&self) -> Result<(), Error> {
        match fs::remove_dir(&self.data) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(Error::Record {
                path: self.data.clone(),
                problem: if self.exists() {
                    "is the data of another server".to_owned()
                } else {
                    "is not empty, and holds no database (there is no PG_VERSION in it)".to_owned()
                },
                mend: format!("move it away, or {}", crate::error::START_OVER),
                source: None,
            }),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file("remove", &self.data)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the data, and whatever an interrupted creation left. The server must be stopped.
    pub(crate) async fn wipe(&self) -> Result<(), Error> {
        self.remove_drafts().await?;
        remove_tree(&self.data).await?;
        match fs::remove_file(&self.link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file("remove", &self.link)(error))
            }
            _ => Ok(()),
        }
    }

    fn is_link(&self) -> bool {
        self.link != self.data
    }

    /// As root, a project below `/root` or another private directory is closed to the server's account.
    fn move_elsewhere_if_needed(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        let Some(account) = self.account.clone() else {
            return Ok(());
        };
        if !self.is_link() && can_enter(&account, cx.directory) {
            return Ok(());
        }
        let root = Path::new(ELSEWHERE);
        fs::create_dir_all(root).map_err(Error::file("create", root))?;
        if !self.is_link() {
            let target = root.join(project_name(cx.directory));
            self.make_room()?;
            // The link comes first: whatever is in its target from now on belongs to this project.
            std::os::unix::fs::symlink(&target, &self.link)
                .map_err(Error::file("create", &self.link))?;
            self.data = target;
        }
        cx.tell(Event::DataElsewhere {
            directory: &self.data,
            account: &account.name,
        });
        Ok(())
    }

    async fn remove_drafts(&self) -> Result<(), Error> {
        let prefix = self.sibling(DRAFT);
        let (Some(parent), Some(prefix)) = (prefix.parent(), prefix.file_name()) else {
            return Ok(());
        };
        let Ok(entries) = fs::read_dir(parent) else {
            return Ok(());
        };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            if name
                .as_encoded_bytes()
                .starts_with(prefix.as_encoded_bytes())
            {
                remove_tree(&entry.path()).await?;
            }
        }
        Ok(())
    }

    fn sibling(&self, suffix: &str) -> PathBuf {
        let mut name = self.data.clone().into_os_string();
        name.push(suffix);
        name.into()
    }
}

/// The server runs as the owner of its data, and as nobody else.
fn owner(data: &Path) -> Result<Option<Account>, Error> {
    let owner = Account::owner_of(data).map_err(Error::file("read", data))?;
    if am_root() {
        return if owner.uid == 0 {
            Account::for_server()
        } else {
            Ok(Some(owner))
        };
    }
    if owner.uid == rustix::process::geteuid().as_raw() {
        return Ok(None);
    }
    Err(Error::Record {
        path: data.to_owned(),
        problem: format!("belongs to the user {}", owner.name),
        mend: "run this as root or as that user; or, to start over with an empty server, \
               `sudo cargo xtask db-down --volumes`"
            .to_owned(),
        source: None,
    })
}

/// A process that was told to end may still add a file while the directory is being removed.
async fn remove_tree(path: &Path) -> Result<(), Error> {
    let deadline = Deadline::new(Duration::from_secs(5));
    let mut pause = Pause::new();
    loop {
        match fs::remove_dir_all(path) {
            Err(error)
                if error.kind() == io::ErrorKind::DirectoryNotEmpty && !deadline.has_passed() =>
            {
                pause.wait().await;
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::file("remove", path)(error));
            }
            _ => return Ok(()),
        }
    }
}
