use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustix::net::{Shutdown, shutdown};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::conversation::Conversation;
use super::pump::Pump;
use super::shared::{Link, Shared};
use super::toxic::{Ending, Way};

/// A client at the door: who it is to the proxy, and where it wants to go.
pub(crate) struct Connection {
    pub(crate) number: u64,
    pub(crate) link: Arc<Link>,
    pub(crate) orders: mpsc::UnboundedReceiver<Ending>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) upstream: Arc<[SocketAddr]>,
}

impl Connection {
    pub(crate) async fn serve(mut self, client: TcpStream) {
        match TcpStream::connect(&*self.upstream).await {
            Ok(server) => {
                // Without it, what a toxic cut apart would be put together again.
                let _slower = (client.set_nodelay(true), server.set_nodelay(true));
                let ending = self.talk(&client, &server).await;
                self.finish(ending, client, server).await;
            }
            // As near as one can come to the refusal, which the client would have seen itself.
            Err(_refused) => {
                reset(client);
                self.shared.close(self.number);
            }
        }
    }

    async fn finish(&self, ending: Ending, client: TcpStream, server: TcpStream) {
        if ending == Ending::Reset {
            reset(client);
            reset(server);
            self.shared.close(self.number);
        } else {
            let _gone = (
                shutdown(&client, Shutdown::Write),
                shutdown(&server, Shutdown::Write),
            );
            self.shared.close(self.number);
            tokio::join!(drain(client), drain(server));
        }
    }

    async fn talk(&mut self, client: &TcpStream, server: &TcpStream) -> Ending {
        let conversation = Mutex::new(Conversation::new());
        let pump = |way, from, to| Pump {
            way,
            from,
            to,
            shared: &self.shared,
            link: &self.link,
            conversation: &conversation,
        };
        let there = pump(Way::ToServer, client, server);
        let back = pump(Way::ToClient, server, client);
        let pumps = async { tokio::join!(there.run(), back.run()) };
        tokio::pin!(pumps);
        loop {
            let order = tokio::select! {
                biased;
                order = self.orders.recv() => order,
                _both = &mut pumps => return Ending::Close,
            };
            match order {
                // Closed already is as good.
                Some(Ending::HalfClose(Way::ToServer)) => {
                    let _closed = shutdown(server, Shutdown::Write);
                }
                Some(Ending::HalfClose(Way::ToClient)) => {
                    let _closed = shutdown(client, Shutdown::Write);
                }
                // The pumps stand still, because the link has ended; a later order may still close it.
                Some(Ending::Silence) => {}
                Some(ending) => return ending,
                None => return Ending::Reset,
            }
        }
    }
}

/// With the time to linger set to zero, closing sends a reset.
fn reset(stream: TcpStream) {
    let _gone = stream.set_zero_linger();
    drop(stream);
}

/// Closing a socket that holds unread bytes would send a reset, and the receiver would lose what it has not yet read.
async fn drain(stream: TcpStream) {
    let mut unread = [0; 1024];
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut unread) {
            Ok(1..) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            _end => return,
        }
    }
}
