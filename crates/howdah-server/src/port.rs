mod owner;

use std::io;
use std::net::{Ipv4Addr, TcpListener};

pub use owner::PortOwner;

use crate::context::Context;
use crate::record::Record;
use crate::{Error, Event, PortWish};

/// Which port the wish and the memory lead to, and whether no other will do.
pub(crate) fn wanted(wish: PortWish, record: &Record) -> Option<u16> {
    match wish {
        PortWish::Any => record.port,
        PortWish::Preferred(port) if record.wished_port == Some(port) => record.port.or(Some(port)),
        PortWish::Preferred(port) | PortWish::Exactly(port) => Some(port),
    }
}

/// Whether a server that already runs on `port` may stay there.
pub(crate) fn suits(wish: PortWish, record: &Record, port: u16) -> bool {
    match wanted(wish, record) {
        None => true,
        Some(wanted) if wanted == port => true,
        // A new preference is followed if it can be; a server is not stopped for a port it cannot have.
        Some(wanted) => !matches!(wish, PortWish::Exactly(_)) && !is_free(wanted),
    }
}

/// A port to start on: the wanted one, or another one with an event, and only the wanted one under `Exactly`.
pub(crate) async fn claim(cx: &mut Context<'_>, wanted: Option<u16>) -> Result<u16, Error> {
    let Some(port) = wanted else {
        return any_free();
    };
    if is_free(port) {
        return Ok(port);
    }
    replace(cx, port).await
}

/// Another port for one that turned out to be taken.
pub(crate) async fn replace(cx: &mut Context<'_>, port: u16) -> Result<u16, Error> {
    let owner = PortOwner::find(port, &cx.request.environment).await;
    if let PortWish::Exactly(_) = cx.request.port {
        return Err(Error::PortTaken { port, owner });
    }
    let chosen = any_free()?;
    cx.tell(Event::PortTaken {
        port,
        owner: &owner,
        chosen,
    });
    Ok(chosen)
}

pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The system's choice. Between this and the server's start somebody else may take it: then there is another round.
fn any_free() -> Result<u16, Error> {
    let free = || -> io::Result<u16> {
        Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port())
    };
    free().map_err(Error::file("listen on", "127.0.0.1:0".as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Place;

    fn record(port: Option<u16>, wished: Option<u16>) -> Record {
        let mut record = Record::new(Place::Local {
            major: 15,
            binaries: "/bin".into(),
        });
        record.port = port;
        record.wished_port = wished;
        record
    }

    #[test]
    fn a_remembered_port_stays_as_long_as_the_wish_is_the_same() {
        assert_eq!(wanted(PortWish::Any, &record(None, None)), None);
        assert_eq!(wanted(PortWish::Any, &record(Some(1), None)), Some(1));
        let moved_away = record(Some(40_001), Some(5432));
        assert_eq!(wanted(PortWish::Preferred(5432), &moved_away), Some(40_001));
        assert_eq!(wanted(PortWish::Preferred(5433), &moved_away), Some(5433));
        assert_eq!(wanted(PortWish::Exactly(5432), &moved_away), Some(5432));
    }

    #[test]
    fn a_running_server_is_not_stopped_for_a_port_it_cannot_have() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let running = record(Some(40_001), None);
        assert!(suits(PortWish::Preferred(port), &running, 40_001));
        assert!(!suits(PortWish::Exactly(port), &running, 40_001));
        drop(taken);
        assert!(!suits(PortWish::Preferred(port), &running, 40_001));
    }
}
