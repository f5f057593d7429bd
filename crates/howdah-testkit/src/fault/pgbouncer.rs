use std::net::Ipv4Addr;

use howdah_config::Host;
use howdah_pool::Login;
use howdah_server::{PoolMode, Pooler, PoolerRequest, start_pooler};

use super::Error;
use super::backends::{Frozen, Processes};
use super::home::{Home, environment};

const STEP: &str = "starting PgBouncer";
const END: &str = "kill -KILL \"$(cat \"$1/pgbouncer/pgbouncer.pid\")\"";

/// PgBouncer in front of a server: what breaks behind a pooler (prepared statements, settings, advisory locks, temporary
/// tables, `listen`) breaks here. It is a process of this machine, from the distribution's package. Dropped, it is gone.
#[derive(Debug)]
pub struct PgBouncer {
    pooler: Pooler,
    _home: Home,
}

impl PgBouncer {
    /// In front of the server that these logins go to, for them and nobody else. Of each login, at most `size`
    /// connections to the server are open; the next client waits.
    ///
    /// # Errors
    /// [`Error::Step`], for instance if there is no PgBouncer on this machine, or without a login.
    pub async fn in_front_of(logins: &[Login], mode: PoolMode, size: u16) -> Result<Self, Error> {
        let Some(first) = logins.first() else {
            return Err(Error::step(STEP)("nobody is to use it"));
        };
        let users = logins
            .iter()
            .map(|login| (login.user.clone(), login.password.clone()));
        let mut request = PoolerRequest::new(first.host.port, users.collect(), environment());
        request.host = match first.host.hostaddr {
            Some(address) => address.to_string(),
            None => first.host.host.clone(),
        };
        let mut by_name: Vec<&Login> = logins.iter().collect();
        // The first user by name asks the query that shows that it works, and has to be let in where it goes.
        by_name.sort_by(|one, other| one.user.cmp(&other.user));
        request.database = by_name.first().map(|login| login.database.clone());
        request.mode = mode;
        request.size = size;
        request.install = false;
        let home = Home::new(END).map_err(Error::step(STEP))?;
        let lock = home.lock().await?;
        let pooler = start_pooler(&lock, &request, &mut |_event| {})
            .await
            .map_err(Error::step(STEP))?;
        Ok(Self {
            pooler,
            _home: home,
        })
    }

    /// The same login, through the pooler; it offers no TLS.
    pub fn login(&self, login: &Login) -> Login {
        let mut through = login.clone();
        through.host = Host::new(Ipv4Addr::LOCALHOST.to_string(), self.pooler.port());
        through.other_hosts.clear();
        through.tls.mode = howdah_config::TlsMode::Disable;
        through
    }

    /// Its version, such as `1.18.0`: from 1.21 on, prepared statements work in every mode.
    pub fn version(&self) -> &str {
        self.pooler.version()
    }

    /// Stops it as it is, until the returned value is dropped: a pooler that hangs.
    ///
    /// # Errors
    /// [`Error::NoSuchProcess`] if it has ended, [`Error::Step`].
    pub fn freeze(&self) -> Result<Frozen, Error> {
        Processes::one(self.pooler.pid())?.freeze()
    }
}
