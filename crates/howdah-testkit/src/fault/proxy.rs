mod connection;
mod conversation;
mod counts;
mod cut;
mod listener;
mod pump;
mod shared;
mod toxic;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use howdah_config::Host;
use howdah_pool::Login;
use tokio::sync::mpsc;

use super::background::Background;
use super::wait::DEADLINE;
use super::{Error, wait};
use listener::{Listener, Order};
use shared::Shared;

pub use counts::Counts;
pub use cut::{Cut, Moment};
pub use toxic::{Ending, Toxic, Way};

const STEP: &str = "starting a proxy";

/// A network of one's own between clients and a server: a TCP proxy on a free port of this machine that delays, cuts and
/// counts. It knows PostgreSQL's messages, so it can cut at an exact one and count round trips.
///
/// It runs on a thread of its own and works from any runtime. Dropped, its port and its connections are gone.
pub struct Proxy {
    port: u16,
    upstream: Arc<[SocketAddr]>,
    shared: Arc<Shared>,
    door: Arc<Door>,
    _background: Background,
}

/// A fault that is there until this is dropped.
#[derive(Debug)]
#[must_use = "the fault is over when this is dropped"]
pub struct Injected(What);

enum What {
    Number(Arc<Shared>, u64),
    ClosedDoor(Arc<Door>),
}

impl Proxy {
    /// In front of the server that this login goes to.
    ///
    /// # Errors
    /// [`Error::Step`] if its address cannot be found, or there is no free port.
    pub fn in_front_of(login: &Login) -> Result<Self, Error> {
        let port = login.host.port;
        match login.host.hostaddr {
            Some(address) => Self::to((address, port)),
            None => Self::to((login.host.host.as_str(), port)),
        }
    }

    /// In front of any server: `("127.0.0.1", 5432)`.
    ///
    /// # Errors
    /// [`Error::Step`] if its address cannot be found, or there is no free port.
    pub fn to(server: impl ToSocketAddrs) -> Result<Self, Error> {
        let upstream: Arc<[SocketAddr]> = server
            .to_socket_addrs()
            .map_err(Error::step(
                "finding the address of the server behind a proxy",
            ))?
            .collect();
        Self::listen(upstream).map_err(Error::step(STEP))
    }

    fn listen(upstream: Arc<[SocketAddr]>) -> io::Result<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        first.set_nonblocking(true)?;
        let port = first.local_addr()?.port();
        let shared = Arc::new(Shared::new());
        let (door, orders) = mpsc::unbounded_channel();
        let listener = Listener {
            shared: Arc::clone(&shared),
            upstream: Arc::clone(&upstream),
            port,
            orders,
        };
        Ok(Self {
            port,
            upstream,
            shared,
            door: Arc::new(Door::new(door)),
            _background: Background::run("howdah-proxy", move || listener.serve(first))?,
        })
    }

    /// The port it listens on, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same login, through the proxy. Certificates are checked against the new address, so this wants a login
    /// without TLS or one that does not check the name.
    pub fn login(&self, login: &Login) -> Login {
        let mut through = login.clone();
        through.host = Host::new(Ipv4Addr::LOCALHOST.to_string(), self.port);
        through.other_hosts.clear();
        through
    }

    /// From now on, and for connections that are already open too; `ways` is one direction or [`Way::BOTH`].
    pub fn inject(&self, ways: &[Way], toxic: Toxic) -> Injected {
        let number = self.shared.add_toxic(ways, toxic);
        Injected(What::Number(Arc::clone(&self.shared), number))
    }

    /// Lies in wait for a message. Dropped before it comes, the cut does not happen.
    pub fn arm(&self, cut: Cut) -> Injected {
        let number = self.shared.add_cut(cut);
        Injected(What::Number(Arc::clone(&self.shared), number))
    }

    /// Nobody listens any more, as while a server restarts: new connections are refused, open ones go on.
    ///
    /// # Errors
    /// [`Error::Step`] if the port cannot be closed.
    pub fn refuse(&self) -> Result<Injected, Error> {
        self.door
            .close()
            .map_err(Error::step("closing the port of a proxy"))?;
        Ok(Injected(What::ClosedDoor(Arc::clone(&self.door))))
    }

    /// Ends all open connections. What a client sends after this has returned does not arrive.
    pub fn end(&self, ending: Ending) {
        self.shared.end_all(ending);
    }

    /// What went through until now.
    pub fn counts(&self) -> Counts {
        self.shared.counts()
    }

    /// Waits until the counts are as wanted, for half a minute at most; `what` names it in the error.
    ///
    /// # Errors
    /// [`Error::Deadline`] with the counts of that time.
    pub async fn wait_until(
        &self,
        what: &str,
        wanted: impl Fn(&Counts) -> bool + Send + Sync,
    ) -> Result<Counts, Error> {
        self.wait_at_most(DEADLINE, what, wanted).await
    }

    /// The same with another deadline.
    ///
    /// # Errors
    /// [`Error::Deadline`] with the counts of that time.
    pub async fn wait_at_most(
        &self,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&Counts) -> bool + Send + Sync,
    ) -> Result<Counts, Error> {
        let mut changes = self.shared.changes();
        wait::watching(what, limit, &mut changes, || {
            let counts = self.counts();
            if wanted(&counts) {
                return wait::Look::There(counts);
            }
            wait::Look::NotYet(format!("{counts:?}"))
        })
        .await
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy(127.0.0.1:{} to {:?})", self.port, self.upstream)
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        match &self.0 {
            What::Number(shared, number) => shared.remove(*number),
            What::ClosedDoor(door) => door.open(),
        }
    }
}

impl fmt::Debug for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(_, number) => write!(f, "{number}"),
            Self::ClosedDoor(_) => f.write_str("refuse"),
        }
    }
}

/// Closed by any number of holders, open again after the last one.
struct Door {
    orders: mpsc::UnboundedSender<Order>,
    closed_by: AtomicUsize,
}

impl Door {
    fn new(orders: mpsc::UnboundedSender<Order>) -> Self {
        Self {
            orders,
            closed_by: AtomicUsize::new(0),
        }
    }

    fn close(&self) -> io::Result<()> {
        self.closed_by.fetch_add(1, Ordering::SeqCst);
        let closed = self.order(false);
        if closed.is_err() {
            self.closed_by.fetch_sub(1, Ordering::SeqCst);
        }
        closed
    }

    fn open(&self) {
        if self.closed_by.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let opened = self.order(true);
        // A proxy that is gone has no port to open.
        if let Err(error) = opened
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            tracing::warn!(%error, "the port of a proxy cannot be opened again");
        }
    }

    /// The proxy's thread never waits, so its answer comes at once; a proxy that is gone answers by hanging up.
    fn order(&self, open: bool) -> io::Result<()> {
        let (done, answer) = std_mpsc::channel();
        let gone = |_hung_up| io::Error::from(io::ErrorKind::BrokenPipe);
        self.orders
            .send(Order { open, done })
            .map_err(|_closed| io::Error::from(io::ErrorKind::BrokenPipe))?;
        answer.recv().map_err(gone)?
    }
}
