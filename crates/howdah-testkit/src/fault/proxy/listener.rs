use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, mpsc as std_mpsc};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

use super::connection::Connection;
use super::shared::Shared;

/// Whether the port is open; the answer says that it is done.
pub(crate) struct Order {
    pub(crate) open: bool,
    pub(crate) done: std_mpsc::Sender<io::Result<()>>,
}

/// A port that clients come to, and where they are led to.
pub(crate) struct Listener {
    pub(crate) shared: Arc<Shared>,
    pub(crate) upstream: Arc<[SocketAddr]>,
    pub(crate) port: u16,
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
}

impl Listener {
    pub(crate) async fn serve(mut self, first: StdListener) {
        let mut door = match TcpListener::from_std(first) {
            Ok(listener) => Door::Open(listener),
            Err(_no_runtime) => return,
        };
        loop {
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    Some(order) => door = self.obey(&order, door),
                    None => return,
                },
                Ok(client) = door.next() => self.welcome(client),
            }
        }
    }

    fn obey(&self, order: &Order, door: Door) -> Door {
        drop(door);
        let (door, result) = match self.door(order.open) {
            Ok(door) => (door, Ok(())),
            Err(error) => (Door::Gone, Err(error)),
        };
        // Who gave the order waits for this.
        let _gone = order.done.send(result);
        door
    }

    fn door(&self, open: bool) -> io::Result<Door> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, self.port).into())?;
        Ok(if open {
            Door::Open(socket.listen(1024)?)
        } else {
            Door::Closed(socket)
        })
    }

    fn welcome(&self, client: TcpStream) {
        let (number, link, orders) = self.shared.open();
        let connection = Connection {
            number,
            link,
            orders,
            shared: Arc::clone(&self.shared),
            upstream: Arc::clone(&self.upstream),
        };
        tokio::spawn(connection.serve(client));
    }
}

enum Door {
    Open(TcpListener),
    /// Nobody listens, and nobody else gets the port.
    Closed(#[expect(dead_code, reason = "held, not used")] TcpSocket),
    Gone,
}

impl Door {
    async fn next(&self) -> io::Result<TcpStream> {
        match self {
            Self::Open(listener) => Ok(listener.accept().await?.0),
            Self::Closed(_) | Self::Gone => pending().await,
        }
    }
}
