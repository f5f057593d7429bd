use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use howdah_ident::RoleName;
use howdah_secrets::{Rotating, Rules, Secret, read_together};
use tokio::task::spawn_blocking;

type BoxError = Box<dyn StdError + Send + Sync>;
type Read = Arc<dyn Fn() -> Result<Credential, BoxError> + Send + Sync>;

/// A role and its password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The role that logs in.
    pub user: RoleName,
    /// Its password.
    pub password: Secret,
}

impl Credential {
    /// Of this role.
    pub fn new(user: RoleName, password: Secret) -> Self {
        Self { user, password }
    }
}

/// Where a pool has its role and password from: read again while the pool lives, so that neither a new password nor
/// another login of the same group needs a restart. Clones share what was read.
#[derive(Clone)]
pub struct Credentials(Arc<Source>);

struct Source {
    /// `None`: they never change.
    read: Option<Read>,
    current: Mutex<Current>,
    /// One at a time reads; who waited for it takes what it read.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) credential: Credential,
    /// 1 for the first ones, and one more with each change.
    pub(crate) generation: u64,
    read_at: Instant,
    /// Those before, and since when they are: a new password can be in its file before the server knows it.
    previous: Option<(Credential, Instant)>,
}

/// For how long the previous credentials are tried where the server refuses the new ones.
const OVERLAP: Duration = Duration::from_mins(1);

impl Credentials {
    /// The same for ever.
    pub fn fixed(credential: Credential) -> Self {
        Self::starting_with(credential, None)
    }

    /// Read by this function: now for the first time, then before connections are made and from time to time. It may
    /// block; it is called on a thread where that does no harm.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_by<E>(
        read: impl Fn() -> Result<Credential, E> + Send + Sync + 'static,
    ) -> Result<Self, E>
    where
        E: Into<BoxError>,
    {
        let first = read()?;
        let again: Read = Arc::new(move || read().map_err(Into::into));
        Ok(Self::starting_with(first, Some(again)))
    }

    /// The password of one role, read again by its reference.
    pub fn rotating(user: RoleName, password: Arc<Rotating>) -> Self {
        let first = Credential::new(user.clone(), password.current().secret);
        let read: Read = Arc::new(move || {
            drop(password.refresh()?);
            Ok(Credential::new(user.clone(), password.current().secret))
        });
        Self::starting_with(first, Some(read))
    }

    /// A file with the role's name and one with its password, both in one directory and of one generation: how
    /// `howdah roles rotate` writes them, and how Kubernetes mounts a secret of the type `kubernetes.io/basic-auth`.
    ///
    /// # Errors
    /// Those of [`howdah_secrets::read_together`], or that the name is none that PostgreSQL accepts.
    pub fn files(
        user: impl Into<PathBuf>,
        password: impl Into<PathBuf>,
        rules: Rules,
    ) -> Result<Self, BoxError> {
        let paths = [user.into(), password.into()];
        Self::read_by(move || -> Result<Credential, BoxError> {
            let mut read = read_together(&paths, rules)?.into_iter();
            let (Some((user, _)), Some((password, _))) = (read.next(), read.next()) else {
                return Err("the files of a login are a name and a password".into());
            };
            Ok(Credential::new(user.expose().parse()?, password))
        })
    }

    fn starting_with(credential: Credential, read: Option<Read>) -> Self {
        let current = Current {
            credential,
            generation: 1,
            read_at: Instant::now(),
            previous: None,
        };
        Self(Arc::new(Source {
            read,
            current: Mutex::new(current),
            turn: tokio::sync::Mutex::new(()),
        }))
    }

    pub(crate) fn can_change(&self) -> bool {
        self.0.read.is_some()
    }

    pub(crate) fn current(&self) -> Current {
        self.lock().clone()
    }

    /// Reads again what is older than `age`. What cannot be read stays as it was.
    pub(crate) async fn refresh(&self, age: Duration) -> Result<Current, BoxError> {
        let Some(read) = &self.0.read else {
            return Ok(self.current());
        };
        let _turn = self.0.turn.lock().await;
        let current = self.current();
        if current.read_at.elapsed() < age {
            return Ok(current);
        }
        let read = Arc::clone(read);
        let credential = spawn_blocking(move || read()).await??;
        Ok(self.lock().take(credential))
    }

    // Every write of it is whole, so a poisoned lock guards what is whole.
    fn lock(&self) -> MutexGuard<'_, Current> {
        self.0
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn take(&mut self, credential: Credential) -> Self {
        let now = Instant::now();
        if credential != self.credential {
            self.generation = self.generation.saturating_add(1);
            let replaced = std::mem::replace(&mut self.credential, credential);
            self.previous = Some((replaced, now));
        }
        self.read_at = now;
        self.clone()
    }

    /// The ones before, as long as the change is young.
    pub(crate) fn previous(&self) -> Option<Self> {
        let (credential, replaced_at) = self.previous.clone()?;
        (replaced_at.elapsed() < OVERLAP).then(|| Self {
            credential,
            generation: self.generation.saturating_sub(1),
            read_at: self.read_at,
            previous: None,
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("current", &*self.lock())
            .field("can_change", &self.can_change())
            .finish()
    }
}
