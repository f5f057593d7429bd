use crate::binaries::Binaries;
use crate::decide::Facts;
use crate::engine::Engine;
use crate::{Choice, Request, install};

/// Finds out what this computer offers; only what the request could use.
pub(crate) async fn probe(request: &Request) -> Facts {
    let engine = async {
        match request.choice {
            Choice::Local => None,
            _ => Some(Engine::find(&request.environment).await),
        }
    };
    let binaries = async {
        match request.choice {
            Choice::Container => None,
            _ => Some(Binaries::find(&request.environment).await),
        }
    };
    let (engine, binaries) = tokio::join!(engine, binaries);
    Facts {
        engine,
        binaries,
        install: install::possible(request),
    }
}
